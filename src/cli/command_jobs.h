/* The first part of the table of commands: what is done with jobs. For command.c. */
#pragma once

#include "cli/command.h"

/* What several commands have. */
#define JSON_OPTION                                                                    \
    { "json", 0, NULL, ARG_NONE, "print JSON" }

extern const struct command commands_of_jobs[];
extern const size_t commands_of_jobs_count;
