/* jobs.hold, jobs.release, jobs.set_priority: what people do with jobs that wait. */
#include "server/methods/methods.h"
#include "server/methods/shapes.h"

#include "server/engine.h"
#include "server/server.h"
#include "server/submit.h"

static int jobs_hold(struct request *request) {
    int64_t id = request_integer(request, "id", 0);
    return method_answer_change(request, id, engine_hold(request->server->engine, id));
}

static int jobs_release(struct request *request) {
    int64_t id = request_integer(request, "id", 0);
    return method_answer_change(request, id,
                                engine_release(request->server->engine, id));
}

static int jobs_set_priority(struct request *request) {
    int64_t id = request_integer(request, "id", 0);
    int priority = (int)request_integer(request, "priority", 0);
    return method_answer_change(
        request, id, engine_set_priority(request->server->engine, id, priority));
}

static const struct param queue_params[] = {
    METHOD_PARAM_JOB,
    {.name = "priority",
     .type = PARAM_INTEGER,
     .required = true,
     .min = -SUBMIT_PRIORITY_MAX,
     .max = SUBMIT_PRIORITY_MAX,
     .text = "jobs with a larger one start first"},
};

#define ID_ALONE .params = queue_params, .n_params = 1

const struct method methods_queue[] = {
    {.name = "jobs.hold",
     .text = "Keep a waiting job from starting until it is released.",
     .result = &shape_job,
     ID_ALONE,
     .run = jobs_hold},
    {.name = "jobs.release",
     .text = "Let a held job wait for its turn again.",
     .result = &shape_job,
     ID_ALONE,
     .run = jobs_release},
    {.name = "jobs.set_priority",
     .text = "Change the priority of a job that has not started.",
     .result = &shape_job,
     METHOD_PARAMS(queue_params),
     .run = jobs_set_priority},
};
const size_t methods_queue_count = sizeof methods_queue / sizeof methods_queue[0];
