/* jobs.test_only: whether Slurm would take a job and when it might start, by its own
 * word (sbatch --test-only). Nothing is submitted, and nothing stays behind there. */
#include "server/methods/methods.h"
#include "server/methods/shapes.h"

#include "base/str.h"
#include "job/cluster.h"
#include "job/job.h"
#include "server/clusters.h"
#include "server/inquiry.h"
#include "server/job_json.h"
#include "server/queue.h"
#include "server/run_slurm.h"
#include "server/server.h"
#include "server/submit.h"
#include "slurm/answer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* What it says goes to its standard error, with its name in front. */
static char *words_of(const struct buf *err) {
    static const char name[] = "sbatch: ";
    char *text = str_to_utf8(buf_bytes(err), buf_len(err));
    if (text) {
        size_t skip = str_starts_with(text, name) ? strlen(name) : 0;
        size_t n = strcspn(text + skip, "\n");
        memmove(text, text + skip, n);
        text[n] = '\0';
    }
    return text;
}

/* `data` is the cluster's name. */
static int answer(struct request *request, const struct told *told, void *data) {
    struct errmsg words = ERRMSG_NULL;
    if (!told_is_good(told)) {
        told_words(told, &words);
        struct errmsg same = ERRMSG_NULL;
        bool asked = told->outcome == REMOTE_RAN &&
                     slurm_refusal_read(words.text, strlen(words.text), &same) !=
                         SLURM_REFUSAL_ABSENT;
        return request_fail(request, RPC_SLURM_ERROR,
                            asked ? "%s would not take this job: %.600s"
                                  : "%s cannot be asked now: %.600s",
                            (const char *)data, words.text);
    }
    _cleanup_free_ char *text = words_of(told->err);
    request->result = text ? json_pack("{s:o}", "text", json_text_or_null(text)) : NULL;
    return request->result ? 0 : -ENOMEM;
}

static int ask(struct request *request, const struct queue *queue,
               const struct buf *program) {
    char *name = strdup(queue_record(queue)->name);
    if (!name) {
        return -ENOMEM;
    }
    return inquiry_begin(request,
                         &(struct inquiry_spec){.remote = queue_remote(queue),
                                                .program = program,
                                                .answer = answer,
                                                .data_free = free},
                         name);
}

int method_jobs_test_only(struct request *request) {
    _cleanup_(submission_deinit) struct submission submission = SUBMISSION_NULL;
    _cleanup_buf_ struct buf program = BUF_NULL;
    struct errmsg msg = ERRMSG_NULL;
    int r = submit_prepare(request, &submission);
    if (r != 0) {
        return r;
    }
    if (!submission.job->cluster) {
        return request_fail(
            request, RPC_INVALID_PARAMS,
            "only Slurm can tell whether it would take a job; say where "
            "it is to go with 'on' (`crystalmath submit --on NAME`)");
    }
    r = run_slurm_script(request->server->engine, submission.job, true, &program, &msg);
    if (r == -EINVAL) {
        return request_fail(request, RPC_SERVER_ERROR, "%s", msg.text);
    }
    return r ? r
             : ask(request,
                   clusters_find(request->server->clusters, submission.job->cluster),
                   &program);
}
