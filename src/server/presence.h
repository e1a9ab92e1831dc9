/* Staying where clients look: the server's watch over its own socket. */
#pragma once

#include "base/cleanup.h"

struct presence;
struct server;

/* Watch the socket of the server's listener. 0 or a negative errno. */
int presence_new(struct presence **out, struct server *server);
/* What keeps clients from finding us, as a sentence with what to do; NULL: nothing. */
const char *presence_problem(const struct presence *presence);

/* Asynchronous: run the loop. Accepts NULL. */
void presence_close(struct presence *presence);
/* After the loop has ended. Accepts NULL, returns NULL. */
struct presence *presence_free(struct presence *presence);
