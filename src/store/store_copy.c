/* Copies of the whole database, by SQLite's own means, so that they are of one moment.
 *
 * A copy is made under a name of its own beside the place that it is for, and moved
 * there when it is whole and on the disk: nothing that bears the name of a copy is half
 * of one. It is one file, without a log beside it, whatever the original has. */
#include "store/store_internal.h"

#include "base/file.h"
#include "base/path.h"
#include "base/str.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct store_backup {
    sqlite3 *own; /* owned: of store_backup_new_of; else NULL */
    sqlite3 *to;
    sqlite3_backup *work;
    char *path; /* where it is for */
    char *part; /* owned: where it is now; NULL once it has its name */
    int fd;     /* of that */
    int done, all;
    bool replace;
};

struct store_backup *store_backup_free(struct store_backup *backup) {
    if (backup) {
        (void)sqlite3_backup_finish(backup->work);
        (void)sqlite3_close(backup->to);
        (void)sqlite3_close(backup->own);
        /* After SQLite's, for closing any descriptor of a file lets its locks go. */
        closep(&backup->fd);
        if (backup->part) {
            (void)unlink(backup->part);
        }
        free(backup->part);
        free(backup->path);
        free(backup);
    }
    return NULL;
}

/* ---- with errors as SQLite has them ---- */

static int make_part(struct store_backup *backup) {
    if (str_printf(&backup->part, "%s.part-XXXXXX", backup->path) < 0) {
        return SQLITE_NOMEM;
    }
    backup->fd = mkostemp(backup->part, O_CLOEXEC);
    if (backup->fd < 0) {
        int code = errno;
        free(TAKE_PTR(backup->part));
        return code == ENOSPC || code == EDQUOT ? SQLITE_FULL : SQLITE_CANTOPEN;
    }
    return SQLITE_OK;
}

static int begin(struct store_backup *backup, sqlite3 *from) {
    int r = make_part(backup);
    if (r == SQLITE_OK) {
        r = sqlite3_open_v2(backup->part, &backup->to, SQLITE_OPEN_READWRITE, NULL);
    }
    if (r == SQLITE_OK) {
        /* One file and no other beside it, whatever became of the copying; and we see
         * ourselves that it is on the disk. */
        r = sqlite3_exec(backup->to,
                         "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF", NULL,
                         NULL, NULL);
    }
    if (r == SQLITE_OK) {
        backup->work = sqlite3_backup_init(backup->to, "main", from, "main");
        r = backup->work ? SQLITE_OK : sqlite3_errcode(backup->to);
    }
    return r;
}

/* SQLITE_OK: there is more; SQLITE_DONE. */
static int step(struct store_backup *backup, int pages) {
    int r = sqlite3_backup_step(backup->work, pages);
    backup->all = sqlite3_backup_pagecount(backup->work);
    backup->done = backup->all - sqlite3_backup_remaining(backup->work);
    return r;
}

/* The header says that there is a log, as in the original: a reader would make one
 * beside the copy, and could not where it may not write. */
static int forget_log(int fd) {
    enum { VERSIONS_AT = 18, PLAIN = 1, LOGGED = 2 };
    unsigned char versions[2] = {0};
    if (pread(fd, versions, sizeof versions, VERSIONS_AT) != sizeof versions) {
        return -EIO;
    }
    if (versions[0] != LOGGED || versions[1] != LOGGED) {
        return 0;
    }
    memset(versions, PLAIN, sizeof versions);
    errno = EIO;
    return pwrite(fd, versions, sizeof versions, VERSIONS_AT) == sizeof versions
               ? 0
               : -errno;
}

/* SQLite's part of the end. */
static int seal(struct store_backup *backup) {
    int r = sqlite3_backup_finish(TAKE_PTR(backup->work));
    int closed = sqlite3_close(TAKE_PTR(backup->to));
    return r == SQLITE_OK ? closed : r;
}

/* 0 or a negative errno. */
static int give_name(struct store_backup *backup) {
    int r = forget_log(backup->fd);
    if (r == 0 && fsync(backup->fd) < 0) {
        r = -errno;
    }
    r = r ? r : file_move(backup->part, backup->path, backup->replace);
    if (r == 0) {
        free(TAKE_PTR(backup->part));
    }
    return r;
}

/* Owns the path, and nothing else yet; NULL when memory runs out. */
static struct store_backup *empty(const char *path, bool replace) {
    struct store_backup *backup = calloc(1, sizeof *backup);
    if (backup) {
        backup->fd = -1;
        backup->replace = replace;
        backup->path = strdup(path);
    }
    return backup && backup->path ? backup : store_backup_free(backup);
}

int store_copy_file(sqlite3 *db, const char *to) {
    _cleanup_(store_backup_freep) struct store_backup *backup = empty(to, false);
    if (!backup) {
        return SQLITE_NOMEM;
    }
    if (access(to, F_OK) == 0) {
        return SQLITE_CONSTRAINT;
    }
    int r = begin(backup, db);
    if (r == SQLITE_OK) {
        r = step(backup, -1);
    }
    if (r != SQLITE_DONE) {
        return r;
    }
    r = seal(backup);
    if (r != SQLITE_OK) {
        return r;
    }
    r = give_name(backup);
    return r == 0         ? SQLITE_OK
           : r == -EEXIST ? SQLITE_CONSTRAINT
           : r == -ENOSPC ? SQLITE_FULL
           : r == -ENOMEM ? SQLITE_NOMEM
                          : SQLITE_IOERR;
}

/* ---- with errors as everybody else has them ---- */

static int exists(const char *path, struct errmsg *msg) {
    return errmsg_set(
        msg, STORE_E_EXISTS,
        "%s is there already and was left as it is; name another file, or "
        "add --replace",
        path);
}

static int failed(const struct store_backup *backup, int sqlite_code,
                  struct errmsg *msg) {
    int r = store_errno_of(backup->to, sqlite_code);
    if (r == 0) { /* it was to be done, and is not */
        r = -EIO;
    }
    return errmsg_set(msg, r, "the copy %s cannot be made: %s%s", backup->path,
                      sqlite3_errstr(sqlite_code),
                      r == -ENOSPC ? "; free space on its disk"
                                   : "; check that its folder exists and is yours to "
                                     "write");
}

/* Whether the copy would take the place of the database or of a file beside it. */
static bool is_of_original(sqlite3 *from, const char *to) {
    static const char *const suffixes[] = {"", "-wal", "-journal", "-shm", ".lock"};
    const char *name = sqlite3_db_filename(from, "main");
    struct stat there;
    struct stat st;
    if (!name || stat(to, &there) < 0) {
        return false;
    }
    for (size_t i = 0; i < sizeof suffixes / sizeof suffixes[0]; i++) {
        _cleanup_free_ char *path = NULL;
        if (str_printf(&path, "%s%s", name, suffixes[i]) < 0 ||
            (stat(path, &st) == 0 && st.st_dev == there.st_dev &&
             st.st_ino == there.st_ino)) {
            return true;
        }
    }
    return false;
}

static int start(struct store_backup **out, struct store_backup *backup_take,
                 sqlite3 *from, struct errmsg *msg) {
    _cleanup_(store_backup_freep) struct store_backup *backup = backup_take;
    if (!backup->replace && access(backup->path, F_OK) == 0) {
        return exists(backup->path, msg);
    }
    if (is_of_original(from, backup->path)) {
        return errmsg_set(msg, -EINVAL,
                          "%s is the database, or belongs to it; name another file for "
                          "the copy",
                          backup->path);
    }
    int r = begin(backup, from);
    if (r != SQLITE_OK) {
        return failed(backup, r, msg);
    }
    *out = TAKE_PTR(backup);
    return 0;
}

int store_backup_new(struct store_backup **out, struct store *store, const char *path,
                     bool replace, struct errmsg *msg) {
    struct store_backup *backup = empty(path, replace);
    return backup ? start(out, backup, store->db, msg) : -ENOMEM;
}

int store_backup_new_of(struct store_backup **out, const char *from, const char *path,
                        bool replace, struct errmsg *msg) {
    struct store_backup *backup = empty(path, replace);
    if (!backup) {
        return -ENOMEM;
    }
    int r = store_open_to_look(from, &backup->own);
    if (r != SQLITE_OK) {
        r = store_errno_of(backup->own, r);
        (void)errmsg_set(msg, r, "%s cannot be read: %s", from,
                         backup->own ? sqlite3_errmsg(backup->own) : "no memory");
        (void)store_backup_free(backup);
        return r;
    }
    return start(out, backup, backup->own, msg);
}

int store_backup_step(struct store_backup *backup, int pages, struct errmsg *msg) {
    int r = step(backup, pages);
    switch (r) {
    case SQLITE_DONE:
        r = seal(backup);
        return r == SQLITE_OK ? 0 : failed(backup, r, msg);
    case SQLITE_OK:
    case SQLITE_LOCKED: /* something is being written: in a moment */
        return 1;
    default:
        return failed(backup, r, msg);
    }
}

int store_backup_finish(struct store_backup *backup, struct errmsg *msg) {
    char space[128];
    int r = give_name(backup);
    if (r == -EEXIST) {
        return exists(backup->path, msg);
    }
    return r == 0 ? 0
                  : errmsg_set(msg, r, "the copy %s cannot be made: %s", backup->path,
                               errmsg_errno(r, space, sizeof space));
}

void store_backup_progress(const struct store_backup *backup, int *done, int *all) {
    *done = backup->done;
    *all = backup->all;
}
