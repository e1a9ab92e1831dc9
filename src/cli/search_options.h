/* The options of `crystalmath jobs` that become parameters of jobs.list. */
#pragma once

#include "cli/args.h"

#include <jansson.h>

/* Put what was given into `params`. Returns a status. */
int search_options(const struct args *args, json_t *params);
