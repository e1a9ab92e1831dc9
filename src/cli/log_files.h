/* The files of a job, listed. */
#pragma once

#include "cli/cli.h"

#include <stdbool.h>
#include <stdint.h>

/* Print them, for people or for programs. Returns a status. */
int log_files(const struct cli *cli, int64_t id, bool json);
