/* A run on a cluster behind ssh that is to go on: its files there are asked for until
 * it is known how it does. */
#pragma once

#include "base/errmsg.h"

#include <stdint.h>

struct far_plan;
struct job;
struct resubmission;
struct server;

/* What came of it, once, from the loop: 0 with what resubmit_prepare made of the job as
 * it is now (both borrowed; the new job may be taken), RESUBMIT_E_REFUSED or
 * RESUBMIT_E_AWAY with `msg`, or a negative errno. The plan may be freed from here. */
typedef void far_planned(void *arg, int r, struct job *old, struct resubmission *made,
                         const struct errmsg *msg);

/* Begin, for a job of which resubmit_prepare said RESUBMIT_E_ASK. 0 or a negative
 * errno. */
int far_plan_new(struct far_plan **out, struct server *server, int64_t id,
                 far_planned *done, void *arg);
/* Gives it up where `done` was not called yet. Accepts NULL, returns NULL. */
struct far_plan *far_plan_free(struct far_plan *plan);
