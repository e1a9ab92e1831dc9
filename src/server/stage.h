/* What a job needs on a cluster that does not see this machine's files: a folder of
 * links to them, as they are to lie there. */
#pragma once

#include "base/errmsg.h"

struct buf;
struct job;
struct store;

/* In a run folder: that folder, and the list of what is in it. */
#define STAGE_FOLDER "there"
#define STAGE_NAMES "there.names"

/* Fill `folder` (made, also its parents) for a whole job: what it reads below its own
 * folder keeps its place, other files come beside the input, which is then made to look
 * for them there. `names` is a file that gets all these names, one a line, and behind
 * them `more` (NULL: nothing). 0, -EINVAL with `msg`, or another negative errno with
 * `msg`. */
int stage_make(const struct job *whole, struct store *store, const char *folder,
               const char *names, const struct buf *more, struct errmsg *msg);
/* Append these names alone. 0 or -ENOMEM. */
int stage_names(const struct job *whole, struct buf *out);

/* The job has ended, or is forgotten: remove both from its run folder. */
void stage_remove(const char *run_dir);
