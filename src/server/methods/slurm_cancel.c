/* slurm.cancel: a job by Slurm's number. One of ours is cancelled as jobs.cancel does
 * it; another one of the same user by scancel, behind a look that it is the user's: for
 * root, scancel would end anybody's. */
#include "server/methods/methods.h"
#include "server/methods/shapes.h"

#include "exec/remote.h"
#include "job/cluster.h"
#include "server/clusters.h"
#include "server/engine.h"
#include "server/later.h"
#include "server/queue.h"
#include "server/queue_listing.h"
#include "server/server.h"
#include "slurm/answer.h"
#include "slurm/script.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { TASK_SIZE = 64 };

struct cancelling {
    struct server *server;    /* borrowed */
    struct later *later;      /* owned */
    struct remote_call *call; /* NULL: it has answered */
    char *cluster;            /* owned */
    int64_t number;
    char task[TASK_SIZE]; /* "": the job as a whole */
    struct errmsg error;  /* "": it was done */
};

static struct cancelling *cancelling_free(struct cancelling *c) {
    if (c) {
        (void)remote_call_cancel(c->call);
        (void)later_free(c->later);
        free(c->cluster);
        free(c);
    }
    return NULL;
}

static void on_gone(void *data) {
    (void)cancelling_free(data);
}

static int tell(struct request *request, int64_t number, int64_t job) {
    request->result = json_pack("{s:I, s:o}", "number", (json_int_t)number, "job",
                                job > 0 ? json_integer((json_int_t)job) : json_null());
    return request->result ? 0 : -ENOMEM;
}

static int answer(struct request *request, void *data) {
    const struct cancelling *c = data;
    return c->error.text[0]
               ? request_fail(request, RPC_SLURM_ERROR, "%s", c->error.text)
               : tell(request, c->number, 0);
}

static void on_told(void *arg, enum remote_outcome outcome, int exit_status,
                    const struct buf *out, const struct buf *err) {
    struct cancelling *c = arg;
    struct errmsg words = ERRMSG_NULL;
    struct queue *queue = clusters_find(c->server->clusters, c->cluster);
    (void)out;
    c->call = NULL;
    if (queue) {
        listing_spoil(queue_listing(queue));
    }
    if (outcome == REMOTE_RAN && exit_status == SLURM_X_NOT_THERE) {
        (void)errmsg_set(&c->error, 0,
                         "%s has no job %" PRId64
                         " of yours; crystalmath cluster queue %s shows those that "
                         "there are",
                         c->cluster, c->number, c->cluster);
    } else if (outcome != REMOTE_RAN || exit_status != 0) {
        (void)slurm_refusal_read(buf_bytes(err), buf_len(err), &words);
        (void)errmsg_set(&c->error, 0,
                         "job %" PRId64 " of %s was not cancelled: %.600s", c->number,
                         c->cluster, words.text);
    }
    later_answer(c->later, answer, c);
    (void)cancelling_free(c);
}

/* "3", "4-9", "1,5": letters for a shell are none of them. */
static bool task_is_valid(const char *task) {
    size_t n = strlen(task);
    return n > 0 && n < TASK_SIZE && strspn(task, "0123456789,-") == n;
}

static int ask(struct cancelling *c, const struct queue *queue) {
    static const char *const argv[] = {"sh", NULL};
    _cleanup_buf_ struct buf program = BUF_NULL;
    int r = slurm_cancel_own_program(&program, c->number, c->task);
    const struct remote_command command = {
        .argv = argv, .in = buf_bytes(&program), .in_len = buf_len(&program)};
    return r ? r : remote_run(queue_remote(queue), &command, on_told, c, &c->call);
}

static int cancel_other(struct request *request, const struct queue *queue,
                        int64_t number, const char *task) {
    struct cancelling *c = calloc(1, sizeof *c);
    if (!c) {
        return -ENOMEM;
    }
    c->server = request->server;
    c->number = number;
    (void)memcpy(c->task, task, strlen(task) + 1);
    c->cluster = strdup(queue_record(queue)->name);
    int r = c->cluster ? later_new(&c->later, request, on_gone, c) : -ENOMEM;
    r = r ? r : ask(c, queue);
    if (r < 0) {
        (void)cancelling_free(c);
        return r;
    }
    return REQUEST_E_LATER;
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
