/* The ready jobs in the order in which they are to start, and sums of what is taken.
 * Nothing here knows why a job is ready, or of time. */
#include "job/schedule.h"

#include <stdint.h>

static int in_turn(const void *a, const void *b) {
    const struct job *x = ((const struct schedule_entry *)a)->job;
    const struct job *y = ((const struct schedule_entry *)b)->job;
    if (x->priority != y->priority) {
        return x->priority > y->priority ? -1 : 1;
    }
    return (x->id > y->id) - (x->id < y->id);
}

void schedule_init(struct schedule *schedule, int cores, int64_t memory_bytes) {
    *schedule = (struct schedule){
        .ready = SORTED_BY(in_turn),
        .cores = cores,
        .memory_bytes = memory_bytes,
    };
}

void schedule_deinit(struct schedule *schedule) {
    sorted_deinit(&schedule->ready);
}

int schedule_add(struct schedule *schedule, struct schedule_entry *entry) {
    return sorted_put(&schedule->ready, entry);
}

bool schedule_drop(struct schedule *schedule, const struct schedule_entry *entry) {
    return sorted_take(&schedule->ready, entry);
}

static int cores_of(const struct schedule *schedule, const struct job *job) {
    return job->cores < schedule->cores ? job->cores : schedule->cores;
}

static int64_t memory_of(const struct schedule *schedule, const struct job *job) {
    return job->memory_bytes < schedule->memory_bytes ? job->memory_bytes
                                                      : schedule->memory_bytes;
}

void schedule_occupy(struct schedule *schedule, const struct job *job) {
    schedule->cores_busy += cores_of(schedule, job);
    schedule->memory_busy += memory_of(schedule, job);
}

void schedule_vacate(struct schedule *schedule, const struct job *job) {
    schedule->cores_busy -= cores_of(schedule, job);
    schedule->memory_busy -= memory_of(schedule, job);
}

/* More can be taken than there is, when jobs run on since the machine was larger. */
int schedule_cores_free(const struct schedule *schedule) {
    int left = schedule->cores - schedule->cores_busy;
    return left > 0 ? left : 0;
}

int64_t schedule_memory_free(const struct schedule *schedule) {
    int64_t left = schedule->memory_bytes - schedule->memory_busy;
    return schedule->memory_bytes == 0 ? INT64_MAX : left > 0 ? left : 0;
}

bool schedule_fits(const struct schedule *schedule, const struct job *job) {
    return cores_of(schedule, job) <= schedule_cores_free(schedule) &&
           memory_of(schedule, job) <= schedule_memory_free(schedule);
}

const struct job *schedule_blocking(const struct schedule *schedule) {
    const struct schedule_entry *first = sorted_at(&schedule->ready, 0);
    return first && first->passed >= SCHEDULE_PASSES_MAX ? first->job : NULL;
}

static struct schedule_entry *choose(struct schedule *schedule) {
    struct schedule_entry *first = sorted_at(&schedule->ready, 0);
    if (!first || schedule_cores_free(schedule) == 0) {
        return NULL;
    }
    if (schedule_fits(schedule, first->job)) {
        return first;
    }
    if (first->passed >= SCHEDULE_PASSES_MAX) {
        return NULL;
    }
    for (size_t i = 1; i < schedule->ready.n && i <= SCHEDULE_DEPTH; i++) {
        struct schedule_entry *entry = sorted_at(&schedule->ready, i);
        if (schedule_fits(schedule, entry->job)) {
            first->passed++;
            return entry;
        }
    }
    return NULL;
}

struct schedule_entry *schedule_next(struct schedule *schedule) {
    struct schedule_entry *next = choose(schedule);
    if (next) {
        (void)sorted_take(&schedule->ready, next);
        schedule_occupy(schedule, next->job);
    }
    return next;
}
