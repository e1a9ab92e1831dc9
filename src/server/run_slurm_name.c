/* What a job of a cluster is called there, and where it runs. The name is nobody
 * else's, and on the disk before it is told to anybody: who comes after a crash looks
 * for the job by it. */
#include "server/run_slurm.h"

#include "base/path.h"
#include "base/platform.h"
#include "base/str.h"
#include "job/cluster.h"
#include "job/placement.h"
#include "server/clusters.h"
#include "server/engine_internal.h"
#include "server/queue.h"
#include "server/run_slurm_files.h"
#include "server/server.h"
#include "slurm/script.h"
#include "store/store.h"

#include <stdlib.h>
#include <string.h>

const char *run_slurm_name_of(const struct run *run, char space[PLACEMENT_VALUE_SIZE]) {
    return placement_get(run->job->placement, PLACEMENT_NAME, space);
}

/* A folder of its own, below that of the cluster. */
static int set_directory(struct run *run, const char *name) {
    const char *below = cluster_text(queue_record(run->placed->queue), CLUSTER_WORKDIR);
    _cleanup_free_ char *path = NULL;
    int r = path_join(&path, *below ? below : "~/crystalmath", name);
    return r ? r : placement_set(&run->job->placement, PLACEMENT_DIRECTORY, path);
}

static int make_name(const struct job *job, char *name) {
    uint64_t random = 0;
    int r = platform_random(&random, sizeof random);
    if (r == 0) {
        slurm_name(name, job->name, job->id, job->attempt, random);
    }
    return r;
}

void run_slurm_submitted(struct run *run) {
    struct server *server = run->engine->server;
    struct job *job = run->job;
    struct queue *queue =
        run_is_placed(run) ? clusters_find(server->clusters, job->cluster) : NULL;
    char name[PLACEMENT_VALUE_SIZE];
    _cleanup_free_ char *named = NULL;
    if (!queue || *cluster_text(queue_record(queue), CLUSTER_SSH) ||
        job->state != JOB_QUEUED || *run_slurm_name_of(run, name)) {
        return;
    }
    named = strdup(job->placement ? job->placement : "");
    if (!named || make_name(job, name) < 0 ||
        placement_set(&named, PLACEMENT_NAME, name) < 0) {
        return;
    }
    /* In memory it is only what the disk has, too. */
    char *before = job->placement;
    job->placement = named;
    bool written = store_job_update(server->store, job, 0, NULL) == 0;
    job->placement = written ? named : before;
    named = written ? before : named;
}

int run_slurm_name(struct run *run) {
    struct job *job = run->job;
    char name[PLACEMENT_VALUE_SIZE];
    char there[PLACEMENT_VALUE_SIZE];
    if (*run_slurm_name_of(run, name)) {
        return 0;
    }
    int r = make_name(job, name);
    if (r < 0) {
        return r;
    }
    r = placement_set(&job->placement, PLACEMENT_NAME, name);
    /* A run that goes on does so where it was, also when it is tried again. */
    bool stays = job->continues > 0 &&
                 *placement_get(job->placement, PLACEMENT_DIRECTORY, there);
    r = r || stays || !run_slurm_is_far(run) ? r : set_directory(run, name);
    if (r == 0) {
        engine_write_soon(run->engine, run);
    }
    return r;
}

const char *run_slurm_directory(const struct run *run,
                                char space[PLACEMENT_VALUE_SIZE]) {
    (void)placement_get(run->job->placement, PLACEMENT_DIRECTORY, space);
    return *space ? space : run->job->directory;
}

int run_slurm_log(const struct run *run, char **out) {
    char name[PLACEMENT_VALUE_SIZE];
    return str_printf(out, "%s/.crystalmath/%s/log", run->job->directory,
                      run_slurm_name_of(run, name));
}
