/* From the start of the job to the end of the last process that came out of it. */
#pragma once

#include "supervisor/record.h"

#include <stdint.h>
#include <sys/types.h>

/* Stay with the job whose first process is `job`, a child of ours, until nothing of it
 * is left; end it on SIGTERM or SIGINT. Fills everything of *outcome but started_at.
 * `grace_ms` is the time between SIGTERM and SIGKILL. */
void watch_job(pid_t job, int64_t grace_ms, struct outcome *outcome);
