/* A short list in the order of names; a cluster lives as long as the server, or until
 * it is removed: then it is kept aside until the loop has closed what it had open. */
#include "server/clusters.h"

#include "base/path.h"
#include "base/str.h"
#include "job/cluster.h"
#include "server/engine.h"
#include "server/queue.h"
#include "server/server.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct clusters {
    struct server *server; /* borrowed */
    struct queue **of;     /* owned, n of them */
    size_t n;
    struct queue **gone; /* owned, n_gone of them: they close */
    size_t n_gone;
};

static int add(struct clusters *clusters, struct cluster *record_take, bool automatic) {
    struct queue *queue = NULL;
    struct queue **of =
        reallocarray(clusters->of, clusters->n + 1, sizeof(struct queue *));
    if (!of) {
        return -ENOMEM;
    }
    clusters->of = of;
    int r = queue_new(&queue, clusters->server, record_take, automatic);
    if (r < 0) {
        return r;
    }
    size_t i = clusters->n++;
    for (; i > 0 && strcmp(queue_record(of[i - 1])->name, record_take->name) > 0; i--) {
        of[i] = of[i - 1];
    }
    of[i] = queue;
    return 0;
}

static int add_stored(const struct cluster *record, void *data) {
    struct cluster *copy = NULL;
    int r = cluster_copy(&copy, record);
    r = r ? r : add(data, copy, false);
    if (r < 0) {
        (void)cluster_free(copy);
    }
    return r;
}

static int add_own(struct clusters *clusters, const char *name) {
    struct cluster *record = NULL;
    int r = cluster_new(&record, name);
    r = r ? r : add(clusters, record, true);
    if (r < 0) {
        (void)cluster_free(record);
    }
    return r;
}

/* Where somebody has described a cluster of this machine, that is it. */
static int look_for_own(struct clusters *clusters) {
    _cleanup_free_ char *path = NULL;
    for (size_t i = 0; i < clusters->n; i++) {
        const struct cluster *record = queue_record(clusters->of[i]);
        if (strcmp(record->name, CLUSTERS_OWN) == 0 ||
            !*cluster_text(record, CLUSTER_SSH)) {
            return 0;
        }
    }
    int r = path_find_executable(&path, "sbatch", getenv("PATH"));
    return r == -ENOMEM ? r : r < 0 ? 0 : add_own(clusters, CLUSTERS_OWN);
}

int clusters_new(struct clusters **out, struct server *server) {
    struct clusters *clusters = calloc(1, sizeof *clusters);
    if (!clusters) {
        return -ENOMEM;
    }
    clusters->server = server;
    int r = store_cluster_each(server->store, add_stored, clusters);
    r = r ? r : look_for_own(clusters);
    *out = clusters; /* what has begun is taken down by the server */
    return r;
}

void clusters_close(struct clusters *clusters) {
    for (size_t i = 0; clusters && i < clusters->n; i++) {
        queue_close(clusters->of[i]);
    }
}

struct clusters *clusters_free(struct clusters *clusters) {
    if (clusters) {
        for (size_t i = 0; i < clusters->n; i++) {
            (void)queue_free(clusters->of[i]);
        }
        for (size_t i = 0; i < clusters->n_gone; i++) {
            (void)queue_free(clusters->gone[i]);
        }
        free(clusters->of);
        free(clusters->gone);
        free(clusters);
    }
    return NULL;
}

size_t clusters_n(const struct clusters *clusters) {
    return clusters->n;
}

struct queue *clusters_at(const struct clusters *clusters, size_t i) {
    return clusters->of[i];
}

static size_t position(const struct clusters *clusters, const char *name) {
    size_t i = 0;
    while (i < clusters->n && strcmp(queue_record(clusters->of[i])->name, name) != 0) {
        i++;
    }
    return i;
}

struct queue *clusters_find(const struct clusters *clusters, const char *name) {
    size_t i = position(clusters, name);
    return i < clusters->n ? clusters->of[i] : NULL;
}

int clusters_of_job(struct clusters *clusters, const char *name, struct queue **out) {
    int r = clusters_find(clusters, name) ? 0 : add_own(clusters, name);
    if (r == 0) {
        *out = clusters_find(clusters, name);
    }
    return r;
}

/* Also by jobs that wait for something else, or are held: they go there. */
static bool is_busy(const struct clusters *clusters, const struct queue *queue) {
    return queue_load(queue).held > 0 ||
           engine_find_placed(clusters->server->engine, queue_record(queue)->name, 0) >
               0;
}

/* Room in the list of those that close. */
static int set_aside(struct clusters *clusters, size_t i) {
    struct queue **gone =
        reallocarray(clusters->gone, clusters->n_gone + 1, sizeof(struct queue *));
    if (!gone) {
        return -ENOMEM;
    }
    struct queue *queue = clusters->of[i];
    clusters->gone = gone;
    gone[clusters->n_gone++] = queue;
    clusters->n--;
    memmove(&clusters->of[i], &clusters->of[i + 1],
            (clusters->n - i) * sizeof(struct queue *));
    queue_close(queue);
    return 0;
}

int clusters_put(struct clusters *clusters, struct cluster *record_take) {
    size_t i = position(clusters, record_take->name);
    struct queue *old = i < clusters->n ? clusters->of[i] : NULL;
    bool moves = old && strcmp(cluster_text(queue_record(old), CLUSTER_SSH),
                               cluster_text(record_take, CLUSTER_SSH)) != 0;
    if (moves && is_busy(clusters, old)) {
        return CLUSTERS_E_BUSY;
    }
    int r = store_cluster_put(clusters->server->store, record_take);
    if (r < 0) {
        return r;
    }
    if (old && !moves) {
        queue_set_record(old, record_take);
        return 0;
    }
    r = old ? set_aside(clusters, i) : 0;
    return r ? r : add(clusters, record_take, false);
}

int clusters_remove(struct clusters *clusters, const char *name) {
    size_t i = position(clusters, name);
    if (i == clusters->n) {
        return CLUSTERS_E_MISSING;
    }
    if (is_busy(clusters, clusters->of[i])) {
        return CLUSTERS_E_BUSY;
    }
    int r = store_cluster_remove(clusters->server->store, name);
    if (r == STORE_E_MISSING) {
        return CLUSTERS_E_MISSING; /* this machine's own */
    }
    r = r ? r : set_aside(clusters, i);
    return r ? r : look_for_own(clusters);
}

void clusters_turn(struct clusters *clusters) {
    for (size_t i = 0; i < clusters->n; i++) {
        queue_turn(clusters->of[i]);
    }
}

void clusters_watched(struct clusters *clusters) {
    for (size_t i = 0; clusters && i < clusters->n; i++) {
        queue_watched(clusters->of[i]);
    }
}
