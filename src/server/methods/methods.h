/* The families of methods; each is a table, in the order in which people read them. */
#pragma once

#include "server/request.h"

struct job;

#define METHOD_PARAMS(array)                                                           \
    .params = (array), .n_params = sizeof(array) / sizeof(array)[0]

/* The first parameter of each method that is about one job. */
#define METHOD_PARAM_JOB                                                               \
    {                                                                                  \
        .name = "id", .type = PARAM_INTEGER, .required = true, .min = 1,               \
        .max = INT64_MAX, .text = "the job's number"                                   \
    }

extern const struct method methods_system[];
extern const size_t methods_system_count;
extern const struct method methods_submit[];
extern const size_t methods_submit_count;
extern const struct method methods_resubmit[];
extern const size_t methods_resubmit_count;
extern const struct method methods_list[];
extern const size_t methods_list_count;
extern const struct method methods_jobs[];
extern const size_t methods_jobs_count;
extern const struct method methods_queue[];
extern const size_t methods_queue_count;
extern const struct method methods_clusters_test[];
extern const size_t methods_clusters_test_count;
extern const struct method methods_fetch[];
extern const size_t methods_fetch_count;
extern const struct method methods_slurm[];
extern const size_t methods_slurm_count;
extern const struct method methods_slurm_queue[];
extern const size_t methods_slurm_queue_count;
extern const struct method methods_slurm_cancel[];
extern const size_t methods_slurm_cancel_count;
extern const struct method methods_clusters[];
extern const size_t methods_clusters_count;
extern const struct method methods_db[];
extern const size_t methods_db_count;
extern const struct method methods_keep[];
extern const size_t methods_keep_count;
extern const struct method methods_import[];
extern const size_t methods_import_count;
extern const struct method methods_input[];
extern const size_t methods_input_count;
extern const struct method methods_logs[];
extern const size_t methods_logs_count;

/* The table of all of them: NULL when there is no such method; and in order. */
const struct method *method_find(const char *name);
const struct method *method_at(size_t index);

enum { METHOD_LIST_MAX = 1000 }; /* jobs in one answer */

/* These have the parameters of jobs.submit, and files of their own. */
int method_jobs_script(struct request *request);
int method_jobs_conflict(struct request *request);
int method_jobs_test_only(struct request *request);
/* jobs.files has a file of its own. */
enum { METHOD_FILES_MAX = 10000 };
int method_jobs_files(struct request *request);
/* So has the description of the table; the document alone, a new reference or NULL when
 * memory runs out. */
int method_rpc_discover(struct request *request);
json_t *discover_document(void);

/* Answer that there is no cluster of this name. REQUEST_E_FAILED. */
int method_refuse_cluster(struct request *request, const char *name);
/* Answer with what went wrong inside the database; returns REQUEST_E_FAILED, or r when
 * it is -ENOMEM. */
int method_store_failed(struct request *request, int r);
/* Append an array of summaries of the newest jobs to the answer, `limit` of them. 0,
 * REQUEST_E_FAILED, or a negative errno. */
int method_newest_jobs(struct request *request, int64_t limit);
/* Answer with a job's summary. 0, REQUEST_E_FAILED, or -ENOMEM. */
int method_answer_summary(struct request *request, int64_t id);
/* The present record of a job, from memory while it is unfinished, else from the disk:
 * *out borrows from the engine or from *stored, which the caller frees. 0,
 * REQUEST_E_FAILED, or -ENOMEM. */
int method_find_job(struct request *request, int64_t id, const struct job **out,
                    struct job **stored);
/* All that the disk has of a job, its inputs too; owned by the caller. The same. */
int method_stored_job(struct request *request, int64_t id, struct job **out);

/* Answer a change of a job, whose engine function returned r: with its summary, or with
 * why it could not be. 0, REQUEST_E_FAILED, or -ENOMEM. */
int method_answer_change(struct request *request, int64_t id, int r);
/* Answer that a job which has not ended writes where this one would; it is `other`.
 * REQUEST_E_FAILED, or a negative errno. */
int method_refuse_conflict(struct request *request, const struct job *job,
                           int64_t other);
/* Answer that it is done, in these words, but not on the disk yet. REQUEST_E_FAILED. */
int method_answer_pending(struct request *request, const char *done, ...)
    __attribute__((format(printf, 2, 3)));
