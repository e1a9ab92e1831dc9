/* Which version a program is, as it says when it is started with nothing to do: in an
 * empty folder that is removed again, without input, and for a few seconds at most. */
#include "site/site.h"

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/fd.h"
#include "base/path.h"
#include "base/str.h"
#include "codes/code.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    WAIT_MS = 8000,
    SAID_MAX = 64 * 1024, /* banners are at the beginning */
};

/* The words that start it: sh -c 'cd FOLDER … exec "$@"' sh PROGRAM… */
static int make_words(const struct site_way *way, const char *folder, char ***out) {
    _cleanup_free_ char *script = NULL;
    int r = str_printf(&script, "cd '%s' || exit 1\n%s\nexec \"$@\" </dev/null 2>&1\n",
                       folder, way->setup);
    if (r < 0) {
        return r;
    }
    size_t n = strv_length(way->program);
    char **words = calloc(n + 5, sizeof *words);
    if (!words) {
        return -ENOMEM;
    }
    const char *const shell[] = {"/bin/sh", "-c", script, "sh"};
    for (size_t i = 0; i < n + 4 && r == 0; i++) {
        words[i] = strdup(i < 4 ? shell[i] : way->program[i - 4]);
        r = words[i] ? 0 : -ENOMEM;
    }
    if (r < 0) {
        strv_free(words);
        return r;
    }
    *out = words;
    return 0;
}

static int spawn(char *const *words, char *const *env, int to, pid_t *pid) {
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    int r = posix_spawn_file_actions_init(&actions);
    if (r != 0) {
        return -r;
    }
    r = posix_spawnattr_init(&attributes);
    if (r == 0) {
        r = posix_spawn_file_actions_adddup2(&actions, to, STDOUT_FILENO);
        r = r ? r : posix_spawn_file_actions_adddup2(&actions, to, STDERR_FILENO);
        r = r ? r : posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
        r = r ? r : posix_spawn(pid, words[0], &actions, &attributes, words, env);
        (void)posix_spawnattr_destroy(&attributes);
    }
    (void)posix_spawn_file_actions_destroy(&actions);
    return -r;
}

/* What it says, until it ends, has said enough, or its time is over. */
static int listen_to(int fd, struct buf *said) {
    int64_t until = clock_monotonic_ms() + WAIT_MS;
    struct pollfd poll_fd = {.fd = fd, .events = POLLIN};
    int r = 0;
    while (r == 0 && buf_len(said) < SAID_MAX) {
        int64_t left = until - clock_monotonic_ms();
        if (left <= 0 || (poll(&poll_fd, 1, (int)left) < 0 && errno != EINTR)) {
            break;
        }
        if (!poll_fd.revents) {
            continue;
        }
        r = buf_reserve(said, SAID_MAX);
        ssize_t n = r ? 0 : read(fd, said->data + said->end, SAID_MAX);
        if (n <= 0) {
            break;
        }
        said->end += (size_t)n;
    }
    return r;
}

static int run(const struct site_way *way, const char *folder, char *const *env,
               struct buf *said) {
    char **words = NULL;
    int fds[2] = {-1, -1};
    pid_t pid = 0;
    int r = make_words(way, folder, &words);
    if (r == 0 && pipe2(fds, O_CLOEXEC) < 0) {
        r = -errno;
    }
    _cleanup_close_ int reading = fds[0];
    if (r == 0) {
        r = spawn(words, env, fds[1], &pid);
        (void)close(fds[1]);
    }
    if (r == 0) {
        r = listen_to(reading, said);
        (void)kill(-pid, SIGKILL);
        while (waitpid(pid, NULL, 0) < 0 && errno == EINTR) {
        }
    }
    strv_free(words);
    return r;
}

/* As the code's own scanner reads it. */
static int read_version(const struct code *code, const struct buf *said, char **out) {
    struct scanner *scanner = NULL;
    int r = scanner_new(&scanner, code);
    r = r ? r : scanner_feed(scanner, buf_bytes(said), buf_len(said));
    r = r ? r : scanner_finish(scanner);
    const char *version = r == 0 ? scanner_results(scanner)->version : NULL;
    *out = version ? strdup(version) : NULL;
    r = version && !*out ? -ENOMEM : r;
    (void)scanner_free(scanner);
    return r;
}

int site_version(const struct site_way *way, const struct code *code, char *const *env,
                 char **out) {
    _cleanup_buf_ struct buf said = BUF_NULL;
    char folder[] = "/tmp/crystalmath-XXXXXX";
    *out = NULL;
    if (!mkdtemp(folder)) {
        return -errno;
    }
    int r = run(way, folder, env, &said);
    path_remove_tree(folder);
    return r ? r : read_version(code, &said, out);
}
