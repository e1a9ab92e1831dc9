/* Starting a job. The order is the point:
 *
 *   1. take the lock, so that from here on the job has an owner
 *   2. make the FIFO and open both of its ends
 *   3. spawn the supervisor with the lock and the writing end
 *   4. close our copies of both
 *
 * A lock of flock(2) belongs to the open file, not to a process, so between 3 and 4 it
 * passes over without a gap. Wherever the server dies on the way, a later local_attach
 * finds a job that runs or one that never started, and nothing in between. */
#include "exec/local.h"

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/file.h"
#include "base/path.h"
#include "base/str.h"
#include "exec/local_files.h"
#include "exec/local_spares.h"
#include "exec/local_spawn.h"
#include "exec/local_starter.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

enum {
    /* The numbers that they have in the supervisor. */
    CHILD_LOCK_FD = 3,
    CHILD_ALIVE_FD = 4,
    FIRST_FREE_FD = 5,
    FIXED_ARGS = 26,
};

static int system_error(struct errmsg *msg, int code, const char *what,
                        const char *path) {
    char space[64];
    return errmsg_set(msg, code, "%s %s: %s", what, path,
                      errmsg_errno(code, space, sizeof space));
}

/* Descriptors out of the way of the numbers that they get in the supervisor. */
static int move_up(int *fd) {
    int moved = fcntl(*fd, F_DUPFD_CLOEXEC, FIRST_FREE_FD);
    if (moved < 0) {
        return -errno;
    }
    (void)close(*fd);
    *fd = moved;
    return 0;
}

static int check_unused(const char *run_dir, struct errmsg *msg) {
    _cleanup_free_ char *path = NULL;
    int r = path_join(&path, run_dir, LOCAL_FILE_EXIT);
    if (r == 0) {
        r = access(path, F_OK) == 0 ? 1 : local_was_started(run_dir);
    }
    return r > 0 ? errmsg_set(msg, LOCAL_E_ALREADY, "%s holds the records of a job",
                              run_dir)
                 : r;
}

static int take_lock(const char *run_dir, struct local_spares *spares, int *out,
                     struct errmsg *msg) {
    _cleanup_free_ char *path = NULL;
    _cleanup_close_ int fd = -1;
    int r = path_make_private(run_dir);
    if (r < 0) {
        return system_error(msg, r, "cannot create the folder", run_dir);
    }
    r = path_join(&path, run_dir, LOCAL_FILE_LOCK);
    if (r == 0 && access(path, F_OK) < 0 && errno == ENOENT) {
        local_spares_take(spares, run_dir);
    }
    if (r == 0) {
        r = file_lock(path, &fd);
    }
    if (r == FILE_LOCK_E_HELD) {
        return errmsg_set(msg, LOCAL_E_ALREADY, "%s belongs to a running job", run_dir);
    }
    if (r == 0) {
        r = move_up(&fd);
    }
    if (r < 0) {
        return system_error(msg, r, "cannot lock", path ? path : run_dir);
    }
    r = check_unused(run_dir, msg);
    if (r == 0) {
        *out = TAKE_FD(fd);
    }
    return r;
}

static int open_fifo(const char *path, int *read_end, int *write_end) {
    struct stat st;
    /* One may be left from a start that did not get far. */
    if (mkfifo(path, 0600) < 0 && errno != EEXIST) {
        return -errno;
    }
    _cleanup_close_ int reader =
        open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOFOLLOW);
    if (reader < 0) {
        return -errno;
    }
    if (fstat(reader, &st) < 0 || !S_ISFIFO(st.st_mode)) {
        return -EEXIST;
    }
    _cleanup_close_ int writer =
        open(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC | O_NOFOLLOW);
    if (writer < 0) {
        return -errno;
    }
    int r = move_up(&writer);
    if (r < 0) {
        return r;
    }
    *read_end = TAKE_FD(reader);
    *write_end = TAKE_FD(writer);
    return 0;
}

static int make_fifo(const char *run_dir, int *read_end, int *write_end,
                     struct errmsg *msg) {
    _cleanup_free_ char *path = NULL;
    int r = path_join(&path, run_dir, LOCAL_FILE_ALIVE);
    if (r == 0) {
        r = open_fifo(path, read_end, write_end);
    }
    return r < 0 ? system_error(msg, r, "cannot make the FIFO", path ? path : run_dir)
                 : 0;
}

struct numbers {
    char lock[16];
    char alive[16];
    char umask[16];
    char grace[16];
    char limit[24];
};

/* The strings are borrowed from `spec` and `numbers`; only the vector is fresh. */
static char **make_arguments(const struct local_spec *spec, struct numbers *numbers) {
    const char **argv = calloc(FIXED_ARGS + strv_length(spec->argv) + 1, sizeof *argv);
    if (!argv) {
        return NULL;
    }
    (void)snprintf(numbers->lock, sizeof numbers->lock, "%d", CHILD_LOCK_FD);
    (void)snprintf(numbers->alive, sizeof numbers->alive, "%d", CHILD_ALIVE_FD);
    (void)snprintf(numbers->umask, sizeof numbers->umask, "%03o",
                   (unsigned)spec->umask & 0777U);
    (void)snprintf(numbers->grace, sizeof numbers->grace, "%d", spec->grace_seconds);
    (void)snprintf(numbers->limit, sizeof numbers->limit, "%" PRId64,
                   spec->time_limit_seconds);
    /* What is longer than a life is no limit. */
    bool has_limit =
        spec->time_limit_seconds > 0 && spec->time_limit_seconds <= INT_MAX;
    const struct {
        const char *option;
        const char *value;
    } options[] = {
        {"--record", spec->run_dir},
        {"--lock-fd", numbers->lock},
        {"--alive-fd", numbers->alive},
        {"--cwd", spec->directory},
        {"--output", spec->output},
        {"--error", spec->error_output},
        {"--umask", spec->umask >= 0 ? numbers->umask : NULL},
        {"--grace", spec->grace_seconds > 0 ? numbers->grace : NULL},
        {"--time-limit", has_limit ? numbers->limit : NULL},
        {"--stop-file", spec->stop_file},
        {"--stop-text", spec->stop_text},
    };
    size_t n = 0;
    argv[n++] = spec->supervisor_program;
    for (size_t i = 0; i < sizeof options / sizeof options[0]; i++) {
        if (options[i].value) {
            argv[n++] = options[i].option;
            argv[n++] = options[i].value;
        }
    }
    argv[n++] = "--";
    for (size_t i = 0; spec->argv[i]; i++) {
        argv[n++] = spec->argv[i];
    }
    return (char **)argv;
}

static int check_detached(int status, const char *program, struct errmsg *msg) {
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0) {
        return 0;
    }
    if (WIFSIGNALED(status)) {
        return errmsg_set(msg, -ECHILD, "%s was ended by signal %d as it started",
                          program, WTERMSIG(status));
    }
    return errmsg_set(msg, -ECHILD,
                      "%s did not start (status %d); was it installed together with "
                      "this server?",
                      program, WEXITSTATUS(status));
}

static int spawn_itself(const struct local_spec *spec, char **argv, int lock, int alive,
                        int *status, struct errmsg *msg) {
    /* Asked first, because not every posix_spawn reports a failed exec. */
    if (access(spec->supervisor_program, X_OK) < 0) {
        return system_error(msg, -errno, "cannot run", spec->supervisor_program);
    }
    const int fds[] = {lock, alive};
    int r = local_spawn(&(struct local_spawn){.program = spec->supervisor_program,
                                              .argv = argv,
                                              .env = spec->env,
                                              .fds = fds,
                                              .n_fds = 2,
                                              .open_files = spec->open_files},
                        status);
    if (r == -E2BIG) {
        return errmsg_set(msg, r,
                          "the command and the environment of the job are together "
                          "longer than this system allows (getconf ARG_MAX)");
    }
    return r < 0 ? system_error(msg, r, "cannot run", spec->supervisor_program) : 0;
}

static int run_supervisor(const struct local_spec *spec, int lock, int alive,
                          struct errmsg *msg) {
    struct numbers numbers;
    int status = 0;
    _cleanup_free_ char **argv = make_arguments(spec, &numbers);
    int r = argv ? local_starter_start(spec->starter, spec, argv, lock, alive, &status)
                 : -ENOMEM;
    if (r < 0) {
        return errmsg_set(msg, r, "not enough memory to start the job");
    }
    if (r == LOCAL_STARTER_E_NONE) {
        r = spawn_itself(spec, argv, lock, alive, &status, msg);
    }
    return r == 0 ? check_detached(status, spec->supervisor_program, msg) : r;
}

int local_start(const struct local_spec *spec, int *alive_fd, struct errmsg *msg) {
    _cleanup_close_ int lock = -1;
    _cleanup_close_ int reader = -1;
    _cleanup_close_ int writer = -1;
    if (spec->run_dir[0] != '/' || spec->directory[0] != '/' || !spec->argv[0] ||
        (spec->stop_file && spec->stop_file[0] != '/')) {
        return errmsg_set(msg, -EINVAL,
                          "a job needs a command, and its folders absolute paths");
    }
    int r = take_lock(spec->run_dir, spec->spares, &lock, msg);
    if (r == 0) {
        r = make_fifo(spec->run_dir, &reader, &writer, msg);
    }
    if (r == 0) {
        r = run_supervisor(spec, lock, writer, msg);
    }
    if (r == 0) {
        *alive_fd = TAKE_FD(reader);
    }
    return r;
}
