/* A job that goes on with the run of one that has ended. */
#pragma once

#include "base/errmsg.h"
#include "codes/code_restart.h"
#include "server/submit.h"

struct server;

enum {
    RESUBMIT_E_REFUSED = 1, /* it cannot go on; the message tells why, and what to do */
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
 * happened to it yet. Nothing in its folder has changed. 0, RESUBMIT_E_REFUSED with
 * `msg`, or a negative errno; `out`, which is empty before, is to be released in any
 * case. */
int resubmit_prepare(struct server *server, const struct job *old,
                     struct resubmission *out, struct errmsg *msg);
/* Take the steps in the folder, and keep the inputs as they are then. 0,
 * RESUBMIT_E_REFUSED with `msg`, or a negative errno, as of the store; unless 0,
 * nothing has changed. */
int resubmit_begin(struct server *server, struct resubmission *resubmission,
                   struct errmsg *msg);
/* Nothing became of the job: take the steps back, in its folder. */
void resubmit_undo(const struct resubmission *resubmission, const char *folder);
void resubmission_deinit(struct resubmission *resubmission);
