/* Numbers in words. */
#include "tui/format.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

static char out[FORMAT_SIZE];

static void times_grow_with_what_they_tell(void **state) {
    (void)state;
    assert_string_equal(format_elapsed(out, -5), "0:00");
    assert_string_equal(format_elapsed(out, 12), "0:12");
    assert_string_equal(format_elapsed(out, 3599), "59:59");
    assert_string_equal(format_elapsed(out, 3723), "1:02:03");
    assert_string_equal(format_elapsed(out, 100 * 3600 + 59), "4d 04h");
    assert_true(strlen(format_elapsed(out, INT64_MAX)) < FORMAT_SIZE);
    assert_string_equal(format_seconds(out, 0.417), "0.42 s");
    assert_string_equal(format_seconds(out, 61.2), "1:01");
}

static void magnitudes_lose_their_needless_zeros(void **state) {
    (void)state;
    assert_string_equal(format_magnitude(out, 4.12e-7), "4.1e-7");
    assert_string_equal(format_magnitude(out, -4.12e-12), "4.1e-12");
    assert_string_equal(format_magnitude(out, 4.12), "4.1e0");
    assert_string_equal(format_magnitude(out, 4.12e10), "4.1e10");
    assert_string_equal(format_magnitude(out, 1e-100), "1.0e-100");
    assert_string_equal(format_magnitude(out, 0), "0");
}

static void bytes_are_told_in_the_largest_unit_that_fits(void **state) {
    (void)state;
    assert_string_equal(format_bytes(out, 812), "812 B");
    assert_string_equal(format_bytes(out, 4301), "4.2 KiB");
    assert_string_equal(format_bytes(out, 512.0 * 1048576), "512 MiB");
    assert_string_equal(format_bytes(out, 1e30), "909494701772928256 TiB");
}

static void round_trips_keep_two_digits(void **state) {
    (void)state;
    assert_string_equal(format_round_trip(out, 85000), "0.09 ms");
    assert_string_equal(format_round_trip(out, 4200000), "4.2 ms");
    assert_string_equal(format_round_trip(out, 42000000), "42 ms");
    assert_string_equal(format_round_trip(out, 1300000000), "1.3 s");
}

static void what_is_not_known_is_a_dash(void **state) {
    (void)state;
    assert_string_equal(format_energy(out, NAN), "-");
    assert_string_equal(format_magnitude(out, INFINITY), "-");
    assert_string_equal(format_seconds(out, NAN), "-");
    assert_string_equal(format_bytes(out, -1), "-");
}

static void any_energy_fits(void **state) {
    (void)state;
    assert_string_equal(format_energy(out, -215.71174), "-215.7117");
    assert_true(strlen(format_energy(out, -1.7e308)) < FORMAT_SIZE);
}

static void times_of_day_are_local(void **state) {
    (void)state;
    (void)setenv("TZ", "UTC-2", 1);
    tzset();
    assert_string_equal(format_local_time(out, 1000), "1970-01-01 02:00:01");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(times_grow_with_what_they_tell),
        cmocka_unit_test(magnitudes_lose_their_needless_zeros),
        cmocka_unit_test(bytes_are_told_in_the_largest_unit_that_fits),
        cmocka_unit_test(round_trips_keep_two_digits),
        cmocka_unit_test(what_is_not_known_is_a_dash),
        cmocka_unit_test(any_energy_fits),
        cmocka_unit_test(times_of_day_are_local),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
