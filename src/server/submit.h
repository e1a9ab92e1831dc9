/* Making a job out of what a client asks for. */
#pragma once

#include "server/request.h"

struct buf;
struct code;
struct job;
struct job_input;

enum {
    SUBMIT_PRIORITY_MAX = 1000000,
    SUBMIT_TIME_LIMIT_MAX = 10 * 366 * 86400, /* seconds */
    SUBMIT_RETRIES_MAX = 1000,
    SUBMIT_AFTER_MAX = 10000, /* jobs that one waits for */
    SUBMIT_NOTE_MAX = 64 * 1024,
    SUBMIT_NAME_MAX = 200,
};

/* Check everything that can be checked before the run: the input and its text, the
 * folder, the program on the submitter's PATH, the cores. *out is the caller's, who has
 * to call submit_copy_undo when the job is not submitted. 0,
 * REQUEST_E_FAILED with the request's error set, or a negative errno. */
int submit_prepare(struct request *request, struct job **out);

/* For submit.c. What a submission says of when, how often and under which words the job
 * runs, into the job; its state with it. The same. */
int submit_read_fields(struct request *request, struct job *job);
/* What people write on a job, as it has to be. Each: 0, or REQUEST_E_FAILED with the
 * request's error set. */
int submit_check_name(struct request *request, const char *name);
int submit_check_note(struct request *request, const char *note);
int submit_check_tags(struct request *request, const json_t *tags);
/* A JSON array of strings as a fresh vector. 0 or -ENOMEM. */
int submit_strings(const json_t *array, char ***out);

/* For submit.c: keep the input, whose text this is, and the files it names as they are
 * now, and note them in the job; and where the run can be asked to end itself. 0,
 * REQUEST_E_FAILED, or a negative errno. */
int submit_keep_inputs(struct request *request, struct job *job,
                       const struct code *code, const struct buf *text);
/* For submit.c: a fresh folder for the job, with the input, whose text this is, and the
 * files that it needs: job->directory is then that, and job->origin where the input
 * lies. The same; where a job was made of this submission before, nothing is done. */
int submit_copy(struct request *request, struct job *job, const struct code *code,
                const struct buf *text);
/* Nothing became of the job: remove the folder again, where there is one. */
void submit_copy_undo(const struct job *job);

/* Whether a kept file is not any more what it was: true or false, null where that
 * cannot be told; NULL when memory runs out. */
json_t *submit_input_changed(const struct job_input *input);
/* The kept files, each with whether it has changed since: a new value, NULL when memory
 * runs out. */
json_t *submit_inputs_json(const struct job *job);
