/* The SCF history of a job. */
#include "plot/history.h"

#include "base/cleanup.h"
#include "support/alloc_fault.h"

#include <errno.h>
#include <limits.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#define _cleanup_history_ _cleanup_(history_deinit)

static json_t *two_runs(void) {
    return json_loads(
        "[{\"energies_ev\": [-1.0, -1.5, -1.75], \"accuracy_ev\": [1, 0.1, 0.01]},"
        " {\"energies_ev\": [-2.0, null]}]",
        0, NULL);
}

static void results_become_runs_and_cycles(void **state) {
    _cleanup_history_ struct history history = {0};
    json_t *scf = two_runs();

    (void)state;
    assert_int_equal(history_read(&history, scf), 0);
    json_decref(scf);
    assert_int_equal(history.n, 2);
    assert_int_equal(history.runs[0].n, 3);
    assert_float_equal(history_value(&history.runs[0], 2, HISTORY_ACCURACY), 0.01, 0);
    assert_float_equal(history_value(&history.runs[0], 2, HISTORY_DELTA), 0.25, 1e-12);
    assert_int_equal(history.runs[1].n, 2);
    assert_true(isnan(history.runs[1].cycles[1].energy_ev));
}

static void the_cycle_that_converged_may_be_told_apart(void **state) {
    _cleanup_history_ struct history history = {0};
    json_t *scf = json_loads("[{\"cycles\": 3, \"energies_ev\": [-1, -2],"
                             " \"final_energy_ev\": -3, \"final_accuracy_ev\": 1e-9},"
                             " {\"cycles\": 2, \"energies_ev\": [-1, -2],"
                             " \"final_energy_ev\": -2}]",
                             0, NULL);

    (void)state;
    assert_int_equal(history_read(&history, scf), 0);
    json_decref(scf);
    assert_int_equal(history.runs[0].n, 3);
    assert_float_equal(history.runs[0].cycles[2].energy_ev, -3, 0);
    assert_float_equal(history.runs[0].cycles[2].accuracy_ev, 1e-9, 0);
    assert_int_equal(history.runs[1].n, 2);
}

static void the_first_cycle_has_no_difference(void **state) {
    _cleanup_history_ struct history history = {0};

    (void)state;
    assert_int_equal(history_put(&history, 1, 1, -3, NAN), 0);
    assert_true(isnan(history_value(&history.runs[0], 0, HISTORY_DELTA)));
    assert_false(history_has(&history.runs[0], HISTORY_DELTA));
    assert_int_equal(history_put(&history, 1, 2, -3, NAN), 0);
    assert_false(history_has(&history.runs[0], HISTORY_DELTA));
    assert_int_equal(history_put(&history, 1, 2, -4, NAN), 0);
    assert_true(history_has(&history.runs[0], HISTORY_DELTA));
    assert_false(history_has(&history.runs[0], HISTORY_ACCURACY));
}

static void a_cycle_that_is_told_twice_is_one(void **state) {
    _cleanup_history_ struct history history = {0};
    json_t *scf = two_runs();

    (void)state;
    assert_int_equal(history_put(&history, 1, 3, -1.75, 0.01), 0);
    assert_int_equal(history_put(&history, 1, 4, -1.76, 0.001), 0);
    assert_int_equal(history_read(&history, scf), 0);
    json_decref(scf);
    assert_int_equal(history.runs[0].n, 4);
    assert_float_equal(history.runs[0].cycles[0].energy_ev, -1, 0);
    assert_float_equal(history.runs[0].cycles[3].energy_ev, -1.76, 0);
}

static void cycles_that_were_missed_are_unknown(void **state) {
    _cleanup_history_ struct history history = {0};

    (void)state;
    assert_int_equal(history_put(&history, 3, 5, -1, 1), 0);
    assert_int_equal(history.n, 3);
    assert_int_equal(history.runs[0].n, 0);
    assert_int_equal(history.runs[2].n, 5);
    assert_true(isnan(history.runs[2].cycles[3].energy_ev));
    assert_true(isnan(history_value(&history.runs[2], 4, HISTORY_DELTA)));
}

/* Of CRYSTAL; the final energy is that of its last cycle again. */
static void a_code_may_count_from_0(void **state) {
    _cleanup_history_ struct history history = {0};
    json_t *scf = json_loads("[{\"cycles\": 2, \"energies_ev\": [-1, -3, -4],"
                             " \"final_energy_ev\": -4}]",
                             0, NULL);

    (void)state;
    assert_int_equal(history_put(&history, 1, 1, -3, NAN), 0);
    assert_int_equal(history_put(&history, 1, 0, -1, NAN), 0);
    assert_true(history.runs[0].from_zero);
    assert_float_equal(history_value(&history.runs[0], 1, HISTORY_DELTA), 2, 0);
    assert_int_equal(history_read(&history, scf), 0);
    json_decref(scf);
    assert_int_equal(history.runs[0].n, 3);
    assert_float_equal(history_value(&history.runs[0], 2, HISTORY_DELTA), 1, 0);
}

static void numbers_out_of_range_are_refused(void **state) {
    static const long bad[][2] = {{0, 1},        {-1, 1},       {1, -1},
                                  {LONG_MAX, 1}, {1, LONG_MAX}, {LONG_MIN, LONG_MIN}};
    _cleanup_history_ struct history history = {0};

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_int_equal(history_put(&history, bad[i][0], bad[i][1], 0, 0), -EINVAL);
    }
    assert_int_equal(history.n, 0);
}

static void results_without_runs_are_no_history(void **state) {
    _cleanup_history_ struct history history = {0};
    json_t *odd = json_loads("[1, null, {}, {\"energies_ev\": 3}]", 0, NULL);

    (void)state;
    assert_int_equal(history_read(&history, NULL), 0);
    assert_int_equal(history_read(&history, odd), 0);
    json_decref(odd);
    assert_int_equal(history.n, 0);
}

static int put_with_faults(void *data) {
    _cleanup_history_ struct history history = {0};

    (void)data;
    for (long cycle = 1; cycle < 40; cycle++) {
        int r = history_put(&history, cycle, cycle == 30 ? 0 : cycle, -1, 1);
        if (r < 0) {
            return r;
        }
    }
    return 0;
}

static void without_memory_a_cycle_is_refused(void **state) {
    (void)state;
    assert_true(alloc_fault_sweep(put_with_faults, NULL, -ENOMEM) > 40);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(results_become_runs_and_cycles),
        cmocka_unit_test(the_cycle_that_converged_may_be_told_apart),
        cmocka_unit_test(the_first_cycle_has_no_difference),
        cmocka_unit_test(a_cycle_that_is_told_twice_is_one),
        cmocka_unit_test(cycles_that_were_missed_are_unknown),
        cmocka_unit_test(a_code_may_count_from_0),
        cmocka_unit_test(numbers_out_of_range_are_refused),
        cmocka_unit_test(results_without_runs_are_no_history),
        cmocka_unit_test(without_memory_a_cycle_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
