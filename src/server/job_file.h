/* The files of a job: which of them a client means, and opening one to read. */
#pragma once

#include "base/errmsg.h"
#include "base/platform.h"

struct job;

enum {
    JOB_FILE_E_REFUSED = 1, /* `msg` says why */
    JOB_FILE_E_MISSING,     /* there is no such file now */
};

/* The path of "output" (also NULL), "error" or "input", of "task:N" (the output of a
 * task of an array), or of a file in the job's
 * directory by its path from there. Fresh; the caller frees it. 0, JOB_FILE_E_REFUSED,
 * or -ENOMEM. */
int job_file_path(const struct job *job, const char *runs_dir, const char *which,
                  char **out, struct errmsg *msg);

/* Whether the job's output or error output was written to since the job ended, as by
 * another run. What came from a cluster has the time of that, and is not asked. */
bool job_file_changed(const struct job *job, const struct platform_file *state);
/* Open a regular file to read; anything else (a fifo, a device) is refused and not
 * touched. Links are followed, wherever they lead. 0, JOB_FILE_E_…. */
int job_file_open(const char *path, int *fd, struct platform_file *state,
                  struct errmsg *msg);

#define JOB_FILE_IDENTITY_SIZE 64
/* What tells this file from another one that has its name later. Returns `out`. */
char *job_file_identity(const struct platform_file *state,
                        char out[JOB_FILE_IDENTITY_SIZE]);
