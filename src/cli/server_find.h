/* Looking for the account's server without starting one: at its socket, and in the lock
 * beside its database, which knows more than the socket when something is wrong. */
#pragma once

#include "base/lock_record.h"
#include "cli/remote.h"

#include <stdbool.h>
#include <sys/types.h>

struct server_found {
    bool running;              /* the client is connected */
    pid_t pid;                 /* of the running one; 0: not known */
    bool held;                 /* somebody holds the lock beside the database */
    struct lock_record record; /* in that lock file, also of one that has ended */
};

#define SERVER_FOUND_NULL                                                              \
    { 0 }

/* Connect `client` to the server. One that holds the lock and cannot be reached is
 * waited for: it starts, ends, or is about to publish its socket again. One that
 * listens elsewhere is connected to there, with a new client, unless the user named a
 * socket. Returns a status; with CLI_OK the rest tells what there is. */
int server_find(const struct cli *cli, struct cm_client **client,
                struct server_found *found);
/* Find it and ask it `method`, which only asks: one that ends under the question, or
 * that is dead already and whose last threads still hold its socket, is looked for anew
 * as long as another could be waited for. A failure to answer is told to the user, with
 * how to end a server that does not. Returns a status; with CLI_OK and found->running
 * there is *answer, new. */
int server_find_and_ask(const struct cli *cli, struct cm_client **client,
                        struct server_found *found, const char *method,
                        json_t **answer);
void server_found_deinit(struct server_found *found);

/* The lock is held and nobody can be reached: a sentence that says by whom, and what to
 * do. Freed by the caller. */
char *server_found_held(const struct server_found *found);
/* Wait until nobody holds the lock beside the database. False: somebody still does. */
bool server_wait_released(int limit_ms);

#define _cleanup_server_found_ _cleanup_(server_found_deinit)
