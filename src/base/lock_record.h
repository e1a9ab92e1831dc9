/* What a server writes into the lock file beside its database: who it is, on which
 * machine, and where it listens. The lock is the truth; the record tells a person, and
 * a client that looks in the wrong place, whom to turn to. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct lock_record {
    int64_t pid;       /* 0: there is no record */
    char *host;        /* owned, as all of these; "" where nothing was written */
    char *machine;     /* see platform_machine */
    char *socket_path; /* "": it does not listen: it starts or ends */
};

#define LOCK_RECORD_NULL                                                               \
    { 0 }

/* Read the record of a lock file; of a missing file or record it is one with pid 0.
 * Freed by lock_record_deinit. 0 or a negative errno. */
int lock_record_read(const char *lock_path, struct lock_record *out);
void lock_record_deinit(struct lock_record *record);
/* Write the record of this process through the descriptor that holds the lock.
 * `socket_path` NULL: it does not listen. 0 or a negative errno. */
int lock_record_write(int fd, const char *socket_path);

/* Whether the process of a record is on this machine. */
bool lock_record_is_here(const struct lock_record *record);

#define _cleanup_lock_record_ _cleanup_(lock_record_deinit)
