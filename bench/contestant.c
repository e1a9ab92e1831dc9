/* Each server is ready when a connection to it succeeds; that is polled, for nothing is
 * measured meanwhile. The epoll echo is told how many bytes a ping of ours has, so ours
 * is started first, though it is the second in the list. */
#include "contestant.h"

#include "world.h"

#include "base/cleanup.h"
#include "base/unix_socket.h"

#include <crystalmath/client.h>

#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>

enum {
    READY_TRIES = 1000,
    READY_PAUSE_NS = 10 * 1000 * 1000,
};

static bool can_connect(const char *socket) {
    _cleanup_close_ int fd = -1;
    return unix_socket_connect(socket, &fd) == 0;
}

static void wait_ready(const struct contestant *contestant) {
    for (int i = 0; i < READY_TRIES; i++) {
        if (can_connect(contestant->socket)) {
            return;
        }
        if (waitpid(contestant->pid, NULL, WNOHANG) == contestant->pid) {
            world_die("%s ended before it was ready", contestant->name);
        }
        struct timespec pause = {.tv_nsec = READY_PAUSE_NS};
        (void)nanosleep(&pause, NULL);
    }
    world_die("%s does not come up", contestant->name);
}

static void learn(struct contestant *contestant) {
    _cleanup_close_ int fd = wire_connect(contestant->socket);
    wire_learn(&contestant->wire, fd);
}

static void start_ours(struct contestants *contestants) {
    struct contestant *ours = &contestants->all[CONTESTANT_OURS];
    contestants->client = world_client();
    ours->name = "crystalmath-server";
    ours->socket = strdup(cm_client_socket_path(contestants->client));
    if (!ours->socket) {
        abort();
    }
    wire_json_rpc(&ours->wire, "system.ping");
    learn(ours);
}

static void start_echo(struct contestants *contestants, const struct world *world) {
    struct contestant *echo = &contestants->all[CONTESTANT_ECHO];
    echo->name = "epoll echo of the same bytes";
    echo->socket = world_path(world, "epoll.sock");
    echo->wire = contestants->all[CONTESTANT_OURS].wire;
    echo->wire.request_id = echo->wire.answer_id = 0;
    char request[32];
    char answer[32];
    (void)snprintf(request, sizeof request, "%zu", echo->wire.request_len);
    (void)snprintf(answer, sizeof answer, "%zu", echo->wire.answer_len);
    _cleanup_free_ char *program = world_program("epoll_echo");
    char *argv[] = {program, echo->socket, request, answer, NULL};
    echo->pid = world_spawn(argv);
    wait_ready(echo);
}

static void add(struct contestants *contestants, const char *name, char *socket_take,
                char *const argv[], const struct wire *wire) {
    struct contestant *added = &contestants->all[contestants->n++];
    *added = (struct contestant){.name = name, .socket = socket_take, .wire = *wire};
    added->pid = world_spawn(argv);
    wait_ready(added);
    learn(added);
}

static void start_redis(struct contestants *contestants, const struct world *world) {
    static const char ping[] = "*1\r\n$4\r\nPING\r\n";
    const char *program = getenv("BENCH_REDIS");
    if (!program) {
        return;
    }
    struct wire wire;
    wire_plain(&wire, ping, sizeof ping - 1);
    char *socket = world_path(world, "redis.sock");
    char *argv[] = {(char *)program, (char *)"--unixsocket",
                    socket,          (char *)"--port",
                    (char *)"0",     (char *)"--save",
                    (char *)"",      (char *)"--dir",
                    world->folder,   NULL};
    add(contestants, "redis, PING", socket, argv, &wire);
}

static void start_vscode(struct contestants *contestants, const struct world *world) {
    const char *node = getenv("BENCH_NODE");
    const char *script = getenv("BENCH_NODE_SERVER");
    if (!node || !script) {
        return;
    }
    struct wire wire;
    wire_json_rpc(&wire, "system.ping");
    char *socket = world_path(world, "node.sock");
    char *argv[] = {(char *)node, (char *)script, socket, NULL};
    add(contestants, "vscode-jsonrpc on node", socket, argv, &wire);
}

void contestants_start(struct contestants *contestants, const struct world *world) {
    *contestants = (struct contestants){.n = CONTESTANT_OURS + 1};
    start_ours(contestants);
    start_echo(contestants, world);
    start_redis(contestants, world);
    start_vscode(contestants, world);
}

void contestants_end(struct contestants *contestants) {
    for (size_t i = 0; i < contestants->n; i++) {
        struct contestant *contestant = &contestants->all[i];
        if (contestant->pid > 0) {
            (void)kill(contestant->pid, SIGTERM);
            (void)waitpid(contestant->pid, NULL, 0);
        }
        free(contestant->socket);
    }
    world_end_server(contestants->client);
}
