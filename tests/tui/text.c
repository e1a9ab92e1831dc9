/* UTF-8 on a terminal: widths, cutting, wrapping, and what is never let through. */
#include "tui/text.h"

#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static wchar_t out[TEXT_MAX_WCHARS];

static int fit(const char *text, int skip, int columns, wchar_t cut) {
    return text_fit(out, text, strlen(text), skip, columns, cut);
}

static void assert_wide_equal(const wchar_t *got, const wchar_t *wanted) {
    if (wcscmp(got, wanted) != 0) {
        fail_msg("got \"%ls\", wanted \"%ls\"", got, wanted);
    }
}

static int needs_utf8(void **state) {
    (void)state;
    return setlocale(LC_CTYPE, "C.UTF-8") ? 0 : -1;
}

static int needs_ascii(void **state) {
    (void)state;
    return setlocale(LC_CTYPE, "C") ? 0 : -1;
}

static void text_that_fits_is_left_alone(void **state) {
    (void)state;
    assert_int_equal(fit("silicon", 0, 7, L'…'), 7);
    assert_wide_equal(out, L"silicon");
    assert_int_equal(fit("", 0, 7, L'…'), 0);
    assert_wide_equal(out, L"");
}

static void text_that_goes_on_ends_in_the_mark(void **state) {
    (void)state;
    assert_int_equal(fit("silicon", 0, 6, L'…'), 6);
    assert_wide_equal(out, L"silic…");
    assert_int_equal(fit("silicon", 0, 1, L'…'), 1);
    assert_wide_equal(out, L"…");
    assert_int_equal(fit("silicon", 0, 0, L'…'), 0);
    assert_wide_equal(out, L"");
    assert_int_equal(fit("silicon", 0, -3, L'…'), 0);
    assert_wide_equal(out, L"");
    assert_int_equal(fit("silicon", 0, 4, 0), 4);
    assert_wide_equal(out, L"sili");
}

static void wide_characters_count_twice_and_are_never_halved(void **state) {
    (void)state;
    assert_int_equal(text_columns("日本", 6), 4);
    assert_int_equal(fit("日本語", 0, 6, L'…'), 6);
    assert_int_equal(fit("日本語", 0, 5, L'…'), 5);
    assert_wide_equal(out, L"日本…");
    assert_int_equal(fit("日本語", 0, 4, L'…'), 3);
    assert_wide_equal(out, L"日…");
    assert_int_equal(fit("日本語", 1, 5, 0), 5);
    assert_wide_equal(out, L" 本語");
}

static void combining_marks_take_no_column_and_stay_with_their_letter(void **state) {
    (void)state;
    assert_int_equal(text_columns("e\xCC\x81te", 5), 3);
    assert_int_equal(fit("e\xCC\x81te", 0, 2, L'…'), 2);
    assert_wide_equal(out, L"e\u0301…");
    assert_int_equal(fit("abe\xCC\x81", 0, 3, L'…'), 3);
    assert_wide_equal(out, L"abe\u0301");
}

static void a_heap_of_marks_is_cut(void **state) {
    char text[4096] = "a";

    (void)state;
    for (int i = 0; i < 1000; i++) {
        strcat(text, "\xCC\x81");
    }
    assert_int_equal(fit(text, 0, 10, L'…'), 1);
    assert_int_equal(wcslen(out), 1 + TEXT_MAX_COMBINING);
}

static void control_characters_never_reach_the_terminal(void **state) {
    (void)state;
    (void)fit("a\033[2Jb\rc\bd\x07\x7f\xC2\x9B"
              "31m",
              0, 80, L'…');
    for (const wchar_t *c = out; *c; c++) {
        assert_true(*c >= L' ' && *c != 0x7F && !(*c >= 0x80 && *c < 0xA0));
    }
}

static void text_cannot_turn_its_direction(void **state) {
    (void)state;
    assert_int_equal(fit("a\xE2\x80\xAE"
                         "b\xE2\x80\x8B"
                         "c\xEF\xBB\xBF",
                         0, 80, L'…'),
                     3);
    assert_wide_equal(out, L"abc");
}

static void bytes_that_are_not_utf8_are_marked_one_by_one(void **state) {
    static const char *const texts[] = {
        "\xFF",         "\xC0\x80", "\xED\xA0\x80",         "\xF4\x90\x80\x80",
        "\xE2\x82",     "\x80",     "\xF8\x88\x80\x80\x80", "\xC3(",
        "\xF0\x9F\x98",
    };

    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        int columns = fit(texts[i], 0, 80, 0);
        assert_int_equal(columns, (int)strlen(texts[i]));
        assert_int_equal(out[0], 0xFFFD);
    }
}

static void tabs_go_to_the_next_stop(void **state) {
    (void)state;
    assert_int_equal(text_columns("a\tb", 3), 9);
    assert_int_equal(fit("a\tb", 0, 80, 0), 9);
    assert_wide_equal(out, L"a       b");
    assert_int_equal(fit("a\tb", 6, 80, 0), 3);
    assert_wide_equal(out, L"  b");
}

static void a_screen_that_is_wider_than_can_be_is_cut(void **state) {
    char *text = malloc(3 * TEXT_MAX_COLUMNS);

    (void)state;
    assert_non_null(text);
    memset(text, 'x', 3 * TEXT_MAX_COLUMNS - 1);
    text[3 * TEXT_MAX_COLUMNS - 1] = '\0';
    assert_int_equal(fit(text, 0, 100000, L'…'), TEXT_MAX_COLUMNS);
    free(text);
}

static void in_a_locale_without_the_character_a_likeness_stands_for_it(void **state) {
    (void)state;
    assert_int_equal(fit("0.1 eV/Å", 0, 80, L'~'), 8);
    assert_wide_equal(out, L"0.1 eV/A");
    assert_int_equal(fit("日本", 0, 80, L'~'), 2);
    assert_wide_equal(out, L"??");
    assert_int_equal(fit("e\xCC\x81", 0, 80, L'~'), 1);
    assert_wide_equal(out, L"e");
    assert_false(text_can_show(L'…'));
}

/* Lines of the wrapped text, joined with bars. */
static const char *wrapped(const char *text, int columns) {
    static char lines[1024];

    lines[0] = '\0';
    while (*text) {
        const char *next;
        size_t n = text_wrap(text, columns, &next);
        assert_true(next > text);
        strncat(lines, text, n);
        strcat(lines, "|");
        text = next;
    }
    return lines;
}

static void text_is_wrapped_at_spaces(void **state) {
    (void)state;
    assert_string_equal(wrapped("lower the mixing", 9), "lower the|mixing|");
    assert_string_equal(wrapped("lower the mixing", 10), "lower the|mixing|");
    assert_string_equal(wrapped("lower the mixing", 5), "lower|the|mixin|g|");
    assert_string_equal(wrapped("lower the mixing", 80), "lower the mixing|");
}

static void a_word_that_is_too_long_is_broken(void **state) {
    (void)state;
    assert_string_equal(wrapped("abcdefgh", 3), "abc|def|gh|");
    assert_string_equal(wrapped("日本語", 3), "日|本|語|");
    assert_string_equal(wrapped("日本語", 1), "日|本|語|");
}

static void newlines_end_lines(void **state) {
    (void)state;
    assert_string_equal(wrapped("a\n\nb\n", 10), "a||b|");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(text_that_fits_is_left_alone, needs_utf8),
        cmocka_unit_test_setup(text_that_goes_on_ends_in_the_mark, needs_utf8),
        cmocka_unit_test_setup(wide_characters_count_twice_and_are_never_halved,
                               needs_utf8),
        cmocka_unit_test_setup(
            combining_marks_take_no_column_and_stay_with_their_letter, needs_utf8),
        cmocka_unit_test_setup(a_heap_of_marks_is_cut, needs_utf8),
        cmocka_unit_test_setup(control_characters_never_reach_the_terminal, needs_utf8),
        cmocka_unit_test_setup(text_cannot_turn_its_direction, needs_utf8),
        cmocka_unit_test_setup(bytes_that_are_not_utf8_are_marked_one_by_one,
                               needs_utf8),
        cmocka_unit_test_setup(tabs_go_to_the_next_stop, needs_utf8),
        cmocka_unit_test_setup(a_screen_that_is_wider_than_can_be_is_cut, needs_utf8),
        cmocka_unit_test_setup(
            in_a_locale_without_the_character_a_likeness_stands_for_it, needs_ascii),
        cmocka_unit_test_setup(text_is_wrapped_at_spaces, needs_utf8),
        cmocka_unit_test_setup(a_word_that_is_too_long_is_broken, needs_utf8),
        cmocka_unit_test_setup(newlines_end_lines, needs_utf8),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
