/* A job that goes to a cluster: which one, what it asks for there, and how its program
 * is called. What only Slurm knows (its limits, whether there is such a partition) it
 * says itself when the job is handed over. */
#include "server/submit.h"

#include "base/cleanup.h"
#include "base/path.h"
#include "base/str.h"
#include "codes/code.h"
#include "job/cluster.h"
#include "job/job.h"
#include "job/placement.h"
#include "server/clusters.h"
#include "server/queue.h"
#include "server/server.h"
#include "site/site.h"
#include "slurm/array.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { CORES_MAX = 1000000 };

DEFINE_CLEANUP(char **, strv_free);

/* The names there are, for a message. */
static void list_names(const struct clusters *clusters, struct errmsg *out) {
    out->text[0] = '\0';
    for (size_t i = 0; i < clusters_n(clusters) && i < 8; i++) {
        struct errmsg before = *out;
        (void)errmsg_set(out, 0, "%.600s%s%s", before.text, i > 0 ? ", " : "",
                         queue_record(clusters_at(clusters, i))->name);
    }
}

static int find_cluster(struct request *request, const char *name,
                        const struct cluster **out) {
    const struct clusters *clusters = request->server->clusters;
    struct queue *queue = clusters_find(clusters, name);
    struct errmsg names = ERRMSG_NULL;
    if (queue) {
        *out = queue_record(queue);
        return 0;
    }
    list_names(clusters, &names);
    return request_fail(request, RPC_INVALID_PARAMS,
                        "there is no cluster '%.100s'%s%s; `crystalmath cluster add` "
                        "describes one",
                        name, names.text[0] ? ", only " : "", names.text);
}

/* What the job says, else what the cluster's description does. */
static int take_wish(struct request *request, struct job *job,
                     const struct cluster *cluster, enum placement_key key) {
    static const enum cluster_key usual[PLACEMENT_WISHES] = {
        [PLACEMENT_NODES] = CLUSTER_KEYS,
        [PLACEMENT_NTASKS] = CLUSTER_KEYS,
        [PLACEMENT_CPUS] = CLUSTER_KEYS,
        [PLACEMENT_MEM] = CLUSTER_KEYS,
        [PLACEMENT_PARTITION] = CLUSTER_PARTITION,
        [PLACEMENT_ACCOUNT] = CLUSTER_ACCOUNT,
        [PLACEMENT_QOS] = CLUSTER_QOS,
        [PLACEMENT_ARRAY] = CLUSTER_KEYS,
    };
    const char *name = placement_setting(key)->name;
    const json_t *given = json_object_get(request->params, name);
    struct errmsg msg = ERRMSG_NULL;
    char number[32];
    const char *value = json_string_value(given);
    if (json_is_integer(given)) {
        (void)snprintf(number, sizeof number, "%" PRId64,
                       (int64_t)json_integer_value(given));
        value = number;
    }
    if (!value && usual[key] < CLUSTER_KEYS) {
        value = cluster_text(cluster, usual[key]);
    }
    if (str_empty(value)) {
        return 0;
    }
    return placement_check(key, value, &msg) < 0
               ? request_fail(request, RPC_INVALID_PARAMS, "%s", msg.text)
               : placement_set(&job->placement, key, value);
}

static int64_t number_of(const struct job *job, enum placement_key key) {
    char space[PLACEMENT_VALUE_SIZE];
    int64_t number = 1;
    (void)str_to_int64(placement_get(job->placement, key, space), 1, CORES_MAX,
                       &number);
    return number;
}

/* "--cores 8" alone means eight processes of one core. */
static int take_cores(struct request *request, struct job *job) {
    char space[PLACEMENT_VALUE_SIZE];
    char text[32];
    int64_t cores = request_integer(request, "cores", 0);
    int64_t cpus = number_of(job, PLACEMENT_CPUS);
    int r = 0;
    if (cores > 0 && !*placement_get(job->placement, PLACEMENT_NTASKS, space)) {
        int64_t tasks = (cores + cpus - 1) / cpus;
        (void)snprintf(text, sizeof text, "%" PRId64, tasks);
        r = placement_set(&job->placement, PLACEMENT_NTASKS, text);
    }
    int64_t all = number_of(job, PLACEMENT_NTASKS) * cpus;
    job->cores = (int)(all < CORES_MAX ? all : CORES_MAX);
    return r;
}

static int take_memory(struct request *request, struct job *job) {
    char space[PLACEMENT_VALUE_SIZE];
    char text[32];
    int64_t bytes = request_integer(request, "memory_bytes", 0);
    if (bytes <= 0 || *placement_get(job->placement, PLACEMENT_MEM, space)) {
        return 0;
    }
    (void)snprintf(text, sizeof text, "%" PRId64 "M", (bytes + (1 << 20) - 1) >> 20);
    return placement_set(&job->placement, PLACEMENT_MEM, text);
}

static int refuse_wishes(struct request *request) {
    for (size_t i = 0; i < PLACEMENT_WISHES; i++) {
        const char *name = placement_setting((enum placement_key)i)->name;
        if (json_object_get(request->params, name)) {
            return request_fail(request, RPC_INVALID_PARAMS,
                                "'%s' is for a job on a cluster; say which with 'on' "
                                "(`crystalmath submit --on NAME`)",
                                name);
        }
    }
    return 0;
}

/* Its tasks find their number in a variable, which an input cannot. */
static int check_array(struct request *request, const struct job *job) {
    char spec[PLACEMENT_VALUE_SIZE];
    struct slurm_array array = {.rest = SLURM_UNKNOWN};
    struct errmsg msg = ERRMSG_NULL;
    if (!*placement_get(job->placement, PLACEMENT_ARRAY, spec)) {
        return 0;
    }
    if (request_string(request, "input")) {
        return request_fail(
            request, RPC_INVALID_PARAMS,
            "'array' is for a command, whose tasks find their number in "
            "SLURM_ARRAY_TASK_ID; of an input each would do the same in "
            "the same folder. A job for each value of a variable: "
            "crystalmath submit --sweep NAME=VALUES --on %s INPUT",
            request_string(request, "on"));
    }
    if (request_integer(request, "retries", 0) > 0) {
        return request_fail(request, RPC_INVALID_PARAMS,
                            "'retries' would run all tasks of an array again; submit "
                            "those that fail once more, such as with --array 3,7");
    }
    int r = slurm_array_init(&array, spec, &msg);
    slurm_array_deinit(&array);
    return r == -EINVAL ? request_fail(request, RPC_INVALID_PARAMS, "%s", msg.text) : r;
}

int submit_place(struct request *request, struct job *job) {
    const char *name = request_string(request, "on");
    const struct cluster *cluster = NULL;
    if (!name) {
        return refuse_wishes(request);
    }
    int r = find_cluster(request, name, &cluster);
    for (size_t i = 0; r == 0 && i < PLACEMENT_WISHES; i++) {
        r = take_wish(request, job, cluster, (enum placement_key)i);
    }
    r = r ? r : check_array(request, job);
    r = r ? r : take_cores(request, job);
    r = r ? r : take_memory(request, job);
    if (r == 0) {
        job->cluster = strdup(name);
        r = job->cluster ? 0 : -ENOMEM;
    }
    return r;
}

/* ---- the command ---- */

/* What starts the processes: as described; else, where the job runs, mpirun if it is
 * there, which fits the MPI that it came with, or Slurm's own. */
static int find_launcher(const struct job *job, const struct cluster *cluster,
                         char ***out) {
    static const char *const usual[] = {
        "sh", "-c",
        "command -v mpirun >/dev/null && exec mpirun \"$@\"; exec srun \"$@\"",
        "launch", NULL};
    const char *described = cluster_text(cluster, CLUSTER_LAUNCHER);
    if (*described) {
        return site_words(described, (int)number_of(job, PLACEMENT_NTASKS), out);
    }
    *out = strv_copy((char *const *)usual);
    return *out ? 0 : -ENOMEM;
}

/* The program: as this machine has it, unless the cluster brings its own. */
static int find_program(struct request *request, const struct job *job,
                        const struct code *code, const char *const *programs,
                        const struct cluster *cluster, struct site_way *out) {
    struct errmsg msg = ERRMSG_NULL;
    if (*cluster_text(cluster, CLUSTER_SSH)) {
        return 0;
    }
    int r = site_find(out, request->server->options->config, code, programs, 1,
                      job->env, &msg);
    if (r == SITE_E_MISSING && !*cluster_text(cluster, CLUSTER_SETUP)) {
        return request_fail(request, RPC_SERVER_ERROR, "%s", msg.text);
    }
    return r < 0 ? r : 0;
}

int submit_cluster_command(struct request *request, struct job *job,
                           const struct code *code, const char *const *programs,
                           int pools) {
    const struct cluster *cluster =
        queue_record(clusters_find(request->server->clusters, job->cluster));
    _cleanup_(site_way_deinit) struct site_way way = {NULL, NULL, "", NULL};
    _cleanup_(strv_freep) char **launcher = NULL;
    const char *program[] = {programs[0], NULL};
    int r = find_program(request, job, code, programs, cluster, &way);
    if (r == 0 &&
        (number_of(job, PLACEMENT_NTASKS) > 1 || number_of(job, PLACEMENT_NODES) > 1)) {
        r = find_launcher(job, cluster, &launcher);
    }
    if (r != 0) {
        return r;
    }
    const struct code_start start = {.input = job->input,
                                     .cores = (int)number_of(job, PLACEMENT_NTASKS),
                                     .pools = pools,
                                     .program = way.program ? way.program
                                                            : (char *const *)program,
                                     .launcher = launcher,
                                     .setup = way.setup};
    job->argv = code_command(code, &start);
    return job->argv ? 0 : -ENOMEM;
}
