/* Help, made from the table of commands. */
#pragma once

#include "cli/command.h"

/* `crystalmath --help`, on stdout. */
void usage_program(void);
/* `crystalmath help NAME`, on stdout. */
void usage_command(const struct command *command);
/* "submit [OPTION]… FILE…"; freed by the caller. */
char *usage_synopsis(const struct command *command);
