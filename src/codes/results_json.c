/* Results as the JSON object of `crystalmath parse --json` and of the wire. The keys
 * come in the same order every time, all of them; what the output did not hold is null.
 */
#include "codes/results.h"

#include <math.h>
#include <stdlib.h>

/* Building stops at the first failure: `put` on a failed builder only releases the
 * value. */
struct builder {
    json_t *object; /* owned; NULL once building has failed */
};

static void builder_init(struct builder *builder) {
    builder->object = json_object();
}

/* Consumes `value`, where NULL stands for memory that ran out. */
static void put_take(struct builder *builder, const char *key, json_t *value) {
    if (!builder->object) {
        json_decref(value);
    } else if (json_object_set_new(builder->object, key, value) < 0) {
        json_decref(builder->object);
        builder->object = NULL;
    }
}

static json_t *number(double value) {
    /* Adding zero turns the -0.0 of a printed "-0.00" into 0.0. */
    return isfinite(value) ? json_real(value + 0.0) : json_null();
}

static json_t *text(const char *value) {
    return value ? json_string(value) : json_null();
}

static json_t *truth(enum truth value) {
    return value == TRUTH_UNKNOWN ? json_null() : json_boolean(value == TRUTH_YES);
}

/* An array of n values made by `make`; NULL when memory runs out. */
static json_t *list(const void *data, size_t n, json_t *(*make)(const void *, size_t)) {
    json_t *array = json_array();
    for (size_t i = 0; array && i < n; i++) {
        if (json_array_append_new(array, make(data, i)) < 0) {
            json_decref(array);
            array = NULL;
        }
    }
    return array;
}

static json_t *one_number(const void *data, size_t i) {
    return number(((const double *)data)[i]);
}

static json_t *one_energy(const void *data, size_t i) {
    return number(((const struct scf_cycle *)data)[i].energy_ev);
}

static json_t *one_accuracy(const void *data, size_t i) {
    return number(((const struct scf_cycle *)data)[i].accuracy_ev);
}

struct scf_count scf_count(size_t energies, bool final, long counted) {
    size_t n = energies + (final && (long)energies < counted);
    return (struct scf_count){n, (long)n == counted + 1 ? 0 : 1};
}

struct scf_count scf_run_count(const struct scf_run *run) {
    return scf_count(run->n_cycles - run->ended, run->ended, run->counted);
}

struct scf_count scf_json_count(const json_t *scf) {
    size_t energies = json_array_size(json_object_get(scf, "energies_ev"));
    bool final = json_is_number(json_object_get(scf, "final_energy_ev"));
    const json_t *cycles = json_object_get(scf, "cycles");
    return scf_count(energies, final,
                     json_is_integer(cycles) ? (long)json_integer_value(cycles)
                                             : (long)energies + final);
}

static json_t *one_scf(const void *data, size_t i) {
    const struct scf_run *run = (const struct scf_run *)data + i;
    size_t before = run->ended ? run->n_cycles - 1 : run->n_cycles;
    const struct scf_cycle *final = run->ended ? &run->cycles[before] : NULL;
    struct builder builder;
    builder_init(&builder);
    put_take(&builder, "cycles", json_integer(run->counted));
    put_take(&builder, "converged", truth(run->converged));
    put_take(&builder, "energies_ev", list(run->cycles, before, one_energy));
    put_take(&builder, "accuracy_ev", list(run->cycles, before, one_accuracy));
    put_take(&builder, "final_energy_ev", number(final ? final->energy_ev : NAN));
    put_take(&builder, "final_accuracy_ev", number(final ? final->accuracy_ev : NAN));
    return builder.object;
}

static json_t *one_step(const void *data, size_t i) {
    const struct step *step = (const struct step *)data + i;
    struct builder builder;
    builder_init(&builder);
    put_take(&builder, "energy_ev", number(step->energy_ev));
    put_take(&builder, "max_force_ev_per_ang", number(step->max_force_ev_per_ang));
    put_take(&builder, "pressure_gpa", number(step->pressure_gpa));
    put_take(&builder, "volume_ang3", number(step->volume_ang3));
    return builder.object;
}

static json_t *one_atom(const void *data, size_t i) {
    const struct atom *atom = (const struct atom *)data + i;
    struct builder builder;
    builder_init(&builder);
    put_take(&builder, "element", json_string(atom->element));
    put_take(&builder, "x", number(atom->position[0]));
    put_take(&builder, "y", number(atom->position[1]));
    put_take(&builder, "z", number(atom->position[2]));
    return builder.object;
}

static json_t *one_problem(const void *data, size_t i) {
    const struct problem *problem = (const struct problem *)data + i;
    struct builder builder;
    builder_init(&builder);
    put_take(&builder, "category", text(problem->category));
    put_take(&builder, "message", text(problem->message));
    put_take(&builder, "line",
             problem->line > 0 ? json_integer(problem->line) : json_null());
    put_take(&builder, "remedy", text(problem->remedy));
    return builder.object;
}

static json_t *printed_energy(const struct results *results) {
    if (!isfinite(results->printed_energy)) {
        return json_null();
    }
    struct builder builder;
    builder_init(&builder);
    put_take(&builder, "value", number(results->printed_energy));
    put_take(&builder, "unit", text(results->printed_unit));
    return builder.object;
}

static json_t *one_component(const void *data, size_t i) {
    return number(((const double *)data)[i]);
}

static json_t *one_vector(const void *data, size_t i) {
    return list(((const struct cell *)data)->vector[i], 3, one_component);
}

static json_t *cell(const struct results *results) {
    if (!results->has_cell) {
        return json_null();
    }
    struct cell_parameters p = cell_parameters(&results->cell);
    struct builder builder;
    builder_init(&builder);
    put_take(&builder, "a", number(p.a));
    put_take(&builder, "b", number(p.b));
    put_take(&builder, "c", number(p.c));
    put_take(&builder, "alpha", number(p.alpha));
    put_take(&builder, "beta", number(p.beta));
    put_take(&builder, "gamma", number(p.gamma));
    put_take(&builder, "volume", number(p.volume));
    put_take(&builder, "vectors", list(&results->cell, 3, one_vector));
    return builder.object;
}

static json_t *natoms(const struct results *results) {
    if (results->natoms > 0) {
        return json_integer(results->natoms);
    }
    return results->n_atoms > 0 ? json_integer((json_int_t)results->n_atoms)
                                : json_null();
}

static json_t *formula(const struct results *results) {
    if (results->n_atoms == 0) {
        return json_null();
    }
    char *words = cell_formula(results->atoms, results->n_atoms);
    json_t *value = words ? json_string(words) : NULL;
    free(words);
    return value;
}

static const char *status_name(enum run_status status) {
    switch (status) {
    case RUN_FINISHED:
        return "finished";
    case RUN_FAILED:
        return "failed";
    case RUN_TRUNCATED:
        return "truncated";
    case RUN_UNKNOWN:
        break;
    }
    return NULL;
}

static void put_electrons(struct builder *builder, const struct results *r) {
    put_take(builder, "energy_ev", number(r->energy_ev));
    put_take(builder, "free_energy_ev", number(r->free_energy_ev));
    put_take(builder, "energy_with_corrections_ev",
             number(r->energy_with_corrections_ev));
    put_take(builder, "energy", printed_energy(r));
    put_take(builder, "fermi_ev", number(r->fermi_ev));
    put_take(builder, "vbm_ev", number(r->vbm_ev));
    put_take(builder, "cbm_ev", number(r->cbm_ev));
    put_take(builder, "gap_ev", number(r->gap_ev));
    put_take(builder, "magnetization_mub", number(r->magnetization_mub));
}

static void put_structure(struct builder *builder, const struct results *r) {
    put_take(builder, "max_force_ev_per_ang", number(r->max_force_ev_per_ang));
    put_take(builder, "pressure_gpa", number(r->pressure_gpa));
    put_take(builder, "stress_gpa",
             r->has_stress ? list(r->stress_gpa, 6, one_number) : json_null());
    put_take(builder, "cell", cell(r));
    put_take(builder, "natoms", natoms(r));
    put_take(builder, "formula", formula(r));
    put_take(builder, "atoms",
             r->n_atoms > 0 ? list(r->atoms, r->n_atoms, one_atom) : json_null());
}

json_t *results_to_json(const struct results *results) {
    const struct results *r = results;
    struct builder builder;
    builder_init(&builder);
    put_take(&builder, "code", text(r->code));
    put_take(&builder, "version", text(r->version));
    put_take(&builder, "calculation", text(r->calculation));
    put_take(&builder, "status", text(status_name(r->status)));
    put_take(&builder, "converged", truth(r->converged));
    put_electrons(&builder, r);
    put_structure(&builder, r);
    put_take(&builder, "scf", list(r->scf, r->n_scf, one_scf));
    put_take(&builder, "steps", list(r->steps, r->n_steps, one_step));
    put_take(&builder, "frequencies_cm1",
             r->n_frequencies > 0
                 ? list(r->frequencies_cm1, r->n_frequencies, one_number)
                 : json_null());
    put_take(&builder, "wall_seconds", number(r->wall_seconds));
    put_take(&builder, "cpu_seconds", number(r->cpu_seconds));
    put_take(&builder, "problems", list(r->problems, r->n_problems, one_problem));
    struct forecast_told forecast = results_forecast(r);
    put_take(&builder, "forecast", forecast_to_json(&forecast));
    return builder.object;
}
