/* The steps by which a run goes on, taken in a folder of this machine. Nothing is ever
 * written over: every step makes a name that was free, so that each can be taken back.
 */
#include "site/restart.h"

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "base/file.h"
#include "base/file_copy.h"
#include "base/path.h"
#include "base/platform.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

/* Where files cannot be linked. */
#define COPIED_MAX (INT64_C(64) * 1024 * 1024)

int site_look_state(void *data, const char *name, int64_t *size, int64_t *modified_ms) {
    _cleanup_free_ char *path = NULL;
    struct platform_file file;
    int r = path_join(&path, data, name);
    r = r ? r : platform_file(-1, path, &file);
    if (r < 0) {
        return r == -ENOTDIR ? -ENOENT : r;
    }
    if (!S_ISREG(file.mode)) {
        return -EINVAL;
    }
    *size = file.size;
    *modified_ms = file.modified_ms;
    return 0;
}

int site_look_read(void *data, const char *name, int64_t offset, size_t n,
                   struct buf *out) {
    _cleanup_free_ char *path = NULL;
    struct stat st;
    int r = path_join(&path, data, name);
    if (r < 0) {
        return r;
    }
    _cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0 || fstat(fd, &st) < 0) {
        return -errno;
    }
    if (!S_ISREG(st.st_mode)) {
        return -EINVAL;
    }
    int64_t left = (int64_t)st.st_size - offset;
    n = left <= 0 ? 0 : (uint64_t)left < n ? (size_t)left : n;
    r = buf_reserve(out, n);
    while (r == 0 && n > 0) {
        ssize_t got = pread(fd, out->data + out->end, n, (off_t)offset);
        if (got < 0 && errno != EINTR) {
            return -errno;
        }
        if (got == 0) {
            break;
        }
        if (got > 0) {
            out->end += (size_t)got;
            offset += got;
            n -= (size_t)got;
        }
    }
    return r;
}

/* The paths of a step; *from is NULL for one that writes. */
static int name_step(const char *folder, const struct code_step *step, char **from,
                     char **to) {
    int r = path_join(to, folder, step->to);
    return r || !step->from ? r : path_join(from, folder, step->from);
}

static int link_or_copy(const char *from, const char *to) {
    struct file_copying how = {.max = COPIED_MAX};
    if (link(from, to) == 0) {
        return 0;
    }
    if (errno == EEXIST || errno == ENOENT) {
        return -errno;
    }
    int r = file_copy(from, to, &how);
    return r > 0 ? -EIO : r;
}

static int take(const char *folder, const struct code_step *step, unsigned mode) {
    _cleanup_free_ char *from = NULL;
    _cleanup_free_ char *to = NULL;
    struct stat st;
    int r = name_step(folder, step, &from, &to);
    if (r == 0 && lstat(to, &st) == 0) {
        r = -EEXIST;
    }
    if (r < 0) {
        return r;
    }
    switch (step->kind) {
    case CODE_STEP_KEEP:
        r = file_move(from, to, false);
        if (r < 0 && r != -ENOENT && r != -EEXIST) {
            (void)rename(to, from); /* it may have got its new name all the same */
        }
        return r == -ENOENT ? 0 : r;
    case CODE_STEP_LINK:
        return link_or_copy(from, to);
    case CODE_STEP_WRITE:
        r = file_write_atomic(to, buf_bytes(&step->text), buf_len(&step->text));
        r = r == 0 && chmod(to, (mode_t)mode) < 0 ? -errno : r;
        if (r < 0) {
            (void)unlink(to);
        }
        return r;
    }
    return -EINVAL;
}

static void undo(const char *folder, const struct code_restart *restart, size_t n) {
    while (n-- > 0) {
        const struct code_step *step = &restart->steps[n];
        _cleanup_free_ char *from = NULL;
        _cleanup_free_ char *to = NULL;
        if (name_step(folder, step, &from, &to) < 0) {
            return;
        }
        if (step->kind == CODE_STEP_KEEP) {
            (void)file_move(to, from, false);
        } else {
            (void)unlink(to);
        }
    }
}

int site_restart_take(const char *folder, const struct code_restart *restart,
                      unsigned mode, struct errmsg *msg) {
    char space[128];
    for (size_t i = 0; i < restart->n_steps; i++) {
        int r = take(folder, &restart->steps[i], mode);
        if (r < 0) {
            undo(folder, restart, i);
            return errmsg_set(msg, r, "%s/%s cannot be made: %s", folder,
                              restart->steps[i].to,
                              errmsg_errno(r, space, sizeof space));
        }
    }
    return 0;
}

void site_restart_undo(const char *folder, const struct code_restart *restart) {
    undo(folder, restart, restart->n_steps);
}
