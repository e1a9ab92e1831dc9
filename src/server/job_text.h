/* A job as lists on the wire show it, written and not built. */
#pragma once

#include "base/buf.h"
#include "job/job.h"

/* Append what job_summary_json is as compact text; `reason` (may be NULL) instead of
 * the job's own. 0, or a negative errno with nothing appended. */
int job_summary_text(struct buf *out, const struct job *job, const char *runs_dir,
                     const char *reason);
