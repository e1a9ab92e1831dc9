/* What every measurement stands in: one CPU, a private runtime and state folder, and
 * servers that are ended and waited for. Whatever fails here ends the program with a
 * sentence. */
#pragma once

#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdnoreturn.h>
#include <sys/types.h>

struct cm_client;

struct world {
    char *folder;  /* owned */
    int cpu;       /* the one that we and all that we start run on; -1: not pinned */
    cpu_set_t all; /* those that we were given */
};

noreturn void world_die(const char *format, ...) __attribute__((format(printf, 1, 2)));

void world_init(struct world *world);
/* From here on, ours and what we start run on every CPU that we were given. */
void world_unpin(struct world *world);
/* Remove the folder. */
void world_deinit(struct world *world);

/* Remove what servers keep, so that the next one starts for the first time ever. */
void world_forget(const struct world *world);

/* folder/name; the caller frees. */
char *world_path(const struct world *world, const char *name);

/* A connected client of a CrystalMath server, which is started where none runs. */
struct cm_client *world_client(void);
pid_t world_server_pid(struct cm_client *client);
/* End the server behind a client and wait until its process has gone; frees the client.
 */
void world_end_server(struct cm_client *client);

/* Our own programs: $BENCH_PROGRAMS/bench-NAME; the caller frees. */
char *world_program(const char *name);
/* Let this process have as many descriptors as it may. */
void world_raise_descriptors(void);
/* Start a program, with nothing for stdin and stdout, that ends with us at the latest.
 */
pid_t world_spawn(char *const argv[]);
/* Run a program to its end with stdout into nothing; it has to succeed. Nanoseconds. */
uint64_t world_run(char *const argv[]);

/* The sum of the numbers behind a word in a file of /proc. */
long world_sum_of(const char *path, const char *word);
/* KiB that a process's status tells behind a word: "VmRSS:", "RssAnon:". */
long world_memory_kib(pid_t pid, const char *word);
