/* What is plotted of the job that is looked at. */
#include "tui/closeup.h"

#include "base/cleanup.h"
#include "support/alloc_fault.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#define _cleanup_closeup_ _cleanup_(closeup_deinit)

#define RELAXATION                                                                     \
    "\"results\": {\"calculation\": \"geometry_optimization\", \"scf\": ["             \
    "{\"energies_ev\": [-1, -2], \"accuracy_ev\": [1, 0.1]},"                          \
    "{\"energies_ev\": [-3, -4], \"accuracy_ev\": [1, 0.1]}], \"steps\": ["            \
    "{\"energy_ev\": -2, \"max_force_ev_per_ang\": 1},"                                \
    "{\"energy_ev\": -4, \"max_force_ev_per_ang\": 0.1}]}"
#define RUNNING "{\"finished_at\": null, " RELAXATION "}"
#define ENDED "{\"finished_at\": \"2026-01-31T12:00:00Z\", " RELAXATION "}"

static void take(struct closeup *closeup, const char *text) {
    json_t *full = json_loads(text, 0, NULL);

    assert_non_null(full);
    assert_int_equal(closeup_take_full(closeup, full), 0);
    json_decref(full);
}

static void while_a_job_runs_its_scf_is_plotted(void **state) {
    _cleanup_closeup_ struct closeup closeup = {.id = 1};

    (void)state;
    assert_int_equal(closeup_kind(&closeup), PLOT_SCF);
    assert_int_equal(closeup_kinds(&closeup), 0);
    take(&closeup, RUNNING);
    assert_int_equal(closeup_kind(&closeup), PLOT_ACCURACY);
}

static void a_job_that_has_ended_is_plotted_by_what_it_was_about(void **state) {
    _cleanup_closeup_ struct closeup closeup = {.id = 1};

    (void)state;
    take(&closeup, ENDED);
    assert_int_equal(closeup_kind(&closeup), PLOT_OPT);
    assert_int_equal(closeup_kinds(&closeup), 1U << PLOT_SCF | 1U << PLOT_ACCURACY |
                                                  1U << PLOT_OPT | 1U << PLOT_FORCES);
}

static void the_plots_that_there_are_come_in_turn(void **state) {
    static const enum plot_kind order[] = {PLOT_FORCES, PLOT_SCF, PLOT_ACCURACY,
                                           PLOT_OPT};
    _cleanup_closeup_ struct closeup closeup = {.id = 1};

    (void)state;
    closeup_step_kind(&closeup);
    assert_false(closeup.kind_chosen);
    take(&closeup, ENDED);
    for (size_t i = 0; i < 4; i++) {
        closeup_step_kind(&closeup);
        assert_int_equal(closeup_kind(&closeup), order[i]);
    }
}

static void a_choice_stays_for_the_next_job_where_it_is_there(void **state) {
    _cleanup_closeup_ struct closeup closeup = {.id = 1};

    (void)state;
    take(&closeup, ENDED);
    closeup_step_kind(&closeup);
    assert_int_equal(closeup_kind(&closeup), PLOT_FORCES);
    closeup_reset(&closeup, 2);
    take(&closeup, "{\"results\": {\"scf\": [{\"energies_ev\": [-1, -2]}]}}");
    assert_int_equal(closeup_kind(&closeup), PLOT_SCF);
    closeup_reset(&closeup, 3);
    take(&closeup, RUNNING);
    assert_int_equal(closeup_kind(&closeup), PLOT_FORCES);
}

static void stepping_through_the_scfs_plots_the_scf(void **state) {
    _cleanup_closeup_ struct closeup closeup = {.id = 1};
    size_t place = 9;

    (void)state;
    take(&closeup, ENDED);
    closeup_step_run(&closeup, -1);
    assert_int_equal(closeup_kind(&closeup), PLOT_ACCURACY);
    assert_non_null(closeup_run(&closeup, &place));
    assert_int_equal(place, 0);
    closeup_step_run(&closeup, -1);
    assert_non_null(closeup_run(&closeup, &place));
    assert_int_equal(place, 0);
    closeup_step_run(&closeup, 1);
    assert_non_null(closeup_run(&closeup, &place));
    assert_int_equal(place, 1);
    assert_false(closeup.run_chosen);
}

static void frequencies_need_no_scf(void **state) {
    _cleanup_closeup_ struct closeup closeup = {.id = 1};

    (void)state;
    take(&closeup, "{\"results\": {\"calculation\": \"frequencies\","
                   "\"frequencies_cm1\": [100, 200]}}");
    assert_int_equal(closeup_kind(&closeup), PLOT_FREQUENCIES);
    closeup_step_kind(&closeup);
    assert_int_equal(closeup_kind(&closeup), PLOT_FREQUENCIES);
}

static int take_once(void *data) {
    _cleanup_closeup_ struct closeup closeup = {.id = 1};
    int r = closeup_take_full(&closeup, data);

    assert_true(r == 0 || !closeup.full);
    return r;
}

static void memory_that_runs_out_is_told(void **state) {
    json_t *full = json_loads(ENDED, 0, NULL);

    (void)state;
    assert_non_null(full);
    assert_true(alloc_fault_sweep(take_once, full, -ENOMEM) >= 5);
    json_decref(full);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(while_a_job_runs_its_scf_is_plotted),
        cmocka_unit_test(a_job_that_has_ended_is_plotted_by_what_it_was_about),
        cmocka_unit_test(the_plots_that_there_are_come_in_turn),
        cmocka_unit_test(a_choice_stays_for_the_next_job_where_it_is_there),
        cmocka_unit_test(stepping_through_the_scfs_plots_the_scf),
        cmocka_unit_test(frequencies_need_no_scf),
        cmocka_unit_test(memory_that_runs_out_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
