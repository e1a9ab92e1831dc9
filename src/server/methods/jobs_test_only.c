/* jobs.test_only: whether Slurm would take a job and when it might start, by its own
 * word (sbatch --test-only). Nothing is submitted, and nothing stays behind there. */
#include "server/methods/methods.h"
#include "server/methods/shapes.h"

#include "base/str.h"
#include "exec/remote.h"
#include "job/cluster.h"
#include "job/job.h"
#include "server/clusters.h"
#include "server/job_json.h"
#include "server/later.h"
#include "server/queue.h"
#include "server/run_slurm.h"
#include "server/server.h"
#include "server/submit.h"
#include "slurm/answer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct trial {
    struct later *later;      /* owned */
    struct remote_call *call; /* NULL: it has answered */
    char *cluster;            /* owned */
    char *text;          /* owned: what sbatch says; NULL: no memory, or an error */
    struct errmsg error; /* "": it would be taken */
};

static struct trial *trial_free(struct trial *trial) {
    if (trial) {
        (void)remote_call_cancel(trial->call);
        (void)later_free(trial->later);
        free(trial->cluster);
        free(trial->text);
        free(trial);
    }
    return NULL;
}

static void on_gone(void *data) {
    (void)trial_free(data);
}

static int answer(struct request *request, void *data) {
    const struct trial *trial = data;
    if (trial->error.text[0]) {
        return request_fail(request, RPC_SLURM_ERROR, "%s", trial->error.text);
    }
    request->result =
        trial->text ? json_pack("{s:o}", "text", json_text_or_null(trial->text)) : NULL;
    return request->result ? 0 : -ENOMEM;
}

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

static void on_told(void *arg, enum remote_outcome outcome, int exit_status,
                    const struct buf *out, const struct buf *err) {
    struct trial *trial = arg;
    struct errmsg words = ERRMSG_NULL;
    (void)out;
    trial->call = NULL;
    if (outcome == REMOTE_RAN && exit_status == 0) {
        trial->text = words_of(err);
    } else {
        (void)slurm_refusal_read(buf_bytes(err), buf_len(err), &words);
        (void)errmsg_set(&trial->error, 0,
                         outcome == REMOTE_RAN ? "%s would not take this job: %.600s"
                                               : "%s cannot be asked now: %.600s",
                         trial->cluster,
                         words.text[0] ? words.text
                                       : "it gave no answer; try again, or see "
                                         "`crystalmath cluster list`");
    }
    later_answer(trial->later, answer, trial);
    (void)trial_free(trial);
}

static int ask(struct request *request, const struct queue *queue,
               const struct buf *program) {
    static const char *const argv[] = {"sh", NULL};
    struct trial *trial = calloc(1, sizeof *trial);
    if (!trial) {
        return -ENOMEM;
    }
    trial->cluster = strdup(queue_record(queue)->name);
    int r =
        trial->cluster ? later_new(&trial->later, request, on_gone, trial) : -ENOMEM;
    const struct remote_command command = {
        .argv = argv, .in = buf_bytes(program), .in_len = buf_len(program)};
    r = r ? r : remote_run(queue_remote(queue), &command, on_told, trial, &trial->call);
    if (r < 0) {
        (void)trial_free(trial);
        return r;
    }
    return REQUEST_E_LATER;
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
