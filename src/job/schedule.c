/* First come, first served, with cores as slots. A job that waits for many cores is not
 * passed by small ones, so it cannot starve. */
#include "job/schedule.h"

struct job *schedule_next(struct job *const *jobs, size_t n, int cores) {
    int busy = 0;
    for (size_t i = 0; i < n; i++) {
        busy += job_state_is_active(jobs[i]->state) ? jobs[i]->cores : 0;
    }
    for (size_t i = 0; i < n; i++) {
        if (jobs[i]->state == JOB_QUEUED) {
            return jobs[i]->cores <= cores - busy ? jobs[i] : NULL;
        }
    }
    return NULL;
}
