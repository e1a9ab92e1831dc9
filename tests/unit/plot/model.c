/* The plot as data: which points it has, and how far its axes reach. */
#include "plotting.h"

#include "support/alloc_fault.h"

#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

static void what_has_no_logarithm_is_a_gap(void **state) {
    static const double values[] = {0, -1, NAN, INFINITY, -INFINITY, 1e-310, 1e305};
    _cleanup_(plot_freep) struct plot *plot = plotting_line(values, 7, true);

    (void)state;
    assert_int_equal(plot->n_drawn, 0);
    assert_int_equal(plot->n_points, 7);
    assert_true(plot->y.min > plot->y.max);
    for (size_t i = 0; i < plot->n_points; i++) {
        assert_true(isnan(plot->points[i].y));
    }
}

static void without_logarithms_only_what_is_no_number_is_a_gap(void **state) {
    static const double values[] = {0, -1, NAN, INFINITY, 2};
    _cleanup_(plot_freep) struct plot *plot = plotting_line(values, 5, false);

    (void)state;
    assert_int_equal(plot->n_drawn, 3);
    assert_float_equal(plot->y.min, -1, 0);
    assert_float_equal(plot->y.max, 2, 0);
    assert_float_equal(plot->x.min, 1, 0);
    assert_float_equal(plot->x.max, 5, 0);
}

static void sticks_stand_on_zero(void **state) {
    const struct plot_axis axis = {.label = "", .brief = ""};
    _cleanup_(plot_freep) struct plot *plot = NULL;

    (void)state;
    assert_int_equal(plot_new(&plot, PLOT_STICKS, &axis, &axis), 0);
    assert_int_equal(plot_add(plot, 100, 3, 0), 0);
    assert_float_equal(plot->y.min, 0, 0);
    assert_float_equal(plot->y.max, 3, 0);
}

static void a_point_between_gaps_is_lonely(void **state) {
    static const double values[] = {1, 1, NAN, 1, NAN, 1};
    _cleanup_(plot_freep) struct plot *plot = plotting_line(values, 6, true);

    (void)state;
    assert_false(plot_is_lonely(plot, 0));
    assert_false(plot_is_lonely(plot, 1));
    assert_true(plot_is_lonely(plot, 3));
    assert_true(plot_is_lonely(plot, 5));
}

static int make_one(void *data) {
    const struct plot_axis axis = {.label = "", .brief = ""};
    _cleanup_(plot_freep) struct plot *plot = NULL;

    (void)data;
    int r = plot_new(&plot, PLOT_LINE, &axis, &axis);
    for (int i = 0; i < 100 && r == 0; i++) {
        r = plot_add(plot, i, i, i);
        r = r ? r : plot_add_mark(plot, i, 1);
    }
    return r;
}

static void memory_that_runs_out_is_told(void **state) {
    (void)state;
    assert_true(alloc_fault_sweep(make_one, NULL, -ENOMEM) >= 9);
    assert_null(plot_free(NULL));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_has_no_logarithm_is_a_gap),
        cmocka_unit_test(without_logarithms_only_what_is_no_number_is_a_gap),
        cmocka_unit_test(sticks_stand_on_zero),
        cmocka_unit_test(a_point_between_gaps_is_lonely),
        cmocka_unit_test(memory_that_runs_out_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
