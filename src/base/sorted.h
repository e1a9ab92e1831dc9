/* Pointers in order, in one piece of memory. Finding is a binary search; putting in and
 * taking out move the shorter side, so both are cheap at the ends, where queues grow
 * and shrink. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* < 0, 0 or > 0, as of qsort; what is equal is taken for the same. */
typedef int (*sorted_fn)(const void *a, const void *b);

struct sorted {
    sorted_fn compare;
    void **slots;      /* owned; the items are borrowed */
    size_t first, cap; /* the items begin at slots[first] */
    size_t n;
};

#define SORTED_BY(function)                                                            \
    { .compare = (function) }

void sorted_deinit(struct sorted *sorted);

/* Make room for `more` items, so that sorted_put of them cannot fail. 0 or -ENOMEM. */
int sorted_reserve(struct sorted *sorted, size_t more);
/* Put an item in. 0, -EEXIST when its equal is there, or -ENOMEM. */
int sorted_put(struct sorted *sorted, void *item);
/* Take an item's equal out. False when there was none. */
bool sorted_take(struct sorted *sorted, const void *item);
/* The item that equals `key`, NULL when there is none. */
void *sorted_find(const struct sorted *sorted, const void *key);
/* How many items come before `key`: where it is, or would be. */
size_t sorted_position(const struct sorted *sorted, const void *key);

static inline void *sorted_at(const struct sorted *sorted, size_t i) {
    return i < sorted->n ? sorted->slots[sorted->first + i] : NULL;
}
