/* Numbers as Fortran prints them. */
#include "base/fortran.h"

#include <limits.h>
#include <locale.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void check_real(const char *text, double want, const char *rest) {
    const char *at = text;
    double value = NAN;
    assert_true(fortran_real(&at, &value));
    if (value != want) {
        fail_msg("%s is read as %.17g, not %.17g", text, value, want);
    }
    assert_string_equal(at, rest);
}

static void check_no_real(const char *text) {
    const char *at = text;
    double value = 7;
    assert_false(fortran_real(&at, &value));
    assert_true(value == 7);
    assert_ptr_equal(at, text);
}

static void reals_are_read_in_every_form_fortran_has(void **state) {
    (void)state;
    check_real("  1.5", 1.5, "");
    check_real("-.5", -0.5, "");
    check_real("+5.", 5, "");
    check_real("12 34", 12, " 34");
    check_real("1.0D-03", 1.0e-3, "");
    check_real("4.2E-09 Ry", 4.2e-9, " Ry");
    check_real("1d0", 1, "");
}

/* What fits in 53 bits and 22 places is rounded once, like a literal. */
static void numbers_of_usual_length_are_exact(void **state) {
    (void)state;
    check_real("-252.68718165", -252.68718165, "");
    check_real("-0.0000000012", -0.0000000012, "");
    check_real("13.605693122994", 13.605693122994, "");
}

static void a_number_ends_where_the_next_begins(void **state) {
    (void)state;
    check_real("0.25-0.25", 0.25, "-0.25");
    check_real("1.5Ry", 1.5, "Ry");
    check_real("3e", 3, "e");
    check_real("3d+", 3, "d+");
    check_real("1.2.3", 1.2, ".3");
}

static void the_value_is_as_good_as_a_double(void **state) {
    (void)state;
    const char *const texts[] = {"-252.68718165",        "13.605693122994",
                                 "0.529177210903",       "9007199254740993",
                                 "123456789.123456789",  "1e22",
                                 "0.1234567890123456789"};
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        const char *at = texts[i];
        double value;
        double want = strtod(texts[i], NULL);
        assert_true(fortran_real(&at, &value));
        assert_true(fabs(value - want) <= fabs(want) * 1.0e-15);
    }
}

static void what_is_no_finite_number_is_refused(void **state) {
    (void)state;
    const char *const bad[] = {"",         "   ",   "-",  ".",   "*****",   "NaN",
                               "Infinity", "1e999", "e5", "abc", "-1D+4000"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        check_no_real(bad[i]);
    }
}

static void exponents_that_do_not_fit_underflow_to_zero(void **state) {
    (void)state;
    check_real("1e-99999999999999999999", 0, "");
    check_real("0e99999999999999999999", 0, "");
}

static void very_many_digits_are_one_number(void **state) {
    (void)state;
    char digits[420];
    memset(digits, '9', sizeof(digits));
    digits[300] = '\0';
    const char *at = digits;
    double value;
    assert_true(fortran_real(&at, &value));
    assert_true(fabs(value / 1e300 - 1) < 1e-14);
    digits[300] = '9';
    digits[419] = '\0';
    check_no_real(digits);
}

static void several_reals_are_read_all_or_none(void **state) {
    (void)state;
    double values[3] = {7, 7, 7};
    const char *at = " 1.0 -2.0-3.0 )";
    assert_true(fortran_reals(&at, values, 3));
    assert_string_equal(at, " )");
    assert_true(values[0] == 1 && values[1] == -2 && values[2] == -3);

    at = "4.0 5.0 ****";
    assert_false(fortran_reals(&at, values, 3));
    assert_string_equal(at, "4.0 5.0 ****");
    assert_true(values[0] == 1);
}

static void
numbers_that_fill_their_columns_are_told_apart_by_their_decimals(void **state) {
    (void)state;
    double values[3];
    const char *at = "     0.000000000123.450000000-12.500000000     0.5";
    assert_true(fortran_fixed_reals(&at, 9, values, 3));
    assert_string_equal(at, "     0.5");
    assert_true(values[0] == 0 && values[1] == 123.45 && values[2] == -12.5);

    at = "100.000000000200.000000000300.000000000";
    assert_true(fortran_fixed_reals(&at, 9, values, 3));
    assert_true(values[0] == 100 && values[1] == 200 && values[2] == 300);

    /* Who has other decimals, and room, is read as it is. */
    at = "1.25 0.0123456789012 3";
    assert_true(fortran_fixed_reals(&at, 9, values, 3));
    assert_true(values[0] == 1.25 && values[1] == 0.0123456789012 && values[2] == 3);

    at = "1.0 *************123.450000000";
    assert_false(fortran_fixed_reals(&at, 9, values, 3));
    char digits[128];
    memset(digits, '7', sizeof digits);
    memcpy(digits + 80, ".123456789.5", sizeof ".123456789.5");
    at = digits;
    assert_false(fortran_fixed_reals(&at, 8, values, 1));
    assert_ptr_equal(at, digits);
}

static void integers_are_read_with_their_sign(void **state) {
    (void)state;
    long value = 7;
    const char *at = "  -12rest";
    assert_true(fortran_int(&at, &value));
    assert_int_equal(value, -12);
    assert_string_equal(at, "rest");
}

static void integers_that_do_not_fit_are_refused(void **state) {
    (void)state;
    long value = 7;
    const char *at = "99999999999999999999";
    assert_false(fortran_int(&at, &value));
    at = "***";
    assert_false(fortran_int(&at, &value));
    at = "-";
    assert_false(fortran_int(&at, &value));
    assert_int_equal(value, 7);
    char largest[32];
    (void)snprintf(largest, sizeof(largest), "%ld", LONG_MAX);
    at = largest;
    assert_true(fortran_int(&at, &value));
    assert_true(value == LONG_MAX);
}

static void the_locale_does_not_matter(void **state) {
    (void)state;
    /* Where no such locale is installed, this holds anyhow. */
    (void)setlocale(LC_ALL, "de_DE.UTF-8");
    check_real("1.5", 1.5, "");
    (void)setlocale(LC_ALL, "C");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reals_are_read_in_every_form_fortran_has),
        cmocka_unit_test(numbers_of_usual_length_are_exact),
        cmocka_unit_test(a_number_ends_where_the_next_begins),
        cmocka_unit_test(the_value_is_as_good_as_a_double),
        cmocka_unit_test(what_is_no_finite_number_is_refused),
        cmocka_unit_test(exponents_that_do_not_fit_underflow_to_zero),
        cmocka_unit_test(very_many_digits_are_one_number),
        cmocka_unit_test(several_reals_are_read_all_or_none),
        cmocka_unit_test(
            numbers_that_fill_their_columns_are_told_apart_by_their_decimals),
        cmocka_unit_test(integers_are_read_with_their_sign),
        cmocka_unit_test(integers_that_do_not_fit_are_refused),
        cmocka_unit_test(the_locale_does_not_matter),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
