/* Inside of store/: jobs by their numbers, for searches by what lies in a table of its
 * own. */
#pragma once

#include <sqlite3.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ids {
    int64_t *list; /* owned; the newest first */
    size_t n, cap;
    size_t at; /* where the last one was looked for */
};

void ids_deinit(struct ids *ids);
/* 0 or -ENOMEM. */
int ids_add(struct ids *ids, int64_t id);
/* To be called when all were added, in whatever order, some of them twice; each is
 * there once then. */
void ids_sort(struct ids *ids);
/* Quick where one number is near the one that was asked for before. */
bool ids_have(struct ids *ids, int64_t id);
/* How many of them, in order, are not smaller than this one. */
size_t ids_from(const struct ids *ids, int64_t id);

/* among(IDS, ID): 1 where the number is one of them, else 0. IDS is bound by ids_bind.
 * SQLite result codes. */
int ids_register(sqlite3 *db);
/* They are borrowed until the statement is finalized. */
int ids_bind(sqlite3_stmt *statement, int at, struct ids *ids);
