/* Taking the two locks. The database's lock comes first: it is on storage that outlives
 * a login session, so that a server whose runtime folder was deleted still keeps a
 * second one out. */
#include "server/claim.h"

#include "base/buf.h"
#include "base/fd.h"
#include "base/file.h"
#include "base/str.h"
#include "base/unix_socket.h"

#include <errno.h>
#include <limits.h>
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

static int write_record(int fd, const char *socket_path) {
    char host[256] = "";
    (void)gethostname(host, sizeof host - 1);
    _cleanup_free_ char *record = NULL;
    int r = str_printf(&record, "pid=%ld\nhost=%s\nsocket=%s\n", (long)getpid(), host,
                       socket_path);
    if (r < 0) {
        return r;
    }
    if (ftruncate(fd, 0) < 0 || lseek(fd, 0, SEEK_SET) < 0) {
        return -errno;
    }
    return fd_write_all(fd, record, strlen(record));
}

/* The value of `key` in a record, cut at its line's end; NULL when it is not there. */
static char *record_value(const char *record, const char *key) {
    size_t n = strlen(key);
    for (const char *line = record; *line;) {
        size_t len = strcspn(line, "\n");
        if (len > n && strncmp(line, key, n) == 0 && line[n] == '=') {
            return strndup(line + n + 1, len - n - 1);
        }
        line += len + (line[len] ? 1 : 0);
    }
    return NULL;
}

static bool answers(const char *socket_path) {
    _cleanup_close_ int fd = -1;
    return unix_socket_connect(socket_path, &fd) == 0;
}

/* Somebody holds the database's lock: find out who, and whether clients can reach it.
 */
static int judge_holder(const char *lock_path, struct claim_other *other,
                        struct errmsg *msg) {
    _cleanup_buf_ struct buf content = BUF_NULL;
    int r = file_read(lock_path, (size_t)64 * 1024, &content);
    _cleanup_free_ char *record = r < 0 ? NULL : buf_take_string(&content);
    _cleanup_free_ char *socket_path = record ? record_value(record, "socket") : NULL;
    _cleanup_free_ char *pid_text = record ? record_value(record, "pid") : NULL;
    _cleanup_free_ char *host = record ? record_value(record, "host") : NULL;
    int64_t pid = 0;
    if (!socket_path || !pid_text || str_to_int64(pid_text, 1, INT_MAX, &pid) < 0) {
        return errmsg_set(msg, CLAIM_E_BUSY, "another server is starting");
    }
    char here[256] = "";
    (void)gethostname(here, sizeof here - 1);
    if (host && strcmp(host, here) != 0) {
        return errmsg_set(
            msg, CLAIM_E_REFUSED,
            "the server of this account runs on %s (pid %s) and owns the "
            "database; work there, or stop it there with `crystalmath server "
            "stop`",
            host, pid_text);
    }
    if (!answers(socket_path)) {
        return errmsg_set(msg, CLAIM_E_BUSY,
                          "another server (pid %s) is starting or ending", pid_text);
    }
    other->pid = (pid_t)pid;
    other->socket_path = TAKE_PTR(socket_path);
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
                          socket_path,
                          S_ISREG(st.st_mode)    ? "a regular file"
                          : S_ISDIR(st.st_mode)  ? "a folder"
                          : S_ISLNK(st.st_mode)  ? "a symbolic link"
                          : S_ISFIFO(st.st_mode) ? "a fifo"
                                                 : "a device");
    }
    if (st.st_uid != geteuid()) {
        return errmsg_set(
            msg, CLAIM_E_REFUSED,
            "%s belongs to another user (uid %lu); it was left alone. Choose "
            "another place with --socket or set XDG_RUNTIME_DIR",
            socket_path, (unsigned long)st.st_uid);
    }
    if (answers(socket_path)) {
        /* A server that takes no lock, such as an older one. */
        other->pid = 0;
        other->socket_path = strdup(socket_path);
        return other->socket_path ? CLAIM_E_RUNNING : -ENOMEM;
    }
    return 0;
}

static int lock_beside(const char *path, int *fd, char **lock_path) {
    int r = str_printf(lock_path, "%s.lock", path);
    return r < 0 ? r : file_lock(*lock_path, fd);
}

static int lock_failure(int r, const char *lock_path, struct errmsg *msg) {
    char space[128];
    if (r == -ENOMEM) {
        return r;
    }
    return errmsg_set(
        msg, CLAIM_E_REFUSED,
        "the lock file %s cannot be used: %s; check that its folder exists and "
        "is yours to write",
        lock_path, errmsg_errno(r, space, sizeof space));
}

int claim_new(struct claim **out, const char *db_path, const char *socket_path,
              struct claim_other *other, struct errmsg *msg) {
    _cleanup_(claim_freep) struct claim *claim = malloc(sizeof *claim);
    if (!claim) {
        return -ENOMEM;
    }
    *claim = (struct claim){.db_lock = -1, .socket_lock = -1};
    _cleanup_free_ char *db_lock = NULL;
    int r = lock_beside(db_path, &claim->db_lock, &db_lock);
    if (r == FILE_LOCK_E_HELD) {
        return judge_holder(db_lock, other, msg);
    }
    if (r < 0) {
        return lock_failure(r, db_lock, msg);
    }
    /* Until there is a socket, an older record must not send anybody there. */
    if (ftruncate(claim->db_lock, 0) < 0) {
        return lock_failure(-errno, db_lock, msg);
    }
    _cleanup_free_ char *socket_lock = NULL;
    r = lock_beside(socket_path, &claim->socket_lock, &socket_lock);
    if (r >= 0 && file_is_foreign(socket_lock)) {
        r = -EPERM; /* whoever put it there could hold it for ever */
    }
    if (r < 0) {
        return lock_failure(r, socket_lock, msg);
    }
    int judged = judge_path(socket_path, other, msg);
    if (judged != 0) {
        return judged;
    }
    if (r == FILE_LOCK_E_HELD) {
        return errmsg_set(msg, CLAIM_E_BUSY,
                          "another server is starting or ending at %s", socket_path);
    }
    r = write_record(claim->db_lock, socket_path);
    if (r < 0) {
        return lock_failure(r, db_lock, msg);
    }
    *out = TAKE_PTR(claim);
    return 0;
}

struct claim *claim_free(struct claim *claim) {
    if (claim) {
        if (claim->socket_lock >= 0) {
            (void)close(claim->socket_lock);
        }
        if (claim->db_lock >= 0) {
            (void)close(claim->db_lock);
        }
        free(claim);
    }
    return NULL;
}
