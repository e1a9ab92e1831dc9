/* What the server says: answers find their request by its id, notifications go through
 * the queue.
 *
 * An answer to a request that was given up (a timeout) is dropped. An answer to a
 * request that was never sent, or a request of the server, means that the two sides do
 * not understand one another, and ends the connection. */
#include "client/client_internal.h"

#include "client/json_text.h"

#include "base/str.h"
#include "rpc/message.h"

#include <errno.h>
#include <stdlib.h>

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

static struct cm_error *error_from_answer(const json_t *answer) {
    struct cm_error *error = NULL;
    const json_t *data = json_object_get(answer, "data");
    const char *message = json_string_value(json_object_get(answer, "message"));
    int code = (int)json_integer_value(json_object_get(answer, "code"));
    _cleanup_free_ char *data_text = NULL;
    if (data) {
        data_text = json_text(data);
        if (!data_text) {
            (void)error_no_memory(&error);
            return error;
        }
    }
    (void)error_set_rpc(&error, code,
                        str_empty(message) ? "The server refused without a reason."
                                           : message,
                        data_text);
    return error;
}

static void answer_callback(struct cm_client *client, struct pending *pending_take,
                            const json_t *result) {
    _cleanup_free_ char *text = json_text(result);
    if (!text) {
        struct cm_error *error = NULL;
        (void)error_no_memory(&error);
        incoming_fail(client, pending_take, error);
        return;
    }
    run_reply(client, pending_take, text, NULL);
    free(pending_take);
}

static int unknown_answer(struct cm_client *client, const struct rpc_message *message,
                          struct cm_error **error) {
    if (message->error && json_is_null(message->id)) {
        const char *why = json_string_value(json_object_get(message->error, "message"));
        return client_lose(client, error, CM_E_PROTOCOL,
                           "The server at %s could not read a request (%s)",
                           client->path, why ? why : "without a reason");
    }
    return client_lose(client, error, CM_E_PROTOCOL,
                       "The server at %s answered a request that was never sent",
                       client->path);
}

static int handle_answer(struct cm_client *client, const struct rpc_message *message,
                         struct cm_error **error) {
    json_int_t id = json_integer_value(message->id);
    if (!json_is_integer(message->id) || id < 1 || id > client->last_id) {
        return unknown_answer(client, message, error);
    }
    struct pending *pending = pending_remove(&client->pending, id);
    if (!pending) {
        return 0;
    }
    if (message->error) {
        incoming_fail(client, pending, error_from_answer(message->error));
    } else if (pending->to.waiter) {
        pending->to.waiter->done = true;
        pending->to.waiter->result = json_incref(message->result);
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

static int handle_message(struct cm_client *client, json_t *json, bool deliver,
                          struct cm_error **error) {
    struct rpc_message message;
    const char *why = NULL;
    if (rpc_message_read(json, &message, &why) != 0) {
        return client_lose(client, error, CM_E_PROTOCOL,
                           "The server at %s sent what is no JSON-RPC 2.0 (%s)",
                           client->path, why);
    }
    switch (message.kind) {
    case RPC_KIND_RESPONSE:
        return handle_answer(client, &message, error);
    case RPC_KIND_NOTIFICATION:
        notices_push(&client->notices, message.method, message.params);
        if (deliver) {
            incoming_deliver(client);
        }
        return 0;
    case RPC_KIND_REQUEST:
        break;
    }
    return client_lose(client, error, CM_E_PROTOCOL,
                       "The server at %s asked for %s, and clients answer nothing",
                       client->path, message.method);
}

static int handle_body(struct cm_client *client, json_t *json, bool deliver,
                       struct cm_error **error) {
    if (!json_is_array(json)) {
        return handle_message(client, json, deliver, error);
    }
    size_t index = 0;
    json_t *one = NULL;
    json_array_foreach(json, index, one) {
        int r = handle_message(client, one, deliver, error);
        if (r != 0) {
            return r;
        }
    }
    return 0;
}

int incoming_handle(struct cm_client *client, bool deliver, struct cm_error **error) {
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
        _cleanup_json_ json_t *json = NULL;
        char why[256] = "";
        r = rpc_decode(body, body_len, &json, why, sizeof why);
        if (r == -ENOMEM) {
            return error_no_memory(error);
        }
        if (r != 0) {
            return client_lose(client, error, CM_E_PROTOCOL,
                               "The server at %s sent what is no JSON (%s)",
                               client->path, why);
        }
        frame_consume(&client->frame, &client->in);
        r = handle_body(client, json, deliver, error);
        if (r != 0) {
            return r;
        }
    }
    return 0;
}
