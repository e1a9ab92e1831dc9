/* The readiness line, and the fork that leaves a server without a terminal. The fork
 * comes before the socket: the kernel tells clients the identity of the process that
 * called listen(). */
#include "server/ready.h"

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/platform.h"
#include "base/str.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>

static void tell(int *fd, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void tell(int *fd, const char *format, ...) {
    if (*fd < 0) {
        return;
    }
    char line[4096];
    va_list args;
    va_start(args, format);
    int n = vsnprintf(line, sizeof line - 1, format, args);
    va_end(args);
    size_t len = n < 0 ? 0 : (size_t)n < sizeof line - 1 ? (size_t)n : sizeof line - 2;
    for (size_t i = 0; i < len; i++) {
        if (line[i] == '\n') {
            line[i] = ' ';
        }
    }
    line[len] = '\n';
    /* Whoever started us may be gone; that is no reason not to go on. */
    (void)fd_write_all(*fd, line, len + 1);
    (void)close(*fd);
    *fd = -1;
}

void ready_tell_ready(int *fd, pid_t pid, const char *socket_path) {
    tell(fd, "READY %ld %s", (long)pid, socket_path);
}

void ready_tell_already(int *fd, pid_t pid, const char *socket_path) {
    tell(fd, "ALREADY_RUNNING %ld %s", (long)pid, socket_path);
}

void ready_tell_busy(int *fd, const char *reason) {
    tell(fd, "BUSY %s", reason);
}

void ready_tell_failed(int *fd, const char *reason) {
    tell(fd, "FAILED %s", reason);
}

/* The first process, started by hand: wait for the line and tell the person. */
static void report_and_exit(int fd) {
    char line[4096];
    size_t len = 0;
    while (len < sizeof line - 1) {
        ssize_t n = read(fd, line + len, sizeof line - 1 - len);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n <= 0) {
            break;
        }
        len += (size_t)n;
    }
    line[len] = '\0';
    line[strcspn(line, "\n")] = '\0';
    if (str_starts_with(line, "READY ") || str_starts_with(line, "ALREADY_RUNNING ")) {
        _exit(EXIT_SUCCESS);
    }
    const char *reason = strchr(line, ' ');
    (void)fprintf(
        stderr, "crystalmath-server: %s\n",
        reason ? reason + 1
               : "the server ended while it was starting; `crystalmath server logs` "
                 "shows its last words");
    _exit(EXIT_FAILURE);
}

int ready_go_background(int *ready_fd) {
    int pipe_fds[2] = {-1, -1};
    int r = *ready_fd < 0 ? platform_pipe(pipe_fds) : 0;
    if (r < 0) {
        return r;
    }
    pid_t pid = fork();
    if (pid < 0) {
        r = -errno;
        if (pipe_fds[0] >= 0) {
            (void)close(pipe_fds[0]);
            (void)close(pipe_fds[1]);
        }
        return r;
    }
    if (pid > 0) {
        if (pipe_fds[0] < 0) {
            _exit(EXIT_SUCCESS);
        }
        (void)close(pipe_fds[1]);
        report_and_exit(pipe_fds[0]);
    }
    if (pipe_fds[0] >= 0) {
        (void)close(pipe_fds[0]);
        *ready_fd = pipe_fds[1];
    }
    (void)setsid();
    return 0;
}
