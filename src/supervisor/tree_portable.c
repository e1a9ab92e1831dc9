/* Where orphans cannot be adopted nor listed: the job is its process group. A process
 * that leaves the group is out of reach; batch systems without control groups have the
 * same limit. */
#include "supervisor/tree.h"

#include <errno.h>
#include <signal.h>

void tree_adopt(void) {
}

size_t tree_signal(pid_t job, int signal) {
    return kill(-job, signal) == 0 || errno == EPERM ? 1 : 0;
}

bool tree_has_children(pid_t job) {
    (void)job;
    return true;
}

bool tree_hidden(pid_t job) {
    return tree_signal(job, 0) > 0;
}
