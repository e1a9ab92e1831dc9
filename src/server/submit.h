/* Making a job out of what a client asks for. */
#pragma once

#include "server/request.h"

struct job;

/* Check everything that can be checked before the run: the input and its text, the
 * folder, the program on the submitter's PATH, the cores. *out is the caller's. 0,
 * REQUEST_E_FAILED with the request's error set, or a negative errno. */
int submit_prepare(struct request *request, struct job **out);
