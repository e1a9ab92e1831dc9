/* A process that makes supervisors: by a fork, without the exec that takes most of the
 * time of a start. */
#pragma once

#include "exec/local.h"

/* Nobody can make the supervisor but the caller. */
enum { LOCAL_STARTER_E_NONE = 1 };

/* As local_spawn does it, with lock and alive as 3 and 4; `starter` may be NULL. Where
 * the starter gives no answer *status is 0, and the FIFO tells what became of the
 * start. 0, LOCAL_STARTER_E_NONE, or -ENOMEM. */
int local_starter_start(struct local_starter *starter, const struct local_spec *spec,
                        char *const *argv, int lock, int alive, int *status);
