/* Care of the database as a file: look at one without changing it, copy it while it is
 * written to, and join two of them. */
#pragma once

#include "base/errmsg.h"
#include "store/store.h"

#include <stdbool.h>
#include <stdint.h>

enum store_trouble {
    STORE_TROUBLE_NONE,
    STORE_TROUBLE_MISSING, /* there is no such file */
    STORE_TROUBLE_CLOSED,  /* it cannot be read, or not be written */
    STORE_TROUBLE_LOCKED,  /* another program has it open */
    STORE_TROUBLE_FOREIGN, /* it is no database, or one of another program */
    STORE_TROUBLE_NEWER,   /* of a newer version */
    STORE_TROUBLE_DAMAGED,
};

struct store_report {
    enum store_trouble trouble; /* the gravest */
    struct errmsg what;         /* in words, without the file's name; "": nothing */
    int64_t bytes;              /* of the file */
    int64_t waiting_bytes; /* written, and not moved into the file yet: a server was
                              killed, or runs */
    int format;            /* 0: not known */
    int64_t jobs;          /* -1: not known */
    int64_t unfinished;    /* likewise */
};

/* Look at a database that no server has open: all of its pages, rows and references.
 * What lies there is not changed. 0 with the report, or -ENOMEM. */
int store_inspect(const char *path, struct store_report *out);

/* The format that this version writes. */
int store_format(void);
/* The format that the header of a copy tells; 0 when it is none of ours. */
int store_peek_format(const char *path);

enum {
    STORE_E_EXISTS = 16, /* something lies there already */
};

/* Numbers up to this one are given to no job any more. 0 or a negative errno. */
int store_ids_reserve(struct store *store, int64_t id);
/* The highest number that was ever given or reserved. 0 or a negative errno. */
int store_ids_highest(struct store *store, int64_t *out);

struct store_joined {
    int64_t added; /* jobs that only the other one had */
    int64_t
        *known; /* owned, in order: unfinished ones, n_known of them, whose state is */
    size_t n_known; /* that of the other one */
};

/* Take over from another database what happened after this one was copied from it: jobs
 * with numbers beyond ours, and how those went on that had not ended. Where both tell
 * of an end ours stays. The other one is only read, and what waits in its log is moved
 * into it.
 * 0, STORE_E_LOCKED, STORE_E_NEWER (of any other format), STORE_E_UNUSABLE (missing or
 * damaged), or a negative errno; ours is as it was unless 0. */
int store_join(struct store *store, const char *path, struct store_joined *out);
void store_joined_deinit(struct store_joined *joined);

/* Move into a database that no server has open what a killed one left in the log beside
 * it, so that the file has all of it. 0; STORE_E_LOCKED; STORE_E_UNUSABLE (it is
 * missing, damaged, or none); or a negative errno with `msg`, and the log still there.
 */
int store_settle(const char *path, struct errmsg *msg);

/* A copy that is being made, of one moment: what is written meanwhile through the same
 * store comes along. It gets its name when it is whole and on the disk. */
struct store_backup;

/* Begin; the file is made beside `path`. The store must outlive it.
 * 0, STORE_E_EXISTS, or a negative errno, both with `msg`. */
int store_backup_new(struct store_backup **out, struct store *store, const char *path,
                     bool replace, struct errmsg *msg);
/* The same of a file that no server has open. */
int store_backup_new_of(struct store_backup **out, const char *from, const char *path,
                        bool replace, struct errmsg *msg);
/* Copy so many pages (-1: all). 1: there is more; 0: all is copied; or a negative errno
 * with `msg`. Not while a group is open. */
int store_backup_step(struct store_backup *backup, int pages, struct errmsg *msg);
/* Put it on the disk and give it its name. May be called by another thread: the store
 * is not touched. 0, STORE_E_EXISTS, or a negative errno, both with `msg`. */
int store_backup_finish(struct store_backup *backup, struct errmsg *msg);
/* Pages that are copied, and that there are; 0 before the first step. */
void store_backup_progress(const struct store_backup *backup, int *done, int *all);
/* One that was not finished leaves nothing. Accepts NULL, returns NULL. */
struct store_backup *store_backup_free(struct store_backup *backup);
DEFINE_CLEANUP(struct store_backup *, store_backup_free);
