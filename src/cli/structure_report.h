/* A structure as JSON and for people. */
#pragma once

#include "cli/term.h"
#include "structure/structure.h"

#include <jansson.h>

/* The object that `crystalmath structure --json` prints; the caller's. `precision` is
 * that of symmetry, in Å. */
json_t *structure_to_json(const struct structure *structure, const char *format,
                          double precision);
/* The same object, as facts and a table of atoms. */
void structure_print(const struct term *term, const json_t *json);
