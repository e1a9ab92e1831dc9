/* What squeue(1) prints of a user's jobs. Pure. */
#pragma once

#include "slurm/state.h"

#include <stddef.h>
#include <stdint.h>

/* The separator of fields: ASCII's own, which no name should have. */
#define SLURM_SEPARATOR "\x1f"

/* In front of the seconds since 1970 by the clock there. */
#define SLURM_CLOCK SLURM_SEPARATOR "clock "

/* For squeue --format, of Slurm 20 and newer, where SLURM_TIME_FORMAT is %s. What may
 * hold anything stands last. */
#define SLURM_QUEUE_FORMAT                                                             \
    "%i" SLURM_SEPARATOR "%T" SLURM_SEPARATOR "%S" SLURM_SEPARATOR                     \
    "%M" SLURM_SEPARATOR "%l" SLURM_SEPARATOR "%D" SLURM_SEPARATOR                     \
    "%C" SLURM_SEPARATOR "%P" SLURM_SEPARATOR "%u" SLURM_SEPARATOR                     \
    "%N" SLURM_SEPARATOR "%r" SLURM_SEPARATOR "%j"

/* One line. Texts point into it, as they stand there and not NUL-terminated. */
struct slurm_text {
    const char *at;
    size_t n;
};

struct slurm_queued {
    struct slurm_text id; /* "12", "12_3", "12_[4-9%2]" */
    int64_t number;       /* of the job, or of the array that it is a task of */
    enum slurm_state state;
    struct slurm_text state_word;
    struct slurm_text reason;
    int64_t starts_at; /* that it started, or may start; ms since 1970, 0: not known */
    int64_t used_seconds;  /* -1: not known */
    int64_t limit_seconds; /* -1: not known, or none */
    int64_t nodes, cpus;
    struct slurm_text partition, user, node_list, name;
};

typedef int (*slurm_queued_fn)(const struct slurm_queued *job, void *data);

/* What has to be added to times there to have ours, ms, by the line with the time there
 * in an answer to what was asked at `asked_at` and came by `now`; 0: the clocks may
 * agree, or there is no such line. */
int64_t slurm_clock_shift(const char *text, size_t n, int64_t asked_at, int64_t now);

/* Hand out each line that is one of a job, and pass over others (a banner of the login,
 * a line that was cut). *n_other tells how many those were. Returns 0, or what `fn`
 * returned if that was not 0. */
int slurm_queue_read(const char *text, size_t n, slurm_queued_fn fn, void *data,
                     size_t *n_other);

/* "[D-]HH:MM:SS", "MM:SS" as squeue and sacct print durations: seconds, or -1. */
int64_t slurm_duration_read(const char *text, size_t n);
/* Seconds since 1970 as ms; 0 for what is none ("N/A", "Unknown"). */
int64_t slurm_time_read(const char *text, size_t n);
/* The number that a job's id begins with; 0: none. */
int64_t slurm_number_read(const char *text, size_t n);
