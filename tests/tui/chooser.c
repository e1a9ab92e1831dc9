/* The files of a job, to choose one from. */
#include "tui/chooser.h"

#include "support/alloc_fault.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define FILE_JSON(name)                                                                \
    "{\"name\":\"" name "\",\"size\":3,\"modified_at\":\"2026-01-31T12:00:00.000Z\","  \
    "\"representable\":true}"

static json_t *answer(const char *files) {
    char text[1024];
    (void)snprintf(text, sizeof text,
                   "{\"directory\":\"/d\",\"files\":[%s],\"more\":false}", files);
    json_t *json = json_loads(text, 0, NULL);
    assert_non_null(json);
    return json;
}

static void set(struct chooser *chooser, const char *files) {
    json_t *json = answer(files);
    assert_int_equal(chooser_set(chooser, json), 0);
    json_decref(json);
}

static void begin(struct chooser *chooser) {
    chooser_init(chooser);
    chooser_reset(chooser, 7);
}

static void the_answer_is_shown_with_sizes_and_times(void **state) {
    (void)state;
    struct chooser chooser;
    begin(&chooser);
    assert_false(chooser.loaded);
    assert_null(chooser_selected(&chooser));
    set(&chooser, FILE_JSON("a") "," FILE_JSON("sub/b"));
    assert_true(chooser.loaded);
    assert_int_equal(chooser.n, 2);
    assert_string_equal(chooser.directory, "/d");
    assert_string_equal(chooser.files[1].name, "sub/b");
    assert_int_equal(chooser.files[1].size, 3);
    assert_true(chooser.files[1].modified_ms > 0);
    assert_false(chooser.files[1].nameless);
    chooser_deinit(&chooser);
}

static void what_is_missing_in_the_answer_breaks_nothing(void **state) {
    (void)state;
    struct chooser chooser;
    begin(&chooser);
    set(&chooser, "{},7,null");
    assert_int_equal(chooser.n, 3);
    assert_true(chooser.files[0].nameless);
    assert_int_equal(chooser.files[0].modified_ms, 0);
    json_t *odd = json_array();
    assert_int_equal(chooser_set(&chooser, odd), 0);
    json_decref(odd);
    assert_int_equal(chooser.n, 0);
    assert_null(chooser.directory);
    chooser_deinit(&chooser);
}

static void the_selection_stops_at_the_ends(void **state) {
    (void)state;
    struct chooser chooser;
    begin(&chooser);
    set(&chooser, FILE_JSON("a") "," FILE_JSON("b") "," FILE_JSON("c"));
    chooser_move(&chooser, -1);
    assert_string_equal(chooser_selected(&chooser)->name, "a");
    chooser_move(&chooser, 1000000000);
    assert_string_equal(chooser_selected(&chooser)->name, "c");
    chooser_keep_in_view(&chooser, 2);
    assert_int_equal(chooser.top, 1);
    chooser_move(&chooser, -2);
    chooser_keep_in_view(&chooser, 2);
    assert_int_equal(chooser.top, 0);
    chooser_deinit(&chooser);
}

static void the_selection_stays_on_its_file_when_others_come(void **state) {
    (void)state;
    struct chooser chooser;
    begin(&chooser);
    set(&chooser, FILE_JSON("b") "," FILE_JSON("c"));
    chooser_move(&chooser, 1);
    set(&chooser, FILE_JSON("a") "," FILE_JSON("b") "," FILE_JSON("c"));
    assert_string_equal(chooser_selected(&chooser)->name, "c");
    set(&chooser, FILE_JSON("a"));
    assert_string_equal(chooser_selected(&chooser)->name, "a");
    set(&chooser, "");
    assert_null(chooser_selected(&chooser));
    chooser_deinit(&chooser);
}

static void another_job_has_other_files(void **state) {
    (void)state;
    struct chooser chooser;
    begin(&chooser);
    set(&chooser, FILE_JSON("a"));
    chooser_reset(&chooser, 8);
    assert_int_equal(chooser.job, 8);
    assert_int_equal(chooser.n, 0);
    assert_false(chooser.loaded);
}

static int attempt(void *data) {
    struct chooser chooser;
    begin(&chooser);
    int r = chooser_set(&chooser, data);
    r = r ? r : chooser_set(&chooser, data);
    if (r < 0) {
        assert_true(r == -ENOMEM);
    }
    chooser_deinit(&chooser);
    return r;
}

static void without_memory_there_are_no_files(void **state) {
    (void)state;
    json_t *json = answer(FILE_JSON("a") "," FILE_JSON("b"));
    assert_true(alloc_fault_sweep(attempt, json, -ENOMEM) > 0);
    json_decref(json);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_answer_is_shown_with_sizes_and_times),
        cmocka_unit_test(what_is_missing_in_the_answer_breaks_nothing),
        cmocka_unit_test(the_selection_stops_at_the_ends),
        cmocka_unit_test(the_selection_stays_on_its_file_when_others_come),
        cmocka_unit_test(another_job_has_other_files),
        cmocka_unit_test(without_memory_there_are_no_files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
