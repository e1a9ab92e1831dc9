/* What a submission costs: one after the other, beside an append and an fsync in the
 * folder that holds the database; and 10,000 through one connection. All of it on one
 * CPU. The jobs wait, so that nothing but their submission is measured. */
#include "goal.h"
#include "jobs.h"
#include "sample.h"
#include "world.h"

#include "base/cleanup.h"
#include "base/clock.h"

#include <crystalmath/client.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum {
    WARM_UP = 20,
    SINGLE = 500,
    MANY = 10000,
    WRITTEN = 4096, /* bytes, as much as the least that a database writes */
};

static uint64_t fsync_once(int fd) {
    static const char bytes[WRITTEN];
    uint64_t begun = clock_monotonic_ns();
    if (write(fd, bytes, sizeof bytes) != (ssize_t)sizeof bytes || fsync(fd) < 0) {
        world_die("a file cannot be written: %s", strerror(errno));
    }
    return clock_monotonic_ns() - begun;
}

static void measure_single(const struct world *world, struct cm_client *client,
                           const char *job) {
    _cleanup_sample_ struct sample ours = SAMPLE_NULL;
    _cleanup_sample_ struct sample floor = SAMPLE_NULL;
    _cleanup_free_ char *path = world_path(world, "fsync");
    _cleanup_close_ int fd =
        open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    for (int i = 0; i < WARM_UP + SINGLE; i++) {
        uint64_t least = fsync_once(fd);
        uint64_t begun = clock_monotonic_ns();
        jobs_submit_one(client, job);
        uint64_t took = clock_monotonic_ns() - begun;
        if (i >= WARM_UP) {
            sample_add(&floor, least);
            sample_add(&ours, took);
        }
    }
    sample_print_head("One submission");
    sample_print("floor: append 4 KiB, fsync", &floor, &floor);
    sample_print("jobs.submit", &ours, &floor);
    goal_at_most("one submission, median, in fsyncs", 2,
                 sample_ratio(&ours, &floor, 0.5));
}

static void measure_many(struct cm_client *client, const char *job) {
    uint64_t begun = clock_monotonic_ns();
    jobs_submit(client, job, MANY);
    uint64_t took = clock_monotonic_ns() - begun;
    double rate = MANY * 1e9 / (double)took;
    (void)printf("\n%d submissions through one connection\n  %.2f s, %.0f a second\n",
                 MANY, (double)took / 1e9, rate);
    goal_at_least("submissions through one connection, a second", 5000, rate);
}

int main(void) {
    struct world world = {0};
    _cleanup_free_ char *script = NULL;
    world_init(&world);
    _cleanup_close_ int gate = jobs_gate_new(&world, &script);
    _cleanup_free_ char *blocker = jobs_command(world.folder, "sh", script);
    _cleanup_free_ char *job = jobs_command(world.folder, "true", NULL);
    struct cm_client *client = world_client();
    long cores = jobs_count(client).cores;
    jobs_submit(client, blocker, (size_t)cores);
    jobs_await(client, cores, 0);
    measure_single(&world, client, job);
    measure_many(client, job);
    jobs_leave(client, gate, (size_t)cores);
    world_deinit(&world);
    return 0;
}
