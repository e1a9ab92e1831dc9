/* libcrystalmath: talk to crystalmath-server, starting it when it is not there.
 *
 * JSON goes in and out as UTF-8 text. No function prints, changes a signal handler or
 * keeps global state.
 *
 * Threads: a client is used by one thread at a time; which one may change, when the
 * caller hands it over with a lock or the like. Different clients are independent, and
 * any number of threads may use theirs at once, connect_or_start included. Callbacks
 * run in the thread that called. An error belongs to whoever holds it. The environment
 * is read when a client is made and when a server is started: no other thread may
 * change it meanwhile, as with getenv(3).
 *
 * Functions that can fail return 0, or a negative CM_E_ code; where they take a
 * `struct cm_error **`, it may be NULL, and receives an error that the caller frees.
 * Outputs are written only on success. Strings handed out are freed with free().
 * Times are milliseconds unless the name says otherwise. */
#ifndef CRYSTALMATH_CLIENT_H
#define CRYSTALMATH_CLIENT_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define CM_PUBLIC __attribute__((visibility("default")))
#else
#define CM_PUBLIC
#endif

enum cm_code {
    CM_E_NO_MEMORY = -1,
    CM_E_INVALID = -2, /* an argument is wrong: bad JSON, empty method, path too long */
    CM_E_NO_SERVER = -3, /* nothing listens at the socket path */
    CM_E_NOT_A_SOCKET =
        -4,               /* something else lies at the socket path; it is left alone */
    CM_E_PERMISSION = -5, /* the socket is another user's, or its mode shuts us out */
    CM_E_START_FAILED =
        -6,            /* the server was started and ended, or could not be started */
    CM_E_TIMEOUT = -7, /* no answer in time; the server may still carry out the call */
    CM_E_DISCONNECTED =
        -8,             /* the connection ended; what was sent has an unknown outcome */
    CM_E_PROTOCOL = -9, /* the server sent what is not JSON-RPC 2.0 */
    CM_E_RPC = -10,     /* the server answered with an error: see cm_error_rpc_code() */
    CM_E_NOT_CONNECTED = -11,
    CM_E_SYSTEM = -12, /* the system refused something; the message says what */
};

struct cm_client;
struct cm_error;

/* Errors. Each accepts NULL. */
CM_PUBLIC int cm_error_code(const struct cm_error *error);
/* What happened, why, and what to do next: one or more sentences. */
CM_PUBLIC const char *cm_error_message(const struct cm_error *error);
/* With CM_E_RPC: the JSON-RPC error code, and the error's `data` as JSON text or NULL.
 */
CM_PUBLIC int cm_error_rpc_code(const struct cm_error *error);
CM_PUBLIC const char *cm_error_rpc_data(const struct cm_error *error);
CM_PUBLIC struct cm_error *cm_error_free(struct cm_error *error);

/* Library version, "0.1.0"; static. */
CM_PUBLIC const char *cm_version(void);

/* The path that clients and server share: $XDG_RUNTIME_DIR/crystalmath.sock; on macOS
 * ~/Library/Caches/crystalmath.sock; /tmp/crystalmath-UID.sock. NULL when memory runs
 * out. */
CM_PUBLIC char *cm_default_socket_path(void);

/* A client, not yet connected. socket_path NULL means the default. */
CM_PUBLIC int cm_client_new(struct cm_client **out, const char *socket_path,
                            struct cm_error **error);
/* Closes the connection and frees; accepts NULL, returns NULL. No callback fires. */
CM_PUBLIC struct cm_client *cm_client_free(struct cm_client *client);

/* The path in use: after a start it may differ from the one asked for, when the server
 * of this account already listened elsewhere. Valid until the client connects again. */
CM_PUBLIC const char *cm_client_socket_path(const struct cm_client *client);

/* How long cm_call and cm_ping wait (default 30000), and how long
 * cm_client_connect_or_start and cm_client_ensure_server_running may take in all
 * (default 5000). Below 1: the default. */
CM_PUBLIC void cm_client_set_call_timeout(struct cm_client *client, int milliseconds);
CM_PUBLIC void cm_client_set_start_timeout(struct cm_client *client, int milliseconds);
/* The server program to start. Default: $CRYSTALMATH_SERVER, else beside the running
 * program, else in the configured prefix, else on PATH. */
CM_PUBLIC int cm_client_set_server_program(struct cm_client *client, const char *path);

/* Reach the server through a program instead of the socket, from the next connection
 * on: what is written to its standard input reaches a server, whose words come from its
 * standard output, as with `ssh HOST crystalmath proxy`. What comes there before the
 * first frame is skipped. `name` is what messages call the place. argv is
 * NULL-terminated, its first word looked for on PATH; both are copied. With argv NULL
 * it is the socket again.
 *
 * The program runs in the process group of the caller, so that it may ask on the
 * terminal, and ends with the connection. cm_client_connect then only starts it;
 * cm_client_connect_or_start starts no server, and does not try twice: that is up to
 * the program. CM_E_START_FAILED when it cannot be run, or ends before a server has
 * answered: the message has its last words. 0, CM_E_INVALID or CM_E_NO_MEMORY. */
CM_PUBLIC int cm_client_set_proxy(struct cm_client *client, const char *name,
                                  const char *const *argv);

/* What happens after a connection has ended. Whatever was sent and not answered gets
 * CM_E_DISCONNECTED, its outcome unknown, and is never sent again by the library. */
enum cm_reconnect {
    /* The caller connects again; requests not yet sent get CM_E_DISCONNECTED too, and
     * until then everything gets CM_E_NOT_CONNECTED. */
    CM_RECONNECT_NEVER = 0,
    /* cm_call, cm_ping, cm_subscribe, cm_send (not in a callback) and
     * cm_client_dispatch that find no connection first do what
     * cm_client_connect_or_start does, within the start timeout, and fail as it does.
     * Requests of which nothing was sent wait for the next connection; a cm_call does
     * so once. Subscriptions have ended with the old connection: the notification
     * "client.reconnected", without parameters, tells where to subscribe again. */
    CM_RECONNECT_ON_USE = 1,
};
/* Default: CM_RECONNECT_NEVER. */
CM_PUBLIC void cm_client_set_reconnect(struct cm_client *client,
                                       enum cm_reconnect mode);

/* Connecting. Each first drops a connection that the client may have: requests that
 * wait for an answer on it get CM_E_DISCONNECTED, notifications not yet dispatched are
 * forgotten. None ever removes what lies at the socket path. */

/* Once. CM_E_NO_SERVER when nothing listens, CM_E_TIMEOUT when the server's queue of
 * connections is full. Success does not prove the server well: cm_ping does. */
CM_PUBLIC int cm_client_connect(struct cm_client *client, struct cm_error **error);
/* Up to `attempts` tries, 100, 200, 400 … ms apart, while nothing listens or the
 * server's queue is full; other failures end it at once. */
CM_PUBLIC int cm_client_connect_retry(struct cm_client *client, int attempts,
                                      struct cm_error **error);
/* Make sure that a server runs and answers, starting one if none does; stays
 * unconnected. */
CM_PUBLIC int cm_client_ensure_server_running(struct cm_client *client,
                                              struct cm_error **error);
/* Connect; where nobody listens, start the server and connect. Succeeds once the server
 * has answered system.version. CM_E_TIMEOUT when one listens and does not answer: it is
 * left alone. CM_E_PROTOCOL when it speaks another protocol. */
CM_PUBLIC int cm_client_connect_or_start(struct cm_client *client,
                                         struct cm_error **error);
/* The version that the server told cm_client_connect_or_start, to be compared with
 * cm_version(); NULL when it told none. Valid until the client connects again. */
CM_PUBLIC const char *cm_client_server_version(const struct cm_client *client);
CM_PUBLIC int cm_client_is_connected(const struct cm_client *client);

/* Call a method and wait for its answer. params_json: an object or array, or NULL.
 * *result_json gets the result as JSON text; result_json may be NULL. Notifications
 * that arrive meanwhile are kept for cm_client_dispatch. Not from a callback. */
CM_PUBLIC int cm_call(struct cm_client *client, const char *method,
                      const char *params_json, char **result_json,
                      struct cm_error **error);

/* Ask system.ping through the server's dispatch; *round_trip_ns gets the time it took.
 * round_trip_ns may be NULL. Not from a callback. */
CM_PUBLIC int cm_ping(struct cm_client *client, uint64_t *round_trip_ns,
                      struct cm_error **error);

/* Working without waiting, on the caller's own loop: poll cm_client_fd() for
 * cm_client_poll_events(), then call cm_client_dispatch(). */

/* The answer to cm_send. Exactly one of result_json and error is not NULL; both are
 * valid only during the callback. Called from cm_client_dispatch, cm_call, cm_ping, or
 * a connecting function that drops the connection, never from cm_send or cm_cancel. The
 * callback may send and cancel, but not free, connect, call or dispatch the client. */
typedef void (*cm_reply_fn)(struct cm_client *client, const char *result_json,
                            const struct cm_error *error, void *data);
/* A notification of the server; the strings are valid only during the callback, and
 * params_json may be NULL. Called from cm_client_dispatch only, in the order of arrival
 * among themselves and among replies. At most 8 MiB are kept until then; what comes
 * beyond that is dropped, and told by one notification "client.missed" {"count": N}
 * behind those that were kept: ask the server again then. The callback may send and
 * cancel, but not free, connect, call or dispatch the client. */
typedef void (*cm_notify_fn)(struct cm_client *client, const char *method,
                             const char *params_json, void *data);

CM_PUBLIC void cm_client_set_notify(struct cm_client *client, cm_notify_fn callback,
                                    void *data);
/* Queue a request, for cm_client_dispatch or a blocking call to send; the reply goes to
 * the callback, which may be NULL. Any number may be on their way, blocking calls among
 * them. When the connection ends first, the callback gets the reason:
 * CM_E_DISCONNECTED, CM_E_PROTOCOL or CM_E_SYSTEM. When cm_send fails, the callback is
 * never called. There is no deadline: cm_cancel is for that. *request, where not NULL,
 * gets a number for it, which is never used again by this client. */
CM_PUBLIC int cm_send(struct cm_client *client, const char *method,
                      const char *params_json, cm_reply_fn callback, void *data,
                      int64_t *request, struct cm_error **error);

enum cm_cancelled {
    CM_CANCELLED = 0, /* nothing of it had been sent, and nothing will be */
    CM_CANCELLED_SENT =
        1, /* it was sent, or a part; the server may carry it out, unheard */
};
/* Take a request of cm_send back: its callback will not be called. CM_CANCELLED or
 * CM_CANCELLED_SENT; CM_E_INVALID when no such request waits: it was answered, has
 * failed, was cancelled, or is the one whose callback is running. May be called in a
 * callback. To end a job, call jobs.cancel: this only stops waiting. */
CM_PUBLIC int cm_cancel(struct cm_client *client, int64_t request);

/* The descriptor to poll, -1 when not connected. */
CM_PUBLIC int cm_client_fd(const struct cm_client *client);
/* POLLIN, or POLLIN | POLLOUT while something waits to be sent. */
CM_PUBLIC short cm_client_poll_events(const struct cm_client *client);
/* Send and receive what is possible without waiting, and run callbacks. Call it once
 * after cm_call too when notifications matter: those that came in between wait for it.
 * CM_E_DISCONNECTED when the connection has ended; the client is then unconnected, and
 * every request has got its reply that does not wait for another connection. The
 * descriptor of a new connection may be another one: ask for it again. */
CM_PUBLIC int cm_client_dispatch(struct cm_client *client, struct cm_error **error);

/* Subscribe to jobs (method jobs.subscribe; params_json as there, or NULL for all
 * jobs): *snapshot_json gets its result; what changes then comes to the notify
 * callback. */
CM_PUBLIC int cm_subscribe(struct cm_client *client, const char *params_json,
                           char **snapshot_json, struct cm_error **error);

#ifdef __cplusplus
}
#endif

#endif
