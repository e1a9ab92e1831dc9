/* Copies of the whole database, by SQLite's own means, so that they are of one moment.
 */
#include "store/store_internal.h"

#include "base/path.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

static int copy_into(sqlite3 *from, sqlite3 *to) {
    sqlite3_backup *backup = sqlite3_backup_init(to, "main", from, "main");
    if (!backup) {
        return sqlite3_errcode(to);
    }
    int stepped = sqlite3_backup_step(backup, -1);
    int r = sqlite3_backup_finish(backup);
    return stepped == SQLITE_DONE ? r : stepped;
}

static int copy_to_path(sqlite3 *from, const char *path) {
    sqlite3 *to = NULL;
    int r = sqlite3_open_v2(path, &to, SQLITE_OPEN_READWRITE, NULL);
    if (r == SQLITE_OK) {
        /* One file and no other beside it, whatever became of the copying. */
        r = sqlite3_exec(to, "PRAGMA journal_mode = OFF", NULL, NULL, NULL);
    }
    if (r == SQLITE_OK) {
        r = copy_into(from, to);
    }
    int closed = sqlite3_close(to);
    return r == SQLITE_OK ? closed : r;
}

static int sync_folder_of(const char *path) {
    _cleanup_free_ char *folder = NULL;
    if (path_dirname(&folder, path) < 0) {
        return SQLITE_NOMEM;
    }
    _cleanup_close_ int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return fd >= 0 && fsync(fd) == 0 ? SQLITE_OK : SQLITE_IOERR;
}

int store_copy_file(sqlite3 *db, const char *to) {
    _cleanup_close_ int fd = open(to, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0) {
        return errno == EEXIST   ? SQLITE_CONSTRAINT
               : errno == ENOSPC ? SQLITE_FULL
                                 : SQLITE_CANTOPEN;
    }
    int r = copy_to_path(db, to);
    if (r == SQLITE_OK) {
        r = fsync(fd) == 0 ? sync_folder_of(to) : SQLITE_IOERR;
    }
    if (r != SQLITE_OK) {
        (void)unlink(to);
    }
    return r;
}
