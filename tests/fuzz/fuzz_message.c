/* Messages: our reader and the JSON library see the same in every body, and what is
 * echoed from it is what was there. */
#include "rpc/message.h"

#include <jansson.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool truth) {
    if (!truth) {
        abort();
    }
}

/* What the library refuses though it is JSON: numbers that no C type holds, NUL in a
 * member's name; and the two limits of depth differ. */
static bool differs_by_design(const json_error_t *error) {
    enum json_error_code code = json_error_code(error);
    return code == json_error_numeric_overflow || code == json_error_null_byte_in_key ||
           code == json_error_stack_overflow;
}

/* The depth of an array or object; a scalar has none. */
static size_t depth_of(json_t *json) {
    size_t most = 0;
    size_t index = 0;
    const char *key = NULL;
    json_t *inner = NULL;
    if (json_is_array(json)) {
        json_array_foreach(json, index, inner) {
            size_t depth = depth_of(inner);
            most = depth > most ? depth : most;
        }
    } else if (json_is_object(json)) {
        json_object_foreach(json, key, inner) {
            size_t depth = depth_of(inner);
            most = depth > most ? depth : most;
        }
    } else {
        return 0;
    }
    return most + 1;
}

static void same_value(struct json_span span, json_t *want) {
    require(!span.at == !want);
    if (want) {
        json_error_t error;
        json_t *got =
            json_loadb(span.at, span.len, JSON_ALLOW_NUL | JSON_DECODE_ANY, &error);
        require(got && json_equal(got, want));
        json_decref(got);
    }
}

static bool is_text(const json_t *json, const char *text) {
    return json_is_string(json) && json_string_length(json) == strlen(text) &&
           memcmp(json_string_value(json), text, strlen(text)) == 0;
}

/* Behind the length at which a name is cut, and is nobody's, nothing is looked at. */
static bool has_nul(const json_t *name) {
    size_t len = json_string_length(name);
    size_t seen = len < RPC_METHOD_SIZE - 1 ? len : RPC_METHOD_SIZE - 1;
    return strnlen(json_string_value(name), seen) < seen;
}

/* Whether the specification allows it, said with the library's values alone. */
static bool is_valid(json_t *json) {
    json_t *id = json_object_get(json, "id");
    json_t *method = json_object_get(json, "method");
    json_t *params = json_object_get(json, "params");
    json_t *result = json_object_get(json, "result");
    json_t *error = json_object_get(json, "error");
    if (!json_is_object(json) || !is_text(json_object_get(json, "jsonrpc"), "2.0") ||
        (id && !json_is_string(id) && !json_is_number(id) && !json_is_null(id))) {
        return false;
    }
    if (method) {
        return json_is_string(method) && !has_nul(method) &&
               (!params || json_is_object(params) || json_is_array(params));
    }
    return id && !result != !error && (!error || json_is_object(error));
}

static void check_one(int r, const struct rpc_message *message, json_t *json) {
    require(r == 0 || r == RPC_E_INVALID);
    require((r == 0) == is_valid(json));
    if (r == 0) {
        same_value(message->id, json_object_get(json, "id"));
        const char *method = json_string_value(json_object_get(json, "method"));
        require((message->kind == RPC_KIND_RESPONSE) == !method);
        if (method) {
            same_value(message->params, json_object_get(json, "params"));
            require(strncmp(message->method, method, sizeof message->method - 1) == 0);
        } else {
            same_value(message->result, json_object_get(json, "result"));
            same_value(message->error, json_object_get(json, "error"));
        }
    }
    _cleanup_buf_ struct buf out = BUF_NULL;
    require(rpc_write_error(&out, message->id, 1, message->method, NULL) == 0);
    json_t *echo = json_loadb(buf_bytes(&out), buf_len(&out), JSON_ALLOW_NUL, NULL);
    /* A name may have been cut inside a character. */
    require(echo || strlen(message->method) == sizeof message->method - 1);
    json_decref(echo);
}

static void check_body(struct rpc_body *body, int opened, size_t count, json_t *json) {
    if (opened == RPC_E_INVALID) {
        require(json_is_array(json) && json_array_size(json) == 0);
        return;
    }
    require(body->batch == json_is_array(json));
    require(!body->batch || count == json_array_size(json));
    struct rpc_message message;
    for (size_t i = 0; i < count; i++) {
        int r = rpc_body_next(body, &message);
        check_one(r, &message, body->batch ? json_array_get(json, i) : json);
    }
    require(rpc_body_next(body, &message) == RPC_E_END);
}

/* Whether all of it is JSON, by our reader; leaves the body to be read from the start.
 */
static int open_whole(struct rpc_body *body, const char *text, size_t size,
                      size_t *count) {
    int r = rpc_body_open(body, text, size, count);
    if (r == 0 && !body->batch) {
        struct rpc_message message;
        r = rpc_body_next(body, &message) == RPC_E_PARSE ? RPC_E_PARSE : 0;
        int again = rpc_body_open(body, text, size, count);
        require(again == 0);
    }
    return r;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct rpc_body body;
    size_t count = 0;
    const char *text = (const char *)data;
    if (size > 0 && memchr(text, '\0', size)) {
        /* Never JSON; the library passes over one behind a token. */
        int nul = open_whole(&body, text, size, &count);
        require(nul == RPC_E_PARSE);
        return 0;
    }
    json_error_t error = {0};
    json_t *json = json_loadb(text, size, JSON_ALLOW_NUL | JSON_DECODE_ANY, &error);
    int r = open_whole(&body, text, size, &count);
    if (!json) {
        require(r == RPC_E_PARSE || differs_by_design(&error));
        return 0;
    }
    if (r == RPC_E_PARSE) {
        require(depth_of(json) > JSON_SCAN_DEPTH_MAX);
    } else {
        check_body(&body, r, count, json);
    }
    json_decref(json);
    return 0;
}
