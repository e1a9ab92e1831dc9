/* The engine owns the unfinished jobs. A change of state is on the disk before anything
 * acts on it: a job is "starting" there before its supervisor exists, so that whichever
 * server comes next knows that it has to look. Starting waiting jobs is left to a check
 * after each turn of the loop, so that no caller sees its job disappear under its
 * hands. */
#include "server/engine.h"

#include "base/clock.h"
#include "base/platform.h"
#include "base/str.h"
#include "job/schedule.h"
#include "server/hub.h"
#include "server/job_json.h"
#include "server/run.h"
#include "server/server.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

int engine_new(struct engine **out, struct server *server) {
    struct engine *engine = calloc(1, sizeof *engine);
    if (!engine) {
        return -ENOMEM;
    }
    engine->server = server;
    engine->cores = (int)config_number(server->options->config, CONFIG_SERVER_CORES);
    *out = engine;
    return 0;
}

struct engine *engine_free(struct engine *engine) {
    if (engine) {
        for (size_t i = 0; i < engine->n_runs; i++) {
            (void)run_free(engine->runs[i]);
        }
        free(engine->runs);
        free(engine);
    }
    return NULL;
}

static int reserve_run(struct engine *engine) {
    if (engine->n_runs < engine->cap) {
        return 0;
    }
    size_t cap = engine->cap ? engine->cap * 2 : 16;
    struct run **runs = realloc(engine->runs, cap * sizeof(struct run *));
    if (!runs) {
        return -ENOMEM;
    }
    engine->runs = runs;
    engine->cap = cap;
    return 0;
}

static int add_run(struct engine *engine, struct job **job_take) {
    int r = reserve_run(engine);
    if (r == 0) {
        r = run_new(&engine->runs[engine->n_runs], engine, *job_take);
    }
    if (r == 0) {
        engine->n_runs++;
        *job_take = NULL;
    }
    return r;
}

struct run *engine_find(struct engine *engine, int64_t id) {
    for (size_t i = 0; i < engine->n_runs; i++) {
        if (run_job(engine->runs[i])->id == id) {
            return engine->runs[i];
        }
    }
    return NULL;
}

static void keep(struct engine *engine, const struct job *job,
                 const char *results_json) {
    int r =
        store_job_update(engine->server->store, job, clock_realtime_ms(), results_json);
    if (r != 0) {
        log_error(engine->server->log,
                  "job %" PRId64 " could not be kept on the disk: %s", job->id,
                  store_error(engine->server->store));
    }
}

void engine_move(struct engine *engine, struct run *run, enum job_state to,
                 const char *reason) {
    struct job *job = run_job(run);
    int r = job_transition(job, to, reason);
    if (r != 0) {
        log_error(engine->server->log, "job %" PRId64 " cannot go from %s to %s",
                  job->id, job_state_name(job->state), job_state_name(to));
        return;
    }
    log_info(engine->server->log, "job %" PRId64 " is %s%s%s", job->id,
             job_state_name(to), reason ? ": " : "", reason ? reason : "");
    keep(engine, job, NULL);
    hub_job_changed(engine->server->hub, job);
    server_work_changed(engine->server);
}

static void remove_run(struct engine *engine, struct run *run) {
    for (size_t i = 0; i < engine->n_runs; i++) {
        if (engine->runs[i] == run) {
            memmove(&engine->runs[i], &engine->runs[i + 1],
                    (engine->n_runs - i - 1) * sizeof(struct run *));
            engine->n_runs--;
            break;
        }
    }
    (void)run_free(run);
}

void engine_finish(struct engine *engine, struct run *run, enum job_state to,
                   const char *reason, const char *results_json) {
    struct job *job = run_job(run);
    int r = job_transition(job, to, reason);
    if (r != 0) {
        log_error(engine->server->log, "job %" PRId64 " cannot go from %s to %s",
                  job->id, job_state_name(job->state), job_state_name(to));
    }
    log_info(engine->server->log, "job %" PRId64 " is %s%s%s", job->id,
             job_state_name(to), reason ? ": " : "", reason ? reason : "");
    keep(engine, job, results_json);
    hub_job_changed(engine->server->hub, job);
    remove_run(engine, run);
    server_work_changed(engine->server);
}

/* The unfinished jobs, oldest first; freed by the caller. NULL when memory runs out. */
static struct job **unfinished_jobs(struct engine *engine) {
    struct job **jobs = calloc(engine->n_runs + 1, sizeof(struct job *));
    for (size_t i = 0; jobs && i < engine->n_runs; i++) {
        jobs[i] = run_job(engine->runs[i]);
    }
    return jobs;
}

void engine_schedule(struct engine *engine) {
    for (;;) {
        _cleanup_free_ struct job **jobs = unfinished_jobs(engine);
        struct job *next =
            jobs ? schedule_next(jobs, engine->n_runs, engine->cores) : NULL;
        struct run *run = next ? engine_find(engine, next->id) : NULL;
        if (!run) {
            return;
        }
        engine_move(engine, run, JOB_STARTING, NULL);
        run_start(run);
    }
}

static bool same_output(struct engine *engine, const struct job *job, int64_t *other) {
    for (size_t i = 0; i < engine->n_runs; i++) {
        const struct job *one = run_job(engine->runs[i]);
        if (!str_empty(job->output) && strcmp(one->output, job->output) == 0) {
            *other = one->id;
            return true;
        }
    }
    return false;
}

int engine_submit(struct engine *engine, struct job **job_take, int64_t *job_id) {
    struct job *job = *job_take;
    int64_t other = 0;
    bool conflict = same_output(engine, job, &other);
    int r = reserve_run(engine);
    if (r < 0) {
        return r;
    }
    if (conflict && !job->token) {
        *job_id = other;
        return ENGINE_E_CONFLICT;
    }
    job->created_at = clock_realtime_ms();
    if (conflict) {
        /* The same submission once more is no conflict with itself. */
        r = store_token_find(engine->server->store, job->token, job_id);
        if (r == 0) {
            return ENGINE_E_REPEATED;
        }
        *job_id = other;
        return r == STORE_E_MISSING ? ENGINE_E_CONFLICT : r;
    }
    r = store_job_insert(engine->server->store, job);
    *job_id = job->id;
    if (r != 0) {
        return r == STORE_E_TOKEN ? ENGINE_E_REPEATED : r;
    }
    r = add_run(engine, job_take);
    if (r < 0) {
        return r;
    }
    log_info(engine->server->log, "job %" PRId64 " (%s) was submitted", job->id,
             job->name);
    hub_job_changed(engine->server->hub, job);
    server_work_changed(engine->server);
    return 0;
}

/* Every submission is on the disk by itself, for the time being. */
int engine_group_begin(struct engine *engine) {
    (void)engine;
    return 0;
}

int engine_group_end(struct engine *engine) {
    (void)engine;
    return 0;
}

int engine_cancel(struct engine *engine, int64_t id) {
    struct run *run = engine_find(engine, id);
    if (!run) {
        struct job *job = NULL;
        int r = store_job_get(engine->server->store, id, &job);
        (void)job_free(job);
        return r == 0 ? ENGINE_E_FINISHED : r == STORE_E_MISSING ? ENGINE_E_MISSING : r;
    }
    struct job *job = run_job(run);
    if (job->state == JOB_QUEUED) {
        job->finished_at = clock_realtime_ms();
        engine_finish(engine, run, JOB_CANCELLED, "cancelled before it started", NULL);
    } else if (job->state != JOB_CANCELLING) {
        engine_move(engine, run, JOB_CANCELLING, "cancelled on request");
        run_cancel(run);
    }
    return 0;
}

static int take_up(const struct job *stored, void *data) {
    struct engine *engine = data;
    _cleanup_(job_freep) struct job *job = NULL;
    /* The walk owns what it shows us, so the job is read once more for keeps. */
    int r = store_job_get(engine->server->store, stored->id, &job);
    return r == 0 ? add_run(engine, &job) : r > 0 ? -EIO : r;
}

int engine_recover(struct engine *engine) {
    int r = store_job_unfinished(engine->server->store, take_up, engine);
    /* Attaching may finish a job and take it from the list: go by a copy of it. */
    _cleanup_free_ struct run **runs = calloc(engine->n_runs + 1, sizeof(struct run *));
    if (r < 0 || !runs) {
        return r < 0 ? r : -ENOMEM;
    }
    size_t n = engine->n_runs;
    if (n > 0) {
        memcpy(runs, engine->runs, n * sizeof(struct run *));
    }
    for (size_t i = 0; i < n; i++) {
        if (job_state_is_active(run_job(runs[i])->state)) {
            log_info(engine->server->log, "job %" PRId64 " is taken up again",
                     run_job(runs[i])->id);
            run_attach(runs[i]);
        }
    }
    server_work_changed(engine->server);
    return 0;
}
