/* Which job starts next; pure.
 *
 * The machine is so many cores, and so much memory for the jobs that say how much they
 * need. Jobs that are ready stand in order: larger priority first, then smaller id. The
 * first one starts when what it asks for is free. Where it is not, a smaller one behind
 * it may pass, but only SCHEDULE_PASSES_MAX times: from then on what becomes free is
 * kept for the first one. So small jobs use what a big one cannot, and it never
 * starves. */
#pragma once

#include "base/sorted.h"
#include "job/job.h"

enum {
    SCHEDULE_PASSES_MAX = 16,
    SCHEDULE_DEPTH =
        256, /* how far behind the first one is looked for a job that fits */
};

/* One job that is ready; embedded in what belongs to its owner. */
struct schedule_entry {
    const struct job *job; /* borrowed: id, priority, cores, memory_bytes */
    int passed;            /* how often others started while it was first */
};

struct schedule {
    struct sorted ready; /* struct schedule_entry, borrowed */
    int cores, cores_busy;
    int64_t memory_bytes, memory_busy; /* memory_bytes 0: memory is not counted */
};

void schedule_init(struct schedule *schedule, int cores, int64_t memory_bytes);
void schedule_deinit(struct schedule *schedule);

/* A job is ready. 0, -EEXIST when it stands there already, or -ENOMEM. */
int schedule_add(struct schedule *schedule, struct schedule_entry *entry);
/* It is not, any more; to be called before its priority changes. Whether it was. */
bool schedule_drop(struct schedule *schedule, const struct schedule_entry *entry);

/* The job to start now, taken out of the ready ones and given what it asks for; NULL
 * when none can start. */
struct schedule_entry *schedule_next(struct schedule *schedule);

/* A job that runs already takes what it asked for, a job gives it back. Who asks for
 * more than there is takes all of it: the machine was larger when it was submitted. */
void schedule_occupy(struct schedule *schedule, const struct job *job);
void schedule_vacate(struct schedule *schedule, const struct job *job);

int schedule_cores_free(const struct schedule *schedule);
/* INT64_MAX where memory is not counted. */
int64_t schedule_memory_free(const struct schedule *schedule);
/* Whether what the job asks for is free. */
bool schedule_fits(const struct schedule *schedule, const struct job *job);
/* The job that was passed as often as may be, and that all others wait for; or NULL. */
const struct job *schedule_blocking(const struct schedule *schedule);
