/* `crystalmath cancel|hold|release ID…`, `crystalmath priority N ID…`: changes of jobs,
 * one call each. */
#include "cli/cmds.h"

#include "base/cleanup.h"
#include "base/str.h"
#include "cli/field.h"
#include "cli/jobline.h"
#include "cli/remote.h"
#include "cli/say.h"

#include <inttypes.h>
#include <stdio.h>

static int change(struct cm_client *client, const struct term *term, const char *method,
                  json_t *params_take, int64_t id) {
    _cleanup_json_ json_t *job = NULL;
    int status = remote_call(client, method, params_take, &job);
    if (status != CLI_OK) {
        return status;
    }
    const char *state = field_text(job, "state");
    if (!state) {
        state = "?";
    }
    if (!term->tty) {
        (void)printf("%" PRId64 "\t%s\n", id, state);
        return CLI_OK;
    }
    _cleanup_free_ char *name = jobline_name(term, job);
    enum term_style style = jobline_style(state);
    (void)printf("job %" PRId64 ": %s, %s%s%s\n", id, name, term_begin(term, style),
                 state, term_end(term, style));
    return CLI_OK;
}

/* All are tried; the first failure is the status. `priority` NULL: it is not changed.
 */
static int change_all(const struct cli *cli, const struct args *args,
                      const char *method, const int64_t *priority) {
    _cleanup_free_ int64_t *ids = NULL;
    int status = args_job_ids(args, &ids);
    if (status != CLI_OK) {
        return status;
    }
    _cleanup_client_ struct cm_client *client = NULL;
    status = remote_open(cli, &client);
    if (status != CLI_OK) {
        return status;
    }
    struct term term = term_stdout();
    for (int i = 0; i < args->n_operands; i++) {
        json_t *params = remote_id_params(ids[i]);
        if (priority) {
            (void)json_object_set_new(params, "priority", json_integer(*priority));
        }
        int own = change(client, &term, method, params, ids[i]);
        status = status != CLI_OK ? status : own;
    }
    return status;
}

int cmd_cancel(const struct cli *cli, const struct args *args) {
    return change_all(cli, args, "jobs.cancel", NULL);
}

int cmd_hold(const struct cli *cli, const struct args *args) {
    return change_all(cli, args, "jobs.hold", NULL);
}

int cmd_release(const struct cli *cli, const struct args *args) {
    return change_all(cli, args, "jobs.release", NULL);
}

int cmd_priority(const struct cli *cli, const struct args *args) {
    int64_t priority = 0;
    if (str_to_int64(args->operands[0], INT32_MIN, INT32_MAX, &priority) < 0) {
        return say_usage("'%s' is not a priority: a whole number, larger ones start "
                         "first",
                         args->operands[0]);
    }
    struct args rest = *args;
    rest.operands++;
    rest.n_operands--;
    return change_all(cli, &rest, "jobs.set_priority", &priority);
}
