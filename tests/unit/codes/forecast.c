/* The forecast of an SCF, from made-up series. */
#include "codes/forecast.h"

#include "codes/results_build.h"
#include "samples.h"

#include <limits.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

static const struct forecast_aim to_a_millionth = {
    .threshold_ev = 1e-6, .seconds_left = NAN, .seconds_per_cycle = NAN};

static void give(struct forecast_series *series, double energy, double left,
                 double at) {
    forecast_add(series, &(struct forecast_cycle){energy, left, at});
}

/* n cycles of which each leaves a tenth `power` times of what the one before left,
 * beginning with 1 eV; each takes two seconds. */
static struct forecast_series decay(size_t n, double power) {
    struct forecast_series series;
    forecast_begin(&series, 0, 0);
    for (size_t i = 0; i < n; i++) {
        double left = pow(10, -power * (double)i);
        give(&series, -100 + left, left, 2 * (double)i);
    }
    return series;
}

static struct forecast tell(const struct forecast_series *series) {
    return forecast_tell(series, &to_a_millionth);
}

static void three_cycles_are_too_early_to_tell(void **state) {
    (void)state;
    for (size_t n = 0; n < 4; n++) {
        struct forecast_series series = decay(n, 1);
        struct forecast f = tell(&series);
        assert_int_equal(f.badge, FORECAST_NONE);
        assert_int_equal(f.cycles_low, 0);
        assert_int_equal(f.cycles_high, 0);
        assert_true(isnan(f.seconds_low) && isnan(f.seconds_high));
    }
}

static void a_steady_decay_says_when_it_is_there(void **state) {
    (void)state;
    /* 1, 0.1, … 1e-4 in five cycles; 1e-6 is two cycles on. */
    struct forecast_series series = decay(5, 1);
    struct forecast f = tell(&series);
    assert_int_equal(f.badge, FORECAST_CONVERGING);
    assert_int_equal(f.cycles_low, 2);
    assert_int_equal(f.cycles_high, 2);
    assert_close(f.seconds_low, 4, 1e-9);
    assert_close(f.seconds_high, 4, 1e-9);
}

static void an_unsteady_decay_has_a_range_with_the_steady_one_in_it(void **state) {
    (void)state;
    static const double noise[] = {0, .3, -.2, .1, -.3, .2, -.1, .2, -.3, .1};
    struct forecast_series series;
    forecast_begin(&series, 0, 0);
    for (size_t i = 0; i < 10; i++) {
        give(&series, NAN, pow(10, -0.4 * (double)i + noise[i]), NAN);
        series.broken = 0;
    }
    struct forecast f = tell(&series);
    assert_int_equal(f.badge, FORECAST_CONVERGING);
    /* -0.4 · 9 - 0.4 · 6 = -6 */
    assert_in_range(6, f.cycles_low, f.cycles_high);
    /* The line alone says 4 to 15; decays bend. */
    assert_int_equal(f.cycles_low, 3);
    assert_int_equal(f.cycles_high, 19);
    assert_true(isnan(f.seconds_low));
}

static void one_wild_cycle_changes_little(void **state) {
    (void)state;
    struct forecast_series series = decay(7, 0.5);
    give(&series, -99, 30, 14);
    for (size_t i = 8; i < 11; i++) {
        double left = pow(10, -0.5 * (double)i);
        give(&series, -100 + left, left, 2 * (double)i);
    }
    struct forecast f = tell(&series);
    assert_int_equal(f.badge, FORECAST_CONVERGING);
    assert_in_range(f.cycles_low, 1, 2);
    assert_in_range(f.cycles_high, 2, 6);
}

static void without_an_accuracy_the_change_of_the_energy_counts(void **state) {
    (void)state;
    struct forecast_series series;
    forecast_begin(&series, 0, 0);
    for (size_t i = 0; i < 6; i++) {
        give(&series, -100 + pow(10, -(double)i), NAN, NAN);
    }
    /* The changes are 0.9, … 9e-5, in five cycles. */
    struct forecast f = tell(&series);
    assert_int_equal(f.badge, FORECAST_CONVERGING);
    assert_int_equal(f.cycles_low, 2);
    assert_int_equal(f.cycles_high, 2);
}

static void an_energy_that_goes_up_and_down_oscillates(void **state) {
    (void)state;
    struct forecast_series series;
    forecast_begin(&series, 0, 0);
    for (size_t i = 0; i < 12; i++) {
        give(&series, -100 + (i % 2 ? 0.3 : -0.2), NAN, NAN);
    }
    struct forecast f = tell(&series);
    assert_int_equal(f.badge, FORECAST_OSCILLATING);
    assert_int_equal(f.cycles_low, 0);
    assert_int_equal(f.cycles_high, 0);
}

static void an_oscillation_that_dies_down_converges(void **state) {
    (void)state;
    struct forecast_series series;
    forecast_begin(&series, 0, 0);
    for (size_t i = 0; i < 12; i++) {
        give(&series, -100 + (i % 2 ? 1 : -1) * pow(10, -0.3 * (double)i), NAN, NAN);
    }
    assert_int_equal(tell(&series).badge, FORECAST_CONVERGING);
}

static void a_decay_that_has_stopped_stalls(void **state) {
    (void)state;
    struct forecast_series series = decay(5, 1);
    for (size_t i = 0; i < 12; i++) {
        give(&series, -100 - 1e-4 * (double)i, 1e-4, NAN);
    }
    struct forecast f = tell(&series);
    assert_int_equal(f.badge, FORECAST_STALLED);
    assert_int_equal(f.cycles_high, 0);
}

static void a_growing_change_diverges(void **state) {
    (void)state;
    struct forecast_series series = decay(9, -0.4);
    assert_int_equal(tell(&series).badge, FORECAST_DIVERGING);
}

static void energies_that_are_no_numbers_diverge_from_the_second_on(void **state) {
    (void)state;
    struct forecast_series series = decay(6, 0.5);
    give(&series, NAN, NAN, NAN);
    assert_int_not_equal(tell(&series).badge, FORECAST_DIVERGING);
    give(&series, NAN, NAN, NAN);
    assert_int_equal(tell(&series).badge, FORECAST_DIVERGING);
    give(&series, -100, 1e-3, NAN);
    assert_int_not_equal(tell(&series).badge, FORECAST_DIVERGING);
}

static void cycles_without_a_change_are_left_out(void **state) {
    (void)state;
    struct forecast_series series = decay(5, 1);
    give(&series, -100, 0, NAN);
    give(&series, -100, INFINITY, NAN);
    struct forecast f = tell(&series);
    assert_int_equal(f.badge, FORECAST_CONVERGING);
    assert_int_equal(f.cycles_low, 1);
}

static void a_limit_that_is_missed_even_at_best_is_told(void **state) {
    (void)state;
    /* 1e-4 after 9 cycles, 1e-6 after four more. */
    struct forecast_series series = decay(9, 0.5);
    struct forecast_aim aim = to_a_millionth;
    aim.cycle_limit = 13;
    assert_int_equal(forecast_tell(&series, &aim).badge, FORECAST_CONVERGING);
    aim.cycle_limit = 12;
    struct forecast f = forecast_tell(&series, &aim);
    assert_int_equal(f.badge, FORECAST_MISSES_CYCLES);
    assert_int_equal(f.cycles_low, 4);
}

static void an_oscillation_near_the_limit_will_not_make_it(void **state) {
    (void)state;
    struct forecast_series series;
    struct forecast_aim aim = to_a_millionth;
    forecast_begin(&series, 0, 0);
    for (size_t i = 0; i < 12; i++) {
        give(&series, -100 + (i % 2 ? 0.3 : -0.2), NAN, NAN);
    }
    aim.cycle_limit = 1000;
    assert_int_equal(forecast_tell(&series, &aim).badge, FORECAST_OSCILLATING);
    aim.cycle_limit = 16;
    struct forecast f = forecast_tell(&series, &aim);
    assert_int_equal(f.badge, FORECAST_MISSES_CYCLES);
    assert_int_equal(f.cycles_low, 0);
}

static void time_that_is_too_short_even_at_best_is_told(void **state) {
    (void)state;
    struct forecast_series series = decay(9, 0.5);
    struct forecast_aim aim = to_a_millionth;
    aim.seconds_left = 9;
    assert_int_equal(forecast_tell(&series, &aim).badge, FORECAST_CONVERGING);
    aim.seconds_left = 7;
    assert_int_equal(forecast_tell(&series, &aim).badge, FORECAST_MISSES_TIME);
    aim.seconds_left = -1;
    assert_int_equal(forecast_tell(&series, &aim).badge, FORECAST_MISSES_TIME);
}

static void the_pace_of_another_clock_scales_the_seconds(void **state) {
    (void)state;
    struct forecast_series series = decay(9, 0.5);
    struct forecast_aim aim = to_a_millionth;
    aim.seconds_per_cycle = 5;
    assert_close(forecast_tell(&series, &aim).seconds_low, 20, 1e-9);
}

static void cycles_that_follow_the_last_one_are_counted(void **state) {
    (void)state;
    struct forecast_series series = decay(5, 1);
    struct forecast_aim aim = to_a_millionth;
    aim.cycles_after = 1;
    aim.cycle_limit = 7;
    struct forecast f = forecast_tell(&series, &aim);
    assert_int_equal(f.badge, FORECAST_CONVERGING);
    assert_int_equal(f.cycles_low, 3);
    assert_int_equal(f.cycles_high, 3);
}

static void delayed_cycles_do_not_count(void **state) {
    (void)state;
    struct forecast_series series;
    forecast_begin(&series, 5, 0);
    for (size_t i = 0; i < 5; i++) {
        give(&series, 0, pow(10, -3 * (double)i), NAN);
    }
    for (size_t i = 0; i < 3; i++) {
        give(&series, 0, pow(10, -(double)i), NAN);
    }
    assert_int_equal(tell(&series).badge, FORECAST_NONE);
    give(&series, 0, 1e-3, NAN);
    struct forecast f = tell(&series);
    assert_int_equal(f.badge, FORECAST_CONVERGING);
    assert_int_equal(f.cycles_low, 3);
}

static void a_threshold_that_is_not_known_leaves_the_word(void **state) {
    (void)state;
    struct forecast_series series = decay(6, 1);
    struct forecast_aim aim = to_a_millionth;
    aim.threshold_ev = NAN;
    aim.cycle_limit = 6;
    struct forecast f = forecast_tell(&series, &aim);
    assert_int_equal(f.badge, FORECAST_CONVERGING);
    assert_int_equal(f.cycles_low, 0);
}

static void a_run_tells_the_same_by_its_last_cycles_as_by_all(void **state) {
    (void)state;
    struct results results;
    results_init(&results);
    assert_int_equal(results_begin_scf(&results), 0);
    struct forecast_series all;
    forecast_begin(&all, 3, 0);
    results_last_scf(&results)->delayed = 3;
    for (size_t i = 0; i < 200; i++) {
        double left = pow(10, -0.02 * (double)i) * (i % 3 ? 1.3 : 0.8);
        assert_int_equal(results_add_cycle(&results, -100 + left, left), 0);
        results_last_cycle(&results)->at_seconds = (double)(i * i);
        give(&all, -100 + left, left, (double)(i * i));
        struct forecast want = tell(&all);
        struct forecast got =
            scf_run_forecast(results_last_scf(&results), i + 1, &to_a_millionth);
        assert_int_equal(got.badge, want.badge);
        assert_int_equal(got.cycles_low, want.cycles_low);
        assert_int_equal(got.cycles_high, want.cycles_high);
        assert_close(got.seconds_high, want.seconds_high, 1e-9);
    }
    results_deinit(&results);
}

/* ---- what the outputs say of it ---- */

static struct scanner *feed(const char *code, const char *head, size_t n,
                            void (*line)(struct buf *out, size_t i)) {
    _cleanup_buf_ struct buf text = BUF_NULL;
    struct scanner *scanner = NULL;
    assert_int_equal(buf_append_str(&text, head), 0);
    for (size_t i = 0; i < n; i++) {
        line(&text, i);
    }
    assert_int_equal(scanner_new(&scanner, code_by_name(code)), 0);
    assert_int_equal(scanner_feed(scanner, buf_bytes(&text), buf_len(&text)), 0);
    return scanner;
}

static void crystal_cycle(struct buf *out, size_t i) {
    assert_int_equal(
        buf_printf(
            out,
            " TTTTTTTTTTTTTTTTTTTTTTTTTTTTTT SHELLXN     TELAPSE       %zu.00 TCPU"
            "        1.00\n CYC %3zu ETOT(AU) %.12E DETOT -1.0E-09 tst  1.0E-01 "
            "PX  1.0E-01\n",
            3 * i, i, -100 - pow(10, -(double)i)),
        0);
}

static void crystals_threshold_limit_and_clock_are_known(void **state) {
    (void)state;
    struct scanner *scanner = feed(
        "crystal",
        " MAX NUMBER OF SCF CYCLES      50  CONVERGENCE ON DELTAP        10**-17\n"
        " WEIGHT OF F(I) IN F(I+1)      30% CONVERGENCE ON ENERGY        10**- 7\n",
        6, crystal_cycle);
    struct forecast_told told = results_forecast(scanner_results(scanner));
    assert_int_equal(told.forecast.badge, FORECAST_CONVERGING);
    assert_close(told.threshold_ev, 27.211386245988e-7, 1e-12);
    assert_string_equal(told.limit_name, "MAXCYCLE");
    assert_int_equal(told.cycles_left, 45); /* 5 of 50 are done: they count from 0 */
    /* The change is 9e-5 Hartree, 9e-8 in three cycles, behind which comes one more. */
    assert_int_equal(told.forecast.cycles_low, 4);
    assert_int_equal(told.forecast.cycles_high, 4);
    assert_close(told.forecast.seconds_low, 12, 1e-9);
    scanner_free(scanner);
}

static void pwx_cycle(struct buf *out, size_t i) {
    assert_int_equal(
        buf_printf(out,
                   "     iteration #%3zu     ecut=    12.00 Ry     beta= 0.70\n"
                   "     total cpu time spent up to now is       %2zu.0 secs\n\n"
                   "     total energy              =     -15.7 Ry\n"
                   "     estimated scf accuracy    <       %.14f Ry\n\n",
                   i + 1, 2 * i, pow(10, -(double)i)),
        0);
}

static void pwxs_threshold_and_clock_are_known(void **state) {
    (void)state;
    struct scanner *scanner =
        feed("quantum_espresso", "     convergence threshold     =      1.0E-06\n", 5,
             pwx_cycle);
    struct forecast_told told = results_forecast(scanner_results(scanner));
    assert_int_equal(told.forecast.badge, FORECAST_CONVERGING);
    assert_close(told.threshold_ev, 13.605693122994e-6, 1e-12);
    assert_int_equal(told.cycles_left, -1); /* it is not printed */
    assert_int_equal(told.forecast.cycles_low, 2);
    assert_close(told.forecast.seconds_high, 4, 1e-9);
    scanner_free(scanner);
}

static void outcar_cycle(struct buf *out, size_t i) {
    assert_int_equal(
        buf_printf(out,
                   "--------------------------------------- Iteration      1(%4zu)  "
                   "---------------------------------------\n"
                   " total energy-change (2. order) :%.7E  (%.7E)\n"
                   "  free energy    TOTEN  =       -10.00000000 eV\n"
                   "      LOOP:  cpu time    9.00: real time    %zu.00\n",
                   i + 1, pow(10, -(double)i - 1), -pow(10, -(double)i), (size_t)5),
        0);
}

static void vasps_threshold_limit_delay_and_clock_are_known(void **state) {
    (void)state;
    struct scanner *scanner =
        feed("vasp",
             "   NELM   =     20;   NELMIN=  2; NELMDL= -3     # of ELM steps\n"
             "   EDIFF  = 0.1E-07   stopping-criterion for ELM\n",
             7, outcar_cycle);
    const struct results *results = scanner_results(scanner);
    assert_int_equal(results->scf[0].delayed, 3);
    struct forecast_told told = results_forecast(results);
    assert_int_equal(told.forecast.badge, FORECAST_CONVERGING);
    assert_close(told.threshold_ev, 1e-8, 1e-20);
    assert_string_equal(told.limit_name, "NELM");
    assert_int_equal(told.cycles_left, 13);
    /* The larger change counts, that of the eigenvalues: 1e-6 in the seventh cycle. */
    assert_int_equal(told.forecast.cycles_low, 2);
    assert_close(told.forecast.seconds_low, 10, 1e-9);
    scanner_free(scanner);
}

static void oszicar_row(struct buf *out, size_t i) {
    double change = pow(10, -(double)i);
    assert_int_equal(buf_printf(out,
                                "DAV:%4zu    -0.100000000000E+02   %.5E   %.5E  4464  "
                                " 0.591E+02%s\n",
                                i + 1, change, -change, i < 5 ? "" : "    0.392E+01"),
                     0);
}

static void oszicar_shows_which_cycles_kept_the_density(void **state) {
    (void)state;
    struct scanner *scanner =
        feed("vasp",
             "       N       E                     dE             d eps       ncg     "
             "rms          rms(c)\n",
             9, oszicar_row);
    assert_int_equal(scanner_results(scanner)->scf[0].delayed, 5);
    scanner_free(scanner);
}

static void an_output_that_has_ended_has_no_forecast(void **state) {
    (void)state;
    struct scanner *scanner =
        feed("quantum_espresso", "     convergence threshold     =      1.0E-06\n", 6,
             pwx_cycle);
    static const char end[] = "!    total energy              =     -15.7 Ry\n"
                              "     convergence has been achieved in   6 iterations\n";
    assert_int_equal(results_forecast(scanner_results(scanner)).forecast.badge,
                     FORECAST_CONVERGING);
    assert_int_equal(scanner_feed(scanner, end, sizeof end - 1), 0);
    assert_int_equal(results_forecast(scanner_results(scanner)).forecast.badge,
                     FORECAST_NONE);
    scanner_free(scanner);
}

static void pwxs_input_says_how_many_cycles_there_may_be(void **state) {
    (void)state;
    static const char input[] = "&control\n max_seconds = 1.5d3\n/\n&system\n/\n"
                                "&electrons\n electron_maxstep = 7\n/\n";
    const struct code *code = code_by_name("quantum_espresso");
    struct code_limits limits = code_limits(code, input, sizeof input - 1);
    assert_int_equal(limits.scf_cycles, 7);
    assert_close(limits.seconds, 1500, 0);
    limits = code_limits(code, "&control\n/\n", 12);
    assert_int_equal(limits.scf_cycles, 100);
    assert_true(isnan(limits.seconds));
    assert_int_equal(code_limits(code_by_name("vasp"), "", 0).scf_cycles, 0);
}

/* ---- in words ---- */

static void optimise(struct results *results, size_t n, double factor) {
    results_init(results);
    results->calculation = "geometry_optimization";
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(results_add_step(results, -100 - (double)i), 0);
        results_last_step(results)->max_force_ev_per_ang = pow(factor, (double)i);
    }
}

static void check_forces(struct results *results, enum forecast_badge want,
                         const char *words) {
    struct forecast_told told = results_forecast(results);
    _cleanup_json_ json_t *json = forecast_to_json(&told);
    char space[FORECAST_WORDS_SIZE];
    assert_int_equal(told.forces, want);
    assert_string_equal(forecast_forces_words(json), words);
    assert_string_equal(forecast_badge_words(json, space), "");
    results_deinit(results);
}

static void the_forces_of_an_optimisation_fall_or_rise_or_do_neither(void **state) {
    (void)state;
    struct results results;
    optimise(&results, 6, 0.5);
    check_forces(&results, FORECAST_CONVERGING, "falling");
    optimise(&results, 30, 1.5);
    check_forces(&results, FORECAST_DIVERGING, "rising");
    optimise(&results, 12, 1);
    check_forces(&results, FORECAST_STALLED, "not falling");
    optimise(&results, 3, 0.5);
    check_forces(&results, FORECAST_NONE, "");
    optimise(&results, 6, 0.5);
    results.status = RUN_FINISHED;
    check_forces(&results, FORECAST_NONE, "");
    optimise(&results, 6, 0.5);
    results.calculation = "molecular_dynamics";
    check_forces(&results, FORECAST_NONE, "");
}

static void steps_without_forces_are_left_out(void **state) {
    (void)state;
    struct results results;
    optimise(&results, 8, 0.5);
    results.steps[5].max_force_ev_per_ang = NAN;
    check_forces(&results, FORECAST_CONVERGING, "falling");
    optimise(&results, 8, 0.5);
    for (size_t i = 0; i < 8; i++) {
        results.steps[i].max_force_ev_per_ang = NAN;
    }
    check_forces(&results, FORECAST_NONE, "");
}

static void a_limit_beyond_all_numbers_is_a_large_one(void **state) {
    (void)state;
    struct results results;
    results_init(&results);
    results.scf_cycle_limit = LONG_MAX;
    results.scf_cycles_after = 1;
    assert_int_equal(results_forecast(&results).cycles_left, 1000000001);
    results_deinit(&results);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(three_cycles_are_too_early_to_tell),
        cmocka_unit_test(a_steady_decay_says_when_it_is_there),
        cmocka_unit_test(an_unsteady_decay_has_a_range_with_the_steady_one_in_it),
        cmocka_unit_test(one_wild_cycle_changes_little),
        cmocka_unit_test(without_an_accuracy_the_change_of_the_energy_counts),
        cmocka_unit_test(an_energy_that_goes_up_and_down_oscillates),
        cmocka_unit_test(an_oscillation_that_dies_down_converges),
        cmocka_unit_test(a_decay_that_has_stopped_stalls),
        cmocka_unit_test(a_growing_change_diverges),
        cmocka_unit_test(energies_that_are_no_numbers_diverge_from_the_second_on),
        cmocka_unit_test(cycles_without_a_change_are_left_out),
        cmocka_unit_test(a_limit_that_is_missed_even_at_best_is_told),
        cmocka_unit_test(an_oscillation_near_the_limit_will_not_make_it),
        cmocka_unit_test(time_that_is_too_short_even_at_best_is_told),
        cmocka_unit_test(the_pace_of_another_clock_scales_the_seconds),
        cmocka_unit_test(cycles_that_follow_the_last_one_are_counted),
        cmocka_unit_test(delayed_cycles_do_not_count),
        cmocka_unit_test(a_threshold_that_is_not_known_leaves_the_word),
        cmocka_unit_test(a_run_tells_the_same_by_its_last_cycles_as_by_all),
        cmocka_unit_test(crystals_threshold_limit_and_clock_are_known),
        cmocka_unit_test(pwxs_threshold_and_clock_are_known),
        cmocka_unit_test(vasps_threshold_limit_delay_and_clock_are_known),
        cmocka_unit_test(oszicar_shows_which_cycles_kept_the_density),
        cmocka_unit_test(an_output_that_has_ended_has_no_forecast),
        cmocka_unit_test(pwxs_input_says_how_many_cycles_there_may_be),
        cmocka_unit_test(the_forces_of_an_optimisation_fall_or_rise_or_do_neither),
        cmocka_unit_test(steps_without_forces_are_left_out),
        cmocka_unit_test(a_limit_beyond_all_numbers_is_a_large_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
