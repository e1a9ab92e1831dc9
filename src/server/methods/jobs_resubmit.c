/* jobs.resubmit. */
#include "server/methods/methods.h"
#include "server/methods/shapes.h"

#include "server/engine_internal.h"
#include "server/resubmit.h"
#include "server/server.h"
#include "server/submit.h"

#include <errno.h>
#include <string.h>

static int set_wishes(struct request *request, struct job *job) {
    const char *token = request_string(request, "token");
    job->chain = (int)request_integer(request, "chain", 0);
    job->time_limit_seconds =
        request_integer(request, "time_limit", job->time_limit_seconds);
    job->token = token ? strdup(token) : NULL;
    return token && !job->token ? -ENOMEM : 0;
}

/* Into the folder and onto the disk, or neither. */
static int go_on(struct request *request, const struct job *old,
                 struct resubmission *made, int64_t *id) {
    struct engine *engine = request->server->engine;
    struct job **job = &made->submission.job;
    struct errmsg msg = ERRMSG_NULL;
    int64_t other = engine_claimed_by(engine, *job);
    if (other > 0) {
        return method_refuse_conflict(request, *job, other);
    }
    int r = resubmit_begin(request->server, made, &msg);
    if (r != 0) {
        return r > 0 ? request_fail(request, RPC_SERVER_ERROR, "%s", msg.text)
                     : method_store_failed(request, r);
    }
    r = engine_submit(engine, job, false, id);
    if (r != 0) {
        resubmit_undo(made, old->directory);
        return method_store_failed(request, r < 0 ? r : -EIO);
    }
    return 0;
}

static int resubmit(struct request *request, const struct job *old) {
    _cleanup_(resubmission_deinit) struct resubmission made = RESUBMISSION_NULL;
    struct errmsg msg = ERRMSG_NULL;
    int64_t id = 0;
    int r = resubmit_prepare(request->server, old, &made, &msg);
    if (r != 0) {
        return r > 0 ? request_fail(request, RPC_SERVER_ERROR, "%s", msg.text)
                     : method_store_failed(request, r);
    }
    r = set_wishes(request, made.submission.job);
    r = r ? r : go_on(request, old, &made, &id);
    return r ? r : method_answer_summary(request, id);
}

static int jobs_resubmit(struct request *request) {
    _cleanup_(job_freep) struct job *old = NULL;
    struct store *store = request->server->store;
    const char *token = request_string(request, "token");
    int64_t id = 0;
    int r = token ? store_token_find(store, token, &id) : STORE_E_MISSING;
    if (r != STORE_E_MISSING) {
        return r == 0 ? method_answer_summary(request, id)
                      : method_store_failed(request, r);
    }
    r = method_stored_job(request, request_integer(request, "id", 0), &old);
    return r ? r : resubmit(request, old);
}

static const struct param resubmit_params[] = {
    METHOD_PARAM_JOB,
    {.name = "token",
     .type = PARAM_STRING,
     .text = "names this request: repeated, it gives the same job"},
    {.name = "time_limit",
     .type = PARAM_INTEGER,
     .min = 1,
     .max = SUBMIT_TIME_LIMIT_MAX,
     .text = "end it after so many seconds; default that of the job before"},
    {.name = "chain",
     .type = PARAM_INTEGER,
     .min = 0,
     .max = SUBMIT_CHAIN_MAX,
     .text = "how often its run is continued by itself when its time limit ends it; "
             "default 0"},
};

const struct method methods_resubmit[] = {
    {.name = "jobs.resubmit",
     .text = "Go on with the run of a job that has ended, from its restart files, as a "
             "new job in the same folder.",
     .result = &shape_job,
     METHOD_PARAMS(resubmit_params),
     .run = jobs_resubmit},
};
const size_t methods_resubmit_count =
    sizeof methods_resubmit / sizeof methods_resubmit[0];
