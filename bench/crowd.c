/* Many clients at once: 500 connections, each with one request in flight, all held by
 * one process that waits with epoll. Each round lasts a fixed time, and the contestants
 * take turns; the connections of those whose turn it is not are at rest. */
#include "contestant.h"
#include "goal.h"
#include "sample.h"
#include "world.h"

#include "base/cleanup.h"
#include "base/clock.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

enum {
    CONNECTIONS = 500,
    ROUNDS = 60,
    WARM_UP = 3,
    ROUND_NS = 40 * 1000 * 1000,
};

struct client {
    int fd;
    unsigned id;
    size_t have; /* bytes of the answer */
    char answer[WIRE_MAX];
};

struct crowd {
    const struct wire *wire;
    int epoll;
    size_t waiting;
    struct client clients[CONNECTIONS];
};

static void crowd_open(struct crowd *crowd, const struct contestant *contestant) {
    crowd->wire = &contestant->wire;
    crowd->epoll = epoll_create1(EPOLL_CLOEXEC);
    for (size_t i = 0; i < CONNECTIONS; i++) {
        struct client *client = &crowd->clients[i];
        struct epoll_event event = {.events = EPOLLIN | EPOLLET, .data.ptr = client};
        client->fd = wire_connect(contestant->socket);
        client->id = WIRE_ID_FIRST + (unsigned)i;
        if (epoll_ctl(crowd->epoll, EPOLL_CTL_ADD, client->fd, &event) < 0) {
            world_die("no epoll: %s", strerror(errno));
        }
    }
}

static void crowd_close(struct crowd *crowd) {
    for (size_t i = 0; i < CONNECTIONS; i++) {
        (void)close(crowd->clients[i].fd);
    }
    (void)close(crowd->epoll);
}

static void ask(struct crowd *crowd, struct client *client) {
    char bytes[WIRE_MAX];
    client->id = wire_next_id(client->id);
    client->have = 0;
    wire_put(crowd->wire, bytes, client->id);
    if (send(client->fd, bytes, crowd->wire->request_len, MSG_NOSIGNAL) < 0) {
        world_die("a request cannot be sent: %s", strerror(errno));
    }
    crowd->waiting++;
}

/* Whether the answer is whole now. */
static bool take(struct crowd *crowd, struct client *client) {
    ssize_t got = recv(client->fd, client->answer + client->have,
                       sizeof client->answer - client->have, 0);
    if (got <= 0) {
        world_die("a server ended a connection");
    }
    client->have += (size_t)got;
    if (client->have < crowd->wire->answer_len) {
        return false;
    }
    wire_check(crowd->wire, client->answer, client->id);
    crowd->waiting--;
    return true;
}

/* Nanoseconds for one answer. */
static uint64_t crowd_round(struct crowd *crowd) {
    uint64_t begun = clock_monotonic_ns();
    uint64_t end = begun + ROUND_NS;
    size_t answers = 0;
    for (size_t i = 0; i < CONNECTIONS; i++) {
        ask(crowd, &crowd->clients[i]);
    }
    while (crowd->waiting > 0) {
        struct epoll_event events[CONNECTIONS];
        int n = epoll_wait(crowd->epoll, events, CONNECTIONS, -1);
        bool more = clock_monotonic_ns() < end;
        for (int i = 0; i < n; i++) {
            struct client *client = events[i].data.ptr;
            if (take(crowd, client)) {
                answers++;
                if (more) {
                    ask(crowd, client);
                }
            }
        }
    }
    return (clock_monotonic_ns() - begun) * SAMPLE_PARTS / answers;
}

int main(void) {
    struct world world = {0};
    struct contestants contestants;
    world_init(&world);
    contestants_start(&contestants, &world);
    world_raise_descriptors(); /* not earlier: servers see to their own */
    static struct crowd crowds[CONTESTANTS_MAX];
    struct sample samples[CONTESTANTS_MAX] = {0};
    for (size_t i = 0; i < contestants.n; i++) {
        crowd_open(&crowds[i], &contestants.all[i]);
    }
    for (int round = -WARM_UP; round < ROUNDS; round++) {
        for (size_t i = 0; i < contestants.n; i++) {
            uint64_t took = crowd_round(&crowds[i]);
            if (round >= 0) {
                sample_add(&samples[i], took);
            }
        }
    }

    char title[96];
    (void)snprintf(title, sizeof title, "%d connections, one request in flight on each",
                   CONNECTIONS);
    sample_print_rate_head(title);
    for (size_t i = 0; i < contestants.n; i++) {
        sample_print_rate(contestants.all[i].name, &samples[i],
                          &samples[CONTESTANT_ECHO]);
    }
    goal_at_least("500 connections, answers a second", 150000,
                  sample_rate(&samples[CONTESTANT_OURS], 0.5));
    for (size_t i = 0; i < contestants.n; i++) {
        crowd_close(&crowds[i]);
        sample_deinit(&samples[i]);
    }
    contestants_end(&contestants);
    world_deinit(&world);
    return 0;
}
