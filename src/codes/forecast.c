/* The forecast of an SCF (the formulas are in the header). The series is a ring of the
 * last cycles; telling takes no state beside it, so that it may be asked at any time
 * and as often as one likes.
 *
 * A claim that a limit will be missed reaches no farther ahead than twice the cycles
 * that it is made from: an SCF that has crept for ten of them says nothing of the
 * hundredth. */
#include "codes/forecast.h"

#include <math.h>
#include <stdlib.h>

enum {
    POINTS_MIN = 4, /* below, every interval has all slopes in it */
    HALF_MIN = 5,
    FLAT_MIN = 6, /* points before it is said that nothing happens */
    PAIRS_MAX = FORECAST_WINDOW * (FORECAST_WINDOW - 1) / 2,
    FORESIGHT = 2,      /* cycles ahead for each cycle back that a claim is made from */
    FAR = 100000,       /* cycles; farther ahead is nowhere */
    CREEP = 30,         /* cycles for a decade that are as good as none … */
    CREEP_AT_BEST = 10, /* … when it is not likely to take less than these */
    BROKEN = 2,         /* cycles without an energy that are no accident any more */
};

#define NORMAL_80 1.2816 /* 8 of 10 of a normal distribution are within ± so much */
#define MAD_TO_SIGMA 1.4826
#define ROUNDING 1e-6
#define DECADE 2.302585092994046
/* The decay is no line: where the ends differ, each is by so much farther out. Measured
 * over the SCFs of 3500 outputs: without it 7 ranges of 10 had the end in them, with it
 * 8. */
#define BEND 1.25

/* ---- the series ---- */

void forecast_begin(struct forecast_series *series, size_t delayed, size_t passed) {
    *series = (struct forecast_series){
        .n = passed, .first = delayed, .energy_ev = NAN, .at_seconds = NAN};
    for (size_t i = 0; i < FORECAST_WINDOW; i++) {
        series->last[i] =
            (struct forecast_point){.log_left = NAN, .change = NAN, .took = NAN};
    }
}

void forecast_add(struct forecast_series *series, const struct forecast_cycle *cycle) {
    struct forecast_point *point = &series->last[series->n++ % FORECAST_WINDOW];
    double change = cycle->energy_ev - series->energy_ev;
    double left = isnan(cycle->left_ev) ? fabs(change) : cycle->left_ev;
    /* No change at all is less than the digits of the output show: no point. */
    point->log_left = isfinite(left) && left > 0 ? log(left) : NAN;
    point->change = change;
    point->took = cycle->at_seconds - series->at_seconds;
    series->broken = isfinite(cycle->energy_ev) ? 0 : series->broken + 1;
    series->energy_ev = cycle->energy_ev;
    series->at_seconds = cycle->at_seconds;
}

/* ---- medians ---- */

static int compare(const void *a, const void *b) {
    double x = *(const double *)a;
    double y = *(const double *)b;
    return (x > y) - (x < y);
}

static void sort(double *values, size_t n) {
    qsort(values, n, sizeof *values, compare);
}

/* Between the two values around a place of sorted ones, which is kept within them. */
static double at_place(const double *sorted, size_t n, double place) {
    place = fmin(fmax(place, 0), (double)(n - 1));
    size_t below = (size_t)place;
    size_t above = below + 1 < n ? below + 1 : below;
    return sorted[below] + (place - (double)below) * (sorted[above] - sorted[below]);
}

static double quantile(const double *sorted, size_t n, double part) {
    return at_place(sorted, n, part * (double)(n - 1));
}

/* ---- the line ---- */

/* The points that are fitted: cycles from the last one back, at x ≤ 0. */
struct points {
    double x[FORECAST_WINDOW], y[FORECAST_WINDOW];
    size_t n;
    size_t turns, pairs; /* how often two changes of the energy in a row have other
                            signs, of how many */
};

struct line {
    double slope, steep,
        flat;             /* of the logarithm a cycle: in the middle, least, most */
    double start, spread; /* at the last cycle */
    double last;          /* what is left there */
};

static const struct forecast_point *back(const struct forecast_series *series,
                                         size_t cycles) {
    return &series->last[(series->n - 1 - cycles) % FORECAST_WINDOW];
}

/* How many points are looked at, of so many cycles. */
static size_t recent(size_t counted) {
    size_t half = (counted + 1) / 2;
    half = half < HALF_MIN ? HALF_MIN : half;
    return half > FORECAST_WINDOW ? FORECAST_WINDOW : half;
}

static struct points take_points(const struct forecast_series *series) {
    struct points points = {0};
    size_t counted = series->n > series->first ? series->n - series->first : 0;
    size_t n = recent(counted);
    for (size_t i = 0; i < counted && i < FORECAST_WINDOW && points.n < n; i++) {
        const struct forecast_point *point = back(series, i);
        if (!isnan(point->log_left)) {
            points.x[points.n] = -(double)i;
            points.y[points.n++] = point->log_left;
        }
        bool more = i + 1 < counted && i + 1 < FORECAST_WINDOW;
        double product = more ? point->change * back(series, i + 1)->change : NAN;
        points.pairs += isfinite(product) && product != 0;
        points.turns += product < 0;
    }
    return points;
}

/* 8 of 10 of Student's distribution are within ± so much. */
static double student_80(size_t freedom) {
    static const double t[] = {0,     3.078, 1.886, 1.638, 1.533, 1.476, 1.440, 1.415,
                               1.397, 1.383, 1.372, 1.363, 1.356, 1.350, 1.345};
    return t[freedom];
}

static struct line fit(const struct points *points) {
    double slopes[PAIRS_MAX];
    double starts[FORECAST_WINDOW];
    size_t n = points->n;
    size_t pairs = 0;
    struct line line;
    for (size_t i = 0; i < n; i++) {
        for (size_t k = i + 1; k < n; k++) {
            slopes[pairs++] =
                (points->y[i] - points->y[k]) / (points->x[i] - points->x[k]);
        }
    }
    sort(slopes, pairs);
    double c = NORMAL_80 * sqrt((double)(n * (n - 1) * (2 * n + 5)) / 18);
    double m = (double)pairs;
    line.slope = quantile(slopes, pairs, 0.5);
    line.steep = at_place(slopes, pairs, (m - c) / 2 - 1);
    line.flat = at_place(slopes, pairs, (m + c) / 2);
    for (size_t i = 0; i < n; i++) {
        starts[i] = points->y[i] - line.slope * points->x[i];
    }
    sort(starts, n);
    line.start = quantile(starts, n, 0.5);
    line.last = points->y[0];
    for (size_t i = 0; i < n; i++) {
        starts[i] = fabs(starts[i] - line.start);
    }
    sort(starts, n);
    /* Two of the points' freedoms went into the line. */
    line.spread = MAD_TO_SIGMA * quantile(starts, n, 0.5) *
                  sqrt((double)n / (double)(n - 2)) * student_80(n - 2) *
                  sqrt(1 + 1 / (double)n);
    return line;
}

/* Cycles from the last one until a line is at the threshold; FAR where it never is. */
static double reach(double start, double slope, double threshold) {
    if (start <= threshold) {
        return 1;
    }
    double cycles = slope < 0 ? ceil((threshold - start) / slope - ROUNDING) : FAR;
    return fmin(fmax(cycles, 1), FAR);
}

/* ---- the words ---- */

static enum forecast_badge judge(const struct points *points, const struct line *line) {
    double back_to = points->n > 0 ? -points->x[points->n - 1] : 0;
    if (line->steep > 0 && line->slope * back_to > DECADE) {
        return FORECAST_DIVERGING;
    }
    if (line->flat < 0 && line->slope < -DECADE / CREEP) {
        return FORECAST_CONVERGING;
    }
    bool flat = line->slope > -DECADE / CREEP && line->steep > -DECADE / CREEP_AT_BEST;
    if (!flat || points->n < FLAT_MIN) {
        return FORECAST_NONE;
    }
    return points->pairs > 0 && 2 * points->turns >= points->pairs
               ? FORECAST_OSCILLATING
               : FORECAST_STALLED;
}

/* The quartiles of how long the recent cycles took. */
static void pace(const struct forecast_series *series, const struct forecast_aim *aim,
                 double *quick, double *slow) {
    double took[FORECAST_WINDOW];
    size_t n = 0;
    *quick = *slow = aim->seconds_per_cycle;
    for (size_t i = 0; i < series->n && i < FORECAST_WINDOW; i++) {
        double one = back(series, i)->took;
        if (isfinite(one) && one >= 0) {
            took[n++] = one;
        }
    }
    if (n == 0) {
        return;
    }
    sort(took, n);
    double middle = quantile(took, n, 0.5);
    /* Another clock has the say of how long a cycle takes, not of how they differ. */
    double scale = isfinite(aim->seconds_per_cycle) && middle > 0
                       ? aim->seconds_per_cycle / middle
                       : 1;
    *quick = quantile(took, n, 0.25) * scale;
    *slow = quantile(took, n, 0.75) * scale;
}

static void tell_range(struct forecast *out, const struct line *line,
                       const struct forecast_aim *aim) {
    double threshold = log(aim->threshold_ev);
    double low =
        reach(fmin(line->start - line->spread, line->last), line->steep, threshold);
    double high = reach(line->start + line->spread, line->flat, threshold);
    out->cycles_low = low < FAR ? (long)low + aim->cycles_after : 0;
    out->cycles_high = low < FAR && high < FAR ? (long)high + aim->cycles_after : 0;
}

/* Limits are judged before: the line alone has been right about them. */
static void widen_range(struct forecast *out, long after) {
    if (out->cycles_low == out->cycles_high || out->cycles_low == 0) {
        return;
    }
    double low = floor((double)(out->cycles_low - after) / BEND);
    double high = ceil((double)(out->cycles_high - after) * BEND);
    out->cycles_low = (long)fmax(low, 1) + after;
    out->cycles_high = out->cycles_high > 0 ? (long)high + after : 0;
}

/* The limits that are missed even at best. */
static void tell_misses(struct forecast *out, const struct forecast_series *series,
                        const struct forecast_aim *aim, size_t points) {
    double low = out->cycles_low > 0 ? (double)out->cycles_low : FAR;
    double allowed = (double)(aim->cycle_limit + aim->cycles_after) - (double)series->n;
    if (aim->cycle_limit > 0 && low > allowed &&
        allowed <= FORESIGHT * (double)points) {
        out->badge = FORECAST_MISSES_CYCLES;
        return;
    }
    double quick;
    double slow;
    pace(series, aim, &quick, &slow);
    double cycles = fmax(floor(aim->seconds_left / quick), 0);
    if (isfinite(aim->seconds_left) && quick > 0 && low > cycles &&
        cycles <= FORESIGHT * (double)points) {
        out->badge = FORECAST_MISSES_TIME;
    }
}

struct forecast forecast_tell(const struct forecast_series *series,
                              const struct forecast_aim *aim) {
    struct forecast out = {
        .badge = FORECAST_NONE, .seconds_low = NAN, .seconds_high = NAN};
    if (series->broken >= BROKEN) {
        out.badge = FORECAST_DIVERGING;
        return out;
    }
    struct points points = take_points(series);
    if (points.n < POINTS_MIN) {
        return out;
    }
    struct line line = fit(&points);
    out.badge = judge(&points, &line);
    if (!isfinite(aim->threshold_ev) || aim->threshold_ev <= 0) {
        return out;
    }
    tell_range(&out, &line, aim);
    bool falls = out.badge == FORECAST_CONVERGING;
    tell_misses(&out, series, aim, points.n);
    if (!falls) {
        /* Where nothing falls there is no telling when it will have fallen. */
        out.cycles_low = 0;
        out.cycles_high = 0;
        return out;
    }
    widen_range(&out, aim->cycles_after);
    double quick;
    double slow;
    pace(series, aim, &quick, &slow);
    out.seconds_low = out.cycles_low > 0 ? quick * (double)out.cycles_low : NAN;
    out.seconds_high = out.cycles_high > 0 ? slow * (double)out.cycles_high : NAN;
    return out;
}
