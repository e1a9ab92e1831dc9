/* Bytes of files in sentences. */
#include "base/quoted.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void expect(const char *sentence, const char *want) {
    char text[200];
    (void)snprintf(text, sizeof text, "%s", sentence);
    quoted_clean(text, sizeof text);
    assert_string_equal(text, want);
}

static void text_of_any_language_stays(void **state) {
    (void)state;
    expect("", "");
    expect("2.35 \u00C5, \u65E5\u672C \U0001F600",
           "2.35 \u00C5, \u65E5\u672C \U0001F600");
}

static void what_is_no_text_is_a_question_mark(void **state) {
    (void)state;
    expect("a\tb\x1B[1m\x7F", "a?b?[1m?");
    expect("N\xE9 \xE2\x88 \xC0\x80", "N? ?? ??");
    expect("\xC2\x9B"
           "31m",
           "??31m");
}

static void what_looks_like_ascii_is_told(void **state) {
    (void)state;
    static const char *const cases[][2] = {
        {"\u22120.5", "; U+2212 in it looks like - and is not, type it anew"},
        {"1\u20132", "; U+2013 in it looks like - and is not, type it anew"},
        {"\uFF15", "; U+FF15 in it looks like 5 and is not, type it anew"},
        {"\u2019si\u2018", "; U+2019 in it looks like ' and is not, type it anew"},
        {"a\u00A0b", "; U+00A0 in it looks like a blank and is none, type it anew"},
        {"\uFEFFa", "; U+FEFF in it is not seen, delete it"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char want[200];
        (void)snprintf(want, sizeof want, "%s%s", cases[i][0], cases[i][1]);
        expect(cases[i][0], want);
    }
}

static void nothing_is_written_behind_the_room(void **state) {
    (void)state;
    char text[12] = "\u2212"
                    "12345678";
    quoted_clean(text, sizeof text);
    assert_string_equal(text, "\u2212"
                              "12345678");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_of_any_language_stays),
        cmocka_unit_test(what_is_no_text_is_a_question_mark),
        cmocka_unit_test(what_looks_like_ascii_is_told),
        cmocka_unit_test(nothing_is_written_behind_the_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
