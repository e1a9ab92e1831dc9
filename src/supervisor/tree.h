/* All the processes that came out of this one, however far they have detached
 * themselves, but for a server that the job started and what belongs to that. One
 * implementation for each family of systems. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* Named for the run folder in the environment of everything the job runs, so that its
 * processes can be found when the supervisor has been killed. */
#define TREE_RUN_VARIABLE "CRYSTALMATH_RUN"

/* From now on orphaned descendants become children of this process, where the system
 * can do that. */
void tree_adopt(void);

/* Send a signal (0: just look) to every descendant, once each and to whole
 * process groups where possible. `job` is the job's first process and leads its group.
 * Returns how many descendants were found. */
size_t tree_signal(pid_t job, int signal);

/* Whether something of the job is left, when there are children that have not ended. */
bool tree_has_children(pid_t job);

/* Whether something of the job may be left that wait(2) does not know of. Always false
 * where tree_adopt works. */
bool tree_hidden(pid_t job);
