/* Getting a structure out of a file, for `crystalmath structure`. */
#pragma once

#include "structure/structure.h"

/* Read a file (- is standard input). `format` (static) is what the file is. CLI_OK and
 * *out, which is the caller's; or CLI_FAILED and said why. */
int structure_load(const char *file, struct structure *out, const char **format);
