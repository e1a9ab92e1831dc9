/* What a waiting job waits for: other jobs, a place that an older one writes to (see
 * engine_claims.c), a time, then cores. It stands in one place at a time: in
 * engine->edges once for each job that it still waits for, in engine->timed, or ready
 * in engine->schedule; a held one in none but the first.
 *
 * Times are those of the wall clock, which may jump: while a job waits for one, the
 * clock is looked at once a minute, and never otherwise. No cycle of jobs that wait for
 * each other can arise, because a job can only wait for older ones. */
#include "server/engine_internal.h"

#include "base/clock.h"
#include "base/str.h"
#include "server/job_json.h"
#include "server/job_text.h"
#include "server/run_slurm.h"
#include "server/server.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <time.h>

enum { CLOCK_MS_MAX = 60 * 1000 };

static int by_other(const void *a, const void *b) {
    const struct edge *x = a;
    const struct edge *y = b;
    if (x->other != y->other) {
        return x->other < y->other ? -1 : 1;
    }
    int64_t i = x->run ? x->run->job->id : 0;
    int64_t j = y->run ? y->run->job->id : 0;
    return i != j ? (i < j ? -1 : 1) : (int)x->kind - (int)y->kind;
}

static int by_time(const void *a, const void *b) {
    const struct job *x = ((const struct run *)a)->job;
    const struct job *y = ((const struct run *)b)->job;
    if (x->begin_at != y->begin_at) {
        return x->begin_at < y->begin_at ? -1 : 1;
    }
    return (x->id > y->id) - (x->id < y->id);
}

/* ---- times ---- */

static void wind_clock(struct engine *engine);

/* Whether it waits between two tries, and longer than it ever should: the clock was set
 * back. */
static bool pauses_too_long(const struct run *run, int64_t now) {
    return (run->job->attempt > 1 || run->starts_failed > 0) &&
           run->job->begin_at > now + ENGINE_PAUSE_MS_MAX;
}

static void shorten_pauses(struct engine *engine, int64_t now) {
    for (size_t i = 0; i < engine->timed.n; i++) {
        struct run *run = sorted_at(&engine->timed, i);
        if (pauses_too_long(run, now)) {
            engine_wait_leave(engine, run, false);
            run->job->begin_at = now;
            engine_wait_place(engine, run);
            i--;
        }
    }
}

static void on_time(uv_timer_t *timer) {
    struct engine *engine = timer->data;
    int64_t now = clock_realtime_ms();
    shorten_pauses(engine, now);
    for (;;) {
        struct run *run = sorted_at(&engine->timed, 0);
        if (!run || run->job->begin_at > now) {
            break;
        }
        engine_wait_leave(engine, run, false);
        engine_wait_place(engine, run);
    }
    wind_clock(engine);
}

static void wind_clock(struct engine *engine) {
    const struct run *first = sorted_at(&engine->timed, 0);
    if (!first) {
        (void)uv_timer_stop(&engine->clock);
        return;
    }
    int64_t now = clock_realtime_ms();
    int64_t left = pauses_too_long(first, now) ? 0 : first->job->begin_at - now;
    left = left < 0 ? 0 : left > CLOCK_MS_MAX ? CLOCK_MS_MAX : left;
    uv_update_time(&engine->server->loop);
    (void)uv_timer_start(&engine->clock, on_time, (uint64_t)left, 0);
}

void engine_wait_open(struct engine *engine) {
    engine->edges = (struct sorted)SORTED_BY(by_other);
    engine->timed = (struct sorted)SORTED_BY(by_time);
    engine->open_handles++;
    engine->clock.data = engine;
    (void)uv_timer_init(&engine->server->loop, &engine->clock);
}

/* ---- other jobs ---- */

/* How a wait for the job with this id stands. 0, STORE_E_MISSING or a negative errno.
 */
static int look_up(struct engine *engine, const struct edge *edge, enum job_fate *fate,
                   enum job_state *state) {
    const struct run *run = engine_find(engine, edge->other);
    _cleanup_(job_freep) struct job *stored = NULL;
    int r = run ? 0 : store_job_get(engine->server->store, edge->other, &stored);
    if (r == 0) {
        const struct job *job = run ? run->job : stored;
        *fate = job_after_fate(edge->kind, job);
        *state = job->state;
    }
    return r;
}

static void say_never(struct errmsg *out, int64_t id, enum job_after kind,
                      enum job_state state) {
    (void)errmsg_set(out, 0,
                     "waits for job %" PRId64 " to %s, which %s%s; it can never start",
                     id, kind == JOB_AFTER_OK ? "complete" : "fail",
                     state == JOB_CANCELLED || state == JOB_LOST ? "was " : "",
                     job_state_name(state));
}

static void doom(struct engine *engine, struct run *run, const struct edge *edge,
                 enum job_state state) {
    if (run->doomed || job_state_is_final(run->job->state) ||
        job_state_is_active(run->job->state)) {
        return;
    }
    struct errmsg why = ERRMSG_NULL;
    say_never(&why, edge->other, edge->kind, state);
    run->doom = strdup(why.text);
    run->doomed = true;
    run->next_doomed = engine->doomed;
    engine->doomed = run;
}

int engine_wait_link(struct engine *engine, struct run *run) {
    const struct job *job = run->job;
    if (job->n_after == 0) {
        return 0;
    }
    int r = sorted_reserve(&engine->edges, job->n_after);
    run->edges = r == 0 ? calloc(job->n_after, sizeof *run->edges) : NULL;
    if (!run->edges) {
        return -ENOMEM;
    }
    for (size_t i = 0; i < job->n_after; i++) {
        struct edge *edge = &run->edges[i];
        *edge = (struct edge){
            .other = job->after[i].id, .run = run, .kind = job->after[i].kind};
        /* A job that is not there was removed after its end, when this one had been
         * told of it. */
        enum job_fate fate = JOB_FATE_MET;
        enum job_state state = JOB_COMPLETED;
        r = look_up(engine, edge, &fate, &state);
        if (r < 0) {
            return r;
        }
        if (fate == JOB_FATE_NEVER) {
            doom(engine, run, edge, state);
        } else if (fate == JOB_FATE_OPEN && sorted_put(&engine->edges, edge) == 0) {
            edge->waits = true;
            run->unmet++;
        }
    }
    return 0;
}

static void unlink_all(struct engine *engine, struct run *run) {
    for (size_t i = 0; run->edges && i < run->job->n_after; i++) {
        if (run->edges[i].waits) {
            (void)sorted_take(&engine->edges, &run->edges[i]);
        }
    }
    free(TAKE_PTR(run->edges));
    run->unmet = 0;
}

void engine_wait_tell(struct engine *engine, const struct job *ended) {
    const struct edge first = {.other = ended->id};
    for (;;) {
        struct edge *edge =
            sorted_at(&engine->edges, sorted_position(&engine->edges, &first));
        if (!edge || edge->other != ended->id) {
            return;
        }
        (void)sorted_take(&engine->edges, edge);
        edge->waits = false;
        edge->run->unmet--;
        if (job_after_fate(edge->kind, ended) == JOB_FATE_NEVER) {
            doom(engine, edge->run, edge, ended->state);
        } else {
            engine_wait_place(engine, edge->run);
        }
    }
}

/* ---- places ---- */

void engine_wait_place(struct engine *engine, struct run *run) {
    if (run->job->state != JOB_QUEUED || run->unmet > 0 || run->doomed || run->ready ||
        run->timed || run->tentative || run_slurm_is_there(run) ||
        engine_claimed_before(engine, run) != 0) {
        return;
    }
    int r = 0;
    if (run->job->begin_at > clock_realtime_ms()) {
        r = sorted_put(&engine->timed, run);
        run->timed = r == 0;
        wind_clock(engine);
    } else {
        r = run_is_placed(run) ? run_slurm_ready(run)
                               : schedule_add(&engine->schedule, &run->entry);
        run->ready = r == 0;
        server_work_changed(engine->server);
    }
    if (r < 0) {
        engine_finish(engine, run, JOB_FAILED, "no memory to wait; submit it again",
                      NULL);
    }
}

void engine_wait_leave(struct engine *engine, struct run *run, bool for_good) {
    if (run->ready) {
        if (run_is_placed(run)) {
            run_slurm_unready(run);
        } else {
            (void)schedule_drop(&engine->schedule, &run->entry);
        }
        run->ready = false;
    }
    if (run->timed) {
        (void)sorted_take(&engine->timed, run);
        run->timed = false;
        wind_clock(engine);
    }
    if (for_good) {
        unlink_all(engine, run);
    }
}

/* ---- in words ---- */

static void list_others(const struct run *run, struct errmsg *out) {
    int64_t ids[3];
    size_t n = 0;
    for (size_t i = 0; i < run->job->n_after && n < 3; i++) {
        if (run->edges[i].waits) {
            ids[n++] = run->edges[i].other;
        }
    }
    if (run->unmet > 3) {
        (void)errmsg_set(out, 0, "waits for job %" PRId64 " and %zu others", ids[0],
                         run->unmet - 1);
    } else if (n == 3) {
        (void)errmsg_set(out, 0, "waits for jobs %" PRId64 ", %" PRId64 " and %" PRId64,
                         ids[0], ids[1], ids[2]);
    } else if (n == 2) {
        (void)errmsg_set(out, 0, "waits for jobs %" PRId64 " and %" PRId64, ids[0],
                         ids[1]);
    } else {
        (void)errmsg_set(out, 0, "waits for job %" PRId64, ids[0]);
    }
}

/* In the server's time zone, which is the user's: it runs on the user's machine. */
static void say_time(int64_t ms, struct errmsg *out) {
    char date[32] = "";
    char clock[32] = "";
    time_t seconds = (time_t)(ms / 1000);
    time_t now = time(NULL);
    struct tm then;
    struct tm today;
    if (!localtime_r(&seconds, &then) || !localtime_r(&now, &today)) {
        return;
    }
    if (then.tm_year != today.tm_year || then.tm_yday != today.tm_yday) {
        (void)strftime(date, sizeof date, "%Y-%m-%d ", &then);
    }
    if (then.tm_sec == 0) {
        (void)strftime(clock, sizeof clock, "%H:%M", &then);
    } else {
        (void)strftime(clock, sizeof clock, "%H:%M:%S", &then);
    }
    (void)errmsg_set(out, 0, "waits until %s%s", date, clock);
}

static void say_lack(const struct engine *engine, const struct job *job,
                     struct errmsg *out) {
    const struct schedule *schedule = &engine->schedule;
    const struct job *blocking = schedule_blocking(schedule);
    int free_cores = schedule_cores_free(schedule);
    const double gib = 1024.0 * 1024.0 * 1024.0;
    if (engine_problem(engine)) {
        (void)errmsg_set(out, 0,
                         "waits until the database can be written again; "
                         "`crystalmath server status` tells more");
    } else if (job->cores > free_cores) {
        (void)errmsg_set(out, 0, "waits for %d core%s, %d %s free", job->cores,
                         job->cores == 1 ? "" : "s", free_cores,
                         free_cores == 1 ? "is" : "are");
    } else if (!schedule_fits(schedule, job)) {
        (void)errmsg_set(out, 0, "waits for %.1f GiB of memory, %.1f are free",
                         (double)job->memory_bytes / gib,
                         (double)schedule_memory_free(schedule) / gib);
    } else if (blocking && blocking != job) {
        (void)errmsg_set(out, 0,
                         "waits for job %" PRId64 " to start, which waits for %d cores",
                         blocking->id, blocking->cores);
    }
}

static void say_place(const struct engine *engine, int64_t before, struct errmsg *out) {
    const struct run *run = engine_find(engine, before);
    if (run && run->job->state == JOB_HELD) {
        (void)errmsg_set(out, 0,
                         "waits for job %" PRId64
                         ", which writes to the same files and "
                         "is held; crystalmath release %" PRId64,
                         before, before);
    } else {
        (void)errmsg_set(out, 0,
                         "waits for job %" PRId64 ", which writes to the same files",
                         before);
    }
}

void engine_reason(const struct engine *engine, const struct run *run,
                   struct errmsg *out) {
    const struct job *job = run->job;
    struct errmsg now = ERRMSG_NULL;
    out->text[0] = '\0';
    if (job->state == JOB_HELD) {
        bool says_why = !str_empty(job->reason);
        (void)errmsg_set(out, 0, "held%s%s; crystalmath release %" PRId64,
                         says_why ? ": " : "", says_why ? job->reason : "", job->id);
        return;
    }
    if (job->state != JOB_QUEUED) {
        run_slurm_reason(run, out);
        return;
    }
    int64_t before = engine_claimed_before(engine, run);
    if (run->unmet > 0) {
        list_others(run, &now);
    } else if (before != 0) {
        say_place(engine, before, &now);
    } else if (run->timed) {
        say_time(job->begin_at, &now);
    } else if (run_is_placed(run)) {
        run_slurm_reason(run, &now);
    } else {
        say_lack(engine, job, &now);
    }
    /* What happened to an earlier try comes first. */
    const char *last = job->attempt > 1 || run->starts_failed > 0 ? job->reason : "";
    last = last ? last : "";
    (void)errmsg_set(out, 0, "%s%s%s", last, *last && now.text[0] ? "; " : "",
                     now.text);
}

json_t *engine_summary(const struct engine *engine, const struct job *job) {
    json_t *summary = job_summary_json(job, engine->server->options->runs_dir);
    const struct run *run = engine_find(engine, job->id);
    struct errmsg reason = ERRMSG_NULL;
    if (run) {
        engine_reason(engine, run, &reason);
    }
    if (summary && reason.text[0] &&
        json_put(summary, "reason", json_text_or_null(reason.text)) < 0) {
        json_decref(summary);
        return NULL;
    }
    return summary;
}

int engine_summary_text(const struct engine *engine, const struct job *job,
                        struct buf *out) {
    const struct run *run = engine_find(engine, job->id);
    struct errmsg reason = ERRMSG_NULL;
    if (run) {
        engine_reason(engine, run, &reason);
    }
    return job_summary_text(out, job, engine->server->options->runs_dir,
                            reason.text[0] ? reason.text : NULL);
}
