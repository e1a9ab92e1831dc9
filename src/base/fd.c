/* File descriptor plumbing shared by all the programs. */
#include "base/fd.h"

#include "base/cleanup.h"
#include "base/platform.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <sys/resource.h>

int fd_write_all(int fd, const void *bytes, size_t n) {
    const char *at = bytes;
    while (n > 0) {
        ssize_t written = write(fd, at, n);
        if (written < 0) {
            if (errno == EINTR) {
                continue;
            }
            return -errno;
        }
        at += written;
        n -= (size_t)written;
    }
    return 0;
}

static int set_flag(int fd, int get, int set, int flag, bool on) {
    int flags = fcntl(fd, get);
    if (flags < 0) {
        return -errno;
    }
    int wanted = on ? flags | flag : flags & ~flag;
    if (wanted != flags && fcntl(fd, set, wanted) < 0) {
        return -errno;
    }
    return 0;
}

int fd_set_nonblock(int fd, bool on) {
    return set_flag(fd, F_GETFL, F_SETFL, O_NONBLOCK, on);
}

int fd_set_cloexec(int fd, bool on) {
    return set_flag(fd, F_GETFD, F_SETFD, FD_CLOEXEC, on);
}

bool fd_is_hung_up(int fd) {
    struct pollfd look = {.fd = fd};
    return poll(&look, 1, 0) > 0 && (look.revents & POLLHUP) != 0;
}

void fd_close_from(int from, int keep) {
    if (keep < from) {
        platform_close_range(from, INT_MAX);
        return;
    }
    platform_close_range(from, keep);
    platform_close_range(keep + 1, INT_MAX);
}

void fd_reset_signals(void) {
    struct sigaction fresh = {.sa_handler = SIG_DFL};
    for (int number = 1; number < NSIG; number++) {
        (void)sigaction(number, &fresh, NULL);
    }
    fd_unblock_signals();
}

void fd_unblock_signals(void) {
    sigset_t none;
    (void)sigemptyset(&none);
    (void)pthread_sigmask(SIG_SETMASK, &none, NULL);
}

unsigned long fd_limit_set(unsigned long limit) {
    struct rlimit files = {0};
    if (getrlimit(RLIMIT_NOFILE, &files) < 0) {
        return limit;
    }
    unsigned long before = (unsigned long)files.rlim_cur;
    files.rlim_cur = (rlim_t)limit < files.rlim_max ? (rlim_t)limit : files.rlim_max;
    (void)setrlimit(RLIMIT_NOFILE, &files);
    return before;
}
