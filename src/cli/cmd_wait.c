/* `crystalmath wait ID…` */
#include "cli/cmds.h"

#include "base/cleanup.h"
#include "cli/remote.h"
#include "cli/waiting.h"

int cmd_wait(const struct cli *cli, const struct args *args) {
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
    struct waiting waiting = {
        .cli = cli,
        .client = client,
        .ids = ids,
        .n = (size_t)args->n_operands,
        .json = args_has(args, "json"),
    };
    return waiting_run(&waiting);
}
