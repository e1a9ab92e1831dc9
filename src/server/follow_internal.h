/* Shared by follow.c (one file) and follower.c (when which of them is looked at). */
#pragma once

#include "base/platform.h"
#include "base/sorted.h"
#include "server/follow.h"

enum {
    FOLLOW_PIECE = 64 * 1024,
    FOLLOW_TAIL = 32,
};

/* What one watch is on, and who relies on it. */
struct watch {
    int number;
    struct follow *first; /* owned by those who made them */
};

struct follower {
    uv_loop_t *loop; /* borrowed */
    struct follow_pace pace;
    uv_poll_t news;   /* of watch_fd; stopped between two rounds */
    uv_timer_t round; /* active while a round is due */
    uv_timer_t poll;  /* active while there is somebody to be polled */
    int watch_fd;     /* -1: not opened yet, or there is none to be had */
    bool no_watches;
    struct sorted watches;               /* by number; owned */
    struct follow *due_first, *due_last; /* to be looked at, in this order */
    struct follow *polled;               /* linked by next_polled */
    struct follow *all;                  /* linked by next */
    int64_t rested_at; /* monotonic ms: when the last round ended … */
    int64_t rest_ms;   /* … and how long there is none after it */
    bool closing;
    char piece[FOLLOW_PIECE + FOLLOW_TAIL];
};

struct follow {
    struct follower *follower; /* borrowed */
    char *path;                /* owned */
    follow_fn fn;
    void *data;
    struct follow *next, *previous; /* in follower->all */

    struct watch *watch; /* on the file, or on the nearest folder that there is */
    struct follow *next_in_watch;
    const char *awaited; /* of the path: the name that is to appear there; NULL: none */
    size_t awaited_len;
    bool placed; /* `watch` or polling was seen to */
    bool polls;  /* stands in follower->polled */
    struct follow *next_polled;
    bool due; /* stands in follower->due_… */
    struct follow *next_due;
    bool busy, freed; /* in its fn; and freed there */

    bool there;                /* when it was placed: a regular file, … */
    struct platform_file home; /* … this one */
    struct platform_file file; /* what is being read; … */
    bool begun;                /* … nothing yet */
    int64_t offset;            /* of the next byte to be read */
    char tail[FOLLOW_TAIL];    /* the bytes before it */
    size_t n_tail;
};

/* ---- follow.c ---- */

/* Read what is new, up to `most` bytes. Whether there is more. It may be gone then. */
bool follow_turn(struct follow *follow, int64_t most);
/* Out of its watch and off the list of those that are polled. The watch that it was in,
 * or NULL. */
struct watch *follow_displace(struct follow *follow);

/* ---- follower.c ---- */

/* To be looked at in the next round. */
void follower_put_due(struct follower *follower, struct follow *follow);
/* Watch a path; NULL where that is not to be had: *why is a negative errno. */
struct watch *follower_watch(struct follower *follower, const char *path, bool folder,
                             int *why);
/* No longer, where nobody is in it. `watch` may be NULL. */
void follower_unwatch(struct follower *follower, struct watch *watch);
/* Look at it every now and then. */
void follower_poll(struct follower *follower, struct follow *follow);
/* It goes: out of everything. */
void follower_forget(struct follower *follower, struct follow *follow);
