/* A job with tasks (sbatch --array): one job here, whose tasks are followed. For the
 * queue and run_slurm*.c; a run without tasks is left alone by all of these. */
#pragma once

#include "base/buf.h"
#include "base/errmsg.h"

#include <jansson.h>
#include <stdbool.h>

struct job;
struct run;
struct slurm_queued;

/* Its tasks, with what was known of them, into run->placed. 0 or -ENOMEM. */
int run_array_new(struct run *run);
void run_array_free(struct run *run);

/* A line of the queue, and whether that is news; the look with this number is over, and
 * began when the job was there. */
bool run_array_seen(struct run *run, const struct slurm_queued *job);
void run_array_looked(struct run *run, int64_t look);

/* Append the part that asks for the ends of its tasks. 0 or -ENOMEM. */
int run_array_ask(const struct run *run, struct buf *program);
/* What went wrong in its tasks, in a sentence; unchanged where nothing did. */
void run_array_say_end(const struct run *run, struct errmsg *out);

/* The tasks as JSON: how many are how, and which. `run` (NULL: the job has ended) knows
 * better than the record. NULL when memory runs out; json_null without tasks. */
json_t *run_array_json(const struct job *job, const struct run *run);
