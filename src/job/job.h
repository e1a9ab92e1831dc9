/* The job record and its state machine; pure.
 *
 *   queued ──► starting ──► running ──► completed | failed | lost
 *     │  ▲         │           │
 *     │  └─────────┤           ▼
 *     │ (never     └──────► cancelling ──► cancelled | completed | failed | lost
 *     │  started)
 *     └──► cancelled | failed
 *
 * How the process ended (state, exit code, signal) and what the calculation reached
 * (progress, results) are two things: a job can be completed and not converged. */
#pragma once

#include "base/cleanup.h"

#include <stdbool.h>
#include <stdint.h>

enum job_state {
    JOB_QUEUED,
    JOB_STARTING,
    JOB_RUNNING,
    JOB_CANCELLING,
    JOB_COMPLETED,
    JOB_FAILED,
    JOB_CANCELLED,
    JOB_LOST,
    JOB_STATES, /* how many there are */
};

enum {
    JOB_NO_EXIT_CODE = -1, /* not ended, or ended by a signal */
};

/* How far the calculation is, as its output says. Energies in eV, NAN where not known.
 */
struct job_progress {
    int64_t scf;   /* SCF runs begun; 0: nothing is known yet */
    int64_t cycle; /* cycles in the last one */
    int64_t step;  /* geometries with a final energy */
    double energy_ev;
    double delta_ev; /* |ΔE| to the cycle before */
    double accuracy_ev;
    int converged; /* -1 unknown, 0 no, 1 yes */
    int status;    /* 0 truncated or still running, 1 finished, 2 failed */
};

/* Owns every pointer. Times are wall clock milliseconds, 0 for "not yet". */
struct job {
    int64_t id;
    char *name;
    char *code; /* wire name of a DFT code, or "command" */
    enum job_state state;
    char *reason; /* why it is in this state, in words; may be NULL */
    char *directory;
    char *input;        /* file name in `directory`, NULL for a command */
    char *output;       /* absolute; empty until the job has an id to name it with */
    char *error_output; /* absolute; NULL when it goes into the output */
    char **argv;
    char **env;  /* "KEY=value" of the submitter */
    char *token; /* names the submission, so that it can be repeated; may be NULL */
    int umask;
    int cores;
    int64_t created_at, started_at, finished_at;
    int exit_code;             /* or JOB_NO_EXIT_CODE */
    int signal;                /* 0 when none ended it */
    double cpu_seconds;        /* NAN when not known */
    int64_t peak_memory_bytes; /* 0 when not known */
    struct job_progress progress;
};

int job_new(struct job **out);
struct job *job_free(struct job *job);
DEFINE_CLEANUP(struct job *, job_free);

const char *job_state_name(enum job_state state);
/* 0 or -EINVAL. */
int job_state_from_name(const char *name, enum job_state *out);

/* Whether a job in this state has come to its end. */
bool job_state_is_final(enum job_state state);
/* Whether a job in this state occupies its cores. */
bool job_state_is_active(enum job_state state);

enum {
    JOB_E_FORBIDDEN = 1, /* there is no such transition */
};

/* Move to another state, with the reason in words (copied; NULL: none).
 * 0, JOB_E_FORBIDDEN, or -ENOMEM; the job is unchanged unless 0. */
int job_transition(struct job *job, enum job_state to, const char *reason);
bool job_transition_allowed(enum job_state from, enum job_state to);
