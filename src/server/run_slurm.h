/* A job of a cluster on its way: handed to Slurm at most once, followed, and ended. For
 * the engine and the cluster's queue. */
#pragma once

#include "base/buf.h"
#include "base/errmsg.h"
#include "job/placement.h"

#include <stdbool.h>

struct engine;
struct job;
struct run;
struct slurm_end;
struct slurm_queued;
struct sorted;

/* Whether a job runs on a cluster. */
bool run_is_placed(const struct run *run);
/* Whether it has been handed over, or may have been: it is the cluster's by then. */
bool run_slurm_is_there(const struct run *run);

/* It has just been submitted, in a group that is still open: a job of this machine's
 * cluster has its name on the disk with it, so that it need not wait for that again. */
void run_slurm_submitted(struct run *run);
/* It can start: into the line of its cluster. 0 or a negative errno. */
int run_slurm_ready(struct run *run);
/* Out of the line. */
void run_slurm_unready(struct run *run);
/* A job that an earlier server may have handed over: go on with it. */
void run_slurm_attach(struct run *run);
/* A job that is there is not wanted any more. */
void run_slurm_cancel(struct run *run);
/* Forget all of it, at the end of a try. */
void run_slurm_rest(struct run *run);
/* The end is on the disk: remove what connected the job with us. */
void run_slurm_tidy(struct run *run);
/* Why it waits, or why nothing is known of it now, in words; "": nothing to say. */
void run_slurm_reason(const struct run *run, struct errmsg *out);

/* Where what Slurm and the shell say of it stands, on this machine; freed by the
 * caller. 0 or -ENOMEM. */
int run_slurm_log(const struct run *run, char **out);

/* The batch script that this job would be handed over as, appended; `trial`: the
 * program for sh that only asks sbatch about it. 0, or a negative errno with `msg`. */
int run_slurm_script(struct engine *engine, struct job *whole, bool trial,
                     struct buf *out, struct errmsg *msg);

/* ---- among its own files ---- */

/* It is there under this number, which it did not stand under before. */
void run_slurm_take_number(struct run *run, int64_t number);

/* Slurm's name of it; "" as long as it has none. Returns `space`. */
const char *run_slurm_name_of(const struct run *run, char space[PLACEMENT_VALUE_SIZE]);
/* Where it runs, on the cluster; borrowed, perhaps of `space`. */
const char *run_slurm_directory(const struct run *run,
                                char space[PLACEMENT_VALUE_SIZE]);

/* Nobody tells how it ended, or a task of it, though it has left the queue. `denies`:
 * the controller says that it does not know it; `sacct_fails`: sacct may tell later.
 * Whether that is so for long enough. */
enum missing {
    MISSING_YET,      /* the answer may come */
    MISSING_LONG,     /* what its script wrote counts */
    MISSING_FOR_GOOD, /* likewise, and nobody else will tell */
};
enum missing run_slurm_missing(struct run *run, bool denies, bool sacct_fails);

/* ---- for the queue ---- */

/* Give it its name, which nobody else's job has. 0 or -ENOMEM. */
int run_slurm_name(struct run *run);
/* Hand it over; the name is on the disk. */
void run_slurm_hand_over(struct run *run);
/* squeue tells of it. Whether that is news. */
bool run_slurm_seen(struct run *run, const struct slurm_queued *job);
/* A look with this number is over, that began when the run was there. */
void run_slurm_looked(struct run *run, int64_t look);
/* What was printed of the ends of tasks, of these runs. */
void run_slurm_tasks(const struct sorted *runs, const struct buf *answer);
/* It has begun to run, ms since 1970, 0: not known when. */
void run_slurm_runs(struct run *run, int64_t started_at);
/* What is said of it, in words, has changed. */
void run_slurm_note(struct run *run, const char *note);
/* It has ended so; its files are brought here first, where they have to be. */
void run_slurm_ends(struct run *run, const struct slurm_end *end);
/* Append what asks for the ends that are due of these runs, of the first `most`.
 * Returns of how many, or -ENOMEM. */
int run_slurm_ask_ends(const struct sorted *runs, int most, struct buf *program);
/* What came of that. */
void run_slurm_end(struct run *run, const struct slurm_end *end);
