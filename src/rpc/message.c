/* JSON-RPC 2.0 messages over JSON text. A single message is checked and read in one
 * pass. Which methods there are is not known here. */
#include "rpc/message.h"

#include "rpc/json_write.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static int parse_error(struct rpc_body *body) {
    size_t line = 0;
    size_t column = 0;
    json_scan_place(&body->scan, &line, &column);
    (void)snprintf(body->why, sizeof body->why, "line %zu, column %zu: %s", line,
                   column, body->scan.why);
    body->ended = true;
    return RPC_E_PARSE;
}

static int invalid(struct rpc_body *body, const char *why) {
    (void)snprintf(body->why, sizeof body->why, "%s", why);
    return RPC_E_INVALID;
}

/* Count the elements of the batch, and check it to its end. */
static int check_batch(struct rpc_body *body, size_t *count) {
    struct json_scan scan = body->scan;
    struct json_span element = JSON_SPAN_NULL;
    size_t n = 0;
    int r = 0;
    while ((r = json_scan_element(&scan, &element)) == 0) {
        n++;
    }
    if (r == JSON_SCAN_E_END) {
        r = json_scan_finish(&scan);
    }
    if (r != 0) {
        body->scan = scan;
        return parse_error(body);
    }
    *count = n;
    return 0;
}

int rpc_body_open(struct rpc_body *body, const char *text, size_t n, size_t *count) {
    json_scan_init(&body->scan, text, n);
    body->ended = false;
    body->batch = json_scan_enter(&body->scan, '[');
    *count = 1;
    if (!body->batch) {
        return 0;
    }
    int r = check_batch(body, count);
    if (r == 0 && *count == 0) {
        body->ended = true;
        return invalid(body, "a batch has at least one message");
    }
    return r;
}

/* The members of a message that mean something, as they stand. */
struct members {
    struct json_span jsonrpc;
    struct json_span method;
    struct json_span id;
    struct json_span params;
    struct json_span result;
    struct json_span error;
};

static struct json_span *member_named(struct members *members, struct json_span name) {
    static const struct {
        const char *name;
        size_t span;
    } known[] = {
        {"jsonrpc", offsetof(struct members, jsonrpc)},
        {"id", offsetof(struct members, id)},
        {"method", offsetof(struct members, method)},
        {"params", offsetof(struct members, params)},
        {"result", offsetof(struct members, result)},
        {"error", offsetof(struct members, error)},
    };
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (json_scan_string_is(name, known[i].name)) {
            return (struct json_span *)((char *)members + known[i].span);
        }
    }
    return NULL;
}

/* 0, JSON_SCAN_E_SYNTAX, or RPC_E_INVALID where there is no object. */
static int read_members(struct json_scan *scan, struct members *members, bool *object) {
    struct json_span name = JSON_SPAN_NULL;
    struct json_span value = JSON_SPAN_NULL;
    *members = (struct members){0};
    *object = json_scan_enter(scan, '{');
    if (!*object) {
        return json_scan_value(scan, &value);
    }
    int r = 0;
    while ((r = json_scan_member(scan, &name, &value)) == 0) {
        struct json_span *to = member_named(members, name);
        if (to) {
            *to = value;
        }
    }
    return r == JSON_SCAN_E_END ? 0 : r;
}

static bool is_id(struct json_span id) {
    char c = *id.at;
    return c == '"' || c == '-' || (c >= '0' && c <= '9') || c == 'n';
}

static int read_response(struct rpc_body *body, const struct members *members,
                         struct rpc_message *out) {
    out->kind = RPC_KIND_RESPONSE;
    out->result = members->result;
    out->error = members->error;
    if (!out->id.at) {
        return invalid(body, "a response needs an id");
    }
    if (!out->result.at == !out->error.at) {
        return invalid(body, "a message needs a method, or a result, or an error");
    }
    if (out->error.at && *out->error.at != '{') {
        return invalid(body, "error must be an object");
    }
    return 0;
}

static int read_call(struct rpc_body *body, const struct members *members,
                     struct rpc_message *out) {
    size_t len = 0;
    if (*members->method.at != '"') {
        return invalid(body, "method must be a string without NUL");
    }
    (void)json_scan_string(members->method, out->method, sizeof out->method, &len);
    /* A name with a NUL in it must not be taken for the shorter one. */
    if (strlen(out->method) != len) {
        return invalid(body, "method must be a string without NUL");
    }
    out->params = members->params;
    if (out->params.at && *out->params.at != '{' && *out->params.at != '[') {
        return invalid(body, "params must be an object or an array");
    }
    out->kind = out->id.at ? RPC_KIND_REQUEST : RPC_KIND_NOTIFICATION;
    return 0;
}

static int read_message(struct rpc_body *body, const struct members *members,
                        struct rpc_message *out) {
    if (members->id.at) {
        if (!is_id(members->id)) {
            return invalid(body, "id must be a string, a number or null");
        }
        out->id = members->id;
    }
    if (!members->jsonrpc.at || *members->jsonrpc.at != '"' ||
        !json_scan_string_is(members->jsonrpc, "2.0")) {
        return invalid(body, "jsonrpc must be \"2.0\"");
    }
    return members->method.at ? read_call(body, members, out)
                              : read_response(body, members, out);
}

static void clear(struct rpc_message *message) {
    message->kind = RPC_KIND_REQUEST;
    message->method[0] = '\0';
    message->id = message->params = message->result = message->error =
        (struct json_span)JSON_SPAN_NULL;
}

int rpc_body_next(struct rpc_body *body, struct rpc_message *out) {
    clear(out);
    if (body->ended) {
        return RPC_E_END;
    }
    struct members members;
    bool object = false;
    if (body->batch) {
        struct json_span element = JSON_SPAN_NULL;
        if (json_scan_element(&body->scan, &element) != 0) {
            body->ended = true;
            return RPC_E_END;
        }
        struct json_scan inner;
        json_scan_init(&inner, element.at, element.len);
        (void)read_members(&inner, &members, &object); /* it has been checked */
    } else {
        int r = read_members(&body->scan, &members, &object);
        if (r == 0) {
            r = json_scan_finish(&body->scan);
        }
        if (r != 0) {
            return parse_error(body);
        }
        body->ended = true;
    }
    return object ? read_message(body, &members, out)
                  : invalid(body, "a message must be an object");
}

static int write_id(struct buf *out, struct json_span id) {
    return id.at ? buf_append(out, id.at, id.len) : buf_append_str(out, "null");
}

int rpc_write_result_head(struct buf *out, struct json_span id) {
    int r = buf_append_str(out, "{\"jsonrpc\":\"2.0\",\"id\":");
    r = r ? r : write_id(out, id);
    return r ? r : buf_append_str(out, ",\"result\":");
}

int rpc_write_error(struct buf *out, struct json_span id, int code, const char *message,
                    const char *data) {
    int r = buf_append_str(out, "{\"jsonrpc\":\"2.0\",\"id\":");
    r = r ? r : write_id(out, id);
    r = r ? r : buf_printf(out, ",\"error\":{\"code\":%d,\"message\":", code);
    r = r ? r : json_write_string(out, message, strlen(message));
    if (data) {
        r = r ? r : buf_append_str(out, ",\"data\":");
        r = r ? r : buf_append_str(out, data);
    }
    return r ? r : buf_append_str(out, "}}");
}

int rpc_write_notification_head(struct buf *out, const char *method) {
    int r = buf_append_str(out, "{\"jsonrpc\":\"2.0\",\"method\":");
    r = r ? r : json_write_string(out, method, strlen(method));
    return r ? r : buf_append_str(out, ",\"params\":");
}

int rpc_write_request(struct buf *out, uint64_t id, const char *method,
                      const char *params) {
    int r = buf_append_str(out, "{\"jsonrpc\":\"2.0\",\"id\":");
    r = r ? r : buf_append_uint(out, id);
    r = r ? r : buf_append_str(out, ",\"method\":");
    r = r ? r : json_write_string(out, method, strlen(method));
    if (params) {
        r = r ? r : buf_append_str(out, ",\"params\":");
        r = r ? r : buf_append_str(out, params);
    }
    return r ? r : buf_append_str(out, "}");
}
