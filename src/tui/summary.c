/* A job summary, read from JSON into plain fields. Copies what it keeps. */
#include "tui/summary.h"

#include "base/clock.h"
#include "base/path.h"
#include "base/str.h"
#include "codes/code.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    SHORT_MS = 10000, /* a run that was shorter is told in tenths of a second */
};

static const char *const state_words[SUMMARY_N_STATES] = {
    "held",      "queued", "starting",  "running", "cancelling",
    "completed", "failed", "cancelled", "lost",    "unknown",
};

static enum summary_state state_from_word(const char *word) {
    for (int i = 0; word && i < SUMMARY_UNKNOWN; i++) {
        if (strcmp(word, state_words[i]) == 0) {
            return (enum summary_state)i;
        }
    }
    return SUMMARY_UNKNOWN;
}

/* A copy of a string member, NULL when it is absent or null. 0 or -ENOMEM. */
static int copy_text(char **out, const json_t *object, const char *key) {
    const char *text = json_string_value(json_object_get(object, key));

    *out = text ? strdup(text) : NULL;
    return text && !*out ? -ENOMEM : 0;
}

/* The tags with commas between, NULL when there are none. 0 or -ENOMEM. */
static int join_tags(char **out, const json_t *tags) {
    size_t size = 1;
    size_t i;
    json_t *tag;

    *out = NULL;
    json_array_foreach((json_t *)tags, i, tag) {
        size += json_string_length(tag) + 2;
    }
    if (size == 1) {
        return 0;
    }
    char *text = malloc(size);
    if (!text) {
        return -ENOMEM;
    }
    char *end = text;
    json_array_foreach((json_t *)tags, i, tag) {
        const char *word = json_string_value(tag);
        end += snprintf(end, size - (size_t)(end - text), "%s%s", i > 0 ? ", " : "",
                        word ? word : "");
    }
    *out = text;
    return 0;
}

static int64_t time_member(const json_t *object, const char *key) {
    const char *text = json_string_value(json_object_get(object, key));
    int64_t ms = 0;

    return text && clock_parse_iso8601(text, &ms) == 0 ? ms : 0;
}

static int int_member(const json_t *object, const char *key) {
    json_int_t value = json_integer_value(json_object_get(object, key));

    return value < 0 || value > INT32_MAX ? 0 : (int)value;
}

static double number_member(const json_t *object, const char *key) {
    const json_t *value = json_object_get(object, key);

    return json_is_number(value) ? json_number_value(value) : NAN;
}

static void read_progress(struct summary *job, const json_t *progress) {
    const json_t *converged = json_object_get(progress, "converged");

    job->has_progress = json_is_object(progress);
    job->scf = int_member(progress, "scf");
    job->cycle = int_member(progress, "cycle");
    job->energy_ev = number_member(progress, "energy_ev");
    job->delta_ev = number_member(progress, "delta_ev");
    job->accuracy_ev = number_member(progress, "accuracy_ev");
    job->converged = json_is_boolean(converged) ? json_is_true(converged) : -1;
}

/* 0 or -ENOMEM. */
static int read_forecast(struct summary *job, const json_t *forecast) {
    char words[FORECAST_WORDS_SIZE];

    if (!*forecast_badge_words(forecast, words)) {
        return 0;
    }
    job->forecast = strdup(words);
    job->forecast_mood = forecast_mood(forecast);
    if (!job->forecast) {
        return -ENOMEM;
    }
    if (*forecast_range_words(forecast, MB_CUR_MAX > 1, words)) {
        job->forecast_range = strdup(words);
        return job->forecast_range ? 0 : -ENOMEM;
    }
    return 0;
}

static void read_end(struct summary *job, const json_t *summary) {
    const json_t *exit_code = json_object_get(summary, "exit_code");
    const json_t *signal = json_object_get(summary, "signal");

    job->has_exit_code = json_is_integer(exit_code);
    job->exit_code = (int)json_integer_value(exit_code);
    job->has_signal = json_is_integer(signal);
    job->signal = (int)json_integer_value(signal);
}

int summary_from_json(struct summary *out, const json_t *summary) {
    const json_t *id = json_object_get(summary, "id");
    struct summary job = {.id = json_integer_value(id)};

    if (!json_is_integer(id) || job.id <= 0) {
        return -EINVAL;
    }
    job.state = state_from_word(json_string_value(json_object_get(summary, "state")));
    job.cores = int_member(summary, "cores");
    job.created_ms = time_member(summary, "created_at");
    job.started_ms = time_member(summary, "started_at");
    job.finished_ms = time_member(summary, "finished_at");
    read_end(&job, summary);
    read_progress(&job, json_object_get(summary, "progress"));
    if (copy_text(&job.name, summary, "name") ||
        copy_text(&job.code, summary, "code") ||
        copy_text(&job.reason, summary, "reason") ||
        copy_text(&job.directory, summary, "directory") ||
        copy_text(&job.cluster, summary, "cluster") ||
        copy_text(&job.input, summary, "input") ||
        copy_text(&job.output, summary, "output") ||
        copy_text(&job.note, summary, "note") ||
        join_tags(&job.tags, json_object_get(summary, "tags")) ||
        read_forecast(&job, json_object_get(summary, "forecast"))) {
        summary_deinit(&job);
        return -ENOMEM;
    }
    *out = job;
    return 0;
}

void summary_deinit(struct summary *job) {
    free(job->name);
    free(job->code);
    free(job->reason);
    free(job->directory);
    free(job->cluster);
    free(job->input);
    free(job->output);
    free(job->tags);
    free(job->note);
    free(job->forecast);
    free(job->forecast_range);
    *job = (struct summary){0};
}

const char *summary_state_word(enum summary_state state) {
    return state_words[state];
}

bool summary_is_final(const struct summary *job) {
    return job->state >= SUMMARY_COMPLETED && job->state <= SUMMARY_LOST;
}

bool summary_is_in_vain(const struct summary *job) {
    return job->state == SUMMARY_COMPLETED && job->converged == 0;
}

bool summary_is_active(const struct summary *job) {
    return job->started_ms > 0 && job->finished_ms == 0 && !summary_is_final(job);
}

const char *summary_code_title(const struct summary *job) {
    const struct code *code = job->code ? code_by_name(job->code) : NULL;

    return code ? code_title(code) : job->code ? job->code : "";
}

char *summary_elapsed(const struct summary *job, int64_t now_ms,
                      char out[FORMAT_SIZE]) {
    bool unknown_end = job->finished_ms == 0 && summary_is_final(job);

    out[0] = '\0';
    if (job->started_ms == 0 || unknown_end) {
        return out;
    }
    int64_t ms = (job->finished_ms ? job->finished_ms : now_ms) - job->started_ms;
    if (job->finished_ms && ms >= 0 && ms < SHORT_MS) {
        (void)snprintf(out, FORMAT_SIZE, "%.1f s", (double)ms / 1000);
        return out;
    }
    return format_elapsed(out, ms / 1000);
}

static bool contains(const char *text, const char *word) {
    return text && strcasestr(text, word);
}

static bool job_has_word(const struct summary *job, const char *word) {
    char id[32];

    (void)snprintf(id, sizeof id, "%lld", (long long)job->id);
    return contains(job->name, word) ||
           contains(summary_state_word(job->state), word) ||
           contains(summary_code_title(job), word) || contains(id, word) ||
           contains(job->directory ? path_basename(job->directory) : NULL, word) ||
           contains(job->input, word) || contains(job->tags, word);
}

bool summary_matches(const struct summary *job, const char *filter) {
    char word[128];

    for (const char *p = filter + strspn(filter, " "); *p; p += strspn(p, " ")) {
        size_t n = strcspn(p, " ");
        (void)snprintf(word, sizeof word, "%.*s", (int)n, p);
        if (!job_has_word(job, word)) {
            return false;
        }
        p += n;
    }
    return true;
}
