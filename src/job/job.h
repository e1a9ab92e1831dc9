/* The job record and its state machine; pure.
 *
 *   held ◄──► queued ──► starting ──► running ──► completed | failed | lost
 *    │        │  ▲         │            │
 *    │        │  │ never   │            │ a try that may be repeated
 *    │        │  │ started │            │
 *    │        │  └─────────┴────────────┤
 *    │        │            │            ▼
 *    │        │            └──────► cancelling ──► cancelled | completed |
 *    ▼        ▼                                    failed | lost
 *    └────────┴──► cancelled | failed
 *
 * held: waits for a person.
 * queued: waits for its turn, for other jobs, or for a time; also in the queue of a
 * cluster, from where it may be cancelling at once, and end however it ended there.
 * How the process ended (state, exit code, signal) and what the calculation reached
 * (progress, results) are two things: a job can be completed and not converged. */
#pragma once

#include "base/cleanup.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The states that are not final stand first; their numbers are in the database. */
enum job_state {
    JOB_HELD = 1,
    JOB_QUEUED,
    JOB_STARTING,
    JOB_RUNNING,
    JOB_CANCELLING,
    JOB_COMPLETED,
    JOB_FAILED,
    JOB_CANCELLED,
    JOB_LOST,
    JOB_STATES, /* no state; behind the last one */
};

enum {
    JOB_NO_EXIT_CODE = -1, /* not ended, or ended by a signal */
};

/* How its SCF goes on, as the forecast of the codes tells it; while it runs only. */
struct job_forecast {
    int badge;  /* 0: nothing is said */
    int forces; /* likewise, of an optimisation */
    int64_t cycles_low, cycles_high;
    double seconds_low, seconds_high;
    int64_t cycles_left;
    double seconds_left;
    double threshold_ev;
};

/* How far the calculation is, as its output says. Energies in eV, NAN where not known.
 */
struct job_progress {
    int64_t scf;   /* SCF runs begun; 0: nothing is known yet */
    int64_t cycle; /* the last one done in the last of them, as the code counts */
    int64_t step;  /* geometries with a final energy */
    double energy_ev;
    double delta_ev; /* |ΔE| to the cycle before */
    double accuracy_ev;
    int converged; /* -1 unknown, 0 no, 1 yes */
    int status;    /* 0 truncated or still running, 1 finished, 2 failed */
    struct job_forecast forecast;
};

/* What a job waits for in another one. */
enum job_after {
    JOB_AFTER_OK,     /* that it completes with exit status 0 */
    JOB_AFTER_ANY,    /* that it ends, however */
    JOB_AFTER_NOT_OK, /* that it ends in another way than "ok" */
};

struct job_dependency {
    int64_t id; /* of the other job */
    enum job_after kind;
};

/* A file as it was at submission. */
struct job_input {
    char *path;      /* absolute; owned */
    char sha256[65]; /* of its bytes, hexadecimal */
    int64_t size;    /* bytes */
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
    int cores;                  /* 0: not known, as of one that was imported */
    int64_t memory_bytes;       /* that it asked for; 0: it did not say */
    int priority;               /* larger ones first; 0 is the usual */
    int64_t begin_at;           /* not before; 0: as soon as it can */
    int64_t time_limit_seconds; /* 0: none */
    char *stop_file;            /* absolute, resolved: written to ask the code to end */
    char *stop_text;            /* itself in good order, with this text; NULL: it has
                                   none. Jobs with the same one keep files of the same
                                   names, so that only one may run */
    int retries;                /* how often it may be tried again */
    int attempt;                /* number of the present or last try, from 1 */
    char **tags;                /* sorted; NULL or empty: none */
    char *note;                 /* a person's own words; may be NULL */
    char *cluster;              /* where it runs; NULL: on this machine */
    char *placement;            /* what it asks for there, and what it is called there:
                                   see placement.h; NULL: nothing */
    char *origin; /* where its files were copied from, for a job in a fresh folder */
    struct job_dependency *after; /* n_after of them */
    size_t n_after;
    struct job_input *inputs; /* n_inputs of them */
    size_t n_inputs;
    bool imported;     /* ran elsewhere and was only recorded here */
    int64_t continues; /* the job whose run this one goes on with; 0: none */
    int chain;         /* how often the run is still to be continued by itself, when its
                          time limit ends it */
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
/* "ok", "any", "not-ok". */
const char *job_after_name(enum job_after kind);
/* 0 or -EINVAL. */
int job_after_from_name(const char *name, enum job_after *out);

enum job_fate {
    JOB_FATE_OPEN,  /* the other job has not ended */
    JOB_FATE_MET,   /* it ended as it should */
    JOB_FATE_NEVER, /* it ended otherwise: the wait is in vain */
};

/* How a wait of this kind for the other job stands. */
enum job_fate job_after_fate(enum job_after kind, const struct job *other);

/* Free what only the start of a job needs: its command, environment and inputs. */
void job_forget_start(struct job *job);

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
