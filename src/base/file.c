/* Whole files: read with a limit, replaced atomically and durably, locked. */
#include "base/file.h"

#include "base/fd.h"
#include "base/path.h"
#include "base/str.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

int file_read(const char *path, size_t max, struct buf *out) {
    /* O_NONBLOCK so that a fifo at this path is refused instead of waited for. */
    _cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) {
        return -errno;
    }
    struct stat st;
    if (fstat(fd, &st) < 0) {
        return -errno;
    }
    if (S_ISDIR(st.st_mode)) {
        return -EISDIR;
    }
    if (!S_ISREG(st.st_mode)) {
        return -EINVAL;
    }
    size_t taken = 0;
    for (;;) {
        enum { PIECE = 64 * 1024 };
        int r = buf_reserve(out, PIECE);
        if (r < 0) {
            return r;
        }
        ssize_t n = read(fd, out->data + out->end, PIECE);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n < 0) {
            return -errno;
        }
        if (n == 0) {
            return 0;
        }
        taken += (size_t)n;
        if (taken > max) {
            return -EFBIG;
        }
        out->end += (size_t)n;
    }
}

static int sync_folder(const char *dir) {
    _cleanup_close_ int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) {
        return -errno;
    }
    /* Some file systems cannot sync a folder and say EINVAL; the rename is what counts.
     */
    if (fsync(fd) < 0 && errno != EINVAL) {
        return -errno;
    }
    return 0;
}

int file_sync_folder_of(const char *path) {
    _cleanup_free_ char *dir = NULL;
    int r = path_dirname(&dir, path);
    return r == 0 ? sync_folder(dir) : r;
}

static int write_and_sync(const char *path, const void *bytes, size_t n) {
    _cleanup_close_ int fd =
        open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0) {
        return -errno;
    }
    int r = fd_write_all(fd, bytes, n);
    if (r < 0) {
        return r;
    }
    if (fsync(fd) < 0) {
        return -errno;
    }
    /* Closed by hand: network file systems report a failed write only now. */
    if (close(TAKE_FD(fd)) < 0) {
        return -errno;
    }
    return 0;
}

/* Beside the file; of a long name a part, so that it does not become too long. */
static int temporary_name(const char *path, char **out) {
    enum { SHOWN_MAX = 200 };
    const char *name = path_basename(path);
    size_t n = strnlen(name, SHOWN_MAX);
    return str_printf(out, "%.*s%.*s.%ld.new", (int)(name - path), path,
                      (int)str_utf8_uncut(name, n), name, (long)getpid());
}

int file_write_atomic(const char *path, const void *bytes, size_t n) {
    _cleanup_free_ char *temporary = NULL;
    int r = temporary_name(path, &temporary);
    if (r < 0) {
        return r;
    }
    r = write_and_sync(temporary, bytes, n);
    if (r == 0 && rename(temporary, path) < 0) {
        r = -errno;
    }
    if (r < 0) {
        (void)unlink(temporary);
        return r;
    }
    return file_sync_folder_of(path);
}

/* Some file systems (FAT, some network ones) know no second name of a file: there the
 * moment between the look and the rename remains. */
static int rename_where_nothing_is(const char *from, const char *to) {
    struct stat st;
    if (lstat(to, &st) == 0) {
        return -EEXIST;
    }
    return errno == ENOENT && rename(from, to) == 0 ? 0 : -errno;
}

int file_move(const char *from, const char *to, bool replace) {
    _cleanup_free_ char *dir = NULL;
    int r = path_dirname(&dir, to);
    if (r < 0) {
        return r;
    }
    if (replace) {
        r = rename(from, to) < 0 ? -errno : 0;
    } else if (link(from, to) == 0) {
        r = unlink(from) < 0 ? -errno : 0;
    } else if (errno == EEXIST) {
        return -EEXIST;
    } else {
        r = rename_where_nothing_is(from, to);
    }
    return r < 0 ? r : sync_folder(dir);
}

static int try_lock(int fd) {
    while (flock(fd, LOCK_EX | LOCK_NB) < 0) {
        if (errno == EWOULDBLOCK) {
            return FILE_LOCK_E_HELD;
        }
        if (errno != EINTR) {
            return -errno;
        }
    }
    return 0;
}

int file_lock(const char *path, int *out) {
    /* Writable, because a lock over NFS is refused on a descriptor that cannot write.
     */
    _cleanup_close_ int fd =
        open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0) {
        return -errno;
    }
    int r = try_lock(fd);
    if (r == 0) {
        *out = TAKE_FD(fd);
    }
    return r;
}

bool file_is_foreign(const char *path) {
    struct stat st;
    return lstat(path, &st) == 0 && st.st_uid != geteuid();
}

int file_lock_probe(const char *path) {
    _cleanup_close_ int fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0) {
        return errno == ENOENT ? 0 : -errno;
    }
    return try_lock(fd);
}

const char *file_kind(mode_t mode) {
    switch (mode & S_IFMT) {
    case S_IFREG:
        return "a regular file";
    case S_IFDIR:
        return "a folder";
    case S_IFLNK:
        return "a symbolic link";
    case S_IFIFO:
        return "a fifo";
    case S_IFSOCK:
        return "a socket";
    default:
        return "a device";
    }
}
