/* The listening socket: published by rename, so that its path never names a socket that
 * nobody listens to while a server is coming up. */
#pragma once

#include "base/cleanup.h"
#include "base/errmsg.h"

#include <stdbool.h>

struct listener;
struct server;

/* Bind, listen, publish, accept. The caller holds the claim. 0 or a negative errno with
 * `msg`. */
int listener_new(struct listener **out, struct server *server, const char *path,
                 struct errmsg *msg);
/* Accept from a descriptor that listens at `path` already and was given to us by
 * somebody who looks after that path; the descriptor is the listener's from now on. */
int listener_new_given(struct listener **out, struct server *server, int fd,
                       const char *path, struct errmsg *msg);

const char *listener_path(const struct listener *listener);
/* Whether somebody else looks after the path. */
bool listener_is_given(const struct listener *listener);
/* Whether our socket lies at the path: clients find us. */
bool listener_is_there(const struct listener *listener);

/* Listen with a new socket, at this path or another one, and no longer with the old
 * one, whose waiting clients are served. The caller holds the claim for the path. 0 or
 * a negative errno with `msg`, all being as before. */
int listener_move(struct listener *listener, const char *path, struct errmsg *msg);

/* Take the path away, so that no new client finds us, and serve those who were waiting
 * already. True: nobody was. False: somebody was, and the socket is published again. */
bool listener_withdraw(struct listener *listener);

/* Stop listening; removes the path if it still is our socket. Asynchronous: run the
 * loop. */
void listener_close(struct listener *listener);
/* After the loop has ended. Accepts NULL, returns NULL. */
struct listener *listener_free(struct listener *listener);
