/* What squeue told last of a cluster, for people who want to see all of it, and who
 * waits for the next. Part of the queue of a cluster (queue.h). */
#pragma once

#include "base/buf.h"

#include <stdbool.h>
#include <stdint.h>

/* Somebody who waits; embedded in what waits, zeroed before. */
struct listing_wait {
    struct listing_wait *next, **link; /* link NULL: it waits for nothing */
    int64_t look;                      /* the first that will do */
    /* Called once, out of the list: the look has ended. `trouble` tells why it failed;
     * NULL: it has not. */
    void (*done)(struct listing_wait *wait, const char *trouble);
};

struct queue_listing {
    struct buf text; /* as slurm_queue_read takes it */
    int64_t until;   /* monotonic ms: that long it does; 0: there is none */
    struct listing_wait *first;
};

void listing_add(struct queue_listing *listing, struct listing_wait *wait,
                 int64_t look);
/* It does not wait any more; one that does not is left alone. */
void listing_drop(struct listing_wait *wait);
/* The look of this number has ended: keep what it told (NULL: nothing, and `trouble`
 * says why) for those who ask before the site would let it be asked again, and tell
 * those who wait for it. */
void listing_end(struct queue_listing *listing, int64_t look, const struct buf *text,
                 const char *trouble, int64_t until);
/* What will do now, or NULL. Borrowed until the loop goes on. */
const struct buf *listing_text(const struct queue_listing *listing);
/* Something was done there: what was told does not hold any more. */
void listing_spoil(struct queue_listing *listing);
/* Nobody is left waiting. */
void listing_deinit(struct queue_listing *listing);
