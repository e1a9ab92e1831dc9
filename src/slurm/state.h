/* The states of a job as Slurm tells them (squeue(1), sacct(1): JOB STATE CODES), in
 * full or as two letters, and why one waits, in plain words. Pure. */
#pragma once

#include "base/errmsg.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum slurm_state {
    SLURM_UNKNOWN, /* a word that no version so far has told */
    SLURM_PENDING, /* it waits in the queue, also once more */
    SLURM_RUNNING, /* it has its nodes, be they still being set up or given back */
    SLURM_SUSPENDED,
    SLURM_COMPLETED, /* from here on they are final */
    SLURM_FAILED,
    SLURM_CANCELLED,
    SLURM_TIMEOUT,
    SLURM_OUT_OF_MEMORY,
    SLURM_NODE_FAIL,
    SLURM_PREEMPTED,
    SLURM_BOOT_FAIL,
    SLURM_DEADLINE,
    SLURM_REVOKED,
    SLURM_STATES,
};

/* Of n bytes; what stands behind the word ("CANCELLED by 1000", "COMPLETED+") does not
 * count. */
enum slurm_state slurm_state_read(const char *text, size_t n);
bool slurm_state_is_final(enum slurm_state state);
/* As squeue calls it. */
const char *slurm_state_name(enum slurm_state state);

/* What a final state means for the person, beside the exit status; "" for COMPLETED and
 * FAILED, whose exit status tells it. */
const char *slurm_state_words(enum slurm_state state);
/* Whether the same job might do better next time: the site ended it, not the program.
 */
bool slurm_state_may_pass(enum slurm_state state);

/* Why it waits: Slurm's word for the reason in plain words; where none are known, the
 * word itself. `starts_at` is when Slurm guesses that it starts, ms since 1970, 0: it
 * does not say. */
void slurm_reason_words(const char *reason, int64_t starts_at, struct errmsg *out);
