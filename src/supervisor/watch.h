/* From the start of the job to the end of the last process that came out of it. */
#pragma once

#include "supervisor/launch.h"
#include "supervisor/record.h"

#include <stdbool.h>
#include <stdint.h>

/* Stay with a job that was released until nothing of it is left; end it on SIGTERM or
 * SIGINT, and at its time limit. One byte is written to the FIFO when the command runs
 * or has failed to, or when that takes too long to wait for. Fills everything of
 * *outcome but started_at and the failure of a launch. Returns whether nothing is left
 * below us, neither of the job nor a server that it started. */
bool watch_job(const struct launch *launch, const struct options *options,
               struct outcome *outcome);
