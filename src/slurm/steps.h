/* What has to be done in a folder on a cluster before a run goes on there: a line of
 * words for sh, kept with the job until it is handed over. Pure. */
#pragma once

#include "base/buf.h"

/* Append to the line: `from` gets the name `to`, where it is there. 0 or -ENOMEM, or
 * -EINVAL: a name has a newline, which could not stand in a line. */
int slurm_step_keep(struct buf *line, const char *from, const char *to);
/* Append to the line: `to` is the same file as `from`, or a copy of it. Likewise. */
int slurm_step_give(struct buf *line, const char *from, const char *to);

/* Append the program for sh that takes the steps of such a line (NULL or "": there are
 * none). The folder has to be there already. However often it is run, or broken off,
 * each step is taken once. It goes on behind its last line where all is well; else its
 * exit status is 1, and its words are on stderr. 0 or -ENOMEM. */
int slurm_steps_program(struct buf *out, const char *directory, const char *line);
