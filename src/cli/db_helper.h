/* The server's program, run to look after the database while no server has it: only
 * that one knows the database from inside. */
#pragma once

#include <jansson.h>

/* Run it with these options, NULL-terminated, and take what it tells: *out is an
 * object, new, whatever the options came to (see "error"). Returns a status, CLI_FAILED
 * when it could not be run. */
int db_helper_run(const char *const *options, json_t **out);
