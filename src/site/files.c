/* Reading what stands beside an input. */
#include "site/site.h"

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "base/path.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

int site_read_beside(void *data, const char *name, size_t most, struct buf *out) {
    enum { PIECE = 64 * 1024 };
    _cleanup_free_ char *path = NULL;
    struct stat st;
    int r = path_join(&path, data, name);
    if (r < 0) {
        return r;
    }
    /* Without waiting, as a FIFO would make it. */
    _cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0 || fstat(fd, &st) < 0) {
        return -errno;
    }
    if (!S_ISREG(st.st_mode)) {
        return -EINVAL;
    }
    size_t at = buf_len(out);
    ssize_t n = 1;
    while (n > 0 && buf_len(out) - at < most && r == 0) {
        size_t left = most - (buf_len(out) - at);
        size_t want = left < PIECE ? left : PIECE;
        r = buf_reserve(out, want);
        n = 0;
        if (r == 0) {
            do {
                n = read(fd, out->data + out->end, want);
            } while (n < 0 && errno == EINTR);
            r = n < 0 ? -errno : 0;
        }
        out->end += n > 0 ? (size_t)n : 0;
    }
    if (r < 0) {
        buf_cut(out, at);
    }
    return r;
}
