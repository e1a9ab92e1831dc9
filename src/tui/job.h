/* One job as the server's summaries describe it. */
#pragma once

#include <jansson.h>
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
    JOB_UNKNOWN, /* a word that this program does not know */
};

enum {
    JOB_N_STATES = JOB_UNKNOWN + 1,
};

struct job {
    int64_t id;
    enum job_state state;
    char *name;      /* owned */
    char *code;      /* owned, the wire's name */
    char *reason;    /* owned, may be NULL */
    char *directory; /* owned */
    char *input;     /* owned, may be NULL */
    char *output;    /* owned */
    int cores;
    int64_t created_ms, started_ms, finished_ms; /* since 1970; 0 when not (yet) */
    bool has_exit_code, has_signal;
    int exit_code, signal;

    bool has_progress;
    int scf;            /* SCF runs begun */
    int cycle;          /* of the SCF that runs, or ran last */
    double energy_ev;   /* NAN when unknown, as the next two */
    double delta_ev;    /* |ΔE| to the cycle before */
    double accuracy_ev; /* the code's own estimate */
    int converged;      /* 1 yes, 0 no, -1 unknown */
};

/* Fill *out, which the caller zeroes or has deinited, from a job summary.
 * 0, -EINVAL when it is none, -ENOMEM; then *out holds nothing. */
int job_from_json(struct job *out, const json_t *summary);
void job_deinit(struct job *job);

/* "running"; static. */
const char *job_state_word(enum job_state state);
bool job_is_final(const struct job *job);
/* Started and not ended: its time runs. */
bool job_is_active(const struct job *job);
/* How the code's name is written, "Quantum ESPRESSO"; static or in the job. */
const char *job_code_title(const struct job *job);
/* Seconds since the start, up to the end or to `now_ms`; -1 when it has not started. */
int64_t job_elapsed_seconds(const struct job *job, int64_t now_ms);
/* Whether name, state, code, id, folder or input contain each word of `filter`, in either
 * case. An empty filter matches. */
bool job_matches(const struct job *job, const char *filter);
