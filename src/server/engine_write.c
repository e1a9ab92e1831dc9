/* What goes to the disk when. A change of a job is kept in a list and written together
 * with others, in one transaction: after at most WRITE_PAUSE_MS, and at once by whoever
 * tells a person of it. An ended job stays in memory until then, and its run folder
 * stays behind it, so that a server that comes after a crash finds one or the other.
 *
 * Where the disk refuses (it is full, most of the time) nothing is lost from the list:
 * it is tried again after growing pauses, and nothing new begins meanwhile. */
#include "server/engine_internal.h"

#include "base/clock.h"
#include "server/hub.h"
#include "server/server.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

enum {
    WRITE_PAUSE_MS = 50,
    AGAIN_MS_MIN = 200,
    AGAIN_MS_MAX = 30000,
};

static void on_time(uv_timer_t *timer) {
    (void)engine_write(timer->data);
}

void engine_write_open(struct engine *engine) {
    engine->open_handles++;
    engine->writing.data = engine;
    (void)uv_timer_init(&engine->server->loop, &engine->writing);
}

static void wake_after(struct engine *engine, uint64_t ms) {
    if (!uv_is_active((uv_handle_t *)&engine->writing)) {
        uv_update_time(&engine->server->loop);
        (void)uv_timer_start(&engine->writing, on_time, ms, 0);
    }
}

void engine_write_soon(struct engine *engine, struct run *run) {
    if (!run->unwritten) {
        run->unwritten = true;
        run->next_unwritten = engine->unwritten;
        engine->unwritten = run;
    }
    wake_after(engine, WRITE_PAUSE_MS);
}

void engine_write_later(struct engine *engine, struct run *run) {
    const struct job *job = run->job;
    struct change *change = calloc(1, sizeof *change);
    char *reason = job->reason ? strdup(job->reason) : NULL;
    if (change && !job->reason == !reason) {
        *change = (struct change){.id = job->id,
                                  .at = clock_realtime_ms(),
                                  .state = job->state,
                                  .reason = reason};
        *engine->changes_at = change;
        engine->changes_at = &change->next;
    } else {
        free(change);
        free(reason);
        log_error(engine->server->log,
                  "no memory for the history of job %" PRId64 "; its state is kept",
                  job->id);
    }
    engine_write_soon(engine, run);
}

void engine_forget_changes(struct engine *engine) {
    while (engine->changes) {
        struct change *gone = engine->changes;
        engine->changes = gone->next;
        free(gone->reason);
        free(gone);
    }
    engine->changes_at = &engine->changes;
}

/* All that is kept in the list, into the open transaction. A job that is not there any
 * more stops nobody. */
static int put_changes(struct engine *engine) {
    struct store *store = engine->server->store;
    int r = 0;
    for (struct run *run = engine->unwritten; r >= 0 && run;
         run = run->next_unwritten) {
        r = store_job_update(store, run->job, 0, run->results_json);
    }
    for (struct change *c = engine->changes; r >= 0 && c; c = c->next) {
        r = store_history_add(store, c->id, c->at, c->state, c->reason);
    }
    return r < 0 ? r : 0;
}

static void failed(struct engine *engine, int r) {
    if (!engine->unwritten) {
        return; /* only a submission: who made it is told */
    }
    char space[128];
    struct server *server = engine->server;
    (void)errmsg_set(&engine->write_error, 0, "%s",
                     r == -ENOMEM ? errmsg_errno(r, space, sizeof space)
                                  : store_error(server->store));
    uint64_t pause = AGAIN_MS_MIN;
    for (int i = 0; i < engine->writes_failed && pause < AGAIN_MS_MAX; i++) {
        pause *= 2;
    }
    if (engine->writes_failed++ == 0) {
        log_error(server->log,
                  "the database cannot be written: %s. What happens is kept in memory "
                  "and written when that is mended; no job starts meanwhile",
                  engine->write_error.text);
    }
    (void)uv_timer_stop(&engine->writing);
    wake_after(engine, pause < AGAIN_MS_MAX ? pause : AGAIN_MS_MAX);
}

/* The list is on the disk: what was kept for it can go. */
static void written(struct engine *engine) {
    struct run *next = engine->unwritten;
    engine->unwritten = NULL;
    engine_forget_changes(engine);
    (void)uv_timer_stop(&engine->writing);
    while (next) {
        struct run *run = next;
        next = run->next_unwritten;
        run->unwritten = false;
        run_tidy(run);
        if (job_state_is_final(run->job->state)) {
            engine_drop(engine, run);
            server_work_changed(engine->server);
        }
    }
    if (engine->writes_failed > 0) {
        engine->writes_failed = 0;
        log_info(engine->server->log, "the database can be written again");
        server_work_changed(engine->server);
    }
}

/* One transaction: opened here or by a group before. */
static int commit(struct engine *engine) {
    struct store *store = engine->server->store;
    int r = put_changes(engine);
    if (r == 0) {
        r = store_commit(store);
    } else {
        store_rollback(store);
    }
    if (r < 0) {
        failed(engine, r);
    } else {
        written(engine);
    }
    return r;
}

int engine_write(struct engine *engine) {
    if (!engine->unwritten || engine->grouping) {
        return 0;
    }
    int r = store_begin(engine->server->store);
    if (r < 0) {
        failed(engine, r);
        return r;
    }
    return commit(engine);
}

const char *engine_problem(const struct engine *engine) {
    return engine->writes_failed > 0 ? engine->write_error.text : NULL;
}

/* ---- submissions ---- */

int engine_group_begin(struct engine *engine) {
    int r = store_begin(engine->server->store);
    engine->grouping = r == 0;
    return r;
}

/* It is on the disk: from now on it is a job like others. */
static void take_in(struct engine *engine, struct run *run) {
    run->tentative = false;
    log_info(engine->server->log, "job %" PRId64 " (%s) was submitted", run->job->id,
             run->job->name);
    if (run->job->n_after > 0 && engine_wait_link(engine, run) < 0) {
        engine_finish(engine, run, JOB_FAILED,
                      "no memory to wait for other jobs; submit it again", NULL);
        return;
    }
    engine_wait_place(engine, run);
    hub_job_changed(engine->server->hub, run->job);
}

bool engine_group_has_members(const struct engine *engine) {
    return engine->submitted != NULL;
}

int engine_group_end(struct engine *engine) {
    struct run *next = engine->submitted;
    engine->submitted = NULL;
    engine->submitted_at = &engine->submitted;
    engine->grouping = false;
    if (!next && !engine->unwritten) {
        store_rollback(engine->server->store);
        return 0;
    }
    int r = commit(engine);
    while (next) {
        struct run *run = next;
        next = run->next_submitted;
        run->next_submitted = NULL;
        if (r == 0) {
            take_in(engine, run);
        } else {
            engine_drop(engine, run);
        }
    }
    engine_finish_doomed(engine);
    server_work_changed(engine->server);
    return r;
}
