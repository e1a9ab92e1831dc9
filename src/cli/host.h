/* --host: the server of another machine, reached through the user's own ssh. Commands
 * that are about files, or about the machine, run there as a whole; all others run here
 * and speak with that server through `crystalmath proxy` there. */
#pragma once

#include "cli/cli.h"

#include <crystalmath/client.h>

/* The words of the program that leads to the server of cli->host; `asks`: it may ask on
 * the terminal. A vector that strv_free frees, or NULL after telling why. */
char **host_proxy(const struct cli *cli, bool asks);

/* Make the client connect to that server. It may ask on the terminal, and take its
 * time. Returns a status. */
int host_lead(const struct cli *cli, struct cm_client *client);

/* Run the command argv[0] with its arguments there. Returns a status only when ssh
 * could not be run: this process becomes it. */
int host_run(const struct cli *cli, int argc, char **argv);
