/* Scrolling and following. */
#include "tui/reader.h"

#include "base/cleanup.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#define _cleanup_log_ _cleanup_(logtext_deinit)

static void following_ends_at_the_last_line_that_says_something(void **state) {
    _cleanup_log_ struct logtext log = {0};
    struct reader reader = {.follow = true};

    (void)state;
    assert_int_equal(logtext_set(&log, 0, 99, "1\n2\n3\n4\n5\n  \n\n\t\n"), 0);
    reader_measure(&reader, &log, 2);
    assert_int_equal(reader.scroll.lines, 5);
    assert_int_equal(reader.scroll.top, 3);
    assert_int_equal(logtext_append(&log, 99, "6\n"), 0);
    reader_measure(&reader, &log, 2);
    assert_int_equal(reader.scroll.lines, 9);
    assert_int_equal(reader.scroll.top, 7);
}

static void who_scrolls_up_stays_there_until_the_end_is_reached_again(void **state) {
    _cleanup_log_ struct logtext log = {0};
    struct reader reader = {.follow = true};

    (void)state;
    assert_int_equal(logtext_set(&log, 0, 10, "1\n2\n3\n4\n5\n"), 0);
    reader_measure(&reader, &log, 2);
    reader_scroll(&reader, -1);
    assert_false(reader.follow);
    assert_int_equal(reader.scroll.top, 2);
    assert_int_equal(logtext_append(&log, 10, "6\n"), 0);
    reader_measure(&reader, &log, 2);
    assert_int_equal(reader.scroll.top, 2);
    reader_scroll(&reader, 1);
    assert_false(reader.follow);
    reader_scroll(&reader, 1);
    assert_true(reader.follow);
}

static void a_text_that_fits_is_always_followed(void **state) {
    _cleanup_log_ struct logtext log = {0};
    struct reader reader = {.follow = true};

    (void)state;
    assert_int_equal(logtext_set(&log, 0, 4, "1\n2\n"), 0);
    reader_measure(&reader, &log, 5);
    reader_scroll(&reader, -1000000000);
    assert_true(reader.follow);
    assert_int_equal(reader.scroll.top, 0);
}

static void scrolling_stops_at_both_ends(void **state) {
    struct scroll scroll = {.lines = 10, .height = 4};

    (void)state;
    scroll_by(&scroll, 1000000000);
    assert_int_equal(scroll.top, 6);
    scroll_by(&scroll, -3);
    assert_int_equal(scroll.top, 3);
    scroll_by(&scroll, -1000000000);
    assert_int_equal(scroll.top, 0);
    scroll.lines = 2;
    scroll.top = 9;
    scroll_clamp(&scroll);
    assert_int_equal(scroll.top, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(following_ends_at_the_last_line_that_says_something),
        cmocka_unit_test(who_scrolls_up_stays_there_until_the_end_is_reached_again),
        cmocka_unit_test(a_text_that_fits_is_always_followed),
        cmocka_unit_test(scrolling_stops_at_both_ends),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
