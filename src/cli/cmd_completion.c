/* `crystalmath completion SHELL`
 *
 * Ids of jobs are asked for while the user types, with --no-start: pressing Tab starts
 * no server. */
#include "cli/cmds.h"

#include "cli/completion.h"
#include "cli/say.h"

#include <string.h>

int cmd_completion(const struct cli *cli, const struct args *args) {
    (void)cli;
    static const struct {
        const char *shell;
        void (*print)(void);
    } shells[] = {
        {"bash", completion_bash}, {"zsh", completion_zsh}, {"fish", completion_fish}};
    const char *shell = args->operands[0];
    for (size_t i = 0; i < sizeof shells / sizeof *shells; i++) {
        if (strcmp(shells[i].shell, shell) == 0) {
            shells[i].print();
            return CLI_OK;
        }
    }
    return say_usage("there is no completion for '%s'; there is for bash, zsh and fish",
                     shell);
}
