/* Whole files and lock files. */
#pragma once

#include "base/buf.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* Append the content of a regular file to `out`.
 * 0, -EFBIG when it is larger than max bytes, or a negative errno. */
int file_read(const char *path, size_t max, struct buf *out);

/* Replace `path` with these bytes so that a reader sees the old or the new content, and
 * after a crash one of them is on the disk: temporary name, fsync, rename, fsync of the
 * folder. The file's mode is 0600. */
int file_write_atomic(const char *path, const void *bytes, size_t n);

/* Put the folder that `path` lies in on the disk: names that came, went or changed. 0
 * or a negative errno. */
int file_sync_folder_of(const char *path);

/* Give a file another name in the same file system, for good when this returns 0. What
 * lies there is replaced, or with `replace` false kept: -EEXIST then. 0 or a negative
 * errno. */
int file_move(const char *from, const char *to, bool replace);

enum {
    FILE_LOCK_E_HELD = 1, /* another process holds the lock */
};

/* Open (creating, 0600) and take an exclusive flock(2) without waiting. On success *fd
 * holds the lock until it is closed in every process that has it. Lock files are never
 * unlinked. 0, FILE_LOCK_E_HELD, or a negative errno. */
int file_lock(const char *path, int *fd);

/* Whether something lies there that is another user's: in /tmp anybody could have put
 * it there, to be taken for ours. */
bool file_is_foreign(const char *path);

/* Whether a lock taken with file_lock is held by anybody: 0 free (or no such file),
 * FILE_LOCK_E_HELD, or a negative errno. */
int file_lock_probe(const char *path);

/* "a regular file", "a folder", …: what an st_mode says, for people. */
const char *file_kind(mode_t mode);
