/* JSON-RPC 2.0 messages over jansson values. Reading borrows from the value that was
 * decoded; building makes fresh values. Which methods there are is not known here. */
#include "rpc/message.h"

#include "rpc/frame.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

int rpc_decode(const char *body, size_t n, json_t **out, char *why, size_t why_size) {
    json_error_t error;
    json_t *json = json_loadb(body, n, JSON_ALLOW_NUL | JSON_DECODE_ANY, &error);
    if (!json) {
        if (json_error_code(&error) == json_error_out_of_memory) {
            return -ENOMEM;
        }
        /* The decoder quotes the text near the fault, which need not be printable. */
        for (char *at = error.text; *at; at++) {
            if ((unsigned char)*at < 0x20 || (unsigned char)*at >= 0x7F) {
                *at = '?';
            }
        }
        (void)snprintf(why, why_size, "line %d, column %d: %s", error.line,
                       error.column, error.text);
        return RPC_E_PARSE;
    }
    *out = json;
    return 0;
}

static bool valid_id(const json_t *id) {
    return json_is_string(id) || json_is_number(id) || json_is_null(id);
}

static int read_response(json_t *json, struct rpc_message *out, const char **why) {
    out->kind = RPC_KIND_RESPONSE;
    out->result = json_object_get(json, "result");
    out->error = json_object_get(json, "error");
    if (!out->id) {
        *why = "a response needs an id";
        return RPC_E_INVALID;
    }
    if (!out->result == !out->error) {
        *why = "a message needs a method, or a result, or an error";
        return RPC_E_INVALID;
    }
    if (out->error && !json_is_object(out->error)) {
        *why = "error must be an object";
        return RPC_E_INVALID;
    }
    return 0;
}

int rpc_message_read(json_t *json, struct rpc_message *out, const char **why) {
    *out = (struct rpc_message){.kind = RPC_KIND_REQUEST};
    if (!json_is_object(json)) {
        *why = "a message must be an object";
        return RPC_E_INVALID;
    }
    json_t *id = json_object_get(json, "id");
    if (id && !valid_id(id)) {
        *why = "id must be a string, a number or null";
        return RPC_E_INVALID;
    }
    out->id = id;
    const char *version = json_string_value(json_object_get(json, "jsonrpc"));
    if (!version || strcmp(version, "2.0") != 0) {
        *why = "jsonrpc must be \"2.0\"";
        return RPC_E_INVALID;
    }
    json_t *method = json_object_get(json, "method");
    if (!method) {
        return read_response(json, out, why);
    }
    /* A name with a NUL in it must not be taken for the shorter one. */
    if (!json_is_string(method) ||
        strlen(json_string_value(method)) != json_string_length(method)) {
        *why = "method must be a string without NUL";
        return RPC_E_INVALID;
    }
    out->params = json_object_get(json, "params");
    if (out->params && !json_is_object(out->params) && !json_is_array(out->params)) {
        *why = "params must be an object or an array";
        return RPC_E_INVALID;
    }
    out->method = json_string_value(method);
    out->kind = id ? RPC_KIND_REQUEST : RPC_KIND_NOTIFICATION;
    return 0;
}

/* Puts key and value into an object that is owned here; NULL with everything released.
 */
static json_t *with(json_t *object_take, const char *key, json_t *value_take) {
    if (!object_take || !value_take) {
        json_decref(object_take);
        json_decref(value_take);
        return NULL;
    }
    if (json_object_set_new_nocheck(object_take, key, value_take) < 0) {
        json_decref(object_take);
        return NULL;
    }
    return object_take;
}

static json_t *envelope(void) {
    return with(json_object(), "jsonrpc", json_string_nocheck("2.0"));
}

static json_t *id_or_null(json_t *id) {
    return id ? json_incref(id) : json_null();
}

json_t *rpc_request(json_t *id, const char *method, json_t *params_take) {
    json_t *message = with(envelope(), "id", id_or_null(id));
    message = with(message, "method", json_string(method));
    return params_take ? with(message, "params", params_take) : message;
}

json_t *rpc_notification(const char *method, json_t *params_take) {
    json_t *message = with(envelope(), "method", json_string(method));
    return params_take ? with(message, "params", params_take) : message;
}

json_t *rpc_result(json_t *id, json_t *result_take) {
    return with(with(envelope(), "id", id_or_null(id)), "result", result_take);
}

json_t *rpc_error(json_t *id, int code, const char *message, json_t *data_take) {
    json_t *error = with(json_object(), "code", json_integer(code));
    error = with(error, "message", json_string(message));
    if (data_take) {
        error = with(error, "data", data_take);
    }
    return with(with(envelope(), "id", id_or_null(id)), "error", error);
}

static int dump_to_buf(const char *bytes, size_t n, void *data) {
    return buf_append(data, bytes, n) < 0 ? -1 : 0;
}

int rpc_encode_frame(struct buf *out, const json_t *message) {
    _cleanup_buf_ struct buf body = BUF_NULL;
    if (json_dump_callback(message, dump_to_buf, &body, JSON_COMPACT) < 0) {
        return -ENOMEM;
    }
    return frame_append(out, buf_bytes(&body), buf_len(&body));
}
