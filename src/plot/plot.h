/* A plot as data: points over two axes, and what is written beside them. Nothing here
 * knows a terminal or a file; text.h, svg.h and png.h draw it. */
#pragma once

#include "base/cleanup.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum plot_form {
    PLOT_LINE,   /* neighbours are joined */
    PLOT_STICKS, /* each point stands on zero */
};

struct plot_axis {
    const char *label; /* static, with the unit: "|ΔE| in Ry" */
    const char *brief; /* static, for where there is little room: "cycle" */
    bool log;          /* what is not positive has no point */
    bool counts;       /* values are 1, 2, 3, … */
    bool whole;        /* ticks between whole numbers would mean nothing */
    bool tight;        /* it ends where the points do, not at ticks */
    double min, max;   /* of the points; min > max where there are none */
};

struct plot_point {
    double x, y; /* y NAN: none here, the line has a gap */
    uint8_t colour;
};

enum {
    PLOT_COLOURS = 2,
};

/* Where a part of the plot begins that has a number. */
struct plot_mark {
    double x;
    size_t number;
};

struct plot {
    enum plot_form form;
    const char *what; /* static: "SCF convergence" */
    char *title;      /* owned; NULL: none */
    struct plot_axis x, y;
    struct plot_point *points; /* owned; in the order of the line */
    size_t n_points, points_cap;
    size_t n_drawn;          /* points that are not gaps */
    struct plot_mark *marks; /* owned, in order */
    size_t n_marks, marks_cap;
    const char *mark_word; /* static, what the numbers count: "SCF" */
};

/* An empty plot over these axes, whose bounds are set here. 0 or -ENOMEM. */
int plot_new(struct plot **out, enum plot_form form, const struct plot_axis *x,
             const struct plot_axis *y);
/* Accepts NULL, returns NULL. */
struct plot *plot_free(struct plot *plot);
DEFINE_CLEANUP(struct plot *, plot_free);

/* Add a point; one without a place on the axes becomes a gap. 0 or -ENOMEM. */
int plot_add(struct plot *plot, double x, double y, int colour);
/* The line does not go on to the next point. 0 or -ENOMEM. */
int plot_break(struct plot *plot);
/* A part begins at x. 0 or -ENOMEM. */
int plot_add_mark(struct plot *plot, double x, size_t number);
/* Let an axis reach as far as this. */
void plot_stretch(struct plot_axis *axis, double value);

/* Whether a point has no neighbour to be joined with. */
bool plot_is_lonely(const struct plot *plot, size_t i);
