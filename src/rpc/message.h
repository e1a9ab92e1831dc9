/* JSON-RPC 2.0 messages (https://www.jsonrpc.org/specification); pure, no I/O. */
#pragma once

#include "base/buf.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

enum rpc_code {
    RPC_PARSE_ERROR = -32700,
    RPC_INVALID_REQUEST = -32600,
    RPC_METHOD_NOT_FOUND = -32601,
    RPC_INVALID_PARAMS = -32602,
    RPC_INTERNAL_ERROR = -32603,
    RPC_SERVER_ERROR = -32000,
    RPC_DATABASE_ERROR = -32001,
    RPC_SSH_ERROR = -32002,
    RPC_SLURM_ERROR = -32003,
};

enum rpc_kind {
    RPC_KIND_REQUEST,      /* method, id, maybe params */
    RPC_KIND_NOTIFICATION, /* method, maybe params */
    RPC_KIND_RESPONSE,     /* id, and result or error */
};

/* One message. The pointers borrow from the json value it was read from. */
struct rpc_message {
    enum rpc_kind kind;
    const char *method; /* NULL in a response */
    json_t *id;         /* NULL in a notification */
    json_t *params;     /* object, array or NULL */
    json_t *result;     /* in a successful response */
    json_t *error;      /* in a failed response: the error object */
};

enum {
    RPC_E_PARSE = 1, /* not JSON, or not UTF-8, or nested too deep */
    RPC_E_INVALID,   /* JSON, but no JSON-RPC 2.0 message */
};

/* Decode a body. *out is an object or an array (a batch), owned by the caller.
 * 0, RPC_E_PARSE with a sentence in `why` (of `why_size` bytes), -ENOMEM. */
int rpc_decode(const char *body, size_t n, json_t **out, char *why, size_t why_size);

/* Read one message. 0 or RPC_E_INVALID with a static sentence in *why; out->id then is
 * the id where one could be read, else NULL. */
int rpc_message_read(json_t *json, struct rpc_message *out, const char **why);

/* Build messages. Each returns a new value, or NULL when memory runs out. Arguments
 * whose name ends in _take are consumed in either case; `id` is borrowed (NULL: a null
 * id). */
json_t *rpc_request(json_t *id, const char *method, json_t *params_take);
json_t *rpc_notification(const char *method, json_t *params_take);
json_t *rpc_result(json_t *id, json_t *result_take);
json_t *rpc_error(json_t *id, int code, const char *message, json_t *data_take);

/* Encode a message as a frame behind what `out` holds. 0, -ENOMEM, -EOVERFLOW. */
int rpc_encode_frame(struct buf *out, const json_t *message);

/* json_decrefp is jansson's own. */
#define _cleanup_json_ _cleanup_(json_decrefp)
