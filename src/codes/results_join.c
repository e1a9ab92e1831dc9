/* One set of results out of those of several files of a run. The first leads: what it
 * says stays, what it does not say is taken from the others. */
#include "codes/results.h"

#include <errno.h>
#include <math.h>
#include <string.h>

/* No code prints fewer digits. */
#define ENERGIES_DIFFER_EV 1.0e-3

static bool is_empty(const json_t *value) {
    return !value || json_is_null(value) ||
           (json_is_array(value) && json_array_size(value) == 0);
}

/* Keys that only mean something together. */
static const char *const groups[][5] = {
    {"energy_ev", "free_energy_ev", "energy_with_corrections_ev", "energy"},
    {"vbm_ev", "cbm_ev", "gap_ev"},
    {"cell", "natoms", "formula", "atoms"},
    {"pressure_gpa", "stress_gpa"},
};

enum {
    GROUPS = sizeof(groups) / sizeof(*groups),
};

static bool is_grouped(const char *key) {
    for (size_t i = 0; i < GROUPS; i++) {
        for (size_t k = 0; groups[i][k]; k++) {
            if (strcmp(groups[i][k], key) == 0) {
                return true;
            }
        }
    }
    return false;
}

static size_t count_known(const json_t *results, size_t group) {
    size_t n = 0;
    for (size_t k = 0; groups[group][k]; k++) {
        n += !is_empty(json_object_get(results, groups[group][k]));
    }
    return n;
}

static int take_group(json_t *into, const json_t *other, size_t group) {
    if (count_known(into, group) >= count_known(other, group)) {
        return 0;
    }
    for (size_t k = 0; groups[group][k]; k++) {
        const char *key = groups[group][k];
        json_t *value = json_object_get(other, key);
        if (!value) {
            (void)json_object_del(into, key);
        } else if (json_object_set(into, key, value) < 0) {
            return -ENOMEM;
        }
    }
    return 0;
}

static bool is(const json_t *object, const char *key, const char *text) {
    const char *value = json_string_value(json_object_get(object, key));
    return value && strcmp(value, text) == 0;
}

static bool has_category(const json_t *problems, const char *category) {
    size_t i = 0;
    const json_t *problem = NULL;
    json_array_foreach(problems, i, problem) {
        if (is(problem, "category", category)) {
            return true;
        }
    }
    return false;
}

/* Who ended the run, or what did. */
static bool is_killing(const json_t *problem) {
    return is(problem, "category", "killed") ||
           is(problem, "category", "out_of_time") ||
           is(problem, "category", "out_of_memory");
}

static bool tells_of_killing(const json_t *results) {
    size_t i = 0;
    const json_t *problem = NULL;
    json_array_foreach(json_object_get(results, "problems"), i, problem) {
        if (is_killing(problem)) {
            return true;
        }
    }
    return false;
}

/* That an output just ends has its reason in another file that says why. */
static void drop_truncated(json_t *results) {
    json_t *problems = json_object_get(results, "problems");
    for (size_t i = json_array_size(problems); i-- > 0;) {
        if (is(json_array_get(problems, i), "category", "truncated")) {
            (void)json_array_remove(problems, i);
        }
    }
}

/* What the file that leads has said better: a vasprun.xml does not hold that the last
 * step which NSW allows was enough. */
static bool is_settled(const json_t *into, const char *category) {
    return json_is_true(json_object_get(into, "converged")) &&
           (strcmp(category, "geometry_not_converged") == 0 ||
            strcmp(category, "scf_not_converged") == 0);
}

/* Each kind of trouble once, in the words of the file that leads. That a text just ends
 * is of no interest in a file beside it. */
static int join_problems(json_t *into, const json_t *other) {
    if (tells_of_killing(other)) {
        drop_truncated(into);
    }
    json_t *known = json_object_get(into, "problems");
    size_t i = 0;
    json_t *problem = NULL;
    json_array_foreach(json_object_get(other, "problems"), i, problem) {
        const char *category = json_string_value(json_object_get(problem, "category"));
        bool news = category && strcmp(category, "truncated") != 0 &&
                    !is_settled(into, category) && !has_category(known, category);
        if (news && json_array_append(known, problem) < 0) {
            return -ENOMEM;
        }
    }
    return 0;
}

static int fail(json_t *into) {
    drop_truncated(into);
    return json_object_set_new(into, "status", json_string("failed")) < 0 ||
                   json_object_set(into, "converged", json_false()) < 0
               ? -ENOMEM
               : 0;
}

static bool have_other_energies(const json_t *into, const json_t *other) {
    const json_t *a = json_object_get(into, "energy_ev");
    const json_t *b = json_object_get(other, "energy_ev");
    return json_is_number(a) && json_is_number(b) &&
           fabs(json_number_value(a) - json_number_value(b)) > ENERGIES_DIFFER_EV;
}

/* pw.x writes its XML anew each time; CRYSTAL's analyses are calculations of another
 * name that go with the run. */
static bool are_other_calculations(const json_t *into, const json_t *other) {
    const char *a = json_string_value(json_object_get(into, "calculation"));
    return a && is(into, "code", "quantum_espresso") &&
           json_is_string(json_object_get(other, "calculation")) &&
           !is(other, "calculation", a);
}

/* Of two files of one run that tell of its end both tell the same: what tells otherwise
 * is left of a run before this one. */
static bool is_of_another_run(const json_t *into, const json_t *other) {
    bool finished = is(into, "status", "finished");
    if (!is(other, "status", "finished")) {
        return finished && (is(other, "status", "failed") || tells_of_killing(other));
    }
    bool broken = is(into, "status", "failed") || is(into, "status", "truncated");
    return broken || are_other_calculations(into, other) ||
           (finished && have_other_energies(into, other));
}

/* One that has ended, as another file knows, does not go on. */
static int drop_forecast(json_t *results) {
    bool over = is(results, "status", "finished") || is(results, "status", "failed");
    bool has = json_object_get(results, "forecast") != NULL;
    return has && over ? json_object_set_new(results, "forecast", json_null()) : 0;
}

int results_join(json_t *into, const json_t *other) {
    const char *key = NULL;
    json_t *value = NULL;
    if (is_of_another_run(into, other)) {
        return 0;
    }
    int r = join_problems(into, other);
    r = r == 0 && is(other, "status", "failed") ? fail(into) : r;
    for (size_t i = 0; r == 0 && i < GROUPS; i++) {
        r = take_group(into, other, i);
    }
    json_object_foreach((json_t *)other, key, value) {
        if (r == 0 && !is_grouped(key) && is_empty(json_object_get(into, key)) &&
            !is_empty(value) && strcmp(key, "problems") != 0) {
            r = json_object_set(into, key, value) < 0 ? -ENOMEM : 0;
        }
    }
    return r < 0 || drop_forecast(into) < 0 ? -ENOMEM : 0;
}
