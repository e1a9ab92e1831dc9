/* What stands in the queue of one cluster: the user's jobs, ours and others, as
 * slurm.queue tells of them, to choose one. Pure. */
#pragma once

#include "tui/places.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct lineup_job {
    char *id;       /* owned: "12", "12_3" */
    int64_t number; /* of the job as a whole */
    int64_t job;    /* its number here; 0: it was not submitted here */
    char *name, *partition;
    char *state;         /* in small letters */
    char *where;         /* its nodes, else why it waits; "" */
    int64_t used, limit; /* seconds; -1: not known, or none */
};

struct lineup {
    char cluster[PLACES_NAME_SIZE];
    struct lineup_job *jobs; /* owned */
    size_t n;
    bool loaded;        /* an answer has come */
    char trouble[1024]; /* why the last one did not; "" */
    size_t selected, top;
};

void lineup_init(struct lineup *lineup);
void lineup_deinit(struct lineup *lineup);
/* Begin with the queue of a cluster, which is still to come. */
void lineup_reset(struct lineup *lineup, const char *cluster);
/* What slurm.queue has answered. The selection stays on its job. 0 or -ENOMEM: there
 * are none then. */
int lineup_set(struct lineup *lineup, const json_t *answer);
/* It did not answer; what was told before stays. */
void lineup_fail(struct lineup *lineup, const char *trouble);

/* NULL when there is none. Valid until the next answer. */
const struct lineup_job *lineup_selected(const struct lineup *lineup);
void lineup_move(struct lineup *lineup, long by);
void lineup_keep_in_view(struct lineup *lineup, size_t height);

/* Of a task, or tasks, of an array: which, as slurm.cancel is given them: "3", "4-9".
 * False: it is a job as a whole. */
bool lineup_task(const struct lineup_job *job, char *out, size_t size);
