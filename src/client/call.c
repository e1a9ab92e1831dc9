/* Requests: queued with an id, and for the blocking calls waited for by poll(2) until a
 * deadline. Several may be in flight; whatever comes in while one is waited for goes
 * where it belongs. */
#include "client/client_internal.h"

#include "client/deadline.h"
#include "client/json_text.h"

#include "base/clock.h"
#include "base/str.h"
#include "rpc/message.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>

static bool valid_method(const char *method) {
    if (str_empty(method)) {
        return false;
    }
    for (const char *at = method; *at; at++) {
        if ((unsigned char)*at <= 0x20 || (unsigned char)*at >= 0x7F) {
            return false;
        }
    }
    return true;
}

static int check_ready(const struct cm_client *client, const char *method,
                       struct cm_error **error) {
    if (client->fd < 0) {
        return error_set(error, CM_E_NOT_CONNECTED,
                         "There is no connection to the server at %s. Connect first.",
                         client->asked_path);
    }
    if (!valid_method(method)) {
        return error_set(error, CM_E_INVALID,
                         "A method name is printable ASCII without spaces, such as "
                         "system.ping.");
    }
    return 0;
}

static int append_request(struct cm_client *client, json_t *message,
                          struct cm_error **error) {
    size_t before = buf_len(&client->out);
    if (!message || rpc_encode_frame(&client->out, message) < 0) {
        return error_no_memory(error);
    }
    size_t added = buf_len(&client->out) - before;
    if (added > FRAME_BODY_MAX) {
        client->out.end -= added;
        return error_set(error, CM_E_INVALID,
                         "The request has %zu bytes, and the server takes at most %zu.",
                         added, FRAME_BODY_MAX);
    }
    client->queued += added;
    return 0;
}

/* Put a request into `out` and the list; its id is then client->last_id. */
static int enqueue(struct cm_client *client, const char *method, json_t *params_take,
                   struct receiver to, struct cm_error **error) {
    _cleanup_json_ json_t *params = params_take;
    int r = check_ready(client, method, error);
    if (r != 0) {
        return r;
    }
    int64_t id = client->last_id + 1;
    _cleanup_json_ json_t *json_id = json_integer(id);
    _cleanup_free_ struct pending *pending = pending_new(id, method, to);
    if (!json_id || !pending) {
        return error_no_memory(error);
    }
    _cleanup_json_ json_t *message = rpc_request(json_id, method, TAKE_PTR(params));
    r = append_request(client, message, error);
    if (r != 0) {
        return r;
    }
    client->last_id = id;
    pending->end = client->queued;
    pending_append(&client->pending, TAKE_PTR(pending));
    return 0;
}

static int exchange_until(struct cm_client *client, const struct waiter *waiter,
                          int64_t deadline_ms, struct cm_error **error) {
    for (;;) {
        int r = stream_flush(client, error);
        if (r == 0) {
            r = incoming_handle(client, false, error);
        }
        if (r != 0 || waiter->done) {
            return r;
        }
        r = deadline_poll(client->fd, cm_client_poll_events(client), deadline_ms);
        if (r < 0) {
            return error_set_system(error, r, "Waiting for the server");
        }
        if (r == 0) {
            return CM_E_TIMEOUT;
        }
        bool more = false;
        r = stream_receive(client, &more, error);
        if (r != 0) {
            return r;
        }
    }
}

static int timed_out(const struct cm_client *client, const char *method, int limit_ms,
                     struct cm_error **error) {
    char who[64] = "The server";
    if (client->server_pid > 0) {
        (void)snprintf(who, sizeof who, "The server (process %ld)",
                       (long)client->server_pid);
    }
    return error_set(
        error, CM_E_TIMEOUT,
        "%s at %s did not answer %s within %g s. It was left running and may "
        "still carry the request out. See what it does: crystalmath server "
        "status, crystalmath server logs.",
        who, client->path, method, limit_ms / 1000.0);
}

int client_call(struct cm_client *client, const char *method, json_t *params_take,
                int64_t deadline_ms, int limit_ms, json_t **result,
                struct cm_error **error) {
    struct waiter waiter = {0};
    struct receiver to = {.waiter = &waiter};
    int r = enqueue(client, method, params_take, to, error);
    if (r != 0) {
        return r;
    }
    int64_t id = client->last_id;
    struct cm_error *why = NULL;
    r = exchange_until(client, &waiter, deadline_ms, &why);
    if (waiter.done) {
        /* Also where the connection ended: the request's own error says more. */
        (void)cm_error_free(why);
        if (waiter.error) {
            return error_move(error, waiter.error);
        }
        *result = waiter.result;
        return 0;
    }
    /* The answer, should it still come, finds nobody and is dropped. */
    free(pending_remove(&client->pending, id));
    return r == CM_E_TIMEOUT ? timed_out(client, method, limit_ms, error)
                             : error_move(error, why);
}

static int read_params(const char *text, json_t **out, struct cm_error **error) {
    if (!text) {
        *out = NULL;
        return 0;
    }
    json_error_t why;
    json_t *params = json_loads(text, JSON_ALLOW_NUL, &why);
    if (params) {
        *out = params;
        return 0;
    }
    if (json_error_code(&why) == json_error_out_of_memory) {
        return error_no_memory(error);
    }
    return error_set(
        error, CM_E_INVALID,
        "The parameters are not a JSON object or array (line %d, column %d: "
        "%s).",
        why.line, why.column, why.text);
}

static int call_from_outside(struct cm_client *client, const char *function,
                             const char *method, const char *params_json,
                             json_t **result, struct cm_error **error) {
    int r = client_check_outside_callback(client, function, error);
    if (r != 0) {
        return r;
    }
    json_t *params = NULL;
    r = read_params(params_json, &params, error);
    if (r != 0) {
        return r;
    }
    int limit = client->call_timeout_ms;
    return client_call(client, method, params, clock_monotonic_ms() + limit, limit,
                       result, error);
}

int cm_call(struct cm_client *client, const char *method, const char *params_json,
            char **result_json, struct cm_error **error) {
    _cleanup_json_ json_t *result = NULL;
    int r = call_from_outside(client, "cm_call", method, params_json, &result, error);
    if (r != 0 || !result_json) {
        return r;
    }
    char *text = json_text(result);
    if (!text) {
        return error_no_memory(error);
    }
    *result_json = text;
    return 0;
}

int cm_ping(struct cm_client *client, uint64_t *round_trip_ns,
            struct cm_error **error) {
    _cleanup_json_ json_t *result = NULL;
    uint64_t begun = clock_monotonic_ns();
    int r = call_from_outside(client, "cm_ping", "system.ping", NULL, &result, error);
    if (r != 0) {
        return r;
    }
    uint64_t took = clock_monotonic_ns() - begun;
    if (!json_is_true(json_object_get(result, "pong"))) {
        return error_set(
            error, CM_E_PROTOCOL,
            "What listens at %s answered system.ping without a pong; it is no "
            "CrystalMath server.",
            client->path);
    }
    if (round_trip_ns) {
        *round_trip_ns = took;
    }
    return 0;
}

int cm_subscribe(struct cm_client *client, const char *params_json,
                 char **snapshot_json, struct cm_error **error) {
    return cm_call(client, "jobs.subscribe", params_json, snapshot_json, error);
}

int cm_send(struct cm_client *client, const char *method, const char *params_json,
            cm_reply_fn callback, void *data, struct cm_error **error) {
    json_t *params = NULL;
    int r = read_params(params_json, &params, error);
    if (r != 0) {
        return r;
    }
    struct receiver to = {.callback = callback, .data = data};
    return enqueue(client, method, params, to, error);
}
