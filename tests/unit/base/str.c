/* Strings and numbers. */
#include "base/str.h"

#include "base/cleanup.h"
#include "support/alloc_fault.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void whole_decimal_numbers_are_read(void **state) {
    (void)state;
    int64_t n = 0;
    assert_int_equal(str_to_int64("-42", -100, 100, &n), 0);
    assert_int_equal(n, -42);
    assert_int_equal(str_to_int64("9223372036854775807", 0, INT64_MAX, &n), 0);
    assert_true(n == INT64_MAX);
    assert_int_equal(str_to_int64("-9223372036854775808", INT64_MIN, 0, &n), 0);
    assert_true(n == INT64_MIN);
}

static void what_is_no_number_or_out_of_range_is_refused(void **state) {
    (void)state;
    int64_t n = 7;
    const char *const bad[] = {"", "-", "1 ", " 1", "0x10", "1.5", "one", "+1"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_equal(str_to_int64(bad[i], 0, 100, &n), -EINVAL);
    }
    assert_int_equal(str_to_int64("101", 0, 100, &n), -ERANGE);
    assert_int_equal(str_to_int64("9223372036854775808", 0, INT64_MAX, &n), -ERANGE);
    assert_int_equal(str_to_int64("99999999999999999999", 0, INT64_MAX, &n), -ERANGE);
    assert_int_equal(n, 7);
}

static void the_character_in_front_is_told_with_its_bytes(void **state) {
    (void)state;
    static const struct {
        const char *bytes;
        size_t n, length;
        uint32_t c;
    } cases[] = {{"a", 1, 1, 'a'},
                 {"", 1, 1, 0},
                 {"\xC3\x85x", 3, 2, 0xC5},
                 {"\xE2\x88\x92", 3, 3, 0x2212},
                 {"\xF0\x9F\x98\x80", 4, 4, 0x1F600},
                 {"\xE2\x88\x92", 2, 0, 7},
                 {"\x88", 1, 0, 7},
                 {"\xED\xA0\x80", 3, 0, 7}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint32_t c = 7;
        assert_int_equal(str_utf8_next(cases[i].bytes, cases[i].n, &c),
                         cases[i].length);
        assert_int_equal(c, cases[i].c);
    }
}

static void text_that_is_not_utf8_gets_replacement_characters(void **state) {
    (void)state;
    const struct {
        const char *bytes;
        size_t n;
        const char *want;
    } cases[] = {
        {"abc", 3, "abc"},
        {"\xC3\xA5", 2, "\xC3\xA5"},
        {"\xC3", 1, "\xEF\xBF\xBD"},
        {"a\0b", 3,
         "a\xEF\xBF\xBD"
         "b"},
        {"\xE5x", 2, "\xEF\xBF\xBDx"},
        {"\xC0\x80", 2, "\xEF\xBF\xBD\xEF\xBF\xBD"},
        {"\xED\xA0\x80", 3, "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD"},
        {"\xF0\x9F\x98\x80", 4, "\xF0\x9F\x98\x80"},
        {"\xF4\x90\x80\x80", 4, "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        _cleanup_free_ char *got = str_to_utf8(cases[i].bytes, cases[i].n);
        assert_string_equal(got, cases[i].want);
    }
}

static void a_cut_sequence_is_left_for_the_next_piece(void **state) {
    (void)state;
    const struct {
        const char *bytes;
        size_t n, want;
    } cases[] = {
        {"", 0, 0},
        {"abc", 3, 3},
        {"a\xC3", 2, 1},
        {"a\xC3\xBC", 3, 3},
        {"a\xE2\x82", 3, 1},
        {"\xF0\x9F\x98", 3, 0},
        {"\xF0\x9F\x98\x80", 4, 4},
        {"\x80\x80\x80\x80", 4, 4},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(str_utf8_uncut(cases[i].bytes, cases[i].n), cases[i].want);
    }
}

static void prefixes_and_suffixes(void **state) {
    (void)state;
    assert_true(str_starts_with("jobs.list", "jobs."));
    assert_false(str_starts_with("job", "jobs"));
    assert_true(str_ends_with("si.out", ".out"));
    assert_false(str_ends_with("out", ".out"));
    assert_true(str_empty(NULL));
    assert_true(str_empty(""));
}

static int copy_vector(void *data) {
    char **copy = strv_copy(data);
    if (!copy) {
        return -ENOMEM;
    }
    assert_int_equal(strv_length(copy), 3);
    assert_string_equal(copy[2], "c");
    assert_null(strv_free(copy));
    return 0;
}

static void vectors_are_copied_whole_or_not_at_all(void **state) {
    (void)state;
    char *vector[] = {(char[]){"a"}, (char[]){"b"}, (char[]){"c"}, NULL};
    assert_int_equal(alloc_fault_sweep(copy_vector, vector, -ENOMEM), 4);
    assert_null(strv_free(NULL));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whole_decimal_numbers_are_read),
        cmocka_unit_test(what_is_no_number_or_out_of_range_is_refused),
        cmocka_unit_test(the_character_in_front_is_told_with_its_bytes),
        cmocka_unit_test(text_that_is_not_utf8_gets_replacement_characters),
        cmocka_unit_test(a_cut_sequence_is_left_for_the_next_piece),
        cmocka_unit_test(prefixes_and_suffixes),
        cmocka_unit_test(vectors_are_copied_whole_or_not_at_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
