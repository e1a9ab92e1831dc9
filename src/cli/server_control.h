/* Starting and stopping the server for a person. Each returns a status. */
#pragma once

#include "cli/cli.h"

/* Ask the server to end and wait until it is gone; CLI_OK also when none runs. `quiet`:
 * say nothing of success. */
int server_stop(const struct cli *cli, bool quiet);
/* `fresh`: whatever runs now counts as started, by us or by whoever was faster. */
int server_start(const struct cli *cli, bool fresh);
