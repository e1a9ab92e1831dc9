/* jobs.fetch: how to bring a file here that stayed on a job's cluster because it is
 * large. The client runs that itself, so that its user sees how it goes. */
#include "server/methods/methods.h"
#include "server/methods/shapes.h"

#include "base/path.h"
#include "exec/transfer.h"
#include "job/cluster.h"
#include "job/job.h"
#include "job/placement.h"
#include "server/clusters.h"
#include "server/inquiry.h"
#include "server/queue.h"
#include "server/server.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

struct fetching {
    struct remote *remote; /* borrowed: clusters with a job in the list may go, but
                            * only together with the inquiry */
    char *here, *file;     /* owned */
};

static void fetching_free(void *data) {
    struct fetching *f = data;
    if (f) {
        free(f->here);
        free(f->file);
        free(f);
    }
}

static int make_program(const struct fetching *f, const struct buf *told, char **out) {
    _cleanup_free_ char *there = NULL;
    _cleanup_buf_ struct buf program = BUF_NULL;
    struct transfer transfer = {.here = f->here, .home = true, .only = f->file};
    int r = transfer_answer_read(told, &there, &transfer.rsync);
    transfer.there = there;
    r = r ? r : transfer_program(f->remote, &transfer, &program);
    if (r == 0) {
        *out = buf_take_string(&program);
    }
    return r;
}

static int answer(struct request *request, const struct told *told, void *data) {
    _cleanup_free_ char *program = NULL;
    struct errmsg words = ERRMSG_NULL;
    if (!told_is_good(told)) {
        told_words(told, &words);
        return request_fail(request, RPC_SSH_ERROR,
                            "the cluster cannot be asked now: %.600s", words.text);
    }
    int r = make_program(data, told->out, &program);
    if (r == -ENOMEM) {
        return r;
    }
    if (r < 0) {
        return request_fail(request, RPC_SSH_ERROR,
                            "what the cluster tells is not understood");
    }
    request->result = json_pack("{s:[s, s, s]}", "command", "sh", "-c", program);
    return request->result ? 0 : -ENOMEM;
}

/* Where the files of the job are; NULL with the request's error set: not elsewhere. */
static const struct queue *place_of(struct request *request, const struct job *job,
                                    char there[PLACEMENT_VALUE_SIZE]) {
    const struct queue *queue =
        job->cluster ? clusters_find(request->server->clusters, job->cluster) : NULL;
    (void)placement_get(job->placement, PLACEMENT_DIRECTORY, there);
    if (!job->cluster || !*there) {
        (void)request_fail(request, RPC_SERVER_ERROR,
                           "the files of job %" PRId64 " are here already, in %s",
                           job->id, job->directory);
        return NULL;
    }
    if (!queue) {
        (void)method_refuse_cluster(request, job->cluster);
    }
    return queue;
}

static int ask(struct request *request, struct fetching *f, const char *there) {
    _cleanup_buf_ struct buf program = BUF_NULL;
    int r = transfer_ask_program(&program, there);
    if (r < 0) {
        fetching_free(f);
        return r;
    }
    return inquiry_begin(request,
                         &(struct inquiry_spec){.remote = f->remote,
                                                .program = &program,
                                                .answer = answer,
                                                .data_free = fetching_free},
                         f);
}

static int jobs_fetch(struct request *request) {
    _cleanup_(job_freep) struct job *stored = NULL;
    const struct job *job = NULL;
    const char *file = request_string(request, "file");
    char there[PLACEMENT_VALUE_SIZE];
    int r = method_find_job(request, request_integer(request, "id", 0), &job, &stored);
    if (r != 0) {
        return r;
    }
    if (path_leads_out(file)) {
        return request_fail(
            request, RPC_INVALID_PARAMS,
            "the file is named as it is in the job's folder, not %.200s", file);
    }
    const struct queue *queue = place_of(request, job, there);
    struct fetching *f = queue ? calloc(1, sizeof *f) : NULL;
    if (!f) {
        return queue ? -ENOMEM : REQUEST_E_FAILED;
    }
    f->remote = queue_remote(queue);
    f->here = strdup(job->directory);
    f->file = strdup(file);
    if (!f->here || !f->file) {
        fetching_free(f);
        return -ENOMEM;
    }
    return ask(request, f, there);
}

static const struct param fetch_params[] = {
    METHOD_PARAM_JOB,
    {.name = "file",
     .type = PARAM_STRING,
     .required = true,
     .text = "its path from the job's folder"},
};

const struct method methods_fetch[] = {
    {.name = "jobs.fetch",
     .text = "Tell the command that brings a file of a job here from its cluster.",
     .result = &result_clusters_login,
     METHOD_PARAMS(fetch_params),
     .run = jobs_fetch},
};
const size_t methods_fetch_count = sizeof methods_fetch / sizeof methods_fetch[0];
