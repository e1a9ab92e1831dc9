/* What people do with jobs to keep them in order: words on them, and their removal. A
 * job that has ended is on the disk alone, so it is read, changed and written; one that
 * has not is changed in memory and written like every other change of it. Nothing here
 * touches a file in a job's directory. */
#include "server/engine.h"

#include "base/str.h"
#include "exec/local.h"
#include "job/tags.h"
#include "server/engine_internal.h"
#include "server/hub.h"
#include "server/server.h"
#include "server/stage.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

/* All or nothing. 0, ENGINE_E_TAGS, or -ENOMEM. */
static int apply(struct job *job, const struct engine_edit *edit) {
    char **tags = NULL;
    _cleanup_free_ char *name = edit->name ? strdup(edit->name) : NULL;
    _cleanup_free_ char *note = !str_empty(edit->note) ? strdup(edit->note) : NULL;
    if ((edit->name && !name) || (!str_empty(edit->note) && !note)) {
        return -ENOMEM;
    }
    if (edit->add || edit->drop) {
        int r = tags_change(job->tags, edit->add, edit->drop, &tags);
        if (r != 0) {
            return r == TAGS_E_TOO_MANY ? ENGINE_E_TAGS : r;
        }
        (void)strv_free(job->tags);
        job->tags = tags;
    }
    if (name) {
        free(job->name);
        job->name = TAKE_PTR(name);
    }
    if (edit->note) {
        free(job->note);
        job->note = TAKE_PTR(note);
    }
    return 0;
}

static int edit_stored(struct engine *engine, int64_t id,
                       const struct engine_edit *edit) {
    struct store *store = engine->server->store;
    _cleanup_(job_freep) struct job *job = NULL;
    int r = store_job_get(store, id, &job);
    if (r != 0) {
        return r == STORE_E_MISSING ? ENGINE_E_MISSING : r;
    }
    job_forget_start(job); /* so that it is not written again */
    r = apply(job, edit);
    r = r ? r : store_job_update(store, job, 0, NULL);
    if (r == 0) {
        hub_job_changed(engine->server->hub, job);
    }
    return r == STORE_E_MISSING ? ENGINE_E_MISSING : r;
}

/* The run of a job that has not ended, or NULL: what has ended is on the disk then, for
 * good. 0 or a negative errno. */
static int find_open(struct engine *engine, int64_t id, struct run **out) {
    struct run *run = engine_find(engine, id);
    *out = run;
    if (!run || !job_state_is_final(run->job->state)) {
        return 0;
    }
    int r = engine_write(engine);
    *out = NULL;
    return r;
}

int engine_edit(struct engine *engine, int64_t id, const struct engine_edit *edit) {
    struct run *run = NULL;
    int r = find_open(engine, id, &run);
    if (r < 0) {
        return r;
    }
    if (!run) {
        return edit_stored(engine, id, edit);
    }
    r = apply(run->job, edit);
    if (r != 0) {
        return r;
    }
    /* As with other changes of a job on its way, what the disk refuses is so from now
     * on: it is written later. */
    engine_write_soon(engine, run);
    r = engine_write(engine);
    hub_job_changed(engine->server->hub, run->job);
    return r < 0 ? ENGINE_E_PENDING : 0;
}

/* ---- removal ---- */

/* The first job that has not started, and asked to start after this one; 0: none. That
 * it has been told of the end does not matter: its list would name a job that nobody
 * can look at any more. */
static int64_t waiter_of(const struct engine *engine, int64_t id) {
    for (size_t i = 0; i < engine->runs.n; i++) {
        const struct job *job = ((const struct run *)sorted_at(&engine->runs, i))->job;
        bool waits =
            !job_state_is_final(job->state) && !job_state_is_active(job->state);
        for (size_t k = 0; waits && k < job->n_after; k++) {
            if (job->after[k].id == id) {
                return job->id;
            }
        }
    }
    return 0;
}

/* Into the open transaction. *tries gets how many run folders it had. 0, ENGINE_E_…, or
 * a negative errno. */
static int remove_one(struct engine *engine, int64_t id, int64_t *by, int *tries) {
    struct store *store = engine->server->store;
    if (engine_find(engine, id)) {
        return ENGINE_E_OPEN;
    }
    int64_t waiting = 0;
    int r = store_job_waiting(store, id, &waiting);
    *by = r == 0 && waiting > 0 ? waiter_of(engine, id) : 0;
    if (r < 0 || *by != 0) {
        return r < 0 ? r : ENGINE_E_NEEDED;
    }
    _cleanup_(job_freep) struct job *job = NULL;
    r = store_job_get(store, id, &job);
    r = r ? r : store_job_remove(store, id);
    if (r == 0) {
        *tries = job->attempt;
    }
    return r == STORE_E_MISSING ? ENGINE_E_MISSING : r;
}

static void tell_removed(struct engine *engine, int64_t id, int tries) {
    json_t *params = json_pack("{s:I}", "id", (json_int_t)id);
    log_info(engine->server->log, "job %" PRId64 " was removed", id);
    if (params) {
        hub_publish(engine->server->hub, id, false, "jobs.removed", params);
    }
    json_decref(params);
    for (int i = 1; i <= tries; i++) {
        _cleanup_free_ char *path = NULL;
        if (run_folder_of(engine, id, i, &path) == 0) {
            stage_remove(path);
            local_remove(path);
        }
    }
}

int engine_remove(struct engine *engine, const int64_t *ids, size_t n, int *verdicts,
                  int64_t *by) {
    struct store *store = engine->server->store;
    _cleanup_free_ int *tries = calloc(n + 1, sizeof *tries);
    int r = tries ? engine_write(engine) : -ENOMEM;
    r = r ? r : store_begin(store);
    if (r < 0) {
        return r;
    }
    for (size_t i = 0; r >= 0 && i < n; i++) {
        r = remove_one(engine, ids[i], &by[i], &tries[i]);
        verdicts[i] = r;
    }
    if (r < 0) {
        store_rollback(store);
        return r;
    }
    r = store_commit(store);
    for (size_t i = 0; r == 0 && i < n; i++) {
        if (verdicts[i] == 0) {
            tell_removed(engine, ids[i], tries[i]);
        }
    }
    return r;
}
