/* What the measurements of jobs share: submissions, how many jobs there are, and jobs
 * that wait at a gate. Whatever fails here ends the program with a sentence. */
#pragma once

#include <stddef.h>
#include <sys/types.h>

struct cm_client;
struct world;

/* Parameters of jobs.submit for a command (a shell's text) in a folder, with our
 * environment; the caller frees. */
char *jobs_command(const char *directory, const char *program, const char *script);
/* Submit it n times through this connection, many in flight at a time. */
void jobs_submit(struct cm_client *client, const char *params, size_t n);
/* One submission and its answer. */
void jobs_submit_one(struct cm_client *client, const char *params);

struct jobs_count {
    long queued;
    long running;
    long cores;
};
struct jobs_count jobs_count(struct cm_client *client);
/* Wait until so many run and wait. */
void jobs_await(struct cm_client *client, long running, long queued);

/* A gate: `jobs_gate_script` is a shell's text that waits until it is let through. */
int jobs_gate_new(const struct world *world, char **script);
/* Let so many through, also those that come later. */
void jobs_gate_open(int gate, size_t n);

/* End the server with the jobs that wait, and the n that run as soon as they are
 * through the gate; frees the client. */
void jobs_leave(struct cm_client *client, int gate, size_t n);

void jobs_pause_ms(long ms);
