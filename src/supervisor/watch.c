/* The supervisor's life: it sleeps until a child ends or somebody asks it to end the
 * job.
 *
 * The job has ended when its first process has; what that leaves behind is ended too,
 * as batch systems do: SIGTERM, the grace, SIGKILL again and again. Cancelling takes
 * the same steps, only that the first process is still among the ones to end; so does a
 * time limit. That is counted by a clock which nobody sets and which stands still while
 * the machine sleeps: a job has the time that it can use. Processes
 * that the kernel will not let go (a file server that does not answer) are given up in
 * the end, so that the record is always written. */
#include "supervisor/watch.h"

#include "base/clock.h"
#include "base/platform.h"
#include "supervisor/soft_stop.h"
#include "supervisor/tree.h"
#include "supervisor/wakeup.h"

#include <errno.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    FIRST_KILL_PAUSE_MS = 20,
    LONGEST_KILL_PAUSE_MS = 1000,
    KILL_PATIENCE_MS = 30000,
    HIDDEN_PAUSE_MS = 250,
    ANNOUNCE_PATIENCE_MS = 5000,
};

enum watch_phase {
    PHASE_RUNNING, /* nobody has been asked to end */
    PHASE_ASKED,   /* SIGTERM was sent; `next` is the end of the grace */
    PHASE_KILLING, /* `next` is when SIGKILL is sent again */
    PHASE_GIVEN_UP,
};

struct watch {
    pid_t job;
    const struct launch *launch;
    const struct options *options;
    bool announced;
    int64_t announce_by; /* monotonic ms */
    int64_t limit_at;    /* likewise, -1: there is none; */
    int64_t stop_at;     /* when to ask softly before it, -1: not (any more) */
    pid_t stopper;       /* the process that does that */
    enum watch_phase phase;
    int64_t next; /* likewise */
    int64_t give_up_at;
    int64_t kill_pause_ms;
    bool alone;         /* nothing is below us that is not of the job */
    struct timeval cpu; /* of what has ended */
    struct outcome *outcome;
};

static int64_t timeval_ms(struct timeval time) {
    return (int64_t)time.tv_sec * 1000 + time.tv_usec / 1000;
}

/* Of each process by itself, with what it has waited for: this one may have had the
 * processes of other jobs before. */
static void measure(struct watch *watch, const struct rusage *usage) {
    int64_t peak = platform_peak_memory(usage);
    timeradd(&watch->cpu, &usage->ru_utime, &watch->cpu);
    timeradd(&watch->cpu, &usage->ru_stime, &watch->cpu);
    if (peak > watch->outcome->peak_memory_bytes) {
        watch->outcome->peak_memory_bytes = peak;
    }
}

/* A server that the job started stays a child of ours; it is left to itself. */
static bool is_left(struct watch *watch) {
    if (watch->outcome->ran && !tree_has_children(watch->job)) {
        watch->alone = false;
        return false;
    }
    return true;
}

/* Returns whether anything of the job is left. */
static bool reap(struct watch *watch) {
    struct outcome *outcome = watch->outcome;
    for (;;) {
        int status;
        struct rusage usage = {0};
        pid_t pid = wait4(-1, &status, WNOHANG, &usage);
        if (pid > 0 && pid != watch->stopper) {
            measure(watch, &usage);
        }
        if (pid == watch->job) {
            outcome->ran = true;
            outcome->status = status;
            outcome->finished_at = clock_realtime_ms();
        } else if (pid > 0 && pid == watch->stopper) {
            outcome->soft_stopped = status == 0;
            watch->stopper = -1;
        } else if (pid == 0) {
            return is_left(watch);
        } else if (pid < 0 && errno != EINTR) {
            return tree_hidden(watch->job);
        }
    }
}

static void ask(struct watch *watch, int64_t now) {
    (void)tree_signal(watch->job, SIGTERM);
    /* A stopped process does not hear SIGTERM. */
    (void)tree_signal(watch->job, SIGCONT);
    watch->phase = PHASE_ASKED;
    watch->next = now + (int64_t)watch->options->grace_seconds * 1000;
}

static void kill_all(struct watch *watch, int64_t now) {
    (void)tree_signal(watch->job, SIGKILL);
    watch->next = now + watch->kill_pause_ms;
    watch->kill_pause_ms *= 2;
    if (watch->kill_pause_ms > LONGEST_KILL_PAUSE_MS) {
        watch->kill_pause_ms = LONGEST_KILL_PAUSE_MS;
    }
}

static void heed_limit(struct watch *watch, int64_t now) {
    struct outcome *outcome = watch->outcome;
    if (outcome->ran || outcome->cancelled || watch->limit_at < 0) {
        return;
    }
    if (now >= watch->limit_at) {
        outcome->timed_out = true;
    } else if (watch->stop_at >= 0 && now >= watch->stop_at) {
        watch->stop_at = -1;
        watch->stopper = soft_stop_write(watch->options);
    }
}

static void advance(struct watch *watch) {
    int64_t now = clock_monotonic_ms();
    if (watch->phase == PHASE_RUNNING) {
        heed_limit(watch, now);
        if (watch->outcome->ran || watch->outcome->cancelled ||
            watch->outcome->timed_out) {
            ask(watch, now);
        }
        return;
    }
    if (now < watch->next) {
        return;
    }
    if (watch->phase == PHASE_ASKED) {
        watch->phase = PHASE_KILLING;
        watch->give_up_at = now + KILL_PATIENCE_MS;
    }
    if (now < watch->give_up_at) {
        kill_all(watch, now);
    } else {
        watch->phase = PHASE_GIVEN_UP;
    }
}

/* The server counts on this byte, so it comes in any case. Nobody may be reading. */
static void announce(struct watch *watch) {
    if (!watch->announced) {
        watch->announced = true;
        (void)!write(watch->options->alive_fd, "s", 1);
    }
}

static void announce_in_time(struct watch *watch) {
    if (!watch->announced && (launch_is_through(watch->launch) ||
                              clock_monotonic_ms() >= watch->announce_by)) {
        announce(watch);
    }
}

/* Negative: for ever. */
static int64_t time_to_wait(const struct watch *watch) {
    int64_t until = -1;
    int64_t now = clock_monotonic_ms();
    if (watch->phase == PHASE_RUNNING) {
        until = watch->stop_at >= 0 ? watch->stop_at : watch->limit_at;
    } else {
        until = watch->next;
        if (tree_hidden(watch->job) && until > now + HIDDEN_PAUSE_MS) {
            until = now + HIDDEN_PAUSE_MS;
        }
    }
    if (!watch->announced && (until < 0 || until > watch->announce_by)) {
        until = watch->announce_by;
    }
    return until < 0 ? -1 : until > now ? until - now : 0;
}

static void note_survivors(struct watch *watch) {
    struct outcome *outcome = watch->outcome;
    outcome->survivors = tree_signal(watch->job, 0);
    if (!outcome->ran) {
        outcome->finished_at = clock_realtime_ms();
        (void)errmsg_set(
            &outcome->error, 0,
            "process %ld was killed but does not end: it hangs in the "
            "kernel, usually on a disk or file server that does not answer",
            (long)watch->job);
    }
}

bool watch_job(const struct launch *launch, const struct options *options,
               struct outcome *outcome) {
    int64_t now = clock_monotonic_ms();
    int64_t margin = soft_stop_margin_ms(options);
    int64_t limit = (int64_t)options->time_limit_seconds * 1000;
    struct watch watch = {
        .job = launch->pid,
        .launch = launch,
        .options = options,
        .announce_by = now + ANNOUNCE_PATIENCE_MS,
        .limit_at = limit > 0 ? now + limit : -1,
        .stop_at = margin >= 0 ? now + limit - margin : -1,
        .stopper = -1,
        .kill_pause_ms = FIRST_KILL_PAUSE_MS,
        .alone = true,
        .outcome = outcome,
    };
    wakeup_on_input(launch->report);
    while (reap(&watch)) {
        announce_in_time(&watch);
        advance(&watch);
        if (watch.phase == PHASE_GIVEN_UP) {
            note_survivors(&watch);
            break;
        }
        int number = wakeup_wait(time_to_wait(&watch));
        if ((number == SIGTERM || number == SIGINT) && !outcome->ran &&
            !outcome->timed_out) {
            outcome->cancelled = true;
        }
    }
    announce(&watch);
    outcome->cpu_ms = timeval_ms(watch.cpu);
    return watch.alone && outcome->survivors == 0;
}
