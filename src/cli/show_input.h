/* `crystalmath show ID --input`: a file as it was when its job was submitted. */
#pragma once

#include "cli/cli.h"

#include <stdbool.h>
#include <stdint.h>

/* Print the input, or the one that `file` names (NULL: none). Returns a status. */
int show_input(const struct cli *cli, int64_t id, const char *file, bool json);
