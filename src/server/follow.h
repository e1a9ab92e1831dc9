/* Follow files as they grow, many at once: one follower for a loop, one follow for each
 * file that somebody reads. */
#pragma once

#include "base/cleanup.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

struct follower;
struct follow;

/* How a follower spends its time. */
struct follow_pace {
    int64_t gather_ms; /* between two rounds, at least */
    int64_t rest;      /* … and so many times what the last round took, … */
    int64_t rest_behind; /* … or so many where a file is read slower than it grows, … */
    int64_t poll_ms;     /* … but never longer than this. So often is looked at a file
                          * that tells nothing by itself */
    int64_t round_ns;   /* a round ends when it took so long */
    int64_t turn_bytes; /* what is read of one file in a round */
    bool poll_all;      /* as on a system without watches */
};

/* What the server does: at most a thirtieth of a core for any number of files. */
extern const struct follow_pace follow_pace_usual;

/* 0 or -ENOMEM. */
int follower_new(struct follower **out, uv_loop_t *loop,
                 const struct follow_pace *pace);
/* Its handles close in the next turn of the loop; no follow may be left. */
void follower_close(struct follower *follower);
/* After that. Accepts NULL, returns NULL. */
struct follower *follower_free(struct follower *follower);

/* New bytes of the file, from this offset on. When the file was cut, replaced or
 * written anew, reading begins again: the first call after that has `again` set, with
 * offset 0 and no bytes. The follow may be freed from within. */
typedef void (*follow_fn)(const char *bytes, size_t n, int64_t offset, bool again,
                          void *data);

enum { FOLLOW_FROM_END = -1 };

/* Begin at an offset, or at the file's present end. The file need not be there yet, and
 * an offset behind its end waits until it has grown so far. Nothing is read before the
 * loop runs or follow_read is called. 0 or -ENOMEM. */
int follow_new(struct follow **out, struct follower *follower, const char *path,
               int64_t offset, follow_fn fn, void *data);
/* Stops at once. Accepts NULL, returns NULL. */
struct follow *follow_free(struct follow *follow);

/* Read to the present end, now. */
void follow_read(struct follow *follow);
/* The same, but not more than so many bytes. Whether that was all. */
bool follow_read_some(struct follow *follow, int64_t most);
