/* The client itself, and what the files of this folder do for one another.
 *
 * Lifetime rules. Callbacks run while `in_callback` is set, and everything that could
 * pull the client away from under them is refused then. A connection ends in one place,
 * client_lose: the descriptor is closed first, then whoever waits is told; where the
 * caller has chosen to reconnect, requests that have not begun to leave stay in `out`
 * and `pending` for the next connection. Errors that end the connection are
 * CM_E_DISCONNECTED, CM_E_PROTOCOL and CM_E_SYSTEM; CM_E_NO_MEMORY never does, and what
 * was being read is read again the next time. */
#pragma once

#include "client/error.h"
#include "client/notices.h"
#include "client/pending.h"
#include "client/proxy.h"

#include "base/buf.h"
#include "rpc/frame.h"

#include <stdbool.h>
#include <sys/types.h>

enum {
    CLIENT_CALL_TIMEOUT_MS = 30000,
    CLIENT_START_TIMEOUT_MS = 5000,
};

struct cm_client {
    char *asked_path; /* what the caller named, absolute */
    char *path;       /* where we are, or were last, connected; at first asked_path */
    struct proxy *proxy;  /* owned; NULL: by the socket */
    char *server_program; /* NULL: look for it */
    char *server_version; /* NULL: not told */
    int call_timeout_ms;
    int start_timeout_ms;
    pid_t launched; /* a child that had not ended when we stopped waiting; 0: none */

    int fd;           /* -1: not connected */
    int waits_ms;     /* for how long a read of `fd` that waits does so; 0: for ever */
    pid_t server_pid; /* 0: not known */
    struct buf in;
    struct frame frame; /* at the front of `in` */
    struct buf out;
    uint64_t queued; /* bytes that `out` was ever given on this connection */
    uint64_t sent;   /* bytes of those that the socket has taken */
    bool broken;     /* it takes no more; the end will show where we read */
    bool used;       /* the caller has had something to do with a connection */
    enum cm_reconnect reconnect;

    int64_t last_id; /* of all connections, so that a late answer is never mistaken */
    struct pending_list pending;
    struct pending_list losing; /* those that client_lose is telling */
    struct notices notices;
    cm_notify_fn notify;
    void *notify_data;
    bool in_callback;
};

/* client.c */

/* Where the server runs, in words. The client's. */
const char *client_machine(const struct cm_client *client);

/* Refuse what a callback must not do. 0 or CM_E_INVALID. */
int client_check_outside_callback(const struct cm_client *client, const char *function,
                                  struct cm_error **error);
/* What everything begins with that needs a connection: where there is none, and the
 * caller has chosen so, one is made, but in a callback, where requests merely queue. */
int client_need_connection(struct cm_client *client, struct cm_error **error);
/* End the connection and tell every pending request that is not carried over, in order.
 * The reason is a clause without a full stop: "The server at … closed the connection".
 * Returns the code. */
int client_lose(struct cm_client *client, struct cm_error **error, int code,
                const char *format, ...) __attribute__((format(printf, 4, 5)));

/* connect.c */

/* What every connecting function begins with: refuse in a callback, drop what there is.
 */
int client_begin_connecting(struct cm_client *client, const char *function,
                            struct cm_error **error);
/* One try. CM_E_TIMEOUT when the server's queue of connections is full. */
int client_try_connect(struct cm_client *client, const char *path,
                       struct cm_error **error);
/* Take a connected descriptor to what `name` says, the path or the proxy's. 0 or
 * CM_E_NO_MEMORY, and the descriptor is closed. */
int client_take_connection(struct cm_client *client, int fd_take, const char *name,
                           struct cm_error **error);

/* start.c */

/* Connect or start, and leave a notification where there had been a connection. */
int client_reconnect(struct cm_client *client, struct cm_error **error);

/* cancel.c */

/* Forget a request: CM_CANCELLED, CM_CANCELLED_SENT, or CM_E_INVALID where none of that
 * id waits. Nobody is called. */
int client_withdraw(struct cm_client *client, int64_t id);

/* stream.c */

/* Send what can be sent at once. A broken connection shows itself to the next
 * stream_receive. 0 or CM_E_SYSTEM with the connection ended. */
int stream_flush(struct cm_client *client, struct cm_error **error);
/* Receive once, waiting for at most `wait_ms` (0: not at all; a signal ends it early);
 * *more tells that there may be more at once. 0, CM_E_NO_MEMORY, or another error with
 * the connection ended. */
int stream_receive(struct cm_client *client, int wait_ms, bool *more,
                   struct cm_error **error);

/* incoming.c */

/* Handle the whole frames that have come in: replies go where they belong,
 * notifications into the queue, and on to the callback where `deliver` says so. */
int incoming_handle(struct cm_client *client, bool deliver, struct cm_error **error);
/* Give the queued notifications to the callback. */
void incoming_deliver(struct cm_client *client);
/* Tell a request that it failed, and free both. */
void incoming_fail(struct cm_client *client, struct pending *pending_take,
                   struct cm_error *error_take);

/* call.c */

/* Call and wait until the deadline, for which the message says `limit_ms`. `params` is
 * checked JSON text or NULL. *result is JSON text, the caller's. */
int client_call(struct cm_client *client, const char *method, const char *params,
                int64_t deadline_ms, int limit_ms, char **result,
                struct cm_error **error);
