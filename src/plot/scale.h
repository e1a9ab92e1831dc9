/* From values to places along an axis, and the ticks there: powers of ten, or numbers
 * that people count in. Pure. */
#pragma once

#include "plot/plot.h"

enum {
    PLOT_LABEL_SIZE = 32,
};

struct plot_scale {
    bool log;
    bool counts;
    double low, high; /* at the ends, as logarithms where it is logarithmic */
    double step;      /* from tick to tick, in the same */
    long first, last; /* ticks are at first × step … last × step … */
    bool at_one;      /* … and counts have one at 1, too */
};

/* A scale for the bounds of an axis on which about so many labels have room. It ends at
 * ticks, but for counts and where it is tight: then where the points do. */
void plot_scale_fit(struct plot_scale *scale, const struct plot_axis *axis, int labels);

/* 0 at the low end, 1 at the high end. */
double plot_scale_place(const struct plot_scale *scale, double value);

size_t plot_scale_ticks(const struct plot_scale *scale);
/* The place of tick i, … */
double plot_scale_tick_place(const struct plot_scale *scale, size_t i);
/* … and what is written there. With a logarithmic scale this is the exponent of 10. */
void plot_scale_tick_label(const struct plot_scale *scale, size_t i,
                           char out[PLOT_LABEL_SIZE]);
