/* Building JSON for jobs. */
#include "server/job_json.h"

#include "base/clock.h"
#include "base/str.h"
#include "codes/code.h"
#include "job/placement.h"
#include "slurm/script.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>

json_t *json_number_or_null(double value) {
    return isfinite(value) ? json_real(value) : json_null();
}

json_t *json_text_or_null(const char *text) {
    if (!text) {
        return json_null();
    }
    json_t *plain = json_string(text);
    if (plain) {
        return plain;
    }
    _cleanup_free_ char *mended = str_to_utf8(text, strlen(text));
    return mended ? json_string(mended) : NULL;
}

json_t *json_time_or_null(int64_t realtime_ms) {
    char text[CLOCK_ISO8601_SIZE];
    return realtime_ms == 0 ? json_null()
                            : json_string(clock_format_iso8601(realtime_ms, text));
}

int json_put(json_t *object, const char *key, json_t *value_take) {
    return json_object_set_new(object, key, value_take) < 0 ? -ENOMEM : 0;
}

int job_output_path(const struct job *job, const char *runs_dir, char **out) {
    if (!str_empty(job->output)) {
        *out = strdup(job->output);
        return *out ? 0 : -ENOMEM;
    }
    char array[PLACEMENT_VALUE_SIZE];
    if (*placement_get(job->placement, PLACEMENT_ARRAY, array)) {
        return str_printf(out, "%s/crystalmath-%" PRId64 "_%s", job->directory, job->id,
                          SLURM_TASK_OUTPUT);
    }
    return job->attempt > 1
               ? str_printf(out, "%s/%" PRId64 ".%d/output", runs_dir, job->id,
                            job->attempt)
               : str_printf(out, "%s/%" PRId64 "/output", runs_dir, job->id);
}

static json_t *progress_json(const struct job_progress *p) {
    static const char *const status[] = {"truncated", "finished", "failed"};
    if (p->scf == 0 && p->status == 0) {
        return json_null();
    }
    json_t *object = json_object();
    int r = object ? 0 : -ENOMEM;
    r = r ? r : json_put(object, "scf", json_integer(p->scf));
    r = r ? r : json_put(object, "cycle", json_integer(p->cycle));
    r = r ? r : json_put(object, "energy_ev", json_number_or_null(p->energy_ev));
    r = r ? r : json_put(object, "delta_ev", json_number_or_null(p->delta_ev));
    r = r ? r : json_put(object, "accuracy_ev", json_number_or_null(p->accuracy_ev));
    r = r ? r : json_put(object, "step", json_integer(p->step));
    r = r ? r
          : json_put(object, "converged",
                     p->converged < 0 ? json_null() : json_boolean(p->converged));
    r = r ? r : json_put(object, "status", json_string(status[p->status % 3]));
    if (r < 0) {
        json_decref(object);
        return NULL;
    }
    return object;
}

json_t *job_forecast_json(const struct job *job) {
    const struct job_forecast *f = &job->progress.forecast;
    const struct code *code = job->code ? code_by_name(job->code) : NULL;
    const struct forecast_told told = {
        .forecast = {(enum forecast_badge)f->badge, (long)f->cycles_low,
                     (long)f->cycles_high, f->seconds_low, f->seconds_high},
        .forces = (enum forecast_badge)f->forces,
        .threshold_ev = f->threshold_ev,
        .cycles_left = (long)f->cycles_left,
        .limit_name = code ? code_cycle_limit_name(code) : NULL,
        .seconds_left = f->seconds_left,
    };
    return forecast_to_json(&told);
}

static int put_ends(json_t *object, const struct job *job) {
    int r = json_put(object, "created_at", json_time_or_null(job->created_at));
    r = r ? r : json_put(object, "started_at", json_time_or_null(job->started_at));
    r = r ? r : json_put(object, "finished_at", json_time_or_null(job->finished_at));
    r = r ? r
          : json_put(object, "exit_code",
                     job->exit_code == JOB_NO_EXIT_CODE ? json_null()
                                                        : json_integer(job->exit_code));
    r = r ? r
          : json_put(object, "signal",
                     job->signal == 0 ? json_null() : json_integer(job->signal));
    r = r ? r : json_put(object, "progress", progress_json(&job->progress));
    return r ? r : json_put(object, "forecast", job_forecast_json(job));
}

static json_t *tags_json(const struct job *job) {
    json_t *array = json_array();
    for (char **tag = job->tags; array && tag && *tag; tag++) {
        if (json_array_append_new(array, json_text_or_null(*tag)) < 0) {
            json_decref(array);
            return NULL;
        }
    }
    return array;
}

static json_t *after_json(const struct job *job) {
    json_t *array = json_array();
    for (size_t i = 0; array && i < job->n_after; i++) {
        const struct job_dependency *one = &job->after[i];
        if (json_array_append_new(array,
                                  json_pack("{s:I, s:s}", "id", (json_int_t)one->id,
                                            "kind", job_after_name(one->kind))) < 0) {
            json_decref(array);
            return NULL;
        }
    }
    return array;
}

static json_t *positive_or_null(int64_t value) {
    return value > 0 ? json_integer(value) : json_null();
}

/* What the submission asked for beside the cores. */
static int put_wishes(json_t *object, const struct job *job) {
    int r = json_put(object, "priority", json_integer(job->priority));
    r = r ? r : json_put(object, "memory_bytes", positive_or_null(job->memory_bytes));
    r = r ? r : json_put(object, "begin_at", json_time_or_null(job->begin_at));
    r = r ? r
          : json_put(object, "time_limit", positive_or_null(job->time_limit_seconds));
    r = r ? r : json_put(object, "retries", json_integer(job->retries));
    r = r ? r : json_put(object, "attempt", json_integer(job->attempt));
    r = r ? r : json_put(object, "after", after_json(job));
    r = r ? r : json_put(object, "tags", tags_json(job));
    r = r ? r : json_put(object, "note", json_text_or_null(job->note));
    r = r ? r : json_put(object, "cluster", json_text_or_null(job->cluster));
    r = r ? r
          : json_put(object, "slurm_id",
                     positive_or_null(placement_id(job->placement)));
    r = r ? r : json_put(object, "origin", json_text_or_null(job->origin));
    r = r ? r : json_put(object, "imported", json_boolean(job->imported));
    r = r ? r : json_put(object, "continues", positive_or_null(job->continues));
    return r ? r : json_put(object, "chain", json_integer(job->chain));
}

json_t *job_summary_json(const struct job *job, const char *runs_dir) {
    _cleanup_free_ char *output = NULL;
    json_t *object = json_object();
    int r = object ? job_output_path(job, runs_dir, &output) : -ENOMEM;
    r = r ? r : json_put(object, "id", json_integer(job->id));
    r = r ? r : json_put(object, "name", json_text_or_null(job->name));
    r = r ? r : json_put(object, "code", json_text_or_null(job->code));
    r = r ? r : json_put(object, "state", json_string(job_state_name(job->state)));
    r = r ? r : json_put(object, "reason", json_text_or_null(job->reason));
    r = r ? r : json_put(object, "directory", json_text_or_null(job->directory));
    r = r ? r : json_put(object, "input", json_text_or_null(job->input));
    r = r ? r : json_put(object, "output", json_text_or_null(output));
    r = r ? r : json_put(object, "cores", json_integer(job->cores));
    r = r ? r : put_wishes(object, job);
    r = r ? r : put_ends(object, job);
    if (r < 0) {
        json_decref(object);
        return NULL;
    }
    return object;
}
