/* From results to points. The SCF goes through history.h, which reads the cycles as the
 * screen does while they come; the rest is read here. Numbers are as the results have
 * them but for the unit; what they lack is a gap. */
#include "plot/kind.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define RYDBERG_EV 13.605693122994 /* CODATA 2018 */

/* Modes closer than this, in 1/cm, share a stick. */
#define SAME_CM1 1.0

/* Below this span energies are told in meV. */
#define SMALL_EV 0.1

const char *plot_kind_name(enum plot_kind kind) {
    static const char *const names[PLOT_N_KINDS] = {
        "scf", "accuracy", "opt", "forces", "volume", "frequencies"};
    return names[kind];
}

bool plot_kind_by_name(const char *name, enum plot_kind *out) {
    for (int i = 0; i < PLOT_N_KINDS; i++) {
        if (strcmp(plot_kind_name((enum plot_kind)i), name) == 0) {
            *out = (enum plot_kind)i;
            return true;
        }
    }
    return false;
}

bool plot_in_rydberg(const char *code) {
    return code && strcmp(code, "quantum_espresso") == 0;
}

size_t plot_round_last(size_t n) {
    static const size_t steps[] = {10, 15, 20, 30, 40, 60, 80};
    for (size_t scale = 1;; scale *= 10) {
        for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
            if (steps[i] * scale >= n) {
                return steps[i] * scale;
            }
        }
    }
}

/* A plot that has points, else nothing. */
static int hand_out(struct plot **out, struct plot **plot, size_t least) {
    if ((*plot)->n_drawn < least) {
        return PLOT_E_NOTHING;
    }
    *out = TAKE_PTR(*plot);
    return 0;
}

/* ---- SCF ---- */

static int add_run(struct plot *plot, const struct history_run *run, size_t before,
                   enum history_quantity quantity, double scale, int colour) {
    int r = 0;
    for (size_t i = 0; i < run->n && r == 0; i++) {
        r = plot_add(plot, (double)(before + i),
                     history_value(run, i, quantity) * scale, colour);
    }
    return r ? r : plot_break(plot);
}

static const char *scf_label(enum plot_kind kind, bool rydberg) {
    if (kind == PLOT_SCF) {
        return rydberg ? "|ΔE| in Ry" : "|ΔE| in eV";
    }
    return rydberg ? "estimated accuracy in Ry" : "estimated accuracy in eV";
}

int plot_of_scf(struct plot **out, const struct history *history, enum plot_kind kind,
                long run, bool rydberg) {
    const struct plot_axis x = {.label = "SCF cycle", .brief = "cycle", .counts = true};
    const struct plot_axis y = {.label = scf_label(kind, rydberg), .log = true};
    enum history_quantity quantity =
        kind == PLOT_SCF ? HISTORY_DELTA : HISTORY_ACCURACY;
    double scale = rydberg ? 1 / RYDBERG_EV : 1;
    size_t first = run < 0 ? 0 : (size_t)run;
    size_t last = run < 0 ? history->n : first + 1;
    size_t begin = first < history->n && history->runs[first].from_zero ? 0 : 1;
    size_t before = begin;
    _cleanup_(plot_freep) struct plot *plot = NULL;
    int r = plot_new(&plot, PLOT_LINE, &x, &y);
    for (size_t i = first; i < last && i < history->n && r == 0; i++) {
        const struct history_run *one = &history->runs[i];
        r = plot_add_mark(plot, (double)before, i + 1);
        r = r ? r : add_run(plot, one, before, quantity, scale, (int)(i - first));
        before += one->n;
    }
    if (r < 0) {
        return r;
    }
    plot->what = kind == PLOT_SCF ? "SCF convergence" : "SCF accuracy";
    plot->mark_word = "SCF";
    if (plot->n_drawn > 0) {
        plot_stretch(&plot->x, (double)begin);
        plot_stretch(&plot->x, (double)before - 1);
    }
    return hand_out(out, &plot, 1);
}

static const char *text_of(const json_t *object, const char *key) {
    return json_string_value(json_object_get(object, key));
}

int plot_of_results_run(struct plot **out, const json_t *results, enum plot_kind kind,
                        long run) {
    struct history history;
    history_init(&history);
    int r = history_read(&history, json_object_get(results, "scf"));
    if (r == 0) {
        r = plot_of_scf(out, &history, kind, run,
                        plot_in_rydberg(text_of(results, "code")));
    }
    history_deinit(&history);
    return r;
}

/* ---- geometries ---- */

static double number_of(const json_t *object, const char *key) {
    const json_t *value = json_object_get(object, key);
    return json_is_number(value) ? json_number_value(value) : NAN;
}

struct span {
    double low, high;
};

static struct span span_of(const json_t *steps, const char *key) {
    struct span span = {INFINITY, -INFINITY};
    size_t i = 0;
    const json_t *step = NULL;
    json_array_foreach(steps, i, step) {
        double value = number_of(step, key);
        span.low = fmin(span.low, value);
        span.high = fmax(span.high, value);
    }
    return span;
}

/* The number `key` of each step, less `origin`, times `scale`. */
static int of_steps(struct plot **out, const json_t *steps, const char *key,
                    struct plot_axis y, double origin, double scale) {
    const struct plot_axis x = {.label = "step", .brief = "step", .counts = true};
    size_t i = 0;
    const json_t *step = NULL;
    _cleanup_(plot_freep) struct plot *plot = NULL;
    int r = plot_new(&plot, PLOT_LINE, &x, &y);
    json_array_foreach(steps, i, step) {
        r = r ? r
              : plot_add(plot, (double)(i + 1), (number_of(step, key) - origin) * scale,
                         0);
    }
    return r ? r : hand_out(out, &plot, 2);
}

static int of_energies(struct plot **out, const json_t *steps) {
    struct span span = span_of(steps, "energy_ev");
    bool small = span.high - span.low < SMALL_EV;
    struct plot_axis y = {.label = small ? "energy above the lowest in meV"
                                         : "energy above the lowest in eV"};
    return of_steps(out, steps, "energy_ev", y, span.low, small ? 1000 : 1);
}

/* Over decades where they span some and none is zero. By symmetry all may be. */
static int of_forces(struct plot **out, const json_t *steps) {
    struct span span = span_of(steps, "max_force_ev_per_ang");
    struct plot_axis y = {.label = "largest force on an atom in eV/Å",
                          .log = span.low > 0 && span.high > 10 * span.low};
    int r = span.high > 0 ? of_steps(out, steps, "max_force_ev_per_ang", y, 0, 1)
                          : PLOT_E_NOTHING;
    if (r == 0 && !y.log) {
        plot_stretch(&(*out)->y, 0);
    }
    return r;
}

static int of_volumes(struct plot **out, const json_t *steps) {
    struct span span = span_of(steps, "volume_ang3");
    struct plot_axis y = {.label = "volume of the cell in Å³"};
    return span.high > span.low ? of_steps(out, steps, "volume_ang3", y, 0, 1)
                                : PLOT_E_NOTHING;
}

/* ---- frequencies ---- */

static int compare_numbers(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Sorted; a new list of *n numbers, NULL when memory runs out. */
static double *frequencies_of(const json_t *list, size_t *n) {
    double *values = calloc(json_array_size(list) + 1, sizeof *values);
    size_t i = 0;
    const json_t *value = NULL;
    *n = 0;
    json_array_foreach(list, i, value) {
        if (values && json_is_number(value)) {
            values[(*n)++] = json_number_value(value);
        }
    }
    if (values && *n > 0) {
        qsort(values, *n, sizeof *values, compare_numbers);
    }
    return values;
}

static int add_sticks(struct plot *plot, const double *values, size_t n) {
    int r = 0;
    for (size_t first = 0, next = 0; first < n && r == 0; first = next) {
        double sum = 0;
        for (next = first; next < n && values[next] - values[first] < SAME_CM1;
             next++) {
            sum += values[next];
        }
        double at = sum / (double)(next - first);
        r = plot_add(plot, at, (double)(next - first), at < 0);
    }
    return r;
}

/* So that no stick lies on an end of the axis, but for those at zero. */
static void leave_margins(struct plot_axis *axis) {
    double margin = (axis->max - axis->min) * 0.02;
    axis->min -= axis->min < 0 ? margin : 0;
    axis->max += margin;
}

static int of_frequencies(struct plot **out, const json_t *results) {
    const struct plot_axis x = {
        .label = "wavenumber in cm⁻¹", .brief = "cm⁻¹", .tight = true};
    struct plot_axis y = {.label = "modes", .whole = true};
    size_t n = 0;
    _cleanup_free_ double *values =
        frequencies_of(json_object_get(results, "frequencies_cm1"), &n);
    _cleanup_(plot_freep) struct plot *plot = NULL;
    if (values && n > 0 && values[0] < 0) {
        y.label = "modes, imaginary ones below zero";
    }
    int r = values ? plot_new(&plot, PLOT_STICKS, &x, &y) : -ENOMEM;
    r = r ? r : add_sticks(plot, values, n);
    if (r < 0) {
        return r;
    }
    if (plot->n_drawn > 0) {
        plot_stretch(&plot->x, 0);
        leave_margins(&plot->x);
    }
    return hand_out(out, &plot, 1);
}

/* ---- by kind ---- */

int plot_of_results(struct plot **out, const json_t *results, enum plot_kind kind) {
    static const char *const what[PLOT_N_KINDS] = {[PLOT_OPT] = "Energy",
                                                   [PLOT_FORCES] = "Forces",
                                                   [PLOT_VOLUME] = "Volume",
                                                   [PLOT_FREQUENCIES] = "Frequencies"};
    const json_t *steps = json_object_get(results, "steps");
    int r = kind == PLOT_OPT      ? of_energies(out, steps)
            : kind == PLOT_FORCES ? of_forces(out, steps)
            : kind == PLOT_VOLUME ? of_volumes(out, steps)
            : kind == PLOT_FREQUENCIES
                ? of_frequencies(out, results)
                : plot_of_results_run(out, results, kind, PLOT_ALL_RUNS);
    if (r == 0 && what[kind]) {
        (*out)->what = what[kind];
    }
    return r;
}

int plot_kinds_of(const json_t *results, unsigned *kinds) {
    unsigned all = 0;
    for (int kind = 0; kind < PLOT_N_KINDS; kind++) {
        _cleanup_(plot_freep) struct plot *plot = NULL;
        int r = plot_of_results(&plot, results, (enum plot_kind)kind);
        if (r < 0) {
            return r;
        }
        all |= r == 0 ? 1U << kind : 0;
    }
    *kinds = all;
    return 0;
}

enum plot_kind plot_kind_of_calculation(const json_t *results, unsigned kinds) {
    const char *calculation = text_of(results, "calculation");
    enum plot_kind kind = PLOT_SCF;
    if (calculation && (strcmp(calculation, "geometry_optimization") == 0 ||
                        strcmp(calculation, "molecular_dynamics") == 0)) {
        kind = PLOT_OPT;
    } else if (calculation && strcmp(calculation, "frequencies") == 0) {
        kind = PLOT_FREQUENCIES;
    }
    for (int i = 0; !(kinds & 1U << kind) && i < PLOT_N_KINDS; i++) {
        kind = (enum plot_kind)i;
    }
    return kind;
}
