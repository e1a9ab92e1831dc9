/* One job as the server's summaries describe it. */
#pragma once

#include "codes/forecast.h"
#include "tui/format.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

enum summary_state {
    SUMMARY_HELD,
    SUMMARY_QUEUED,
    SUMMARY_STARTING,
    SUMMARY_RUNNING,
    SUMMARY_CANCELLING,
    SUMMARY_COMPLETED,
    SUMMARY_FAILED,
    SUMMARY_CANCELLED,
    SUMMARY_LOST,
    SUMMARY_UNKNOWN, /* a word that this program does not know */
};

enum {
    SUMMARY_N_STATES = SUMMARY_UNKNOWN + 1,
};

struct summary {
    int64_t id;
    enum summary_state state;
    char *name;      /* owned */
    char *code;      /* owned, the wire's name */
    char *reason;    /* owned, may be NULL */
    char *directory; /* owned */
    char *cluster;   /* owned; NULL: this machine */
    char *input;     /* owned, may be NULL */
    char *output;    /* owned */
    char *tags;      /* owned, with commas between; NULL: none */
    char *note;      /* owned, may be NULL */
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

    /* How the SCF goes on, in words; owned, NULL where nothing is said. */
    char *forecast; /* "converging" */
    char
        *forecast_range; /* "≈ 4–7 cycles, 2–4 min"; NULL also where there is no telling
                          */
    enum forecast_mood forecast_mood;
};

/* Fill *out, which the caller zeroes or has deinited, from a job summary.
 * 0, -EINVAL when it is none, -ENOMEM; then *out holds nothing. */
int summary_from_json(struct summary *out, const json_t *summary);
void summary_deinit(struct summary *job);

/* "running"; static. */
const char *summary_state_word(enum summary_state state);
bool summary_is_final(const struct summary *job);
/* Completed, and yet the calculation did not converge. */
bool summary_is_in_vain(const struct summary *job);
/* Started and not ended: its time runs. */
bool summary_is_active(const struct summary *job);
/* How the code's name is written, "Quantum ESPRESSO"; static or in the job. */
const char *summary_code_title(const struct summary *job);
/* How long it runs, or ran: "0:12" up to `now_ms`, "0.8 s" when a short one has ended;
 * empty when it has not started or nobody knows. Returns `out`. */
char *summary_elapsed(const struct summary *job, int64_t now_ms, char out[FORMAT_SIZE]);
/* Whether name, state, code, id, input, tags, or the last part of the folder contain
 * each word of `filter`, in either case. An empty filter matches. */
bool summary_matches(const struct summary *job, const char *filter);
