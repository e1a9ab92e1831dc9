/* The client object: made, set up, taken down, and how a connection ends. */
#include "client/client_internal.h"

#include "base/errmsg.h"
#include "base/path.h"
#include "base/str.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

DEFINE_CLEANUP(struct cm_client *, cm_client_free);

const char *cm_version(void) {
    return CRYSTALMATH_VERSION;
}

char *cm_default_socket_path(void) {
    char *path = NULL;
    return path_socket_default(&path) < 0 ? NULL : path;
}

static int resolve_path(char **out, const char *socket_path, struct cm_error **error) {
    if (socket_path && !*socket_path) {
        return error_set(error, CM_E_INVALID,
                         "The socket path is empty. Name one, or leave it out for the "
                         "default.");
    }
    int r = socket_path ? path_absolute(out, socket_path) : path_socket_default(out);
    return r < 0 ? error_set_system(error, r, "Finding the socket path") : 0;
}

int cm_client_new(struct cm_client **out, const char *socket_path,
                  struct cm_error **error) {
    _cleanup_(cm_client_freep) struct cm_client *client = calloc(1, sizeof *client);
    if (!client) {
        return error_no_memory(error);
    }
    client->fd = -1;
    client->call_timeout_ms = CLIENT_CALL_TIMEOUT_MS;
    client->start_timeout_ms = CLIENT_START_TIMEOUT_MS;
    int r = resolve_path(&client->asked_path, socket_path, error);
    if (r != 0) {
        return r;
    }
    client->path = strdup(client->asked_path);
    if (!client->path) {
        return error_no_memory(error);
    }
    *out = TAKE_PTR(client);
    return 0;
}

struct cm_client *cm_client_free(struct cm_client *client) {
    if (!client) {
        return NULL;
    }
    closep(&client->fd);
    (void)proxy_free(client->proxy);
    pending_clear(&client->pending);
    notices_clear(&client->notices);
    buf_deinit(&client->in);
    buf_deinit(&client->out);
    if (client->launched > 0) {
        (void)waitpid(client->launched, NULL, WNOHANG);
    }
    free(client->asked_path);
    free(client->path);
    free(client->server_program);
    free(client->server_version);
    free(client);
    return NULL;
}

const char *cm_client_socket_path(const struct cm_client *client) {
    return client->path;
}

const char *cm_client_server_version(const struct cm_client *client) {
    return client->server_version;
}

void cm_client_set_call_timeout(struct cm_client *client, int milliseconds) {
    client->call_timeout_ms = milliseconds > 0 ? milliseconds : CLIENT_CALL_TIMEOUT_MS;
}

void cm_client_set_start_timeout(struct cm_client *client, int milliseconds) {
    client->start_timeout_ms =
        milliseconds > 0 ? milliseconds : CLIENT_START_TIMEOUT_MS;
}

int cm_client_set_server_program(struct cm_client *client, const char *path) {
    char *copy = NULL;
    if (path) {
        if (!*path) {
            return CM_E_INVALID;
        }
        copy = strdup(path);
        if (!copy) {
            return CM_E_NO_MEMORY;
        }
    }
    free(client->server_program);
    client->server_program = copy;
    return 0;
}

int cm_client_set_proxy(struct cm_client *client, const char *name,
                        const char *const *argv) {
    struct proxy *proxy = NULL;
    if (argv) {
        int r = proxy_new(&proxy, name, argv);
        if (r != 0) {
            return r;
        }
    }
    if (client->proxy && client->fd >= 0) {
        /* Its program is the one of the connection that there is. */
        proxy_hand_over(client->proxy, proxy);
    }
    (void)proxy_free(client->proxy);
    client->proxy = proxy;
    return 0;
}

void cm_client_set_reconnect(struct cm_client *client, enum cm_reconnect mode) {
    client->reconnect = mode;
}

void cm_client_set_notify(struct cm_client *client, cm_notify_fn callback, void *data) {
    client->notify = callback;
    client->notify_data = data;
}

int cm_client_is_connected(const struct cm_client *client) {
    return client->fd >= 0;
}

int cm_client_fd(const struct cm_client *client) {
    return client->fd;
}

int client_check_outside_callback(const struct cm_client *client, const char *function,
                                  struct cm_error **error) {
    if (!client->in_callback) {
        return 0;
    }
    return error_set(
        error, CM_E_INVALID,
        "%s must not be called from a callback of the same client. Use cm_send "
        "there, or do it after cm_client_dispatch has returned.",
        function);
}

const char *client_machine(const struct cm_client *client) {
    return client->proxy ? proxy_name(client->proxy) : "this machine";
}

int client_need_connection(struct cm_client *client, struct cm_error **error) {
    if (client->fd < 0 && client->reconnect == CM_RECONNECT_NEVER) {
        return error_set(error, CM_E_NOT_CONNECTED,
                         "There is no connection to the server at %s. Connect first.",
                         client->proxy ? proxy_name(client->proxy)
                                       : client->asked_path);
    }
    if (client->fd < 0 && !client->in_callback) {
        int r = client_reconnect(client, error);
        if (r != 0) {
            return r;
        }
    }
    client->used = true;
    return 0;
}

static struct cm_error *lost_request(const struct pending *pending, int code,
                                     const char *reason) {
    struct cm_error *error = NULL;
    if (pending->sent) {
        (void)error_set(
            &error, code,
            "%s before it answered %s. Whether the request was carried out is "
            "unknown: look before you repeat it.",
            reason, pending->method);
    } else {
        (void)error_set(&error, code,
                        "%s before %s was sent. Nothing of it was carried out: connect "
                        "again and repeat it.",
                        reason, pending->method);
    }
    return error;
}

/* The first request that is to wait for another connection; all behind it do too. Of
 * one that has begun to leave the rest is no whole frame. */
static struct pending *first_carried(const struct cm_client *client, int code) {
    if (client->reconnect == CM_RECONNECT_NEVER || code != CM_E_DISCONNECTED) {
        return NULL;
    }
    struct pending *at = client->pending.first;
    while (at && (at->end - at->size < client->sent ||
                  (at->to.waiter && !at->to.waiter->carried))) {
        at = at->next;
    }
    return at;
}

/* Sort what waits into `losing` and what stays in `pending`, with its bytes in `out`.
 */
static void part_requests(struct cm_client *client, int code) {
    for (struct pending *at = client->pending.first; at; at = at->next) {
        at->sent = at->end <= client->sent;
    }
    struct pending_list carried = {0};
    struct pending *first = first_carried(client, code);
    if (first) {
        uint64_t begin = first->end - first->size;
        pending_split(&client->pending, first, &carried);
        buf_consume(&client->out, (size_t)(begin - client->sent));
        for (struct pending *at = first; at; at = at->next) {
            at->end -= begin;
        }
    } else {
        buf_deinit(&client->out);
    }
    client->losing = client->pending;
    client->pending = carried;
    client->queued = buf_len(&client->out);
    client->sent = 0;
}

int client_lose(struct cm_client *client, struct cm_error **error, int code,
                const char *format, ...) {
    char reason[sizeof(struct errmsg)];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(reason, sizeof reason, format, args);
    va_end(args);

    closep(&client->fd);
    client->fd = -1;
    client->server_pid = 0;
    client->broken = false;
    client->frame = (struct frame)FRAME_NULL;
    buf_deinit(&client->in);
    part_requests(client, code);
    /* What callbacks send meanwhile is refused or carried over, so this list only gets
     * shorter. */
    struct pending *pending = NULL;
    while ((pending = pending_remove_first(&client->losing))) {
        incoming_fail(client, pending, lost_request(pending, code, reason));
    }
    return error_set(error, code, "%s. %s", reason,
                     client->reconnect == CM_RECONNECT_NEVER
                         ? "Connect again to go on."
                         : "The next call connects again.");
}
