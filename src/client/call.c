/* Requests: queued with an id, and for the blocking calls waited for by poll(2) until a
 * deadline. Several may be in flight; whatever comes in while one is waited for goes
 * where it belongs. */
#include "client/client_internal.h"

#include "client/deadline.h"

#include "base/clock.h"
#include "base/platform.h"
#include "base/str.h"
#include "rpc/message.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

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

/* The text goes into the request as it stands, so it has to be right. */
static int check_params(const char *text, struct cm_error **error) {
    if (!text) {
        return 0;
    }
    struct json_scan scan;
    struct json_span value = JSON_SPAN_NULL;
    json_scan_init(&scan, text, strlen(text));
    int r = json_scan_value(&scan, &value);
    if (r == 0) {
        r = json_scan_finish(&scan);
    }
    if (r == 0 && (*value.at == '{' || *value.at == '[')) {
        return 0;
    }
    size_t line = 0;
    size_t column = 0;
    json_scan_place(&scan, &line, &column);
    return error_set(
        error, CM_E_INVALID,
        "The parameters are not a JSON object or array (line %zu, column %zu: "
        "%s).",
        line, column, r == 0 ? "this is another value" : scan.why);
}

static int check_request(const char *method, const char *params,
                         struct cm_error **error) {
    if (!valid_method(method)) {
        return error_set(error, CM_E_INVALID,
                         "A method name is printable ASCII without spaces, such as "
                         "system.ping.");
    }
    return check_params(params, error);
}

static int append_request(struct cm_client *client, int64_t id, const char *method,
                          const char *params, struct cm_error **error) {
    size_t before = buf_len(&client->out);
    size_t mark = 0;
    int r = frame_begin(&client->out, &mark);
    r = r ? r : rpc_write_request(&client->out, id, method, params);
    if (r < 0) {
        buf_cut(&client->out, before);
        return error_no_memory(error);
    }
    frame_end(&client->out, mark);
    size_t added = buf_len(&client->out) - before;
    if (added > FRAME_BODY_MAX) {
        buf_cut(&client->out, before);
        return error_set(error, CM_E_INVALID,
                         "The request has %zu bytes, and the server takes at most %zu.",
                         added, FRAME_BODY_MAX);
    }
    client->queued += added;
    return 0;
}

/* Put a request into `out` and the list; its id is then client->last_id. */
static int enqueue(struct cm_client *client, const char *method, const char *params,
                   struct receiver to, struct cm_error **error) {
    int64_t id = client->last_id + 1;
    _cleanup_free_ struct pending *pending = pending_new(id, method, to);
    if (!pending) {
        return error_no_memory(error);
    }
    uint64_t before = client->queued;
    int r = append_request(client, id, method, params, error);
    if (r != 0) {
        return r;
    }
    client->last_id = id;
    pending->end = client->queued;
    pending->size = (size_t)(client->queued - before);
    pending_append(&client->pending, TAKE_PTR(pending));
    return 0;
}

/* Wait for bytes, or for room to send more, and take what has come. A timeout of the
 * whole call, just begun, is left to the read itself. */
static int wait_and_receive(struct cm_client *client, int64_t deadline_ms, int fresh_ms,
                            struct cm_error **error) {
    bool more = false;
    if (fresh_ms > 0 && buf_len(&client->out) == 0) {
        return stream_receive(client, fresh_ms, &more, error);
    }
    int r = deadline_poll(client->fd, cm_client_poll_events(client), deadline_ms);
    if (r < 0) {
        return error_set_system(error, r, "Waiting for the server");
    }
    return r == 0 ? CM_E_TIMEOUT : stream_receive(client, 0, &more, error);
}

/* The call's timeout, where all of it is still ahead; else 0. */
static int fresh_timeout(const struct cm_client *client, int64_t deadline_ms) {
    int left = deadline_left(deadline_ms);
    int limit = client->call_timeout_ms;
    return left <= limit && left + 1 >= limit ? limit : 0;
}

static int exchange_until(struct cm_client *client, const struct waiter *waiter,
                          int64_t deadline_ms, struct cm_error **error) {
    for (int fresh_ms = fresh_timeout(client, deadline_ms);; fresh_ms = 0) {
        int r = stream_flush(client, error);
        if (r == 0) {
            r = incoming_handle(client, false, error);
        }
        if (r != 0 || waiter->done) {
            return r;
        }
        r = wait_and_receive(client, deadline_ms, fresh_ms, error);
        if (r != 0) {
            return r;
        }
    }
}

/* The same, over to the next connection where the request waits for that: once, because
 * what takes one connection after another from us will do so again. */
static int wait_for_answer(struct cm_client *client, struct waiter *waiter,
                           int64_t deadline_ms, struct cm_error **error) {
    struct cm_error *why = NULL;
    int r = exchange_until(client, waiter, deadline_ms, &why);
    if (r != CM_E_DISCONNECTED || waiter->done) {
        return r == CM_E_TIMEOUT ? r : error_move(error, why);
    }
    (void)cm_error_free(why);
    waiter->carried = false;
    r = client_reconnect(client, error);
    return r != 0 ? r : exchange_until(client, waiter, deadline_ms, error);
}

static int timed_out(const struct cm_client *client, const char *method, int limit_ms,
                     bool sent, struct cm_error **error) {
    char who[64] = "The server";
    if (client->server_pid > 0 && !platform_is_service_manager(client->server_pid)) {
        (void)snprintf(who, sizeof who, "The server (process %ld)",
                       (long)client->server_pid);
    }
    return error_set(
        error, CM_E_TIMEOUT,
        "%s at %s did not answer %s within %g s. It was left running and %s. See "
        "what it does on %s: crystalmath server status, crystalmath server logs.",
        who, client->path, method, limit_ms / 1000.0,
        sent ? "may still carry the request out"
             : "has not taken the request, which was withdrawn",
        client_machine(client));
}

int client_call(struct cm_client *client, const char *method, const char *params,
                int64_t deadline_ms, int limit_ms, char **result,
                struct cm_error **error) {
    struct waiter waiter = {.carried = client->reconnect != CM_RECONNECT_NEVER};
    struct receiver to = {.waiter = &waiter};
    int r = enqueue(client, method, params, to, error);
    if (r != 0) {
        return r;
    }
    int64_t id = client->last_id;
    struct cm_error *why = NULL;
    r = wait_for_answer(client, &waiter, deadline_ms, &why);
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
    bool sent = client_withdraw(client, id) != CM_CANCELLED;
    return r == CM_E_TIMEOUT && !why ? timed_out(client, method, limit_ms, sent, error)
                                     : error_move(error, why);
}

static int call_from_outside(struct cm_client *client, const char *function,
                             const char *method, const char *params, char **result,
                             struct cm_error **error) {
    int r = client_check_outside_callback(client, function, error);
    if (r == 0) {
        r = check_request(method, params, error);
    }
    if (r == 0) {
        r = client_need_connection(client, error);
    }
    if (r != 0) {
        return r;
    }
    int limit = client->call_timeout_ms;
    return client_call(client, method, params, clock_monotonic_ms() + limit, limit,
                       result, error);
}

int cm_call(struct cm_client *client, const char *method, const char *params_json,
            char **result_json, struct cm_error **error) {
    _cleanup_free_ char *result = NULL;
    int r = call_from_outside(client, "cm_call", method, params_json, &result, error);
    if (r == 0 && result_json) {
        *result_json = TAKE_PTR(result);
    }
    return r;
}

static bool says_pong(const char *result) {
    static const char yes[] = "true";
    struct json_span object = {result, strlen(result)};
    struct json_span pong = json_scan_find(object, "pong");
    return pong.len == sizeof yes - 1 && memcmp(pong.at, yes, sizeof yes - 1) == 0;
}

int cm_ping(struct cm_client *client, uint64_t *round_trip_ns,
            struct cm_error **error) {
    _cleanup_free_ char *result = NULL;
    uint64_t begun = clock_monotonic_ns();
    int r = call_from_outside(client, "cm_ping", "system.ping", NULL, &result, error);
    if (r != 0) {
        return r;
    }
    uint64_t took = clock_monotonic_ns() - begun;
    if (!says_pong(result)) {
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
            cm_reply_fn callback, void *data, int64_t *request,
            struct cm_error **error) {
    int r = check_request(method, params_json, error);
    if (r == 0) {
        r = client_need_connection(client, error);
    }
    if (r == 0) {
        struct receiver to = {.callback = callback, .data = data};
        r = enqueue(client, method, params_json, to, error);
    }
    if (r == 0 && request) {
        *request = client->last_id;
    }
    return r;
}
