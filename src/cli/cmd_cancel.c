/* `crystalmath cancel ID…` */
#include "cli/cmds.h"

#include "base/cleanup.h"
#include "cli/field.h"
#include "cli/jobline.h"
#include "cli/remote.h"

#include <inttypes.h>
#include <stdio.h>

static int cancel(struct cm_client *client, const struct term *term, int64_t id) {
    _cleanup_json_ json_t *job = NULL;
    int status = remote_call(client, "jobs.cancel", remote_id_params(id), &job);
    if (status != CLI_OK) {
        return status;
    }
    const char *state = field_text(job, "state");
    if (!state) {
        state = "cancelling";
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

int cmd_cancel(const struct cli *cli, const struct args *args) {
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
        int own = cancel(client, &term, ids[i]);
        status = status != CLI_OK ? status : own;
    }
    return status;
}
