/* The program is the foreground's alone while it runs: keys that send signals reach it,
 * and not the screen behind it, whose loop reads signals from a descriptor. */
#include "tui/login.h"

#include "base/cleanup.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

/* Borrows the words. NULL when memory runs out. */
static char **argv_of(const json_t *words) {
    size_t n = json_array_size(words);
    char **argv = calloc(n + 1, sizeof *argv);

    for (size_t i = 0; argv && i < n; i++) {
        argv[i] = (char *)json_string_value(json_array_get(words, i));
    }
    return argv;
}

static void take_terminal(pid_t group) {
    (void)tcsetpgrp(STDIN_FILENO, group);
}

/* In the child. SIGTTOU stays blocked until the terminal is its own. */
static void become(char *const argv[]) {
    sigset_t none;

    (void)setpgid(0, 0);
    take_terminal(getpgrp());
    (void)sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
    (void)execvp(argv[0], argv);
    (void)fprintf(stderr, "%s cannot be run\n", argv[0]);
    _exit(127);
}

/* One that is stopped could never be gone on with from here. */
static int wait_for(pid_t pid) {
    int told = 0;

    for (;;) {
        if (waitpid(pid, &told, WUNTRACED) < 0) {
            if (errno != EINTR) {
                return -errno;
            }
        } else if (WIFSTOPPED(told)) {
            (void)kill(-pid, SIGKILL);
        } else {
            return WIFEXITED(told) ? WEXITSTATUS(told) : 128 + WTERMSIG(told);
        }
    }
}

static int run(char *const argv[]) {
    sigset_t stop;
    sigset_t before;

    (void)sigemptyset(&stop);
    (void)sigaddset(&stop, SIGTTOU);
    (void)sigprocmask(SIG_BLOCK, &stop, &before);
    pid_t pid = fork();
    if (pid == 0) {
        become(argv);
    }
    int r = -errno;
    if (pid > 0) {
        (void)setpgid(pid, pid);
        take_terminal(pid);
        r = wait_for(pid);
        take_terminal(getpgrp());
    }
    (void)sigprocmask(SIG_SETMASK, &before, NULL);
    return r;
}

static void wait_for_enter(void) {
    char c = '\0';

    while (c != '\n' && read(STDIN_FILENO, &c, 1) == 1) {
    }
}

int login_run(struct screen *screen, const json_t *words, const char *host) {
    _cleanup_free_ char **argv = argv_of(words);

    if (!argv || !argv[0]) {
        return -ENOMEM;
    }
    screen_lend(screen);
    (void)printf("\nThe connection to %s; Ctrl-C gives up.\n\n", host);
    (void)fflush(stdout);
    int r = run(argv);
    if (r != 0) {
        (void)printf("\nssh did not open the connection. Enter goes back.");
        (void)fflush(stdout);
        wait_for_enter();
    }
    screen_take_back(screen);
    return r;
}
