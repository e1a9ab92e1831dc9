/* jobs.conflict: the unfinished job that a submission would get into the way of. */
#include "server/methods/methods.h"
#include "server/methods/shapes.h"

#include "server/engine.h"
#include "server/job_json.h"
#include "server/run.h"
#include "server/server.h"
#include "server/submit.h"

#include "base/cleanup.h"
#include "base/path.h"
#include "job/job.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#define WAY_OUT                                                                        \
    "Let this one run after it (`crystalmath submit --queue`), wait for it "           \
    "(`crystalmath wait %" PRId64 "`) or cancel it (`crystalmath cancel %" PRId64 "`)"

/* 0 or a negative errno. */
static int put_words(struct errmsg *out, const struct job *job,
                     const struct job *other) {
    _cleanup_free_ char *folder = NULL;
    if (strcmp(other->output, job->output) == 0) {
        return errmsg_set(out, 0,
                          "job %" PRId64 " (%s) has not ended yet and writes to %s, "
                          "too. " WAY_OUT,
                          other->id, other->name, job->output, other->id, other->id);
    }
    int r = path_dirname(&folder, job->stop_file);
    return r ? r
             : errmsg_set(out, 0,
                          "job %" PRId64 " (%s) has not ended yet and keeps files of "
                          "the same names in %s (for pw.x: outdir and prefix are the "
                          "same). " WAY_OUT,
                          other->id, other->name, folder, other->id, other->id);
}

static int words(const struct request *request, const struct job *job, int64_t other,
                 struct errmsg *out) {
    struct run *run = engine_find(request->server->engine, other);
    return run ? put_words(out, job, run_job(run)) : -EIO;
}

int method_refuse_conflict(struct request *request, const struct job *job,
                           int64_t other) {
    struct errmsg msg = ERRMSG_NULL;
    int r = words(request, job, other, &msg);
    if (r == 0) {
        request->data = json_pack("{s:I}", "conflict", (json_int_t)other);
        r = request->data ? request_fail(request, RPC_SERVER_ERROR, "%s", msg.text)
                          : -ENOMEM;
    }
    return r;
}

int method_jobs_conflict(struct request *request) {
    _cleanup_(submission_deinit) struct submission submission = SUBMISSION_NULL;
    struct errmsg msg = ERRMSG_NULL;
    int64_t id = 0;
    int r = submit_prepare(request, &submission);
    if (r != 0) {
        return r;
    }
    r = engine_foresee(request->server->engine, submission.job, submission.queue, &id);
    if (r == ENGINE_E_CONFLICT) {
        r = words(request, submission.job, id, &msg);
        request->result = r ? NULL
                            : json_pack("{s:I, s:o}", "id", (json_int_t)id, "text",
                                        json_text_or_null(msg.text));
    } else {
        request->result = json_pack("{s:n, s:n}", "id", "text");
        r = 0;
    }
    return r ? r : request->result ? 0 : -ENOMEM;
}
