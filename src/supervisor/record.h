/* What the supervisor leaves for the server: the record of a run, a file `started` of
 * the run folder that becomes `exit`. It is of "key=value" lines; a backslash, a line
 * feed and a carriage return in a value are written \\, \n and \r. Readers skip keys
 * and lines they do not know.
 *
 *   started: run (the name of the folder), pid, job_pid, host, started_at, machine (see
 *            platform_machine), and what is run: directory, output, error_output,
 *            command (its words with spaces between, perhaps cut)
 *   exit:    the same, and behind it exit_code | signal [core_dumped], cancelled,
 *            timed_out, soft_stopped, started_at, finished_at, cpu_ms,
 *            peak_memory_bytes, survivors, error; where nothing ran only the latter,
 *            stage and errno
 */
#pragma once

#include "base/errmsg.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct options;

/* How far a start came that failed. */
enum record_stage {
    RECORD_STAGE_NONE, /* it did not fail */
    RECORD_STAGE_SETUP,
    RECORD_STAGE_PROCESS,
    RECORD_STAGE_RECORD,
    RECORD_STAGE_DIRECTORY,
    RECORD_STAGE_OUTPUT,
    RECORD_STAGE_ERROR_OUTPUT,
    RECORD_STAGE_COMMAND,
};

struct outcome {
    int64_t started_at;  /* ms since 1970-01-01 UTC */
    int64_t finished_at; /* likewise; 0 while the main process runs */
    bool ran;            /* there is a status to report */
    int status;          /* of the main process, as wait(2) gives it */
    bool cancelled;      /* asked to end while the main process ran */
    bool timed_out;      /* its time limit was over while the main process ran */
    bool soft_stopped;   /* the file that asks it to end itself was written before */
    size_t survivors;    /* processes that could not be ended */
    int64_t cpu_ms;
    int64_t peak_memory_bytes;
    struct errmsg error; /* "" when there was none */
    enum record_stage stage;
    int code; /* a positive errno, with a stage */
};

/* The open file. */
struct record {
    int fd;
    size_t end;   /* where in it the end of the job is written */
    bool is_exit; /* renamed */
};

#define RECORD_NULL                                                                    \
    { .fd = -1 }

/* Write `started` of a job that `options` describes, with room for its end, so that a
 * disk filled by the job does not hide how it ended. 0 or a negative errno with `msg`.
 */
int record_started(const struct options *options, pid_t job, int64_t started_at,
                   struct record *out, struct errmsg *msg);

/* Make `exit` of it. Where the disk is full, or any other reason stands against it, try
 * again for as long as the folder exists. 0 or a negative errno. */
int record_exit(const char *dir, struct record *record, const struct outcome *outcome);

void record_deinit(struct record *record);

/* Write `exit` when nothing was started, for a negative errno at this stage; one
 * attempt. 0 or a negative errno. */
int record_failed_start(const char *dir, enum record_stage stage, int code,
                        const struct errmsg *error);
