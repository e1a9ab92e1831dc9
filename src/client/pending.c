/* A queue, because servers answer mostly in order: the wanted request is then the
 * first. */
#include "client/pending.h"

#include "base/cleanup.h"

#include <string.h>

struct pending *pending_new(int64_t id, const char *method, struct receiver to) {
    size_t size = strlen(method) + 1;
    struct pending *pending = calloc(1, sizeof *pending + size);
    if (pending) {
        pending->id = id;
        pending->to = to;
        memcpy(pending->method, method, size);
    }
    return pending;
}

void pending_append(struct pending_list *list, struct pending *pending_take) {
    pending_take->next = NULL;
    *(list->last ? list->last : &list->first) = pending_take;
    list->last = &pending_take->next;
}

static struct pending *unlink_at(struct pending_list *list, struct pending **at) {
    struct pending *found = *at;
    if (found) {
        *at = found->next;
        if (!*at) {
            list->last = at;
        }
        found->next = NULL;
    }
    return found;
}

struct pending *pending_remove(struct pending_list *list, int64_t id) {
    struct pending **at = &list->first;
    while (*at && (*at)->id != id) {
        at = &(*at)->next;
    }
    return unlink_at(list, at);
}

const struct pending *pending_find(const struct pending_list *list, int64_t id) {
    const struct pending *at = list->first;
    while (at && at->id != id) {
        at = at->next;
    }
    return at;
}

void pending_split(struct pending_list *list, struct pending *from,
                   struct pending_list *rest) {
    struct pending **at = &list->first;
    while (*at != from) {
        at = &(*at)->next;
    }
    *rest = (struct pending_list){.first = from, .last = list->last};
    *at = NULL;
    list->last = at;
}

struct pending *pending_remove_first(struct pending_list *list) {
    return unlink_at(list, &list->first);
}

void pending_clear(struct pending_list *list) {
    struct pending *pending = NULL;
    while ((pending = pending_remove_first(list))) {
        free(pending);
    }
}
