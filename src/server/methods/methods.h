/* The families of methods; each is a table, in the order in which people read them. */
#pragma once

#include "server/dispatch.h"

#define METHOD_PARAMS(array)                                                           \
    .params = (array), .n_params = sizeof(array) / sizeof(array)[0]

extern const struct method methods_system[];
extern const size_t methods_system_count;
extern const struct method methods_jobs[];
extern const size_t methods_jobs_count;

/* jobs.log has a file of its own. */
int method_jobs_log(struct request *request);
/* So has the description of the table. */
int method_rpc_discover(struct request *request);

/* Answer with what went wrong inside the database; returns REQUEST_E_FAILED, or r when
 * it is -ENOMEM. */
int method_store_failed(struct request *request, int r);
/* Answer that there is no such job; returns REQUEST_E_FAILED. */
int method_no_such_job(struct request *request, int64_t id);
