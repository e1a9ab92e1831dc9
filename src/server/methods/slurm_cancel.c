/* slurm.cancel: a job by Slurm's number. One of ours is cancelled as jobs.cancel does
 * it; another one of the same user by scancel, behind a look that it is the user's: for
 * root, scancel would end anybody's. */
#include "server/methods/methods.h"
#include "server/methods/shapes.h"

#include "job/cluster.h"
#include "server/clusters.h"
#include "server/engine.h"
#include "server/inquiry.h"
#include "server/queue.h"
#include "server/queue_listing.h"
#include "server/server.h"
#include "slurm/script.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { TASK_SIZE = 64 };

struct cancelling {
    char *cluster; /* owned */
    int64_t number;
};

static void cancelling_free(void *data) {
    struct cancelling *c = data;
    if (c) {
        free(c->cluster);
        free(c);
    }
}

static int tell(struct request *request, int64_t number, int64_t job) {
    request->result = json_pack("{s:I, s:o}", "number", (json_int_t)number, "job",
                                job > 0 ? json_integer((json_int_t)job) : json_null());
    return request->result ? 0 : -ENOMEM;
}

static int answer(struct request *request, const struct told *told, void *data) {
    const struct cancelling *c = data;
    struct errmsg words = ERRMSG_NULL;
    struct queue *queue = clusters_find(request->server->clusters, c->cluster);
    if (queue) {
        listing_spoil(queue_listing(queue));
    }
    if (told_is_good(told)) {
        return tell(request, c->number, 0);
    }
    if (told->outcome == REMOTE_RAN && told->exit_status == SLURM_X_NOT_THERE) {
        return request_fail(request, RPC_SLURM_ERROR,
                            "%s has no job %" PRId64
                            " of yours; crystalmath cluster queue %s shows those that "
                            "there are",
                            c->cluster, c->number, c->cluster);
    }
    told_words(told, &words);
    return request_fail(request, RPC_SLURM_ERROR,
                        "job %" PRId64 " of %s was not cancelled: %.600s", c->number,
                        c->cluster, words.text);
}

/* "3", "4-9", "1,5": letters for a shell are none of them. */
static bool task_is_valid(const char *task) {
    size_t n = strlen(task);
    return n > 0 && n < TASK_SIZE && strspn(task, "0123456789,-") == n;
}

static int cancel_other(struct request *request, const struct queue *queue,
                        int64_t number, const char *task) {
    _cleanup_buf_ struct buf program = BUF_NULL;
    struct cancelling *c = calloc(1, sizeof *c);
    int r = c ? slurm_cancel_own_program(&program, number, task) : -ENOMEM;
    if (r == 0) {
        c->number = number;
        c->cluster = strdup(queue_record(queue)->name);
        r = c->cluster ? 0 : -ENOMEM;
    }
    if (r < 0) {
        cancelling_free(c);
        return r;
    }
    return inquiry_begin(request,
                         &(struct inquiry_spec){.remote = queue_remote(queue),
                                                .program = &program,
                                                .answer = answer,
                                                .data_free = cancelling_free},
                         c);
}

static int cancel_ours(struct request *request, struct queue *queue, int64_t number,
                       int64_t job) {
    int r = engine_cancel(request->server->engine, job);
    listing_spoil(queue_listing(queue));
    return r == 0 ? tell(request, number, job) : method_answer_change(request, job, r);
}

static int slurm_cancel(struct request *request) {
    const char *name = request_string(request, "cluster");
    const char *task = request_string(request, "task");
    int64_t number = request_integer(request, "job", 0);
    name = name ? name : CLUSTERS_OWN;
    struct queue *queue = clusters_find(request->server->clusters, name);
    if (!queue) {
        return method_refuse_cluster(request, name);
    }
    if (task && !task_is_valid(task)) {
        return request_fail(request, RPC_INVALID_PARAMS,
                            "'%.60s' names no task of an array: give a number, or "
                            "numbers such as 4-9 or 1,5",
                            task);
    }
    int64_t job = queue_job(queue, number);
    return job > 0 ? cancel_ours(request, queue, number, job)
                   : cancel_other(request, queue, number, task ? task : "");
}

static const struct param cancel_params[] = {
    {.name = "job",
     .type = PARAM_INTEGER,
     .required = true,
     .min = 1,
     .max = INT32_MAX,
     .text = "Slurm's number of it"},
    {.name = "cluster",
     .type = PARAM_STRING,
     .text = "which one; default slurm, that of this machine"},
    {.name = "task",
     .type = PARAM_STRING,
     .text =
         "of an array that was not submitted here: only these of its tasks, such as "
         "3 or 4-9"},
};

const struct method methods_slurm_cancel[] = {
    {.name = "slurm.cancel",
     .text =
         "End a job of the user by Slurm's number: one of ours as jobs.cancel does, "
         "another one by scancel, answered when that has run.",
     .result = &result_slurm_cancel,
     METHOD_PARAMS(cancel_params),
     .run = slurm_cancel},
};
const size_t methods_slurm_cancel_count =
    sizeof methods_slurm_cancel / sizeof methods_slurm_cancel[0];
