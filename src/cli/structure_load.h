/* Getting a structure out of a file, for `crystalmath structure`. */
#pragma once

#include "cli/cli.h"
#include "structure/structure.h"

/* Read a file (- is standard input), what the files of a run's folder say, or the
 * results of a job, whose id is asked for at the server. `format` (static) is what it
 * is. CLI_OK and *out, which is the caller's; or a status and said why. */
int structure_load(const struct cli *cli, const char *operand, struct structure *out,
                   const char **format);
