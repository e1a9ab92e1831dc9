/* From the start of the job to the end of the last process that came out of it. */
#pragma once

#include "supervisor/launch.h"
#include "supervisor/record.h"

#include <stdint.h>

/* Stay with a job that was released until nothing of it is left; end it on SIGTERM or
 * SIGINT. One byte is written to `alive_fd` when the command runs or has failed to, or
 * when that takes too long to wait for. `grace_ms` is the time between SIGTERM and
 * SIGKILL. Fills everything of *outcome but started_at and the failure of a launch. */
void watch_job(const struct launch *launch, int alive_fd, int64_t grace_ms,
               struct outcome *outcome);
