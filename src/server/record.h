/* Making a job out of a run that was made elsewhere. */
#pragma once

#include "server/request.h"

struct job;

enum {
    RECORD_RUNS_MAX = 1000, /* in one call */
};

/* Check one element of `runs`, and make an ended job of it with the tags that all have.
 * *out and *results_json, the results as text, are the caller's. 0, REQUEST_E_FAILED
 * with the request's error set, or a negative errno. */
int record_prepare(struct request *request, const json_t *run, struct job **out,
                   char **results_json);
