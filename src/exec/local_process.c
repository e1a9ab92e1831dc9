/* pidfd_open(2) and pidfd_send_signal(2) of Linux 5.3, called by number because C
 * libraries got them late; kill(2) elsewhere. */
#include "exec/local_process.h"

#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <unistd.h>
#if defined(__linux__)
#include <sys/syscall.h>
#endif

int local_process_open(pid_t pid, int *handle) {
#if defined(SYS_pidfd_open) && defined(SYS_pidfd_send_signal)
    long fd = syscall(SYS_pidfd_open, pid, 0U);
    if (fd < 0) {
        return -errno;
    }
    *handle = (int)fd;
    return 0;
#else
    (void)pid;
    (void)handle;
    return -ENOSYS;
#endif
}

int local_process_signal(int handle, pid_t pid, int number) {
#if defined(SYS_pidfd_open) && defined(SYS_pidfd_send_signal)
    if (handle >= 0) {
        long r = syscall(SYS_pidfd_send_signal, handle, number, NULL, 0U);
        return r < 0 ? -errno : 0;
    }
#else
    (void)handle;
#endif
    return kill(pid, number) < 0 ? -errno : 0;
}
