/* slurm.queue and slurm.sync: what a cluster's queue holds of the user, ours or not, as
 * its squeue told it last or is about to. However many ask, squeue is asked no more
 * often than the site allows. */
#include "server/methods/methods.h"
#include "server/methods/shapes.h"

#include "base/str.h"
#include "exec/remote.h"
#include "server/cluster_news.h"
#include "server/clusters.h"
#include "server/job_json.h"
#include "server/later.h"
#include "server/queue.h"
#include "server/queue_listing.h"
#include "server/server.h"
#include "slurm/queue.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/* Somebody who asked; waits for the end of a look. */
struct viewing {
    struct listing_wait wait;
    struct later *later; /* owned */
    char *cluster;       /* owned */
    char *trouble;       /* owned; NULL: the look was good */
    bool sync;
};

static struct viewing *viewing_free(struct viewing *v) {
    if (v) {
        listing_drop(&v->wait);
        (void)later_free(v->later);
        free(v->cluster);
        free(v->trouble);
        free(v);
    }
    return NULL;
}

static void on_gone(void *data) {
    (void)viewing_free(data);
}

/* ---- what squeue told ---- */

struct listed {
    const struct queue *queue;
    json_t *jobs;
};

static json_t *text_json(struct slurm_text text) {
    _cleanup_free_ char *whole = str_to_utf8(text.at, text.n);
    return whole ? json_string(whole) : NULL;
}

/* Squeue has words for nothing. */
static json_t *text_or_null(struct slurm_text text) {
    static const char *const none[] = {"", "None", "N/A", "(null)"};
    for (size_t i = 0; i < sizeof none / sizeof *none; i++) {
        if (text.n == strlen(none[i]) && memcmp(text.at, none[i], text.n) == 0) {
            return json_null();
        }
    }
    return text_json(text);
}

static json_t *number_or_null(int64_t number, int64_t least) {
    return number < least ? json_null() : json_integer((json_int_t)number);
}

static json_t *why_json(const struct slurm_queued *job) {
    _cleanup_free_ char *reason = str_to_utf8(job->reason.at, job->reason.n);
    struct errmsg words = ERRMSG_NULL;
    if (job->state != SLURM_PENDING) {
        return json_null();
    }
    if (!reason) {
        return NULL;
    }
    slurm_reason_words(reason, 0, &words);
    return json_text_or_null(words.text);
}

static int append_job(const struct slurm_queued *job, void *data) {
    const struct listed *listed = data;
    if (slurm_state_is_final(job->state)) {
        return 0;
    }
    json_t *one = json_object();
    int r = one ? 0 : -ENOMEM;
    r = r ? r : json_put(one, "id", text_json(job->id));
    r = r ? r : json_put(one, "number", json_integer((json_int_t)job->number));
    r = r ? r
          : json_put(one, "job",
                     number_or_null(queue_job(listed->queue, job->number), 1));
    r = r ? r : json_put(one, "name", text_json(job->name));
    r = r ? r : json_put(one, "user", text_json(job->user));
    r = r ? r : json_put(one, "partition", text_json(job->partition));
    r = r ? r : json_put(one, "state", text_json(job->state_word));
    r = r ? r : json_put(one, "nodes", json_integer((json_int_t)job->nodes));
    r = r ? r : json_put(one, "cores", json_integer((json_int_t)job->cpus));
    r = r ? r : json_put(one, "time_used", number_or_null(job->used_seconds, 0));
    r = r ? r : json_put(one, "time_limit", number_or_null(job->limit_seconds, 0));
    r = r ? r : json_put(one, "node_list", text_or_null(job->node_list));
    r = r ? r : json_put(one, "reason", text_or_null(job->reason));
    r = r ? r : json_put(one, "why", why_json(job));
    r = r ? r : json_put(one, "starts_at", json_time_or_null(job->starts_at));
    if (r < 0) {
        json_decref(one);
        return r;
    }
    return json_array_append_new(listed->jobs, one) < 0 ? -ENOMEM : 0;
}

static int answer_listing(struct request *request, const struct queue *queue,
                          const char *name, const struct buf *text) {
    size_t n_other = 0;
    struct listed listed = {queue, json_array()};
    int r = listed.jobs ? slurm_queue_read(buf_bytes(text), buf_len(text), append_job,
                                           &listed, &n_other)
                        : -ENOMEM;
    if (r < 0) {
        json_decref(listed.jobs);
        return r;
    }
    request->result = json_pack("{s:s, s:o}", "cluster", name, "jobs", listed.jobs);
    return request->result ? 0 : -ENOMEM;
}

/* ---- the answer ---- */

static int answer(struct request *request, void *data) {
    const struct viewing *v = data;
    struct queue *queue = clusters_find(request->server->clusters, v->cluster);
    const struct buf *text = queue ? &queue_listing(queue)->text : NULL;
    if (!text || (v->trouble && !v->sync)) {
        return request_fail(request, RPC_SLURM_ERROR, "%s cannot be asked now: %.600s",
                            v->cluster, v->trouble ? v->trouble : "it was removed");
    }
    if (v->sync) {
        request->result = cluster_json(queue);
        return request->result ? 0 : -ENOMEM;
    }
    return answer_listing(request, queue, v->cluster, text);
}

static int answer_no_memory(struct request *request, void *data) {
    (void)request;
    (void)data;
    return -ENOMEM;
}

static void on_looked(struct listing_wait *wait, const char *trouble) {
    struct viewing *v =
        (struct viewing *)((char *)wait - offsetof(struct viewing, wait));
    v->trouble = trouble ? strdup(trouble) : NULL;
    later_answer(v->later, trouble && !v->trouble ? answer_no_memory : answer, v);
    (void)viewing_free(v);
}

/* ---- asking ---- */

static int wait_for_look(struct request *request, struct queue *queue, const char *name,
                         bool sync) {
    struct viewing *v = calloc(1, sizeof *v);
    if (!v) {
        return -ENOMEM;
    }
    v->wait.done = on_looked;
    v->sync = sync;
    v->cluster = strdup(name);
    int r = v->cluster ? later_new(&v->later, request, on_gone, v) : -ENOMEM;
    if (r != 0) {
        (void)viewing_free(v);
        return r;
    }
    queue_await(queue, &v->wait, sync);
    return REQUEST_E_LATER;
}

static int find(struct request *request, const char **name, struct queue **out) {
    const char *given = request_string(request, "cluster");
    *name = given ? given : CLUSTERS_OWN;
    *out = clusters_find(request->server->clusters, *name);
    return *out ? 0 : method_refuse_cluster(request, *name);
}

static int slurm_queue(struct request *request) {
    const char *name = NULL;
    struct queue *queue = NULL;
    int r = find(request, &name, &queue);
    if (r != 0) {
        return r;
    }
    const struct buf *text = listing_text(queue_listing(queue));
    return text ? answer_listing(request, queue, name, text)
                : wait_for_look(request, queue, name, false);
}

static int slurm_sync(struct request *request) {
    const char *name = NULL;
    struct queue *queue = NULL;
    int r = find(request, &name, &queue);
    if (r == 0) {
        remote_retry(queue_remote(queue));
        r = wait_for_look(request, queue, name, true);
    }
    return r;
}

static const struct param cluster_params[] = {
    {.name = "cluster",
     .type = PARAM_STRING,
     .text = "which one; default slurm, that of this machine"},
};

const struct method methods_slurm_queue[] = {
    {.name = "slurm.queue",
     .text = "List the user's jobs in the queue of a cluster, also those that were not "
             "submitted here; as squeue told them last, or else answered when it has.",
     .result = &result_slurm_queue,
     METHOD_PARAMS(cluster_params),
     .run = slurm_queue},
    {.name = "slurm.sync",
     .text = "Ask a cluster about its jobs now, as far as its site allows, instead of "
             "at the next look; answered when it has told, or it is known why not.",
     .result = &shape_cluster,
     METHOD_PARAMS(cluster_params),
     .run = slurm_sync},
};
const size_t methods_slurm_queue_count =
    sizeof methods_slurm_queue / sizeof methods_slurm_queue[0];
