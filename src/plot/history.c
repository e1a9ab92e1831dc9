/* Arrays in arrays, grown as cycles are told. Numbers that come from the wire are
 * checked before they become sizes. */
#include "plot/history.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

void history_init(struct history *history) {
    *history = (struct history){0};
}

void history_deinit(struct history *history) {
    for (size_t i = 0; i < history->n; i++) {
        free(history->runs[i].cycles);
    }
    free(history->runs);
    history_init(history);
}

/* At least `n` elements of `size` behind *data. */
static int grow(void **data, size_t *cap, size_t n, size_t size) {
    size_t wanted = *cap ? *cap : 16;

    if (n <= *cap) {
        return 0;
    }
    while (wanted < n) {
        wanted *= 2;
    }
    void *fresh = realloc(*data, wanted * size);
    if (!fresh) {
        return -ENOMEM;
    }
    *data = fresh;
    *cap = wanted;
    return 0;
}

static int run_reserve(struct history_run *run, size_t n) {
    void *cycles = run->cycles;
    int r = grow(&cycles, &run->cap, n, sizeof *run->cycles);

    run->cycles = cycles;
    return r;
}

static int runs_reserve(struct history *history, size_t n) {
    void *runs = history->runs;
    int r = grow(&runs, &history->cap, n, sizeof *history->runs);

    history->runs = runs;
    return r;
}

/* A cycle 0 has come: all others stand one place further. 0 or -ENOMEM. */
static int begin_with_zero(struct history_run *run) {
    int r = run->from_zero ? 0 : run_reserve(run, run->n + 1);
    if (r < 0 || run->from_zero) {
        return r;
    }
    memmove(run->cycles + 1, run->cycles, run->n * sizeof *run->cycles);
    run->cycles[0] = (struct history_cycle){NAN, NAN};
    run->n++;
    run->from_zero = true;
    return 0;
}

int history_put(struct history *history, long scf, long cycle, double energy_ev,
                double accuracy_ev) {
    if (scf < 1 || scf > HISTORY_MAX_RUNS || cycle < 0 || cycle > HISTORY_MAX_CYCLES) {
        return -EINVAL;
    }
    int r = runs_reserve(history, (size_t)scf);
    if (r < 0) {
        return r;
    }
    while (history->n < (size_t)scf) {
        history->runs[history->n++] = (struct history_run){0};
    }
    struct history_run *run = &history->runs[scf - 1];
    r = cycle == 0 ? begin_with_zero(run) : 0;
    size_t n = (size_t)cycle + run->from_zero;
    r = r ? r : run_reserve(run, n);
    if (r < 0) {
        return r;
    }
    while (run->n < n) {
        run->cycles[run->n++] = (struct history_cycle){NAN, NAN};
    }
    run->cycles[n - 1] = (struct history_cycle){energy_ev, accuracy_ev};
    return 0;
}

static double number_at(const json_t *array, size_t place) {
    const json_t *value = json_array_get(array, place);

    return json_is_number(value) ? json_number_value(value) : NAN;
}

static double number_of(const json_t *object, const char *key) {
    const json_t *value = json_object_get(object, key);

    return json_is_number(value) ? json_number_value(value) : NAN;
}

/* Some codes tell the energy of the cycle that converged apart from the others; others
 * tell that of their last one again. */
static int read_last_cycle(struct history *history, long scf, const json_t *run) {
    double energy = number_of(run, "final_energy_ev");
    long told = (long)json_array_size(json_object_get(run, "energies_ev"));
    long cycles = (long)json_integer_value(json_object_get(run, "cycles"));

    if (!isfinite(energy) || cycles != told + 1) {
        return 0;
    }
    int r =
        history_put(history, scf, cycles, energy, number_of(run, "final_accuracy_ev"));
    return r == -EINVAL ? 0 : r;
}

static int read_run(struct history *history, long scf, const json_t *run) {
    const json_t *energies = json_object_get(run, "energies_ev");
    const json_t *accuracies = json_object_get(run, "accuracy_ev");

    size_t n = json_array_size(energies);
    const json_t *counted = json_object_get(run, "cycles");
    bool from_zero =
        json_is_integer(counted) && (json_int_t)n == json_integer_value(counted) + 1;

    for (size_t i = 0; i < n; i++) {
        int r = history_put(history, scf, (long)i + (from_zero ? 0 : 1),
                            number_at(energies, i), number_at(accuracies, i));
        if (r < 0) {
            return r == -EINVAL ? 0 : r;
        }
    }
    return read_last_cycle(history, scf, run);
}

int history_read(struct history *history, const json_t *scf) {
    for (size_t i = 0; i < json_array_size(scf) && i < HISTORY_MAX_RUNS; i++) {
        int r = read_run(history, (long)i + 1, json_array_get(scf, i));
        if (r < 0) {
            return r;
        }
    }
    return 0;
}

double history_value(const struct history_run *run, size_t place,
                     enum history_quantity quantity) {
    if (quantity == HISTORY_ACCURACY) {
        return run->cycles[place].accuracy_ev;
    }
    if (place == 0) {
        return NAN;
    }
    return fabs(run->cycles[place].energy_ev - run->cycles[place - 1].energy_ev);
}

bool history_has(const struct history_run *run, enum history_quantity quantity) {
    for (size_t i = 0; i < run->n; i++) {
        double value = history_value(run, i, quantity);
        if (isfinite(value) && value > 0) {
            return true;
        }
    }
    return false;
}
