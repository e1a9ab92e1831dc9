/* The tasks of an array job (sbatch --array): which there are, how each of them is and
 * how it ended, as squeue, the batch script, sacct and scontrol tell. Pure.
 *
 * A task's end is told when nothing more is to be asked of it. */
#pragma once

#include "base/buf.h"
#include "base/errmsg.h"
#include "slurm/queue.h"
#include "slurm/state.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SLURM_TASKS_MAX = 10000 };

struct slurm_task {
    int64_t id;             /* Slurm's SLURM_ARRAY_TASK_ID */
    enum slurm_state state; /* with `told`: final, or SLURM_UNKNOWN: nobody knows */
    int exit_code;          /* -1: not known */
    int signal;             /* 0: none */
    bool told;
    bool seen;    /* by the last look into the queue */
    bool goes_on; /* … as one that has not ended */
    bool known;   /* by the last answer of sacct or scontrol, whatever they said */
    bool has_end; /* … the batch script wrote its end: own_code */
    int own_code;
};

struct slurm_array {
    struct slurm_task *tasks; /* owned, n of them, by id */
    size_t n;
    enum slurm_state rest; /* of those that the look has not named; SLURM_UNKNOWN: it
                              has not said */
    /* Of the last answer: the controller told what it knows, and so of no other task;
     * sacct's database did not, and may tell later. */
    bool denies, sacct_fails;
};

/* Of what stands behind --array: numbers and ranges with commas between ("0-9",
 * "1,3,5-7", "0-30:10"), and how many may run at once ("%4"). All of them wait. 0,
 * -EINVAL with `msg`, or -ENOMEM. */
int slurm_array_init(struct slurm_array *out, const char *spec, struct errmsg *msg);
void slurm_array_deinit(struct slurm_array *array);

/* What is told, as a text without newlines, appended; and back. 0 or -ENOMEM. */
int slurm_array_save(const struct slurm_array *array, struct buf *out);
void slurm_array_load(struct slurm_array *array, const char *text, size_t n);

/* A look into the queue begins; each line of it that is of this job; it is over; and
 * whether there is something to be asked of ends now. */
void slurm_array_look(struct slurm_array *array);
void slurm_array_seen(struct slurm_array *array, const struct slurm_queued *job);
void slurm_array_looked(struct slurm_array *array);
bool slurm_array_is_due(const struct slurm_array *array);
/* How many have ended, as far as the queue tells. */
size_t slurm_array_ended(const struct slurm_array *array);

struct slurm_array_count {
    size_t waiting, running, completed, cancelled, failed;
    size_t untold; /* of which the end is not told; they are counted above, too */
};
struct slurm_array_count slurm_array_count(const struct slurm_array *array);

/* Append the numbers of those that `which` picks, with ranges: "0-3,7". 0 or -ENOMEM.
 */
int slurm_array_name(const struct slurm_array *array,
                     bool (*which)(const struct slurm_task *task, const void *data),
                     const void *data, struct buf *out);

/* Append, to a program that asks for the ends of several jobs, the part for an array,
 * of which so many tasks seem to have ended. slurm_ends_read passes it over. 0 or
 * -ENOMEM. */
int slurm_array_program(struct buf *out, const char *directory, const char *name,
                        int64_t id, size_t ended);

typedef struct slurm_array *slurm_array_fn(int64_t number, void *data);
/* Take what such programs printed: `find` gives the array of a job's number (NULL: it
 * is of no interest), `done` is called when its part was whole. */
void slurm_arrays_read(const char *text, size_t n, slurm_array_fn *find,
                       void (*done)(int64_t number, void *data), void *data);
/* Whether one is missing: it has left the queue, and Slurm told nothing of its end. */
bool slurm_array_has_missing(const struct slurm_array *array);
/* Nobody will tell of those that are missing: they have ended as their script wrote;
 * where it left no word, so (SLURM_PENDING: they are still waited for). */
void slurm_array_give_up(struct slurm_array *array, enum slurm_state as);
