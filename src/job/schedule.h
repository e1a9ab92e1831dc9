/* Which waiting job runs next; pure. */
#pragma once

#include "job/job.h"

#include <stddef.h>

/* Jobs run in the order of their submission, each on the cores it asked for. The first
 * of `jobs` (sorted by id) that is queued starts when its cores are free; none
 * overtakes it. `cores` is what the machine gives in all. NULL when nothing can start
 * now. */
struct job *schedule_next(struct job *const *jobs, size_t n, int cores);
