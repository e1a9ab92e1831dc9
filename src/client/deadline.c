/* Waiting. Nothing here keeps state of its own; the jitter comes from the clock and the
 * pid, which is random enough to part competing processes. */
#include "client/deadline.h"

#include "base/clock.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <time.h>
#include <unistd.h>

int deadline_left(int64_t deadline_ms) {
    int64_t left = deadline_ms - clock_monotonic_ms();
    if (left < 0) {
        return 0;
    }
    return left > INT_MAX ? INT_MAX : (int)left;
}

int deadline_poll(int fd, short events, int64_t deadline_ms) {
    for (;;) {
        struct pollfd one = {.fd = fd, .events = events};
        int n = poll(&one, 1, deadline_left(deadline_ms));
        if (n > 0) {
            return 1;
        }
        if (n < 0 && errno != EINTR) {
            return -errno;
        }
        if (n == 0 && deadline_left(deadline_ms) == 0) {
            return 0;
        }
    }
}

void pause_for_us(int64_t us) {
    struct timespec pause = {
        .tv_sec = (time_t)(us / 1000000),
        .tv_nsec = (long)(us % 1000000) * 1000,
    };
    while (nanosleep(&pause, &pause) < 0 && errno == EINTR) {
    }
}

/* A number in [0, below). The constants are those of the SplitMix64 generator. */
static int64_t roll(int64_t below) {
    uint64_t x = clock_monotonic_ns() ^ ((uint64_t)getpid() << 32);
    x += UINT64_C(0x9E3779B97F4A7C15);
    x = (x ^ (x >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94D049BB133111EB);
    return (int64_t)((x ^ (x >> 31)) % (uint64_t)below);
}

bool backoff_wait(struct backoff *backoff, int64_t deadline_ms) {
    int64_t left_us = (int64_t)deadline_left(deadline_ms) * 1000;
    if (left_us == 0) {
        return false;
    }
    int64_t half_us = (int64_t)backoff->pause_ms * 500;
    int64_t us = half_us + roll(half_us + 1);
    pause_for_us(us < left_us ? us : left_us);
    int doubled = backoff->pause_ms * 2;
    backoff->pause_ms = doubled < backoff->most_ms ? doubled : backoff->most_ms;
    return true;
}
