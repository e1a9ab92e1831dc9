/* The jobs: from submission to the end, whatever happens to the server meanwhile. */
#pragma once

#include "base/errmsg.h"
#include "job/job.h"

#include <stddef.h>
#include <stdint.h>

struct run;
struct server;

/* Unfinished jobs are in memory, oldest first; the others only in the store. */
struct engine {
    struct server *server; /* borrowed */
    struct run **runs;     /* owned */
    size_t n_runs, cap;
    int cores; /* of this machine, for jobs */
};

enum {
    ENGINE_E_MISSING = 1, /* no such job */
    ENGINE_E_FINISHED,    /* the job has come to its end already */
    ENGINE_E_REPEATED, /* this submission was made before: the job is the older one */
    ENGINE_E_CONFLICT, /* an unfinished job writes to the same output */
};

int engine_new(struct engine **out, struct server *server);
struct engine *engine_free(struct engine *engine);

/* Take up the jobs that an earlier server left. 0 or a negative errno. */
int engine_recover(struct engine *engine);

/* Keep the job on the disk, and start it when its turn comes. On success the engine
 * owns it and *job_take is NULL; job_id tells its number, also with ENGINE_E_REPEATED
 * and _CONFLICT (then of the other job). 0, an ENGINE_E_…, or a negative errno. */
int engine_submit(struct engine *engine, struct job **job_take, int64_t *job_id);

/* Submissions in groups, that wait for the disk once. Between begin and end only
 * engine_submit and engine_find are called. What was submitted is there at once
 * (engine_find, its id), but it starts, and subscribers are told of it, only after
 * engine_group_end returned 0. With a negative errno none of the group was submitted:
 * its ids are of no job, and whoever waits for an answer is to be told so. Changes that
 * were waiting to be written go along with the group. Outside of a group engine_submit
 * is one by itself. 0 or a negative errno. */
int engine_group_begin(struct engine *engine);
int engine_group_end(struct engine *engine);

/* 0, ENGINE_E_MISSING, ENGINE_E_FINISHED, or a negative errno. */
int engine_cancel(struct engine *engine, int64_t id);

/* The unfinished job with this id, NULL when there is none. */
struct run *engine_find(struct engine *engine, int64_t id);

/* Start what can start now. */
void engine_schedule(struct engine *engine);

/* For runs. Move a job to another state, keep that on the disk, and tell. */
void engine_move(struct engine *engine, struct run *run, enum job_state to,
                 const char *reason);
/* For runs: the end of a job. The run is gone afterwards. */
void engine_finish(struct engine *engine, struct run *run, enum job_state to,
                   const char *reason, const char *results_json);
