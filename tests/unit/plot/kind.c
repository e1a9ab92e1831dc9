/* From results to plots. */
#include "plotting.h"

#include "support/alloc_fault.h"

#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define RELAXATION                                                                     \
    "{'code': 'quantum_espresso', 'calculation': 'geometry_optimization', 'scf': ["    \
    "{'cycles': 3, 'energies_ev': [-10, -11], 'accuracy_ev': [1, 0.1],"                \
    " 'final_energy_ev': -11.5, 'final_accuracy_ev': 0.01},"                           \
    "{'cycles': 2, 'energies_ev': [-12, -12.25], 'accuracy_ev': [null, 0.2]}],"        \
    "'steps': [{'energy_ev': -11.5, 'max_force_ev_per_ang': 0.5, 'volume_ang3': 40},"  \
    "{'energy_ev': null, 'max_force_ev_per_ang': null, 'volume_ang3': 41},"            \
    "{'energy_ev': -12.25, 'max_force_ev_per_ang': 0.001, 'volume_ang3': 42}]}"

static unsigned kinds_of(const char *text) {
    json_t *results = plotting_results(text);
    unsigned kinds = 0;

    assert_int_equal(plot_kinds_of(results, &kinds), 0);
    json_decref(results);
    return kinds;
}

static enum plot_kind about(const char *text) {
    json_t *results = plotting_results(text);
    unsigned kinds = 0;

    assert_int_equal(plot_kinds_of(results, &kinds), 0);
    enum plot_kind kind = plot_kind_of_calculation(results, kinds);
    json_decref(results);
    return kind;
}

static void names_and_kinds_belong_together(void **state) {
    enum plot_kind kind = PLOT_SCF;

    (void)state;
    for (int i = 0; i < PLOT_N_KINDS; i++) {
        assert_true(plot_kind_by_name(plot_kind_name((enum plot_kind)i), &kind));
        assert_int_equal(kind, i);
    }
    assert_false(plot_kind_by_name("SCF", &kind));
}

static void cycles_of_all_runs_stand_behind_each_other(void **state) {
    _cleanup_(plot_freep) struct plot *plot = plotting_of(RELAXATION, PLOT_SCF);

    (void)state;
    assert_int_equal(plot->n_drawn, 3);
    assert_int_equal(plot->n_marks, 2);
    assert_float_equal(plot->marks[1].x, 4, 0);
    assert_float_equal(plot->x.max, 5, 0);
    assert_string_equal(plot->y.label, "|ΔE| in Ry");
    /* −10 → −11 is 1 eV, in the second cycle. */
    assert_float_equal(plot->points[1].x, 2, 0);
    assert_float_equal(plot->points[1].y, 1 / 13.605693122994, 1e-12);
    assert_float_equal(plot->points[2].y, 0.5 / 13.605693122994, 1e-12);
    assert_int_not_equal(plot->points[1].colour, plot->points[5].colour);
}

static void one_run_can_be_plotted_alone(void **state) {
    json_t *results = plotting_results(RELAXATION);
    struct history history;
    _cleanup_(plot_freep) struct plot *plot = NULL;

    (void)state;
    history_init(&history);
    assert_int_equal(history_read(&history, json_object_get(results, "scf")), 0);
    assert_int_equal(plot_of_scf(&plot, &history, PLOT_SCF, 1, false), 0);
    assert_float_equal(plot->x.max, 2, 0);
    assert_int_equal(plot->n_drawn, 1);
    assert_string_equal(plot->y.label, "|ΔE| in eV");
    history_deinit(&history);
    plot = plot_free(plot);
    assert_int_equal(plot_of_results_run(&plot, results, PLOT_SCF, 0), 0);
    assert_float_equal(plot->x.max, 3, 0);
    plot = plot_free(plot);
    assert_int_equal(plot_of_results_run(&plot, results, PLOT_SCF, 7), PLOT_E_NOTHING);
    json_decref(results);
}

static void accuracies_are_those_of_the_output(void **state) {
    _cleanup_(plot_freep) struct plot *plot = plotting_of(RELAXATION, PLOT_ACCURACY);

    (void)state;
    assert_int_equal(plot->n_drawn, 4);
    assert_float_equal(plot->points[2].y, 0.01 / 13.605693122994, 1e-12);
}

static void energies_are_above_the_lowest_with_a_gap_where_there_is_none(void **state) {
    _cleanup_(plot_freep) struct plot *plot = plotting_of(RELAXATION, PLOT_OPT);

    (void)state;
    assert_int_equal(plot->n_drawn, 2);
    assert_float_equal(plot->points[0].y, 0.75, 1e-12);
    assert_true(isnan(plot->points[1].y));
    assert_float_equal(plot->points[2].y, 0, 0);
    assert_string_equal(plot->y.label, "energy above the lowest in eV");
}

static void small_differences_are_in_mev(void **state) {
    _cleanup_(plot_freep) struct plot *plot = plotting_of(
        "{'steps': [{'energy_ev': -5.000}, {'energy_ev': -5.004}]}", PLOT_OPT);

    (void)state;
    assert_string_equal(plot->y.label, "energy above the lowest in meV");
    assert_float_equal(plot->points[0].y, 4, 1e-9);
}

static void forces_are_over_decades_unless_one_is_zero(void **state) {
    _cleanup_(plot_freep) struct plot *decades = plotting_of(RELAXATION, PLOT_FORCES);
    _cleanup_(plot_freep) struct plot *plain =
        plotting_of("{'steps': [{'max_force_ev_per_ang': 0.5},"
                    "{'max_force_ev_per_ang': 0}]}",
                    PLOT_FORCES);

    (void)state;
    assert_true(decades->y.log);
    assert_false(plain->y.log);
    assert_int_equal(plain->n_drawn, 2);
}

static void forces_that_are_all_zero_are_no_plot(void **state) {
    (void)state;
    assert_int_equal(kinds_of("{'steps': [{'max_force_ev_per_ang': 0},"
                              "{'max_force_ev_per_ang': 0}]}"),
                     0);
}

static void a_volume_that_never_changes_is_no_plot(void **state) {
    (void)state;
    assert_true(kinds_of(RELAXATION) & 1U << PLOT_VOLUME);
    assert_int_equal(kinds_of("{'steps': [{'volume_ang3': 40}, {'volume_ang3': 40}]}"),
                     0);
}

static void modes_of_one_frequency_share_a_stick(void **state) {
    _cleanup_(plot_freep) struct plot *plot = plotting_of(
        "{'frequencies_cm1': [300.2, -50, 0, 300, 300.1, 310]}", PLOT_FREQUENCIES);

    (void)state;
    assert_int_equal(plot->n_drawn, 4);
    assert_float_equal(plot->points[0].x, -50, 0);
    assert_int_equal(plot->points[0].colour, 1);
    assert_float_equal(plot->points[2].y, 3, 0);
    assert_float_equal(plot->points[2].x, 300.1, 1e-9);
    assert_int_equal(plot->points[2].colour, 0);
}

static void what_a_calculation_is_about_is_plotted_where_it_is_there(void **state) {
    (void)state;
    assert_int_equal(about(RELAXATION), PLOT_OPT);
    assert_int_equal(about("{'calculation': 'geometry_optimization', 'scf': ["
                           "{'energies_ev': [-1, -2]}]}"),
                     PLOT_SCF);
    assert_int_equal(about("{'calculation': 'frequencies', 'frequencies_cm1': [5],"
                           "'scf': [{'energies_ev': [-1, -2]}]}"),
                     PLOT_FREQUENCIES);
    assert_int_equal(about("{'calculation': 'molecular_dynamics', 'steps': ["
                           "{'energy_ev': 1}, {'energy_ev': 2}]}"),
                     PLOT_OPT);
}

static void results_without_numbers_have_no_plots(void **state) {
    (void)state;
    assert_int_equal(kinds_of("{}"), 0);
    assert_int_equal(kinds_of("{'scf': 7, 'steps': 'x', 'frequencies_cm1': null}"), 0);
    assert_int_equal(kinds_of("{'scf': [1, null, {'energies_ev': 3}], 'steps': [1, 2],"
                              "'frequencies_cm1': ['a', {}]}"),
                     0);
    assert_int_equal(kinds_of("{'scf': [{'energies_ev': [-1]}],"
                              "'steps': [{'energy_ev': -1}]}"),
                     0);
}

static void the_right_end_grows_in_few_steps(void **state) {
    size_t changes = 0;
    size_t last = 0;

    (void)state;
    for (size_t n = 0; n <= 1000; n++) {
        size_t end = plot_round_last(n);
        assert_true(end >= n);
        assert_true(end >= last);
        changes += end != last;
        last = end;
    }
    assert_int_equal(plot_round_last(0), 10);
    assert_int_equal(plot_round_last(11), 15);
    assert_int_equal(plot_round_last(81), 100);
    assert_true(changes < 20);
}

static int make_all(void *data) {
    unsigned kinds = 0;
    return plot_kinds_of(data, &kinds);
}

static void memory_that_runs_out_is_told(void **state) {
    json_t *results = plotting_results(RELAXATION);

    (void)state;
    assert_true(alloc_fault_sweep(make_all, results, -ENOMEM) >= 10);
    json_decref(results);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_and_kinds_belong_together),
        cmocka_unit_test(cycles_of_all_runs_stand_behind_each_other),
        cmocka_unit_test(one_run_can_be_plotted_alone),
        cmocka_unit_test(accuracies_are_those_of_the_output),
        cmocka_unit_test(energies_are_above_the_lowest_with_a_gap_where_there_is_none),
        cmocka_unit_test(small_differences_are_in_mev),
        cmocka_unit_test(forces_are_over_decades_unless_one_is_zero),
        cmocka_unit_test(forces_that_are_all_zero_are_no_plot),
        cmocka_unit_test(a_volume_that_never_changes_is_no_plot),
        cmocka_unit_test(modes_of_one_frequency_share_a_stick),
        cmocka_unit_test(what_a_calculation_is_about_is_plotted_where_it_is_there),
        cmocka_unit_test(results_without_numbers_have_no_plots),
        cmocka_unit_test(the_right_end_grows_in_few_steps),
        cmocka_unit_test(memory_that_runs_out_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
