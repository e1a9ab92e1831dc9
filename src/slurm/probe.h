/* What a cluster is like: a program for sh there, and what it prints. Pure. */
#pragma once

#include "base/buf.h"

#include <stddef.h>
#include <stdint.h>

/* `workdir` as of a cluster, or NULL for one that sees our files; `setup` are lines of
 * sh, in which the programs are looked for, or "". 0 or -ENOMEM. */
int slurm_probe_program(struct buf *out, const char *workdir, const char *setup,
                        const char *const *programs);

/* The lines that it prints are "KEY VALUE":
 *   host NAME, time SECONDS, sbatch VERSION, partition
 * NAME|LIMIT|NODES|CORES|MIB|STATE, sinfo WORDS (why it does not tell), folder PATH,
 * nofolder WORDS, free KIB, tool NAME, program NAME PATH, done. */
struct slurm_fact {
    const char *key; /* static */
    const char *value;
    size_t n; /* of the value, which is not NUL-terminated */
};
typedef int (*slurm_fact_fn)(const struct slurm_fact *fact, void *data);

/* Hand out each; what is no such line is passed over. 0, or what `fn` returned. */
int slurm_probe_read(const char *text, size_t n, slurm_fact_fn fn, void *data);
