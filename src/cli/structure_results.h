/* The structure that the results of a run hold. */
#pragma once

#include "structure/structure.h"

#include <jansson.h>

/* The last geometry of results as parse prints them, or as the server stores them.
 * `name` is what they are of, for messages; `format` (static) is what people call it.
 * CLI_OK and *out, which is the caller's; or CLI_FAILED and said why. */
int structure_of_results(const json_t *results, const char *name, struct structure *out,
                         const char **format);
