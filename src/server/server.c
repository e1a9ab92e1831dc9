/* The server as a whole: brings its parts up in order, runs the loop, takes them down
 * in the opposite order. It exits when asked, and when nothing has used it for a while
 * and no job is on its way. */
#include "server/server.h"

#include "base/clock.h"
#include "server/adopt.h"
#include "server/backup.h"
#include "server/claim.h"
#include "server/clusters.h"
#include "server/copying.h"
#include "server/engine.h"
#include "server/follow.h"
#include "server/health.h"
#include "server/hub.h"
#include "server/json_buf.h"
#include "server/leftovers.h"
#include "server/line_index.h"
#include "server/listener.h"
#include "server/methods/methods.h"
#include "server/notify.h"
#include "server/peer.h"
#include "server/presence.h"
#include "server/ready.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>

enum { GROUP_MS = 4 };

bool server_charge(struct server *server, size_t from, size_t to) {
    size_t others = server->buffered - from;
    if (to > from && to > SERVER_BUFFERED_MAX - others) {
        return false;
    }
    server->buffered = others + to;
    return true;
}

int server_reserve(struct server *server, struct buf *buf, size_t n) {
    size_t before = buf->cap;
    size_t after = buf_cap_for(buf, n);
    if (!server_charge(server, before, after)) {
        return -ENOBUFS;
    }
    int r = buf_reserve(buf, n);
    if (r < 0) {
        (void)server_charge(server, after, before);
    }
    return r;
}

void server_stop(struct server *server, const char *why) {
    if (!server->stopping) {
        log_info(server->log, "stopping: %s", why);
        server->stopping = true;
        server_work_changed(server);
    }
}

static void on_signal(uv_signal_t *handle, int number) {
    server_stop(handle->data, number == SIGTERM ? "SIGTERM" : "SIGINT");
}

static bool is_idle(const struct server *server) {
    return server->n_peers == 0 && server->engine->runs.n == 0 &&
           !engine_is_continuing(server->engine) && !notify_is_busy(server->notify) &&
           !backup_is_busy(server->backup) && !copying_is_busy(server->copying) &&
           !server->stopping;
}

static void on_idle_expired(uv_timer_t *timer) {
    struct server *server = timer->data;
    if (is_idle(server) && listener_withdraw(server->listener)) {
        server_stop(server, "nothing to do");
    }
}

static void watch_idleness(struct server *server) {
    if (!is_idle(server) || server->options->timeout_ms == 0) {
        (void)uv_timer_stop(&server->idle);
        return;
    }
    int64_t due =
        server->active_at + server->options->timeout_ms - clock_monotonic_ms();
    uv_update_time(&server->loop);
    (void)uv_timer_start(&server->idle, on_idle_expired, due > 0 ? (uint64_t)due : 0,
                         0);
}

void server_touch(struct server *server, bool use) {
    if (use) {
        server->active_at = clock_monotonic_ms();
    }
    if (!server->stopping && server->listener) {
        watch_idleness(server);
    }
}

static void close_handles(struct server *server) {
    server->closed = true;
    if (server->claim) {
        (void)claim_tell(server->claim, NULL);
    }
    presence_close(server->presence);
    if (server->listener) {
        listener_close(server->listener);
    }
    copying_close(server->copying);
    peer_end_all(server);
    for (size_t i = 0; i < 2; i++) {
        uv_close((uv_handle_t *)&server->signals[i], NULL);
    }
    uv_close((uv_handle_t *)&server->idle, NULL);
    uv_close((uv_handle_t *)&server->stalls, NULL);
    uv_close((uv_handle_t *)&server->work, NULL);
    notify_close(server->notify);
    backup_close(server->backup);
    server->engine = engine_free(server->engine);
    clusters_close(server->clusters);
    follower_close(server->follower);
}

static void on_work(uv_idle_t *handle) {
    struct server *server = handle->data;
    (void)uv_idle_stop(handle);
    if (server->stopping) {
        close_handles(server);
        return;
    }
    engine_continue(server->engine);
    engine_schedule(server->engine);
    server_touch(server, true);
}

void server_work_changed(struct server *server) {
    if (!server->closed) {
        (void)uv_idle_start(&server->work, on_work);
    }
}

static int open_loop(struct server *server) {
    int r = uv_loop_init(&server->loop);
    if (r < 0) {
        return r;
    }
    const int numbers[] = {SIGTERM, SIGINT};
    for (size_t i = 0; i < 2; i++) {
        (void)uv_signal_init(&server->loop, &server->signals[i]);
        server->signals[i].data = server;
        r = r ? r : uv_signal_start(&server->signals[i], on_signal, numbers[i]);
    }
    (void)uv_timer_init(&server->loop, &server->idle);
    (void)uv_timer_init(&server->loop, &server->stalls);
    (void)uv_idle_init(&server->loop, &server->work);
    server->idle.data = server;
    server->stalls.data = server;
    server->work.data = server;
    return r;
}

static void tell_adopted(struct server *server, const struct adopted *adopted) {
    size_t found = json_array_size(adopted->found);
    size_t skipped = json_array_size(adopted->skipped);
    if (found > 0) {
        log_warning(
            server->log,
            "the list of jobs is new, and the run folders of %zu older jobs are "
            "there: they are in the list again, as far as that can be told",
            found);
    }
    if (skipped > 0) {
        log_warning(
            server->log,
            "the list of jobs is new, and %zu run folders in %s cannot be read, %lld "
            "the first of them: their jobs are not in the list, and their numbers are "
            "given to no others",
            skipped, server->options->runs_dir,
            (long long)json_integer_value(json_array_get(adopted->skipped, 0)));
    }
}

/* Where the list of jobs is new the run folders may be of an older one: its jobs are
 * found again, and their numbers are given to no others. All of them are in the list,
 * or none, and then the next start does this: the list is new until it has given out a
 * number. */
static int adopt(struct server *server, struct errmsg *msg) {
    struct store *store = server->store;
    _cleanup_(adopted_deinit) struct adopted adopted = {0};
    int64_t highest = 0;
    int r = store_ids_highest(store, &highest);
    if (r < 0 || highest > 0) {
        return r;
    }
    r = adopted_init(&adopted);
    r = r ? r : store_begin(store);
    if (r == 0) {
        r = adopt_unknown(store, server->options->runs_dir, &adopted);
        if (r == 0) {
            r = store_commit(store);
        } else {
            store_rollback(store);
        }
    }
    if (r < 0) {
        char space[128];
        return errmsg_set(msg, r,
                          "the list of jobs is new, and the run folders in %s cannot "
                          "be taken into it: %s. Nothing was changed; mend that, and "
                          "start again",
                          server->options->runs_dir,
                          errmsg_errno(r, space, sizeof space));
    }
    tell_adopted(server, &adopted);
    return 0;
}

/* What was left by programs that were killed, each file as large as the database. */
static int tidy(struct server *server) {
    _cleanup_json_ json_t *removed = json_array();
    int r = removed ? leftovers_remove(server->options->db_path, removed) : -ENOMEM;
    for (size_t i = 0; i < json_array_size(removed); i++) {
        log_info(server->log, "removed %s, left of copying that was broken off",
                 json_string_value(json_array_get(removed, i)));
    }
    return r;
}

static int open_parts(struct server *server, struct errmsg *msg) {
    int r = tidy(server);
    if (r < 0) {
        return r;
    }
    r = store_open(&server->store, server->options->db_path, msg);
    if (r != 0) {
        return r > 0 ? -EIO : r;
    }
    if (store_copy(server->store)) {
        log_info(
            server->log,
            "the database was brought up to date; as it was before it is kept in %s",
            store_copy(server->store));
    }
    r = adopt(server, msg);
    if (r == 0) {
        r = hub_new(&server->hub, server);
    }
    if (r == 0) {
        r = follower_new(&server->follower, &server->loop, &follow_pace_usual);
    }
    if (r == 0) {
        r = notify_new(&server->notify, server);
    }
    if (r == 0) {
        r = backup_new(&server->backup, server);
    }
    if (r == 0) {
        r = copying_new(&server->copying, server);
    }
    if (r == 0) {
        r = line_index_new(&server->line_index);
    }
    if (r == 0) {
        r = clusters_new(&server->clusters, server);
    }
    if (r == 0) {
        r = engine_new(&server->engine, server);
    }
    return r == 0 ? engine_recover(server->engine) : r;
}

int server_new(struct server **out, const struct server_options *options,
               struct log *log, struct errmsg *msg) {
    struct server *server = calloc(1, sizeof *server);
    if (!server) {
        return -ENOMEM;
    }
    server->options = options;
    server->log = log;
    server->find_method = method_find;
    server->group_ns = (uint64_t)GROUP_MS * 1000000;
    server->started_at = clock_realtime_ms();
    server->active_at = clock_monotonic_ms();
    int r = open_loop(server);
    if (r == 0) {
        r = open_parts(server, msg);
    }
    if (r < 0) {
        (void)server_free(server);
        return r;
    }
    *out = server;
    return 0;
}

struct server *server_free(struct server *server) {
    if (!server) {
        return NULL;
    }
    if (!server->closed) {
        server->stopping = true;
        close_handles(server);
    }
    (void)uv_run(&server->loop, UV_RUN_DEFAULT);
    (void)uv_loop_close(&server->loop);
    (void)presence_free(server->presence);
    (void)listener_free(server->listener);
    (void)notify_free(server->notify);
    (void)backup_free(server->backup);
    (void)copying_free(server->copying);
    (void)clusters_free(server->clusters);
    (void)hub_free(server->hub);
    (void)follower_free(server->follower);
    (void)line_index_free(server->line_index);
    (void)store_free(server->store);
    buf_deinit(&server->answers.buf);
    free(server);
    return NULL;
}

int server_run(const struct server_options *options, struct claim *claim,
               struct log *log, int *ready_fd, struct errmsg *msg) {
    struct server *server = NULL;
    int r = server_new(&server, options, log, msg);
    if (r < 0) {
        return r;
    }
    server->claim = claim;
    r = options->given_fd >= 0
            ? listener_new_given(&server->listener, server, options->given_fd,
                                 options->socket_path, msg)
            : listener_new(&server->listener, server, options->socket_path, msg);
    if (r == 0) {
        r = presence_new(&server->presence, server);
    }
    if (r == 0) {
        log_info(log, "ready: version %s, pid %ld, socket %s, database %s",
                 CRYSTALMATH_VERSION, (long)getpid(), options->socket_path,
                 options->db_path);
        health_log(server);
        copying_tidy(server->copying);
        ready_tell_ready(ready_fd, getpid(), options->socket_path);
        server_touch(server, true);
        (void)uv_run(&server->loop, UV_RUN_DEFAULT);
    }
    (void)server_free(server);
    return r;
}
