/* A supervisor without a job makes supervisors, for a server that says when; and one
 * whose job is over serves the next, if there is one at once. */
#pragma once

/* What a start takes the place of: our command line and environment. */
struct start {
    int argc;
    char **argv;  /* borrowed from `memory` */
    void *memory; /* owned; the environment lies there as well */
};

#define START_NULL                                                                     \
    { 0 }

/* Wait at the socket `fd` for starts. Returns in a process of its own for each: 0 and
 * the command line, with its descriptors and the environment in place; not yet
 * detached. In the one that waits: 1 when no more will come, or a negative errno. */
int starts_take(int fd, struct start *out);

/* Offer this process, which has nothing left of an earlier job, to the server at the
 * other end of the socket `fd`, and wait a moment for a start. 0 and the command line,
 * as above, in this process; 1 when none came, or a negative errno. */
int starts_next(int fd, struct start *out);

/* What environ points to goes as well. */
void start_deinit(struct start *start);
