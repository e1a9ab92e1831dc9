/* A cluster for those who ask and those who listen. */
#pragma once

#include <jansson.h>

struct queue;
struct server;

/* A new value; NULL when memory runs out. */
json_t *cluster_json(const struct queue *queue);
/* Tell those who listen that it is there, or is not what it was. */
void cluster_tell(const struct server *server, const struct queue *queue);
void cluster_tell_removed(const struct server *server, const char *name);
