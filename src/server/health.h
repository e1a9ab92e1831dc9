/* What a server can tell about its surroundings. */
#pragma once

#include <jansson.h>

struct server;

/* Add to `object`: host, state_filesystem, state_shared, socket_given, and problems, a
 * list of sentences, each with what to do. 0 or -ENOMEM. */
int health_tell(const struct server *server, json_t *object);

/* What a person should know from the log: written once, at the start. */
void health_log(const struct server *server);
