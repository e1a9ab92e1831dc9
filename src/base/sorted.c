/* The items are one run of slots somewhere in the array. Room is made at the back, when
 * it is used up: by moving everything to the front when half of the array is free,
 * else by an array of twice the size. */
#include "base/sorted.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void sorted_deinit(struct sorted *sorted) {
    free(sorted->slots);
    *sorted = (struct sorted)SORTED_BY(sorted->compare);
}

static void move(struct sorted *sorted, size_t to, size_t from, size_t n) {
    if (n > 0) {
        memmove(&sorted->slots[to], &sorted->slots[from], n * sizeof(void *));
    }
}

int sorted_reserve(struct sorted *sorted, size_t more) {
    if (sorted->first + sorted->n + more <= sorted->cap) {
        return 0;
    }
    if (sorted->n + more > sorted->cap / 2) {
        size_t cap = sorted->cap > more ? sorted->cap * 2 : sorted->cap + more + 8;
        void **slots = realloc(sorted->slots, cap * sizeof(void *));
        if (!slots) {
            return -ENOMEM;
        }
        sorted->slots = slots;
        sorted->cap = cap;
    }
    move(sorted, 0, sorted->first, sorted->n);
    sorted->first = 0;
    return 0;
}

size_t sorted_position(const struct sorted *sorted, const void *key) {
    size_t low = 0;
    size_t high = sorted->n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (sorted->compare(sorted_at(sorted, middle), key) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

/* Whether the item at this position equals `key`. */
static bool is_at(const struct sorted *sorted, size_t i, const void *key) {
    return i < sorted->n && sorted->compare(sorted_at(sorted, i), key) == 0;
}

int sorted_put(struct sorted *sorted, void *item) {
    size_t i = sorted_position(sorted, item);
    if (is_at(sorted, i, item)) {
        return -EEXIST;
    }
    if (sorted->first > 0 && i < sorted->n / 2) {
        sorted->first--;
        move(sorted, sorted->first, sorted->first + 1, i);
    } else {
        if (sorted_reserve(sorted, 1) < 0) {
            return -ENOMEM;
        }
        move(sorted, sorted->first + i + 1, sorted->first + i, sorted->n - i);
    }
    sorted->slots[sorted->first + i] = item;
    sorted->n++;
    return 0;
}

bool sorted_take(struct sorted *sorted, const void *item) {
    size_t i = sorted_position(sorted, item);
    if (!is_at(sorted, i, item)) {
        return false;
    }
    if (i < sorted->n / 2) {
        move(sorted, sorted->first + 1, sorted->first, i);
        sorted->first++;
    } else {
        move(sorted, sorted->first + i, sorted->first + i + 1, sorted->n - i - 1);
    }
    sorted->n--;
    return true;
}

void *sorted_find(const struct sorted *sorted, const void *key) {
    size_t i = sorted_position(sorted, key);
    return is_at(sorted, i, key) ? sorted_at(sorted, i) : NULL;
}
