/* Putting a copy of the database back. */
#pragma once

#include "base/errmsg.h"

#include <jansson.h>

/* Make the copy `from` the database; the caller holds its lock. What was the database
 * is kept aside, and what can be found out of it, and of the run folders, goes into the
 * new one: no job that ran after the copy was made runs again. `out` gets what came of
 * it. 0; 1 with `msg` when it is refused; or a negative errno. The database is as it
 * was unless 0. */
int restore_run(const char *db_path, const char *runs_dir, const char *from,
                json_t *out, struct errmsg *msg);
