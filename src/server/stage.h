/* What a job needs on a cluster that does not see this machine's files: a folder of
 * links to them, as they are to lie there. */
#pragma once

#include "base/errmsg.h"

struct job;
struct store;

/* Fill `folder` (made, also its parents) for a whole job: what it reads below its own
 * folder keeps its place, other files come beside the input, which is then made to look
 * for them there. `names` is a file that gets all these names, one a line. 0, -EINVAL
 * with `msg`, or another negative errno with `msg`. */
int stage_make(const struct job *whole, struct store *store, const char *folder,
               const char *names, struct errmsg *msg);
