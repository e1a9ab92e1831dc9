/* Making a job out of what a client asks for. */
#pragma once

#include "server/request.h"

struct job;

enum {
    SUBMIT_PRIORITY_MAX = 1000000,
    SUBMIT_TIME_LIMIT_MAX = 10 * 366 * 86400, /* seconds */
    SUBMIT_RETRIES_MAX = 1000,
    SUBMIT_AFTER_MAX = 10000, /* jobs that one waits for */
    SUBMIT_NOTE_MAX = 64 * 1024,
};

/* Check everything that can be checked before the run: the input and its text, the
 * folder, the program on the submitter's PATH, the cores. *out is the caller's. 0,
 * REQUEST_E_FAILED with the request's error set, or a negative errno. */
int submit_prepare(struct request *request, struct job **out);

/* For submit.c. What a submission says of when, how often and under which words the job
 * runs, into the job; its state with it. The same. */
int submit_read_fields(struct request *request, struct job *job);
/* A JSON array of strings as a fresh vector. 0 or -ENOMEM. */
int submit_strings(const json_t *array, char ***out);
