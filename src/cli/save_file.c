/* The bytes go into a new file beside the one that is named, which then gets its name:
 * a full disk leaves the old one whole. Links are followed, the mode of what lies there
 * is kept, and what is no file (a pipe, a terminal) is written to as it is. */
#include "cli/save_file.h"

#include "base/cleanup.h"
#include "base/errmsg.h"
#include "base/path.h"
#include "cli/cli.h"
#include "cli/say.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

static int say_not_written(const char *path, int negative_errno) {
    char space[128];
    say_error("%s could not be written: %s", path,
              errmsg_errno(negative_errno, space, sizeof space));
    return CLI_FAILED;
}

static int write_all(int fd, const char *bytes, size_t n) {
    while (n > 0) {
        ssize_t written = write(fd, bytes, n);
        if (written < 0 && errno != EINTR) {
            return -errno;
        }
        if (written > 0) {
            bytes += written;
            n -= (size_t)written;
        }
    }
    return 0;
}

/* A name beside `path` that nobody else uses. */
static char *name_beside(const char *path) {
    int folder = (int)(path_basename(path) - path);
    return say_format("%.*s.crystalmath-%ld", folder, path, (long)getpid());
}

static int write_beside(const char *path, const char *beside, const struct stat *old,
                        const char *bytes, size_t n) {
    _cleanup_close_ int fd =
        open(beside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (fd < 0) {
        return -errno;
    }
    int r = old && fchmod(fd, old->st_mode & 07777) < 0 ? -errno : 0;
    r = r ? r : write_all(fd, bytes, n);
    if (r == 0 && close(TAKE_FD(fd)) < 0) {
        r = -errno;
    }
    if (r == 0 && rename(beside, path) < 0) {
        r = -errno;
    }
    if (r < 0) {
        (void)unlink(beside);
    }
    return r;
}

static int write_into(const char *path, const char *bytes, size_t n) {
    _cleanup_close_ int fd = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
    return fd < 0 ? -errno : write_all(fd, bytes, n);
}

int save_file(const char *path, const char *bytes, size_t n) {
    struct stat st;
    bool there = stat(path, &st) == 0;
    if (there && S_ISDIR(st.st_mode)) {
        return say_not_written(path, -EISDIR);
    }
    if (there && !S_ISREG(st.st_mode)) {
        int r = write_into(path, bytes, n);
        return r < 0 ? say_not_written(path, r) : CLI_OK;
    }
    _cleanup_free_ char *target = there ? realpath(path, NULL) : NULL;
    const char *name = target ? target : path;
    _cleanup_free_ char *beside = name_beside(name);
    int r = write_beside(name, beside, there ? &st : NULL, bytes, n);
    return r < 0 ? say_not_written(path, r) : CLI_OK;
}
