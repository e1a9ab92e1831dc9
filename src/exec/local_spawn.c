/* posix_spawn, and waiting for what ends at once: the process that is spawned detaches
 * itself, which takes a millisecond and leaves neither a zombie nor a child behind. */
#include "exec/local_spawn.h"

#include "base/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>

enum { FIRST_FD = 3 };

static int plan_descriptors(posix_spawn_file_actions_t *actions,
                            const struct local_spawn *what) {
    int code = posix_spawn_file_actions_addopen(actions, 0, "/dev/null", O_RDWR, 0);
    for (int to = 1; code == 0 && to <= 2; to++) {
        code = posix_spawn_file_actions_adddup2(actions, 0, to);
    }
    for (size_t i = 0; code == 0 && i < what->n_fds; i++) {
        code =
            posix_spawn_file_actions_adddup2(actions, what->fds[i], FIRST_FD + (int)i);
    }
    return -code;
}

/* With a mask that holds back nothing, or the first process could not be ended. */
static int plan_signals(posix_spawnattr_t *attributes) {
    sigset_t none;
    (void)sigemptyset(&none);
    int code = posix_spawnattr_setsigmask(attributes, &none);
    if (code == 0) {
        code = posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETSIGMASK);
    }
    return -code;
}

static int spawn(const struct local_spawn *what, pid_t *out) {
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    int r = -posix_spawn_file_actions_init(&actions);
    if (r < 0) {
        return r;
    }
    r = -posix_spawnattr_init(&attributes);
    if (r < 0) {
        (void)posix_spawn_file_actions_destroy(&actions);
        return r;
    }
    r = plan_descriptors(&actions, what);
    if (r == 0) {
        r = plan_signals(&attributes);
    }
    if (r == 0) {
        /* Nothing else can give a child another limit before it runs. */
        unsigned long ours = what->open_files ? fd_limit_set(what->open_files) : 0;
        r = -posix_spawn(out, what->program, &actions, &attributes, what->argv,
                         what->env);
        if (what->open_files) {
            (void)fd_limit_set(ours);
        }
    }
    (void)posix_spawnattr_destroy(&attributes);
    (void)posix_spawn_file_actions_destroy(&actions);
    return r;
}

int local_spawn(const struct local_spawn *what, int *status) {
    pid_t pid = -1;
    int r = spawn(what, &pid);
    if (r < 0) {
        return r;
    }
    while (waitpid(pid, status, 0) < 0) {
        if (errno != EINTR) {
            /* The caller lets the system do its waiting (SIGCHLD ignored). The FIFO
             * will tell what became of it. */
            *status = 0;
            break;
        }
    }
    return 0;
}
