/* crystalmath-supervisor: the small program that stays with one local job.
 *
 * The server starts it and need not outlive it: it detaches itself, takes over the lock
 * of the run folder and the writing end of its FIFO, starts the job, waits until
 * nothing of the job is left, writes down how it ended and goes. It speaks with the
 * server only through the files of the run folder, and with nobody else. */
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/fd.h"
#include "supervisor/launch.h"
#include "supervisor/options.h"
#include "supervisor/record.h"
#include "supervisor/soft_stop.h"
#include "supervisor/starts.h"
#include "supervisor/tree.h"
#include "supervisor/wakeup.h"
#include "supervisor/watch.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

enum {
    EXIT_FAILED = 1,
    EXIT_USAGE = 2,
};

/* Named for the run folder in the environment of everything the job runs, so that its
 * processes can be found when the supervisor has been killed. */
static const char run_variable[] = "CRYSTALMATH_RUN";

static void close_others(int a, int b) {
    int low = a < b ? a : b;
    int high = a < b ? b : a;
    fd_close_from(high + 1, -1);
    for (int fd = STDERR_FILENO + 1; fd < high; fd++) {
        if (fd != low) {
            (void)close(fd);
        }
    }
}

static int null_standard_streams(void) {
    int fd = open("/dev/null", O_RDWR | O_NOCTTY);
    if (fd < 0) {
        return -errno;
    }
    for (int to = STDIN_FILENO; to <= STDERR_FILENO; to++) {
        if (dup2(fd, to) < 0) {
            return -errno;
        }
    }
    if (fd > STDERR_FILENO) {
        (void)close(fd);
    }
    return 0;
}

/* Become a process of its own: own session, no terminal, no parent that has to wait for
 * it. Returns only in the new process, or with a negative errno in the old one. */
static int detach(void) {
    /* Twice: the first takes even the moment of the fork out of reach of a Ctrl-C in
     * the caller's terminal. */
    (void)setsid();
    pid_t pid = fork();
    if (pid < 0) {
        return -errno;
    }
    if (pid > 0) {
        _exit(EXIT_SUCCESS);
    }
    (void)setsid();
    return 0;
}

static int settle(const struct options *options, struct errmsg *msg) {
    close_others(options->lock_fd, options->alive_fd);
    (void)fd_set_cloexec(options->lock_fd, true);
    (void)fd_set_cloexec(options->alive_fd, true);
    (void)fd_set_nonblock(options->alive_fd, true);
    (void)umask(077);
    tree_adopt();
    int r = null_standard_streams();
    if (r == 0 && setenv(run_variable, options->record, 1) < 0) {
        r = -errno;
    }
    /* So that it keeps no file system busy. */
    if (r == 0 && chdir("/") < 0) {
        r = -errno;
    }
    if (r < 0) {
        char space[64];
        return errmsg_set(msg, r, "the job's supervisor could not set itself up: %s",
                          errmsg_errno(r, space, sizeof space));
    }
    return 0;
}

/* A file for errors that holds none is clutter in the user's folder. */
static void remove_empty_error_file(const struct options *options) {
    if (!options->error_output || strcmp(options->error_output, options->output) == 0) {
        return;
    }
    _cleanup_close_ int dir =
        open(options->directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    struct stat st;
    if (dir >= 0 &&
        fstatat(dir, options->error_output, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
        S_ISREG(st.st_mode) && st.st_size == 0) {
        (void)unlinkat(dir, options->error_output, 0);
    }
}

/* The job's first process, waiting, with its record on the disk. */
static int prepare(const struct options *options, int64_t started_at,
                   struct launch *out, struct record *record, enum record_stage *stage,
                   struct errmsg *msg) {
    struct launch launch = LAUNCH_NULL;
    *stage = RECORD_STAGE_PROCESS;
    int r = launch_prepare(options, &launch, msg);
    if (r < 0) {
        return r;
    }
    *stage = RECORD_STAGE_RECORD;
    r = record_started(options, launch.pid, started_at, record, msg);
    if (r < 0) {
        launch_deinit(&launch);
        (void)waitpid(launch.pid, NULL, 0);
        return r;
    }
    *out = launch;
    return 0;
}

/* 0 when the job was started (though it may have failed to run) and its end recorded.
 */
static int supervise(const struct options *options) {
    struct errmsg msg = ERRMSG_NULL;
    struct launch launch = LAUNCH_NULL;
    struct record record = RECORD_NULL;
    enum record_stage stage = RECORD_STAGE_SETUP;
    struct outcome outcome = {.started_at = clock_realtime_ms()};
    int r = settle(options, &msg);
    if (r == 0) {
        r = prepare(options, outcome.started_at, &launch, &record, &stage, &msg);
    }
    if (r < 0) {
        (void)record_failed_start(options->record, stage, r, &msg);
        return r;
    }
    launch_release(&launch);
    watch_job(&launch, options, &outcome);
    if (outcome.ran) {
        bool opened = launch_explain(&launch, options, &outcome);
        outcome.ran = outcome.stage == RECORD_STAGE_NONE;
        if (opened && outcome.survivors == 0) {
            remove_empty_error_file(options);
        }
    }
    if (outcome.soft_stopped && outcome.survivors == 0) {
        soft_stop_clear(options);
    }
    launch_deinit(&launch);
    if (outcome.survivors == 0) {
        /* What the job occupied can serve the next one while the disk has its end. */
        (void)!write(options->alive_fd, "e", 1);
    }
    r = record_exit(options->record, &record, &outcome);
    record_deinit(&record);
    return r;
}

static int parse(struct options *out, int argc, char **argv) {
    struct errmsg msg = ERRMSG_NULL;
    if (options_parse(out, argc, argv, &msg) < 0) {
        (void)fprintf(stderr, "crystalmath-supervisor: %s\n%s", msg.text, options_help);
        return EXIT_USAGE;
    }
    return 0;
}

/* Make supervisors until no more are wanted. In each of them: 0 and its options. Else
 * the exit status, plus one. */
static int make_supervisors(struct options *options) {
    struct start start;
    int fd = options->starts_fd;
    int r = detach();
    if (r == 0) {
        close_others(fd, -1);
        (void)fd_set_cloexec(fd, true);
        (void)chdir("/");
        r = starts_take(fd, &start);
    }
    if (r != 0) {
        return r > 0 ? EXIT_SUCCESS + 1 : EXIT_FAILED + 1;
    }
    r = parse(options, start.argc, start.argv);
    return r == 0 ? 0 : r + 1;
}

int main(int argc, char **argv) {
    struct options options;
    if (parse(&options, argc, argv) != 0) {
        return EXIT_USAGE;
    }
    if (options.help || options.version) {
        (void)fputs(options.help ? options_help
                                 : "crystalmath-supervisor " CRYSTALMATH_VERSION "\n",
                    stdout);
        options_deinit(&options);
        return fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILED;
    }
    int r = options.starts_fd >= 0 ? make_supervisors(&options) : 0;
    if (r > 0) {
        return r - 1;
    }
    wakeup_init();
    r = detach();
    if (r == 0) {
        r = supervise(&options);
    }
    /* In this order: who sees the end of the FIFO finds the lock free. */
    (void)close(options.lock_fd);
    (void)close(options.alive_fd);
    options_deinit(&options);
    return r < 0 ? EXIT_FAILED : EXIT_SUCCESS;
}
