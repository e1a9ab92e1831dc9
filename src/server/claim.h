/* Who is the server: the locks, and the record in them.
 *
 * A server holds an exclusive lock beside its database and one beside its socket from
 * before it touches either until it has ended; the locks are the truth, the socket only
 * a hint. The lock files are never removed. The one beside the database names pid, host
 * and socket of its holder: see base/lock_record.h. */
#pragma once

#include "base/cleanup.h"
#include "base/errmsg.h"

#include <stdbool.h>
#include <sys/types.h>

struct claim;

enum {
    CLAIM_E_RUNNING = 1, /* another server runs: claim_other tells which */
    CLAIM_E_BUSY,        /* another server is starting or ending, or does not answer */
    CLAIM_E_REFUSED,     /* something stands in the way that a person must decide on */
};

struct claim_other {
    pid_t pid;
    char *socket_path; /* owned */
};

void claim_other_deinit(struct claim_other *other);

/* Become the server for this database and this socket. Waits for nobody. `given`: the
 * socket was made and handed to us by somebody else, and what lies there is right.
 * 0, or a CLAIM_E_… with `msg` (and *other with CLAIM_E_RUNNING), or a negative errno.
 */
int claim_new(struct claim **out, const char *db_path, const char *socket_path,
              bool given, struct claim_other *other, struct errmsg *msg);
/* Hold the lock beside another socket path, or beside the same one when its lock file
 * was deleted, instead of the one held so far. Results as of claim_new; when it fails
 * the claim is as before. */
int claim_move(struct claim *claim, const char *socket_path, struct claim_other *other,
               struct errmsg *msg);
/* Write into the record where the server listens; NULL: nowhere any more, it ends.
 * 0 or a negative errno. */
int claim_tell(struct claim *claim, const char *socket_path);
/* Lets go of the locks. */
struct claim *claim_free(struct claim *claim);
DEFINE_CLEANUP(struct claim *, claim_free);
