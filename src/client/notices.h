/* Notifications kept until the caller dispatches, within a limit of bytes. */
#pragma once

#include "rpc/json_scan.h"

#include <stddef.h>
#include <stdint.h>

enum { NOTICES_BYTES_MAX = 8 * 1024 * 1024 };

struct notice {
    struct notice *next;
    char *params; /* owned; JSON text or NULL */
    size_t size;  /* what it counts against the limit */
    char method[];
};

struct notices {
    struct notice *first;
    struct notice **last; /* where the next one is hung; NULL: at `first` */
    size_t bytes;
    uint64_t
        missed; /* not kept, for want of room or memory; newer than all that is kept */
};

/* Keep a copy of one; params at NULL: it has none. Where there is no room for it, it is
 * counted as missed instead. */
void notices_push(struct notices *notices, const char *method, struct json_span params);

/* The oldest one, which the caller frees with notice_free. Behind the last one, and
 * when some were missed, one "client.missed" {"count": N} is made; NULL: nothing, or no
 * memory to make it yet. */
struct notice *notices_pop(struct notices *notices);

struct notice *notice_free(struct notice *notice);
void notices_clear(struct notices *notices);
