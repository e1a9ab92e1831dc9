/* The job's first process: made, held back until its record is on the disk, let go. */
#pragma once

#include "base/errmsg.h"
#include "supervisor/launcher.h"
#include "supervisor/options.h"
#include "supervisor/record.h"

#include <stdbool.h>
#include <sys/types.h>

struct launch {
    pid_t pid;  /* leads a process group of its own */
    int go;     /* the process starts when it reads a byte from here */
    int report; /* end-of-file when the command runs; else why it does not */
};

#define LAUNCH_NULL                                                                    \
    { -1, -1, -1 }

/* Make the process, which waits for launch_release and looks at *options until then and
 * until its command runs. 0 or a negative errno with `msg`. */
int launch_prepare(struct launcher *launcher, const struct options *options,
                   struct launch *out, struct errmsg *msg);
void launch_release(struct launch *launch);

/* Whether the command runs by now, or has failed to: in either case what is in the
 * output files is its own, and not of an earlier run. wakeup_on_input(report) tells
 * when. */
bool launch_is_through(const struct launch *launch);

/* Closes the descriptors. A process that was not released ends by itself then. */
void launch_deinit(struct launch *launch);

/* Once the process has ended: why the command could not be run, if it was not: error,
 * stage and code of the outcome. Returns whether the job's output files had been opened
 * by then. */
bool launch_explain(const struct launch *launch, const struct options *options,
                    struct outcome *out);
