/* The warm round trip: system.ping through the server's dispatch, once by bytes that
 * were prepared and once through libcrystalmath, so that the server's cost and the
 * library's are told apart. The floor is a blocking echo of the same bytes between two
 * processes. All run on one CPU and take turns, so that whatever else the machine does
 * hits them alike. */
#include "contestant.h"
#include "floor.h"
#include "goal.h"
#include "sample.h"
#include "world.h"

#include "base/cleanup.h"
#include "base/clock.h"

#include <crystalmath/client.h>

#include <sys/socket.h>
#include <sys/wait.h>

enum {
    ROUNDS = 50,
    PER_ROUND = 400,
    WARM_UP = 3,
};

static uint64_t ping_once(struct cm_client *client) {
    uint64_t took = 0;
    struct cm_error *error = NULL;
    if (cm_ping(client, &took, &error) != 0) {
        world_die("%s", cm_error_message(error));
    }
    return took;
}

static pid_t fork_echo(struct floor_sizes sizes, int *fd) {
    int ends[2] = {-1, -1};
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0) {
        world_die("no socket pair");
    }
    pid_t pid = fork();
    if (pid < 0) {
        world_die("no process for the echo");
    }
    (void)close(ends[pid == 0 ? 0 : 1]);
    if (pid == 0) {
        floor_answer(ends[1], sizes);
        _exit(0);
    }
    *fd = ends[0];
    return pid;
}

static uint64_t exchange_once(const struct wire *wire, int fd) {
    uint64_t begun = clock_monotonic_ns();
    wire_exchange(wire, fd, WIRE_ID_FIRST);
    return clock_monotonic_ns() - begun;
}

struct bench {
    struct contestants contestants;
    int fds[CONTESTANTS_MAX];
    int echo; /* the floor */
    struct sample floor;
    struct sample raw[CONTESTANTS_MAX];
    struct sample with_library;
};

static void measure(struct bench *bench) {
    const struct contestants *contestants = &bench->contestants;
    const struct wire *plain = &contestants->all[CONTESTANT_ECHO].wire;
    for (int round = -WARM_UP; round < ROUNDS; round++) {
        bool keep = round >= 0;
        for (int k = 0; k < PER_ROUND; k++) {
            uint64_t took = exchange_once(plain, bench->echo);
            if (keep) {
                sample_add(&bench->floor, took);
            }
        }
        for (size_t i = 0; i < contestants->n; i++) {
            for (int k = 0; k < PER_ROUND; k++) {
                uint64_t took = exchange_once(&contestants->all[i].wire, bench->fds[i]);
                if (keep) {
                    sample_add(&bench->raw[i], took);
                }
            }
        }
        for (int k = 0; k < PER_ROUND; k++) {
            uint64_t took = ping_once(contestants->client);
            if (keep) {
                sample_add(&bench->with_library, took);
            }
        }
    }
}

static void report(struct bench *bench, int cpu, struct floor_sizes sizes) {
    char title[128];
    (void)snprintf(title, sizeof title, "Ping, server running (%zu times, CPU %d)",
                   bench->with_library.n, cpu);
    sample_print_head(title);
    (void)snprintf(title, sizeof title,
                   "floor: blocking echo, %zu bytes there, %zu back", sizes.request,
                   sizes.answer);
    sample_print(title, &bench->floor, &bench->floor);
    for (size_t i = 0; i < bench->contestants.n; i++) {
        sample_print(bench->contestants.all[i].name, &bench->raw[i], &bench->floor);
    }
    sample_print("crystalmath-server through libcrystalmath", &bench->with_library,
                 &bench->floor);
    goal_at_most("ping through the library, median, of the floor's", 1.3,
                 sample_ratio(&bench->with_library, &bench->floor, 0.5));
    goal_at_most("ping through the library, 99th percentile", 2,
                 sample_ratio(&bench->with_library, &bench->floor, 0.99));
}

int main(void) {
    struct world world = {0};
    struct bench bench = {0};
    world_init(&world);
    contestants_start(&bench.contestants, &world);
    const struct wire *ours = &bench.contestants.all[CONTESTANT_OURS].wire;
    struct floor_sizes sizes = {ours->request_len, ours->answer_len};
    pid_t echo = fork_echo(sizes, &bench.echo);
    for (size_t i = 0; i < bench.contestants.n; i++) {
        bench.fds[i] = wire_connect(bench.contestants.all[i].socket);
    }
    measure(&bench);
    report(&bench, world.cpu, sizes);

    (void)close(bench.echo);
    (void)waitpid(echo, NULL, 0);
    for (size_t i = 0; i < bench.contestants.n; i++) {
        (void)close(bench.fds[i]);
        sample_deinit(&bench.raw[i]);
    }
    sample_deinit(&bench.floor);
    sample_deinit(&bench.with_library);
    contestants_end(&bench.contestants);
    world_deinit(&world);
    return 0;
}
