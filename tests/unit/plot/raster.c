/* Dots and lines in cells. */
#include "plot/raster.h"

#include "support/alloc_fault.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

static struct raster *make(enum plot_marks marks, int rows, int columns) {
    struct raster *raster = NULL;

    assert_int_equal(raster_new(&raster, marks, rows, columns), 0);
    return raster;
}

static void a_line_goes_from_corner_to_corner(void **state) {
    _cleanup_(raster_freep) struct raster *raster = make(PLOT_ASCII, 3, 9);
    static const char *const want[] = {"'-.      ", "   '-.   ", "      '-."};

    (void)state;
    raster_line(raster, 0, 0, raster->width - 1, raster->height - 1, 0);
    for (int row = 0; row < 3; row++) {
        for (int column = 0; column < 9; column++) {
            assert_int_equal(raster_char(raster, row, column), want[row][column]);
        }
    }
}

static void braille_puts_two_by_four_dots_into_a_cell(void **state) {
    _cleanup_(raster_freep) struct raster *raster = make(PLOT_BRAILLE, 2, 3);

    (void)state;
    assert_int_equal(raster->width, 6);
    assert_int_equal(raster->height, 8);
    raster_line(raster, 2, 4, 2, 4, 1);
    raster_line(raster, 3, 7, 3, 7, 1);
    assert_int_equal(raster_char(raster, 1, 1), 0x2800 + 0x01 + 0x80);
    assert_int_equal(raster_at(raster, 1, 1)->colour, 1);
    assert_int_equal(raster_char(raster, 0, 1), L' ');
}

static void a_lonely_dot_can_be_seen(void **state) {
    _cleanup_(raster_freep) struct raster *raster = make(PLOT_BRAILLE, 4, 10);

    (void)state;
    raster_blob(raster, 0, raster->height - 1, 0);
    assert_int_equal(__builtin_popcount(raster_at(raster, 3, 0)->dots), 4);
    raster_blob(raster, raster->width - 1, 0, 0);
    assert_int_equal(__builtin_popcount(raster_at(raster, 0, 9)->dots), 4);
}

static void sizes_beyond_reason_are_cut(void **state) {
    _cleanup_(raster_freep) struct raster *large = make(PLOT_BRAILLE, 100000, 100000);
    _cleanup_(raster_freep) struct raster *small = make(PLOT_ASCII, -5, 0);

    (void)state;
    assert_int_equal(large->rows, RASTER_MAX_ROWS);
    assert_int_equal(large->columns, RASTER_MAX_COLUMNS);
    assert_int_equal(small->rows, 1);
    assert_int_equal(small->columns, 1);
}

static int make_one(void *data) {
    _cleanup_(raster_freep) struct raster *raster = NULL;

    (void)data;
    return raster_new(&raster, PLOT_BRAILLE, 2, 2);
}

static void memory_that_runs_out_is_told(void **state) {
    (void)state;
    assert_int_equal(alloc_fault_sweep(make_one, NULL, -ENOMEM), 1);
    assert_null(raster_free(NULL));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_goes_from_corner_to_corner),
        cmocka_unit_test(braille_puts_two_by_four_dots_into_a_cell),
        cmocka_unit_test(a_lonely_dot_can_be_seen),
        cmocka_unit_test(sizes_beyond_reason_are_cut),
        cmocka_unit_test(memory_that_runs_out_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
