/* Keys, hints and help come from one table. */
#include "tui/keymap.h"

#include <curses.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void keys_do_what_they_say_where_they_apply(void **state) {
    (void)state;
    assert_int_equal(keymap_action(KEYS_MAIN, 'j'), ACTION_DOWN);
    assert_int_equal(keymap_action(KEYS_MAIN, -KEY_DOWN), ACTION_DOWN);
    assert_int_equal(keymap_action(KEYS_MAIN, 'l'), ACTION_LOG);
    assert_int_equal(keymap_action(KEYS_LOG, 'l'), ACTION_RIGHT);
    assert_int_equal(keymap_action(KEYS_PICKER, 'l'), ACTION_OPEN);
    assert_int_equal(keymap_action(KEYS_MAIN, '/'), ACTION_FILTER);
    assert_int_equal(keymap_action(KEYS_LOG, '/'), ACTION_SEARCH);
    assert_int_equal(keymap_action(KEYS_MAIN, 'n'), ACTION_NEW_JOB);
    assert_int_equal(keymap_action(KEYS_LOG, 'n'), ACTION_SEARCH_NEXT);
    assert_int_equal(keymap_action(KEYS_MAIN, 'C'), ACTION_CLUSTERS);
    assert_int_equal(keymap_action(KEYS_CLUSTERS, 'l'), ACTION_LOGIN);
    assert_int_equal(keymap_action(KEYS_CLUSTERS, 't'), ACTION_TEST);
    assert_int_equal(keymap_action(KEYS_MAIN, 'a'), ACTION_RESUBMIT);
    assert_int_equal(keymap_action(KEYS_LINEUP, 'a'), ACTION_ADOPT);
    assert_int_equal(keymap_action(KEYS_LINEUP, 'c'), ACTION_CANCEL);
}

static void q_leaves_an_overlay_before_it_leaves_the_program(void **state) {
    (void)state;
    assert_int_equal(keymap_action(KEYS_MAIN, 'q'), ACTION_QUIT);
    assert_int_equal(keymap_action(KEYS_JOB, 'q'), ACTION_BACK);
    assert_int_equal(keymap_action(KEYS_LOG, 'q'), ACTION_BACK);
    assert_int_equal(keymap_action(KEYS_PICKER, 'q'), ACTION_BACK);
    assert_int_equal(keymap_action(KEYS_HELP, 'q'), ACTION_BACK);
}

static void other_keys_do_nothing(void **state) {
    (void)state;
    assert_int_equal(keymap_action(KEYS_MAIN, 'z'), ACTION_NONE);
    assert_int_equal(keymap_action(KEYS_MAIN, 0), ACTION_NONE);
    assert_int_equal(keymap_action(KEYS_MAIN, -KEY_RESIZE), ACTION_NONE);
    assert_int_equal(keymap_action(KEYS_HELP, 'c'), ACTION_NONE);
    /* A letter whose number is that of a function key. */
    assert_int_equal(keymap_action(KEYS_MAIN, KEY_DOWN), ACTION_NONE);
}

static void every_place_hints_at_a_way_out(void **state) {
    static const enum key_context contexts[] = {KEYS_MAIN,   KEYS_JOB,  KEYS_LOG,
                                                KEYS_PICKER, KEYS_HELP, KEYS_CLUSTERS,
                                                KEYS_LINEUP};

    (void)state;
    for (size_t c = 0; c < sizeof contexts / sizeof *contexts; c++) {
        struct key_line hint;
        bool out = false;
        for (size_t i = 0; keymap_hint(contexts[c], i, &hint); i++) {
            out |= strcmp(hint.text, "back") == 0 || strcmp(hint.text, "quit") == 0;
        }
        assert_true(out);
    }
}

static void the_help_has_a_text_for_each_line(void **state) {
    struct key_line line;
    size_t lines = 0;
    size_t headings = 0;

    (void)state;
    for (size_t i = 0; keymap_help(i, &line); i++) {
        assert_non_null(line.text);
        assert_true(*line.text);
        headings += line.keys == NULL;
        lines++;
    }
    assert_int_equal(headings, 8);
    assert_true(lines > 30);
    assert_false(keymap_help(lines, &line));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_do_what_they_say_where_they_apply),
        cmocka_unit_test(q_leaves_an_overlay_before_it_leaves_the_program),
        cmocka_unit_test(other_keys_do_nothing),
        cmocka_unit_test(every_place_hints_at_a_way_out),
        cmocka_unit_test(the_help_has_a_text_for_each_line),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
