/* `crystalmath resubmit ID`: a new job that goes on with the run of one that has ended.
 * As with submit, a request that is repeated because its answer was lost makes no
 * second job. */
#include "cli/cmds.h"

#include "base/cleanup.h"
#include "cli/field.h"
#include "cli/jobline.h"
#include "cli/remote.h"
#include "cli/say.h"
#include "cli/submit_options.h"
#include "cli/waiting.h"

#include <inttypes.h>
#include <stdio.h>

static void tell(const struct term *term, const json_t *job) {
    int64_t id = field_int(job, "id", 0);
    if (!term->tty) {
        (void)printf("%" PRId64 "\n", id);
        return;
    }
    const char *state = field_text(job, "state");
    const char *input = field_text(job, "input");
    const char *directory = field_text(job, "directory");
    _cleanup_free_ char *name = jobline_name(term, job);
    _cleanup_free_ char *file = term_clean(term, input ? input : "?");
    _cleanup_free_ char *folder = term_clean(term, directory ? directory : "?");
    (void)printf("job %" PRId64 ": %s, %s, goes on with job %" PRId64
                 "\n  by %s in %s\n",
                 id, name, state ? state : "submitted", field_int(job, "continues", 0),
                 file, folder);
}

/* Nothing but what would be done. */
static int tell_plan(struct cm_client *client, int64_t id, bool json) {
    _cleanup_json_ json_t *plan = NULL;
    const struct term term = term_stdout();
    size_t i = 0;
    json_t *step = NULL;
    int status = remote_call(client, "jobs.restart_plan", remote_id_params(id), &plan);
    if (status != CLI_OK || json) {
        return status != CLI_OK ? status : remote_print_json(&term, plan);
    }
    const char *input = field_text(plan, "input");
    const char *output = field_text(plan, "output");
    _cleanup_free_ char *from = term_clean(&term, input ? input : "?");
    _cleanup_free_ char *into = term_clean(&term, output ? output : "?");
    (void)printf("job %" PRId64 " would go on with %s, into %s\n", id, from, into);
    json_array_foreach(json_object_get(plan, "steps"), i, step) {
        _cleanup_free_ char *words = term_clean(&term, json_string_value(step));
        (void)printf("  %s %s\n", i == 0 ? "before:" : "       ", words);
    }
    return CLI_OK;
}

static int ask(struct cm_client *client, const json_t *params, json_t **job) {
    _cleanup_error_ struct cm_error *error = NULL;
    int tries = 0;
    int r = 0;
    do {
        r = remote_try(client, "jobs.resubmit", json_deep_copy(params), job, &error);
    } while (remote_again(client, r, &tries, &error));
    return r < 0 ? remote_report(error) : CLI_OK;
}

int cmd_resubmit(const struct cli *cli, const struct args *args) {
    _cleanup_free_ int64_t *ids = NULL;
    _cleanup_client_ struct cm_client *client = NULL;
    _cleanup_json_ json_t *job = NULL;
    struct term term = term_stdout();
    bool json = args_has(args, "json");
    int status = args_job_ids(args, &ids);
    if (status != CLI_OK) {
        return status;
    }
    _cleanup_json_ json_t *params = say_need(remote_id_params(ids[0]));
    submit_put(params, "token", submit_token());
    status = submit_limits(args, params);
    status = status ? status : remote_open(cli, &client);
    if (status == CLI_OK && args_has(args, "dry-run")) {
        return tell_plan(client, ids[0], json);
    }
    status = status ? status : ask(client, params, &job);
    if (status != CLI_OK) {
        return status;
    }
    bool wait = args_has(args, "wait");
    int64_t id = field_int(job, "id", 0);
    if (json && !wait) {
        return remote_print_json(&term, job);
    }
    if (!json) {
        tell(&term, job);
    }
    const struct waiting waiting = {cli, client, &id, 1, json, true};
    return wait ? waiting_run(&waiting) : CLI_OK;
}
