/* `crystalmath parse FILE`: read the output of a DFT code here, without a server. */
#include "cli/cmds.h"

#include "cli/factsheet.h"
#include "cli/parse_output.h"
#include "cli/remote.h"

int cmd_parse(const struct cli *cli, const struct args *args) {
    (void)cli;
    _cleanup_json_ json_t *results = NULL;
    int status = parse_path(args->operands[0], &results);
    if (status != CLI_OK) {
        return status;
    }
    struct term term = term_stdout();
    if (args_has(args, "json")) {
        return remote_print_json(&term, results);
    }
    factsheet_print(&term, results, false);
    return CLI_OK;
}
