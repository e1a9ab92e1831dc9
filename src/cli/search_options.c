/* What people ask for when they look for jobs, and how it travels: times in UTC,
 * folders as absolute paths. What is wrong is said here, before a server is started. */
#include "cli/search_options.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/path.h"
#include "base/quantity.h"
#include "cli/remote.h"
#include "cli/say.h"
#include "cli/submit_options.h"
#include "codes/code.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* "running,queued" as an array. Returns a status. */
static int read_states(const char *text, json_t **out) {
    _cleanup_json_ json_t *states = say_need(json_array());
    const char *const *known = command_words(ARG_STATE);
    for (const char *at = text;;) {
        size_t n = strcspn(at, ",");
        _cleanup_free_ char *word = say_need(strndup(at, n));
        size_t i = 0;
        while (known[i] && strcmp(known[i], word) != 0) {
            i++;
        }
        if (!known[i]) {
            const char *near = command_nearest_word(known, word);
            return near ? say_usage("there is no state '%s'; did you mean '%s'?", word,
                                    near)
                        : say_usage(
                              "there is no state '%s'; `crystalmath help jobs` lists "
                              "them",
                              word);
        }
        if (json_array_append_new(states, json_string(word)) < 0) {
            say_no_memory();
        }
        if (!at[n]) {
            break;
        }
        at += n + 1;
    }
    *out = TAKE_PTR(states);
    return CLI_OK;
}

static int put_states(const struct args *args, json_t *params) {
    const char *text = args_value(args, "state");
    json_t *states = NULL;
    int status = text ? read_states(text, &states) : CLI_OK;
    if (states) {
        submit_put(params, "state", states);
    }
    return status;
}

static int put_text(const char *option, const char *text, json_t *params) {
    json_t *json = submit_utf8(option, text);
    if (!json) {
        return CLI_FAILED;
    }
    submit_put(params, option, json);
    return CLI_OK;
}

/* An unknown one would find nothing, and not say why. */
static int check_code(const struct args *args) {
    const char *text = args_value(args, "code");
    if (!text || strcmp(text, "command") == 0 || code_by_name(text)) {
        return CLI_OK;
    }
    return say_usage("there is no code '%s'; there are quantum_espresso, vasp, crystal "
                     "and, of any other program, command",
                     text);
}

static int put_texts(const struct args *args, json_t *params) {
    static const char *const options[] = {"name", "code", "tag", "text"};
    int status = CLI_OK;
    for (size_t i = 0; status == CLI_OK && i < sizeof options / sizeof *options; i++) {
        const char *text = args_value(args, options[i]);
        status = text ? put_text(options[i], text, params) : CLI_OK;
    }
    return status;
}

/* Not resolved: a job's folder is what it was called at submission, and may be gone. */
static int put_directory(const struct args *args, json_t *params) {
    const char *given = args_value(args, "directory");
    _cleanup_free_ char *path = NULL;
    if (!given) {
        return CLI_OK;
    }
    int r = path_absolute(&path, given);
    if (r == -ENOMEM) {
        say_no_memory();
    }
    if (r < 0) {
        say_error("the current directory: %s", strerror(-r));
        return CLI_FAILED;
    }
    path_clean(path);
    return put_text("directory", path, params);
}

static int put_times(const struct args *args, json_t *params) {
    static const struct {
        const char *option;
        const char *key;
    } times[] = {
        {"submitted-from", "created_from"},
        {"submitted-to", "created_to"},
        {"ended-from", "finished_from"},
        {"ended-to", "finished_to"},
    };
    for (size_t i = 0; i < sizeof times / sizeof *times; i++) {
        const char *text = args_value(args, times[i].option);
        char utc[CLOCK_ISO8601_SIZE];
        int64_t when = 0;
        if (!text) {
            continue;
        }
        if (quantity_past(text, clock_realtime_ms(), &when) < 0) {
            return say_usage("--%s %s: a time is expected here, such as 18:30, "
                             "2026-01-31, 2026-01-31T18:30, or 2h for two hours ago",
                             times[i].option, text);
        }
        submit_put(params, times[i].key, json_string(clock_format_iso8601(when, utc)));
    }
    return CLI_OK;
}

static int put_energies(const struct args *args, json_t *params) {
    static const struct {
        const char *option;
        const char *key;
    } energies[] = {
        {"energy-min", "energy_min_ev"},
        {"energy-max", "energy_max_ev"},
    };
    for (size_t i = 0; i < sizeof energies / sizeof *energies; i++) {
        const char *text = args_value(args, energies[i].option);
        char *end = NULL;
        double value = text ? strtod(text, &end) : 0;
        if (text && (end == text || *end || !isfinite(value))) {
            return say_usage(
                "--%s %s: an energy in eV is expected here, such as -215.6",
                energies[i].option, text);
        }
        if (text) {
            submit_put(params, energies[i].key, json_real(value));
        }
    }
    return CLI_OK;
}

static int put_converged(const struct args *args, json_t *params) {
    const char *text = args_value(args, "converged");
    if (!text) {
        return CLI_OK;
    }
    bool yes = strcmp(text, "yes") == 0;
    if (!yes && strcmp(text, "no") != 0) {
        return say_usage("--converged %s: yes or no is expected here", text);
    }
    submit_put(params, "converged", json_boolean(yes));
    return CLI_OK;
}

int search_options(const struct args *args, json_t *params) {
    int status = put_states(args, params);
    status = status ? status : check_code(args);
    status = status ? status : put_texts(args, params);
    status = status ? status : put_directory(args, params);
    status = status ? status : put_times(args, params);
    status = status ? status : put_energies(args, params);
    return status ? status : put_converged(args, params);
}
