/* `crystalmath server start|stop|restart|status|logs`; stop and status start nothing.
 */
#include "cli/cmds.h"

#include "cli/say.h"
#include "cli/server_control.h"
#include "cli/server_logs.h"
#include "cli/server_status.h"
#include "config/config.h"

#include <string.h>

enum {
    LINES_DEFAULT = 50,
    LINES_MAX = 1000000,
};

/* A server is not ended where the next one would not come up. */
static int check_config(const struct cli *cli) {
    _cleanup_config_ struct config *config = NULL;
    const struct config_problem *problems = NULL;
    if (cli->host) {
        return CLI_OK; /* it is the one there */
    }
    if (config_load(&config, NULL, true) < 0) {
        say_no_memory();
    }
    size_t n = config_problems(config, &problems);
    for (size_t i = 0; i < n; i++) {
        say_error("%s", problems[i].text);
    }
    if (n > 0) {
        say_error("no server would start with this configuration, so the running one "
                  "was left as it is; mend that, then type it again");
    }
    return n > 0 ? CLI_FAILED : CLI_OK;
}

static int restart(const struct cli *cli) {
    int status = check_config(cli);
    status = status == CLI_OK ? server_stop(cli, true) : status;
    return status == CLI_OK ? server_start(cli, true) : status;
}

static int unknown_verb(const char *verb) {
    const char *near = command_nearest_word(command_words(ARG_VERB), verb);
    return near ? say_usage("server cannot '%s'; did you mean '%s'?", verb, near)
                : say_usage(
                      "server cannot '%s'; type: crystalmath server start | stop | "
                      "restart | status | logs",
                      verb);
}

/* An option that belongs to another verb is not passed over in silence. Returns a
 * status. */
static int check_options(const struct args *args, const char *verb) {
    bool is_logs = strcmp(verb, "logs") == 0;
    if (args_has(args, "json") && strcmp(verb, "status") != 0) {
        return say_usage("--json goes with server status, not with server %s", verb);
    }
    if (!is_logs && (args_has(args, "follow") || args_has(args, "lines"))) {
        return say_usage("--follow and --lines go with server logs, not with server %s",
                         verb);
    }
    return CLI_OK;
}

static int run_verb(const struct cli *cli, const struct args *args, const char *verb) {
    if (strcmp(verb, "start") == 0) {
        return server_start(cli, false);
    }
    if (strcmp(verb, "stop") == 0) {
        return server_stop(cli, false);
    }
    if (strcmp(verb, "restart") == 0) {
        return restart(cli);
    }
    return server_status(cli, args_has(args, "json"));
}

int cmd_server(const struct cli *cli, const struct args *args) {
    const char *verb = args->operands[0];
    const char *const *known = command_words(ARG_VERB);
    while (*known && strcmp(*known, verb) != 0) {
        known++;
    }
    if (!*known) {
        return unknown_verb(verb);
    }
    int64_t lines = LINES_DEFAULT;
    int status = check_options(args, verb);
    if (status == CLI_OK) {
        status = args_number(args, "lines", 0, LINES_MAX, &lines);
    }
    if (status != CLI_OK) {
        return status;
    }
    return strcmp(verb, "logs") == 0 ? server_logs(lines, args_has(args, "follow"))
                                     : run_verb(cli, args, verb);
}
