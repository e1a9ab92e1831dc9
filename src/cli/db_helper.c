/* What the program writes to its standard output is one JSON object; its standard error
 * is the user's. */
#include "cli/db_helper.h"

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/errmsg.h"
#include "base/path.h"
#include "base/platform.h"
#include "cli/cli.h"
#include "cli/say.h"

#include <errno.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>

enum {
    OPTIONS_MAX = 8,
    TOLD_MAX = 16 * 1024 * 1024,
};

extern char **environ;

static int find_program(char **out) {
    struct errmsg why = ERRMSG_NULL;
    int r = path_find_sibling(out, "crystalmath-server", "CRYSTALMATH_SERVER", &why);
    if (r == -ENOMEM) {
        say_no_memory();
    }
    if (r < 0) {
        say_error("%s. Set CRYSTALMATH_SERVER to the path of crystalmath-server, or "
                  "install it",
                  why.text);
        return CLI_FAILED;
    }
    return CLI_OK;
}

/* 0 or a negative errno. */
static int spawn(const char *program, const char *const *options, int to, pid_t *pid) {
    char *argv[OPTIONS_MAX + 2] = {(char *)program};
    for (size_t i = 0; options[i] && i < OPTIONS_MAX; i++) {
        argv[i + 1] = (char *)options[i];
    }
    posix_spawn_file_actions_t actions;
    int r = posix_spawn_file_actions_init(&actions);
    if (r != 0) {
        return -r;
    }
    r = posix_spawn_file_actions_adddup2(&actions, to, STDOUT_FILENO);
    if (r == 0) {
        r = posix_spawn(pid, program, &actions, NULL, argv, environ);
    }
    (void)posix_spawn_file_actions_destroy(&actions);
    return -r;
}

static void read_all(int fd, struct buf *out) {
    char piece[4096];
    ssize_t n;
    while ((n = read(fd, piece, sizeof piece)) > 0 || (n < 0 && errno == EINTR)) {
        if (n > 0 && buf_len(out) < TOLD_MAX && buf_append(out, piece, (size_t)n) < 0) {
            say_no_memory();
        }
    }
}

static int describe_failure(const char *program, int status) {
    if (WIFSIGNALED(status)) {
        say_error("%s was ended by signal %d (%s)", program, WTERMSIG(status),
                  strsignal(WTERMSIG(status)));
    } else {
        say_error(
            "%s ended with exit status %d and did not tell what came of it; is it "
            "of this version (%s)?",
            program, WEXITSTATUS(status), CRYSTALMATH_VERSION);
    }
    return CLI_FAILED;
}

int db_helper_run(const char *const *options, json_t **out) {
    _cleanup_free_ char *program = NULL;
    _cleanup_buf_ struct buf told = BUF_NULL;
    int ends[2] = {-1, -1};
    pid_t pid = -1;
    int status = find_program(&program);
    if (status != CLI_OK) {
        return status;
    }
    int r = platform_pipe(ends);
    _cleanup_close_ int reading = ends[0];
    _cleanup_close_ int writing = ends[1];
    r = r ? r : spawn(program, options, writing, &pid);
    if (r < 0) {
        say_error("%s cannot be run: %s", program, strerror(-r));
        return CLI_FAILED;
    }
    (void)close(TAKE_FD(writing));
    read_all(reading, &told);
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }
    *out = json_loadb(buf_bytes(&told), buf_len(&told), 0, NULL);
    return json_is_object(*out) ? CLI_OK : describe_failure(program, status);
}
