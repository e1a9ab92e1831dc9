/* One job that is on its way: waiting, or under its supervisor. */
#pragma once

#include "exec/local.h"
#include "job/job.h"

#include <jansson.h>
#include <stdbool.h>

struct engine;
struct run;

/* Takes the job over, on success. 0 or -ENOMEM. */
int run_new(struct run **out, struct engine *engine, struct job *job_take);
/* Stops watching; the memory goes when the loop has closed the handles. Returns NULL.
 * The job itself goes on. */
struct run *run_free(struct run *run);

struct job *run_job(struct run *run);

/* Start the job under a supervisor. What stands in the way becomes the job's end. */
void run_start(struct run *run);
/* A job that an earlier server started: find out what became of it. */
void run_attach(struct run *run);
/* Ask its supervisor to end it. */
void run_cancel(struct run *run);
/* Whether it runs on another machine, where alone it can be ended; then `host` has the
 * name of that. */
bool run_is_elsewhere(const struct run *run, char *host, size_t size);

/* The present results as JSON, NULL when the job has none or memory runs out. */
json_t *run_results(struct run *run);

/* Somebody wants the output's lines from now on. */
void run_want_log(struct run *run);
