/* jobs.*: get, cancel, subscribe. */
#include "server/methods/methods.h"
#include "server/methods/shapes.h"

#include "job/placement.h"
#include "job/tags.h"
#include "rpc/json_write.h"
#include "server/engine.h"
#include "server/follow.h"
#include "server/hub.h"
#include "server/job_file.h"
#include "server/job_json.h"
#include "server/run.h"
#include "server/run_slurm_array.h"
#include "server/server.h"
#include "server/submit.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int method_store_failed(struct request *request, int r) {
    if (r == -ENOMEM) {
        return r;
    }
    return request_fail(request, RPC_DATABASE_ERROR,
                        "the database %s failed: %s; `crystalmath server logs` tells "
                        "more",
                        request->server->options->db_path,
                        store_error(request->server->store));
}

static int no_such_job(struct request *request, int64_t id) {
    return request_fail(request, RPC_SERVER_ERROR,
                        "there is no job %" PRId64 "; `crystalmath jobs` lists them",
                        id);
}

int method_find_job(struct request *request, int64_t id, const struct job **out,
                    struct job **stored) {
    struct run *run = engine_find(request->server->engine, id);
    if (run) {
        *out = run_job(run);
        return 0;
    }
    int r = store_job_get(request->server->store, id, stored);
    if (r != 0) {
        return r == STORE_E_MISSING ? no_such_job(request, id)
                                    : method_store_failed(request, r);
    }
    *out = *stored;
    return 0;
}

int method_answer_summary(struct request *request, int64_t id) {
    _cleanup_(job_freep) struct job *stored = NULL;
    const struct job *job = NULL;
    int r = method_find_job(request, id, &job, &stored);
    if (r != 0) {
        return r;
    }
    request->result = engine_summary(request->server->engine, job);
    return request->result ? 0 : -ENOMEM;
}

int method_stored_job(struct request *request, int64_t id, struct job **out) {
    /* What only the start needed is on the disk. */
    (void)engine_write(request->server->engine);
    int r = store_job_get(request->server->store, id, out);
    return r == STORE_E_MISSING ? no_such_job(request, id)
           : r < 0              ? method_store_failed(request, r)
                                : 0;
}

static int add_history(int64_t at, enum job_state state, const char *reason,
                       void *data) {
    json_t *one = json_pack("{s:o, s:s, s:o}", "at", json_time_or_null(at), "state",
                            job_state_name(state), "reason", json_text_or_null(reason));
    return one && json_array_append_new(data, one) == 0 ? 0 : -ENOMEM;
}

static json_t *argv_json(const struct job *job) {
    json_t *array = json_array();
    for (char **arg = job->argv; array && arg && *arg; arg++) {
        if (json_array_append_new(array, json_text_or_null(*arg)) < 0) {
            json_decref(array);
            return NULL;
        }
    }
    return array;
}

static int put_history(struct request *request, json_t *object, int64_t id) {
    json_t *history = json_array();
    int r = history
                ? store_job_history(request->server->store, id, add_history, history)
                : -ENOMEM;
    if (r < 0) {
        json_decref(history);
        return method_store_failed(request, r);
    }
    return json_put(object, "history", history);
}

static int put_results(struct request *request, json_t *object, struct run *run,
                       int64_t id) {
    json_t *results = run ? run_results(run) : NULL;
    if (!run) {
        _cleanup_free_ char *text = NULL;
        int r = store_job_results(request->server->store, id, &text);
        if (r < 0) {
            return method_store_failed(request, r);
        }
        results = text ? json_loads(text, 0, NULL) : NULL;
    }
    return json_put(object, "results", results ? results : json_null());
}

static int put_continued(struct request *request, json_t *object, int64_t id) {
    int64_t by = 0;
    int r = store_job_continued(request->server->store, id, &by);
    return r < 0 ? method_store_failed(request, r)
                 : json_put(object, "continued_by",
                            by > 0 ? json_integer(by) : json_null());
}

/* An error output with nothing in it goes when its job ends. */
static bool is_gone(const struct job *job) {
    return job->error_output && job_state_is_final(job->state) &&
           access(job->error_output, F_OK) < 0 && errno == ENOENT;
}

static int put_files(struct request *request, json_t *object, const struct job *job) {
    _cleanup_free_ char *output = NULL;
    struct platform_file state;
    int r = job_output_path(job, request->server->options->runs_dir, &output);
    bool changed = r == 0 && platform_file(-1, output, &state) == 0 &&
                   job_file_changed(job, &state);
    r = r ? r : json_put(object, "output_changed", json_boolean(changed));
    return r ? r
             : json_put(object, "error_output",
                        json_text_or_null(is_gone(job) ? NULL : job->error_output));
}

/* What it asks the queue of its cluster for. */
static json_t *asked_json(const struct job *job) {
    json_t *asked = job->cluster ? json_object() : json_null();
    for (enum placement_key key = 0; json_is_object(asked) && key < PLACEMENT_WISHES;
         key++) {
        char value[PLACEMENT_VALUE_SIZE];
        if (*placement_get(job->placement, key, value) &&
            json_object_set_new(asked, placement_setting(key)->name,
                                json_string(value)) < 0) {
            json_decref(asked);
            return NULL;
        }
    }
    return asked;
}

static int jobs_get(struct request *request) {
    int64_t id = request_integer(request, "id", 0);
    _cleanup_(job_freep) struct job *whole = NULL;
    struct server *server = request->server;
    int r = method_stored_job(request, id, &whole);
    if (r != 0) {
        return r;
    }
    struct run *run = engine_find(server->engine, id);
    const struct job *job = run ? run_job(run) : whole;
    json_t *object = engine_summary(request->server->engine, job);
    request->result = object;
    r = object ? json_put(object, "command", argv_json(whole)) : -ENOMEM;
    r = r ? r : json_put(object, "inputs", submit_inputs_json(whole));
    r = r ? r : put_files(request, object, job);
    r = r ? r : json_put(object, "cpu_seconds", json_number_or_null(job->cpu_seconds));
    r = r ? r
          : json_put(object, "peak_memory_bytes",
                     job->peak_memory_bytes > 0 ? json_integer(job->peak_memory_bytes)
                                                : json_null());
    r = r ? r : json_put(object, "asked", asked_json(job));
    r = r ? r : json_put(object, "tasks", run_array_json(job, run));
    r = r ? r : put_continued(request, object, id);
    r = r ? r : put_history(request, object, id);
    return r ? r : put_results(request, object, run, id);
}

/* Done, and true for whoever asks this server, but a crash would undo it. */
int method_answer_pending(struct request *request, const char *done, ...) {
    const char *problem = engine_problem(request->server->engine);
    struct errmsg what = ERRMSG_NULL;
    va_list args;
    va_start(args, done);
    (void)vsnprintf(what.text, sizeof what.text, done, args);
    va_end(args);
    return request_fail(
        request, RPC_DATABASE_ERROR,
        "%s, but that is not on the disk yet: the database %s failed: %s. The change "
        "is written as soon as that is mended, unless the server is killed before; "
        "`crystalmath server status` tells",
        what.text, request->server->options->db_path,
        problem ? problem : "it could not be written");
}

static int answer_pending(struct request *request, int64_t id) {
    struct run *run = engine_find(request->server->engine, id);
    enum job_state state = run ? run_job(run)->state : JOB_CANCELLED;
    if (job_state_is_active(state) || job_state_is_final(state)) {
        return method_answer_pending(request, "job %" PRId64 " is %s now", id,
                                     run ? job_state_name(state) : "changed");
    }
    return method_answer_pending(request, "job %" PRId64 " is %s with priority %d now",
                                 id, job_state_name(state), run_job(run)->priority);
}

static int answer_elsewhere(struct request *request, int64_t id) {
    const struct run *run = engine_find(request->server->engine, id);
    char host[256] = "";
    if (run) {
        (void)run_is_elsewhere(run, host, sizeof host);
    }
    return request_fail(request, RPC_SERVER_ERROR,
                        "job %" PRId64
                        " runs on another machine, %s, and is cancelled from there: "
                        "type `crystalmath server stop` here, and `crystalmath cancel "
                        "%" PRId64 "` on %s (ssh %s)",
                        id, host, id, host, host);
}

/* One that waits in Slurm's queue is Slurm's to hold. */
static int answer_started(struct request *request, int64_t id) {
    struct run *run = engine_find(request->server->engine, id);
    const struct job *job = run ? run_job(run) : NULL;
    int64_t number = job ? placement_id(job->placement) : 0;
    return number > 0 && job->state == JOB_QUEUED
               ? request_fail(request, RPC_SERVER_ERROR,
                              "job %" PRId64 " waits in the queue of %s as job %" PRId64
                              ", which Slurm holds and lets go: scontrol hold %" PRId64
                              ", scontrol release %" PRId64
                              ", scontrol update JobId=%" PRId64 " Nice=N, there",
                              id, job->cluster, number, number, number, number)
               : request_fail(request, RPC_SERVER_ERROR,
                              "job %" PRId64
                              " does not wait in the queue; `crystalmath show %" PRId64
                              "` tells what it does",
                              id, id);
}

int method_answer_change(struct request *request, int64_t id, int r) {
    switch (r) {
    case 0:
        return method_answer_summary(request, id);
    case ENGINE_E_MISSING:
        return no_such_job(request, id);
    case ENGINE_E_TAGS:
        return request_fail(request, RPC_SERVER_ERROR,
                            "job %" PRId64 " would have more than %d tags; take some "
                            "away first",
                            id, TAGS_MAX);
    case ENGINE_E_FINISHED:
        return request_fail(request, RPC_SERVER_ERROR,
                            "job %" PRId64
                            " has ended already; `crystalmath show %" PRId64
                            "` tells how",
                            id, id);
    case ENGINE_E_STARTED:
        return answer_started(request, id);
    case ENGINE_E_ELSEWHERE:
        return answer_elsewhere(request, id);
    case ENGINE_E_PENDING:
        return answer_pending(request, id);
    default:
        return method_store_failed(request, r);
    }
}

static int jobs_cancel(struct request *request) {
    int64_t id = request_integer(request, "id", 0);
    return method_answer_change(request, id,
                                engine_cancel(request->server->engine, id));
}

static int append_summary(struct request *request, int64_t id) {
    _cleanup_(job_freep) struct job *stored = NULL;
    const struct job *job = NULL;
    int r = method_find_job(request, id, &job, &stored);
    return r ? r : engine_summary_text(request->server->engine, job, request->text);
}

/* The jobs named by `ids`, or the newest: what a subscriber starts from. */
static int append_snapshot(struct request *request, const json_t *ids) {
    if (!ids) {
        return method_newest_jobs(request,
                                  request_integer(request, "limit", METHOD_LIST_MAX));
    }
    int r = buf_append(request->text, "[", 1);
    for (size_t i = 0; r == 0 && i < json_array_size(ids); i++) {
        r = i > 0 ? buf_append(request->text, ",", 1) : 0;
        r = r ? r : append_summary(request, json_integer_value(json_array_get(ids, i)));
    }
    return r ? r : buf_append(request->text, "]", 1);
}

static void want_logs(struct engine *engine, const json_t *ids) {
    for (size_t i = 0; !ids && i < engine->runs.n; i++) {
        run_want_log(sorted_at(&engine->runs, i));
    }
    for (size_t i = 0; i < json_array_size(ids); i++) {
        struct run *run =
            engine_find(engine, json_integer_value(json_array_get(ids, i)));
        if (run) {
            run_want_log(run);
        }
    }
}

/* One of the job's files, from somewhere, instead of the new lines of its output. */
static bool names_file(const struct request *request) {
    return request_string(request, "file") ||
           request_integer(request, "offset", -1) >= 0;
}

/* For a subscription that was just made. *file is borrowed from the parameters; it
 * stays NULL where the job has ended. */
static int follow_file(struct request *request, int64_t subscription, int64_t job_id,
                       const char **file) {
    _cleanup_(job_freep) struct job *stored = NULL;
    const struct job *job = NULL;
    struct errmsg msg = ERRMSG_NULL;
    int r = method_find_job(request, job_id, &job, &stored);
    if (r != 0 || job_state_is_final(job->state)) {
        return r;
    }
    const char *which = request_string(request, "file");
    r = hub_follow(request->server->hub, request->peer, subscription, job, which,
                   request_integer(request, "offset", FOLLOW_FROM_END), &msg);
    switch (r) {
    case 0:
        *file = which ? which : "output";
        return 0;
    case HUB_E_REFUSED:
        return request_fail(request, RPC_INVALID_PARAMS, "%s", msg.text);
    case HUB_E_TOO_MANY:
        return request_fail(request, RPC_SERVER_ERROR,
                            "%d files are being followed already; end a subscription "
                            "with jobs.unsubscribe, or read with jobs.log",
                            HUB_FEEDS_MAX);
    default:
        return r;
    }
}

static int check_subscription(struct request *request, const json_t *ids) {
    if (json_array_size(ids) > HUB_JOBS_MAX) {
        return request_fail(
            request, RPC_INVALID_PARAMS,
            "a subscription names at most %d jobs; leave 'jobs' out for all",
            HUB_JOBS_MAX);
    }
    if (names_file(request) &&
        (!request_boolean(request, "logs") || json_array_size(ids) != 1)) {
        return request_fail(
            request, RPC_INVALID_PARAMS,
            "Invalid params: 'file' and 'offset' go with 'logs' and one "
            "job in 'jobs'");
    }
    return 0;
}

/* *file, borrowed, is the one whose lines are sent. */
static int send_lines(struct request *request, int64_t subscription, const json_t *ids,
                      const char **file) {
    if (!request_boolean(request, "logs")) {
        return 0;
    }
    if (!names_file(request)) {
        *file = "output";
        want_logs(request->server->engine, ids);
        return 0;
    }
    return follow_file(request, subscription,
                       json_integer_value(json_array_get(ids, 0)), file);
}

static int subscribe(struct request *request, const json_t *ids, int64_t *id) {
    size_t n = json_array_size(ids);
    _cleanup_free_ int64_t *numbers = calloc(n + 1, sizeof *numbers);
    if (!numbers) {
        return -ENOMEM;
    }
    for (size_t i = 0; i < n; i++) {
        numbers[i] = json_integer_value(json_array_get(ids, i));
    }
    int r = hub_subscribe(request->server->hub, request->peer, ids ? numbers : NULL, n,
                          request_boolean(request, "logs"), id);
    switch (r) {
    case HUB_E_TOO_MANY:
        return request_fail(request, RPC_SERVER_ERROR,
                            "this connection has %d subscriptions already; end one "
                            "with jobs.unsubscribe",
                            HUB_SUBSCRIPTIONS_MAX);
    case HUB_E_FULL:
        return request_fail_busy(request);
    default:
        return r;
    }
}

static int write_subscription(struct request *request, const json_t *ids, int64_t id) {
    const char *file = NULL;
    int r = buf_printf(request->text, "{\"subscription\":%" PRId64 ",\"jobs\":", id);
    r = r ? r : append_snapshot(request, ids);
    r = r ? r : send_lines(request, id, ids, &file);
    r = r ? r : buf_append_str(request->text, ",\"file\":");
    if (r != 0) {
        return r;
    }
    r = file ? json_write_string(request->text, file, strlen(file))
             : buf_append_str(request->text, "null");
    return r ? r : buf_append(request->text, "}", 1);
}

static int jobs_subscribe(struct request *request) {
    const json_t *ids = json_object_get(request->params, "jobs");
    ids = json_is_array(ids) ? ids : NULL;
    int64_t id = 0;
    int r = check_subscription(request, ids);
    r = r ? r : subscribe(request, ids, &id);
    if (r != 0) {
        return r;
    }
    r = write_subscription(request, ids, id);
    if (r != 0) {
        (void)hub_unsubscribe(request->server->hub, request->peer, id);
    }
    return r;
}

static int jobs_unsubscribe(struct request *request) {
    int64_t id = request_integer(request, "subscription", 0);
    if (hub_unsubscribe(request->server->hub, request->peer, id) != 0) {
        return request_fail(request, RPC_SERVER_ERROR,
                            "this connection has no subscription %" PRId64, id);
    }
    request->result = json_object();
    return request->result ? 0 : -ENOMEM;
}

static const struct param id_params[] = {
    METHOD_PARAM_JOB,
};
static const struct param subscribe_params[] = {
    {.name = "jobs",
     .type = PARAM_INTEGERS,
     .text = "numbers of the jobs; default all"},
    {.name = "logs",
     .type = PARAM_BOOLEAN,
     .text = "also send new lines of their output"},
    {.name = "file",
     .type = PARAM_STRING,
     .text =
         "of one job with `logs`: the new lines of this file, named as for jobs.log, "
         "until the job ends"},
    {.name = "offset",
     .type = PARAM_INTEGER,
     .min = 0,
     .max = INT64_MAX,
     .text =
         "of one job with `logs`: its file's lines from this byte on; default: from "
         "its present end"},
    {.name = "limit",
     .type = PARAM_INTEGER,
     .min = 1,
     .max = METHOD_LIST_MAX,
     .text = "where no jobs are named, so many of the newest are in the answer; "
             "default 1000"},
};
static const struct param unsubscribe_params[] = {
    {.name = "subscription",
     .type = PARAM_INTEGER,
     .required = true,
     .min = 1,
     .max = INT64_MAX,
     .text = "as jobs.subscribe returned it"},
};

const struct method methods_jobs[] = {
    {.name = "jobs.get",
     .text = "Tell all about a job.",
     .result = &result_job,
     METHOD_PARAMS(id_params),
     .run = jobs_get},
    {.name = "jobs.cancel",
     .text = "End a job and all its processes.",
     .result = &shape_job,
     METHOD_PARAMS(id_params),
     .run = jobs_cancel},
    {.name = "jobs.subscribe",
     .text = "Be told of changes: jobs.changed, jobs.removed, jobs.cycle, jobs.log, "
             "jobs.missed.",
     .result = &result_subscribe,
     METHOD_PARAMS(subscribe_params),
     .run = jobs_subscribe},
    {.name = "jobs.unsubscribe",
     .text = "End a subscription.",
     .result = &result_unsubscribe,
     METHOD_PARAMS(unsubscribe_params),
     .run = jobs_unsubscribe},
};
const size_t methods_jobs_count = sizeof methods_jobs / sizeof methods_jobs[0];
