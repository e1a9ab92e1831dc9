/* One cluster at work: the jobs that wait to be handed to it, those in its queue, and
 * how it is asked about them: by one squeue for all of them, at a pace that follows
 * what happens there and who looks here. */
#pragma once

#include "base/errmsg.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct cluster;
struct listing_wait;
struct queue;
struct queue_listing;
struct remote;
struct run;
struct server;

/* `automatic`: it is there because this machine has Slurm, not because a person has
 * described it. 0 or a negative errno; then the record is still the caller's. */
int queue_new(struct queue **out, struct server *server, struct cluster *record_take,
              bool automatic);
/* Ask nothing any more; its runs have left. The loop has to run on until
 * queue_is_closed. */
void queue_close(struct queue *queue);
bool queue_is_closed(const struct queue *queue);
/* Of one that is closed. Accepts NULL, returns NULL. */
struct queue *queue_free(struct queue *queue);

const struct cluster *queue_record(const struct queue *queue);
bool queue_is_automatic(const struct queue *queue);
/* What a person says of it now, for the jobs that come. */
void queue_set_record(struct queue *queue, struct cluster *record_take);
struct remote *queue_remote(const struct queue *queue);

/* The run waits to be handed over. 0, -EEXIST, or -ENOMEM. */
int queue_add(struct queue *queue, struct run *run);
/* It does not, any more; to be called before its priority changes. */
void queue_drop(struct queue *queue, struct run *run);
/* Hand over those that there is room for. */
void queue_turn(struct queue *queue);
/* One that was being handed over is there, or it came to nothing. */
void queue_handed_over(struct queue *queue);
/* The cluster takes none now: wait a while before the next is tried. */
void queue_refused(struct queue *queue, const char *why);

/* Slurm has given the run its number: it is told of by run_slurm_seen and
 * run_slurm_end from now on. 0, -EEXIST, or -ENOMEM. */
int queue_watch(struct queue *queue, struct run *run);
void queue_leave(struct queue *queue, struct run *run);
/* Something has changed, or is about to: look soon. */
void queue_soon(struct queue *queue);
/* Somebody has begun to look at the jobs here. */
void queue_watched(struct queue *queue);

/* Somebody else asks something of its remote, and it has to stay meanwhile. */
void queue_hold(struct queue *queue);
void queue_release(struct queue *queue);

/* The number here of the job with Slurm's number; 0: it is none of ours. */
int64_t queue_job(const struct queue *queue, int64_t number);

/* What has to be added to times of the clock there, ms, to have times of ours. */
int64_t queue_clock_shift(const struct queue *queue);

/* How many unfinished jobs are in its queue: ours, and others of the user as far as is
 * known; how many wait to be handed over; and how many hold it otherwise. */
struct queue_load {
    size_t ours, waiting, held;
    int64_t others; /* -1: not known */
};
struct queue_load queue_load(const struct queue *queue);
/* Why it could not be asked, or why it takes no job now, in words; "": all is well. */
void queue_trouble(const struct queue *queue, struct errmsg *out);
/* The same, of what stands in the way of handing over. */
void queue_obstacle(const struct queue *queue, struct errmsg *out);

/* What squeue told last, for people. */
struct queue_listing *queue_listing(struct queue *queue);
/* Be told of the end of the next look (`fresh`: of one that has not begun yet), which
 * is as soon as the site allows. See queue_listing.h. */
void queue_await(struct queue *queue, struct listing_wait *wait, bool fresh);
