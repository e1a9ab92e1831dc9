/* The SCF history of one job: every cycle of every SCF run, from its results and from
 * what is told live. Pure; telling a cycle twice changes nothing. */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

enum {
    HISTORY_MAX_RUNS = 100000,
    HISTORY_MAX_CYCLES = 100000,
};

struct history_cycle {
    double energy_ev; /* NAN when it was not told, as the next */
    double accuracy_ev;
};

struct history_run {
    struct history_cycle *cycles; /* owned; place 0 is cycle 1 … */
    size_t n, cap;
    bool from_zero; /* … or 0, as of CRYSTAL */
};

struct history {
    struct history_run *runs; /* owned; place 0 is SCF 1 */
    size_t n, cap;
};

enum history_quantity {
    HISTORY_ACCURACY, /* the code's own estimate of what is left */
    HISTORY_DELTA,    /* |ΔE| to the cycle before */
};

void history_init(struct history *history);
void history_deinit(struct history *history);

/* One cycle; `scf` counts from 1, `cycle` as its code does, from 0 or 1. 0, -EINVAL
 * when they are out of range, -ENOMEM. */
int history_put(struct history *history, long scf, long cycle, double energy_ev,
                double accuracy_ev);
/* All runs of "scf" in a job's results. 0 or -ENOMEM. */
int history_read(struct history *history, const json_t *scf);

/* Whether any cycle of a run has this quantity, and more than zero of it, so that there
 * is something to plot. */
bool history_has(const struct history_run *run, enum history_quantity quantity);
/* A quantity at a place in eV; NAN where there is none. */
double history_value(const struct history_run *run, size_t place,
                     enum history_quantity quantity);
