/* The text is kept as it came: it is read anew for each who asks, which is seldom. A
 * callback may drop others who wait, so the list is begun anew behind each. */
#include "server/queue_listing.h"

#include "base/clock.h"

void listing_add(struct queue_listing *listing, struct listing_wait *wait,
                 int64_t look) {
    wait->look = look;
    wait->link = &listing->first;
    wait->next = listing->first;
    if (wait->next) {
        wait->next->link = &wait->next;
    }
    listing->first = wait;
}

void listing_drop(struct listing_wait *wait) {
    if (wait->link) {
        *wait->link = wait->next;
        if (wait->next) {
            wait->next->link = wait->link;
        }
        wait->link = NULL;
    }
}

void listing_end(struct queue_listing *listing, int64_t look, const struct buf *text,
                 const char *trouble, int64_t until) {
    struct listing_wait *wait = NULL;
    buf_clear(&listing->text);
    listing->until = 0;
    if (text) {
        bool kept = buf_append(&listing->text, buf_bytes(text), buf_len(text)) == 0;
        trouble = kept ? NULL : "memory ran out";
        listing->until = kept ? until : 0;
    }
    do {
        for (wait = listing->first; wait && wait->look > look; wait = wait->next) {
        }
        if (wait) {
            listing_drop(wait);
            wait->done(wait, trouble);
        }
    } while (wait);
}

const struct buf *listing_text(const struct queue_listing *listing) {
    return clock_monotonic_ms() < listing->until ? &listing->text : NULL;
}

void listing_spoil(struct queue_listing *listing) {
    listing->until = 0;
}

void listing_deinit(struct queue_listing *listing) {
    listing_end(listing, INT64_MAX, NULL, "it is not there any more", 0);
    buf_deinit(&listing->text);
}
