/* Run the supervisor's program until it has detached itself. */
#pragma once

#include <stddef.h>

struct local_spawn {
    const char *program;
    char *const *argv;
    char *const *env;
    const int *fds; /* become 3, 4, … in the program; all are above that range */
    size_t n_fds;
    unsigned long open_files; /* how many it may have; 0: as many as we */
};

/* Its standard streams are /dev/null, and no signal is held back. 0 and how the process
 * that was spawned ended, as waitpid tells it, or a negative errno. */
int local_spawn(const struct local_spawn *what, int *status);
