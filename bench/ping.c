/* The warm round trip: system.ping through libcrystalmath and the server's dispatch,
 * beside a plain blocking echo of the same bytes between two processes. Both ends of
 * both run on one CPU, and the two are measured in turns, so that whatever else the
 * machine does hits them alike. */
#include "floor.h"
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
    WARM_UP = 2000,
};

static uint64_t ping_once(struct cm_client *client) {
    uint64_t took = 0;
    struct cm_error *error = NULL;
    if (cm_ping(client, &took, &error) != 0) {
        world_die("%s", cm_error_message(error));
    }
    return took;
}

static uint64_t echo_once(int fd, struct floor_sizes sizes) {
    uint64_t begun = clock_monotonic_ns();
    floor_exchange(fd, sizes);
    return clock_monotonic_ns() - begun;
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

static void measure(struct cm_client *client, int echo, struct floor_sizes sizes,
                    struct sample *pings, struct sample *echoes) {
    for (int i = 0; i < WARM_UP; i++) {
        (void)ping_once(client);
        (void)echo_once(echo, sizes);
    }
    for (int round = 0; round < ROUNDS; round++) {
        for (int i = 0; i < PER_ROUND; i++) {
            sample_add(pings, ping_once(client));
        }
        for (int i = 0; i < PER_ROUND; i++) {
            sample_add(echoes, echo_once(echo, sizes));
        }
    }
}

int main(void) {
    struct world world = {0};
    world_init(&world);
    struct cm_client *client = world_client();
    struct floor_sizes sizes = floor_measure(cm_client_socket_path(client));
    int echo = -1;
    pid_t echo_pid = fork_echo(sizes, &echo);
    _cleanup_sample_ struct sample pings = SAMPLE_NULL;
    _cleanup_sample_ struct sample echoes = SAMPLE_NULL;
    measure(client, echo, sizes, &pings, &echoes);

    char title[128];
    (void)snprintf(title, sizeof title,
                   "Ping, server running (%zu round trips, CPU %d)", pings.n,
                   world.cpu);
    sample_print_head(title);
    sample_print("system.ping through libcrystalmath", &pings);
    (void)snprintf(title, sizeof title,
                   "plain echo of the same bytes (%zu there, %zu back)", sizes.request,
                   sizes.answer);
    sample_print(title, &echoes);
    sample_print_ratio(&pings, &echoes);

    (void)close(echo);
    (void)waitpid(echo_pid, NULL, 0);
    world_end_server(client);
    world_deinit(&world);
    return 0;
}
