/* Filling in results, for the scanners. Every function that can fail returns 0 or
 * -ENOMEM and leaves the results as they were then. */
#pragma once

#include "codes/results.h"

/* How much is listed, far beyond what calculations reach: with it goes what an output
 * of any size makes of memory, here and as JSON. Beyond, the last element is used
 * again. */
enum {
    RESULTS_MAX_SCF = 100000,
    RESULTS_MAX_CYCLES = 1000000, /* of all SCF runs */
    RESULTS_MAX_STEPS = 100000,
    RESULTS_MAX_FREQUENCIES = 100000,
    RESULTS_MAX_ATOMS = 200000,
};

/* Begin an SCF run: no cycles, convergence unknown. */
int results_begin_scf(struct results *results);
/* The SCF run begun last; NULL before the first. */
struct scf_run *results_last_scf(struct results *results);
/* Its last cycle; NULL before the first. */
struct scf_cycle *results_last_cycle(struct results *results);
/* Add a cycle to the SCF run begun last, which there must be. */
int results_add_cycle(struct results *results, double energy_ev, double accuracy_ev);

/* Add an atom to a list on the heap, of *n in room for *cap. `label` may be NULL, and
 * the element then is not known. Beyond the limit nothing is added: the list is short,
 * and no geometry. 0 or -ENOMEM. */
int results_push_atom(struct atom **atoms, size_t *n, size_t *cap, const char *label,
                      const double at[3]);

/* Of the cell. Along a direction that does not repeat it has a formal length, and there
 * is no volume: NAN. */
double results_volume(const struct results *results);
/* Begin a geometry whose energy is known; its other numbers are NAN. */
int results_add_step(struct results *results, double energy_ev);
/* The geometry begun last; NULL before the first. */
struct step *results_last_step(struct results *results);

/* Add a mode's frequency, cm⁻¹, negative where imaginary; drop those of before. */
int results_add_frequency(struct results *results, double cm1);
void results_drop_frequencies(struct results *results);

/* How many problems are kept: an output that repeats itself without end must not make
 * the list grow without end. */
#define RESULTS_MAX_PROBLEMS 64

/* Note a problem. `message` may be any bytes; it is kept as UTF-8. A message that is
 * there already is not kept twice. `category` and `remedy` are static texts; `remedy`
 * may be NULL. */
int results_add_problem(struct results *results, const char *category,
                        const char *message, long line, const char *remedy);
void results_drop_problems(struct results *results);

/* Replace a text of the results by n bytes, made valid UTF-8. */
int results_set_text(char **text, const char *bytes, size_t n);

/* Make room for one more element behind the `used` ones of an array on the heap: the
 * array, which may have moved, or NULL when memory runs out (it then is as it was). */
void *results_grow(void *array, size_t used, size_t *cap, size_t size);
