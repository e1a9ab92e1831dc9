/* From a frame's body to its answer, through the one table of methods. */
#pragma once

#include "base/buf.h"
#include "base/errmsg.h"
#include "rpc/message.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct peer;
struct server;
struct shape;

enum param_type {
    PARAM_STRING,
    PARAM_INTEGER,
    PARAM_BOOLEAN,
    PARAM_OBJECT,   /* of strings */
    PARAM_STRINGS,  /* an array of strings */
    PARAM_INTEGERS, /* an array of integers */
    PARAM_STRING_OR_STRINGS,
};

struct param {
    const char *name;
    enum param_type type;
    bool required;
    int64_t min, max; /* of a PARAM_INTEGER */
    const char *text; /* one line for people */
};

/* One request on its way through a method. */
struct request {
    struct server *server;
    struct peer *peer;
    json_t *params; /* an object, validated; never NULL */
    json_t *result; /* to set, when 0 is returned */
    int code;       /* these three by request_fail */
    struct errmsg message;
    json_t *data;
};

enum {
    REQUEST_E_FAILED = 1, /* request_fail has said why */
};

struct method {
    const char *name;
    const char *text;           /* what it does, one sentence */
    const struct shape *result; /* what it returns, see methods/shapes.h */
    const struct param *params;
    size_t n_params;
    bool health; /* asks only whether we are alive: does not keep the server from going
                    idle */
    /* 0 with request->result; REQUEST_E_FAILED; or a negative errno, told as
     * "internal". */
    int (*run)(struct request *request);
};

/* The table, NULL when there is no such method; and all of it, in order. */
const struct method *method_find(const char *name);
const struct method *method_at(size_t index);

/* Answer with an error; returns REQUEST_E_FAILED. */
int request_fail(struct request *request, int code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Validated parameters by name; the fallback, when it was not given. */
const char *request_string(const struct request *request, const char *name);
int64_t request_integer(const struct request *request, const char *name,
                        int64_t fallback);
bool request_boolean(const struct request *request, const char *name);

/* Carry out what a body asks and append the answer's frame to `out` (nothing for
 * notifications). 0 or -ENOMEM. */
int dispatch_body(struct server *server, struct peer *peer, const char *body, size_t n,
                  struct buf *out);
