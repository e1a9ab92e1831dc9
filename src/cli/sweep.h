/* One input with several values of its variables: a folder and a file for each. */
#pragma once

#include "cli/args.h"

#include <stddef.h>

/* One job of a sweep; borrowed. */
struct sweep_job {
    const char *path; /* of its input, which lies there */
    const char *name; /* "si ecutwfc=20" */
    const char *tag;  /* "sweep:si" */
};

/* Make the inputs that the --sweep options ask for of `file`, and hand each to `fn`,
 * which returns a status; the first that is no success ends it. Nothing is written
 * before all of them are known to be right: only then *n_jobs is how many there are.
 * Returns a status. */
int sweep_run(const struct args *args, const char *file,
              int (*fn)(const struct sweep_job *job, void *data), void *data,
              size_t *n_jobs);
