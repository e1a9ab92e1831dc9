/* On which file system a path lies, and whether other machines see it, too. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct filesystem {
    char name[64];    /* "ext4", "nfs4", "fuse.sshfs"; "unknown" */
    bool network;     /* other machines may see the same files */
    bool local_locks; /* mounted so that locks of other machines are not seen */
};

/* 0 or a negative errno; the path must exist. */
int filesystem_of(const char *path, struct filesystem *out);

/* What a mount's type and its options ("rw,vers=3,local_lock=all") say. */
void filesystem_judge(const char *type, const char *options, struct filesystem *out);
/* The type that has this f_type of Linux's statfs(2); NULL: not a known one. */
const char *filesystem_type_name(uint64_t type);

/* Bytes that may still be written there; negative errno when it is not told. */
int64_t filesystem_free_bytes(const char *path);
