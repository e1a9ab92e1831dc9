/* `crystalmath structure FILE`: the cell, the atoms and the space group that a file
 * holds. Needs no server. */
#include "cli/cmds.h"

#include "base/cleanup.h"
#include "cli/remote.h"
#include "cli/structure_load.h"
#include "cli/structure_report.h"
#include "structure/symmetry.h"

int cmd_structure(const struct cli *cli, const struct args *args) {
    _cleanup_structure_ struct structure structure = STRUCTURE_NULL;
    const char *format = NULL;
    struct term term = term_stdout();
    (void)cli;
    int status = structure_load(args->operands[0], &structure, &format);
    if (status != CLI_OK) {
        return status;
    }
    _cleanup_json_ json_t *json =
        structure_to_json(&structure, format, SYMMETRY_PRECISION);
    if (args_has(args, "json")) {
        return remote_print_json(&term, json);
    }
    structure_print(&term, json);
    return CLI_OK;
}
