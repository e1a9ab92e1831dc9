/* Ticks are whole multiples of a step, held as integers: adding up a step would go
 * astray where it is small beside the values. Steps are 1, 2 or 5 times a power of ten;
 * between decades they are whole. */
#include "plot/scale.h"

#include <math.h>
#include <stdio.h>

/* Below this share of the values a difference is rounding. */
#define LEAST_SHARE 1e-12

/* The smallest 1, 2 or 5 times a power of ten with which `span` has no more than n
 * steps. */
static double nice_step(double span, int n) {
    static const double nice[] = {1, 2, 5, 10};
    double rough = span / (n > 0 ? n : 1);
    double power = pow(10, floor(log10(rough)));
    for (size_t i = 0; i < sizeof nice / sizeof *nice; i++) {
        if (nice[i] * power >= rough * (1 - 1e-9)) {
            return nice[i] * power;
        }
    }
    return 10 * power;
}

static void fit_log(struct plot_scale *scale, const struct plot_axis *axis,
                    int labels) {
    scale->low = floor(log10(axis->min));
    scale->high = ceil(log10(axis->max));
    if (scale->high <= scale->low) {
        scale->high = scale->low + 1;
    }
    scale->step = ceil((scale->high - scale->low) / labels);
    scale->first = (long)ceil(scale->low / scale->step);
    scale->last = (long)floor(scale->high / scale->step);
}

static void fit_counts(struct plot_scale *scale, const struct plot_axis *axis,
                       int labels) {
    scale->low = fmin(axis->min, 1);
    scale->high = fmax(axis->max, scale->low + 1);
    scale->step = fmax(1, nice_step(scale->high - scale->low, labels));
    scale->last = (long)floor(scale->high / scale->step);
    /* 2 would stand too near to the 1. */
    scale->first = scale->step == 2 && scale->last > 1 ? 2 : 1;
    scale->at_one = scale->step > 1;
}

static void fit_linear(struct plot_scale *scale, const struct plot_axis *axis,
                       int labels) {
    double low = axis->min;
    double high = axis->max;
    double size = fmax(fabs(low), fabs(high));
    if (high - low <= size * LEAST_SHARE) {
        double by = size > 0 ? size * 0.01 : 1;
        low -= by;
        high += by;
    }
    scale->step = fmax(axis->whole ? 1 : 0, nice_step(high - low, labels));
    if (axis->tight) {
        scale->first = (long)ceil(low / scale->step - 1e-9);
        scale->last = (long)floor(high / scale->step + 1e-9);
        scale->low = low;
        scale->high = high;
        return;
    }
    scale->first = (long)floor(low / scale->step + 1e-9);
    scale->last = (long)ceil(high / scale->step - 1e-9);
    scale->low = (double)scale->first * scale->step;
    scale->high = (double)scale->last * scale->step;
}

void plot_scale_fit(struct plot_scale *scale, const struct plot_axis *axis,
                    int labels) {
    struct plot_axis bounds = *axis;
    if (bounds.min > bounds.max) {
        bounds.min = bounds.max = 1;
    }
    *scale = (struct plot_scale){.log = axis->log, .counts = axis->counts};
    labels = labels < 1 ? 1 : labels;
    if (axis->log) {
        fit_log(scale, &bounds, labels);
    } else if (axis->counts) {
        fit_counts(scale, &bounds, labels);
    } else {
        fit_linear(scale, &bounds, labels);
    }
}

double plot_scale_place(const struct plot_scale *scale, double value) {
    double at = scale->log ? log10(value) : value;
    double place = (at - scale->low) / (scale->high - scale->low);
    return fmin(1, fmax(0, place));
}

size_t plot_scale_ticks(const struct plot_scale *scale) {
    long n = scale->last - scale->first + 1;
    return (size_t)(n > 0 ? n : 0) + (scale->at_one ? 1 : 0);
}

static double tick_value(const struct plot_scale *scale, size_t i) {
    if (scale->at_one) {
        if (i == 0) {
            return 1;
        }
        i--;
    }
    return (double)(scale->first + (long)i) * scale->step;
}

double plot_scale_tick_place(const struct plot_scale *scale, size_t i) {
    return (tick_value(scale, i) - scale->low) / (scale->high - scale->low);
}

void plot_scale_tick_label(const struct plot_scale *scale, size_t i,
                           char out[PLOT_LABEL_SIZE]) {
    double value = tick_value(scale, i);
    double largest = fmax(fabs(scale->low), fabs(scale->high));
    int decimals = (int)fmax(0, -floor(log10(scale->step) + 1e-9));
    if (scale->log || scale->counts) {
        (void)snprintf(out, PLOT_LABEL_SIZE, "%.0f", value);
    } else if (largest >= 1e7 || scale->step < 1e-6) {
        int digits = (int)ceil(log10(largest / scale->step) + 1e-9) + 1;
        (void)snprintf(out, PLOT_LABEL_SIZE, "%.*g", digits > 15 ? 15 : digits, value);
    } else {
        (void)snprintf(out, PLOT_LABEL_SIZE, "%.*f", decimals, value);
    }
}
