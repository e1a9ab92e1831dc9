/* Methods as the table has them, and one request on its way through a method. */
#pragma once

#include "base/buf.h"
#include "base/errmsg.h"
#include "rpc/message.h"
#include "server/json_buf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct later_batch;
struct peer;
struct server;
struct shape;

enum param_type {
    PARAM_STRING,
    PARAM_INTEGER,
    PARAM_NUMBER, /* also an integer */
    PARAM_BOOLEAN,
    PARAM_OBJECT,   /* of strings */
    PARAM_STRINGS,  /* an array of strings */
    PARAM_INTEGERS, /* an array of integers */
    PARAM_STRING_OR_STRINGS,
    PARAM_OBJECTS, /* an array of objects, which the method checks */
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
    struct peer *peer;          /* NULL: the client has gone */
    struct later_batch **batch; /* that it is part of, see later.h; NULL: of none */
    const struct rpc_message *message_in;
    json_t *params;   /* an object, validated; NULL for a method that takes none */
    json_t *result;   /* to set, when 0 is returned; or else */
    struct buf *text; /* to append the result to as JSON text */
    int code;         /* these three by request_fail */
    struct errmsg message;
    json_t *data;
};

enum {
    REQUEST_E_FAILED = 1, /* request_fail has said why */
    REQUEST_E_LATER,      /* later_new has noted it: the answer comes by later_answer */
    REQUEST_E_APART, /* nothing was done: the open group of submissions has to end */
};

struct method {
    const char *name;
    const char *text;           /* what it does, one sentence */
    const struct shape *result; /* what it returns, see methods/shapes.h */
    const struct param *params;
    size_t n_params;
    bool grouped; /* submits; several of them can be put on the disk together */
    bool health;  /* asks only whether we are alive: does not keep the server from going
                    idle */
    /* 0 with a result; REQUEST_E_FAILED; _LATER; _APART, not in a batch; or a negative
     * errno, told as "internal". */
    int (*run)(struct request *request);
};

/* Charge n bytes that are held behind the request to the account of all connections
 * (server_charge gives them back). 0, or REQUEST_E_FAILED with the error set. */
int request_charge(struct request *request, size_t n);
/* The error of the latter; returns REQUEST_E_FAILED. */
int request_fail_busy(struct request *request);
/* Answer with an error; returns REQUEST_E_FAILED. */
int request_fail(struct request *request, int code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Validated parameters by name; the fallback, when it was not given. */
const char *request_string(const struct request *request, const char *name);
int64_t request_integer(const struct request *request, const char *name,
                        int64_t fallback);
double request_number(const struct request *request, const char *name, double fallback);
bool request_boolean(const struct request *request, const char *name);

/* Decode the parameters (at NULL: none were given), check them, and set
 * request->params. 0, REQUEST_E_FAILED, or -ENOMEM. */
int request_read_params(struct request *request, const struct method *method,
                        struct json_span text);
