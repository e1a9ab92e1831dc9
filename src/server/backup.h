/* A copy of the database that is made while the server works. */
#pragma once

#include "base/errmsg.h"

#include <jansson.h>
#include <stdbool.h>

struct backup;
struct server;

enum {
    BACKUP_E_BUSY = 32, /* one is being made already */
};

int backup_new(struct backup **out, struct server *server);
/* Gives up what is being copied. The loop has to run on before it is freed. Accepts
 * NULL. */
void backup_close(struct backup *backup);
struct backup *backup_free(struct backup *backup);

/* Begin to copy to this absolute path; backup_tell says how it goes on.
 * 0, BACKUP_E_BUSY, STORE_E_EXISTS, or a negative errno, each with `msg`. */
int backup_start(struct backup *backup, const char *path, bool replace,
                 struct errmsg *msg);

/* Whether one is being made. */
bool backup_is_busy(const struct backup *backup);
/* How the last one goes or went, new; NULL when memory runs out. */
json_t *backup_tell(const struct backup *backup);
