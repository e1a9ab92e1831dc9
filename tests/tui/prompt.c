/* Typing a line, answering a question. */
#include "tui/prompt.h"

#include <curses.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum {
    ESCAPE = 27,
    CTRL_U = 21,
    CTRL_W = 23,
};

static struct prompt prompt;

static enum prompt_event type(const char *keys) {
    enum prompt_event event = PROMPT_IGNORED;

    for (; *keys; keys++) {
        event = prompt_key(&prompt, *keys);
    }
    return event;
}

static void characters_are_added_at_the_end(void **state) {
    (void)state;
    prompt_open(&prompt, PROMPT_FILTER, "si");
    assert_int_equal(type(" run"), PROMPT_CHANGED);
    assert_string_equal(prompt.text, "si run");
    assert_string_equal(prompt.before, "si");
    assert_int_equal(prompt_key(&prompt, '\r'), PROMPT_ENTERED);
    assert_int_equal(prompt_key(&prompt, ESCAPE), PROMPT_LEFT);
}

static void erasing_takes_whole_characters(void **state) {
    (void)state;
    prompt_open(&prompt, PROMPT_SEARCH, "");
    assert_int_equal(prompt_key(&prompt, L'é'), PROMPT_CHANGED);
    assert_int_equal(prompt_key(&prompt, L'日'), PROMPT_CHANGED);
    assert_int_equal(prompt_key(&prompt, 0x1F600), PROMPT_CHANGED);
    assert_string_equal(prompt.text, "é日😀");
    assert_int_equal(prompt_key(&prompt, -KEY_BACKSPACE), PROMPT_CHANGED);
    assert_string_equal(prompt.text, "é日");
    assert_int_equal(prompt_key(&prompt, 127), PROMPT_CHANGED);
    assert_int_equal(prompt_key(&prompt, 8), PROMPT_CHANGED);
    assert_string_equal(prompt.text, "");
    assert_int_equal(prompt_key(&prompt, 127), PROMPT_IGNORED);
}

static void words_and_lines_can_be_erased(void **state) {
    (void)state;
    prompt_open(&prompt, PROMPT_SEARCH, "one two  ");
    assert_int_equal(prompt_key(&prompt, CTRL_W), PROMPT_CHANGED);
    assert_string_equal(prompt.text, "one ");
    assert_int_equal(prompt_key(&prompt, CTRL_U), PROMPT_CHANGED);
    assert_string_equal(prompt.text, "");
    assert_int_equal(prompt_key(&prompt, CTRL_W), PROMPT_CHANGED);
}

static void a_line_that_is_full_takes_no_more(void **state) {
    (void)state;
    prompt_open(&prompt, PROMPT_SEARCH, "");
    for (int i = 0; i < 2 * PROMPT_SIZE; i++) {
        (void)prompt_key(&prompt, 'a');
    }
    assert_int_equal(strlen(prompt.text), PROMPT_SIZE - 1);
    assert_int_equal(prompt_key(&prompt, 'a'), PROMPT_IGNORED);
}

static void the_first_digit_replaces_the_proposed_number(void **state) {
    (void)state;
    prompt_open(&prompt, PROMPT_CORES, "1");
    assert_int_equal(type("x"), PROMPT_IGNORED);
    assert_string_equal(prompt.text, "1");
    assert_int_equal(type("24"), PROMPT_CHANGED);
    assert_string_equal(prompt.text, "24");
    prompt_open(&prompt, PROMPT_CORES, "1");
    assert_int_equal(prompt_key(&prompt, 127), PROMPT_CHANGED);
    assert_int_equal(type("8"), PROMPT_CHANGED);
    assert_string_equal(prompt.text, "8");
}

static void a_question_takes_yes_and_no_only(void **state) {
    (void)state;
    prompt_open(&prompt, PROMPT_CANCEL, "");
    assert_int_equal(prompt_key(&prompt, 'x'), PROMPT_IGNORED);
    assert_int_equal(prompt_key(&prompt, -KEY_DOWN), PROMPT_IGNORED);
    assert_int_equal(prompt_key(&prompt, 'y'), PROMPT_ENTERED);
    assert_int_equal(prompt_key(&prompt, 'n'), PROMPT_LEFT);
    /* Enter is no yes: it is too easily pressed. */
    assert_int_equal(prompt_key(&prompt, '\r'), PROMPT_LEFT);
    assert_int_equal(prompt_key(&prompt, ESCAPE), PROMPT_LEFT);
}

static void tab_chooses_beside_what_is_typed_for_a_new_job(void **state) {
    (void)state;
    prompt_open(&prompt, PROMPT_CORES, "1");
    assert_int_equal(prompt_key(&prompt, '\t'), PROMPT_NEXT);
    assert_string_equal(prompt.text, "1");
    prompt_open(&prompt, PROMPT_NAME, "a");
    assert_int_equal(prompt_key(&prompt, '\t'), PROMPT_IGNORED);
}

static void forgetting_a_job_takes_a_yes(void **state) {
    (void)state;
    prompt_open(&prompt, PROMPT_REMOVE, "");
    assert_int_equal(prompt_key(&prompt, 'x'), PROMPT_IGNORED);
    assert_int_equal(prompt_key(&prompt, '\r'), PROMPT_LEFT);
    assert_int_equal(prompt_key(&prompt, 'y'), PROMPT_ENTERED);
}

static void only_a_filter_and_a_search_leave_the_rest_to_the_mouse(void **state) {
    (void)state;
    prompt_open(&prompt, PROMPT_FILTER, "");
    assert_false(prompt_is_question(&prompt));
    prompt_open(&prompt, PROMPT_NOTE, "");
    assert_true(prompt_is_question(&prompt));
    prompt_close(&prompt);
    assert_false(prompt_is_question(&prompt));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(characters_are_added_at_the_end),
        cmocka_unit_test(erasing_takes_whole_characters),
        cmocka_unit_test(words_and_lines_can_be_erased),
        cmocka_unit_test(a_line_that_is_full_takes_no_more),
        cmocka_unit_test(the_first_digit_replaces_the_proposed_number),
        cmocka_unit_test(a_question_takes_yes_and_no_only),
        cmocka_unit_test(tab_chooses_beside_what_is_typed_for_a_new_job),
        cmocka_unit_test(forgetting_a_job_takes_a_yes),
        cmocka_unit_test(only_a_filter_and_a_search_leave_the_rest_to_the_mouse),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
