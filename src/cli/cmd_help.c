/* `crystalmath help [COMMAND]` */
#include "cli/cmds.h"

#include "cli/say.h"
#include "cli/usage.h"

int cmd_help(const struct cli *cli, const struct args *args) {
    (void)cli;
    if (args->n_operands == 0) {
        usage_program();
        return CLI_OK;
    }
    const char *name = args->operands[0];
    const struct command *command = command_find(name);
    if (!command) {
        const char *near = command_nearest(name);
        return near ? say_usage("there is no command '%s'; did you mean '%s'?", name,
                                near)
                    : say_usage(
                          "there is no command '%s'; `crystalmath help` lists them",
                          name);
    }
    usage_command(command);
    return CLI_OK;
}
