/* How fast jobs pass through: 2,000 of `true`, one core each, on all cores of this
 * machine. They wait behind jobs at a gate, so that what is measured begins with all of
 * them submitted and ends with the last one. Meanwhile a client pings.
 *
 * task-spooler goes in rounds of 500: it asks select() about a descriptor for each
 * waiting job, and that knows 1,024. Slurm has a node of the same cores, and fewer
 * jobs, because it takes so long; it is measured with its scheduler's parameters at
 * their defaults, and once more with the delay of batch jobs (3 s) taken out. */
#include "goal.h"
#include "jobs.h"
#include "sample.h"
#include "world.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/str.h"

#include <crystalmath/client.h>

#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    JOBS = 2000,
    SPOOLER_ROUND = 500,
    SLURM_JOBS = 20,
    SLURM_QUICK_JOBS = 100,
    PINGS_FOR_A_LOOK = 20,
    PING_EVERY_MS = 5,
    LOOK_EVERY_MS = 50,
};

static double report(const char *name, size_t jobs, uint64_t ns) {
    double rate = (double)jobs * 1e9 / (double)ns;
    (void)printf("  %-56s  %8zu  %8.2f s  %10.1f\n", name, jobs, (double)ns / 1e9,
                 rate);
    (void)fflush(stdout);
    return rate;
}

static void run(const char *program, const char *a, const char *b, const char *c) {
    char *argv[] = {(char *)program, (char *)a, (char *)b, (char *)c, NULL};
    (void)world_run(argv);
}

/* Processes that were left to us. */
static void reap(void) {
    while (waitpid(-1, NULL, WNOHANG) > 0) {
    }
}

static double drain_ours(const struct world *world, long *cores, struct sample *pings) {
    _cleanup_free_ char *script = NULL;
    _cleanup_close_ int gate = jobs_gate_new(world, &script);
    _cleanup_free_ char *blocker = jobs_command(world->folder, "sh", script);
    _cleanup_free_ char *job = jobs_command(world->folder, "true", NULL);
    struct cm_client *client = world_client();
    *cores = jobs_count(client).cores;
    jobs_submit(client, blocker, (size_t)*cores);
    jobs_await(client, *cores, 0);
    jobs_submit(client, job, JOBS);

    struct cm_client *other = world_client();
    struct jobs_count count;
    uint64_t begun = clock_monotonic_ns();
    jobs_gate_open(gate, (size_t)*cores);
    do {
        for (int i = 0; i < PINGS_FOR_A_LOOK; i++) {
            uint64_t took = 0;
            struct cm_error *error = NULL;
            if (cm_ping(other, &took, &error) != 0) {
                world_die("%s", cm_error_message(error));
            }
            sample_add(pings, took);
            jobs_pause_ms(PING_EVERY_MS);
        }
        count = jobs_count(client);
    } while (count.running + count.queued > 0);
    uint64_t took = clock_monotonic_ns() - begun;
    (void)cm_client_free(other);
    world_end_server(client);
    return report("crystalmath-server, meanwhile pinged 200 times a second", JOBS,
                  took);
}

/* What nobody can go below who runs them. */
static void drain_bare(long cores) {
    char *argv[] = {(char *)"/bin/true", NULL};
    char *env[] = {NULL};
    int started = 0;
    int ended = 0;
    reap();
    uint64_t begun = clock_monotonic_ns();
    while (ended < JOBS) {
        pid_t pid;
        for (; started < JOBS && started - ended < cores; started++) {
            if (posix_spawn(&pid, argv[0], NULL, NULL, argv, env) != 0) {
                world_die("%s does not run", argv[0]);
            }
        }
        ended += wait(NULL) > 0;
    }
    (void)report("floor: posix_spawn and wait, as many at once", JOBS,
                 clock_monotonic_ns() - begun);
}

/* With a server of its own, for the one before may still be about to end. */
static uint64_t spooler_round(const struct world *world, int round, const char *tsp,
                              int gate, const char *script, long cores) {
    char number[32];
    (void)snprintf(number, sizeof number, "tsp.%d", round);
    _cleanup_free_ char *socket = world_path(world, number);
    if (setenv("TS_SOCKET", socket, 1) < 0) {
        world_die("the environment cannot be set");
    }
    (void)snprintf(number, sizeof number, "%ld", cores);
    run(tsp, "-S", number, NULL);
    for (long i = 0; i < cores; i++) {
        run(tsp, "sh", "-c", script);
    }
    for (int i = 0; i < SPOOLER_ROUND; i++) {
        run(tsp, "true", NULL, NULL);
    }
    uint64_t begun = clock_monotonic_ns();
    jobs_gate_open(gate, (size_t)cores);
    /* Its numbers begin with 0; the last jobs may end in any order. */
    for (long i = 0; i < cores; i++) {
        (void)snprintf(number, sizeof number, "%ld", SPOOLER_ROUND + i);
        run(tsp, "-w", number, NULL);
    }
    uint64_t took = clock_monotonic_ns() - begun;
    run(tsp, "-K", NULL, NULL);
    reap();
    return took;
}

static double drain_spooler(const struct world *world, long cores) {
    const char *tsp = getenv("BENCH_TSP");
    if (!tsp) {
        return 0;
    }
    _cleanup_free_ char *script = NULL;
    _cleanup_close_ int gate = jobs_gate_new(world, &script);
    if (setenv("TMPDIR", world->folder, 1) < 0) {
        world_die("the environment cannot be set");
    }
    uint64_t took = 0;
    for (int i = 0; i < JOBS; i += SPOOLER_ROUND) {
        took += spooler_round(world, i, tsp, gate, script, cores);
    }
    return report("task-spooler, four times 500", JOBS, took);
}

/* Whether Slurm has no job any more. */
static bool slurm_is_done(void) {
    char line[64];
    FILE *jobs = popen("squeue -h -o %i", "re");
    if (!jobs) {
        world_die("squeue cannot be run");
    }
    bool any = fgets(line, sizeof line, jobs) != NULL;
    while (fgets(line, sizeof line, jobs)) {
    }
    if (pclose(jobs) != 0) {
        world_die("squeue failed");
    }
    return !any;
}

static void slurm_set(const char *state) {
    _cleanup_free_ char *command = NULL;
    if (str_printf(&command, "scontrol update PartitionName=bench State=%s", state) <
        0) {
        abort();
    }
    run("/bin/sh", "-c", command, NULL);
}

static double drain_slurm(const struct world *world, const char *name, int jobs,
                          const char *parameters) {
    const char *script = getenv("BENCH_SLURM");
    if (!script) {
        return 0;
    }
    _cleanup_free_ char *folder = world_path(world, "slurm");
    _cleanup_free_ char *conf = world_path(world, "slurm/slurm.conf");
    if (setenv("SLURM_CONF", conf, 1) < 0) {
        world_die("the environment cannot be set");
    }
    run(script, "start", folder, parameters);
    slurm_set("DOWN");
    for (int i = 0; i < jobs; i++) {
        run("/bin/sh", "-c", "exec sbatch -o /dev/null --wrap true", NULL);
    }
    uint64_t begun = clock_monotonic_ns();
    slurm_set("UP");
    while (!slurm_is_done()) {
        jobs_pause_ms(LOOK_EVERY_MS);
    }
    uint64_t took = clock_monotonic_ns() - begun;
    run(script, "stop", folder, NULL);
    reap();
    return report(name, (size_t)jobs, took);
}

int main(void) {
    struct world world = {0};
    _cleanup_sample_ struct sample pings = SAMPLE_NULL;
    long cores = 0;
    world_init(&world);
    world_unpin(&world);
    (void)printf("\n%-58s  %8s  %10s  %10s\n", "Jobs of `true`, on all cores", "jobs",
                 "time", "jobs/s");
    double ours = drain_ours(&world, &cores, &pings);
    drain_bare(cores);
    double spooler = drain_spooler(&world, cores);
    double slurm =
        drain_slurm(&world, "Slurm, its scheduler at its defaults", SLURM_JOBS, NULL);
    double quick = drain_slurm(&world, "Slurm, with batch_sched_delay=0",
                               SLURM_QUICK_JOBS, "batch_sched_delay=0");
    sample_print_head("Pings meanwhile");
    sample_print("crystalmath-server", &pings, &pings);
    if (spooler > 0) {
        goal_at_least("jobs a second, of task-spooler's", 2, ours / spooler);
    }
    if (slurm > 0) {
        goal_at_least("jobs a second, of Slurm's", 10, ours / slurm);
        goal_at_least("jobs a second, of Slurm's without its delay", 10, ours / quick);
    }
    goal_at_most("ping while jobs pass through, 99th percentile, ms", 5,
                 (double)sample_quantile(&pings, 0.99) / 1e6);
    world_deinit(&world);
    return 0;
}
