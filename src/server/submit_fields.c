/* When a job may start, what it may take, how often it is tried, and how people find
 * it: the fields of a submission that do not tell what runs. */
#include "server/submit.h"

#include "base/clock.h"
#include "base/quantity.h"
#include "base/str.h"
#include "job/cluster.h"
#include "job/job.h"
#include "job/tags.h"
#include "server/clusters.h"
#include "server/engine.h"
#include "server/methods/methods.h"
#include "server/queue.h"
#include "server/server.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

static int read_begin(struct request *request, struct job *job) {
    const char *begin = request_string(request, "begin_at");
    if (begin && clock_parse_iso8601(begin, &job->begin_at) < 0) {
        return request_fail(request, RPC_INVALID_PARAMS,
                            "begin_at is a time in UTC such as 2026-01-31T18:30:00Z, "
                            "not '%.100s'",
                            begin);
    }
    return 0;
}

static int read_chain(struct request *request, struct job *job) {
    job->chain = (int)request_integer(request, "chain", 0);
    if (job->chain > 0 && !job->input) {
        return request_fail(request, RPC_INVALID_PARAMS,
                            "'chain' is for an input: of a command it is not known how "
                            "it goes on");
    }
    if (job->chain > 0 && job->time_limit_seconds == 0 && !job->cluster) {
        return request_fail(
            request, RPC_INVALID_PARAMS,
            "'chain' continues a run that its time limit has ended, and "
            "the job has none; give one (`crystalmath submit --time`)");
    }
    return 0;
}

/* Who asks for more than there is would wait for ever. */
static int read_memory(struct request *request, struct job *job) {
    char asked[QUANTITY_SIZE_TEXT];
    char most[QUANTITY_SIZE_TEXT];
    const struct config *config = request->server->options->config;
    bool set = config_source(config, CONFIG_SERVER_MEMORY) != CONFIG_FROM_DEFAULT;
    int64_t given = request->server->engine->schedule.memory_bytes;
    job->memory_bytes = request_integer(request, "memory_bytes", 0);
    if (job->cluster) {
        return 0;
    }
    if (given > 0 && job->memory_bytes > given) {
        return request_fail(
            request, RPC_INVALID_PARAMS,
            "the job asks for %s of memory, but %s %s%s; it could never "
            "start. Ask for at most %" PRId64 "M",
            quantity_size_text(job->memory_bytes, asked),
            set ? "all jobs together may take" : "this machine has",
            quantity_size_text(given, most),
            set ? " ([server] memory, which `crystalmath config` shows)" : "",
            given / (1 << 20));
    }
    return 0;
}

static int read_dependency(struct request *request, const json_t *one,
                           struct job_dependency *out) {
    const json_t *id = json_object_get(one, "id");
    const json_t *kind = json_object_get(one, "kind");
    *out = (struct job_dependency){.id = json_integer_value(id), .kind = JOB_AFTER_OK};
    if (out->id < 1 ||
        (kind && (!json_is_string(kind) ||
                  job_after_from_name(json_string_value(kind), &out->kind) < 0))) {
        return request_fail(request, RPC_INVALID_PARAMS,
                            "each of 'after' is an object with the id of a job and a "
                            "kind: ok, any or not-ok");
    }
    _cleanup_(job_freep) struct job *stored = NULL;
    const struct job *other = NULL;
    int r = method_find_job(request, out->id, &other, &stored);
    if (r == 0 && job_after_fate(out->kind, other) == JOB_FATE_NEVER) {
        return request_fail(
            request, RPC_SERVER_ERROR,
            "this job could never start: it waits for job %" PRId64 " to end %s, which "
            "has ended already and is %s; `crystalmath show %" PRId64 "` tells how",
            out->id, out->kind == JOB_AFTER_OK ? "well" : "badly",
            job_state_name(other->state), out->id);
    }
    return r;
}

static int read_after(struct request *request, struct job *job) {
    const json_t *after = json_object_get(request->params, "after");
    size_t n = json_array_size(after);
    if (n == 0) {
        return 0;
    }
    if (n > SUBMIT_AFTER_MAX) {
        return request_fail(request, RPC_INVALID_PARAMS,
                            "a job waits for at most %d others, not for %zu",
                            SUBMIT_AFTER_MAX, n);
    }
    job->after = calloc(n, sizeof *job->after);
    if (!job->after) {
        return -ENOMEM;
    }
    for (size_t i = 0; i < n; i++) {
        int r = read_dependency(request, json_array_get(after, i), &job->after[i]);
        if (r != 0) {
            return r;
        }
        job->n_after++;
    }
    return 0;
}

int submit_check_tags(struct request *request, const json_t *tags) {
    size_t n = json_array_size(tags);
    if (n > TAGS_MAX) {
        return request_fail(request, RPC_INVALID_PARAMS,
                            "a job has at most %d tags, not %zu", TAGS_MAX, n);
    }
    for (size_t i = 0; i < n; i++) {
        const char *tag = json_string_value(json_array_get(tags, i));
        if (!tag_is_valid(tag)) {
            return request_fail(request, RPC_INVALID_PARAMS,
                                "'%.100s' cannot be a tag: a tag has 1 to %d bytes, "
                                "no comma and no control character",
                                tag, TAG_SIZE_MAX);
        }
    }
    return 0;
}

static int read_tags(struct request *request, struct job *job) {
    const json_t *tags = json_object_get(request->params, "tags");
    int r = submit_check_tags(request, tags);
    if (r == 0 && json_array_size(tags) > 0) {
        r = submit_strings(tags, &job->tags);
        tags_sort(job->tags);
    }
    return r;
}

int submit_check_note(struct request *request, const char *note) {
    return strlen(note) <= SUBMIT_NOTE_MAX
               ? 0
               : request_fail(request, RPC_INVALID_PARAMS,
                              "a note has at most %d bytes, this one has %zu",
                              SUBMIT_NOTE_MAX, strlen(note));
}

static int read_note(struct request *request, struct job *job) {
    const char *note = request_string(request, "note");
    if (str_empty(note)) {
        return 0;
    }
    int r = submit_check_note(request, note);
    if (r != 0) {
        return r;
    }
    job->note = strdup(note);
    return job->note ? 0 : -ENOMEM;
}

/* Where the submission names none. */
static int64_t usual_limit(const struct request *request, const struct job *job) {
    const struct queue *queue =
        job->cluster ? clusters_find(request->server->clusters, job->cluster) : NULL;
    return queue ? cluster_time(queue_record(queue))
                 : (config_number(request->server->options->config,
                                  CONFIG_JOBS_TIME_LIMIT) +
                    999) /
                       1000;
}

int submit_read_fields(struct request *request, struct job *job) {
    job->priority = (int)request_integer(request, "priority", 0);
    const struct config *config = request->server->options->config;
    job->time_limit_seconds =
        request_integer(request, "time_limit", usual_limit(request, job));
    job->retries = (int)request_integer(request, "retries",
                                        config_number(config, CONFIG_JOBS_RETRIES));
    int r = read_chain(request, job);
    r = r ? r : read_memory(request, job);
    r = r ? r : read_begin(request, job);
    r = r ? r : read_after(request, job);
    r = r ? r : read_tags(request, job);
    r = r ? r : read_note(request, job);
    if (r == 0) {
        job->state = request_boolean(request, "hold") ? JOB_HELD : JOB_QUEUED;
    }
    return r;
}
