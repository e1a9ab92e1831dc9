/* A run folder and a working folder of its own for each test, the real supervisor, and
 * patience: everything is waited for by its condition, with a deadline that only a
 * broken program meets. */
#pragma once

#include "exec/local.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

struct harness {
    char *root;    /* a fresh temporary folder */
    char *run_dir; /* not created yet */
    char *work;    /* created; where the jobs run */
    char **env;    /* PATH and HOME */
    int alive;     /* -1, or the FIFO of a job that was started */
};

/* For cmocka_unit_test_setup_teardown; *state is the harness. What a failed test left
 * running is ended. */
int harness_setup(void **state);
int harness_teardown(void **state);
#define WITH_HARNESS(test)                                                             \
    cmocka_unit_test_setup_teardown(test, harness_setup, harness_teardown)

/* Go on with another run folder, of this name and number. */
void harness_next_run(struct harness *harness, const char *name, int number);

/* Output in `out` of the working folder, errors in `err`. */
struct local_spec harness_spec(const struct harness *harness, char *const *argv);

/* Start, asserting success. */
void harness_start(struct harness *harness, const struct local_spec *spec);

/* Start `sh -c script`, likewise. */
void harness_start_shell(struct harness *harness, const char *script);

/* Wait until the supervisor is gone. */
void harness_wait_end(struct harness *harness);

/* Wait, assert that there is an exit record, and return it. */
struct local_exit harness_end(struct harness *harness);

/* Run a script from start to end. */
struct local_exit harness_run_shell(struct harness *harness, const char *script);

/* Wait until the job has created a file in the working folder (and closed it: rename).
 */
void harness_wait_file(const struct harness *harness, const char *name);

/* Wait until the `started` record is there. */
struct local_started harness_wait_started(const struct harness *harness);

/* The content of a file in the working folder, freed by the caller; fails if missing.
 */
char *harness_read(const struct harness *harness, const char *name);
void harness_write(const char *dir, const char *name, const char *text);
bool harness_exists(const char *dir, const char *name);

/* How many processes carry the run folder in their environment, by a search of its own.
 */
size_t harness_count_processes(const struct harness *harness);
void harness_wait_processes(const struct harness *harness, size_t wanted);
bool harness_process_exists(pid_t pid);
void harness_wait_gone(pid_t pid);

/* A process that belongs to no job, with one variable in its environment. Ending it
 * asserts that nobody else has. */
pid_t harness_start_stranger(const char *variable);
void harness_end_stranger(pid_t pid);

/* Poll `condition` until it is true; fails the test at the deadline. */
void harness_wait(bool (*condition)(const void *data), const void *data);
