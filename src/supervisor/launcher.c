/* vfork(2) holds up the thread that calls it until the new process runs its program. A
 * folder on a file server that does not answer may hold that process for hours, and the
 * supervisor must go on all the same; so it is a thread of its own that waits. There is
 * one, it is made once, and it sleeps while the job runs.
 *
 * The new process has the thread's stack and its errno, and the thread stands still;
 * with the rest of us it only shares what nobody changes. */
#include "supervisor/launcher.h"

#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

/* execvp has the words of a command there once more when it is a script. */
enum { STACK_SIZE = 1024 * 1024 };

struct launcher {
    sem_t wanted;
    atomic_bool busy;
    void (*child)(const void *data);
    void (*failed)(const void *data, int code);
    const void *data;
};

static void make(struct launcher *launcher) {
    pid_t pid = vfork(); /* NOLINT(clang-analyzer-security.insecureAPI.vfork) */
    if (pid == 0) {
        launcher->child(launcher->data);
    } else if (pid < 0) {
        launcher->failed(launcher->data, errno);
    }
    atomic_store(&launcher->busy, false);
}

static void *run(void *data) {
    struct launcher *launcher = data;
    for (;;) {
        if (sem_wait(&launcher->wanted) == 0) {
            make(launcher);
        }
    }
    return NULL;
}

static int start_thread(struct launcher *launcher) {
    pthread_t thread;
    pthread_attr_t attributes;
    int code = pthread_attr_init(&attributes);
    if (code != 0) {
        return -code;
    }
    code = pthread_attr_setstacksize(&attributes, STACK_SIZE);
    code =
        code ? code : pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    code = code ? code : pthread_create(&thread, &attributes, run, launcher);
    (void)pthread_attr_destroy(&attributes);
    return -code;
}

int launcher_new(struct launcher **out) {
    struct launcher *launcher = calloc(1, sizeof *launcher);
    int r = !launcher ? -ENOMEM : sem_init(&launcher->wanted, 0, 0) < 0 ? -errno : 0;
    r = r ? r : start_thread(launcher);
    if (r < 0) {
        free(launcher);
        return r;
    }
    *out = launcher;
    return 0;
}

void launcher_make(struct launcher *launcher, void (*child)(const void *data),
                   void (*failed)(const void *data, int code), const void *data) {
    launcher->child = child;
    launcher->failed = failed;
    launcher->data = data;
    atomic_store(&launcher->busy, true);
    (void)sem_post(&launcher->wanted);
}

bool launcher_is_free(const struct launcher *launcher) {
    return !atomic_load(&launcher->busy);
}
