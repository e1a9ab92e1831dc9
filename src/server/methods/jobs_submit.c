/* jobs.submit. */
#include "server/methods/methods.h"
#include "server/methods/shapes.h"

#include "server/copying.h"
#include "server/engine.h"
#include "server/job_json.h"
#include "server/server.h"
#include "server/submit.h"

#include <errno.h>

/* Of all files of one job together, where the loop waits for it. */
#define COPIED_IN_BATCH_MAX (INT64_C(64) * 1024 * 1024)

/* What came of it. */
static int answer(struct request *request, const struct submission *submission, int r,
                  int64_t id) {
    if (r == ENGINE_E_CONFLICT) {
        return method_refuse_conflict(request, submission->job, id);
    }
    if (r != 0 && r != ENGINE_E_REPEATED) {
        return method_store_failed(request, r);
    }
    r = method_answer_summary(request, id);
    json_t *warnings =
        submission->warnings ? json_incref(submission->warnings) : json_array();
    return r ? r : json_put(request->result, "warnings", warnings);
}

/* The work is done. What it left behind is the caller's, unless a job has come of it.
 */
static int finish(struct request *request, struct submission *submission) {
    int64_t id = 0;
    int r = submission->code ? submit_keep_inputs(request->server, submission) : 0;
    if (r < 0) {
        return method_store_failed(request, r);
    }
    r = engine_submit(request->server->engine, &submission->job, submission->queue,
                      &id);
    if (r == 0 && submission->work) {
        copy_work_keep(submission->work);
    }
    return answer(request, submission, r, id);
}

/* Here and now: its answer goes with others. */
static int work_in_batch(struct request *request, struct submission *submission) {
    struct copy_work *work = submission->work;
    work->max = COPIED_IN_BATCH_MAX;
    int r = copy_work_run(work);
    if (r < 0) {
        return work->error.text[0]
                   ? request_fail(request, RPC_SERVER_ERROR, "%s", work->error.text)
                   : r;
    }
    r = finish(request, submission);
    if (work->whole) {
        copy_work_discard(work);
        copying_tidy(request->server->copying);
    }
    return r;
}

static int jobs_submit(struct request *request) {
    _cleanup_(submission_deinit) struct submission submission = SUBMISSION_NULL;
    struct engine *engine = request->server->engine;
    int64_t id = 0;
    int r = submit_prepare(request, &submission);
    if (r != 0 || !submission.work) {
        return r ? r : finish(request, &submission);
    }
    /* What is known beforehand is better said before. */
    r = engine_foresee(engine, submission.job, submission.queue, &id);
    if (r != 0) {
        return answer(request, &submission, r, id);
    }
    if (request->server->grouping == GROUPING_BATCH) {
        return work_in_batch(request, &submission);
    }
    return engine_group_has_members(engine)
               ? REQUEST_E_APART
               : copying_start(request, &submission, finish);
}

static const struct param submit_params[] = {
    {.name = "input",
     .type = PARAM_STRING,
     .text = "input file, or a folder with one, an absolute path"},
    {.name = "command",
     .type = PARAM_STRINGS,
     .text = "program and arguments, instead"},
    {.name = "directory", .type = PARAM_STRING, .text = "where a command runs"},
    {.name = "name", .type = PARAM_STRING, .text = "what people call the job"},
    {.name = "cores",
     .type = PARAM_INTEGER,
     .min = 1,
     .max = 1000000,
     .text = "how many cores it takes; default 1"},
    {.name = "pools",
     .type = PARAM_INTEGER,
     .min = 1,
     .max = 1000000,
     .text = "into how many groups pw.x divides the cores, for k points"},
    {.name = "environment",
     .type = PARAM_OBJECT,
     .text = "the job's environment; default the server's"},
    {.name = "umask",
     .type = PARAM_INTEGER,
     .min = 0,
     .max = 0777,
     .text = "for the files it makes; default 18 (022)"},
    {.name = "token",
     .type = PARAM_STRING,
     .text = "names this submission: repeated, it gives the same job"},
    {.name = "priority",
     .type = PARAM_INTEGER,
     .min = -SUBMIT_PRIORITY_MAX,
     .max = SUBMIT_PRIORITY_MAX,
     .text = "jobs with a larger one start first; default 0"},
    {.name = "memory_bytes",
     .type = PARAM_INTEGER,
     .min = 1,
     .max = INT64_MAX,
     .text = "how much memory it takes; default: it is not counted"},
    {.name = "begin_at",
     .type = PARAM_STRING,
     .text = "do not start before, ISO 8601 in UTC"},
    {.name = "time_limit",
     .type = PARAM_INTEGER,
     .min = 1,
     .max = SUBMIT_TIME_LIMIT_MAX,
     .text = "end it after so many seconds; default none"},
    {.name = "chain",
     .type = PARAM_INTEGER,
     .min = 0,
     .max = SUBMIT_CHAIN_MAX,
     .text =
         "how often the run of an input is continued by itself, as by jobs.resubmit, "
         "when its time limit ends it; default 0"},
    {.name = "retries",
     .type = PARAM_INTEGER,
     .min = 0,
     .max = SUBMIT_RETRIES_MAX,
     .text = "how often it is tried again when it fails; default 0"},
    {.name = "after",
     .type = PARAM_OBJECTS,
     .text = "jobs it waits for, as {id, kind}, where kind is ok (the default), any or "
             "not-ok"},
    {.name = "hold", .type = PARAM_BOOLEAN, .text = "wait until it is released"},
    {.name = "tags", .type = PARAM_STRINGS, .text = "words by which it is found"},
    {.name = "note", .type = PARAM_STRING, .text = "a person's own words about it"},
    {.name = "force",
     .type = PARAM_BOOLEAN,
     .text =
         "run an input although errors were found in it; they are told as warnings"},
    {.name = "careful",
     .type = PARAM_BOOLEAN,
     .text =
         "refuse an input also for what may spoil its run, unless it is forced; the "
         "error's data then has `warnings`, and `force`: true wherever that would do"},
    {.name = "queue",
     .type = PARAM_BOOLEAN,
     .text =
         "wait for the jobs that write to the same files, instead of being refused; "
         "the error's data then has `conflict`, the number of such a job"},
    {.name = "on",
     .type = PARAM_STRING,
     .text = "the cluster that it goes to; default: this machine"},
    {.name = "nodes", .type = PARAM_STRING, .text = "how many nodes, such as 2 or 1-4"},
    {.name = "ntasks",
     .type = PARAM_INTEGER,
     .min = 1,
     .max = 1000000,
     .text = "how many processes"},
    {.name = "cpus",
     .type = PARAM_INTEGER,
     .min = 1,
     .max = 1000000,
     .text = "cores of each process"},
    {.name = "mem", .type = PARAM_STRING, .text = "memory of each node, such as 4G"},
    {.name = "partition", .type = PARAM_STRING, .text = "the part of the cluster"},
    {.name = "account", .type = PARAM_STRING, .text = "who pays"},
    {.name = "qos", .type = PARAM_STRING, .text = "quality of service"},
    {.name = "array",
     .type = PARAM_STRING,
     .text = "of a command: the numbers of its tasks, such as 0-9 or 1,3,5-7%2; each "
             "finds its own in SLURM_ARRAY_TASK_ID"},
    {.name = "copy",
     .type = PARAM_BOOLEAN,
     .text = "run the input in a fresh folder, with copies of the files it needs"},
};

const struct method methods_submit[] = {
    {.name = "jobs.submit",
     .text = "Run an input file or a command as a job.",
     .result = &result_submit,
     METHOD_PARAMS(submit_params),
     .grouped = true,
     .run = jobs_submit},
    {.name = "jobs.script",
     .text = "Tell the batch script that such a job would be handed to its cluster as; "
             "nothing is submitted.",
     .result = &result_script,
     METHOD_PARAMS(submit_params),
     .run = method_jobs_script},
    {.name = "jobs.conflict",
     .text = "Tell which unfinished job writes to files of such a job, so that "
             "jobs.submit would refuse it; nothing is submitted.",
     .result = &result_conflict,
     METHOD_PARAMS(submit_params),
     .run = method_jobs_conflict},
    {.name = "jobs.test_only",
     .text = "Ask Slurm whether it would take such a job and when it may start (sbatch "
             "--test-only); nothing is submitted.",
     .result = &result_test_only,
     METHOD_PARAMS(submit_params),
     .run = method_jobs_test_only},
};
const size_t methods_submit_count = sizeof methods_submit / sizeof methods_submit[0];
