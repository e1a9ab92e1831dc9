/* Who wants to hear what: the subscriptions of all clients, and publishing to them. */
#pragma once

#include "base/cleanup.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct errmsg;
struct hub;
struct job;
struct peer;
struct server;

int hub_new(struct hub **out, struct server *server);
struct hub *hub_free(struct hub *hub);

enum {
    HUB_E_TOO_MANY = 1, /* one client has HUB_SUBSCRIPTIONS_MAX already */
    HUB_E_MISSING,      /* no such subscription of this client */
    HUB_E_REFUSED,      /* `msg` says why */
    HUB_E_FULL,         /* all connections together hold too much */
};

enum { HUB_SUBSCRIPTIONS_MAX = 64, HUB_JOBS_MAX = 10000, HUB_FEEDS_MAX = 1024 };

/* Tell `peer` of these jobs (NULL: of all), with their output lines if `logs`. `ids` is
 * copied. *id names the subscription. 0, HUB_E_TOO_MANY, HUB_E_FULL, -ENOMEM. */
int hub_subscribe(struct hub *hub, struct peer *peer, const int64_t *ids, size_t n_ids,
                  bool logs, int64_t *id);
/* Let a subscription of one job have the lines of this file of it (copied) instead of
 * its output's, from an offset or FOLLOW_FROM_END, until the job ends. 0,
 * HUB_E_REFUSED, HUB_E_TOO_MANY when all clients together have HUB_FEEDS_MAX such,
 * HUB_E_MISSING, or -ENOMEM. */
int hub_follow(struct hub *hub, struct peer *peer, int64_t id, const struct job *job,
               const char *file, int64_t offset, struct errmsg *msg);
int hub_unsubscribe(struct hub *hub, struct peer *peer, int64_t id);
/* The peer is going: drop what it subscribed to. */
void hub_forget(struct hub *hub, struct peer *peer);

/* Whether anybody is told of any job. */
bool hub_is_watched(const struct hub *hub);
/* Whether anybody wants the output lines of this job. */
bool hub_wants_log(const struct hub *hub, int64_t job);

/* Publish. What cannot be sent is counted and told the client later as jobs.missed. */
void hub_job_changed(struct hub *hub, const struct job *job);
/* `params` has all members but "subscription"; borrowed. */
void hub_publish(struct hub *hub, int64_t job, bool is_log, const char *method,
                 json_t *params);
