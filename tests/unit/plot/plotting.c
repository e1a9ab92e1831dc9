#include "plotting.h"

#include "plot/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

struct plot *plotting_line(const double *y, size_t n, bool log) {
    const struct plot_axis x_axis = {
        .label = "cycle", .brief = "cycle", .counts = true};
    const struct plot_axis y_axis = {.label = "|ΔE| in Ry", .log = log};
    struct plot *plot = NULL;

    assert_int_equal(plot_new(&plot, PLOT_LINE, &x_axis, &y_axis), 0);
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(plot_add(plot, (double)(i + 1), y[i], 0), 0);
    }
    plot->what = "SCF convergence";
    return plot;
}

json_t *plotting_results(const char *text) {
    char *json = strdup(text);

    assert_non_null(json);
    for (char *at = json; *at; at++) {
        *at = (char)(*at == '\'' ? '"' : *at);
    }
    json_t *results = json_loads(json, 0, NULL);
    assert_non_null(results);
    free(json);
    return results;
}

char *plotting_text(const struct plot *plot, enum plot_marks marks, int rows,
                    int columns) {
    const struct plot_size size = {marks, rows, columns};
    _cleanup_(plot_text_freep) struct plot_text *text = NULL;
    _cleanup_buf_ struct buf out = BUF_NULL;

    assert_int_equal(plot_text_new(&text, plot, &size), 0);
    for (int row = 0; row < text->rows; row++) {
        assert_int_equal(plot_text_row(&out, text, row, NULL, NULL), 0);
        assert_int_equal(buf_append_str(&out, "\n"), 0);
    }
    char *all = buf_take_string(&out);
    assert_non_null(all);
    return all;
}

struct plot *plotting_of(const char *results, enum plot_kind kind) {
    json_t *json = plotting_results(results);
    struct plot *plot = NULL;

    assert_int_equal(plot_of_results(&plot, json, kind), 0);
    json_decref(json);
    return plot;
}
