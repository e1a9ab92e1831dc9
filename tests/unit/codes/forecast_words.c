/* What is said of a forecast, in words and moods. */
#include "codes/forecast.h"

#include "samples.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

static void check_words(struct forecast_told told, const char *badge,
                        const char *range) {
    char words[FORECAST_WORDS_SIZE];
    _cleanup_json_ json_t *json = forecast_to_json(&told);
    assert_non_null(json);
    assert_string_equal(forecast_badge_words(json, words), badge);
    assert_string_equal(forecast_range_words(json, true, words), range);
}

static void every_badge_but_none_has_a_name(void **state) {
    (void)state;
    assert_null(forecast_badge_name(FORECAST_NONE));
    for (int i = FORECAST_CONVERGING; i <= FORECAST_MISSES_TIME; i++) {
        assert_non_null(forecast_badge_name((enum forecast_badge)i));
    }
}

static void a_forecast_reads_as_a_sentence(void **state) {
    (void)state;
    struct forecast_told told = {
        .forecast = {FORECAST_CONVERGING, 4, 7, 120, 250},
        .threshold_ev = 1e-6,
        .cycles_left = 3,
        .limit_name = "NELM",
        .seconds_left = NAN,
    };
    check_words(told, "converging", "≈ 4–7 cycles, 2–4 min");
    told.forecast.seconds_low = 3000;
    told.forecast.seconds_high = 9000;
    check_words(told, "converging", "≈ 4–7 cycles, 0.8–2.5 h");
    told.forecast.seconds_high = NAN;
    told.forecast.cycles_high = 0;
    check_words(told, "converging", "≈ 4 or more cycles, 50 or more min");
    told.forecast = (struct forecast){FORECAST_CONVERGING, 1, 1, 3, 3};
    check_words(told, "converging", "≈ 1 cycle, 3 s");
    told.forecast = (struct forecast){FORECAST_MISSES_CYCLES, 4, 7, NAN, NAN};
    check_words(told, "will not make NELM", "≈ 4–7 cycles where 3 are left");
    told.forecast = (struct forecast){FORECAST_MISSES_TIME, 0, 0, NAN, NAN};
    check_words(told, "will not make its time limit", "");
    told.forecast.badge = FORECAST_NONE;
    check_words(told, "", "");
}

static void an_ascii_terminal_gets_ascii(void **state) {
    (void)state;
    struct forecast_told told = {.forecast = {FORECAST_CONVERGING, 4, 7, 120, 250},
                                 .cycles_left = -1};
    char words[FORECAST_WORDS_SIZE];
    _cleanup_json_ json_t *json = forecast_to_json(&told);
    assert_string_equal(forecast_range_words(json, false, words),
                        "~ 4-7 cycles, 2-4 min");
}

static void bad_news_are_told_from_good_ones(void **state) {
    (void)state;
    static const enum forecast_mood moods[] = {
        [FORECAST_CONVERGING] = FORECAST_GOOD,
        [FORECAST_OSCILLATING] = FORECAST_DOUBTFUL,
        [FORECAST_STALLED] = FORECAST_DOUBTFUL,
        [FORECAST_DIVERGING] = FORECAST_BAD,
        [FORECAST_MISSES_CYCLES] = FORECAST_BAD,
        [FORECAST_MISSES_TIME] = FORECAST_BAD,
    };
    for (int i = FORECAST_CONVERGING; i <= FORECAST_MISSES_TIME; i++) {
        struct forecast_told told = {.forecast = {.badge = (enum forecast_badge)i}};
        _cleanup_json_ json_t *json = forecast_to_json(&told);
        assert_int_equal(forecast_mood(json), moods[i]);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_badge_but_none_has_a_name),
        cmocka_unit_test(a_forecast_reads_as_a_sentence),
        cmocka_unit_test(an_ascii_terminal_gets_ascii),
        cmocka_unit_test(bad_news_are_told_from_good_ones),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
