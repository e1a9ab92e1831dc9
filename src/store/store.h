/* The jobs on disk: one SQLite file, written by one server at a time. Every function
 * that returns 0 after a change has it on the disk, unless a group is open: then the
 * group's commit puts all of its changes there. */
#pragma once

#include "base/errmsg.h"
#include "job/job.h"

#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf;
struct store;

enum {
    STORE_E_MISSING = 1, /* no such job, no such content */
    STORE_E_TOKEN,       /* a job with this submission token exists already */
    STORE_E_NEWER,       /* the file was written by a newer version */
    STORE_E_LOCKED,      /* another program has the file open for writing */
    STORE_E_UNUSABLE,    /* not a database, damaged, or not writable: see the message */
};

/* Open or create the database (mode 0600). The folder exists. A file of an older
 * version is brought up to date, after a copy of it was made beside it (see
 * store_copy). 0, STORE_E_NEWER, STORE_E_LOCKED, STORE_E_UNUSABLE (each with `msg`), or
 * -ENOMEM; the file is as it was unless 0. */
int store_open(struct store **out, const char *path, struct errmsg *msg);
/* The same of a file that is a copy itself: no other is made of it. */
int store_open_copy(struct store **out, const char *path, struct errmsg *msg);
/* Changes of a group that is open are lost. */
struct store *store_free(struct store *store);
DEFINE_CLEANUP(struct store *, store_free);

/* Where the copy lies that was made before an older file was brought up to date; NULL
 * when none was needed. */
const char *store_copy(const struct store *store);

/* What went wrong in the last function that returned a negative errno, with a way out
 * where there is one; valid until the next. */
const char *store_error(const struct store *store);

/* Every change until the commit joins one transaction; each is whole by itself, so that
 * one that fails leaves the others. Groups do not nest.
 * 0, -ENOMEM, -EIO, -ENOSPC, -EROFS. */
int store_begin(struct store *store);
/* 0, or a negative errno: nothing of the group was kept then. The group is closed. */
int store_commit(struct store *store);
void store_rollback(struct store *store);
bool store_in_group(const struct store *store);

/* Insert a job with all that it has and the first line of its history; sets job->id.
 * With STORE_E_TOKEN job->id is the older job's and nothing was inserted.
 * 0, STORE_E_TOKEN, -ENOMEM, -EIO, -ENOSPC, -EROFS. */
int store_job_insert(struct store *store, struct job *job);

/* The job that a submission token made. 0, STORE_E_MISSING, or a negative errno. */
int store_token_find(struct store *store, const char *token, int64_t *id);

/* Write all that can change of a job; argv, env and inputs only where the record has
 * them loaded (not NULL). When `at` is not 0 a line of history is added with the job's
 * state and reason. `results_json` replaces the results when not NULL.
 * 0, STORE_E_MISSING, -ENOMEM, -EIO, -ENOSPC, -EROFS. */
int store_job_update(struct store *store, const struct job *job, int64_t at,
                     const char *results_json);

/* Add a line of history, of a change that was written with `at` 0, or of one between.
 * 0, -ENOMEM, -EIO, -ENOSPC, -EROFS. */
int store_history_add(struct store *store, int64_t id, int64_t at, enum job_state state,
                      const char *reason);

/* Forget a job, its history and results, and the contents that no other job refers to.
 * 0, STORE_E_MISSING, -ENOMEM, -EIO, -ENOSPC, -EROFS. */
int store_job_remove(struct store *store, int64_t id);

/* Keep bytes under their SHA-256 (64 hexadecimal digits, handed out), once however
 * often they are put. They stay as long as a job has them as an input or as its
 * environment. 0, -ENOMEM, -EIO, -ENOSPC, -EROFS. */
int store_content_put(struct store *store, const void *bytes, size_t n,
                      char sha256[65]);
/* Append at most `limit` of the bytes, from `offset` on, behind their end none; *size
 * (may be NULL) is how many there are. No more than these are in memory.
 * 0, STORE_E_MISSING (also for an input whose bytes were not kept), -ENOMEM, -EIO. */
int store_content_get(struct store *store, const char *sha256, int64_t offset,
                      size_t limit, struct buf *out, int64_t *size);

/* Read one job, complete; owned by the caller. 0, STORE_E_MISSING, -ENOMEM, -EIO. */
int store_job_get(struct store *store, int64_t id, struct job **out);
/* The results as JSON text; *out is NULL when there are none. Freed by the caller. */
int store_job_results(struct store *store, int64_t id, char **out);

/* Every function pointer below borrows what it is handed; a return other than 0 stops
 * the walk and is returned. */
typedef int (*store_job_fn)(const struct job *job, void *data);
typedef int (*store_history_fn)(int64_t at, enum job_state state, const char *reason,
                                void *data);

/* Which jobs; begin with STORE_FILTER_ANY. */
struct store_filter {
    unsigned states;       /* bit mask of 1 << enum job_state; 0: any */
    int64_t before;        /* only ids smaller than this; 0: any */
    int64_t limit;         /* of jobs handed out; 0: none */
    const char *name;      /* part of the name, in any case; NULL: any, also below */
    const char *code;      /* the whole word */
    const char *directory; /* absolute: this folder and all below it */
    const char *tag;       /* the whole tag */
    const char *text;      /* part of name, directory, note or a tag, in any case */
    int64_t created_from;  /* milliseconds since 1970, 0: any; this one included */
    int64_t created_to;    /* this one not included; INT64_MAX: any */
    int64_t finished_from; /* likewise; a job that has not ended has no such time, */
    int64_t finished_to;   /* and only STORE_FILTER_ANY's two let it through */
    double energy_min_ev;  /* these included; NAN: any */
    double energy_max_ev;  /* these three: only of jobs that have ended */
    int converged;         /* -1: any, 0: no, 1: yes */
};

#define STORE_FILTER_ANY                                                               \
    {                                                                                  \
        .created_to = INT64_MAX, .finished_to = INT64_MAX, .energy_min_ev = NAN,       \
        .energy_max_ev = NAN, .converged = -1                                          \
    }

/* Newest first, without argv, env and inputs. *total is how many jobs the filter lets
 * through, whatever its `before` and `limit`: exact, by counters where only states are
 * asked for, else by a walk over an index. `fn` may not change the store. 0, -ENOMEM,
 * -EIO, or what `fn` returned. */
int store_job_list(struct store *store, const struct store_filter *filter,
                   store_job_fn fn, void *data, int64_t *total);
/* How many jobs there are in these states (0: any), from counters. */
int store_job_count(struct store *store, unsigned states, int64_t *out);
/* Every job that has not come to its end, oldest first, without argv, env and inputs:
 * ten thousand may wait. */
int store_job_unfinished(struct store *store, store_job_fn fn, void *data);
/* The newest job that continues this one; 0: none does. */
int store_job_continued(struct store *store, int64_t id, int64_t *out);
typedef int (*store_id_fn)(int64_t id, void *data);
/* The jobs that have ended and are still to be continued by themselves, oldest first.
 * 0, -ENOMEM, -EIO, or what `fn` returned. */
int store_job_chained(struct store *store, store_id_fn fn, void *data);
/* How many jobs that have not come to their end wait for this one. */
int store_job_waiting(struct store *store, int64_t id, int64_t *out);
int store_job_history(struct store *store, int64_t id, store_history_fn fn, void *data);

struct cluster;
typedef int (*store_cluster_fn)(const struct cluster *cluster, void *data);

/* Keep a cluster under its name, in the place of one that has it. 0, -ENOMEM, -EIO,
 * -ENOSPC, -EROFS. */
int store_cluster_put(struct store *store, const struct cluster *cluster);
/* 0, STORE_E_MISSING, or likewise. */
int store_cluster_remove(struct store *store, const char *name);
/* All of them in order of their names. 0, -ENOMEM, -EIO, or what `fn` returned. */
int store_cluster_each(struct store *store, store_cluster_fn fn, void *data);
