/* The results of a job in words. A value that is not known has no line. Quantum
 * ESPRESSO's users think in Rydberg, so its total energies come in both units. */
#include "tui/facts.h"

#include "base/str.h"
#include "codes/code.h"
#include "tui/format.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int facts_add(struct facts *facts, const char *label, enum fact_mood mood,
              const char *format, ...) {
    if (facts->n == facts->cap) {
        size_t cap = facts->cap ? facts->cap * 2 : 32;
        struct fact *items = realloc(facts->items, cap * sizeof *items);
        if (!items) {
            return -ENOMEM;
        }
        facts->items = items;
        facts->cap = cap;
    }
    va_list args;
    va_start(args, format);
    int n = vsnprintf(NULL, 0, format, args);
    va_end(args);
    char *text = n < 0 ? NULL : malloc((size_t)n + 1);
    if (!text) {
        return -ENOMEM;
    }
    va_start(args, format);
    (void)vsnprintf(text, (size_t)n + 1, format, args);
    va_end(args);
    facts->items[facts->n++] = (struct fact){label, text, mood};
    return 0;
}

static double number(const json_t *object, const char *key) {
    const json_t *value = json_object_get(object, key);

    return json_is_number(value) ? json_number_value(value) : NAN;
}

static const char *text_of(const json_t *object, const char *key) {
    return json_string_value(json_object_get(object, key));
}

static int add_quantity(struct facts *facts, const char *label, double value,
                        int decimals, const char *unit) {
    if (!isfinite(value)) {
        return 0;
    }
    return facts_add(facts, label, FACT_PLAIN, "%.*f %s", decimals, value, unit);
}

static int add_path(struct facts *facts, const char *label, const char *path) {
    return path ? facts_add(facts, label, FACT_QUIET, "%s", path) : 0;
}

/* A path in the job's folder by its name alone. */
static int add_file(struct facts *facts, const char *label, const struct summary *job,
                    const char *path) {
    size_t n = job->directory ? strlen(job->directory) : 0;

    if (path && n > 1 && strncmp(path, job->directory, n) == 0 && path[n] == '/') {
        path += n + 1;
    }
    return add_path(facts, label, path);
}

static int add_time(struct facts *facts, const char *label, int64_t ms) {
    char space[FORMAT_SIZE];

    return ms ? facts_add(facts, label, FACT_QUIET, "%s", format_local_time(space, ms))
              : 0;
}

static bool is_rydberg(const struct summary *job) {
    return job->code && strcmp(job->code, "quantum_espresso") == 0;
}

/* Why it ended as it did, when the server says more than the state's name. */
static int add_reason(struct facts *facts, const struct summary *job) {
    enum fact_mood mood = job->state == SUMMARY_FAILED || job->state == SUMMARY_LOST
                              ? FACT_BAD
                              : FACT_PLAIN;

    if (!str_empty(job->reason)) {
        return facts_add(facts, "because", mood, "%s", job->reason);
    }
    if (job->state == SUMMARY_FAILED && job->has_signal) {
        return facts_add(facts, "because", mood, "signal %d (%s) ended it", job->signal,
                         strsignal(job->signal));
    }
    if (job->state == SUMMARY_FAILED && job->has_exit_code) {
        return facts_add(facts, "because", mood, "it ended with exit code %d",
                         job->exit_code);
    }
    return 0;
}

static int add_problem(struct facts *facts, const json_t *problem) {
    const char *message = text_of(problem, "message");
    const char *remedy = text_of(problem, "remedy");
    json_int_t line = json_integer_value(json_object_get(problem, "line"));
    int r;

    if (!message) {
        message = text_of(problem, "category");
    }
    if (!message) {
        return 0;
    }
    if (line > 0) {
        r = facts_add(facts, "problem", FACT_BAD, "%s (line %lld of the output)",
                      message, (long long)line);
    } else {
        r = facts_add(facts, "problem", FACT_BAD, "%s", message);
    }
    if (r == 0 && !str_empty(remedy)) {
        r = facts_add(facts, "what to try", FACT_WARN, "%s", remedy);
    }
    return r;
}

static int add_problems(struct facts *facts, const json_t *results) {
    const json_t *problems = json_object_get(results, "problems");

    for (size_t i = 0; i < json_array_size(problems); i++) {
        int r = add_problem(facts, json_array_get(problems, i));
        if (r < 0) {
            return r;
        }
    }
    return 0;
}

static int add_energy(struct facts *facts, const struct summary *job,
                      const json_t *results) {
    double final = number(results, "energy_ev");
    double live = job->has_progress ? job->energy_ev : NAN;
    /* While it runs, what it had in the end of a step is older than its last cycle. */
    double ev = isfinite(live) && summary_is_active(job) ? live : final;

    if (!isfinite(ev)) {
        ev = live;
    }
    if (!isfinite(ev)) {
        return 0;
    }
    if (is_rydberg(job)) {
        return facts_add(facts, "total energy", FACT_PLAIN, "%.8f Ry\n%.6f eV",
                         ev / FORMAT_RYDBERG_EV, ev);
    }
    return facts_add(facts, "total energy", FACT_PLAIN, "%.6f eV", ev);
}

static int add_forecast(struct facts *facts, const struct summary *job) {
    static const enum fact_mood moods[] = {
        [FORECAST_GOOD] = FACT_GOOD,
        [FORECAST_DOUBTFUL] = FACT_WARN,
        [FORECAST_BAD] = FACT_BAD,
    };
    enum fact_mood mood = moods[job->forecast_mood];

    if (!job->forecast) {
        return 0;
    }
    return job->forecast_range
               ? facts_add(facts, "forecast", mood, "%s, %s", job->forecast,
                           job->forecast_range)
               : facts_add(facts, "forecast", mood, "%s", job->forecast);
}

/* Where the SCF stands while it runs. */
static int add_live_scf(struct facts *facts, const struct summary *job) {
    char delta[FORMAT_SIZE];

    if (!job->has_progress || job->cycle == 0) {
        return 0;
    }
    int r = job->scf > 1 ? facts_add(facts, "SCF cycle", FACT_PLAIN, "%d of SCF %d",
                                     job->cycle, job->scf)
                         : facts_add(facts, "SCF cycle", FACT_PLAIN, "%d", job->cycle);
    if (r == 0 && isfinite(job->delta_ev)) {
        r = facts_add(facts, "energy change", FACT_PLAIN, "%s eV",
                      format_magnitude(delta, job->delta_ev));
    }
    return r ? r : add_forecast(facts, job);
}

/* How the SCF ended, or the geometry where one was optimised. */
static int add_converged(struct facts *facts, const json_t *results, const char *what,
                         size_t count, const char *unit) {
    const json_t *converged = json_object_get(results, "converged");

    if (json_is_true(converged)) {
        return facts_add(facts, what, FACT_GOOD, "converged in %zu %s%s", count, unit,
                         count == 1 ? "" : "s");
    }
    if (json_is_false(converged)) {
        return facts_add(facts, what, FACT_BAD, "not converged after %zu %s%s", count,
                         unit, count == 1 ? "" : "s");
    }
    return 0;
}

static int add_scf(struct facts *facts, const struct summary *job,
                   const json_t *results) {
    const json_t *runs = json_object_get(results, "scf");
    const char *calculation = text_of(results, "calculation");
    size_t n = json_array_size(runs);

    if (!summary_is_final(job) || n == 0) {
        return add_live_scf(facts, job);
    }
    if (calculation && strcmp(calculation, "geometry_optimization") == 0) {
        size_t steps = json_array_size(json_object_get(results, "steps"));
        return add_converged(facts, results, "geometry", steps, "step");
    }
    const json_t *last = json_array_get(runs, n - 1);
    json_int_t cycles = json_integer_value(json_object_get(last, "cycles"));
    return add_converged(facts, results, "SCF", cycles > 0 ? (size_t)cycles : 0,
                         "cycle");
}

struct quantity {
    const char *key, *label, *unit;
    int decimals;
};

static int add_quantities(struct facts *facts, const json_t *results) {
    static const struct quantity quantities[] = {
        {"free_energy_ev", "free energy", "eV", 6},
        {"energy_with_corrections_ev", "corrected", "eV", 6},
        {"fermi_ev", "Fermi energy", "eV", 4},
        {"vbm_ev", "VBM", "eV", 4},
        {"cbm_ev", "CBM", "eV", 4},
        {"gap_ev", "band gap", "eV", 4},
        {"magnetization_mub", "magnetization", "µB", 3},
        {"pressure_gpa", "pressure", "GPa", 3},
        {"max_force_ev_per_ang", "largest force", "eV/Å", 5},
    };
    int r = 0;

    for (size_t i = 0; r == 0 && i < sizeof quantities / sizeof *quantities; i++) {
        const struct quantity *q = &quantities[i];
        r = add_quantity(facts, q->label, number(results, q->key), q->decimals,
                         q->unit);
    }
    return r;
}

/* Of an optimisation under way. */
static int add_forces(struct facts *facts, const json_t *results) {
    const char *words = forecast_forces_words(json_object_get(results, "forecast"));
    bool good = strcmp(words, "falling") == 0;

    return *words ? facts_add(facts, "forces", good ? FACT_GOOD : FACT_WARN,
                              "%s from step to step", words)
                  : 0;
}

static int add_costs(struct facts *facts, const json_t *full, const json_t *results) {
    char space[FORMAT_SIZE];
    double wall = number(results, "wall_seconds");
    double cpu = number(full, "cpu_seconds");
    double memory = number(full, "peak_memory_bytes");
    int r = 0;

    if (isfinite(wall)) {
        r = facts_add(facts, "wall time", FACT_PLAIN, "%s",
                      format_seconds(space, wall));
    }
    if (r == 0 && isfinite(cpu)) {
        r = facts_add(facts, "CPU time", FACT_PLAIN, "%s", format_seconds(space, cpu));
    }
    if (r == 0 && isfinite(memory)) {
        r = facts_add(facts, "peak memory", FACT_PLAIN, "%s",
                      format_bytes(space, memory));
    }
    return r;
}

/* The command line, with spaces between the words: to be read, not to be pasted. */
static int add_command(struct facts *facts, const json_t *command) {
    char line[512];
    size_t used = 0;

    for (size_t i = code_command_wrapped(command);
         i < json_array_size(command) && used < sizeof line; i++) {
        const char *word = json_string_value(json_array_get(command, i));
        int n = snprintf(line + used, sizeof line - used, "%s%s", used ? " " : "",
                         word ? word : "");
        used += n > 0 ? (size_t)n : 0;
    }
    return used ? facts_add(facts, "command", FACT_QUIET, "%s", line) : 0;
}

/* Another one that belongs to the same run. */
static int add_job(struct facts *facts, const char *label, const json_t *full,
                   const char *member) {
    json_int_t id = json_integer_value(json_object_get(full, member));

    return id > 0 ? facts_add(facts, label, FACT_PLAIN, "job %" JSON_INTEGER_FORMAT, id)
                  : 0;
}

/* Where it goes, and what it asks for there. */
static int add_cluster(struct facts *facts, const struct summary *job,
                       const json_t *full) {
    json_int_t there = json_integer_value(json_object_get(full, "slurm_id"));
    json_t *asked = json_object_get(full, "asked");
    char line[512];
    size_t used = 0;
    const char *name = NULL;
    json_t *value = NULL;
    int r = there > 0
                ? facts_add(facts, "cluster", FACT_QUIET,
                            "%s, as job %" JSON_INTEGER_FORMAT, job->cluster, there)
                : facts_add(facts, "cluster", FACT_QUIET, "%s", job->cluster);

    json_object_foreach(asked, name, value) {
        if (json_is_string(value) && used < sizeof line) {
            int n = snprintf(line + used, sizeof line - used, "%s%s %s",
                             used ? ", " : "", name, json_string_value(value));
            used += n > 0 ? (size_t)n : 0;
        }
    }
    return r || used == 0 ? r : facts_add(facts, "asks for", FACT_QUIET, "%s", line);
}

static int add_background(struct facts *facts, const struct summary *job,
                          const json_t *full, const json_t *results) {
    const char *version = text_of(results, "version");
    const char *title = summary_code_title(job);
    int r = 0;

    if (!str_empty(job->note)) {
        r = facts_add(facts, "note", FACT_PLAIN, "%s", job->note);
    }
    if (r == 0 && job->tags) {
        r = facts_add(facts, "tags", FACT_PLAIN, "%s", job->tags);
    }
    if (r == 0 && !str_empty(job->code) && strcmp(job->code, "command") != 0) {
        bool named = version && str_starts_with(version, title);
        r = facts_add(facts, "code", FACT_QUIET, "%s%s%s", named ? "" : title,
                      version && !named ? " " : "", version ? version : "");
    }
    if (r == 0 && job->cores > 0) {
        r = facts_add(facts, "cores", FACT_QUIET, "%d", job->cores);
    }
    if (r == 0 && json_is_true(json_object_get(full, "imported"))) {
        r = facts_add(facts, "imported", FACT_QUIET, "it ran elsewhere");
    }
    r = r ? r : add_command(facts, json_object_get(full, "command"));
    r = r || !job->cluster ? r : add_cluster(facts, job, full);
    r = r ? r : add_path(facts, "folder", job->directory);
    r = r ? r : add_file(facts, "input", job, job->input);
    r = r ? r : add_file(facts, "output", job, job->output);
    r = r ? r : add_file(facts, "errors", job, text_of(full, "error_output"));
    r = r ? r : add_time(facts, "submitted", job->created_ms);
    r = r ? r : add_time(facts, "started", job->started_ms);
    return r ? r : add_time(facts, "finished", job->finished_ms);
}

int facts_build(struct facts *out, const struct summary *job, const json_t *full) {
    const json_t *results = json_object_get(full, "results");
    int r;

    *out = (struct facts){0};
    r = add_reason(out, job);
    r = r ? r : add_job(out, "goes on with", full, "continues");
    r = r ? r : add_job(out, "continued by", full, "continued_by");
    r = r ? r : add_problems(out, results);
    r = r ? r : add_energy(out, job, results);
    r = r ? r : add_scf(out, job, results);
    r = r ? r : add_quantities(out, results);
    r = r ? r : add_forces(out, results);
    r = r ? r : add_costs(out, full, results);
    return r ? r : add_background(out, job, full, results);
}

void facts_deinit(struct facts *facts) {
    for (size_t i = 0; i < facts->n; i++) {
        free(facts->items[i].text);
    }
    free(facts->items);
    *facts = (struct facts){0};
}
