/* jobs.tag, jobs.rename, jobs.note, jobs.remove: how people keep their jobs in order.
 */
#include "server/methods/methods.h"
#include "server/methods/shapes.h"

#include "base/str.h"
#include "server/engine.h"
#include "server/server.h"
#include "server/submit.h"

#include <errno.h>
#include <inttypes.h>

enum { REMOVE_MAX = 1000 };

static int answer_edit(struct request *request, const struct engine_edit *edit) {
    int64_t id = request_integer(request, "id", 0);
    int r = engine_edit(request->server->engine, id, edit);
    if (r == ENGINE_E_PENDING) {
        return method_answer_pending(request, "job %" PRId64 " has its new %s now", id,
                                     edit->name   ? "name"
                                     : edit->note ? "note"
                                                  : "tags");
    }
    return method_answer_change(request, id, r);
}

static int jobs_tag(struct request *request) {
    const json_t *add = json_object_get(request->params, "add");
    const json_t *drop = json_object_get(request->params, "remove");
    char **added = NULL;
    char **dropped = NULL;
    if (json_array_size(add) + json_array_size(drop) == 0) {
        return request_fail(request, RPC_INVALID_PARAMS,
                            "give tags to 'add', to 'remove', or both");
    }
    int r = submit_check_tags(request, add);
    r = r ? r : submit_check_tags(request, drop);
    r = r ? r : submit_strings(add, &added);
    r = r ? r : submit_strings(drop, &dropped);
    const struct engine_edit edit = {.add = added, .drop = dropped};
    r = r ? r : answer_edit(request, &edit);
    (void)strv_free(added);
    (void)strv_free(dropped);
    return r;
}

static int jobs_rename(struct request *request) {
    const struct engine_edit edit = {.name = request_string(request, "name")};
    int r = submit_check_name(request, edit.name);
    return r ? r : answer_edit(request, &edit);
}

static int jobs_note(struct request *request) {
    const struct engine_edit edit = {.note = request_string(request, "note")};
    int r = submit_check_note(request, edit.note);
    return r ? r : answer_edit(request, &edit);
}

static json_t *refusal(int64_t id, int verdict, int64_t by) {
    struct errmsg why = ERRMSG_NULL;
    switch (verdict) {
    case ENGINE_E_OPEN:
        (void)errmsg_set(&why, 0,
                         "job %" PRId64 " has not ended; `crystalmath cancel %" PRId64
                         "` ends it, then it can be removed",
                         id, id);
        break;
    case ENGINE_E_NEEDED:
        (void)errmsg_set(&why, 0,
                         "job %" PRId64 " starts after job %" PRId64
                         " and has not started yet; `crystalmath wait %" PRId64
                         "` waits for it, `crystalmath cancel %" PRId64 "` ends it",
                         by, id, by, by);
        break;
    default:
        (void)errmsg_set(
            &why, 0, "there is no job %" PRId64 "; `crystalmath jobs` lists them", id);
        break;
    }
    return json_pack("{s:I, s:s}", "id", (json_int_t)id, "reason", why.text);
}

static int answer_removal(struct request *request, const int64_t *ids, size_t n,
                          const int *verdicts, const int64_t *by) {
    json_t *removed = json_array();
    json_t *refused = json_array();
    request->result = json_pack("{s:o, s:o}", "removed", removed, "refused", refused);
    for (size_t i = 0; request->result && i < n; i++) {
        int r =
            verdicts[i] == 0
                ? json_array_append_new(removed, json_integer(ids[i]))
                : json_array_append_new(refused, refusal(ids[i], verdicts[i], by[i]));
        if (r < 0) {
            return -ENOMEM;
        }
    }
    return request->result ? 0 : -ENOMEM;
}

static int jobs_remove(struct request *request) {
    const json_t *jobs = json_object_get(request->params, "jobs");
    size_t n = json_array_size(jobs);
    if (n > REMOVE_MAX) {
        return request_fail(request, RPC_INVALID_PARAMS,
                            "at most %d jobs are removed at once, not %zu", REMOVE_MAX,
                            n);
    }
    _cleanup_free_ int64_t *ids = calloc(n + 1, sizeof *ids);
    _cleanup_free_ int64_t *by = calloc(n + 1, sizeof *by);
    _cleanup_free_ int *verdicts = calloc(n + 1, sizeof *verdicts);
    if (!ids || !by || !verdicts) {
        return -ENOMEM;
    }
    for (size_t i = 0; i < n; i++) {
        ids[i] = json_integer_value(json_array_get(jobs, i));
    }
    int r = engine_remove(request->server->engine, ids, n, verdicts, by);
    return r < 0 ? method_store_failed(request, r)
                 : answer_removal(request, ids, n, verdicts, by);
}

static const struct param tag_params[] = {
    METHOD_PARAM_JOB,
    {.name = "add", .type = PARAM_STRINGS, .text = "tags that it gets"},
    {.name = "remove",
     .type = PARAM_STRINGS,
     .text = "tags that it loses, as far as it has them"},
};
static const struct param rename_params[] = {
    METHOD_PARAM_JOB,
    {.name = "name",
     .type = PARAM_STRING,
     .required = true,
     .text = "what people call the job from now on"},
};
static const struct param note_params[] = {
    METHOD_PARAM_JOB,
    {.name = "note",
     .type = PARAM_STRING,
     .required = true,
     .text = "a person's own words about it; empty: none"},
};
static const struct param remove_params[] = {
    {.name = "jobs",
     .type = PARAM_INTEGERS,
     .required = true,
     .text = "numbers of the jobs, at most 1000"},
};

const struct method methods_keep[] = {
    {.name = "jobs.tag",
     .text = "Give tags to a job, ended or not, and take tags away.",
     .result = &shape_job,
     METHOD_PARAMS(tag_params),
     .run = jobs_tag},
    {.name = "jobs.rename",
     .text = "Give a job, ended or not, another name.",
     .result = &shape_job,
     METHOD_PARAMS(rename_params),
     .run = jobs_rename},
    {.name = "jobs.note",
     .text = "Put a note on a job, ended or not, in the place of the one before.",
     .result = &shape_job,
     METHOD_PARAMS(note_params),
     .run = jobs_note},
    {.name = "jobs.remove",
     .text = "Forget jobs that have ended; the files in their directories stay, what "
             "commands printed goes.",
     .result = &result_remove,
     METHOD_PARAMS(remove_params),
     .run = jobs_remove},
};
const size_t methods_keep_count = sizeof methods_keep / sizeof methods_keep[0];
