/* New bytes of files on the cluster, of several jobs in one program: for sh there, and
 * what it prints. Pure. */
#pragma once

#include "base/buf.h"

#include <stddef.h>
#include <stdint.h>

/* Append the part that reads a file from `offset` on, at most `most` bytes. `key` names
 * it in the answer; `folder` and `name` (relative to it) are anybody's. 0 or -ENOMEM.
 */
int slurm_read_program(struct buf *out, int64_t key, const char *folder,
                       const char *name, int64_t offset, int64_t most);

struct slurm_piece {
    int64_t key;
    int64_t size; /* of the whole file; -1: it is not there */
    int64_t offset;
    const char *bytes; /* borrowed: `n` of them, from the offset on */
    size_t n;
};

typedef void (*slurm_piece_fn)(const struct slurm_piece *piece, void *data);

/* Hand out each piece that came whole. */
void slurm_pieces_read(const char *text, size_t n, slurm_piece_fn fn, void *data);
