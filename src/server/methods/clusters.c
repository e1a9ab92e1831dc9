/* clusters.*: where jobs can be sent, and how it goes there. */
#include "server/methods/methods.h"
#include "server/methods/shapes.h"

#include "base/str.h"
#include "job/cluster.h"
#include "server/cluster_news.h"
#include "server/clusters.h"
#include "server/queue.h"
#include "server/server.h"

#include <errno.h>

static int answer_cluster(struct request *request, const char *name) {
    const struct queue *queue = clusters_find(request->server->clusters, name);
    request->result = queue ? cluster_json(queue) : NULL;
    return request->result ? 0 : -ENOMEM;
}

int method_refuse_cluster(struct request *request, const char *name) {
    return request_fail(request, RPC_SERVER_ERROR,
                        "there is no cluster '%.100s'; `crystalmath cluster list` "
                        "shows those that there are",
                        name);
}

static int clusters_list(struct request *request) {
    const struct clusters *clusters = request->server->clusters;
    json_t *array = json_array();
    for (size_t i = 0; array && i < clusters_n(clusters); i++) {
        if (json_array_append_new(array, cluster_json(clusters_at(clusters, i))) < 0) {
            json_decref(array);
            return -ENOMEM;
        }
    }
    request->result = json_pack("{s:o}", "clusters", array);
    return request->result ? 0 : -ENOMEM;
}

/* Into the record, all that was given. */
static int take_settings(struct request *request, struct cluster *record) {
    for (size_t i = 0; i < CLUSTER_KEYS; i++) {
        const char *value =
            request_string(request, cluster_setting((enum cluster_key)i)->name);
        struct errmsg msg = ERRMSG_NULL;
        int r = value ? cluster_set(record, (enum cluster_key)i, value, &msg) : 0;
        if (r < 0) {
            return r == -EINVAL
                       ? request_fail(request, RPC_INVALID_PARAMS, "%s", msg.text)
                       : r;
        }
    }
    return 0;
}

static int put(struct request *request, struct cluster *record) {
    _cleanup_free_ char *name = strdup(record->name);
    int r = name ? clusters_put(request->server->clusters, record) : -ENOMEM;
    if (r == 0) {
        cluster_tell(request->server, clusters_find(request->server->clusters, name));
        return answer_cluster(request, name);
    }
    if (r == CLUSTERS_E_BUSY) {
        r = request_fail(request, RPC_SERVER_ERROR,
                         "jobs are on their way on %s, so its host stays; wait for "
                         "them, or describe another cluster",
                         name);
    } else {
        r = method_store_failed(request, r);
    }
    (void)cluster_free(record);
    return r;
}

static int clusters_add(struct request *request) {
    const char *name = request_string(request, "name");
    const struct queue *old = clusters_find(request->server->clusters, name);
    struct cluster *record = NULL;
    if (!cluster_name_is_valid(name)) {
        return request_fail(
            request, RPC_INVALID_PARAMS,
            "'%.100s' cannot be the name of a cluster: 1 to 32 letters, "
            "digits, '-', '_' and '.', the first a letter or a digit",
            name);
    }
    if (old && !queue_is_automatic(old)) {
        return request_fail(request, RPC_SERVER_ERROR,
                            "there is a cluster %s already; `crystalmath cluster set "
                            "%s` changes it",
                            name, name);
    }
    int r = cluster_new(&record, name);
    r = r ? r : take_settings(request, record);
    if (r != 0) {
        (void)cluster_free(record);
        return r;
    }
    return put(request, record);
}

static int clusters_set(struct request *request) {
    const char *name = request_string(request, "name");
    const struct queue *old = clusters_find(request->server->clusters, name);
    struct cluster *record = NULL;
    if (!old) {
        return method_refuse_cluster(request, name);
    }
    int r = cluster_copy(&record, queue_record(old));
    r = r ? r : take_settings(request, record);
    if (r != 0) {
        (void)cluster_free(record);
        return r;
    }
    return put(request, record);
}

static int clusters_get(struct request *request) {
    const char *name = request_string(request, "name");
    return clusters_find(request->server->clusters, name)
               ? answer_cluster(request, name)
               : method_refuse_cluster(request, name);
}

static int remove_cluster(struct request *request) {
    const char *name = request_string(request, "name");
    struct clusters *clusters = request->server->clusters;
    const struct queue *old = clusters_find(clusters, name);
    if (!old) {
        return method_refuse_cluster(request, name);
    }
    if (queue_is_automatic(old)) {
        return request_fail(request, RPC_SERVER_ERROR,
                            "%s is the Slurm of this machine, and there as long as "
                            "sbatch is on the PATH",
                            name);
    }
    int r = clusters_remove(clusters, name);
    if (r == CLUSTERS_E_BUSY) {
        return request_fail(request, RPC_SERVER_ERROR,
                            "jobs are on their way on %s; wait for them or cancel them "
                            "first (`crystalmath jobs`)",
                            name);
    }
    if (r < 0) {
        return method_store_failed(request, r);
    }
    cluster_tell_removed(request->server, name);
    request->result = json_object();
    return request->result ? 0 : -ENOMEM;
}

#define NAME_PARAM                                                                     \
    { .name = "name", .type = PARAM_STRING, .required = true, .text = "of the cluster" }

/* In the words of job/cluster.c; a test holds the two against each other. */
static const struct param settings_params[] = {
    NAME_PARAM,
    {.name = "ssh", .type = PARAM_STRING, .text = "host, as ssh is given it"},
    {.name = "workdir",
     .type = PARAM_STRING,
     .text = "folder there below which jobs get theirs"},
    {.name = "partition", .type = PARAM_STRING, .text = "for sbatch --partition"},
    {.name = "account", .type = PARAM_STRING, .text = "for sbatch --account"},
    {.name = "qos", .type = PARAM_STRING, .text = "for sbatch --qos"},
    {.name = "time",
     .type = PARAM_STRING,
     .text = "for sbatch --time, of jobs that say nothing else"},
    {.name = "launcher",
     .type = PARAM_STRING,
     .text = "what starts the processes of a job"},
    {.name = "max-jobs",
     .type = PARAM_STRING,
     .text = "how many jobs may be in its queue at once, a number"},
    {.name = "poll",
     .type = PARAM_STRING,
     .text = "seconds between two looks at its queue, at least, a number"},
    {.name = "setup",
     .type = PARAM_STRING,
     .text = "lines of the batch script before the program"},
    {.name = "option",
     .type = PARAM_STRING,
     .text = "further options of sbatch, one a line"},
    {.name = "template", .type = PARAM_STRING, .text = "the batch script"},
};

const struct method methods_clusters[] = {
    {.name = "clusters.list",
     .text = "List the clusters that jobs can be sent to.",
     .result = &result_clusters,
     .run = clusters_list},
    {.name = "clusters.get",
     .text = "Tell all about a cluster.",
     .result = &shape_cluster,
     .params = settings_params,
     .n_params = 1,
     .run = clusters_get},
    {.name = "clusters.add",
     .text = "Describe a cluster.",
     .result = &shape_cluster,
     METHOD_PARAMS(settings_params),
     .run = clusters_add},
    {.name = "clusters.set",
     .text = "Change what is given of a cluster's description; an empty text takes a "
             "setting away.",
     .result = &shape_cluster,
     METHOD_PARAMS(settings_params),
     .run = clusters_set},
    {.name = "clusters.remove",
     .text = "Forget a cluster on which no job is on its way.",
     .result = &result_unsubscribe,
     .params = settings_params,
     .n_params = 1,
     .run = remove_cluster},
    {.name = "clusters.create",
     .text = "Another name of clusters.add.",
     .result = &shape_cluster,
     METHOD_PARAMS(settings_params),
     .run = clusters_add},
    {.name = "clusters.update",
     .text = "Another name of clusters.set.",
     .result = &shape_cluster,
     METHOD_PARAMS(settings_params),
     .run = clusters_set},
    {.name = "clusters.delete",
     .text = "Another name of clusters.remove.",
     .result = &result_unsubscribe,
     .params = settings_params,
     .n_params = 1,
     .run = remove_cluster},
};
const size_t methods_clusters_count =
    sizeof methods_clusters / sizeof methods_clusters[0];
