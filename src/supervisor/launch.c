/* From a new process to the job's command.
 *
 * The process tells its number and waits for a byte before it does anything, so that no
 * job runs whose record is not on the disk; when the supervisor dies first it reads
 * end-of-file and ends. Then it enters its folder, opens its output files and becomes
 * the command. What goes wrong on the way comes back through a pipe that a successful
 * exec closes. Nobody blocks on that pipe: a folder on a dead file server may hold the
 * process for hours, and cancelling must work all the same. It is read when the process
 * has ended. */
#include "supervisor/launch.h"

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/str.h"
#include "supervisor/soft_stop.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <string.h>
#include <sys/stat.h>

enum {
    NOT_RELEASED = 125,
    NOT_RUN = 127,
    LOOK_EVERY_MS = 1000,
};

/* What comes through the pipe: first a number, or why there is no process; then what
 * went wrong, if anything. */
struct report {
    pid_t pid; /* 0: it is about a failure */
    enum record_stage stage;
    int code; /* a positive errno */
};

/* What the new process sees. */
struct child {
    const struct options *options;
    int go[2];
    int report[2];
};

static int open_pipe(int ends[2]) {
    if (pipe(ends) < 0) {
        return -errno;
    }
    (void)fd_set_cloexec(ends[0], true);
    (void)fd_set_cloexec(ends[1], true);
    return 0;
}

static void wait_for_release(int go) {
    char byte;
    ssize_t n;
    do {
        n = read(go, &byte, 1);
    } while (n < 0 && errno == EINTR);
    if (n != 1) {
        _exit(NOT_RELEASED);
    }
}

/* 0 or a positive errno. */
static int redirect(const char *path, int to) {
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_NOCTTY | O_CLOEXEC,
                  0666);
    if (fd < 0) {
        return errno;
    }
    int code = dup2(fd, to) < 0 ? errno : 0;
    (void)close(fd);
    return code;
}

static struct report become_command(const struct options *options) {
    (void)umask(options->umask);
    if (chdir(options->directory) < 0) {
        return (struct report){0, RECORD_STAGE_DIRECTORY, errno};
    }
    soft_stop_clear(options);
    int code = redirect(options->output, STDOUT_FILENO);
    if (code != 0) {
        return (struct report){0, RECORD_STAGE_OUTPUT, code};
    }
    code = options->error_output ? redirect(options->error_output, STDERR_FILENO)
           : dup2(STDOUT_FILENO, STDERR_FILENO) < 0 ? errno
                                                    : 0;
    if (code != 0) {
        return (struct report){0, RECORD_STAGE_ERROR_OUTPUT, code};
    }
    (void)execvp(options->command[0], options->command);
    return (struct report){0, RECORD_STAGE_COMMAND, errno};
}

static void send_report(int to, struct report report) {
    /* In one piece, which a pipe does not divide. */
    (void)fd_write_all(to, &report, sizeof report);
}

static void run_child(const void *data) {
    const struct child *child = data;
    const struct options *options = child->options;
    /* The rest of it is gone when our number is told. */
    int go = child->go[0];
    int report = child->report[1];
    /* Not even for the moment until exec may the job hold what says that the supervisor
     * lives. */
    (void)close(options->lock_fd);
    (void)close(options->alive_fd);
    (void)close(child->go[1]);
    (void)close(child->report[0]);
    (void)setpgid(0, 0);
    fd_unblock_signals();
    send_report(report, (struct report){.pid = getpid()});
    wait_for_release(go);
    send_report(report, become_command(options));
    _exit(NOT_RUN);
}

static void tell_failure(const void *data, int code) {
    const struct child *child = data;
    send_report(child->report[1], (struct report){.code = code});
}

/* Whether there is a report; there is none from a process that somebody killed at once.
 */
static bool wait_for_report(const struct launcher *launcher, int from) {
    struct pollfd report = {.fd = from, .events = POLLIN};
    bool gone = false;
    int r = 0;
    while (r == 0 && !gone) {
        gone = launcher_is_free(launcher);
        r = poll(&report, 1, gone ? 0 : LOOK_EVERY_MS);
    }
    return r != 0;
}

/* The pid, or a negative errno. */
static pid_t make_child(struct launcher *launcher, const struct child *child) {
    struct report report = {0};
    ssize_t n;
    launcher_make(launcher, run_child, tell_failure, child);
    if (!wait_for_report(launcher, child->report[0])) {
        return -ECHILD;
    }
    do {
        n = read(child->report[0], &report, sizeof report);
    } while (n < 0 && errno == EINTR);
    if (n != (ssize_t)sizeof report) {
        return n < 0 ? -errno : -ECHILD;
    }
    return report.pid > 0 ? report.pid : -report.code;
}

int launch_prepare(struct launcher *launcher, const struct options *options,
                   struct launch *out, struct errmsg *msg) {
    char space[64];
    struct child child = {options, {-1, -1}, {-1, -1}};
    pid_t pid = -1;
    int r = open_pipe(child.go);
    r = r ? r : open_pipe(child.report);
    if (r == 0) {
        pid = make_child(launcher, &child);
        r = pid < 0 ? pid : 0;
    }
    closep(&child.go[0]);
    closep(&child.report[1]);
    if (r < 0) {
        closep(&child.go[1]);
        closep(&child.report[0]);
        return errmsg_set(msg, r, "no process could be made for the job: %s",
                          errmsg_errno(r, space, sizeof space));
    }
    (void)fd_set_nonblock(child.report[0], true);
    *out = (struct launch){.pid = pid, .go = child.go[1], .report = child.report[0]};
    return 0;
}

void launch_release(struct launch *launch) {
    (void)fd_write_all(launch->go, "g", 1);
    closep(&launch->go);
    launch->go = -1;
}

bool launch_is_through(const struct launch *launch) {
    struct pollfd report = {.fd = launch->report, .events = POLLIN};
    return poll(&report, 1, 0) > 0;
}

void launch_deinit(struct launch *launch) {
    closep(&launch->go);
    closep(&launch->report);
    launch->go = -1;
    launch->report = -1;
}

static void explain_command(const struct options *options, int code,
                            struct errmsg *out) {
    const char *command = options->command[0];
    bool named_by_path = strchr(command, '/') != NULL;
    struct stat st;
    char space[64];
    const char *reason = errmsg_errno(code, space, sizeof space);
    if (code == ENOENT && !named_by_path) {
        const char *path = getenv("PATH");
        (void)errmsg_set(out, 0,
                         "cannot run %s: it is in none of the folders of the "
                         "job's PATH (%s)",
                         command, path ? path : "not set");
    } else if (code == ENOENT && command[0] == '/' && stat(command, &st) == 0) {
        (void)errmsg_set(out, 0,
                         "cannot run %s: the interpreter in its first line, or "
                         "the loader it was linked for, is not on this machine",
                         command);
    } else if (code == EACCES) {
        (void)errmsg_set(out, 0,
                         "cannot run %s: %s; is it a program, and executable "
                         "(chmod +x)?",
                         command, reason);
    } else if (code == ENOEXEC) {
        (void)errmsg_set(out, 0, "cannot run %s: %s; was it built for another machine?",
                         command, reason);
    } else {
        (void)errmsg_set(out, 0, "cannot run %s: %s", command, reason);
    }
}

static void explain(const struct report *failure, const struct options *options,
                    struct errmsg *out) {
    char space[64];
    const char *reason = errmsg_errno(failure->code, space, sizeof space);
    switch (failure->stage) {
    case RECORD_STAGE_DIRECTORY:
        (void)errmsg_set(out, 0, "cannot enter the job's folder %s: %s",
                         options->directory, reason);
        break;
    case RECORD_STAGE_OUTPUT:
        (void)errmsg_set(out, 0, "cannot open the output file %s: %s", options->output,
                         reason);
        break;
    case RECORD_STAGE_ERROR_OUTPUT:
        (void)errmsg_set(
            out, 0, "cannot open the error output file %s: %s",
            options->error_output ? options->error_output : options->output, reason);
        break;
    case RECORD_STAGE_COMMAND:
        explain_command(options, failure->code, out);
        break;
    default:
        (void)errmsg_set(out, 0, "the job could not be started: %s", reason);
    }
}

bool launch_explain(const struct launch *launch, const struct options *options,
                    struct outcome *out) {
    struct report failure;
    /* Written in one piece, which a pipe does not divide. */
    if (read(launch->report, &failure, sizeof failure) != (ssize_t)sizeof failure) {
        return true;
    }
    out->stage = failure.stage;
    out->code = failure.code;
    explain(&failure, options, &out->error);
    return failure.stage == RECORD_STAGE_COMMAND;
}
