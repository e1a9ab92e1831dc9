/* Making a job out of what a client asks for. */
#pragma once

#include "codes/code.h"
#include "server/copy_work.h"
#include "server/request.h"

struct job;
struct job_input;
struct server;

enum {
    SUBMIT_PRIORITY_MAX = 1000000,
    SUBMIT_TIME_LIMIT_MAX = 10 * 366 * 86400, /* seconds */
    SUBMIT_RETRIES_MAX = 1000,
    SUBMIT_CHAIN_MAX = 1000,
    SUBMIT_AFTER_MAX = 10000, /* jobs that one waits for */
    SUBMIT_NOTE_MAX = 64 * 1024,
    SUBMIT_NAME_MAX = 200,
};

/* A job on its way into the list, and what has to be done before. */
struct submission {
    struct job *job;         /* owned; NULL from when the engine has it */
    const struct code *code; /* NULL: a command; the rest is for inputs */
    struct buf text;         /* of the input */
    struct code_files files; /* that it names */
    struct copy_work *work;  /* owned; NULL: there is nothing that takes long */
    json_t *warnings;        /* owned: an array of what may be meant; NULL: none */
    bool queue;
};

#define SUBMISSION_NULL                                                                \
    { .text = BUF_NULL }

/* Accepts what SUBMISSION_NULL says. */
void submission_deinit(struct submission *submission);

/* Check everything that can be checked before the run: the input and its text, the
 * folder, the program on the submitter's PATH, the cores. On the disk nothing is
 * changed by this. 0 with `out`; REQUEST_E_FAILED with the request's error set, or a
 * negative errno. */
int submit_prepare(struct request *request, struct submission *out);
/* When the work is done: keep the input and the files it names as they are now, and
 * note them in the job. 0 or a negative errno, as of the store. */
int submit_keep_inputs(struct server *server, struct submission *submission);
/* Where the job's stdout goes, a name in its folder, and its stderr. 0 or -ENOMEM. */
int submit_name_outputs(struct job *job, const struct code *code, const char *output);
/* Where the run can be asked to end itself. 0 or -ENOMEM. */
int submit_name_stop_file(struct job *job, struct code_files *files);

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

/* For submit.c. Which cluster the job goes to, if any, and what it asks for there. 0,
 * REQUEST_E_FAILED, or a negative errno. */
int submit_place(struct request *request, struct job *job);
/* For submit.c: the command line of a job that goes to one, of one of these programs.
 * The same. */
int submit_cluster_command(struct request *request, struct job *job,
                           const struct code *code, const char *const *programs,
                           int pools);
/* For submit.c: what takes long, if anything does: with `copy` a fresh folder for the
 * job, which gets the input and the files that it needs (job->directory is then that,
 * and job->origin where the input lies); and the checksums of large files. 0,
 * REQUEST_E_FAILED, or a negative errno. */
int submit_plan(struct request *request, struct submission *submission, bool copy);

/* Of a larger file only the checksum is kept. */
size_t submit_bytes_kept(const struct server *server);
/* Whether a kept file is not any more what it was: true or false, null where that
 * cannot be told; NULL when memory runs out. */
json_t *submit_input_changed(const struct job_input *input);
/* The kept files, each with whether it has changed since: a new value, NULL when memory
 * runs out. */
json_t *submit_inputs_json(const struct job *job);
