/* Runs that go on by themselves. A job that its time limit has ended keeps in its
 * record how often its run may still be continued; an ended job that has that left is
 * due. Its end is on the disk before anything is done, and the job that goes on comes
 * into the list in the same transaction that takes the number away: so each is
 * continued once, also by a server that comes after a crash, which looks for those that
 * are due. Where it cannot go on, the reason of the job that ended tells why.
 *
 * One whose files lie behind ssh stays due while they are looked at, and where the
 * cluster cannot be asked now, until it can. */
#include "server/engine_internal.h"

#include "base/clock.h"
#include "base/str.h"
#include "server/hub.h"
#include "server/resubmit.h"
#include "server/resubmit_far.h"
#include "server/server.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum {
    AT_ONCE = 64,
    AGAIN_MS = 10 * 1000, /* behind a cluster that could not be asked */
};

/* A run that is to go on behind ssh, while its files there are looked at. */
struct far_chain {
    struct far_chain *next;
    struct engine *engine; /* borrowed */
    int64_t id;
    struct far_plan *plan; /* owned; NULL: it could not be asked, and waits */
};

struct due {
    const struct far_chain *chains;
    int64_t ids[AT_ONCE];
    size_t n;
};

static int note(int64_t id, void *data) {
    struct due *due = data;
    for (const struct far_chain *chain = due->chains; chain; chain = chain->next) {
        if (chain->id == id) {
            return 0;
        }
    }
    due->ids[due->n++] = id;
    return due->n == AT_ONCE;
}

/* Not by itself: a person can, once the reason is gone. */
static int give_up(struct engine *engine, struct job *old, const char *why) {
    char *reason = NULL;
    int r = str_printf(&reason, "%s. It was not continued by itself: %s",
                       old->reason ? old->reason : "ended", why);
    if (r < 0) {
        return r;
    }
    free(old->reason);
    old->reason = reason;
    old->chain = 0;
    log_info(engine->server->log, "job %" PRId64 " is not continued: %s", old->id, why);
    return store_job_update(engine->server->store, old, clock_realtime_ms(), NULL);
}

/* Into the list, and out of the older one's record, at once. */
static int put_both(struct engine *engine, struct job *old, struct resubmission *made) {
    int64_t id = 0;
    int r = engine_group_begin(engine);
    if (r < 0) {
        return r;
    }
    r = engine_submit(engine, &made->submission.job, false, &id);
    if (r == 0) {
        old->chain = 0;
        r = store_job_update(engine->server->store, old, 0, NULL);
    }
    int ended = engine_group_end(engine);
    return ended < 0 ? ended : r > 0 ? -EIO : r;
}

static int go_on(struct engine *engine, struct job *old, struct resubmission *made) {
    struct server *server = engine->server;
    struct job *job = made->submission.job;
    struct errmsg msg = ERRMSG_NULL;
    int64_t other = engine_claimed_by(engine, job);
    if (other > 0) {
        (void)errmsg_set(&msg, 0,
                         "job %" PRId64
                         " waits to write to the same files; when it has "
                         "ended: crystalmath resubmit %" PRId64,
                         other, old->id);
        return give_up(engine, old, msg.text);
    }
    job->chain = old->chain - 1;
    int r = resubmit_begin(server, made, &msg);
    if (r != 0) {
        return r > 0 ? give_up(engine, old, msg.text) : r;
    }
    /* The folder, for what is to be taken back where the disk refuses the job. */
    char *folder = strdup(job->directory);
    r = folder ? put_both(engine, old, made) : -ENOMEM;
    if (r < 0) {
        resubmit_undo(made, folder ? folder : "");
    }
    free(folder);
    return r;
}

/* ---- behind ssh ---- */

static void drop_chain(struct engine *engine, struct far_chain *chain) {
    struct far_chain **at = &engine->chains;
    while (*at != chain) {
        at = &(*at)->next;
    }
    *at = chain->next;
    (void)far_plan_free(chain->plan);
    free(chain);
}

/* Those that wait are due again. */
static void on_again(uv_timer_t *timer) {
    struct engine *engine = timer->data;
    struct far_chain *next = NULL;
    for (struct far_chain *chain = engine->chains; chain; chain = next) {
        next = chain->next;
        if (!chain->plan) {
            drop_chain(engine, chain);
        }
    }
    engine->chain_due = true;
    server_work_changed(engine->server);
}

static void wait_for_cluster(struct far_chain *chain, const char *why) {
    struct engine *engine = chain->engine;
    log_warning(engine->server->log, "job %" PRId64 " is not continued yet: %s",
                chain->id, why);
    chain->plan = far_plan_free(chain->plan);
    if (!uv_is_active((uv_handle_t *)&engine->chain_again)) {
        uv_update_time(&engine->server->loop);
        (void)uv_timer_start(&engine->chain_again, on_again, AGAIN_MS, 0);
    }
}

static void on_planned(void *arg, int r, struct job *old, struct resubmission *made,
                       const struct errmsg *msg) {
    struct far_chain *chain = arg;
    struct engine *engine = chain->engine;
    if (r == RESUBMIT_E_AWAY) {
        wait_for_cluster(chain, msg->text);
        return;
    }
    /* It may have been continued, or removed, meanwhile. */
    if (old && old->chain > 0) {
        r = r == 0  ? go_on(engine, old, made)
            : r > 0 ? give_up(engine, old, msg->text)
                    : r;
    }
    if (r < 0) {
        wait_for_cluster(chain, store_error(engine->server->store));
        return;
    }
    if (old) {
        hub_job_changed(engine->server->hub, old);
    }
    drop_chain(engine, chain);
    server_work_changed(engine->server);
}

static int begin_chain(struct engine *engine, int64_t id) {
    struct far_chain *chain = calloc(1, sizeof *chain);
    if (!chain) {
        return -ENOMEM;
    }
    *chain = (struct far_chain){.engine = engine, .id = id};
    int r = far_plan_new(&chain->plan, engine->server, id, on_planned, chain);
    if (r < 0) {
        free(chain);
        return r;
    }
    chain->next = engine->chains;
    engine->chains = chain;
    return 0;
}

void engine_chain_open(struct engine *engine) {
    engine->open_handles++;
    engine->chain_again.data = engine;
    (void)uv_timer_init(&engine->server->loop, &engine->chain_again);
}

void engine_chain_close(struct engine *engine) {
    while (engine->chains) {
        drop_chain(engine, engine->chains);
    }
}

bool engine_is_continuing(const struct engine *engine) {
    return engine->chains != NULL;
}

/* ---- those that are due ---- */

static int continue_one(struct engine *engine, int64_t id) {
    _cleanup_(job_freep) struct job *old = NULL;
    _cleanup_(resubmission_deinit) struct resubmission made = RESUBMISSION_NULL;
    struct errmsg msg = ERRMSG_NULL;
    int r = store_job_get(engine->server->store, id, &old);
    if (r != 0) {
        return r == STORE_E_MISSING ? 0 : r;
    }
    r = resubmit_prepare(engine->server, old, NULL, &made, &msg);
    if (r == RESUBMIT_E_ASK) {
        return begin_chain(engine, id);
    }
    r = r == 0 ? go_on(engine, old, &made) : r > 0 ? give_up(engine, old, msg.text) : r;
    if (r == 0) {
        hub_job_changed(engine->server->hub, old);
    }
    return r;
}

void engine_continue(struct engine *engine) {
    struct due due = {.chains = engine->chains};
    if (!engine->chain_due || engine->grouping || engine_write(engine) < 0) {
        return;
    }
    int r = store_job_chained(engine->server->store, note, &due);
    engine->chain_due = r != 0;
    r = r > 0 ? 0 : r;
    for (size_t i = 0; r == 0 && i < due.n; i++) {
        r = continue_one(engine, due.ids[i]);
    }
    if (r < 0) {
        engine->chain_due = true;
        log_error(engine->server->log,
                  "a run cannot be continued now: %s; it is tried again",
                  store_error(engine->server->store));
    } else if (engine->chain_due) {
        server_work_changed(engine->server);
    }
}
