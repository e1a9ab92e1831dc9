/* The jobs: from submission to the end, whatever happens to the server meanwhile. */
#pragma once

#include "base/errmsg.h"
#include "base/sorted.h"
#include "job/job.h"
#include "job/schedule.h"

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

struct buf;
struct change;
struct far_chain;
struct local_spares;
struct local_starter;
struct run;
struct server;

/* Unfinished jobs are in memory, and ended ones until that is on the disk; the others
 * only in the store. The lists borrow; only `runs` owns. */
struct engine {
    struct server *server;    /* borrowed */
    struct sorted runs;       /* by id */
    struct sorted claims;     /* of unfinished ones on the places they write to */
    struct sorted timed;      /* that wait for a time, by that */
    struct sorted edges;      /* that a job waits for another one */
    struct schedule schedule; /* that are ready, and the cores */
    uv_timer_t clock;         /* active only while `timed` has one */
    uv_timer_t writing;       /* active only while something is to be written */
    int open_handles;
    struct run *unwritten;                 /* that have changed … */
    struct change *changes, **changes_at;  /* … and how; owned */
    struct run *submitted, **submitted_at; /* of the open group */
    struct run *doomed;                    /* that can never start any more */
    struct local_spares *spares;           /* owned */
    struct local_starter *starter;         /* owned */
    bool grouping;
    bool chain_due;            /* there may be jobs that are to be continued */
    struct far_chain *chains;  /* that are asked for behind ssh; owned */
    uv_timer_t chain_again;    /* active only while one of them could not be asked */
    int writes_failed;         /* in a row; 0: all is well */
    struct errmsg write_error; /* why */
};

enum {
    ENGINE_E_MISSING = 1, /* no such job */
    ENGINE_E_FINISHED,    /* the job has come to its end already */
    ENGINE_E_REPEATED,  /* this submission was made before: the job is the older one */
    ENGINE_E_CONFLICT,  /* an unfinished job writes to the same place */
    ENGINE_E_STARTED,   /* the job does not wait any more */
    ENGINE_E_PENDING,   /* done, but the disk does not take it yet */
    ENGINE_E_TAGS,      /* it would have more than TAGS_MAX tags */
    ENGINE_E_OPEN,      /* the job has not come to its end */
    ENGINE_E_NEEDED,    /* another job waits for this one */
    ENGINE_E_ELSEWHERE, /* it runs on another machine: see run_is_elsewhere */
};

int engine_new(struct engine **out, struct server *server);
/* Writes what is still to be written. */
struct engine *engine_free(struct engine *engine);

/* Take up the jobs that an earlier server left. 0 or a negative errno. */
int engine_recover(struct engine *engine);

/* Keep the job on the disk, and start it when its turn comes. job->state is queued
 * or held. On success the engine owns it and
 * *job_take is NULL; job_id tells its number, also with ENGINE_E_REPEATED and _CONFLICT
 * (then of the other job). A job that waits for the one it would be in conflict with is
 * in none, nor is any with `queue`: it starts when no older one writes to its places
 * any more. The jobs that it waits for were checked. 0, one of these two, or a negative
 * errno. */
int engine_submit(struct engine *engine, struct job **job_take, bool queue,
                  int64_t *job_id);

/* What engine_submit would say of that now, short of an error of the disk. */
int engine_foresee(struct engine *engine, const struct job *job, bool queue,
                   int64_t *job_id);

/* Submissions in groups, that wait for the disk once. Between begin and end only
 * engine_submit and engine_find are called. What was submitted is there at once
 * (engine_find, its id), but it starts, and subscribers are told of it, only after
 * engine_group_end returned 0. With a negative errno none of the group was submitted:
 * its ids are of no job, and whoever waits for an answer is to be told so. Changes that
 * were waiting to be written go along with the group. Outside of a group engine_submit
 * is one by itself. 0 or a negative errno. */
int engine_group_begin(struct engine *engine);
int engine_group_end(struct engine *engine);
/* Whether something was submitted in the open group. */
bool engine_group_has_members(const struct engine *engine);

/* What people ask for; on the disk when 0 is returned. ENGINE_E_PENDING: it is so from
 * now on, but not on the disk yet: engine_problem tells why, and it is tried again.
 * 0, ENGINE_E_PENDING, _MISSING, _FINISHED, _STARTED where the job does not wait any
 * more, _ELSEWHERE where it is to be cancelled and cannot be reached, or a negative
 * errno: then nothing was done. */
int engine_cancel(struct engine *engine, int64_t id);
int engine_hold(struct engine *engine, int64_t id);
int engine_release(struct engine *engine, int64_t id);
int engine_set_priority(struct engine *engine, int64_t id, int priority);

/* What people write on a job, at any time; all is borrowed. */
struct engine_edit {
    const char *name;  /* NULL: the name stays */
    const char *note;  /* NULL: the note stays; "": it goes */
    char *const *add;  /* tags; may be NULL */
    char *const *drop; /* tags that go, as far as it has them; may be NULL */
};

/* On the disk, and then told, when 0 is returned. ENGINE_E_PENDING, as above: only of a
 * job that has not ended. 0, ENGINE_E_PENDING, _MISSING, _TAGS, or a negative errno:
 * then nothing was done. */
int engine_edit(struct engine *engine, int64_t id, const struct engine_edit *edit);

/* Forget jobs that have ended: all of them in one transaction, or with a negative errno
 * none. verdicts[i] tells what became of ids[i]: 0, ENGINE_E_MISSING (also for one that
 * stands there twice), _OPEN, or _NEEDED, with by[i] the job that waits for it. What
 * lies in their directories stays; the run folders, with what commands printed, go. */
int engine_remove(struct engine *engine, const int64_t *ids, size_t n, int *verdicts,
                  int64_t *by);

/* A job that ran elsewhere and has ended. */
struct engine_import {
    struct job *job;          /* owned by the caller; gets its id, or the older one's */
    const char *results_json; /* borrowed */
    bool repeated; /* a job was made by its token before: it was left alone */
};

/* Record them: all in one transaction, or with a negative errno none. On the disk, and
 * then told, when 0 is returned. */
int engine_import(struct engine *engine, struct engine_import *items, size_t n);

/* The job with this id that is in memory, NULL when there is none. */
struct run *engine_find(const struct engine *engine, int64_t id);
/* An unfinished job of this cluster that has this number there; 0: any number. Returns
 * its id, or 0. */
int64_t engine_find_placed(const struct engine *engine, const char *cluster,
                           int64_t number);

/* Write what is still to be written, so that the store tells the present. Nothing to do
 * in most cases. 0 or a negative errno: then it will be tried again. */
int engine_write(struct engine *engine);
/* What keeps the changes from the disk, in words; NULL: nothing does. */
const char *engine_problem(const struct engine *engine);

/* Why a job waits, in words, as of now; "" when it does not wait. */
void engine_reason(const struct engine *engine, const struct run *run,
                   struct errmsg *out);
/* A job's summary (see job_json.h) with that reason in it; new, NULL when memory runs
 * out. */
json_t *engine_summary(const struct engine *engine, const struct job *job);
/* The same, appended as text. 0, or a negative errno with nothing appended. */
int engine_summary_text(const struct engine *engine, const struct job *job,
                        struct buf *out);

/* Continue the runs that are to go on by themselves. */
void engine_continue(struct engine *engine);
/* Whether one waits until its files behind ssh have been looked at. */
bool engine_is_continuing(const struct engine *engine);
/* Start what can start now. */
void engine_schedule(struct engine *engine);
