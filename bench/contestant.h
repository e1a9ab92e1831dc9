/* Who is measured: servers at Unix sockets, started and ended here, in the folder and
 * on the CPU of the world. Those that are not installed are left out, with a line that
 * says which and why. */
#pragma once

#include "wire.h"

#include <stddef.h>
#include <sys/types.h>

struct cm_client;
struct world;

enum { CONTESTANTS_MAX = 5 };

struct contestant {
    const char *name;
    char *socket; /* owned */
    pid_t pid;    /* 0: ours, ended through `client` */
    struct wire wire;
};

struct contestants {
    struct contestant all[CONTESTANTS_MAX]; /* first the epoll echo, then ours */
    size_t n;
    struct cm_client *client; /* of our server; owned */
};

enum { CONTESTANT_ECHO = 0, CONTESTANT_OURS = 1 };

void contestants_start(struct contestants *contestants, const struct world *world);
void contestants_end(struct contestants *contestants);
