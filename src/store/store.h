/* The jobs on disk: one SQLite file, written by one server at a time. Every function
 * that returns 0 after a change has it on the disk. */
#pragma once

#include "base/errmsg.h"
#include "job/job.h"

#include <stddef.h>
#include <stdint.h>

struct store;

enum {
    STORE_E_MISSING = 1, /* no such job */
    STORE_E_TOKEN,       /* a job with this submission token exists already */
    STORE_E_NEWER,       /* the file was written by a newer version */
    STORE_E_LOCKED,      /* another program has the file open for writing */
    STORE_E_UNUSABLE,    /* not a database, damaged, or not writable: see the message */
};

/* Open or create the database (mode 0600). The folder exists.
 * 0, STORE_E_NEWER, STORE_E_LOCKED, STORE_E_UNUSABLE (each with `msg`), or -ENOMEM. */
int store_open(struct store **out, const char *path, struct errmsg *msg);
struct store *store_free(struct store *store);
DEFINE_CLEANUP(struct store *, store_free);

/* What went wrong in the last function that returned a negative errno; valid until the
 * next. */
const char *store_error(const struct store *store);

/* Insert a job and the first line of its history; sets job->id. With STORE_E_TOKEN
 * job->id is the older job's and nothing was inserted. 0, STORE_E_TOKEN, -ENOMEM, -EIO,
 * -ENOSPC. */
int store_job_insert(struct store *store, struct job *job);

/* The job that a submission token made. 0, STORE_E_MISSING, or a negative errno. */
int store_token_find(struct store *store, const char *token, int64_t *id);

/* Write all that can change of a job. When `at` is not 0 a line of history is added
 * with the job's state and reason. `results_json` replaces the results when not NULL.
 * 0, STORE_E_MISSING, -ENOMEM, -EIO, -ENOSPC. */
int store_job_update(struct store *store, const struct job *job, int64_t at,
                     const char *results_json);

/* Read one job; owned by the caller. 0, STORE_E_MISSING, -ENOMEM, -EIO. */
int store_job_get(struct store *store, int64_t id, struct job **out);
/* The results as JSON text; *out is NULL when there are none. Freed by the caller. */
int store_job_results(struct store *store, int64_t id, char **out);

/* Every function pointer below borrows what it is handed; a return other than 0 stops
 * the walk and is returned. */
typedef int (*store_job_fn)(const struct job *job, void *data);
typedef int (*store_history_fn)(int64_t at, enum job_state state, const char *reason,
                                void *data);

struct store_filter {
    unsigned states; /* bit mask of 1 << enum job_state; 0: any */
    int64_t before;  /* only ids smaller than this; 0: any */
    int64_t limit;
};

/* Newest first, without argv and env. */
int store_job_list(struct store *store, const struct store_filter *filter,
                   store_job_fn fn, void *data);
/* Every job that has not come to its end, complete, oldest first. */
int store_job_unfinished(struct store *store, store_job_fn fn, void *data);
int store_job_history(struct store *store, int64_t id, store_history_fn fn, void *data);
/* How many jobs there are in these states (0: any). */
int store_job_count(struct store *store, unsigned states, int64_t *out);
