/* The picture in cells of text. */
#include "plot/text.h"

#include "plotting.h"
#include "support/alloc_fault.h"

#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define TWO_RUNS                                                                       \
    "{'code': 'vasp', 'scf': ["                                                        \
    "{'cycles': 4, 'energies_ev': [-1, -11, -12, -12.1]},"                             \
    "{'cycles': 3, 'energies_ev': [-12.2, -12.3, -12.301]}]}"

static void shows(const struct plot *plot, enum plot_marks marks, int rows, int columns,
                  const char *want) {
    _cleanup_free_ char *text = plotting_text(plot, marks, rows, columns);

    assert_string_equal(text, want);
}

static void a_falling_line_has_decades_and_cycles(void **state) {
    static const double values[] = {1, 1e-2, 1e-4};
    _cleanup_(plot_freep) struct plot *plot = plotting_line(values, 3, true);

    (void)state;
    shows(plot, PLOT_BRAILLE, 7, 27,

          "   10⁰┤⠑⠢⢄⡀\n"
          "  10⁻¹┤   ⠈⠑⠢⢄⡀\n"
          "  10⁻²┤       ⠈⠑⠢⠤⣀\n"
          "  10⁻³┤            ⠉⠒⠤⣀\n"
          "  10⁻⁴┤                ⠉⠒⠤⣀\n"
          "      └┴─────────┴────────┴\n"
          " cycle 1         2        3\n");
}

static void in_ascii_the_same_is_told(void **state) {
    static const double values[] = {1, 1e-2, 1e-4};
    _cleanup_(plot_freep) struct plot *plot = plotting_line(values, 3, true);
    _cleanup_buf_ struct buf words = BUF_NULL;

    (void)state;
    shows(plot, PLOT_ASCII, 5, 22,

          "   1e0+'--..\n"
          "  1e-2+     ''-..\n"
          "  1e-4+          ''--.\n"
          "      ++------+------+\n"
          " cycle 1      2      3\n");
    assert_int_equal(plot_text_words(&words, "|ΔE| in eV/Å³", PLOT_ASCII), 0);
    assert_memory_equal(buf_bytes(&words), "|dE| in eV/A3", 13);
}

static void numbers_that_are_no_decades_widen_the_gutter(void **state) {
    static const double values[] = {123456, 123456.5, 123457};
    _cleanup_(plot_freep) struct plot *plot = plotting_line(values, 3, false);

    (void)state;
    shows(plot, PLOT_BRAILLE, 7, 30,
          "123457.0┤                 ⣀⠤⠒⠉\n"
          "        │             ⣀⠤⠒⠉\n"
          "123456.5┤         ⣀⠤⠒⠉\n"
          "        │    ⢀⡠⠔⠒⠉\n"
          "123456.0┤⣀⠤⠒⠉⠁\n"
          "        └┴─────────┴─────────┴\n"
          "   cycle 1         2         3\n");
}

static void runs_are_told_apart_by_rules_and_numbers(void **state) {
    _cleanup_(plot_freep) struct plot *plot = plotting_of(TWO_RUNS, PLOT_SCF);

    (void)state;
    shows(plot, PLOT_BRAILLE, 9, 40,
          "   SCF 1                    2\n"
          "      │     ⠈⠑⠢⢄⡀           ┊\n"
          "   10⁰┤         ⠈⠑⠒⠤⢄⡀      ┊\n"
          "      │              ⠈⠉⠒    ┊     ⠢⣀\n"
          "  10⁻²┤                     ┊       ⠑⢄\n"
          "      │                     ┊         ⠉⠢\n"
          "  10⁻⁴┤                     ┊\n"
          "      └┴────┴─────┴────┴────┴─────┴────┴\n"
          " cycle 1    2     3    4    5     6    7\n");
}

static void sticks_stand_on_the_axis(void **state) {
    _cleanup_(plot_freep) struct plot *plot =
        plotting_of("{'frequencies_cm1': [-50, 100.1, 100.2, 400]}", PLOT_FREQUENCIES);

    (void)state;
    shows(plot, PLOT_BRAILLE, 6, 40,
          "     2┤           ⡇\n"
          "      │           ⡇\n"
          "     1┤⢸          ⡇                    ⡇\n"
          "     0┤⢸          ⡇                    ⡇\n"
          "      └────┴─────────────┴─────────────┴\n"
          "  cm⁻¹     0            200          400\n");
}

static void one_point_can_be_seen(void **state) {
    static const double values[] = {NAN, 1e-3};
    _cleanup_(plot_freep) struct plot *plot = plotting_line(values, 2, true);
    _cleanup_free_ char *text = plotting_text(plot, PLOT_BRAILLE, 6, 20);

    (void)state;
    assert_non_null(strstr(text, "⣤"));
}

static void a_plot_without_points_has_axes(void **state) {
    _cleanup_(plot_freep) struct plot *plot = plotting_line(NULL, 0, true);
    _cleanup_free_ char *text = plotting_text(plot, PLOT_BRAILLE, 6, 20);

    (void)state;
    assert_non_null(strstr(text, "└"));
}

static void every_size_and_length_can_be_drawn(void **state) {
    double values[64];

    (void)state;
    for (size_t i = 0; i < 64; i++) {
        values[i] = i % 5 == 4 ? NAN : pow(10, -(double)(i % 17));
    }
    for (int size = -2; size < 40; size += 3) {
        for (size_t n = 1; n <= 64; n += 7) {
            _cleanup_(plot_freep) struct plot *plot =
                plotting_line(values, n, size % 2 == 0);
            assert_int_equal(plot_add_mark(plot, 1, 1), 0);
            assert_int_equal(plot_add_mark(plot, (double)n, 1000000), 0);
            _cleanup_free_ char *text = plotting_text(
                plot, size % 2 ? PLOT_BRAILLE : PLOT_ASCII, size, 41 - size);
            assert_true(strlen(text) > 0);
        }
    }
}

static void many_points_fit(void **state) {
    enum { MANY = 100000 };
    double *values = calloc(MANY, sizeof *values);

    (void)state;
    assert_non_null(values);
    for (size_t i = 0; i < MANY; i++) {
        values[i] = pow(10, (double)((i * 7919) % 600) - 300);
    }
    _cleanup_(plot_freep) struct plot *plot = plotting_line(values, MANY, true);
    free(values);
    _cleanup_free_ char *text = plotting_text(plot, PLOT_BRAILLE, 7, 30);
    assert_non_null(strstr(text, "⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿"));
}

static void inks_are_begun_and_ended(void **state) {
    static const double values[] = {1, 1e-1};
    static const char *const begin[] = {"", "<a>", "<p>", "<q>"};
    const struct plot_size size = {PLOT_BRAILLE, 4, 18};
    _cleanup_(plot_freep) struct plot *plot = plotting_line(values, 2, true);
    _cleanup_(plot_text_freep) struct plot_text *text = NULL;
    _cleanup_buf_ struct buf out = BUF_NULL;

    (void)state;
    assert_int_equal(plot_text_new(&text, plot, &size), 0);
    assert_int_equal(plot_text_row(&out, text, 0, begin, "</>"), 0);
    _cleanup_free_ char *row = buf_take_string(&out);
    assert_string_equal(row, "   <a>10⁰┤</><p>⠉⠒⠢⠤⣀⡀</>");
}

static int draw_one(void *data) {
    const struct plot_size size = {PLOT_BRAILLE, 9, 40};
    _cleanup_(plot_text_freep) struct plot_text *text = NULL;
    _cleanup_buf_ struct buf out = BUF_NULL;
    int r = plot_text_new(&text, data, &size);

    r = r ? r : plot_text_row(&out, text, 2, NULL, NULL);
    return r ? r : plot_text_words(&out, "|ΔE|", PLOT_ASCII);
}

static void memory_that_runs_out_is_told(void **state) {
    _cleanup_(plot_freep) struct plot *plot = plotting_of(TWO_RUNS, PLOT_SCF);

    (void)state;
    assert_true(alloc_fault_sweep(draw_one, plot, -ENOMEM) >= 3);
    assert_null(plot_text_free(NULL));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_falling_line_has_decades_and_cycles),
        cmocka_unit_test(in_ascii_the_same_is_told),
        cmocka_unit_test(numbers_that_are_no_decades_widen_the_gutter),
        cmocka_unit_test(runs_are_told_apart_by_rules_and_numbers),
        cmocka_unit_test(sticks_stand_on_the_axis),
        cmocka_unit_test(one_point_can_be_seen),
        cmocka_unit_test(a_plot_without_points_has_axes),
        cmocka_unit_test(every_size_and_length_can_be_drawn),
        cmocka_unit_test(many_points_fit),
        cmocka_unit_test(inks_are_begun_and_ended),
        cmocka_unit_test(memory_that_runs_out_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
