/* The database while no server has it: `crystalmath-server --check-db` and the like,
 * which `crystalmath db` runs. */
#pragma once

struct server_options;

/* Do what options->care says and print what came of it as one JSON object. Returns the
 * exit status: 0 when all is well. */
int care_run(const struct server_options *options);
