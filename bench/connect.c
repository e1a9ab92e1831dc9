/* A client that comes for one question: connect, ping, close. The contestants take
 * turns. What a server has to do after the close is paid by the next one's wait. */
#include "contestant.h"
#include "goal.h"
#include "sample.h"
#include "world.h"

#include "base/cleanup.h"
#include "base/clock.h"

#include <stdio.h>

enum {
    ROUNDS = 50,
    PER_ROUND = 100,
    WARM_UP = 2,
};

static uint64_t visit(const struct contestant *contestant) {
    uint64_t begun = clock_monotonic_ns();
    int fd = wire_connect(contestant->socket);
    wire_exchange(&contestant->wire, fd, WIRE_ID_FIRST);
    (void)close(fd);
    return clock_monotonic_ns() - begun;
}

int main(void) {
    struct world world = {0};
    struct contestants contestants;
    world_init(&world);
    contestants_start(&contestants, &world);
    struct sample samples[CONTESTANTS_MAX] = {0};
    for (int round = -WARM_UP; round < ROUNDS; round++) {
        for (size_t i = 0; i < contestants.n; i++) {
            for (int k = 0; k < PER_ROUND; k++) {
                uint64_t took = visit(&contestants.all[i]);
                if (round >= 0) {
                    sample_add(&samples[i], took);
                }
            }
        }
    }

    struct sample *floor = &samples[CONTESTANT_ECHO];
    sample_print_head("Connect, ping, close");
    for (size_t i = 0; i < contestants.n; i++) {
        sample_print(contestants.all[i].name, &samples[i], floor);
    }
    goal_at_most("connect, ping, close, median, of the epoll echo's", 1.3,
                 sample_ratio(&samples[CONTESTANT_OURS], floor, 0.5));
    for (size_t i = 0; i < contestants.n; i++) {
        sample_deinit(&samples[i]);
    }
    contestants_end(&contestants);
    world_deinit(&world);
    return 0;
}
