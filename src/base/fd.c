/* File descriptor plumbing shared by all the programs. */
#include "base/fd.h"

#include "base/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#if defined(__linux__)
#include <sys/syscall.h>
#endif

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

static void close_one_by_one(int from, int to) {
    for (int fd = from; fd < to; fd++) {
        (void)close(fd);
    }
}

static void close_range_or_loop(int from, int to) {
    if (from >= to) {
        return;
    }
#if defined(__linux__) && defined(SYS_close_range)
    if (syscall(SYS_close_range, (unsigned)from, (unsigned)to - 1, 0U) == 0) {
        return;
    }
#endif
    close_one_by_one(from, to);
}

void fd_close_from(int from, int keep) {
    struct rlimit limit = {0};
    int end = 65536;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < (rlim_t)end) {
        end = (int)limit.rlim_cur;
    }
    if (keep < from) {
        close_range_or_loop(from, end);
        return;
    }
    close_range_or_loop(from, keep);
    close_range_or_loop(keep + 1, end > keep ? end : keep + 1);
}

void fd_reset_signals(void) {
    struct sigaction fresh = {.sa_handler = SIG_DFL};
    for (int number = 1; number < NSIG; number++) {
        (void)sigaction(number, &fresh, NULL);
    }
    sigset_t none;
    (void)sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
}
