/* The plot rasteriser: points, lines, decades, labels. */
#include "tui/plot.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct plot raster;

static size_t draw(const double *values, size_t n, size_t last, enum plot_marks marks,
                   int rows, int columns) {
    struct plot_data data = {.values = values, .n = n, .last = last};

    return plot_draw(&raster, &data, marks, rows, columns);
}

/* A row of an ASCII raster as a string. */
static const char *row_text(int row) {
    static char text[PLOT_MAX_COLUMNS + 1];

    for (int i = 0; i < raster.columns; i++) {
        text[i] = (char)plot_cell(&raster, row, i);
    }
    text[raster.columns] = '\0';
    return text;
}

static int cells_in_use(void) {
    int used = 0;

    for (int row = 0; row < raster.rows; row++) {
        for (int column = 0; column < raster.columns; column++) {
            used += raster.cells[row][column] != 0;
        }
    }
    return used;
}

static void values_that_have_no_logarithm_have_no_point(void **state) {
    static const double values[] = {0, -1, NAN, INFINITY, -INFINITY};

    (void)state;
    assert_int_equal(draw(values, 5, 5, PLOT_BRAILLE, 4, 10), 0);
    assert_int_equal(cells_in_use(), 0);
    assert_int_equal(draw(NULL, 0, 0, PLOT_BRAILLE, 4, 10), 0);
}

static void a_falling_line_goes_from_the_upper_left_to_the_lower_right(void **state) {
    static const double values[] = {1, 1e-1, 1e-2};

    (void)state;
    assert_int_equal(draw(values, 3, 3, PLOT_ASCII, 3, 9), 3);
    assert_int_equal(raster.top_decade, 0);
    assert_int_equal(raster.bottom_decade, -2);
    assert_string_equal(row_text(0), "'-.      ");
    assert_string_equal(row_text(1), "   '-.   ");
    assert_string_equal(row_text(2), "      '-.");
}

static void braille_puts_two_by_four_points_into_a_cell(void **state) {
    static const double values[] = {10, 1e-3};

    (void)state;
    assert_int_equal(draw(values, 2, 2, PLOT_BRAILLE, 1, 1), 2);
    /* Upper left to lower right of one cell. */
    assert_true(raster.cells[0][0] & 0x01);
    assert_true(raster.cells[0][0] & 0x80);
    assert_false(raster.cells[0][0] & 0x08);
    assert_false(raster.cells[0][0] & 0x40);
    assert_int_equal(plot_cell(&raster, 0, 0), 0x2800 + raster.cells[0][0]);
}

static void an_empty_cell_is_a_blank(void **state) {
    static const double values[] = {1, 1e-9};

    (void)state;
    (void)draw(values, 2, 2, PLOT_BRAILLE, 8, 20);
    assert_int_equal(plot_cell(&raster, 7, 0), L' ');
    (void)draw(values, 2, 2, PLOT_ASCII, 8, 20);
    assert_int_equal(plot_cell(&raster, 7, 0), L' ');
}

static void a_value_without_a_point_breaks_the_line(void **state) {
    static const double values[] = {1, 1, 0, 1, 1};

    (void)state;
    assert_int_equal(draw(values, 5, 5, PLOT_ASCII, 1, 9), 4);
    assert_string_equal(row_text(0), "...   ...");
}

static void a_lonely_point_can_be_seen(void **state) {
    static const double values[] = {1e-3};

    (void)state;
    assert_int_equal(draw(values, 1, 1, PLOT_BRAILLE, 4, 10), 1);
    assert_int_equal(cells_in_use(), 1);
    assert_int_equal(__builtin_popcount(raster.cells[3][0]), 4);
}

static void the_decades_hold_every_point(void **state) {
    static const double values[] = {3.2, 0.5, 7e-8};

    (void)state;
    (void)draw(values, 3, 3, PLOT_BRAILLE, 8, 20);
    assert_int_equal(raster.top_decade, 1);
    assert_int_equal(raster.bottom_decade, -8);
    assert_int_equal(plot_decade_row(&raster, 1), 0);
    assert_int_equal(plot_decade_row(&raster, -8), 7);
    assert_int_equal(plot_decade_row(&raster, 2), -1);
    assert_int_equal(plot_decade_row(&raster, -9), -1);
}

static void equal_values_get_a_decade_to_lie_in(void **state) {
    static const double values[] = {1e-4, 1e-4, 1e-4};

    (void)state;
    assert_int_equal(draw(values, 3, 3, PLOT_BRAILLE, 4, 10), 3);
    assert_int_equal(raster.top_decade - raster.bottom_decade, 1);
}

static void room_to_the_right_is_left_for_what_comes(void **state) {
    static const double values[] = {1, 1e-1};

    (void)state;
    (void)draw(values, 2, 10, PLOT_ASCII, 2, 19);
    assert_int_equal(plot_column(&raster, 1), 0);
    assert_int_equal(plot_column(&raster, 2), 2);
    assert_int_equal(plot_column(&raster, 10), 18);
    for (int column = 3; column < 19; column++) {
        assert_int_equal(plot_cell(&raster, 0, column), L' ');
        assert_int_equal(plot_cell(&raster, 1, column), L' ');
    }
}

static void more_values_than_columns_stay_inside(void **state) {
    enum { MANY = 100000 };
    double *values = malloc(MANY * sizeof *values);

    (void)state;
    assert_non_null(values);
    for (size_t i = 0; i < MANY; i++) {
        values[i] = pow(10, (double)((i * 7919) % 600) - 300);
    }
    assert_int_equal(draw(values, MANY, 1, PLOT_BRAILLE, 5, 30), MANY);
    assert_int_equal(cells_in_use(), 5 * 30);
    free(values);
}

static void sizes_beyond_the_raster_are_cut(void **state) {
    static const double values[] = {1, 1e-2};

    (void)state;
    assert_int_equal(draw(values, 2, 2, PLOT_BRAILLE, 100000, 100000), 2);
    assert_int_equal(raster.rows, PLOT_MAX_ROWS);
    assert_int_equal(raster.columns, PLOT_MAX_COLUMNS);
    assert_int_equal(draw(values, 2, 2, PLOT_ASCII, -5, 0), 2);
    assert_int_equal(raster.rows, 1);
    assert_int_equal(raster.columns, 1);
}

static void every_size_and_length_stays_inside(void **state) {
    double values[64];

    (void)state;
    for (size_t i = 0; i < 64; i++) {
        values[i] = pow(10, -(double)(i % 17));
    }
    for (int size = 1; size < 40; size++) {
        for (size_t n = 1; n <= 64; n += 3) {
            (void)draw(values, n, n, size % 2 ? PLOT_BRAILLE : PLOT_ASCII, size,
                       41 - size);
            assert_true(plot_decade_step(&raster) >= 1);
            assert_in_range(plot_column(&raster, n), 0, 40 - size);
        }
    }
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

static void labels_of_the_abscissa_do_not_touch(void **state) {
    static const double values[] = {1, 1e-2};

    (void)state;
    for (size_t last = 2; last < 3000; last += 7) {
        (void)draw(values, 2, last, PLOT_BRAILLE, 5, 40);
        size_t step = plot_abscissa_step(&raster, 4);
        assert_true((last - 1) / step <= 40 / 6);
    }
}

static void labels_of_the_ordinate_leave_rows_free(void **state) {
    static const double values[] = {1, 1e-12};

    (void)state;
    for (int rows = 2; rows < 30; rows++) {
        (void)draw(values, 2, 2, PLOT_BRAILLE, rows, 20);
        assert_true(12 / plot_decade_step(&raster) <= (rows * 2 + 2) / 3);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_that_have_no_logarithm_have_no_point),
        cmocka_unit_test(a_falling_line_goes_from_the_upper_left_to_the_lower_right),
        cmocka_unit_test(braille_puts_two_by_four_points_into_a_cell),
        cmocka_unit_test(an_empty_cell_is_a_blank),
        cmocka_unit_test(a_value_without_a_point_breaks_the_line),
        cmocka_unit_test(a_lonely_point_can_be_seen),
        cmocka_unit_test(the_decades_hold_every_point),
        cmocka_unit_test(equal_values_get_a_decade_to_lie_in),
        cmocka_unit_test(room_to_the_right_is_left_for_what_comes),
        cmocka_unit_test(more_values_than_columns_stay_inside),
        cmocka_unit_test(sizes_beyond_the_raster_are_cut),
        cmocka_unit_test(every_size_and_length_stays_inside),
        cmocka_unit_test(the_right_end_grows_in_few_steps),
        cmocka_unit_test(labels_of_the_abscissa_do_not_touch),
        cmocka_unit_test(labels_of_the_ordinate_leave_rows_free),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
