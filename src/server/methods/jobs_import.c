/* jobs.import: runs that were made elsewhere become jobs that have ended. */
#include "server/methods/methods.h"
#include "server/methods/shapes.h"

#include "job/job.h"
#include "server/engine.h"
#include "server/record.h"
#include "server/server.h"

#include <errno.h>

struct batch {
    struct engine_import *items; /* owned, n of them */
    char **texts;                /* owned: their results */
    size_t n;
};

static void batch_deinit(struct batch *batch) {
    for (size_t i = 0; i < batch->n; i++) {
        (void)job_free(batch->items[i].job);
        free(batch->texts[i]);
    }
    free(batch->items);
    free(batch->texts);
}

static int prepare(struct request *request, const json_t *runs, struct batch *batch) {
    size_t n = json_array_size(runs);
    batch->items = calloc(n + 1, sizeof *batch->items);
    batch->texts = calloc(n + 1, sizeof *batch->texts);
    if (!batch->items || !batch->texts) {
        return -ENOMEM;
    }
    int r = 0;
    for (size_t i = 0; r == 0 && i < n; i++) {
        batch->n = i + 1;
        r = record_prepare(request, json_array_get(runs, i), &batch->items[i].job,
                           &batch->texts[i]);
        batch->items[i].results_json = batch->texts[i];
    }
    return r;
}

static int answer(struct request *request, const struct batch *batch) {
    json_t *jobs = json_array();
    json_t *known = json_array();
    request->result = json_pack("{s:o, s:o}", "jobs", jobs, "known", known);
    for (size_t i = 0; request->result && i < batch->n; i++) {
        json_int_t id = (json_int_t)batch->items[i].job->id;
        if (json_array_append_new(jobs, json_integer(id)) < 0 ||
            (batch->items[i].repeated &&
             json_array_append_new(known, json_integer((json_int_t)i)) < 0)) {
            return -ENOMEM;
        }
    }
    return request->result ? 0 : -ENOMEM;
}

static int jobs_import(struct request *request) {
    const json_t *runs = json_object_get(request->params, "runs");
    if (json_array_size(runs) > RECORD_RUNS_MAX) {
        return request_fail(request, RPC_INVALID_PARAMS,
                            "at most %d runs are imported at once, not %zu",
                            RECORD_RUNS_MAX, json_array_size(runs));
    }
    _cleanup_(batch_deinit) struct batch batch = {NULL, NULL, 0};
    int r = prepare(request, runs, &batch);
    if (r != 0) {
        return r;
    }
    r = engine_import(request->server->engine, batch.items, batch.n);
    return r < 0 ? method_store_failed(request, r) : answer(request, &batch);
}

static const struct param import_params[] = {
    {.name = "runs",
     .type = PARAM_OBJECTS,
     .required = true,
     .text = "at most 1000 runs, as {code, name, directory, output, input, started_at, "
             "finished_at, token, results}: input, started_at and token can be left "
             "out, and results are as in jobs.get"},
    {.name = "tags",
     .type = PARAM_STRINGS,
     .text = "words by which all of them are found"},
};

const struct method methods_import[] = {
    {.name = "jobs.import",
     .text =
         "Record runs that were made elsewhere as jobs that have ended: all of them "
         "or none. A token that has made a job before makes no other.",
     .result = &result_import,
     METHOD_PARAMS(import_params),
     .run = jobs_import},
};
const size_t methods_import_count = sizeof methods_import / sizeof methods_import[0];
