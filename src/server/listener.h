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

/* Take the path away, so that no new client finds us, and serve those who were waiting
 * already. True: nobody was. False: somebody was, and the socket is published again. */
bool listener_withdraw(struct listener *listener);

/* Stop listening; removes the path if it still is our socket. Asynchronous: run the
 * loop. */
void listener_close(struct listener *listener);
/* After the loop has ended. Accepts NULL, returns NULL. */
struct listener *listener_free(struct listener *listener);
