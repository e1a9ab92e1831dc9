/* The engine owns the unfinished jobs. What a person is told of (that a job was
 * submitted, cancelled, held, released) is on the disk before; that a job started or
 * ended is written soon (engine_write.c), for its run folder tells the same to
 * whichever server comes next. Starting waiting jobs is left to a check after each turn
 * of the loop, so that no caller sees its job disappear under its hands. */
#include "server/engine.h"

#include "base/clock.h"
#include "base/path.h"
#include "base/platform.h"
#include "base/str.h"
#include "exec/local.h"
#include "job/placement.h"
#include "server/clusters.h"
#include "server/engine_internal.h"
#include "server/hub.h"
#include "server/run_slurm.h"
#include "server/server.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

static int by_id(const void *a, const void *b) {
    int64_t x = ((const struct run *)a)->job->id;
    int64_t y = ((const struct run *)b)->job->id;
    return (x > y) - (x < y);
}

int engine_new(struct engine **out, struct server *server) {
    struct engine *engine = calloc(1, sizeof *engine);
    if (!engine) {
        return -ENOMEM;
    }
    _cleanup_free_ char *spares = NULL;
    int r = path_join(&spares, server->options->runs_dir, "spare");
    r = r ? r : local_spares_new(&engine->spares, spares);
    r = r ? r : local_starter_new(&engine->starter);
    if (r < 0) {
        (void)local_spares_free(engine->spares);
        free(engine);
        return r;
    }
    engine->server = server;
    engine->runs = (struct sorted)SORTED_BY(by_id);
    engine_claims_open(engine);
    engine->changes_at = &engine->changes;
    engine->submitted_at = &engine->submitted;
    schedule_init(&engine->schedule,
                  (int)config_number(server->options->config, CONFIG_SERVER_CORES),
                  config_number(server->options->config, CONFIG_SERVER_MEMORY));
    engine_wait_open(engine);
    engine_write_open(engine);
    engine_chain_open(engine);
    *out = engine;
    return 0;
}

static void on_closed(uv_handle_t *handle) {
    struct engine *engine = handle->data;
    if (--engine->open_handles == 0) {
        free(engine);
    }
}

struct engine *engine_free(struct engine *engine) {
    if (engine) {
        (void)engine_write(engine);
        for (size_t i = 0; i < engine->runs.n; i++) {
            (void)run_free(sorted_at(&engine->runs, i));
        }
        engine_forget_changes(engine);
        engine_chain_close(engine);
        engine->spares = local_spares_free(engine->spares);
        engine->starter = local_starter_free(engine->starter);
        sorted_deinit(&engine->runs);
        sorted_deinit(&engine->claims);
        sorted_deinit(&engine->timed);
        sorted_deinit(&engine->edges);
        schedule_deinit(&engine->schedule);
        uv_close((uv_handle_t *)&engine->clock, on_closed);
        uv_close((uv_handle_t *)&engine->writing, on_closed);
        uv_close((uv_handle_t *)&engine->chain_again, on_closed);
    }
    return NULL;
}

struct run *engine_find(const struct engine *engine, int64_t id) {
    struct job job = {.id = id};
    const struct run key = {.job = &job};
    return sorted_find(&engine->runs, &key);
}

int64_t engine_find_placed(const struct engine *engine, const char *cluster,
                           int64_t number) {
    for (size_t i = 0; i < engine->runs.n; i++) {
        const struct job *job = ((struct run *)sorted_at(&engine->runs, i))->job;
        if (job->cluster && strcmp(job->cluster, cluster) == 0 &&
            !job_state_is_final(job->state) &&
            (number == 0 || placement_id(job->placement) == number)) {
            return job->id;
        }
    }
    return 0;
}

/* ---- coming and going ---- */

/* Into memory, where nothing can fail afterwards. */
static int add_run(struct engine *engine, struct job **job_take, struct run **out) {
    struct job *job = *job_take;
    struct run *run = NULL;
    int r = engine_claims_reserve(engine);
    if (r == 0) {
        r = sorted_reserve(&engine->runs, 1);
    }
    if (r == 0) {
        r = run_new(&run, engine, job);
    }
    if (r < 0) {
        return r;
    }
    (void)sorted_put(&engine->runs, run);
    engine_claim(engine, run);
    job_forget_start(job);
    *job_take = NULL;
    *out = run;
    return 0;
}

void engine_vacate(struct engine *engine, struct run *run) {
    if (run->occupies) {
        run->occupies = false;
        schedule_vacate(&engine->schedule, run->job);
    }
}

void engine_drop(struct engine *engine, struct run *run) {
    engine_wait_leave(engine, run, true);
    engine_vacate(engine, run);
    engine_unclaim(engine, run);
    (void)sorted_take(&engine->runs, run);
    (void)run_free(run);
}

/* ---- changes of state ---- */

static void change_state(struct engine *engine, struct run *run, enum job_state to,
                         const char *reason) {
    struct job *job = run->job;
    if (job_transition(job, to, reason) != 0) {
        log_error(engine->server->log, "job %" PRId64 " cannot go from %s to %s",
                  job->id, job_state_name(job->state), job_state_name(to));
        return;
    }
    log_info(engine->server->log, "job %" PRId64 " is %s%s%s", job->id,
             job_state_name(to), reason ? ": " : "", reason ? reason : "");
    if (!job_state_is_active(to)) {
        engine_vacate(engine, run);
    }
    engine_write_later(engine, run);
    hub_job_changed(engine->server->hub, job);
    server_work_changed(engine->server);
}

void engine_move(struct engine *engine, struct run *run, enum job_state to,
                 const char *reason) {
    change_state(engine, run, to, reason);
}

static void finish_one(struct engine *engine, struct run *run, enum job_state to,
                       const char *reason) {
    if (run->job->finished_at == 0) {
        run->job->finished_at = clock_realtime_ms();
    }
    run->job->chain = run->goes_on ? run->job->chain : 0;
    engine->chain_due = engine->chain_due || run->job->chain > 0;
    engine_wait_leave(engine, run, true);
    run_rest(run);
    change_state(engine, run, to, reason);
    engine_unclaim(engine, run);
    engine_wait_tell(engine, run->job);
}

/* One by one, not one within the other: the chain may be as long as the queue. */
void engine_finish_doomed(struct engine *engine) {
    while (engine->doomed) {
        struct run *run = engine->doomed;
        engine->doomed = run->next_doomed;
        _cleanup_free_ char *why = TAKE_PTR(run->doom);
        finish_one(engine, run, JOB_FAILED, why);
    }
}

void engine_finish(struct engine *engine, struct run *run, enum job_state to,
                   const char *reason, char *results_json_take) {
    free(run->results_json);
    run->results_json = results_json_take;
    finish_one(engine, run, to, reason);
    engine_finish_doomed(engine);
}

void engine_schedule(struct engine *engine) {
    /* What cannot be written is not made more of: most likely the disk is full, and a
     * run folder would not find room either. */
    while (engine->writes_failed == 0) {
        struct schedule_entry *entry = schedule_next(&engine->schedule);
        if (!entry) {
            break;
        }
        struct run *run = engine_find(engine, entry->job->id);
        run->ready = false;
        run->occupies = true;
        engine_move(engine, run, JOB_STARTING, NULL);
        run_start(run);
    }
    clusters_turn(engine->server->clusters);
}

/* ---- submission ---- */

static bool waits_for(const struct job *job, int64_t other) {
    for (size_t i = 0; i < job->n_after; i++) {
        if (job->after[i].id == other) {
            return true;
        }
    }
    return false;
}

/* The same submission once more is in no conflict with itself. */
int engine_foresee(struct engine *engine, const struct job *job, bool queue,
                   int64_t *job_id) {
    if (job->token) {
        int r = store_token_find(engine->server->store, job->token, job_id);
        if (r != STORE_E_MISSING) {
            return r == 0 ? ENGINE_E_REPEATED : r;
        }
    }
    int64_t other = queue ? 0 : engine_claimed_by(engine, job);
    if (other == 0 || waits_for(job, other)) {
        return 0;
    }
    *job_id = other;
    return ENGINE_E_CONFLICT;
}

static int submit(struct engine *engine, struct job **job_take, bool queue,
                  int64_t *job_id) {
    struct job *job = *job_take;
    int r = engine_foresee(engine, job, queue, job_id);
    if (r != 0) {
        return r;
    }
    job->created_at = clock_realtime_ms();
    r = store_job_insert(engine->server->store, job);
    if (r != 0) {
        *job_id = job->id;
        return r == STORE_E_TOKEN ? ENGINE_E_REPEATED : r;
    }
    struct run *run = NULL;
    r = add_run(engine, job_take, &run);
    if (r < 0) {
        return r;
    }
    run->tentative = true;
    run_slurm_submitted(run);
    *engine->submitted_at = run;
    engine->submitted_at = &run->next_submitted;
    *job_id = run->job->id;
    return 0;
}

int engine_submit(struct engine *engine, struct job **job_take, bool queue,
                  int64_t *job_id) {
    if (engine->grouping) {
        return submit(engine, job_take, queue, job_id);
    }
    int r = engine_group_begin(engine);
    if (r < 0) {
        return r;
    }
    r = submit(engine, job_take, queue, job_id);
    int ended = engine_group_end(engine);
    return ended < 0 ? ended : r;
}

/* ---- what people ask for ---- */

/* The run of a job that is not at its end. 0, ENGINE_E_MISSING, ENGINE_E_FINISHED or a
 * negative errno. */
static int find_unfinished(struct engine *engine, int64_t id, struct run **out) {
    *out = engine_find(engine, id);
    if (*out) {
        return job_state_is_final((*out)->job->state) ? ENGINE_E_FINISHED : 0;
    }
    _cleanup_(job_freep) struct job *job = NULL;
    int r = store_job_get(engine->server->store, id, &job);
    return r == 0 ? ENGINE_E_FINISHED : r == STORE_E_MISSING ? ENGINE_E_MISSING : r;
}

/* What was done stays done where the disk refuses it: a running job is not left alone
 * because the disk is full. */
static int put_down(struct engine *engine) {
    return engine_write(engine) < 0 ? ENGINE_E_PENDING : 0;
}

int engine_cancel(struct engine *engine, int64_t id) {
    struct run *run = NULL;
    int r = find_unfinished(engine, id, &run);
    if (r != 0) {
        return r;
    }
    struct job *job = run->job;
    if (!job_state_is_active(job->state) && !run_slurm_is_there(run)) {
        engine_finish(engine, run, JOB_CANCELLED, "cancelled before it started", NULL);
        return put_down(engine);
    }
    if (job->state == JOB_CANCELLING) {
        return 0;
    }
    char host[2];
    if (run_is_elsewhere(run, host, sizeof host)) {
        return ENGINE_E_ELSEWHERE;
    }
    engine_move(engine, run, JOB_CANCELLING, "cancelled on request");
    r = put_down(engine);
    /* Also where the disk is full. */
    if (run_is_placed(run)) {
        run_slurm_cancel(run);
    } else {
        run_cancel(run);
    }
    return r;
}

int engine_hold(struct engine *engine, int64_t id) {
    struct run *run = NULL;
    int r = find_unfinished(engine, id, &run);
    if (r != 0 || run->job->state == JOB_HELD) {
        return r;
    }
    if (run->job->state != JOB_QUEUED || run_slurm_is_there(run)) {
        return ENGINE_E_STARTED;
    }
    engine_wait_leave(engine, run, false);
    engine_move(engine, run, JOB_HELD, NULL);
    return put_down(engine);
}

int engine_release(struct engine *engine, int64_t id) {
    struct run *run = NULL;
    int r = find_unfinished(engine, id, &run);
    if (r != 0 || (run->job->state == JOB_QUEUED && !run_slurm_is_there(run))) {
        return r;
    }
    if (run->job->state != JOB_HELD) {
        return ENGINE_E_STARTED;
    }
    engine_move(engine, run, JOB_QUEUED, "released");
    engine_wait_place(engine, run);
    return put_down(engine);
}

int engine_set_priority(struct engine *engine, int64_t id, int priority) {
    struct run *run = NULL;
    int r = find_unfinished(engine, id, &run);
    if (r != 0) {
        return r;
    }
    if (job_state_is_active(run->job->state) || run_slurm_is_there(run)) {
        return ENGINE_E_STARTED;
    }
    engine_wait_leave(engine, run, false);
    run->job->priority = priority;
    if (run->job->state == JOB_QUEUED) {
        engine_wait_place(engine, run);
    }
    engine_write_soon(engine, run);
    hub_job_changed(engine->server->hub, run->job);
    server_work_changed(engine->server);
    return put_down(engine);
}

/* ---- after an earlier server ---- */

static int take_up(const struct job *stored, void *data) {
    struct engine *engine = data;
    _cleanup_(job_freep) struct job *job = NULL;
    struct run *run = NULL;
    /* The walk owns what it shows us, so the job is read once more for keeps. */
    int r = store_job_get(engine->server->store, stored->id, &job);
    r = r == 0 ? add_run(engine, &job, &run) : r > 0 ? -EIO : r;
    if (r == 0) {
        char name[PLACEMENT_VALUE_SIZE];
        run->earlier = run_is_placed(run) && *run_slurm_name_of(run, name);
    }
    return r;
}

static void take_up_active(struct engine *engine, struct run *run) {
    log_info(engine->server->log, "job %" PRId64 " is taken up again", run->job->id);
    run->occupies = true;
    schedule_occupy(&engine->schedule, run->job);
    if (run->job->state == JOB_QUEUED) {
        /* Its start had not reached the disk; or it came to nothing. */
        engine_move(engine, run, JOB_STARTING, NULL);
    }
    run_attach(run);
}

void engine_take_up_started(struct engine *engine, struct run *run) {
    if (run->job->state == JOB_QUEUED && !run_is_placed(run) && run_has_folder(run)) {
        engine_wait_leave(engine, run, false);
        take_up_active(engine, run);
    }
}

/* A job that waits for something else than its cluster has not been handed over. */
static bool goes_on_there(const struct run *run) {
    enum job_state state = run->job->state;
    return run->earlier &&
           (job_state_is_active(state) ||
            (state == JOB_QUEUED && placement_id(run->job->placement) > 0));
}

static void find_out(struct engine *engine, struct run *run) {
    enum job_state state = run->job->state;
    if (goes_on_there(run)) {
        log_info(engine->server->log, "job %" PRId64 " is taken up again on %s",
                 run->job->id, run->job->cluster);
        run_slurm_attach(run);
    } else if (job_state_is_active(state)) {
        take_up_active(engine, run);
    } else {
        engine_wait_place(engine, run);
        engine_take_up_started(engine, run);
    }
}

int engine_recover(struct engine *engine) {
    int r = store_job_unfinished(engine->server->store, take_up, engine);
    for (size_t i = 0; r == 0 && i < engine->runs.n; i++) {
        struct run *run = sorted_at(&engine->runs, i);
        if (!job_state_is_active(run->job->state)) {
            r = engine_wait_link(engine, run);
        }
    }
    if (r < 0) {
        return r;
    }
    engine_finish_doomed(engine);
    /* Nothing leaves the list before it is on the disk, which is later. */
    for (size_t i = 0; i < engine->runs.n; i++) {
        struct run *run = sorted_at(&engine->runs, i);
        if (!job_state_is_final(run->job->state)) {
            find_out(engine, run);
        }
    }
    engine->chain_due = true;
    server_work_changed(engine->server);
    return 0;
}
