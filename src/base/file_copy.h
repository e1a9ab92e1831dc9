/* Copies of files of any size. */
#pragma once

#include "base/sha256.h"

#include <stdatomic.h>
#include <stdint.h>

enum {
    FILE_COPY_E_MISSING = 1, /* there is nothing at `from` */
    FILE_COPY_E_SOURCE,      /* it cannot be read: error_source */
};

struct file_copying {
    int64_t max;             /* bytes, at most */
    const atomic_bool *stop; /* borrowed; NULL: it is never broken off */
    /* Of what was read; sha256 and size only when 0 is returned. */
    char sha256[SHA256_HEX_SIZE];
    int64_t size;
    int error_source; /* the errno; 0: it is no regular file */
};

/* Copy the bytes of a regular file to a new one with mode 0600 (as the umask lets it),
 * on the disk when this returns 0; where it has nothing but zeros the copy has a hole.
 * With `to` NULL the file is only read. 0; FILE_COPY_E_MISSING or _SOURCE; -EFBIG when
 * there is more than max; -ECANCELED when *stop became true; -EEXIST when there is
 * something at `to`; or another negative errno, of `to`. Unless 0, nothing is left
 * behind. */
int file_copy(const char *from, const char *to, struct file_copying *how);
