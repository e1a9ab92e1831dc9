/* The file of PNG (https://www.w3.org/TR/png/): its head, and that there is something
 * on the sheet. Skipped where there is no cairo. */
#include "plot/png.h"

#include "plot/figure.h"
#include "plotting.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void draw(struct buf *out, const struct plot *plot) {
    struct errmsg msg = ERRMSG_NULL;
    int r = plot_png(out, plot, &msg);

    if (r == PLOT_E_NO_CAIRO) {
        print_message("# skipped: %s\n", msg.text);
        skip();
    }
    assert_int_equal(r, 0);
}

static unsigned number_at(const struct buf *buf, size_t at) {
    const unsigned char *bytes = (const unsigned char *)buf_bytes(buf) + at;

    return (unsigned)bytes[0] << 24 | (unsigned)bytes[1] << 16 |
           (unsigned)bytes[2] << 8 | bytes[3];
}

static void the_file_is_a_png_of_the_size_of_the_sheet(void **state) {
    static const double values[] = {1, 1e-3, NAN, 1e-5};
    _cleanup_(plot_freep) struct plot *plot = plotting_line(values, 4, true);
    _cleanup_buf_ struct buf png = BUF_NULL;

    (void)state;
    assert_int_equal(plot_add_mark(plot, 1, 1), 0);
    assert_int_equal(plot_add_mark(plot, 3, 2), 0);
    draw(&png, plot);
    assert_true(buf_len(&png) > 1000);
    assert_memory_equal(buf_bytes(&png), "\x89PNG\r\n\x1a\n", 8);
    assert_int_equal(number_at(&png, 16), FIGURE_WIDTH * PLOT_PNG_SCALE);
    assert_int_equal(number_at(&png, 20), FIGURE_HEIGHT * PLOT_PNG_SCALE);
    assert_memory_equal(buf_bytes(&png) + buf_len(&png) - 8, "IEND", 4);
}

static void names_of_any_bytes_are_drawn(void **state) {
    static const double values[] = {1, 2};
    _cleanup_(plot_freep) struct plot *plot = plotting_line(values, 2, false);
    _cleanup_buf_ struct buf png = BUF_NULL;

    (void)state;
    plot->title = strdup("\xff\xfe\x01\x1b[31m \xEF\xBF\xBF \xF0\x9F\x98\x80");
    assert_non_null(plot->title);
    draw(&png, plot);
    assert_true(buf_len(&png) > 1000);
}

static void what_is_drawn_is_in_the_file(void **state) {
    static const double values[] = {1, 2, 1.5, 4};
    _cleanup_(plot_freep) struct plot *empty = plotting_line(NULL, 0, false);
    _cleanup_(plot_freep) struct plot *full = plotting_line(values, 4, false);
    _cleanup_buf_ struct buf without = BUF_NULL;
    _cleanup_buf_ struct buf with = BUF_NULL;

    (void)state;
    draw(&without, empty);
    draw(&with, full);
    assert_true(buf_len(&with) > buf_len(&without));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_file_is_a_png_of_the_size_of_the_sheet),
        cmocka_unit_test(names_of_any_bytes_are_drawn),
        cmocka_unit_test(what_is_drawn_is_in_the_file),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
