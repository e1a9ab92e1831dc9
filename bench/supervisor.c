/* One job after the other, and several at once, through exec/ and the real supervisor,
 * without a server: what a job costs from local_start to the end that the FIFO tells.
 * The floor is what nobody can go below, `true` by posix_spawn alone. Half of what is
 * above it is the disk's: the start is on it before the job runs, and the end before
 * anybody hears of it. */
#include "goal.h"
#include "sample.h"
#include "world.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/str.h"
#include "exec/local.h"

#include <poll.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

enum {
    ROUNDS = 10,
    PER_ROUND = 50,
    AT_ONCE_MAX = 8,
};

static char *const command[] = {(char *)"/bin/true", NULL};

struct bench {
    struct world world;
    const char *supervisor;
    char *runs; /* owned */
    int64_t last_run;
    int at_once;
};

static int start_job(struct bench *bench) {
    _cleanup_free_ char *run_dir = NULL;
    if (str_printf(&run_dir, "%s/%lld", bench->runs, (long long)++bench->last_run) <
        0) {
        world_die("no memory");
    }
    char *env[] = {NULL};
    struct local_spec spec = {
        .run_dir = run_dir,
        .directory = run_dir,
        .argv = command,
        .env = env,
        .output = "output",
        .umask = 077,
        .supervisor_program = bench->supervisor,
    };
    struct errmsg msg = ERRMSG_NULL;
    int alive = -1;
    if (local_start(&spec, &alive, &msg) != 0) {
        world_die("%s", msg.text);
    }
    return alive;
}

/* Returns whether the supervisor is gone; the descriptor is closed then. */
static bool take_news(struct pollfd *job) {
    char byte;
    if (!job->revents || read(job->fd, &byte, 1) != 0) {
        return false;
    }
    (void)close(job->fd);
    return true;
}

static void run_jobs(struct bench *bench) {
    struct pollfd jobs[AT_ONCE_MAX];
    int running = 0;
    for (int started = 0; started < PER_ROUND || running > 0;) {
        while (started < PER_ROUND && running < bench->at_once) {
            jobs[running++] = (struct pollfd){.fd = start_job(bench), .events = POLLIN};
            started++;
        }
        (void)poll(jobs, (nfds_t)running, -1);
        for (int i = running - 1; i >= 0; i--) {
            if (take_news(&jobs[i])) {
                jobs[i] = jobs[--running];
            }
        }
    }
}

static void run_bare(struct bench *bench) {
    char *env[] = {NULL};
    int running = 0;
    for (int started = 0; started < PER_ROUND || running > 0;) {
        pid_t pid;
        for (; started < PER_ROUND && running < bench->at_once; started++) {
            if (posix_spawn(&pid, command[0], NULL, NULL, command, env) != 0) {
                world_die("%s does not run", command[0]);
            }
            running++;
        }
        if (wait(NULL) > 0) {
            running--;
        }
    }
}

static uint64_t time_of(void (*round)(struct bench *bench), struct bench *bench) {
    uint64_t begun = clock_monotonic_ns();
    round(bench);
    return (clock_monotonic_ns() - begun) * SAMPLE_PARTS / PER_ROUND;
}

/* As world_init made us a subreaper, supervisors become our children when they have
 * detached themselves. */
static void bury(void) {
    while (wait(NULL) > 0) {
    }
}

static void measure(struct bench *bench, int at_once) {
    _cleanup_sample_ struct sample floor = SAMPLE_NULL;
    _cleanup_sample_ struct sample jobs = SAMPLE_NULL;
    bench->at_once = at_once;
    for (int round = -1; round < ROUNDS; round++) {
        uint64_t bare = time_of(run_bare, bench);
        uint64_t ours = time_of(run_jobs, bench);
        bury();
        if (round >= 0) {
            sample_add(&floor, bare);
            sample_add(&jobs, ours);
        }
    }
    char title[64];
    (void)snprintf(title, sizeof title, "Jobs of `true` without a server, %d at once",
                   at_once);
    sample_print_rate_head(title);
    sample_print_rate("floor: posix_spawn and wait", &floor, &floor);
    sample_print_rate("local_start to the end that the FIFO tells", &jobs, &floor);
}

int main(void) {
    static const int at_once[] = {1, 2, AT_ONCE_MAX};
    struct bench bench = {.supervisor = getenv("CRYSTALMATH_SUPERVISOR")};
    world_init(&bench.world);
    world_unpin(&bench.world);
    if (!bench.supervisor) {
        world_die("CRYSTALMATH_SUPERVISOR must name the program to measure");
    }
    bench.runs = world_path(&bench.world, "runs");
    for (size_t i = 0; i < sizeof at_once / sizeof at_once[0]; i++) {
        measure(&bench, at_once[i]);
    }
    free(bench.runs);
    world_deinit(&bench.world);
    return 0;
}
