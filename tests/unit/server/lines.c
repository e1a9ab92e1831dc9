/* Whole lines out of pieces. */
#include "server/lines.h"

#include "base/cleanup.h"
#include "support/alloc_fault.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void expect(struct lines *lines, size_t n, int64_t offset, const char *text) {
    json_t *params = lines_take(lines, n, 7, "f");
    assert_non_null(params);
    assert_int_equal(json_integer_value(json_object_get(params, "id")), 7);
    assert_string_equal(json_string_value(json_object_get(params, "file")), "f");
    assert_string_equal(json_string_value(json_object_get(params, "text")), text);
    assert_int_equal(json_integer_value(json_object_get(params, "offset")), offset);
    assert_true(json_is_false(json_object_get(params, "again")));
    json_decref(params);
}

static void a_line_is_told_when_its_end_has_come(void **state) {
    (void)state;
    struct lines lines = LINES_NULL;
    assert_int_equal(lines_add(&lines, "on", 2, 100), 0);
    assert_int_equal(lines_add(&lines, "e\ntwo\nth", 8, 102), 8);
    expect(&lines, 8, 100, "one\ntwo\n");
    assert_int_equal(lines_add(&lines, "ree\n", 4, 110), 6);
    expect(&lines, 6, 108, "three\n");
    lines_deinit(&lines);
}

static void a_line_without_end_is_told_as_it_comes(void **state) {
    (void)state;
    struct lines lines = LINES_NULL;
    char piece[1024];
    memset(piece, 'x', sizeof piece);
    size_t whole = 0;
    int64_t offset = 0;
    for (; whole == 0; offset += (int64_t)sizeof piece) {
        whole = lines_add(&lines, piece, sizeof piece, offset);
        assert_true(offset < 128 * 1024);
    }
    assert_int_equal(whole, offset);
    json_decref(lines_take(&lines, whole, 1, "f"));
    assert_int_equal(lines_add(&lines, "y\n", 2, offset), 2);
    expect(&lines, 2, offset, "y\n");
    lines_deinit(&lines);
}

static void what_is_sent_again_drops_what_was_gathered(void **state) {
    (void)state;
    struct lines lines = LINES_NULL;
    assert_int_equal(lines_add(&lines, "half", 4, 50), 0);
    json_t *params = lines_again(&lines, 7, "f");
    assert_true(json_is_true(json_object_get(params, "again")));
    assert_int_equal(json_integer_value(json_object_get(params, "offset")), 0);
    json_decref(params);
    assert_int_equal(lines_add(&lines, "new\n", 4, 0), 4);
    expect(&lines, 4, 0, "new\n");
    lines_deinit(&lines);
}

static void what_is_not_utf_8_is_marked(void **state) {
    (void)state;
    struct lines lines = LINES_NULL;
    assert_int_equal(lines_add(&lines, "a\377b\n", 4, 0), 4);
    expect(&lines, 4, 0,
           "a\xEF\xBF\xBD"
           "b\n");
    assert_int_equal(lines_add(&lines, "c\n", 2, 4), 2);
    expect(&lines, 2, 4, "c\n");
    lines_deinit(&lines);
}

static void without_memory_a_line_is_lost_and_the_next_one_is_whole(void **state) {
    (void)state;
    struct lines lines = LINES_NULL;
    alloc_fault_arm(0);
    assert_int_equal(lines_add(&lines, "lost\n", 5, 0), 0);
    assert_true(alloc_fault_disarm());
    assert_int_equal(lines_add(&lines, "next\n", 5, 5), 5);
    alloc_fault_arm(0);
    assert_null(lines_take(&lines, 5, 7, "f"));
    assert_true(alloc_fault_disarm());
    assert_int_equal(lines_add(&lines, "last\n", 5, 10), 5);
    expect(&lines, 5, 10, "last\n");
    lines_deinit(&lines);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_is_told_when_its_end_has_come),
        cmocka_unit_test(a_line_without_end_is_told_as_it_comes),
        cmocka_unit_test(what_is_sent_again_drops_what_was_gathered),
        cmocka_unit_test(what_is_not_utf_8_is_marked),
        cmocka_unit_test(without_memory_a_line_is_lost_and_the_next_one_is_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
