/* Numbers of jobs in order, and the SQL function that looks for one. Who walks over all
 * jobs asks for one number after the other, so the place of the last one is kept, and
 * goes along: a walk costs as many steps as there are numbers, and no search. */
#include "store/ids.h"

#include <errno.h>
#include <stdlib.h>

static const char pointer_type[] = "ids";

void ids_deinit(struct ids *ids) {
    free(ids->list);
}

int ids_add(struct ids *ids, int64_t id) {
    if (ids->n == ids->cap) {
        size_t cap = ids->cap ? ids->cap * 2 : 64;
        int64_t *list = realloc(ids->list, cap * sizeof *list);
        if (!list) {
            return -ENOMEM;
        }
        ids->list = list;
        ids->cap = cap;
    }
    ids->list[ids->n++] = id;
    return 0;
}

static int newer_first(const void *a, const void *b) {
    int64_t x = *(const int64_t *)a;
    int64_t y = *(const int64_t *)b;
    return (x < y) - (x > y);
}

static bool is_sorted(const struct ids *ids) {
    size_t i = 1;
    while (i < ids->n && ids->list[i - 1] >= ids->list[i]) {
        i++;
    }
    return i >= ids->n;
}

/* Those of one tag come in order, or in the opposite one; of several, they come one tag
 * behind the other. */
static void sort(struct ids *ids) {
    if (is_sorted(ids)) {
        return;
    }
    for (size_t i = 0, k = ids->n - 1; i < k; i++, k--) {
        int64_t one = ids->list[i];
        ids->list[i] = ids->list[k];
        ids->list[k] = one;
    }
    if (!is_sorted(ids)) {
        qsort(ids->list, ids->n, sizeof *ids->list, newer_first);
    }
}

void ids_sort(struct ids *ids) {
    sort(ids);
    size_t n = 0;
    for (size_t i = 0; i < ids->n; i++) {
        if (n == 0 || ids->list[n - 1] != ids->list[i]) {
            ids->list[n++] = ids->list[i];
        }
    }
    ids->n = n;
}

bool ids_have(struct ids *ids, int64_t id) {
    size_t at = ids->at;
    while (at < ids->n && ids->list[at] > id) {
        at++;
    }
    while (at > 0 && ids->list[at - 1] <= id) {
        at--;
    }
    ids->at = at;
    return at < ids->n && ids->list[at] == id;
}

size_t ids_from(const struct ids *ids, int64_t id) {
    size_t low = 0;
    size_t high = ids->n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (ids->list[middle] >= id) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static void among(sqlite3_context *context, int argc, sqlite3_value **argv) {
    (void)argc;
    struct ids *ids = sqlite3_value_pointer(argv[0], pointer_type);
    sqlite3_result_int(context, ids && ids_have(ids, sqlite3_value_int64(argv[1])));
}

int ids_register(sqlite3 *db) {
    return sqlite3_create_function_v2(db, "among", 2, SQLITE_UTF8 | SQLITE_DIRECTONLY,
                                      NULL, among, NULL, NULL, NULL);
}

int ids_bind(sqlite3_stmt *statement, int at, struct ids *ids) {
    return sqlite3_bind_pointer(statement, at, ids, pointer_type, NULL);
}
