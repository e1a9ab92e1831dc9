/* Subscriptions are a short list; publishing walks it. A client that does not read
 * loses notifications instead of making the server grow: they are counted, and the
 * count is told as soon as the client takes bytes again, so that it can ask for the
 * present state. */
#include "server/hub.h"

#include "job/job.h"
#include "server/clusters.h"
#include "server/engine.h"
#include "server/feed.h"
#include "server/notify.h"
#include "server/peer.h"
#include "server/server.h"

#include <errno.h>
#include <string.h>

struct subscription {
    struct subscription *next;
    struct peer *peer; /* borrowed; hub_forget comes before it goes */
    int64_t id;
    int64_t *ids; /* NULL: all jobs */
    size_t n_ids;
    bool logs;
    struct feed *feed; /* owned; the lines of a file instead of the output's */
    int64_t missed;
};

struct hub {
    struct server *server; /* borrowed */
    struct subscription *first;
    int64_t last_id;
    size_t n_feeds;
};

int hub_new(struct hub **out, struct server *server) {
    struct hub *hub = calloc(1, sizeof *hub);
    if (!hub) {
        return -ENOMEM;
    }
    hub->server = server;
    *out = hub;
    return 0;
}

static void drop_feed(struct hub *hub, struct subscription *subscription) {
    if (subscription->feed) {
        subscription->feed = feed_free(subscription->feed);
        hub->n_feeds--;
    }
}

/* What it holds, which is charged to all connections' account. */
static size_t held_by(const struct subscription *subscription) {
    return sizeof *subscription + subscription->n_ids * sizeof *subscription->ids;
}

static void subscription_free(struct hub *hub, struct subscription *subscription) {
    drop_feed(hub, subscription);
    (void)server_charge(hub->server, held_by(subscription), 0);
    free(subscription->ids);
    free(subscription);
}

struct hub *hub_free(struct hub *hub) {
    if (hub) {
        while (hub->first) {
            struct subscription *gone = hub->first;
            hub->first = gone->next;
            subscription_free(hub, gone);
        }
        free(hub);
    }
    return NULL;
}

int hub_subscribe(struct hub *hub, struct peer *peer, const int64_t *ids, size_t n_ids,
                  bool logs, int64_t *id) {
    size_t count = 0;
    for (const struct subscription *s = hub->first; s; s = s->next) {
        count += s->peer == peer;
    }
    if (count >= HUB_SUBSCRIPTIONS_MAX) {
        return HUB_E_TOO_MANY;
    }
    const struct subscription asked = {.n_ids = ids ? n_ids : 0};
    if (!server_charge(hub->server, 0, held_by(&asked))) {
        return HUB_E_FULL;
    }
    struct subscription *subscription = calloc(1, sizeof *subscription);
    int64_t *copy = ids ? calloc(n_ids + 1, sizeof *ids) : NULL;
    if (!subscription || (ids && !copy)) {
        (void)server_charge(hub->server, held_by(&asked), 0);
        free(subscription);
        free(copy);
        return -ENOMEM;
    }
    if (ids) {
        memcpy(copy, ids, n_ids * sizeof *ids);
    }
    subscription->ids = copy;
    subscription->n_ids = asked.n_ids;
    subscription->peer = peer;
    subscription->logs = logs;
    subscription->id = ++hub->last_id;
    subscription->next = hub->first;
    hub->first = subscription;
    *id = subscription->id;
    clusters_watched(hub->server->clusters);
    return 0;
}

/* Drop the subscriptions of a peer: all of them, or the one with this id. How many
 * went. */
static size_t drop(struct hub *hub, const struct peer *peer, int64_t id) {
    size_t dropped = 0;
    for (struct subscription **at = &hub->first; *at;) {
        struct subscription *s = *at;
        if (s->peer == peer && (id == 0 || s->id == id)) {
            *at = s->next;
            subscription_free(hub, s);
            dropped++;
        } else {
            at = &s->next;
        }
    }
    return dropped;
}

int hub_unsubscribe(struct hub *hub, struct peer *peer, int64_t id) {
    return drop(hub, peer, id) > 0 ? 0 : HUB_E_MISSING;
}

void hub_forget(struct hub *hub, struct peer *peer) {
    (void)drop(hub, peer, 0);
}

static bool covers(const struct subscription *s, int64_t job) {
    if (!s->ids) {
        return true;
    }
    for (size_t i = 0; i < s->n_ids; i++) {
        if (s->ids[i] == job) {
            return true;
        }
    }
    return false;
}

bool hub_is_watched(const struct hub *hub) {
    return hub->first != NULL;
}

bool hub_wants_log(const struct hub *hub, int64_t job) {
    for (const struct subscription *s = hub->first; s; s = s->next) {
        if (s->logs && !s->feed && covers(s, job)) {
            return true;
        }
    }
    return false;
}

static bool tell_missed(struct subscription *s) {
    json_t *params = json_pack("{s:I, s:I}", "subscription", (json_int_t)s->id, "count",
                               (json_int_t)s->missed);
    if (!params || peer_notify(s->peer, "jobs.missed", params) != 0) {
        return false;
    }
    s->missed = 0;
    return true;
}

static void send_to(struct subscription *s, const char *method, json_t *params) {
    if (s->missed > 0 && !tell_missed(s)) {
        s->missed++;
        return;
    }
    /* A shallow copy: the members are shared, only the subscription's number differs.
     */
    json_t *own = json_copy(params);
    if (own && json_object_set_new(own, "subscription", json_integer(s->id)) < 0) {
        json_decref(own);
        own = NULL;
    }
    if (!own || peer_notify(s->peer, method, own) != 0) {
        s->missed++;
    }
}

void hub_publish(struct hub *hub, int64_t job, bool is_log, const char *method,
                 json_t *params) {
    for (struct subscription *s = hub->first; s; s = s->next) {
        if ((!is_log || (s->logs && !s->feed)) && covers(s, job)) {
            send_to(s, method, params);
        }
    }
}

static void on_feed(json_t *params, void *data) {
    send_to(data, "jobs.log", params);
}

int hub_follow(struct hub *hub, struct peer *peer, int64_t id, const struct job *job,
               const char *file, int64_t offset, struct errmsg *msg) {
    struct subscription *s = hub->first;
    while (s && (s->peer != peer || s->id != id)) {
        s = s->next;
    }
    if (!s) {
        return HUB_E_MISSING;
    }
    if (hub->n_feeds >= HUB_FEEDS_MAX) {
        return HUB_E_TOO_MANY;
    }
    int r = feed_new(&s->feed, hub->server, job, file, offset, on_feed, s, msg);
    hub->n_feeds += r == 0;
    return r > 0 ? HUB_E_REFUSED : r;
}

/* The lines that are left come before the news of the job's end. */
static void tell_feeds(struct hub *hub, const struct job *job) {
    for (struct subscription *s = hub->first; s; s = s->next) {
        bool more = false;
        if (s->feed && covers(s, job->id) && feed_job_changed(s->feed, job, &more)) {
            drop_feed(hub, s);
            s->logs = false;
            s->missed += more;
        }
    }
}

void hub_job_changed(struct hub *hub, const struct job *job) {
    tell_feeds(hub, job);
    notify_job_changed(hub->server->notify, job);
    if (!hub->first) {
        return;
    }
    json_t *summary = engine_summary(hub->server->engine, job);
    json_t *params = summary ? json_pack("{s:o}", "job", summary) : NULL;
    if (!params) {
        log_error(hub->server->log, "no memory to tell of job %lld",
                  (long long)job->id);
        return;
    }
    hub_publish(hub, job->id, false, "jobs.changed", params);
    json_decref(params);
}
