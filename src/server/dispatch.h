/* From a frame's body to its answer. */
#pragma once

#include "base/buf.h"

#include <stddef.h>

struct peer;
struct server;

enum {
    DISPATCH_BATCH_MAX = 65536, /* messages in one batch */
    /* Bytes of answers to one batch; what comes behind is not carried out. */
    DISPATCH_ANSWERS_MAX = 32 * 1024 * 1024,
};

/* Carry out what a body asks, with the methods that the server has, and append the
 * answer's frame to `out` (nothing for notifications). While it runs, what `out` holds
 * already stays where it is. 0 or -ENOMEM. */
int dispatch_body(struct server *server, struct peer *peer, const char *body, size_t n,
                  struct buf *out);
