/* What to do about a database that is not as it should be. */
#pragma once

#include "store/store_care.h"

#include <jansson.h>

/* Put "ways", lines to type with the best first, and "copies" that could be put back,
 * newest first, into the object. 0 or -ENOMEM. */
int care_put_ways(json_t *out, const char *db_path, const struct store_report *report);

/* The words of a command line with a file's name as a shell takes it; freed by the
 * caller. 0 or -ENOMEM. */
int care_quote(char **out, const char *path);
