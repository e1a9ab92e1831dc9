/* The program `crystalmath`: the options before the command, then the command, or the
 * screen when there is none. What a command printed is flushed here, so that a full
 * disk does not pass for success. */
#include "base/cleanup.h"
#include "base/str.h"
#include "cli/args.h"
#include "cli/host.h"
#include "cli/say.h"
#include "cli/usage.h"
#include "tui/tui.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

DEFINE_CLEANUP(char **, strv_free);

static int open_screen(const struct cli *cli) {
    if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO)) {
        return say_usage("the screen needs a terminal; without one type a command: "
                         "`crystalmath jobs` lists the jobs, `crystalmath help` the "
                         "commands");
    }
    struct tui_options options = {
        .socket_path = cli->socket_path, .no_start = cli->no_start, .host = cli->host};
    _cleanup_(strv_freep) char **asking = NULL;
    _cleanup_(strv_freep) char **quiet = NULL;
    if (cli->host) {
        options.host_asking = asking = host_proxy(cli, true);
        options.host_quiet = quiet = asking ? host_proxy(cli, false) : NULL;
        if (!quiet) {
            return CLI_FAILED;
        }
    }
    return tui_run(&options);
}

static int unknown_command(const char *name) {
    const char *near = command_nearest(name);
    if (near) {
        return say_usage("there is no command '%s'; did you mean '%s'?", name, near);
    }
    if (access(name, F_OK) == 0) {
        return say_usage(
            "there is no command '%s'; to run that file: crystalmath submit "
            "%s",
            name, name);
    }
    return say_usage("there is no command '%s'; `crystalmath help` lists them", name);
}

static int run_command(const struct cli *cli, int argc, char **argv) {
    const struct command *command = command_find(argv[0]);
    if (!command) {
        return unknown_command(argv[0]);
    }
    _cleanup_(args_deinit) struct args args = {.dashes = -1};
    int status = args_parse(&args, command, argc - 1, argv + 1);
    if (status != CLI_OK) {
        return status;
    }
    if (args.help) {
        usage_command(command);
        return CLI_OK;
    }
    return cli->host && command->at_host ? host_run(cli, argc, argv)
                                         : command->run(cli, &args);
}

static int run(int argc, char **argv) {
    struct cli cli = {0};
    int used = 0;
    bool help = false;
    bool version = false;
    int status = args_parse_global(&cli, argc, argv, &used, &help, &version);
    if (status != CLI_OK) {
        return status;
    }
    if (help) {
        usage_program();
        return CLI_OK;
    }
    if (version) {
        (void)puts("crystalmath " CRYSTALMATH_VERSION);
        return CLI_OK;
    }
    return used == argc ? open_screen(&cli)
                        : run_command(&cli, argc - used, argv + used);
}

int main(int argc, char **argv) {
    int status = argc > 0 ? run(argc - 1, argv + 1) : CLI_USAGE;
    if (fflush(stdout) == 0 && !ferror(stdout)) {
        return status;
    }
    if (errno == EPIPE) { /* whoever read us has seen enough; only seen where SIGPIPE is
                             ignored */
        return status != CLI_OK ? status : CLI_FAILED;
    }
    say_error("what was to be printed could not be written: %s", strerror(errno));
    return CLI_FAILED;
}
