/* The clusters that jobs can be sent to: those that people have described, and this
 * machine's own Slurm where it has one. */
#pragma once

#include "base/errmsg.h"

#include <stddef.h>

struct cluster;
struct clusters;
struct queue;
struct server;

/* What this machine's own Slurm is called, where nobody has described one. */
#define CLUSTERS_OWN "slurm"

/* Those of the store. 0 or a negative errno. */
int clusters_new(struct clusters **out, struct server *server);
/* Behind the engine's end; then the loop has to run on until it is empty. */
void clusters_close(struct clusters *clusters);
struct clusters *clusters_free(struct clusters *clusters);

size_t clusters_n(const struct clusters *clusters);
/* In the order of their names. */
struct queue *clusters_at(const struct clusters *clusters, size_t i);
/* NULL: there is none of this name. */
struct queue *clusters_find(const struct clusters *clusters, const char *name);
/* The same, for a job that was sent to it: where it is not known any more, it is taken
 * for one of this machine. 0 or a negative errno. */
int clusters_of_job(struct clusters *clusters, const char *name, struct queue **out);

enum {
    CLUSTERS_E_MISSING = 1,
    CLUSTERS_E_BUSY, /* jobs of ours are there, or on their way */
};

/* Keep a description, on the disk and at work. One with another host than before: only
 * while no job is there. 0, CLUSTERS_E_BUSY, or a negative errno; then the record is
 * still the caller's. */
int clusters_put(struct clusters *clusters, struct cluster *record_take);
/* 0, CLUSTERS_E_…, or a negative errno. */
int clusters_remove(struct clusters *clusters, const char *name);

/* Hand over the jobs that wait and that there is room for. */
void clusters_turn(struct clusters *clusters);
/* Somebody has begun to look at the jobs here. */
void clusters_watched(struct clusters *clusters);
