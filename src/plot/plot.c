/* Arrays that grow. The bounds of the axes are those of the points that are drawn, and
 * kept as points come; where a number is too large or too small for the arithmetic of
 * the renderers there is no point, as for one that is none. */
#include "plot/plot.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

/* Sums and differences of numbers up to this are finite, and logarithms of their
 * inverses as well. */
#define LARGEST 1e300

int plot_new(struct plot **out, enum plot_form form, const struct plot_axis *x,
             const struct plot_axis *y) {
    struct plot *plot = calloc(1, sizeof *plot);
    if (!plot) {
        return -ENOMEM;
    }
    plot->form = form;
    plot->what = plot->mark_word = "";
    plot->x = *x;
    plot->y = *y;
    plot->x.min = plot->y.min = INFINITY;
    plot->x.max = plot->y.max = -INFINITY;
    *out = plot;
    return 0;
}

struct plot *plot_free(struct plot *plot) {
    if (plot) {
        free(plot->title);
        free(plot->points);
        free(plot->marks);
        free(plot);
    }
    return NULL;
}

void plot_stretch(struct plot_axis *axis, double value) {
    axis->min = fmin(axis->min, value);
    axis->max = fmax(axis->max, value);
}

static bool has_place(const struct plot_axis *axis, double value) {
    return isfinite(value) && fabs(value) <= LARGEST &&
           (!axis->log || value >= 1 / LARGEST);
}

/* Room for one more behind n of `size` bytes; NULL when memory runs out. */
static void *grow(void *data, size_t n, size_t *cap, size_t size) {
    if (n < *cap) {
        return data;
    }
    size_t wanted = *cap ? *cap * 2 : 16;
    void *fresh = wanted <= SIZE_MAX / size ? realloc(data, wanted * size) : NULL;
    *cap = fresh ? wanted : *cap;
    return fresh;
}

static int append(struct plot *plot, struct plot_point point) {
    struct plot_point *points =
        grow(plot->points, plot->n_points, &plot->points_cap, sizeof point);
    if (!points) {
        return -ENOMEM;
    }
    plot->points = points;
    points[plot->n_points++] = point;
    return 0;
}

int plot_break(struct plot *plot) {
    return append(plot, (struct plot_point){NAN, NAN, 0});
}

int plot_add(struct plot *plot, double x, double y, int colour) {
    if (!has_place(&plot->x, x) || !has_place(&plot->y, y)) {
        return plot_break(plot);
    }
    int r = append(plot, (struct plot_point){x, y, (uint8_t)(colour % PLOT_COLOURS)});
    if (r < 0) {
        return r;
    }
    plot->n_drawn++;
    plot_stretch(&plot->x, x);
    plot_stretch(&plot->y, y);
    if (plot->form == PLOT_STICKS) {
        plot_stretch(&plot->y, 0);
    }
    return 0;
}

int plot_add_mark(struct plot *plot, double x, size_t number) {
    struct plot_mark *marks =
        grow(plot->marks, plot->n_marks, &plot->marks_cap, sizeof *marks);
    if (!marks) {
        return -ENOMEM;
    }
    plot->marks = marks;
    marks[plot->n_marks++] = (struct plot_mark){x, number};
    return 0;
}

bool plot_is_lonely(const struct plot *plot, size_t i) {
    const struct plot_point *points = plot->points;
    return (i == 0 || isnan(points[i - 1].y)) &&
           (i + 1 == plot->n_points || isnan(points[i + 1].y));
}
