/* What slurm.queue answers, for people. */
#pragma once

#include <jansson.h>

/* As a table on stdout, or that there is nothing. */
void cluster_queue_print(const json_t *answer);
