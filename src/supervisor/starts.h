/* A supervisor without a job makes supervisors, for a server that says when. */
#pragma once

/* What a start takes the place of: our command line and environment. */
struct start {
    int argc;
    char **argv; /* points into memory that is never freed */
};

/* Wait at the socket `fd` for starts. Returns in a process of its own for each: 0 and
 * the command line, with its descriptors and the environment in place; not yet
 * detached. In the one that waits: 1 when no more will come, or a negative errno. */
int starts_take(int fd, struct start *out);
