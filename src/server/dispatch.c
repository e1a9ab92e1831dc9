/* Dispatch: decode, validate against the table, call, encode. Parameters by position
 * become parameters by name here, so methods see one form. Members that the table does
 * not know are ignored, as clients of other versions may send them. */
#include "server/dispatch.h"

#include "base/str.h"
#include "server/peer.h"
#include "server/server.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

int request_fail(struct request *request, int code, const char *format, ...) {
    request->code = code;
    va_list args;
    va_start(args, format);
    (void)vsnprintf(request->message.text, sizeof request->message.text, format, args);
    va_end(args);
    return REQUEST_E_FAILED;
}

const char *request_string(const struct request *request, const char *name) {
    return json_string_value(json_object_get(request->params, name));
}

int64_t request_integer(const struct request *request, const char *name,
                        int64_t fallback) {
    const json_t *value = json_object_get(request->params, name);
    return json_is_integer(value) ? json_integer_value(value) : fallback;
}

bool request_boolean(const struct request *request, const char *name) {
    return json_is_true(json_object_get(request->params, name));
}

/* A string that C code may use: paths and names end at their first NUL. */
static bool is_plain_string(const json_t *value) {
    return json_is_string(value) &&
           strlen(json_string_value(value)) == json_string_length(value);
}

static bool is_array_of(const json_t *array, bool (*check)(const json_t *)) {
    if (!json_is_array(array)) {
        return false;
    }
    for (size_t i = 0; i < json_array_size(array); i++) {
        if (!check(json_array_get(array, i))) {
            return false;
        }
    }
    return true;
}

static bool is_integer(const json_t *value) {
    return json_is_integer(value);
}

static bool is_object_of_strings(json_t *value) {
    const char *key = NULL;
    json_t *member = NULL;
    if (!json_is_object(value)) {
        return false;
    }
    json_object_foreach(value, key, member) {
        if (!is_plain_string(member)) {
            return false;
        }
    }
    return true;
}

static bool has_type(json_t *value, enum param_type type) {
    switch (type) {
    case PARAM_STRING:
        return is_plain_string(value);
    case PARAM_INTEGER:
        return json_is_integer(value);
    case PARAM_BOOLEAN:
        return json_is_boolean(value);
    case PARAM_OBJECT:
        return is_object_of_strings(value);
    case PARAM_STRINGS:
        return is_array_of(value, is_plain_string);
    case PARAM_INTEGERS:
        return is_array_of(value, is_integer);
    case PARAM_STRING_OR_STRINGS:
        return is_plain_string(value) || is_array_of(value, is_plain_string);
    }
    return false;
}

static const char *type_words(enum param_type type) {
    static const char *const words[] = {
        [PARAM_STRING] = "a string without NUL",
        [PARAM_INTEGER] = "an integer",
        [PARAM_BOOLEAN] = "true or false",
        [PARAM_OBJECT] = "an object of strings",
        [PARAM_STRINGS] = "an array of strings",
        [PARAM_INTEGERS] = "an array of integers",
        [PARAM_STRING_OR_STRINGS] = "a string or an array of strings",
    };
    return words[type];
}

static int check_param(struct request *request, const struct param *param,
                       json_t *value) {
    if (!value || json_is_null(value)) {
        return !param->required ? 0
                                : request_fail(request, RPC_INVALID_PARAMS,
                                               "Invalid params: '%s' (%s) is required",
                                               param->name, param->text);
    }
    if (!has_type(value, param->type)) {
        return request_fail(request, RPC_INVALID_PARAMS,
                            "Invalid params: '%s' must be %s", param->name,
                            type_words(param->type));
    }
    if (param->type == PARAM_INTEGER && (json_integer_value(value) < param->min ||
                                         json_integer_value(value) > param->max)) {
        return request_fail(request, RPC_INVALID_PARAMS,
                            "Invalid params: '%s' must be from %" PRId64 " to %" PRId64,
                            param->name, param->min, param->max);
    }
    return 0;
}

/* *out is a new reference to an object with the parameters by name. */
static int name_params(struct request *request, const struct method *method,
                       json_t *given, json_t **out) {
    if (json_is_object(given)) {
        *out = json_incref(given);
        return 0;
    }
    _cleanup_json_ json_t *named = json_object();
    if (!named) {
        return -ENOMEM;
    }
    size_t n = json_array_size(given);
    if (n > method->n_params) {
        return request_fail(request, RPC_INVALID_PARAMS,
                            "Invalid params: %s takes at most %zu, %zu were given",
                            method->name, method->n_params, n);
    }
    for (size_t i = 0; i < n; i++) {
        if (json_object_set(named, method->params[i].name, json_array_get(given, i)) <
            0) {
            return -ENOMEM;
        }
    }
    *out = TAKE_PTR(named);
    return 0;
}

static int call(struct request *request, const struct rpc_message *message) {
    const struct method *method = method_find(message->method);
    if (!method) {
        return request_fail(
            request, RPC_METHOD_NOT_FOUND,
            "Method not found: %.200s; rpc.discover lists what there is",
            message->method);
    }
    if (!method->health) {
        peer_mark_used(request->peer);
    }
    int r = name_params(request, method, message->params, &request->params);
    for (size_t i = 0; r == 0 && i < method->n_params; i++) {
        r = check_param(request, &method->params[i],
                        json_object_get(request->params, method->params[i].name));
    }
    return r == 0 ? method->run(request) : r;
}

/* The answer to one request; NULL when memory runs out. */
static json_t *answer_request(struct request *request,
                              const struct rpc_message *message, int r) {
    if (r == 0 && request->result) {
        return rpc_result(message->id, TAKE_PTR(request->result));
    }
    if (r < 0 || request->code == 0) {
        char space[128];
        log_error(request->server->log, "%s failed inside: %s", message->method,
                  errmsg_errno(r, space, sizeof space));
        return rpc_error(
            message->id, RPC_INTERNAL_ERROR,
            "Internal error; `crystalmath server logs` shows what the server "
            "says of it",
            NULL);
    }
    /* What a client or a file said is quoted in messages, and need not be UTF-8. */
    _cleanup_free_ char *text =
        str_to_utf8(request->message.text, strlen(request->message.text));
    return text ? rpc_error(message->id, request->code, text, TAKE_PTR(request->data))
                : NULL;
}

/* The answer to one element: *out stays NULL for a notification. 0 or -ENOMEM. */
static int answer_one(struct server *server, struct peer *peer, json_t *json,
                      json_t **out) {
    struct rpc_message message;
    const char *why = NULL;
    if (rpc_message_read(json, &message, &why) != 0) {
        struct errmsg text = ERRMSG_NULL;
        (void)errmsg_set(&text, 0, "Invalid Request: %s", why);
        *out = rpc_error(message.id, RPC_INVALID_REQUEST, text.text, NULL);
        return *out ? 0 : -ENOMEM;
    }
    if (message.kind == RPC_KIND_RESPONSE) {
        return 0; /* we ask nothing, so it answers nothing */
    }
    struct request request = {.server = server, .peer = peer};
    int r = call(&request, &message);
    if (message.kind == RPC_KIND_REQUEST) {
        *out = answer_request(&request, &message, r);
    }
    json_decref(request.params);
    json_decref(request.result);
    json_decref(request.data);
    return message.kind == RPC_KIND_REQUEST && !*out ? -ENOMEM : 0;
}

static int answer_batch(struct server *server, struct peer *peer, json_t *batch,
                        json_t **out) {
    _cleanup_json_ json_t *answers = json_array();
    if (!answers) {
        return -ENOMEM;
    }
    for (size_t i = 0; i < json_array_size(batch); i++) {
        json_t *answer = NULL;
        int r = answer_one(server, peer, json_array_get(batch, i), &answer);
        if (r < 0 || (answer && json_array_append_new(answers, answer) < 0)) {
            return -ENOMEM;
        }
    }
    *out = json_array_size(answers) > 0 ? TAKE_PTR(answers) : NULL;
    return 0;
}

int dispatch_body(struct server *server, struct peer *peer, const char *body, size_t n,
                  struct buf *out) {
    _cleanup_json_ json_t *json = NULL;
    _cleanup_json_ json_t *answer = NULL;
    char why[256];
    int r = rpc_decode(body, n, &json, why, sizeof why);
    if (r == RPC_E_PARSE) {
        struct errmsg text = ERRMSG_NULL;
        (void)errmsg_set(&text, 0, "Parse error: %s", why);
        answer = rpc_error(NULL, RPC_PARSE_ERROR, text.text, NULL);
        r = answer ? 0 : -ENOMEM;
    } else if (r == 0 && json_is_array(json) && json_array_size(json) > 0) {
        r = answer_batch(server, peer, json, &answer);
    } else if (r == 0) {
        r = answer_one(server, peer, json, &answer);
    }
    if (r == 0 && answer) {
        r = rpc_encode_frame(out, answer);
    }
    return r;
}
