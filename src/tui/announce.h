/* Desktop notifications: a terminal that understands them is asked to show one when a
 * job ends. */
#pragma once

#include "config/config.h"
#include "tui/summary.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum announce_way {
    ANNOUNCE_NOT,
    ANNOUNCE_OSC9,      /* ESC ] 9 ; text BEL */
    ANNOUNCE_OSC777,    /* ESC ] 777 ; notify ; title ; text BEL */
    ANNOUNCE_TMUX_OSC9, /* OSC 9 for the terminal around tmux */
};

enum { ANNOUNCE_SIZE = 640 };

struct announce {
    enum announce_way way;
    int64_t due; /* clock_monotonic_ms to tell what has gathered; INT64_MAX: nothing */
    size_t ended, failed, lost; /* since it was told last */
    char only[256];             /* words for the first of these, clean */
};

/* Which way the terminal that the environment tells of understands, by what the user
 * wants. */
enum announce_way announce_way(enum config_desktop wanted);

void announce_init(struct announce *announce, enum announce_way way);
/* A job has ended under our eyes. Those that end shortly after it are told with it. */
void announce_end(struct announce *announce, const struct summary *job, int64_t now);
/* The bytes for the terminal about all that has ended, once it is due; how many, 0 for
 * none. */
size_t announce_take(struct announce *announce, int64_t now, char out[ANNOUNCE_SIZE]);
