/* What the server says: answers find their request by its id, notifications go through
 * the queue.
 *
 * An answer to a request that was given up (a timeout) is dropped. A request of the
 * server gets the answer that there is no such method, for a client has none. An answer
 * to a request that was never sent means that the two sides do not understand one
 * another, and ends the connection. */
#include "client/client_internal.h"

#include "base/str.h"
#include "rpc/message.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { REFUSALS_MAX = 1024 * 1024 }; /* while more waits to be sent, none is added */

static void run_reply(struct cm_client *client, const struct pending *pending,
                      const char *result, const struct cm_error *error) {
    if (pending->to.callback) {
        client->in_callback = true;
        pending->to.callback(client, result, error, pending->to.data);
        client->in_callback = false;
    }
}

void incoming_fail(struct cm_client *client, struct pending *pending_take,
                   struct cm_error *error_take) {
    _cleanup_free_ struct pending *pending = pending_take;
    if (pending->to.waiter) {
        pending->to.waiter->done = true;
        pending->to.waiter->error = error_take;
        return;
    }
    run_reply(client, pending, NULL, error_take);
    (void)cm_error_free(error_take);
}

/* The characters of a string's span, freed by the caller; NULL when it is no string, or
 * memory runs out. */
static char *text_of(struct json_span value) {
    if (!value.at || *value.at != '"') {
        return NULL;
    }
    char *text = malloc(value.len);
    if (text) {
        (void)json_scan_string(value, text, value.len, NULL);
    }
    return text;
}

static struct cm_error *error_from_answer(struct json_span answer) {
    struct cm_error *error = NULL;
    struct json_span code = json_scan_find(answer, "code");
    struct json_span data = json_scan_find(answer, "data");
    _cleanup_free_ char *message = text_of(json_scan_find(answer, "message"));
    _cleanup_free_ char *data_text = data.at ? strndup(data.at, data.len) : NULL;
    if (data.at && !data_text) {
        (void)error_no_memory(&error);
        return error;
    }
    (void)error_set_rpc(&error, code.at ? (int)strtol(code.at, NULL, 10) : 0,
                        str_empty(message) ? "The server refused without a reason."
                                           : message,
                        data_text);
    return error;
}

/* The callback sees the result where it lies; what is behind it there, at least the
 * message's last brace, is back before anybody reads on. */
static void answer_callback(struct cm_client *client, struct pending *pending_take,
                            struct json_span result) {
    char *end = (char *)result.at + result.len;
    char kept = *end;
    *end = '\0';
    run_reply(client, pending_take, result.at, NULL);
    *end = kept;
    free(pending_take);
}

static int unknown_answer(struct cm_client *client, const struct rpc_message *message,
                          struct cm_error **error) {
    if (message->error.at && *message->id.at == 'n') {
        _cleanup_free_ char *why = text_of(json_scan_find(message->error, "message"));
        return client_lose(client, error, CM_E_PROTOCOL,
                           "The server at %s could not read a request (%s)",
                           client->path, why ? why : "without a reason");
    }
    return client_lose(client, error, CM_E_PROTOCOL,
                       "The server at %s answered a request that was never sent",
                       client->path);
}

/* The number that an id of ours is; 0 for another. */
static int64_t id_number(struct json_span id) {
    int64_t number = 0;
    if (id.len > 18) {
        return 0;
    }
    for (size_t i = 0; i < id.len; i++) {
        if (id.at[i] < '0' || id.at[i] > '9') {
            return 0;
        }
        number = number * 10 + (id.at[i] - '0');
    }
    return number;
}

static int answer_waiter(struct waiter *waiter, struct json_span result) {
    waiter->result = strndup(result.at, result.len);
    waiter->done = true;
    if (!waiter->result) {
        (void)error_no_memory(&waiter->error);
    }
    return 0;
}

static int handle_answer(struct cm_client *client, const struct rpc_message *message,
                         struct cm_error **error) {
    int64_t id = id_number(message->id);
    if (id < 1 || id > client->last_id) {
        return unknown_answer(client, message, error);
    }
    struct pending *pending = pending_remove(&client->pending, id);
    if (!pending) {
        return 0;
    }
    if (message->error.at) {
        incoming_fail(client, pending, error_from_answer(message->error));
    } else if (pending->to.waiter) {
        (void)answer_waiter(pending->to.waiter, message->result);
        free(pending);
    } else {
        answer_callback(client, pending, message->result);
    }
    return 0;
}

void incoming_deliver(struct cm_client *client) {
    struct notice *notice = NULL;
    while ((notice = notices_pop(&client->notices))) {
        if (client->notify) {
            client->in_callback = true;
            client->notify(client, notice->method, notice->params, client->notify_data);
            client->in_callback = false;
        }
        (void)notice_free(notice);
    }
}

/* A server that asks without end and reads nothing goes without. */
static int refuse_request(struct cm_client *client, const struct rpc_message *message,
                          struct cm_error **error) {
    size_t before = buf_len(&client->out);
    size_t mark = 0;
    if (before > REFUSALS_MAX) {
        return 0;
    }
    int r = frame_begin(&client->out, &mark);
    r = r ? r
          : rpc_write_error(&client->out, message->id, RPC_METHOD_NOT_FOUND,
                            "a CrystalMath client has no methods", NULL);
    if (r < 0) {
        buf_cut(&client->out, before);
        return error_no_memory(error);
    }
    frame_end(&client->out, mark);
    client->queued += buf_len(&client->out) - before;
    return 0;
}

static int handle_message(struct cm_client *client, const struct rpc_message *message,
                          bool deliver, struct cm_error **error) {
    switch (message->kind) {
    case RPC_KIND_RESPONSE:
        return handle_answer(client, message, error);
    case RPC_KIND_NOTIFICATION:
        notices_push(&client->notices, message->method, message->params);
        if (deliver) {
            incoming_deliver(client);
        }
        return 0;
    case RPC_KIND_REQUEST:
        return refuse_request(client, message, error);
    }
    return 0;
}

static int handle_body(struct cm_client *client, const char *text, size_t n,
                       bool deliver, struct cm_error **error) {
    struct rpc_body body;
    size_t count = 0;
    int r = rpc_body_open(&body, text, n, &count);
    while (r == 0) {
        struct rpc_message message;
        r = rpc_body_next(&body, &message);
        if (r == 0) {
            r = handle_message(client, &message, deliver, error);
            if (r != 0) {
                return r;
            }
        }
    }
    switch (r) {
    case RPC_E_PARSE:
        return client_lose(client, error, CM_E_PROTOCOL,
                           "The server at %s sent what is no JSON (%s)", client->path,
                           body.why);
    case RPC_E_INVALID:
        return client_lose(client, error, CM_E_PROTOCOL,
                           "The server at %s sent what is no JSON-RPC 2.0 (%s)",
                           client->path, body.why);
    default:
        return 0;
    }
}

int incoming_handle(struct cm_client *client, bool deliver, struct cm_error **error) {
    if (client->proxy && client->fd >= 0) {
        int r = proxy_skip_noise(client->proxy, client, error);
        if (r != 0) {
            return r;
        }
    }
    while (client->fd >= 0) {
        const char *body = NULL;
        size_t body_len = 0;
        int r = frame_next(&client->frame, &client->in, &body, &body_len);
        if (r == FRAME_E_AGAIN) {
            return 0;
        }
        if (r != 0) {
            return client_lose(client, error, CM_E_PROTOCOL,
                               "The server at %s sent a broken frame (%s)",
                               client->path, frame_strerror(r));
        }
        r = handle_body(client, body, body_len, deliver, error);
        if (r != 0) {
            return r;
        }
        frame_consume(&client->frame, &client->in);
    }
    return 0;
}
