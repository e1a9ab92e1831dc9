/* A job that goes on with the run of one that has ended. */
#pragma once

#include "base/errmsg.h"
#include "codes/code_restart.h"
#include "server/submit.h"

struct server;

enum {
    RESUBMIT_E_REFUSED = 1, /* it cannot go on; the message tells why, and what to do */
    RESUBMIT_E_ASK,  /* its files lie on a cluster behind ssh, and have to be asked
                        for: see resubmit_far.h */
    RESUBMIT_E_AWAY, /* that cluster cannot be asked now; the message tells why */
};

/* The new job, with what its folder needs first. */
struct resubmission {
    struct submission submission; /* there is no work in it */
    struct code_restart restart;
};

#define RESUBMISSION_NULL                                                              \
    {                                                                                  \
        .submission = SUBMISSION_NULL, .restart = {.text = BUF_NULL }                  \
    }

/* From the whole record of a job that has ended to one that
 * is the same but for its input, its output, its number of tries, and that nothing has
 * happened to it yet. Nothing in its folder has changed. `far` is what is known of its
 * files where they lie behind ssh, NULL: nothing yet. 0, RESUBMIT_E_REFUSED with `msg`,
 * RESUBMIT_E_ASK, or a negative errno; `out`, which is empty before, is to be released
 * in any case. */
struct slurm_look;
int resubmit_prepare(struct server *server, const struct job *old,
                     struct slurm_look *far, struct resubmission *out,
                     struct errmsg *msg);
/* Take the steps in the folder (of this machine; those on a cluster come when the job
 * is handed over), and keep the inputs as they are then. 0,
 * RESUBMIT_E_REFUSED with `msg`, or a negative errno, as of the store; unless 0,
 * nothing has changed. */
int resubmit_begin(struct server *server, struct resubmission *resubmission,
                   struct errmsg *msg);
/* Nothing became of the job: take the steps back, in its folder. */
void resubmit_undo(const struct resubmission *resubmission, const char *folder);
void resubmission_deinit(struct resubmission *resubmission);
