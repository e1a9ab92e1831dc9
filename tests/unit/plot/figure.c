/* The sheet and the file of SVG. That this is XML, the tests of the program look at
 * with a parser. */
#include "plot/figure.h"

#include "plot/svg.h"
#include "plotting.h"
#include "support/alloc_fault.h"

#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

struct seen {
    size_t lines, dots, words, spots;
    bool outside; /* something lies beyond the sheet */
    int fail_at;  /* how many calls go well; -1: all */
};

static int count(struct seen *seen) {
    if (seen->fail_at == 0) {
        return -EIO;
    }
    seen->fail_at -= seen->fail_at > 0;
    return 0;
}

static void look(struct seen *seen, struct figure_spot at) {
    seen->outside = seen->outside || !(at.x >= 0 && at.x <= FIGURE_WIDTH) ||
                    !(at.y >= 0 && at.y <= FIGURE_HEIGHT);
}

static int see_line(void *data, const struct figure_spot *spots, size_t n,
                    const struct figure_stroke *stroke) {
    struct seen *seen = data;

    (void)stroke;
    seen->lines++;
    seen->spots += n;
    for (size_t i = 0; i < n; i++) {
        look(seen, spots[i]);
    }
    return count(seen);
}

static int see_dot(void *data, struct figure_spot at, double radius, unsigned colour) {
    struct seen *seen = data;

    (void)radius;
    (void)colour;
    seen->dots++;
    look(seen, at);
    return count(seen);
}

static int see_words(void *data, const struct figure_words *words) {
    struct seen *seen = data;

    seen->words++;
    look(seen, words->at);
    assert_non_null(words->text);
    return count(seen);
}

static int draw(const struct plot *plot, struct seen *seen) {
    const struct figure_pen pen = {
        .data = seen, .line = see_line, .dot = see_dot, .words = see_words};

    return figure_draw(plot, &pen);
}

static void every_point_has_a_dot_and_all_lies_on_the_sheet(void **state) {
    static const double values[] = {1, 1e-3, NAN, 1e-5};
    _cleanup_(plot_freep) struct plot *plot = plotting_line(values, 4, true);
    struct seen seen = {.fail_at = -1};

    (void)state;
    assert_int_equal(draw(plot, &seen), 0);
    assert_int_equal(seen.dots, 3);
    assert_false(seen.outside);
}

static void extremes_stay_on_the_sheet(void **state) {
    static const double values[] = {-1e300, 1e300, 0, 1e-300, NAN, INFINITY, -1e-300};
    struct seen seen = {.fail_at = -1};

    (void)state;
    for (size_t n = 0; n <= 7; n++) {
        _cleanup_(plot_freep) struct plot *plain = plotting_line(values, n, false);
        _cleanup_(plot_freep) struct plot *decades = plotting_line(values, n, true);
        assert_int_equal(draw(plain, &seen), 0);
        assert_int_equal(draw(decades, &seen), 0);
    }
    assert_false(seen.outside);
}

static void a_long_line_is_thinned_out_but_keeps_its_peaks(void **state) {
    enum { MANY = 200000 };
    double *values = calloc(MANY, sizeof *values);
    struct seen seen = {.fail_at = -1};
    _cleanup_buf_ struct buf svg = BUF_NULL;

    (void)state;
    assert_non_null(values);
    for (size_t i = 0; i < MANY; i++) {
        values[i] = i == 123456 ? 1 : 0;
    }
    _cleanup_(plot_freep) struct plot *plot = plotting_line(values, MANY, false);
    free(values);
    assert_int_equal(draw(plot, &seen), 0);
    assert_in_range(seen.spots, FIGURE_WIDTH / 2, 5 * FIGURE_WIDTH);
    assert_int_equal(seen.dots, 0);
    assert_int_equal(plot_svg(&svg, plot), 0);
    assert_in_range(buf_len(&svg), 1000, 100000);
    /* The peak is at the upper end of the frame. */
    assert_non_null(memmem(buf_bytes(&svg), buf_len(&svg), ",76.0 ", 6));
}

static void parts_are_ruled_off_as_long_as_they_can_be_told_apart(void **state) {
    double values[300];
    struct seen none = {.fail_at = -1};
    struct seen some = {.fail_at = -1};
    struct seen many = {.fail_at = -1};

    (void)state;
    for (size_t i = 0; i < 300; i++) {
        values[i] = 1;
    }
    _cleanup_(plot_freep) struct plot *plot = plotting_line(values, 300, true);
    assert_int_equal(draw(plot, &none), 0);
    for (size_t i = 0; i < 300; i++) {
        assert_int_equal(plot_add_mark(plot, (double)(i + 1), i + 1), 0);
        if (i == 49) {
            assert_int_equal(draw(plot, &some), 0);
        }
    }
    assert_int_equal(some.lines - none.lines, 49);
    assert_true(some.words - none.words < 20);
    assert_int_equal(draw(plot, &many), 0);
    assert_in_range(many.lines - none.lines, 10, 60);
}

static void what_the_pen_fails_with_is_returned(void **state) {
    static const double values[] = {1, 1e-3, 1e-4};
    _cleanup_(plot_freep) struct plot *plot = plotting_line(values, 3, true);
    struct seen all = {.fail_at = -1};

    (void)state;
    assert_int_equal(draw(plot, &all), 0);
    size_t calls = all.lines + all.dots + all.words;
    for (size_t i = 0; i < calls; i++) {
        struct seen seen = {.fail_at = (int)i};
        assert_int_equal(draw(plot, &seen), -EIO);
        assert_int_equal(seen.lines + seen.dots + seen.words, i + 1);
    }
}

static void words_of_others_do_no_harm_in_svg(void **state) {
    static const double values[] = {1, 2};
    _cleanup_(plot_freep) struct plot *plot = plotting_line(values, 2, false);
    _cleanup_buf_ struct buf svg = BUF_NULL;

    (void)state;
    plot->title = strdup("a<b>&\"\x01\x1b\xff \xEF\xBF\xBF é");
    assert_non_null(plot->title);
    assert_int_equal(plot_svg(&svg, plot), 0);
    _cleanup_free_ char *text = buf_take_string(&svg);
    assert_non_null(text);
    assert_non_null(strstr(text, "<title>a&lt;b&gt;&amp;\"??\xEF\xBF\xBD ? é</title>"));
    assert_null(strstr(text, "a<b>"));
}

static void svg_refers_to_nothing_outside(void **state) {
    static const double values[] = {1, 1e-9};
    _cleanup_(plot_freep) struct plot *plot = plotting_line(values, 2, true);
    _cleanup_buf_ struct buf svg = BUF_NULL;

    (void)state;
    assert_int_equal(plot_svg(&svg, plot), 0);
    _cleanup_free_ char *text = buf_take_string(&svg);
    assert_non_null(text);
    assert_non_null(strstr(text, ">−8</tspan>"));
    assert_null(strstr(text, "href"));
    assert_null(strstr(text, "url("));
    assert_null(strstr(text, "<!"));
}

static int write_one(void *data) {
    _cleanup_buf_ struct buf svg = BUF_NULL;
    return plot_svg(&svg, data);
}

static void memory_that_runs_out_is_told(void **state) {
    static const double values[] = {1, 1e-9};
    _cleanup_(plot_freep) struct plot *plot = plotting_line(values, 2, true);

    (void)state;
    assert_true(alloc_fault_sweep(write_one, plot, -ENOMEM) >= 4);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_point_has_a_dot_and_all_lies_on_the_sheet),
        cmocka_unit_test(extremes_stay_on_the_sheet),
        cmocka_unit_test(a_long_line_is_thinned_out_but_keeps_its_peaks),
        cmocka_unit_test(parts_are_ruled_off_as_long_as_they_can_be_told_apart),
        cmocka_unit_test(what_the_pen_fails_with_is_returned),
        cmocka_unit_test(words_of_others_do_no_harm_in_svg),
        cmocka_unit_test(svg_refers_to_nothing_outside),
        cmocka_unit_test(memory_that_runs_out_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
