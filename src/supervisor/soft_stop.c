/* The file lies in the user's folder and under a name of the code's, so whatever is
 * found there is dealt with as with a stranger's: a link is not followed, a fifo not
 * waited for. The process that writes is a child of the supervisor like any other
 * descendant of the job, and is ended with them when it hangs. */
#include "supervisor/soft_stop.h"

#include "base/cleanup.h"
#include "base/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum {
    SHARE = 10, /* of the limit */
    MARGIN_MIN_MS = 2000,
    MARGIN_MAX_MS = 600000,
};

int64_t soft_stop_margin_ms(const struct options *options) {
    int64_t limit = (int64_t)options->time_limit_seconds * 1000;
    int64_t margin = limit / SHARE;
    margin = margin < MARGIN_MIN_MS   ? MARGIN_MIN_MS
             : margin > MARGIN_MAX_MS ? MARGIN_MAX_MS
                                      : margin;
    return options->stop_file && margin * 2 <= limit ? margin : -1;
}

void soft_stop_clear(const struct options *options) {
    if (options->stop_file) {
        (void)unlink(options->stop_file);
    }
}

static int write_file(const struct options *options) {
    const char *text = options->stop_text ? options->stop_text : "";
    (void)umask(options->umask);
    _cleanup_close_ int fd = open(options->stop_file,
                                  O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW |
                                      O_NONBLOCK | O_NOCTTY | O_CLOEXEC,
                                  0666);
    if (fd < 0) {
        return -errno;
    }
    int r = fd_write_all(fd, text, strlen(text));
    return r == 0 && *text ? fd_write_all(fd, "\n", 1) : r;
}

pid_t soft_stop_write(const struct options *options) {
    pid_t pid = fork();
    if (pid == 0) {
        /* When it hangs, it must not be taken for the supervisor. */
        (void)close(options->lock_fd);
        (void)close(options->alive_fd);
        fd_unblock_signals();
        _exit(write_file(options) < 0 ? EXIT_FAILURE : EXIT_SUCCESS);
    }
    return pid < 0 ? -errno : pid;
}
