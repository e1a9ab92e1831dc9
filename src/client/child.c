/* posix_spawn(3), because it starts a program without running code between fork and
 * exec, which a library in a process with other threads has no business doing, and
 * because it reports a failed exec as its own failure. Descriptors of the caller that
 * are not close-on-exec are the server's to close: it knows which one it needs, and we
 * cannot know what others opened. */
#include "client/child.h"

#include "client/deadline.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/fd.h"
#include "base/platform.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static int set_files(posix_spawn_file_actions_t *files, int writer) {
    int r = posix_spawn_file_actions_addopen(files, 0, "/dev/null", O_RDONLY, 0);
    if (r == 0) {
        r = posix_spawn_file_actions_addopen(files, 1, "/dev/null", O_WRONLY, 0);
    }
    if (r == 0) {
        r = posix_spawn_file_actions_addopen(files, 2, "/dev/null", O_WRONLY, 0);
    }
    if (r == 0) {
        r = posix_spawn_file_actions_adddup2(files, writer, CHILD_READY_FD);
    }
    return r;
}

static int set_attributes(posix_spawnattr_t *attributes, bool session) {
    short flags = POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF;
#if defined(POSIX_SPAWN_SETSID)
    flags = (short)(session ? flags | POSIX_SPAWN_SETSID : flags);
#endif
    sigset_t none;
    sigset_t all;
    (void)sigemptyset(&none);
    (void)sigfillset(&all);
    int r = posix_spawnattr_setsigmask(attributes, &none);
    if (r == 0) {
        r = posix_spawnattr_setsigdefault(attributes, &all);
    }
    return r != 0 ? r : posix_spawnattr_setflags(attributes, flags);
}

static int spawn_with(const char *program, const char *socket, int writer,
                      posix_spawn_file_actions_t *files, posix_spawnattr_t *attributes,
                      pid_t *pid) {
    int r = set_files(files, writer);
    if (r == 0) {
        r = set_attributes(attributes, true);
    }
    if (r == 0) {
        char ready_fd[] = {'0' + CHILD_READY_FD, '\0'};
        /* exec takes these as not const for history's sake, and does not write to them.
         */
        char *argv[] = {(char *)program,      (char *)"--socket", (char *)socket,
                        (char *)"--ready-fd", ready_fd,           NULL};
        r = posix_spawn(pid, program, files, attributes, argv, environ);
    }
    return -r;
}

/* The end to write is above the number that it gets in the child, so that it can be put
 * there after 0, 1 and 2 were replaced; the one to read does not wait. */
static int ready_pipe(int *reader, int *writer) {
    int ends[2] = {-1, -1};
    int r = platform_pipe(ends);
    if (r < 0) {
        return r;
    }
    _cleanup_close_ int in = ends[0];
    _cleanup_close_ int low = ends[1];
    _cleanup_close_ int out = fcntl(low, F_DUPFD_CLOEXEC, CHILD_READY_FD + 1);
    r = out < 0 ? -errno : fd_set_nonblock(in, true);
    if (r == 0) {
        *reader = TAKE_FD(in);
        *writer = TAKE_FD(out);
    }
    return r;
}

int child_spawn_server(const char *program, const char *socket, pid_t *pid,
                       int *ready_fd) {
    _cleanup_close_ int reader = -1;
    _cleanup_close_ int writer = -1;
    int r = ready_pipe(&reader, &writer);
    if (r < 0) {
        return r;
    }
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attributes;
    r = -posix_spawn_file_actions_init(&files);
    if (r < 0) {
        return r;
    }
    r = -posix_spawnattr_init(&attributes);
    if (r == 0) {
        pid_t child = 0;
        r = spawn_with(program, socket, writer, &files, &attributes, &child);
        if (r == 0) {
            *pid = child;
            *ready_fd = TAKE_FD(reader);
        }
        (void)posix_spawnattr_destroy(&attributes);
    }
    (void)posix_spawn_file_actions_destroy(&files);
    return r;
}

static int set_proxy_files(posix_spawn_file_actions_t *files, int stream, int words) {
    int r = posix_spawn_file_actions_adddup2(files, stream, STDIN_FILENO);
    if (r == 0) {
        r = posix_spawn_file_actions_adddup2(files, stream, STDOUT_FILENO);
    }
    if (r == 0) {
        r = words < 0 ? posix_spawn_file_actions_addopen(files, STDERR_FILENO,
                                                         "/dev/null", O_WRONLY, 0)
                      : posix_spawn_file_actions_adddup2(files, words, STDERR_FILENO);
    }
    return r;
}

int child_spawn_proxy(char *const *argv, int stream, int words, pid_t *pid) {
    /* Above the numbers that are replaced. */
    _cleanup_close_ int high = fcntl(stream, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
    if (high < 0) {
        return -errno;
    }
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attributes;
    int r = -posix_spawn_file_actions_init(&files);
    if (r < 0) {
        return r;
    }
    r = -posix_spawnattr_init(&attributes);
    if (r == 0) {
        pid_t child = 0;
        r = -set_proxy_files(&files, high, words);
        r = r < 0 ? r : -set_attributes(&attributes, false);
        r = r < 0 ? r
                  : -posix_spawnp(&child, argv[0], &files, &attributes, argv, environ);
        if (r == 0) {
            *pid = child;
        }
        (void)posix_spawnattr_destroy(&attributes);
    }
    (void)posix_spawn_file_actions_destroy(&files);
    return r;
}

int child_reap(pid_t pid, int limit_ms, int *status) {
    int64_t deadline = clock_monotonic_ms() + limit_ms;
    for (int64_t pause_us = 50;; pause_us = pause_us < 5000 ? pause_us * 2 : pause_us) {
        int seen = 0;
        pid_t reaped = waitpid(pid, &seen, WNOHANG);
        if (reaped == pid) {
            *status = seen;
            return 0;
        }
        if (reaped < 0 && errno != EINTR) {
            return -errno;
        }
        if (deadline_left(deadline) == 0) {
            return -ETIMEDOUT;
        }
        pause_for_us(pause_us);
    }
}
