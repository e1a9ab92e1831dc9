/* The pages are copied a few in each turn of the loop, between groups of changes, so
 * that nobody waits for it; SQLite carries over what is written meanwhile. Bringing the
 * copy onto the disk may take long, and is a thread's work that touches the copy alone.
 * The thread is there for that and no longer: the loop's pool would keep its threads
 * for ever. */
#include "server/backup.h"

#include "server/job_json.h"
#include "server/server.h"

#include "store/store_care.h"

#include <string.h>

enum { PAGES_A_TURN = 32 };

struct backup {
    struct server *server; /* borrowed */
    uv_idle_t turn;        /* active only while pages are copied */
    uv_thread_t thread;
    uv_async_t finished;       /* open from the thread's start to its end */
    struct store_backup *copy; /* owned: the one that is being made */
    char *path;                /* owned: of the last one; NULL: there was none */
    bool finishing;            /* `copy` is the thread's, or `finished` is still open */
    int result;                /* of that */
    struct errmsg error;       /* of the last one; "" */
    int done, all;             /* pages */
};

int backup_new(struct backup **out, struct server *server) {
    struct backup *backup = calloc(1, sizeof *backup);
    if (!backup) {
        return -ENOMEM;
    }
    backup->server = server;
    backup->turn.data = backup;
    (void)uv_idle_init(&server->loop, &backup->turn);
    *out = backup;
    return 0;
}

/* One way or the other it is over. */
static void end(struct backup *backup) {
    backup->copy = store_backup_free(backup->copy);
    if (backup->error.text[0]) {
        log_error(backup->server->log, "%s", backup->error.text);
    } else {
        log_info(backup->server->log, "the database was copied to %s", backup->path);
    }
    server_touch(backup->server, true);
}

static void run_thread(void *data) {
    struct backup *backup = data;
    backup->result = store_backup_finish(backup->copy, &backup->error);
    (void)uv_async_send(&backup->finished);
}

static void on_closed(uv_handle_t *handle) {
    struct backup *backup = handle->data;
    char space[128];
    backup->finishing = false;
    if (backup->result != 0 && !backup->error.text[0]) {
        (void)errmsg_set(&backup->error, 0, "the copy %s cannot be made: %s",
                         backup->path,
                         errmsg_errno(backup->result, space, sizeof space));
    }
    end(backup);
}

static void on_finished(uv_async_t *finished) {
    struct backup *backup = finished->data;
    (void)uv_thread_join(&backup->thread);
    uv_close((uv_handle_t *)finished, on_closed);
}

static void finish(struct backup *backup) {
    int r = uv_async_init(&backup->server->loop, &backup->finished, on_finished);
    backup->finished.data = backup;
    backup->finishing = true;
    if (r < 0) {
        backup->result = r;
        on_closed((uv_handle_t *)&backup->finished);
        return;
    }
    r = uv_thread_create(&backup->thread, run_thread, backup);
    if (r < 0) {
        backup->result = r;
        uv_close((uv_handle_t *)&backup->finished, on_closed);
    }
}

static void on_turn(uv_idle_t *turn) {
    struct backup *backup = turn->data;
    char space[128];
    if (store_in_group(backup->server->store)) {
        return;
    }
    int r = store_backup_step(backup->copy, PAGES_A_TURN, &backup->error);
    store_backup_progress(backup->copy, &backup->done, &backup->all);
    if (r == 1) {
        return;
    }
    (void)uv_idle_stop(turn);
    if (r == 0) {
        finish(backup);
        return;
    }
    if (!backup->error.text[0]) {
        (void)errmsg_set(&backup->error, 0, "the copy %s cannot be made: %s",
                         backup->path, errmsg_errno(r, space, sizeof space));
    }
    end(backup);
}

int backup_start(struct backup *backup, const char *path, bool replace,
                 struct errmsg *msg) {
    if (backup_is_busy(backup)) {
        return errmsg_set(msg, BACKUP_E_BUSY,
                          "a copy is being made already, to %s; try again when it is "
                          "done",
                          backup->path);
    }
    _cleanup_free_ char *kept = strdup(path);
    if (!kept) {
        return -ENOMEM;
    }
    int r = store_backup_new(&backup->copy, backup->server->store, path, replace, msg);
    if (r != 0) {
        return r;
    }
    free(backup->path);
    backup->path = TAKE_PTR(kept);
    backup->error = (struct errmsg)ERRMSG_NULL;
    backup->done = backup->all = 0;
    (void)uv_idle_start(&backup->turn, on_turn);
    return 0;
}

bool backup_is_busy(const struct backup *backup) {
    return backup->copy != NULL;
}

json_t *backup_tell(const struct backup *backup) {
    const char *error = backup->error.text[0] ? backup->error.text : NULL;
    return json_pack(
        "{s:o, s:b, s:i, s:i, s:o}", "path", json_text_or_null(backup->path), "running",
        (int)backup_is_busy(backup), "pages_done", backup->done, "pages", backup->all,
        "error", backup_is_busy(backup) ? json_null() : json_text_or_null(error));
}

void backup_close(struct backup *backup) {
    if (backup) {
        (void)uv_idle_stop(&backup->turn);
        if (!backup->finishing) {
            backup->copy = store_backup_free(backup->copy);
        }
        uv_close((uv_handle_t *)&backup->turn, NULL);
    }
}

struct backup *backup_free(struct backup *backup) {
    if (backup) {
        (void)store_backup_free(backup->copy);
        free(backup->path);
        free(backup);
    }
    return NULL;
}
