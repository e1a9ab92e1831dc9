/* Times as text. */
#include "base/clock.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

static void a_time_is_written_in_utc_with_milliseconds(void **state) {
    (void)state;
    char text[CLOCK_ISO8601_SIZE];
    assert_string_equal(clock_format_iso8601(0, text), "1970-01-01T00:00:00.000Z");
    assert_string_equal(clock_format_iso8601(1700000000123, text),
                        "2023-11-14T22:13:20.123Z");
    assert_string_equal(clock_format_iso8601(-1, text), "1969-12-31T23:59:59.999Z");
}

static void
every_day_of_four_centuries_has_the_date_that_the_system_gives_it(void **state) {
    (void)state;
    for (int64_t day = -100000; day < 150000; day++) {
        time_t seconds = (time_t)(day * 86400 + 3723);
        struct tm tm = {0};
        char want[CLOCK_ISO8601_SIZE];
        char got[CLOCK_ISO8601_SIZE];
        assert_non_null(gmtime_r(&seconds, &tm));
        assert_int_equal(strftime(want, sizeof want, "%Y-%m-%dT%H:%M:%S.007Z", &tm),
                         24);
        assert_string_equal(clock_format_iso8601((int64_t)seconds * 1000 + 7, got),
                            want);
    }
}

static void what_is_written_can_be_read(void **state) {
    (void)state;
    int64_t now = clock_realtime_ms();
    char text[CLOCK_ISO8601_SIZE];
    int64_t back = 0;
    assert_int_equal(clock_parse_iso8601(clock_format_iso8601(now, text), &back), 0);
    assert_int_equal(back, now);
}

static void a_fraction_may_be_absent(void **state) {
    (void)state;
    int64_t ms = 0;
    assert_int_equal(clock_parse_iso8601("2023-11-14T22:13:20Z", &ms), 0);
    assert_int_equal(ms, 1700000000000);
}

static void what_is_no_time_is_refused_and_writes_nothing(void **state) {
    (void)state;
    int64_t ms = 7;
    assert_int_equal(clock_parse_iso8601("", &ms), -EINVAL);
    assert_int_equal(clock_parse_iso8601("yesterday", &ms), -EINVAL);
    assert_int_equal(clock_parse_iso8601("2023-11-14T22:13:20+01:00", &ms), -EINVAL);
    assert_int_equal(ms, 7);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_time_is_written_in_utc_with_milliseconds),
        cmocka_unit_test(
            every_day_of_four_centuries_has_the_date_that_the_system_gives_it),
        cmocka_unit_test(what_is_written_can_be_read),
        cmocka_unit_test(a_fraction_may_be_absent),
        cmocka_unit_test(what_is_no_time_is_refused_and_writes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
