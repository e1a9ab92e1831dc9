/* The life of a set of results and how the scanners fill it. Lists grow by doubling up
 * to a limit; beyond it the last element is used again, so that the end of an output
 * counts whatever its size. */
#include "codes/results.h"

#include "base/cleanup.h"
#include "base/str.h"
#include "codes/results_build.h"
#include "structure/element.h"
#include "structure/structure.h"

#include <errno.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

void results_init(struct results *results) {
    *results = (struct results){
        .status = RUN_TRUNCATED,
        .converged = TRUTH_UNKNOWN,
        .scf_threshold_ev = NAN,
        .energy_ev = NAN,
        .free_energy_ev = NAN,
        .energy_with_corrections_ev = NAN,
        .printed_energy = NAN,
        .fermi_ev = NAN,
        .vbm_ev = NAN,
        .cbm_ev = NAN,
        .gap_ev = NAN,
        .magnetization_mub = NAN,
        .max_force_ev_per_ang = NAN,
        .pressure_gpa = NAN,
        .wall_seconds = NAN,
        .cpu_seconds = NAN,
    };
}

void results_drop_problems(struct results *results) {
    for (size_t i = 0; i < results->n_problems; i++) {
        free(results->problems[i].message);
    }
    results->n_problems = 0;
    results->overfull = false;
}

void results_deinit(struct results *results) {
    for (size_t i = 0; i < results->n_scf; i++) {
        free(results->scf[i].cycles);
    }
    results_drop_problems(results);
    free(results->version);
    free(results->scf);
    free(results->steps);
    free(results->atoms);
    free(results->frequencies_cm1);
    free(results->problems);
    results_init(results);
}

void *results_grow(void *array, size_t used, size_t *cap, size_t size) {
    if (used < *cap) {
        return array;
    }
    size_t wanted = *cap ? *cap * 2 : 8;
    void *grown = wanted <= SIZE_MAX / 2 / size ? realloc(array, wanted * size) : NULL;
    if (grown) {
        *cap = wanted;
    }
    return grown;
}

/* Say once that something is left out. */
static int note_overfull(struct results *results) {
    if (results->overfull) {
        return 0;
    }
    results->overfull = true;
    return results_add_problem(
        results, "read_error",
        "it holds more than can be listed: of SCF runs, cycles or geometries the first "
        "ones and the last are",
        0, "Split the output where a run begins, and read the parts.");
}

/* In place of the last one. */
static int begin_scf_again(struct results *results) {
    struct scf_run *run = results_last_scf(results);
    results->n_cycles -= run->n_cycles;
    free(run->cycles);
    *run = (struct scf_run){.converged = TRUTH_UNKNOWN};
    return note_overfull(results);
}

int results_push_atom(struct atom **atoms, size_t *n, size_t *cap, const char *label,
                      const double at[3]) {
    if (*n == RESULTS_MAX_ATOMS) {
        return 0;
    }
    struct atom *grown = results_grow(*atoms, *n, cap, sizeof(**atoms));
    if (!grown) {
        return -ENOMEM;
    }
    *atoms = grown;
    struct atom *atom = &grown[(*n)++];
    *atom = (struct atom){0};
    if (label) {
        element_of_label(label, atom->element);
    }
    memcpy(atom->position, at, sizeof(atom->position));
    return 0;
}

int results_begin_scf(struct results *results) {
    if (results->n_scf == RESULTS_MAX_SCF) {
        return begin_scf_again(results);
    }
    struct scf_run *scf = results_grow(results->scf, results->n_scf, &results->scf_cap,
                                       sizeof(*results->scf));
    if (!scf) {
        return -ENOMEM;
    }
    results->scf = scf;
    scf[results->n_scf++] = (struct scf_run){.converged = TRUTH_UNKNOWN};
    return 0;
}

struct scf_cycle *results_last_cycle(struct results *results) {
    struct scf_run *run = results_last_scf(results);
    return run && run->n_cycles > 0 ? &run->cycles[run->n_cycles - 1] : NULL;
}

struct scf_run *results_last_scf(struct results *results) {
    return results->n_scf > 0 ? &results->scf[results->n_scf - 1] : NULL;
}

int results_add_cycle(struct results *results, double energy_ev, double accuracy_ev) {
    struct scf_run *run = &results->scf[results->n_scf - 1];
    struct scf_cycle cycle = {.energy_ev = energy_ev,
                              .accuracy_ev = accuracy_ev,
                              .left_ev = accuracy_ev,
                              .at_seconds = NAN};
    if (results->n_cycles >= RESULTS_MAX_CYCLES && run->n_cycles > 0) {
        run->cycles[run->n_cycles - 1] = cycle;
        return note_overfull(results);
    }
    struct scf_cycle *cycles =
        results_grow(run->cycles, run->n_cycles, &run->cap, sizeof(*run->cycles));
    if (!cycles) {
        return -ENOMEM;
    }
    run->cycles = cycles;
    results->n_cycles++;
    cycles[run->n_cycles++] = cycle;
    return 0;
}

double results_volume(const struct results *results) {
    struct cell_parameters p = {0};
    if (results->has_cell) {
        p = cell_parameters(&results->cell);
    }
    double longest = fmax(p.a, fmax(p.b, p.c));
    return longest > 0 && longest < STRUCTURE_NO_PERIOD ? p.volume : NAN;
}

int results_add_step(struct results *results, double energy_ev) {
    const struct step step = {.energy_ev = energy_ev,
                              .max_force_ev_per_ang = NAN,
                              .pressure_gpa = NAN,
                              .volume_ang3 = results_volume(results)};
    if (results->n_steps == RESULTS_MAX_STEPS) {
        *results_last_step(results) = step;
        return note_overfull(results);
    }
    struct step *steps = results_grow(results->steps, results->n_steps,
                                      &results->steps_cap, sizeof(*results->steps));
    if (!steps) {
        return -ENOMEM;
    }
    results->steps = steps;
    steps[results->n_steps++] = step;
    return 0;
}

struct step *results_last_step(struct results *results) {
    return results->n_steps > 0 ? &results->steps[results->n_steps - 1] : NULL;
}

int results_add_frequency(struct results *results, double cm1) {
    if (results->n_frequencies == RESULTS_MAX_FREQUENCIES) {
        return note_overfull(results);
    }
    double *list = results_grow(results->frequencies_cm1, results->n_frequencies,
                                &results->frequencies_cap, sizeof(*list));
    if (!list) {
        return -ENOMEM;
    }
    results->frequencies_cm1 = list;
    list[results->n_frequencies++] = cm1;
    return 0;
}

void results_drop_frequencies(struct results *results) {
    results->n_frequencies = 0;
}

static bool has_problem(const struct results *results, const char *message) {
    for (size_t i = 0; i < results->n_problems; i++) {
        if (strcmp(results->problems[i].message, message) == 0) {
            return true;
        }
    }
    return false;
}

int results_add_problem(struct results *results, const char *category,
                        const char *message, long line, const char *remedy) {
    _cleanup_free_ char *words = str_to_utf8(message, strlen(message));
    if (!words) {
        return -ENOMEM;
    }
    if (results->n_problems == RESULTS_MAX_PROBLEMS || has_problem(results, words)) {
        return 0;
    }
    struct problem *problems =
        results_grow(results->problems, results->n_problems, &results->problems_cap,
                     sizeof(*results->problems));
    if (!problems) {
        return -ENOMEM;
    }
    results->problems = problems;
    problems[results->n_problems++] = (struct problem){
        .category = category,
        .message = TAKE_PTR(words),
        .line = line,
        .remedy = remedy,
    };
    return 0;
}

int results_set_text(char **text, const char *bytes, size_t n) {
    char *fresh = str_to_utf8(bytes, n);
    if (!fresh) {
        return -ENOMEM;
    }
    free(*text);
    *text = fresh;
    return 0;
}
