/* Durations, sizes and times. */
#include "base/quantity.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

static void durations_are_read_as_slurm_and_people_write_them(void **state) {
    (void)state;
    static const struct {
        const char *text;
        int64_t seconds;
    } cases[] = {
        {"30", 1800},          {"2:30", 150},        {"1:00:00", 3600},
        {"100:00:01", 360001}, {"1-0", 86400},       {"2-12", 216000},
        {"1-2:03", 93780},     {"1-2:03:04", 93784}, {"2h", 7200},
        {"90s", 90},           {"1h30m", 5400},      {"1.5h", 5400},
        {"1d12h", 129600},     {"0.5m", 30},         {"3650d", 315360000},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int64_t seconds = 0;
        assert_int_equal(quantity_duration(cases[i].text, &seconds), 0);
        assert_int_equal(seconds, cases[i].seconds);
    }
}

static void what_is_no_duration_is_refused(void **state) {
    (void)state;
    static const char *const bad[] = {"",        "0",    "0s",    "-1",     "h",
                                      "2 h",     "2x",   "1:",    ":30",    "1:60",
                                      "1:2:3:4", "1-",   "-1h",   "1m2h",   "1h1h",
                                      "1.h",     "1.5",  "2h30",  "nan",    "1e3",
                                      "+2h",     "1:-2", "1-2-3", "1-24:60"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        int64_t seconds = 7;
        assert_int_equal(quantity_duration(bad[i], &seconds), -EINVAL);
        assert_int_equal(seconds, 7);
    }
    int64_t seconds = 7;
    assert_int_equal(quantity_duration("99999d", &seconds), -ERANGE);
    assert_int_equal(quantity_duration("99999999", &seconds), -ERANGE);
    assert_int_equal(seconds, 7);
}

static void sizes_need_a_unit(void **state) {
    (void)state;
    static const struct {
        const char *text;
        int64_t bytes;
    } cases[] = {
        {"4G", INT64_C(4) << 30},
        {"1.5GiB", INT64_C(3) << 29},
        {"512M", 512 << 20},
        {"512MB", 512 << 20},
        {"1k", 1024},
        {"2TiB", INT64_C(2) << 40},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int64_t bytes = 0;
        assert_int_equal(quantity_size(cases[i].text, &bytes), 0);
        assert_int_equal(bytes, cases[i].bytes);
    }
    static const char *const bad[] = {"",   "4",   "G",   "0G",  "-4G", "4 G",
                                      "4X", "4GG", "4Gi", "4.G", "1e3M"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        int64_t bytes = 7;
        assert_int_equal(quantity_size(bad[i], &bytes), -EINVAL);
        assert_int_equal(bytes, 7);
    }
    int64_t bytes = 7;
    assert_int_equal(quantity_size("99999999T", &bytes), -ERANGE);
    assert_int_equal(bytes, 7);
}

/* 2026-01-31T12:00:00Z, in a zone two hours east of it. */
#define NOON INT64_C(1769860800000)

static void a_size_is_told_in_the_unit_that_fits(void **state) {
    (void)state;
    static const struct {
        int64_t bytes;
        const char *text;
    } of[] = {
        {-1, "0 B"},
        {0, "0 B"},
        {1023, "1023 B"},
        {1024, "1.0 KiB"},
        {1536, "1.5 KiB"},
        {1048576 - 1, "1.0 MiB"},
        {(int64_t)65 << 20, "65.0 MiB"},
        {(int64_t)1 << 40, "1.0 TiB"},
        {INT64_MAX, "8.0 EiB"},
    };
    char text[QUANTITY_SIZE_TEXT];
    for (size_t i = 0; i < sizeof of / sizeof *of; i++) {
        assert_string_equal(quantity_size_text(of[i].bytes, text), of[i].text);
    }
}

static void a_time_of_the_day_is_the_next_one(void **state) {
    (void)state;
    int64_t when = 0;
    assert_int_equal(quantity_time("18:30", NOON, &when), 0);
    assert_int_equal(when - NOON, (4 * 60 + 30) * 60 * 1000);
    assert_int_equal(quantity_time("13:59:30", NOON, &when), 0);
    assert_int_equal(when - NOON, (24 * 3600 - 30) * 1000);
    /* What the clock shows now comes again tomorrow. */
    assert_int_equal(quantity_time("14:00", NOON, &when), 0);
    assert_int_equal(when - NOON, 24 * 3600 * 1000);
}

static void a_date_is_local_unless_it_says_utc(void **state) {
    (void)state;
    int64_t when = 0;
    assert_int_equal(quantity_time("2026-01-31T14:00", NOON, &when), 0);
    assert_int_equal(when, NOON);
    assert_int_equal(quantity_time("2026-01-31 14:00:01", NOON, &when), 0);
    assert_int_equal(when, NOON + 1000);
    assert_int_equal(quantity_time("2026-01-31T12:00:00Z", NOON, &when), 0);
    assert_int_equal(when, NOON);
    assert_int_equal(quantity_time("2026-02-01", NOON, &when), 0);
    assert_int_equal(when - NOON, 10 * 3600 * 1000);
    assert_int_equal(quantity_time("+2h", NOON, &when), 0);
    assert_int_equal(when - NOON, 2 * 3600 * 1000);
}

static void what_is_no_time_is_refused(void **state) {
    (void)state;
    static const char *const bad[] = {"",
                                      "now",
                                      "24:00",
                                      "12",
                                      "1:2:3:4",
                                      "+",
                                      "+soon",
                                      "2026-02-31",
                                      "2026-13-01",
                                      "2026-1",
                                      "2026-01-01T",
                                      "2026-01-01T25:00",
                                      "2026-01-01x",
                                      "1969-01-01",
                                      "12:60",
                                      "12:00Z"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        int64_t when = 7;
        assert_int_equal(quantity_time(bad[i], NOON, &when), -EINVAL);
        assert_int_equal(when, 7);
    }
}

static void
what_has_been_is_a_date_the_last_time_of_the_day_or_so_long_ago(void **state) {
    (void)state;
    int64_t when = 0;
    assert_int_equal(quantity_past("13:30", NOON, &when), 0);
    assert_int_equal(NOON - when, 30 * 60 * 1000);
    assert_int_equal(quantity_past("14:00", NOON, &when), 0);
    assert_int_equal(when, NOON);
    assert_int_equal(quantity_past("14:00:01", NOON, &when), 0);
    assert_int_equal(NOON - when, (24 * 3600 - 1) * 1000);
    assert_int_equal(quantity_past("2026-01-31T14:00", NOON, &when), 0);
    assert_int_equal(when, NOON);
    assert_int_equal(quantity_past("2026-02-01", NOON, &when), 0);
    assert_int_equal(when - NOON, 10 * 3600 * 1000);
    static const char *const ago[] = {"1h30m", "-1h30m", "90m"};
    for (size_t i = 0; i < sizeof ago / sizeof *ago; i++) {
        assert_int_equal(quantity_past(ago[i], NOON, &when), 0);
        assert_int_equal(NOON - when, 90 * 60 * 1000);
    }
    static const char *const bad[] = {"",  "-",         "+2h", "-18:30",
                                      "2", "yesterday", "--2h"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        when = 7;
        assert_int_equal(quantity_past(bad[i], NOON, &when), -EINVAL);
        assert_int_equal(when, 7);
    }
    assert_int_equal(quantity_past("99999d", NOON, &when), -ERANGE);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(durations_are_read_as_slurm_and_people_write_them),
        cmocka_unit_test(what_is_no_duration_is_refused),
        cmocka_unit_test(sizes_need_a_unit),
        cmocka_unit_test(a_size_is_told_in_the_unit_that_fits),
        cmocka_unit_test(a_time_of_the_day_is_the_next_one),
        cmocka_unit_test(a_date_is_local_unless_it_says_utc),
        cmocka_unit_test(what_is_no_time_is_refused),
        cmocka_unit_test(
            what_has_been_is_a_date_the_last_time_of_the_day_or_so_long_ago),
    };
    (void)setenv("TZ", "EST-2", 1);
    tzset();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
