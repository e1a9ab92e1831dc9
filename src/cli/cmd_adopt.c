/* `crystalmath adopt`: a job that was handed to Slurm by hand comes into the list. */
#include "cli/cmds.h"

#include "base/str.h"
#include "cli/field.h"
#include "cli/remote.h"
#include "cli/say.h"
#include "cli/submit_options.h"

#include <inttypes.h>
#include <stdio.h>

int cmd_adopt(const struct cli *cli, const struct args *args) {
    static const char *const texts[][2] = {{"on", "cluster"}, {"output", "output"}};
    _cleanup_client_ struct cm_client *client = NULL;
    _cleanup_json_ json_t *params = say_need(json_object());
    _cleanup_json_ json_t *job = NULL;
    const struct term term = term_stdout();
    int64_t number = 0;
    if (str_to_int64(args->operands[0], 1, INT32_MAX, &number) < 0) {
        return say_usage(
            "adopt %s: Slurm's number of a job is expected here, as squeue "
            "shows it",
            args->operands[0]);
    }
    submit_put(params, "job", json_integer(number));
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        const char *text = args_value(args, texts[i][0]);
        json_t *json = text ? submit_utf8(texts[i][0], text) : NULL;
        if (text && !json) {
            return CLI_FAILED;
        }
        if (json) {
            submit_put(params, texts[i][1], json);
        }
    }
    int status = remote_open(cli, &client);
    status =
        status ? status : remote_call(client, "slurm.adopt", json_incref(params), &job);
    if (status != CLI_OK || args_has(args, "json")) {
        return status != CLI_OK ? status : remote_print_json(&term, job);
    }
    (void)printf("%" PRId64 "\n", field_int(job, "id", 0));
    return CLI_OK;
}
