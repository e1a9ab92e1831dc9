/* From a frame's body to its answer. */
#pragma once

#include "base/buf.h"

#include <stddef.h>

struct peer;
struct request;
struct rpc_message;
struct server;

enum {
    DISPATCH_BATCH_MAX = 65536, /* messages in one batch */
    /* Bytes of answers to one batch; what comes behind is not carried out. */
    DISPATCH_ANSWERS_MAX = 32 * 1024 * 1024,
};

enum {
    DISPATCH_E_APART = 1, /* nothing was carried out: the open group has to end first */
    DISPATCH_E_LATER,     /* the answer comes by peer_answer; nothing was appended */
};

/* Carry out what a body asks, with the methods that the server has, and append the
 * answer's frame to `out` (nothing for notifications). While it runs, what `out` holds
 * already stays where it is. Where server->grouping allows it, a submission opens a
 * group or joins it; the caller ends it with engine_group_end, and tells no answers
 * before. 0, DISPATCH_E_APART, DISPATCH_E_LATER, or -ENOMEM. */
int dispatch_body(struct server *server, struct peer *peer, const char *body, size_t n,
                  struct buf *out);

/* The answer, without a frame, to a request whose method has said REQUEST_E_LATER:
 * `run` does what a method does. Nothing is appended for a notification. 0 or -ENOMEM.
 */
int dispatch_later(struct server *server, struct peer *peer,
                   const struct rpc_message *message,
                   int (*run)(struct request *request, void *data), void *data,
                   struct buf *out);
