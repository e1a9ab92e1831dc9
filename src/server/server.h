/* The server's parts, as its own files see them. One loop, one thread; every part lives
 * as long as the server. */
#pragma once

#include "base/buf.h"
#include "base/errmsg.h"
#include "base/log.h"
#include "server/options.h"
#include "store/store.h"

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

struct backup;
struct claim;
struct copying;
struct clusters;
struct engine;
struct follower;
struct hub;
struct line_index;
struct listener;
struct method;
struct notify;
struct peer;
struct presence;

enum {
    SERVER_SCRATCH_SIZE = 64 * 1024,
};

/* What all connections together may hold in buffers. */
#define SERVER_BUFFERED_MAX ((size_t)256 * 1024 * 1024)

/* The answers to what one client has just sent, on their way out. */
struct answers {
    struct buf buf;
    size_t whole;      /* bytes of whole frames; behind them one is being written */
    size_t queued;     /* bytes of those that have gone into the peer's own buffer */
    struct peer *peer; /* borrowed; NULL: nobody is being answered */
};

/* Whether what a frame submits is put on the disk by itself, or together with that of
 * the frames around it: see peer.c. */
enum grouping {
    GROUPING_NONE,
    GROUPING_ALLOWED, /* the first one opens a group */
    GROUPING_OPEN,    /* there is one */
    GROUPING_BATCH,   /* by itself, and answered at once: other answers go with it */
};

struct server {
    uv_loop_t loop;
    uv_signal_t signals[2]; /* SIGTERM, SIGINT */
    uv_timer_t idle;
    uv_timer_t stalls; /* active only while a client owes something: see peer.c */
    uv_idle_t work;    /* active only while work_changed waits for its turn */
    struct log *log;
    struct claim *claim; /* borrowed */
    struct store *store;
    struct follower *follower;
    struct hub *hub;
    struct notify *notify;
    struct backup *backup;
    struct copying *copying;
    struct clusters *clusters;
    struct engine *engine;
    struct line_index *line_index;
    struct listener *listener;
    struct presence *presence;
    const struct server_options *options; /* borrowed */
    int64_t started_at;                   /* wall clock, ms */
    int64_t active_at;                    /* monotonic ms of the last use that counts */
    struct peer *peers;                   /* owned by the loop */
    size_t n_peers;
    size_t buffered; /* bytes charged for all connections */
    const struct method *(*find_method)(const char *name);
    struct answers answers;
    enum grouping grouping;
    uint64_t group_ns; /* a group that took so long ends: others wait, too */
    bool stopping;
    bool closed; /* the handles are closed, or about to be by the loop */
    char scratch[SERVER_SCRATCH_SIZE]; /* where every read lands first */
};

/* A server with its database and its jobs, that nobody can connect to yet; `options`
 * and `log` are borrowed. 0 or a negative errno with `msg`. */
int server_new(struct server **out, const struct server_options *options,
               struct log *log, struct errmsg *msg);
/* Take everything down, in good order. Accepts NULL, returns NULL. */
struct server *server_free(struct server *server);

/* Run until asked to end. `claim` says that we are the server; `ready_fd` is told when
 * clients may connect, and closed. 0 or a negative errno with `msg`. */
int server_run(const struct server_options *options, struct claim *claim,
               struct log *log, int *ready_fd, struct errmsg *msg);

/* End the loop in good order: no new clients, answers flushed, files closed. */
void server_stop(struct server *server, const char *why);

/* Something happened that may start or end the time after which an idle server exits.
 * `use`: a client did more than ask whether we are alive. */
void server_touch(struct server *server, bool use);

/* A job came, went or changed its state: see in the next turn of the loop what can
 * start. */
void server_work_changed(struct server *server);

/* Account for a connection's buffers growing or shrinking. False: there is no room. */
bool server_charge(struct server *server, size_t from, size_t to);
/* Make room for n more bytes in such a buffer, and account for it: 0, -ENOMEM, -ENOBUFS
 * when all connections together hold too much. */
int server_reserve(struct server *server, struct buf *buf, size_t n);
