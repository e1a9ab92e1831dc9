/* `crystalmath server status` */
#pragma once

#include "cli/cli.h"

#include <stdbool.h>

/* Tell how the server is, or what was left of the last one. Starts nothing. Returns a
 * status: CLI_OK when a server runs and all is well. */
int server_status(const struct cli *cli, bool as_json);
