/* Deadlines on the monotonic clock, and the pauses of those who try again. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* Milliseconds until a deadline, at least 0, as poll(2) takes them. */
int deadline_left(int64_t deadline_ms);

/* Poll one descriptor until the deadline, again after signals.
 * 1 ready, 0 the deadline has passed, or a negative errno. */
int deadline_poll(int fd, short events, int64_t deadline_ms);

struct backoff {
    int pause_ms; /* the next pause, before jitter */
    int most_ms;
};

/* Sleep the next pause, cut at the deadline: between a half and the whole of it at
 * random, so that those who lost a race together do not return together. The next one
 * is twice as long. False, without sleeping, when the deadline has passed. */
bool backoff_wait(struct backoff *backoff, int64_t deadline_ms);

void pause_for_us(int64_t us);
