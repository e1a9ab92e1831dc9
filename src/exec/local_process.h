/* Inside of exec/: signals that cannot hit the wrong process. */
#pragma once

#include <sys/types.h>

/* A handle that stays with the process which has this number now; closed by the caller.
 * 0, -ESRCH, -ENOSYS where the system has no such handles, or another negative errno.
 */
int local_process_open(pid_t pid, int *handle);

/* Send a signal through the handle, or to the number when the handle is negative.
 * 0, -ESRCH, -EPERM or another negative errno. */
int local_process_signal(int handle, pid_t pid, int number);
