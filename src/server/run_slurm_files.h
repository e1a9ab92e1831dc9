/* The files of a job on a cluster that does not see this machine's: brought there
 * before it is handed over, mirrored here while it runs, and brought back at its end.
 * What is read here is then read as if it ran here. */
#pragma once

#include "base/buf.h"
#include "exec/remote.h"

#include <stdbool.h>
#include <stdint.h>

struct errmsg;
struct job;
struct run;
struct sorted;

/* Whether its cluster is reached through ssh. */
bool run_slurm_is_far(const struct run *run);
/* How a file of this machine is called there, relative to the job's folder; freed by
 * the caller. 0 or -ENOMEM. */
int run_slurm_name_there(const struct run *run, const char *path, char **out);

/* Bring its files there; run_slurm_sent is told. 0, or a negative errno with `msg`. */
int run_slurm_send(struct run *run, const struct job *whole, struct errmsg *msg);
/* Bring what it has written here; run_slurm_came is told. 0 or a negative errno. */
int run_slurm_bring(struct run *run);
/* Of run_slurm.c and run_slurm_end.c; the argument is the run. */
remote_done run_slurm_sent, run_slurm_came;
/* That has come: put it where it is looked for. */
void run_slurm_brought(struct run *run);
/* Whether sending or bringing may do better later, by its exit status and words. */
bool run_slurm_may_pass(enum remote_outcome outcome, int exit_status,
                        const struct buf *err);

/* It has begun to run: what lies here under the names of its outputs is another run's.
 * `again`: it ran already when we came, and what lies here is of it. */
void run_slurm_mirror_begin(struct run *run, bool again);
/* Append what asks for the new bytes of the outputs of all these runs, of `most` bytes
 * together; nothing where none has any. 0 or -ENOMEM. */
int run_slurm_mirror_ask(const struct sorted *runs, int64_t most, struct buf *program);
/* What came of that; returns whether there was anything new. */
struct slurm_piece;
bool run_slurm_mirror_take(struct run *run, const struct slurm_piece *piece);
