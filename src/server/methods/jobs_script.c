/* jobs.script: what a submission to a cluster would be handed over as. */
#include "server/methods/methods.h"
#include "server/methods/shapes.h"

#include "job/job.h"
#include "server/job_json.h"
#include "server/run_slurm.h"
#include "server/server.h"
#include "server/submit.h"

#include <errno.h>

int method_jobs_script(struct request *request) {
    _cleanup_(submission_deinit) struct submission submission = SUBMISSION_NULL;
    _cleanup_buf_ struct buf script = BUF_NULL;
    struct errmsg msg = ERRMSG_NULL;
    int r = submit_prepare(request, &submission);
    if (r != 0) {
        return r;
    }
    if (!submission.job->cluster) {
        return request_fail(
            request, RPC_INVALID_PARAMS,
            "a job of this machine has no batch script; say where it is "
            "to go with 'on' (`crystalmath submit --on NAME`)");
    }
    r = run_slurm_script(request->server->engine, submission.job, false, &script, &msg);
    if (r == -EINVAL) {
        return request_fail(request, RPC_SERVER_ERROR, "%s", msg.text);
    }
    r = r ? r : buf_append(&script, "", 1);
    request->result =
        r ? NULL : json_pack("{s:o}", "script", json_text_or_null(buf_bytes(&script)));
    return request->result ? 0 : r ? r : -ENOMEM;
}
