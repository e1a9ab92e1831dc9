/* `crystalmath fetch`: a file that stayed on a job's cluster, because it is large, is
 * brought into the job's folder here. What brings it has the terminal, and goes on
 * where it was broken off. */
#include "cli/cmds.h"

#include "base/str.h"
#include "cli/child.h"
#include "cli/remote.h"
#include "cli/say.h"
#include "cli/submit_options.h"

#include <stdint.h>

static int fetch_one(struct cm_client *client, int64_t id, const char *file) {
    _cleanup_json_ json_t *answer = NULL;
    json_t *name = submit_utf8("file", file);
    if (!name) {
        return CLI_FAILED;
    }
    int status = remote_call(
        client, "jobs.fetch",
        json_pack("{s:I, s:o}", "id", (json_int_t)id, "file", name), &answer);
    if (status != CLI_OK) {
        return status;
    }
    if (child_run(json_object_get(answer, "command")) != 0) {
        say_error("%s did not come whole; the same command goes on with it", file);
        return CLI_FAILED;
    }
    return CLI_OK;
}

int cmd_fetch(const struct cli *cli, const struct args *args) {
    _cleanup_client_ struct cm_client *client = NULL;
    int64_t id = 0;
    if (str_to_int64(args->operands[0], 1, INT64_MAX, &id) < 0) {
        return say_usage("fetch %s: the id of a job is expected here",
                         args->operands[0]);
    }
    int status = remote_open(cli, &client);
    for (int i = 1; status == CLI_OK && i < args->n_operands; i++) {
        status = fetch_one(client, id, args->operands[i]);
    }
    return status;
}
