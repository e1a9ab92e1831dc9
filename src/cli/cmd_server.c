/* `crystalmath server start|stop|restart|status|logs`; stop and status start nothing.
 */
#include "cli/cmds.h"

#include "cli/say.h"
#include "cli/server_control.h"
#include "cli/server_logs.h"
#include "cli/server_status.h"

#include <string.h>

enum {
    LINES_DEFAULT = 50,
    LINES_MAX = 1000000,
};

static int restart(const struct cli *cli) {
    int status = server_stop(cli, true);
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
