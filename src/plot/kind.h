/* The plots that there are of a calculation, made from its results: the JSON object
 * that `crystalmath parse --json` prints and jobs.get has. */
#pragma once

#include "plot/history.h"
#include "plot/plot.h"

#include <jansson.h>

enum plot_kind {
    PLOT_SCF,      /* change of the energy, cycle by cycle, of every SCF */
    PLOT_ACCURACY, /* the same of what the code itself estimates to be left */
    PLOT_OPT,      /* energy of each geometry above the lowest one */
    PLOT_FORCES,   /* largest force at each geometry, where any is more than zero */
    PLOT_VOLUME,   /* volume of the cell at each geometry, where it changes */
    PLOT_FREQUENCIES,
    PLOT_N_KINDS,
};

enum {
    PLOT_E_NOTHING = 1, /* the results have nothing of this kind */
};

/* "scf"; static. */
const char *plot_kind_name(enum plot_kind kind);
/* Whether there is a kind of this name; *out gets it. */
bool plot_kind_by_name(const char *name, enum plot_kind *out);

/* A plot of this kind. 0, PLOT_E_NOTHING, or -ENOMEM. */
int plot_of_results(struct plot **out, const json_t *results, enum plot_kind kind);
/* The same of the SCF at a place alone; PLOT_SCF and PLOT_ACCURACY only. */
int plot_of_results_run(struct plot **out, const json_t *results, enum plot_kind kind,
                        long run);
/* Which kinds the results have; bit 1 << kind. 0 or -ENOMEM. */
int plot_kinds_of(const json_t *results, unsigned *kinds);
/* What the calculation is about, among kinds that are not 0. */
enum plot_kind plot_kind_of_calculation(const json_t *results, unsigned kinds);

enum {
    PLOT_ALL_RUNS = -1,
};

/* The cycles of the SCF at a place, or of all one behind the other, in Ry or eV; of
 * PLOT_SCF and PLOT_ACCURACY. 0, PLOT_E_NOTHING or -ENOMEM. */
int plot_of_scf(struct plot **out, const struct history *history, enum plot_kind kind,
                long run, bool rydberg);
/* Whether energies of an SCF of this code are shown in Ry; else it is eV. */
bool plot_in_rydberg(const char *code);

/* A right end a little beyond n, so that a growing plot seldom changes its scale. */
size_t plot_round_last(size_t n);
