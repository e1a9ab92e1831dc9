/* A request's parameters: decoded, checked against the table, and brought into one
 * form. Those by position become parameters by name here. Members that the table does
 * not know are ignored, as clients of other versions may send them. */
#include "server/request.h"

#include "server/server.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

enum {
    PARAMS_MAX = 8 * 1024 * 1024,
    /* What decoded values take at most, for each byte of text: an array of one-digit
     * numbers is the worst, with an object of the heap for every two bytes. */
    DECODED_PER_BYTE = 24,
};

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

double request_number(const struct request *request, const char *name,
                      double fallback) {
    const json_t *value = json_object_get(request->params, name);
    return json_is_number(value) ? json_number_value(value) : fallback;
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

static bool is_object(const json_t *value) {
    return json_is_object(value);
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
    case PARAM_NUMBER:
        return json_is_number(value);
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
    case PARAM_OBJECTS:
        return is_array_of(value, is_object);
    }
    return false;
}

static const char *type_words(enum param_type type) {
    static const char *const words[] = {
        [PARAM_STRING] = "a string without NUL",
        [PARAM_INTEGER] = "an integer",
        [PARAM_NUMBER] = "a number",
        [PARAM_BOOLEAN] = "true or false",
        [PARAM_OBJECT] = "an object of strings",
        [PARAM_STRINGS] = "an array of strings",
        [PARAM_INTEGERS] = "an array of integers",
        [PARAM_STRING_OR_STRINGS] = "a string or an array of strings",
        [PARAM_OBJECTS] = "an array of objects",
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

/* Name the elements of an array. Borrowed elements get references of their own. */
static int name_params(struct request *request, const struct method *method,
                       json_t **params) {
    if (json_is_object(*params)) {
        return 0;
    }
    _cleanup_json_ json_t *named = json_object();
    if (!named) {
        return -ENOMEM;
    }
    size_t n = json_array_size(*params);
    if (n > method->n_params) {
        return request_fail(request, RPC_INVALID_PARAMS,
                            "Invalid params: %s takes at most %zu, %zu were given",
                            method->name, method->n_params, n);
    }
    for (size_t i = 0; i < n; i++) {
        if (json_object_set(named, method->params[i].name, json_array_get(*params, i)) <
            0) {
            return -ENOMEM;
        }
    }
    json_decref(*params);
    *params = TAKE_PTR(named);
    return 0;
}

static int decode(struct request *request, struct json_span text, json_t **out) {
    if (!text.at) {
        *out = json_object();
        return *out ? 0 : -ENOMEM;
    }
    json_error_t error;
    *out = json_loadb(text.at, text.len, JSON_ALLOW_NUL, &error);
    if (*out) {
        return 0;
    }
    return json_error_code(&error) == json_error_out_of_memory
               ? -ENOMEM
               : request_fail(request, RPC_INVALID_PARAMS, "Invalid params: %s",
                              error.text);
}

static int check_all(struct request *request, const struct method *method,
                     struct json_span text) {
    int r = decode(request, text, &request->params);
    if (r == 0) {
        r = name_params(request, method, &request->params);
    }
    for (size_t i = 0; r == 0 && i < method->n_params; i++) {
        r = check_param(request, &method->params[i],
                        json_object_get(request->params, method->params[i].name));
    }
    return r;
}

/* A method without parameters needs none decoded. */
static int check_none(struct request *request, const struct method *method,
                      struct json_span text) {
    struct json_span element = JSON_SPAN_NULL;
    struct json_scan scan;
    if (!text.at) {
        return 0;
    }
    json_scan_init(&scan, text.at, text.len);
    if (!json_scan_enter(&scan, '[') ||
        json_scan_element(&scan, &element) == JSON_SCAN_E_END) {
        return 0;
    }
    return request_fail(request, RPC_INVALID_PARAMS,
                        "Invalid params: %s takes no parameters", method->name);
}

int request_fail_busy(struct request *request) {
    return request_fail(request, RPC_SERVER_ERROR,
                        "the server is busy with other large requests; try again");
}

int request_charge(struct request *request, size_t n) {
    return server_charge(request->server, 0, n) ? 0 : request_fail_busy(request);
}

int request_read_params(struct request *request, const struct method *method,
                        struct json_span text) {
    if (method->n_params == 0) {
        return check_none(request, method, text);
    }
    if (text.len > PARAMS_MAX) {
        return request_fail(request, RPC_INVALID_PARAMS,
                            "Invalid params: they have %zu bytes, at most %d are taken",
                            text.len, PARAMS_MAX);
    }
    /* Charged for as long as the values are being made: what is kept of them then is
     * the method's to bound. */
    int r = request_charge(request, text.len * DECODED_PER_BYTE);
    if (r == 0) {
        r = check_all(request, method, text);
        (void)server_charge(request->server, text.len * DECODED_PER_BYTE, 0);
    }
    return r;
}
