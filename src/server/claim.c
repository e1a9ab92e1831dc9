/* Taking the two locks. The database's lock comes first: it is on storage that outlives
 * a login session, so that a server whose runtime folder was deleted still keeps a
 * second one out. */
#include "server/claim.h"

#include "base/file.h"
#include "base/filesystem.h"
#include "base/lock_record.h"
#include "base/path.h"
#include "base/str.h"
#include "base/unix_socket.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

struct claim {
    int db_lock;
    int socket_lock;
};

void claim_other_deinit(struct claim_other *other) {
    free(other->socket_path);
    *other = (struct claim_other){0};
}

/* A listener whose queue is full is one. */
static bool somebody_listens(const char *socket_path) {
    _cleanup_close_ int fd = -1;
    int r = unix_socket_connect(socket_path, &fd);
    return r == 0 || r == -EAGAIN;
}

static int elsewhere(const struct lock_record *record, const char *db_path,
                     struct errmsg *msg) {
    if (!*record->socket_path) {
        return errmsg_set(msg, CLAIM_E_BUSY,
                          "the server on %s (pid %ld) is starting or ending",
                          record->host, (long)record->pid);
    }
    return errmsg_set(
        msg, CLAIM_E_REFUSED,
        "the server of this account runs on another machine, %s (pid %ld), and has the "
        "database %s; work there (ssh %s), or stop it there: ssh %s crystalmath server "
        "stop",
        record->host, (long)record->pid, db_path, record->host, record->host);
}

/* Somebody holds the database's lock: find out who, and whether clients can reach it.
 * `given`: the path of the socket that was handed over to us, or NULL. */
static int judge_holder(const char *lock_path, const char *db_path, const char *given,
                        struct claim_other *other, struct errmsg *msg) {
    _cleanup_lock_record_ struct lock_record record = LOCK_RECORD_NULL;
    int r = lock_record_read(lock_path, &record);
    if (r == -ENOMEM) {
        return r;
    }
    if (r < 0 || record.pid == 0) {
        return errmsg_set(msg, CLAIM_E_BUSY, "another server is starting");
    }
    if (!lock_record_is_here(&record)) {
        return elsewhere(&record, db_path, msg);
    }
    if (given && strcmp(record.socket_path, given) == 0) {
        return errmsg_set(msg, CLAIM_E_REFUSED,
                          "a server (pid %ld) was started before the service manager "
                          "made its socket %s, and is reached there no more; end it: "
                          "kill %ld (running jobs go on)",
                          (long)record.pid, given, (long)record.pid);
    }
    if (!*record.socket_path || !somebody_listens(record.socket_path)) {
        /* The holder watches this file, and looks after its socket when it is touched.
         */
        (void)utimensat(AT_FDCWD, lock_path, NULL, 0);
        return errmsg_set(msg, CLAIM_E_BUSY,
                          "another server (pid %ld) is starting or ending",
                          (long)record.pid);
    }
    other->pid = (pid_t)record.pid;
    other->socket_path = TAKE_PTR(record.socket_path);
    return CLAIM_E_RUNNING;
}

/* Something may lie at the socket's path. Only a dead socket of ours may be replaced.
 */
static int judge_path(const char *socket_path, struct claim_other *other,
                      struct errmsg *msg) {
    struct stat st;
    if (lstat(socket_path, &st) < 0) {
        return errno == ENOENT ? 0 : -errno;
    }
    if (!S_ISSOCK(st.st_mode)) {
        return errmsg_set(msg, CLAIM_E_REFUSED,
                          "%s is %s, not a socket; it was left alone. Move it away, or "
                          "choose another place with --socket",
                          socket_path, file_kind(st.st_mode));
    }
    if (st.st_uid != geteuid()) {
        return errmsg_set(
            msg, CLAIM_E_REFUSED,
            "%s belongs to another user (uid %lu); it was left alone. Choose "
            "another place with --socket or set XDG_RUNTIME_DIR",
            socket_path, (unsigned long)st.st_uid);
    }
    if (somebody_listens(socket_path)) {
        /* A server that takes no lock, such as an older one. */
        other->pid = 0;
        other->socket_path = strdup(socket_path);
        return other->socket_path ? CLAIM_E_RUNNING : -ENOMEM;
    }
    return 0;
}

static int lock_failure(int r, const char *lock_path, struct errmsg *msg) {
    char space[128];
    const char *reason = errmsg_errno(r, space, sizeof space);
    if (r == -ENOMEM) {
        return r;
    }
    if (r == -ENOLCK || r == -EOPNOTSUPP || r == -ENOSYS) {
        _cleanup_free_ char *folder = NULL;
        struct filesystem fs;
        bool known =
            path_dirname(&folder, lock_path) == 0 && filesystem_of(folder, &fs) == 0;
        return errmsg_set(
            msg, CLAIM_E_REFUSED,
            "%s cannot be locked: %s. Its file system (%s) has no locks that work, and "
            "without them two servers could write to one database; set XDG_STATE_HOME "
            "to a folder on another file system",
            lock_path, reason, known ? fs.name : "unknown");
    }
    if (r == -ENOSPC || r == -EDQUOT) {
        return errmsg_set(msg, CLAIM_E_REFUSED,
                          "the lock file %s cannot be made: %s; free space there, or "
                          "set XDG_STATE_HOME to a folder on another disk",
                          lock_path, reason);
    }
    if (r == -EROFS) {
        return errmsg_set(msg, CLAIM_E_REFUSED,
                          "the lock file %s cannot be made: %s; set XDG_STATE_HOME to "
                          "a folder that can be written to, or mount this one so",
                          lock_path, reason);
    }
    return errmsg_set(
        msg, CLAIM_E_REFUSED,
        "the lock file %s cannot be used: %s; check that its folder exists and "
        "is yours to write",
        lock_path, reason);
}

/* Whether the lock that we hold beside the socket is the one at this path; the file may
 * have been deleted under us, and one made anew is nobody's. */
static bool holds(const struct claim *claim, const char *lock_path) {
    struct stat held;
    struct stat there;
    return claim->socket_lock >= 0 && fstat(claim->socket_lock, &held) == 0 &&
           lstat(lock_path, &there) == 0 && held.st_dev == there.st_dev &&
           held.st_ino == there.st_ino;
}

static int lock_socket(struct claim *claim, const char *socket_path, bool given,
                       struct claim_other *other, struct errmsg *msg) {
    _cleanup_close_ int fd = -1;
    _cleanup_free_ char *lock_path = NULL;
    int r = str_printf(&lock_path, "%s.lock", socket_path);
    if (r == 0 && !holds(claim, lock_path)) {
        r = file_lock(lock_path, &fd);
        if (r >= 0 && file_is_foreign(lock_path)) {
            r = -EPERM; /* whoever put it there could hold it for ever */
        }
    }
    if (r < 0) {
        return lock_failure(r, lock_path, msg);
    }
    int judged = given ? 0 : judge_path(socket_path, other, msg);
    if (judged != 0) {
        return judged;
    }
    if (r == FILE_LOCK_E_HELD) {
        return errmsg_set(msg, CLAIM_E_BUSY,
                          "another server is starting or ending at %s", socket_path);
    }
    if (fd >= 0) {
        closep(&claim->socket_lock);
        claim->socket_lock = TAKE_FD(fd);
    }
    return 0;
}

int claim_new(struct claim **out, const char *db_path, const char *socket_path,
              bool given, struct claim_other *other, struct errmsg *msg) {
    _cleanup_(claim_freep) struct claim *claim = malloc(sizeof *claim);
    _cleanup_free_ char *db_lock = NULL;
    if (!claim) {
        return -ENOMEM;
    }
    *claim = (struct claim){.db_lock = -1, .socket_lock = -1};
    int r = str_printf(&db_lock, "%s.lock", db_path);
    if (r == 0) {
        r = file_lock(db_lock, &claim->db_lock);
    }
    if (r == FILE_LOCK_E_HELD) {
        return judge_holder(db_lock, db_path, given ? socket_path : NULL, other, msg);
    }
    if (r == 0) {
        /* An older record must not send anybody to where its server was. */
        r = lock_record_write(claim->db_lock, NULL);
    }
    if (r < 0) {
        return lock_failure(r, db_lock, msg);
    }
    r = lock_socket(claim, socket_path, given, other, msg);
    if (r != 0) {
        return r;
    }
    r = lock_record_write(claim->db_lock, socket_path);
    if (r < 0) {
        return lock_failure(r, db_lock, msg);
    }
    *out = TAKE_PTR(claim);
    return 0;
}

int claim_move(struct claim *claim, const char *socket_path, struct claim_other *other,
               struct errmsg *msg) {
    return lock_socket(claim, socket_path, false, other, msg);
}

int claim_tell(struct claim *claim, const char *socket_path) {
    return lock_record_write(claim->db_lock, socket_path);
}

struct claim *claim_free(struct claim *claim) {
    if (claim) {
        closep(&claim->socket_lock);
        closep(&claim->db_lock);
        free(claim);
    }
    return NULL;
}
