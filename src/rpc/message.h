/* JSON-RPC 2.0 messages (https://www.jsonrpc.org/specification); pure, no I/O.
 *
 * Reading allocates nothing: what a message holds are spans of the body it came in.
 * Writing goes behind what a buffer holds. */
#pragma once

#include "base/buf.h"
#include "rpc/json_scan.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

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

enum {
    RPC_METHOD_SIZE = 256, /* a longer name is cut, and is nobody's */
};

/* One message. The spans are JSON text; of members given twice the last counts. */
struct rpc_message {
    enum rpc_kind kind;
    char method[RPC_METHOD_SIZE]; /* "" in a response */
    struct json_span id;     /* string, number or null; at NULL in a notification */
    struct json_span params; /* object or array; at NULL when there are none */
    struct json_span result; /* in a successful response */
    struct json_span error;  /* in a failed response: the error object */
};

enum {
    RPC_E_PARSE = 1, /* not JSON, or not UTF-8, or nested too deep: `why` says where */
    RPC_E_INVALID,   /* JSON, but no JSON-RPC 2.0 message: `why` says why */
    RPC_E_END,       /* the body has no further message */
};

/* A frame's body on its way through its messages. */
struct rpc_body {
    struct json_scan scan;
    bool batch;
    bool ended;
    char why[256];
};

/* Begin with a body, which has to stay. A batch is checked here as a whole, so that
 * nothing of one that breaks off is carried out; `count` gets its length, else 1.
 * 0, RPC_E_PARSE, or RPC_E_INVALID for an empty batch. */
int rpc_body_open(struct rpc_body *body, const char *text, size_t n, size_t *count);
/* The next message. 0, RPC_E_PARSE (not in a batch), RPC_E_INVALID, RPC_E_END. With
 * RPC_E_INVALID, out->id is the id where one could be read, else at NULL. */
int rpc_body_next(struct rpc_body *body, struct rpc_message *out);

/* Writing. Each returns 0, -ENOMEM or -EOVERFLOW, and what is half written is the
 * caller's to take back. `id` is JSON text; at NULL it is written as null. */

/* {"jsonrpc":"2.0","id":ID,"result":   The result and a brace have to follow. */
int rpc_write_result_head(struct buf *out, struct json_span id);
/* A whole error. `message` is UTF-8; `data` is JSON text or NULL. */
int rpc_write_error(struct buf *out, struct json_span id, int code, const char *message,
                    const char *data);
/* {"jsonrpc":"2.0","method":"METHOD","params":   The params and a brace follow. */
int rpc_write_notification_head(struct buf *out, const char *method);
/* A whole request; `params` is JSON text or NULL. */
int rpc_write_request(struct buf *out, uint64_t id, const char *method,
                      const char *params);
