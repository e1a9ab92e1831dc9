/* The cold start: nothing runs, and the time is taken until the first ping's answer is
 * there. Beside it a plain client that starts a plain server: spawn, bind, readiness
 * pipe, one echo. The command `crystalmath ping` is measured the same two ways, warm
 * and cold, beside the plain client as a command. */
#include "floor.h"
#include "goal.h"
#include "sample.h"
#include "wire.h"
#include "world.h"

#include "base/cleanup.h"
#include "base/clock.h"

#include <crystalmath/client.h>

#include <stdbool.h>

enum {
    COLD = 40,
    WARM_COMMANDS = 200,
};

struct bench {
    struct world world;
    struct floor_sizes sizes;
    const char *crystalmath;  /* the command */
    const char *floor_client; /* that of the floor */
    const char *floor_server;
    char *floor_socket; /* owned */
};

static uint64_t cold_start(void) {
    uint64_t begun = clock_monotonic_ns();
    struct cm_client *client = world_client();
    struct cm_error *error = NULL;
    if (cm_ping(client, NULL, &error) != 0) {
        world_die("%s", cm_error_message(error));
    }
    uint64_t took = clock_monotonic_ns() - begun;
    world_end_server(client);
    return took;
}

static uint64_t cold_floor(const struct bench *bench) {
    uint64_t begun = clock_monotonic_ns();
    int fd =
        floor_connect_or_start(bench->floor_socket, bench->floor_server, bench->sizes);
    floor_exchange(fd, bench->sizes);
    uint64_t took = clock_monotonic_ns() - begun;
    floor_end_server(fd, bench->floor_socket);
    return took;
}

static uint64_t run_ping(const struct bench *bench) {
    char *argv[] = {(char *)bench->crystalmath, (char *)"ping", NULL};
    return world_run(argv);
}

static uint64_t run_floor(const struct bench *bench) {
    char request[32];
    char answer[32];
    (void)snprintf(request, sizeof request, "%zu", bench->sizes.request);
    (void)snprintf(answer, sizeof answer, "%zu", bench->sizes.answer);
    char *argv[] = {(char *)bench->floor_client,
                    bench->floor_socket,
                    (char *)bench->floor_server,
                    request,
                    answer,
                    NULL};
    return world_run(argv);
}

static void end_floor(const struct bench *bench) {
    floor_end_server(
        floor_connect_or_start(bench->floor_socket, bench->floor_server, bench->sizes),
        bench->floor_socket);
}

static void bench_cold_start(const struct bench *bench, bool first_ever) {
    _cleanup_sample_ struct sample ours = SAMPLE_NULL;
    _cleanup_sample_ struct sample floor = SAMPLE_NULL;
    for (int i = 0; i < COLD; i++) {
        if (first_ever) {
            world_forget(&bench->world);
        }
        sample_add(&ours, cold_start());
        sample_add(&floor, cold_floor(bench));
    }
    char title[128];
    (void)snprintf(title, sizeof title, "Cold start, %s (%d times)",
                   first_ever ? "the first ever" : "the database is there", COLD);
    sample_print_head(title);
    sample_print("floor: plain client that starts a plain server", &floor, &floor);
    sample_print("cm_client_connect_or_start and the first ping", &ours, &floor);
}

static void bench_cold_command(const struct bench *bench) {
    _cleanup_sample_ struct sample ours = SAMPLE_NULL;
    _cleanup_sample_ struct sample floor = SAMPLE_NULL;
    for (int i = 0; i < COLD; i++) {
        sample_add(&ours, run_ping(bench));
        world_end_server(world_client());
        sample_add(&floor, run_floor(bench));
        end_floor(bench);
    }
    char title[128];
    (void)snprintf(title, sizeof title, "Command, nothing running (%d times)", COLD);
    sample_print_head(title);
    sample_print("floor: plain client as a command", &floor, &floor);
    sample_print("crystalmath ping", &ours, &floor);
    goal_at_most("crystalmath ping, nothing running, median", 3,
                 sample_ratio(&ours, &floor, 0.5));
}

static void bench_warm_command(const struct bench *bench) {
    _cleanup_sample_ struct sample ours = SAMPLE_NULL;
    _cleanup_sample_ struct sample floor = SAMPLE_NULL;
    (void)run_ping(bench);
    (void)run_floor(bench);
    for (int i = 0; i < WARM_COMMANDS; i++) {
        sample_add(&ours, run_ping(bench));
        sample_add(&floor, run_floor(bench));
    }
    char title[128];
    (void)snprintf(title, sizeof title, "Command, server running (%d times)",
                   WARM_COMMANDS);
    sample_print_head(title);
    sample_print("floor: plain client as a command", &floor, &floor);
    sample_print("crystalmath ping", &ours, &floor);
    goal_at_most("crystalmath ping, server running, median", 2,
                 sample_ratio(&ours, &floor, 0.5));
    world_end_server(world_client());
    end_floor(bench);
}

/* How many bytes a ping is, each way. */
static struct floor_sizes measure_ping(const char *socket_path) {
    struct wire wire;
    wire_json_rpc(&wire, "system.ping");
    _cleanup_close_ int fd = wire_connect(socket_path);
    wire_learn(&wire, fd);
    return (struct floor_sizes){wire.request_len, wire.answer_len};
}

int main(int argc, char **argv) {
    if (argc != 4) {
        world_die("usage: %s CRYSTALMATH FLOOR-CLIENT FLOOR-SERVER", argv[0]);
    }
    struct bench bench = {
        .crystalmath = argv[1], .floor_client = argv[2], .floor_server = argv[3]};
    world_init(&bench.world);
    bench.floor_socket = world_path(&bench.world, "floor.sock");
    struct cm_client *client = world_client();
    bench.sizes = measure_ping(cm_client_socket_path(client));
    world_end_server(client);

    bench_cold_start(&bench, false);
    bench_cold_start(&bench, true);
    bench_warm_command(&bench);
    bench_cold_command(&bench);
    free(bench.floor_socket);
    world_deinit(&bench.world);
    return 0;
}
