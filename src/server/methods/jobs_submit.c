/* jobs.submit. */
#include "server/methods/methods.h"
#include "server/methods/shapes.h"

#include "server/engine.h"
#include "server/server.h"
#include "server/submit.h"

#include "base/path.h"
#include "server/run.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#define WAY_OUT                                                                        \
    "Let this one run after it (`crystalmath submit --queue`), wait for it "           \
    "(`crystalmath wait %" PRId64 "`) or cancel it (`crystalmath cancel %" PRId64 "`)"

static int refuse_conflict(struct request *request, const struct job *job,
                           int64_t other) {
    struct run *run = engine_find(request->server->engine, other);
    if (!run) {
        return -EIO;
    }
    const struct job *older = run_job(run);
    _cleanup_free_ char *folder = NULL;
    if (strcmp(older->output, job->output) == 0) {
        return request_fail(request, RPC_SERVER_ERROR,
                            "job %" PRId64 " (%s) has not ended yet and writes to %s, "
                            "too. " WAY_OUT,
                            other, older->name, job->output, other, other);
    }
    int r = path_dirname(&folder, job->stop_file);
    return r ? r
             : request_fail(request, RPC_SERVER_ERROR,
                            "job %" PRId64 " (%s) has not ended yet and keeps files of "
                            "the same names in %s (for pw.x: outdir and prefix are the "
                            "same). " WAY_OUT,
                            other, older->name, folder, other, other);
}

static int jobs_submit(struct request *request) {
    _cleanup_(job_freep) struct job *job = NULL;
    int r = submit_prepare(request, &job);
    if (r != 0) {
        return r;
    }
    int64_t id = 0;
    r = engine_submit(request->server->engine, &job, request_boolean(request, "queue"),
                      &id);
    if (r != 0) {
        submit_copy_undo(job);
    }
    if (r == ENGINE_E_CONFLICT) {
        return refuse_conflict(request, job, id);
    }
    if (r != 0 && r != ENGINE_E_REPEATED) {
        return method_store_failed(request, r);
    }
    return method_answer_summary(request, id);
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
    {.name = "queue",
     .type = PARAM_BOOLEAN,
     .text =
         "wait for the jobs that write to the same files, instead of being refused"},
    {.name = "copy",
     .type = PARAM_BOOLEAN,
     .text = "run the input in a fresh folder, with copies of the files it needs"},
};

const struct method methods_submit[] = {
    {.name = "jobs.submit",
     .text = "Run an input file or a command as a job.",
     .result = &shape_job,
     METHOD_PARAMS(submit_params),
     .grouped = true,
     .run = jobs_submit},
};
const size_t methods_submit_count = sizeof methods_submit / sizeof methods_submit[0];
