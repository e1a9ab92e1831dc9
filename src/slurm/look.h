/* The files of a folder on a cluster, for who looks at them as if they were here: what
 * is not known yet is asked for by a program for sh there, one question at a time, and
 * kept. Pure.
 *
 *   look_state or look_read says -EAGAIN ──► slurm_look_program ──► what that printed
 *      ▲                                                             │
 *      └───────────────── slurm_look_answer ◄────────────────────────┘
 */
#pragma once

#include "base/buf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct slurm_look;

/* `directory` is as in script.h: absolute, or "~/…". 0 or -ENOMEM. */
int slurm_look_new(struct slurm_look **out, const char *directory);
/* Accepts NULL, returns NULL. */
struct slurm_look *slurm_look_free(struct slurm_look *look);

/* The size of a regular file, and when it was last written, ms since 1970; `name` is
 * relative to the directory, or absolute, `data` the look. 0, -ENOENT, -EAGAIN, or
 * -ENOMEM. */
int slurm_look_state(void *data, const char *name, int64_t *size, int64_t *modified_ms);
/* Append at most n bytes from `offset` on. Likewise, and -EFBIG where so much would
 * have to be brought here as nobody should wait for. */
int slurm_look_read(void *data, const char *name, int64_t offset, size_t n,
                    struct buf *out);

/* How much memory it holds, roughly. */
size_t slurm_look_held(const struct slurm_look *look);

/* Append the program that asks for what somebody wanted to know last; there has to be
 * something. Its exit status is 0, or SLURM_X_FOLDER where the directory is not there.
 * 0 or -ENOMEM. */
int slurm_look_program(const struct slurm_look *look, struct buf *out);
/* What that printed. 0, -EBADMSG where it is not whole, or the file was written to
 * meanwhile, or -ENOMEM. */
int slurm_look_answer(struct slurm_look *look, const char *text, size_t n);
