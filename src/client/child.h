/* Starting programs: the server's, sterile, and a proxy's. */
#pragma once

#include <sys/types.h>

enum {
    CHILD_READY_FD = 3, /* where the program finds the pipe that it reports on */
};

/* `program --socket SOCKET --ready-fd 3` in a session of its own, with null stdio, the
 * signals a fresh program expects, and nothing else of what this library has open. Both
 * are absolute paths. *pid is a child that the caller reaps; *ready_fd is the
 * nonblocking end to read the report from. 0 or a negative errno (that of a failed exec
 * too). */
int child_spawn_server(const char *program, const char *socket, pid_t *pid,
                       int *ready_fd);

/* The words of a proxy, the first looked for on PATH, with `stream` as its stdin and
 * stdout and `words` (-1: none) as its stderr, in our session and process group. 0 or a
 * negative errno. */
int child_spawn_proxy(char *const *argv, int stream, int words, pid_t *pid);

/* Reap a child of ours within a time. 0 with *status (from wait(2)); -ECHILD when
 * somebody else has reaped it; -ETIMEDOUT when it still runs. */
int child_reap(pid_t pid, int limit_ms, int *status);
