/* The connection to the server: made, watched, made again when it is lost. Requests are
 * sent without waiting; their answers come out of conn_dispatch. Only making a
 * connection may take a moment, when a server has to be started for it. */
#pragma once

#include <crystalmath/client.h>

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

struct app;
struct request; /* one that waits for its answer */

struct answer {
    int64_t job;          /* as given to conn_ask, … */
    int kind;             /* … and this too */
    const json_t *result; /* borrowed; NULL when the call failed */
    const char *trouble;  /* then what a person should read, … */
    const json_t
        *data; /* … and what the server's error says beside; borrowed, or NULL */
};

typedef void (*answer_fn)(struct app *app, const struct answer *answer);
typedef void (*notice_fn)(struct app *app, const char *method, const json_t *params);

struct conn {
    struct cm_client *client; /* owned */
    struct app *app;          /* borrowed, handed to the callbacks */
    notice_fn notice;
    struct request *requests; /* owned */
    bool no_start;
    const char *host; /* borrowed; NULL: the server is on this machine */

    bool up;
    bool was_up;       /* at any time before */
    unsigned failures; /* attempts since it was up */
    int64_t retry_at;  /* clock_monotonic_ms of the next attempt; when not up */
    char trouble[512]; /* why it is not up */

    bool pinging;
    bool silent;       /* a ping is overdue */
    int64_t ping_sent; /* clock_monotonic_ms */
    int64_t ping_due;
    uint64_t ping_sent_ns;
    uint64_t round_trip_ns; /* 0 when none is known */
};

/* 0, or a CM_E_ code with `error`. */
int conn_init(struct conn *conn, struct app *app, const char *socket_path,
              bool no_start, notice_fn notice, struct cm_error **error);
void conn_deinit(struct conn *conn);

/* Reach the server on a host: connect now with a program that may ask on the terminal,
 * from then on with one that does not. 0, or a CM_E_ code with `error`. */
int conn_lead(struct conn *conn, const char *host, char *const *asking,
              char *const *quiet, struct cm_error **error);

/* Whether a server listens now: true, and the connection is up. Takes no time. */
bool conn_try(struct conn *conn);
/* The same, and starts a server where none runs, unless that was ruled out. On failure
 * the next attempt is set. */
bool conn_try_start(struct conn *conn);

/* Call a method; `params` is taken, and may be NULL when memory ran out, which fails
 * like the rest. When it cannot be sent, `done` is never called: the connection is
 * about to be seen as lost. 0 or a CM_E_ code. */
int conn_ask_take(struct conn *conn, const char *method, json_t *params, answer_fn done,
                  int64_t job, int kind);

/* Send a ping unless one is under way or the last is younger than `age_ms`. */
void conn_ping(struct conn *conn, int64_t now, int64_t age_ms);

/* Do what can be done without waiting. False when the connection has been lost by it.
 */
bool conn_dispatch(struct conn *conn);
/* Look at the clock. True when something to show has changed. */
bool conn_tick(struct conn *conn, int64_t now);
/* When conn_tick wants to be called: clock_monotonic_ms, INT64_MAX for never. */
int64_t conn_deadline(const struct conn *conn);
