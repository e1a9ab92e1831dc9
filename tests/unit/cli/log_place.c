/* How far a file was read, and what the server's words mean to somebody who is there.
 */
#include "cli/log_place.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static enum log_news answer(struct log_place *place, const char *path,
                            const char *identity, int64_t next, int64_t size) {
    json_t *json = json_pack("{s:s, s:s?, s:I, s:I, s:s}", "path", path, "identity",
                             identity, "next_offset", (json_int_t)next, "size",
                             (json_int_t)size, "text", "");
    assert_non_null(json);
    enum log_news news = log_place_answer(place, json);
    json_decref(json);
    return news;
}

static bool notify(struct log_place *place, int64_t offset, const char *text,
                   bool again) {
    json_t *json = json_pack("{s:I, s:s, s:b}", "offset", (json_int_t)offset, "text",
                             text, "again", (int)again);
    assert_non_null(json);
    bool taken = log_place_notification(place, json);
    json_decref(json);
    return taken;
}

/* At offset 10 of a file of 10 bytes. */
static struct log_place at_ten(void) {
    struct log_place place = {0};
    assert_int_equal(answer(&place, "/w/f", "a", 10, 10), LOG_GOES_ON);
    assert_true(place.begun);
    return place;
}

static void an_answer_moves_the_place_behind_its_text(void **state) {
    (void)state;
    struct log_place place = {.offset = 4};
    assert_int_equal(answer(&place, "/w/f", "a", 8, 20), LOG_GOES_ON);
    assert_int_equal(place.offset, 8);
    assert_int_equal(answer(&place, "/w/f", "a", 20, 30), LOG_GOES_ON);
    assert_int_equal(place.offset, 20);
    assert_int_equal(place.size, 30);
    log_place_deinit(&place);
}

static void
a_smaller_file_was_cut_even_where_the_place_is_before_its_end(void **state) {
    (void)state;
    struct log_place place = {0};
    assert_int_equal(answer(&place, "/w/f", "a", 4, 20), LOG_GOES_ON);
    assert_int_equal(answer(&place, "/w/f", "a", 8, 10), LOG_CUT);
    assert_int_equal(place.offset, 0);
    assert_int_equal(answer(&place, "/w/f", "a", 10, 10), LOG_GOES_ON);
    assert_int_equal(place.offset, 10);
    log_place_deinit(&place);
}

static void
another_identity_is_another_file_and_another_path_the_next_try(void **state) {
    (void)state;
    struct log_place place = at_ten();
    assert_int_equal(answer(&place, "/w/f", "b", 15, 20), LOG_REPLACED);
    assert_int_equal(place.offset, 0);
    assert_int_equal(answer(&place, "/w/f", "b", 20, 20), LOG_GOES_ON);
    assert_int_equal(answer(&place, "/w/f.2", "c", 25, 30), LOG_TRIED_AGAIN);
    assert_int_equal(place.offset, 0);
    /* … which may not have written anything yet. */
    assert_int_equal(answer(&place, "/w/f.3", NULL, 0, 0), LOG_TRIED_AGAIN);
    assert_int_equal(answer(&place, "/w/f.3", "d", 5, 5), LOG_GOES_ON);
    assert_int_equal(place.offset, 5);
    log_place_deinit(&place);
}

static void
a_file_that_is_gone_changes_nothing_and_the_one_that_comes_does(void **state) {
    (void)state;
    struct log_place place = at_ten();
    assert_int_equal(answer(&place, "/w/f", NULL, 10, 0), LOG_GOES_ON);
    assert_int_equal(place.offset, 10);
    assert_int_equal(answer(&place, "/w/f", "a", 12, 12), LOG_GOES_ON);
    assert_int_equal(answer(&place, "/w/f", NULL, 12, 0), LOG_GOES_ON);
    assert_int_equal(answer(&place, "/w/f", "b", 12, 3), LOG_REPLACED);
    log_place_deinit(&place);
}

static void a_file_that_is_not_there_yet_is_waited_for(void **state) {
    (void)state;
    struct log_place place = {.offset = 100};
    assert_int_equal(answer(&place, "/w/f", NULL, 100, 0), LOG_GOES_ON);
    assert_int_equal(place.offset, 100);
    assert_int_equal(answer(&place, "/w/f", "a", 100, 50), LOG_GOES_ON);
    assert_int_equal(answer(&place, "/w/f", "a", 120, 120), LOG_GOES_ON);
    assert_int_equal(place.offset, 120);
    log_place_deinit(&place);
}

static void a_notification_is_taken_where_it_joins(void **state) {
    (void)state;
    struct log_place place = at_ten();
    assert_true(notify(&place, 10, "five\n", false));
    assert_int_equal(place.offset, 15);
    assert_int_equal(place.size, 15);
    assert_false(notify(&place, 10, "five\n", false)); /* once more */
    assert_false(place.behind);
    assert_false(notify(&place, 13, "e\nand\n", false)); /* overlaps */
    assert_true(place.behind);
    assert_false(notify(&place, 15, "x\n", false)); /* the rest is asked for anyway */
    assert_int_equal(place.offset, 15);
    log_place_deinit(&place);
}

static void a_gap_or_a_byte_that_is_not_known_leaves_the_place_behind(void **state) {
    (void)state;
    struct log_place place = at_ten();
    assert_false(notify(&place, 12, "gap\n", false));
    assert_true(place.behind);
    place.behind = false;
    assert_false(notify(&place, 10, "a\xEF\xBF\xBD\n", false));
    assert_true(place.behind);
    assert_int_equal(place.offset, 10);
    log_place_deinit(&place);
}

static void a_file_written_anew_is_known_by_the_notification_alone(void **state) {
    (void)state;
    struct log_place place = at_ten();
    assert_false(notify(&place, 0, "", true));
    assert_true(place.behind);
    assert_int_equal(answer(&place, "/w/f", "a", 12, 12), LOG_WRITTEN_ANEW);
    assert_int_equal(place.offset, 0);
    assert_int_equal(answer(&place, "/w/f", "a", 12, 12), LOG_GOES_ON);
    /* Where the answer tells more, that is what happened. */
    assert_false(notify(&place, 0, "", true));
    assert_int_equal(answer(&place, "/w/f", "b", 12, 12), LOG_REPLACED);
    assert_int_equal(answer(&place, "/w/f", "b", 12, 12), LOG_GOES_ON);
    log_place_deinit(&place);
}

static void what_begins_again_begins_at_zero_also_before_it_is_there(void **state) {
    (void)state;
    struct log_place place = {0};
    assert_int_equal(answer(&place, "/w/f", NULL, 0, 0), LOG_GOES_ON);
    assert_true(notify(&place, 0, "try\n", false));
    assert_true(place.behind); /* to learn which file that was */
    place.behind = false;
    assert_false(notify(&place, 0, "", true));
    assert_int_equal(answer(&place, "/w/f.2", NULL, 4, 0), LOG_TRIED_AGAIN);
    assert_int_equal(place.offset, 0);
    assert_int_equal(answer(&place, "/w/f.2", "a", 4, 4), LOG_GOES_ON);
    assert_false(notify(&place, 0, "", true));
    assert_int_equal(answer(&place, "/w/f.2", NULL, 4, 0), LOG_WRITTEN_ANEW);
    assert_int_equal(place.offset, 0);
    log_place_deinit(&place);
}

static void nothing_is_taken_before_the_first_answer(void **state) {
    (void)state;
    struct log_place place = {0};
    assert_false(notify(&place, 0, "a\n", false));
    assert_true(place.behind);
    log_place_deinit(&place);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_answer_moves_the_place_behind_its_text),
        cmocka_unit_test(a_smaller_file_was_cut_even_where_the_place_is_before_its_end),
        cmocka_unit_test(
            another_identity_is_another_file_and_another_path_the_next_try),
        cmocka_unit_test(
            a_file_that_is_gone_changes_nothing_and_the_one_that_comes_does),
        cmocka_unit_test(a_file_that_is_not_there_yet_is_waited_for),
        cmocka_unit_test(a_notification_is_taken_where_it_joins),
        cmocka_unit_test(a_gap_or_a_byte_that_is_not_known_leaves_the_place_behind),
        cmocka_unit_test(a_file_written_anew_is_known_by_the_notification_alone),
        cmocka_unit_test(what_begins_again_begins_at_zero_also_before_it_is_there),
        cmocka_unit_test(nothing_is_taken_before_the_first_answer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
