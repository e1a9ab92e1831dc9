/* crystalmath-supervisor: the small program that stays with one local job.
 *
 * The server starts it and need not outlive it: it detaches itself, takes over the lock
 * of the run folder and the writing end of its FIFO, starts the job, waits until
 * nothing of the job is left, writes down how it ended and goes. It speaks with the
 * server only through the files of the run folder, and with nobody else.
 *
 * Where a job was over at once it stays for the next, if there is one at once: then it
 * has nothing of the one before, neither processes nor its lock. */
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/fd.h"
#include "base/str.h"
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
    STARTS_FD = 5, /* behind lock and FIFO */
    SHORT_MS = 1000,
};

/* What lasts longer than one job. */
struct self {
    int starts_fd;  /* -1: there is no other job to come */
    mode_t umask;   /* as it was given to us */
    char *variable; /* owned; in the environment */
    struct launcher *launcher;
    bool settled;
};

static int greatest(const int *fds, size_t n) {
    int found = STDERR_FILENO;
    for (size_t i = 0; i < n; i++) {
        found = fds[i] > found ? fds[i] : found;
    }
    return found;
}

static void close_others(const int *kept, size_t n) {
    int last = greatest(kept, n);
    fd_close_from(last + 1, -1);
    for (int fd = STDERR_FILENO + 1; fd < last; fd++) {
        size_t i = 0;
        while (i < n && kept[i] != fd) {
            i++;
        }
        if (i == n) {
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

/* What is done once, however many jobs come. */
static int settle_process(struct self *self, const struct options *options) {
    close_others((const int[]){options->lock_fd, options->alive_fd, self->starts_fd},
                 3);
    (void)umask(077);
    tree_adopt();
    int r = null_standard_streams();
    /* So that it keeps no file system busy. */
    r = r == 0 && chdir("/") < 0 ? -errno : r;
    return r ? r : launcher_new(&self->launcher);
}

/* By putenv, because setenv keeps a copy of each value for ever. */
static int name_run(struct self *self, const struct options *options) {
    char *variable = NULL;
    int r = str_printf(&variable, "%s=%s", TREE_RUN_VARIABLE, options->record);
    if (r == 0 && putenv(variable) != 0) {
        r = -errno;
        free(TAKE_PTR(variable));
    }
    if (r == 0) {
        free(self->variable);
        self->variable = variable;
    }
    return r;
}

static int settle(struct self *self, const struct options *options,
                  struct errmsg *msg) {
    int r = self->settled ? 0 : settle_process(self, options);
    (void)fd_set_cloexec(options->lock_fd, true);
    (void)fd_set_cloexec(options->alive_fd, true);
    (void)fd_set_nonblock(options->alive_fd, true);
    r = r ? r : name_run(self, options);
    if (r < 0) {
        char space[64];
        return errmsg_set(msg, r, "the job's supervisor could not set itself up: %s",
                          errmsg_errno(r, space, sizeof space));
    }
    self->settled = true;
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
static int prepare(struct launcher *launcher, const struct options *options,
                   int64_t started_at, struct launch *out, struct record *record,
                   enum record_stage *stage, struct errmsg *msg) {
    struct launch launch = LAUNCH_NULL;
    *stage = RECORD_STAGE_PROCESS;
    int r = launch_prepare(launcher, options, &launch, msg);
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

/* 0 when the job was started (though it may have failed to run), its end recorded, and
 * nothing is left below us; 1 when something is. */
static int supervise(struct self *self, const struct options *options) {
    struct errmsg msg = ERRMSG_NULL;
    struct launch launch = LAUNCH_NULL;
    struct record record = RECORD_NULL;
    enum record_stage stage = RECORD_STAGE_SETUP;
    struct outcome outcome = {.started_at = clock_realtime_ms()};
    int r = settle(self, options, &msg);
    if (r == 0) {
        r = prepare(self->launcher, options, outcome.started_at, &launch, &record,
                    &stage, &msg);
    }
    if (r < 0) {
        (void)record_failed_start(options->record, stage, r, &msg);
        return r;
    }
    launch_release(&launch);
    bool alone = watch_job(&launch, options, &outcome);
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
    return r < 0 ? r : !alone;
}

static int parse(struct options *out, int argc, char **argv) {
    struct errmsg msg = ERRMSG_NULL;
    if (options_parse(out, argc, argv, &msg) < 0) {
        (void)fprintf(stderr, "crystalmath-supervisor: %s\n%s", msg.text, options_help);
        return EXIT_USAGE;
    }
    return 0;
}

/* Out of the way of the numbers that a start brings. */
static int move_up(int fd) {
    int moved = fcntl(fd, F_DUPFD_CLOEXEC, STARTS_FD);
    if (moved >= 0) {
        (void)close(fd);
    }
    return moved < 0 ? -errno : moved;
}

/* Make supervisors until no more are wanted. In each of them: 0 and its options. Else
 * the exit status, plus one. */
static int make_supervisors(struct self *self, struct options *options,
                            struct start *start) {
    int r = detach();
    if (r == 0) {
        r = self->starts_fd = move_up(options->starts_fd);
    }
    if (r >= 0) {
        close_others(&self->starts_fd, 1);
        (void)chdir("/");
        r = starts_take(self->starts_fd, start);
    }
    if (r != 0) {
        return r > 0 ? EXIT_SUCCESS + 1 : EXIT_FAILED + 1;
    }
    r = parse(options, start->argc, start->argv);
    return r == 0 ? 0 : r + 1;
}

/* In this order: who sees the end of the FIFO finds the lock free. */
static void leave_job(struct options *options) {
    (void)close(options->lock_fd);
    (void)close(options->alive_fd);
    options_deinit(options);
}

/* Whether there is another one to serve. */
static bool take_next_job(const struct self *self, struct options *options,
                          struct start *start) {
    start_deinit(start);
    if (self->starts_fd < 0 || starts_next(self->starts_fd, start) != 0) {
        return false;
    }
    /* Whoever meant the job before was late; this one cannot be meant before its record
     * tells who we are. */
    wakeup_forget();
    mode_t ours = umask(self->umask);
    int r = parse(options, start->argc, start->argv);
    (void)umask(ours);
    return r == 0;
}

/* Jobs that take longer are worth a supervisor of their own each. */
static bool was_short(int64_t begun) {
    return clock_monotonic_ms() - begun < SHORT_MS;
}

static int serve(struct self *self, struct options *options, struct start *start) {
    int64_t begun;
    int r;
    do {
        begun = clock_monotonic_ms();
        r = supervise(self, options);
        leave_job(options);
    } while (r == 0 && was_short(begun) && take_next_job(self, options, start));
    start_deinit(start);
    free(self->variable);
    return r;
}

int main(int argc, char **argv) {
    struct options options;
    struct start start = START_NULL;
    struct self self = {.starts_fd = -1, .umask = umask(0)};
    (void)umask(self.umask);
    fd_reset_signals();
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
    int r = options.starts_fd >= 0 ? make_supervisors(&self, &options, &start) : 0;
    if (r > 0) {
        return r - 1;
    }
    wakeup_init();
    r = detach();
    if (r < 0) {
        leave_job(&options);
    } else {
        r = serve(&self, &options, &start);
    }
    return r < 0 ? EXIT_FAILED : EXIT_SUCCESS;
}
