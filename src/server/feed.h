/* One file of a job, sent to one subscription as it grows. */
#pragma once

#include "base/errmsg.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

struct feed;
struct job;
struct server;

/* The parameters of a jobs.log; borrowed. The feed may not be freed from within. */
typedef void (*feed_fn)(json_t *params, void *data);

enum {
    FEED_E_REFUSED = 1, /* `msg` says why */
};

/* Follow `file` (as of job_file_path; copied) from an offset, or FOLLOW_FROM_END. It
 * need not be there yet. 0, FEED_E_REFUSED, or -ENOMEM. */
int feed_new(struct feed **out, struct server *server, const struct job *job,
             const char *file, int64_t offset, feed_fn fn, void *data,
             struct errmsg *msg);
/* Accepts NULL, returns NULL. */
struct feed *feed_free(struct feed *feed);

/* Something of its job has changed. True: the job has ended, and with it the feed,
 * which has sent what was left, or sets *more where that was too much. */
bool feed_job_changed(struct feed *feed, const struct job *job, bool *more);
