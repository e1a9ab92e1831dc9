/* Requests that wait for their answer, oldest first. */
#pragma once

#include <crystalmath/client.h>

#include <stdbool.h>
#include <stdint.h>

/* Where the answer to a blocking call goes. */
struct waiter {
    bool done;
    bool carried; /* the request may wait for another connection, see client_lose */
    char *result; /* owned JSON text; NULL when it failed */
    struct cm_error *error; /* owned */
};

/* Who gets the answer: a waiter (borrowed), or a callback, or nobody. */
struct receiver {
    struct waiter *waiter;
    cm_reply_fn callback;
    void *data;
};

struct pending {
    struct pending *next;
    int64_t id;
    size_t size;  /* of its frame */
    uint64_t end; /* how much the client had queued, in bytes, with this request */
    bool sent;    /* all of it, on a connection that has ended */
    struct receiver to;
    char method[];
};

struct pending_list {
    struct pending *first;
    struct pending **last; /* where the next one is hung; NULL: at `first` */
};

/* NULL when memory runs out; freed with free() while in no list. */
struct pending *pending_new(int64_t id, const char *method, struct receiver to);
void pending_append(struct pending_list *list, struct pending *pending_take);

/* Take the request with this id out of the list; the caller owns it. NULL: not there.
 */
struct pending *pending_remove(struct pending_list *list, int64_t id);
/* NULL: not there. */
const struct pending *pending_find(const struct pending_list *list, int64_t id);
/* Hand the requests from this one on, which is in the list, over to an empty list. */
void pending_split(struct pending_list *list, struct pending *from,
                   struct pending_list *rest);
/* Take the oldest one out. NULL: none. */
struct pending *pending_remove_first(struct pending_list *list);
/* Free all; nothing is called. */
void pending_clear(struct pending_list *list);
