/* A copy goes to the disk piece by piece, so that it does not pile up in memory, where
 * whoever else waits for the disk would wait for it, too; and between two pieces it can
 * be broken off. */
#include "base/file_copy.h"

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <sha2.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    PIECE = 64 * 1024,
    SYNC_EVERY = 32 * 1024 * 1024,
};

static bool is_zero(const char *bytes, size_t n) {
    return n == 0 || (bytes[0] == 0 && memcmp(bytes, bytes + 1, n - 1) == 0);
}

static int put(int out, const char *bytes, size_t n, int64_t *unsynced) {
    if (out < 0) {
        return 0;
    }
    if (is_zero(bytes, n)) {
        return lseek(out, (off_t)n, SEEK_CUR) < 0 ? -errno : 0;
    }
    int r = fd_write_all(out, bytes, n);
    *unsynced += (int64_t)n;
    if (r == 0 && *unsynced >= SYNC_EVERY) {
        *unsynced = 0;
        r = fdatasync(out) < 0 ? -errno : 0;
    }
    return r;
}

static int copy_bytes(int in, int out, struct file_copying *how) {
    char piece[PIECE];
    SHA2_CTX hash;
    int64_t unsynced = 0;
    int64_t size = 0;
    SHA256Init(&hash);
    for (;;) {
        if (how->stop && atomic_load(how->stop)) {
            return -ECANCELED;
        }
        ssize_t n = read(in, piece, sizeof piece);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n < 0) {
            how->error_source = errno;
            return FILE_COPY_E_SOURCE;
        }
        if (n > how->max - size) {
            return -EFBIG;
        }
        if (n == 0) {
            break;
        }
        int r = put(out, piece, (size_t)n, &unsynced);
        if (r < 0) {
            return r;
        }
        SHA256Update(&hash, (const uint8_t *)piece, (size_t)n);
        size += n;
    }
    (void)SHA256End(&hash, how->sha256);
    how->size = size;
    return 0;
}

static int open_source(const char *from, struct file_copying *how) {
    struct stat st;
    _cleanup_close_ int fd = open(from, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    how->error_source = 0;
    if (fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode)) {
        return TAKE_FD(fd);
    }
    how->error_source = fd < 0 ? errno : 0;
    return -1;
}

int file_copy(const char *from, const char *to, struct file_copying *how) {
    _cleanup_close_ int in = open_source(from, how);
    if (in < 0) {
        return how->error_source == ENOENT || how->error_source == ENOTDIR
                   ? FILE_COPY_E_MISSING
                   : FILE_COPY_E_SOURCE;
    }
    if (!to) {
        return copy_bytes(in, -1, how);
    }
    _cleanup_close_ int out =
        open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (out < 0) {
        return -errno;
    }
    int r = copy_bytes(in, out, how);
    if (r == 0 && (ftruncate(out, how->size) < 0 || fsync(out) < 0)) {
        r = -errno;
    }
    if (close(TAKE_FD(out)) < 0 && r == 0) {
        r = -errno;
    }
    r = r ? r : file_sync_folder_of(to);
    if (r != 0) {
        (void)unlink(to);
    }
    return r;
}
