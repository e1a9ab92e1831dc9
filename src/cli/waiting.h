/* What `crystalmath wait` and `crystalmath submit --wait` have in common. */
#pragma once

#include "cli/cli.h"

#include <crystalmath/client.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct waiting {
    const struct cli *cli;
    struct cm_client *client; /* connected */
    const int64_t *ids;
    size_t n;
    bool json;  /* print the jobs as they ended, one object a line */
    bool quiet; /* print nothing where stdout is no terminal */
};

/* Wait for the end of jobs, telling their cycles on a terminal. Returns the status that
 * the jobs' ends make, or that of the failure to wait for them. */
int waiting_run(const struct waiting *waiting);
