/* The only file of this folder with system-dependent branches. */
#include "client/platform.h"

#include "base/cleanup.h"
#include "base/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>

/* Where there is no MSG_NOSIGNAL there is SO_NOSIGPIPE. */
#if defined(MSG_NOSIGNAL)
#define SEND_FLAGS (MSG_NOSIGNAL | MSG_DONTWAIT)
#else
#define SEND_FLAGS MSG_DONTWAIT
#endif

void platform_silence(int fd) {
#if defined(SO_NOSIGPIPE)
    int on = 1;
    (void)setsockopt(fd, SOL_SOCKET, SO_NOSIGPIPE, &on, sizeof on);
#else
    (void)fd;
#endif
}

ssize_t platform_send(int fd, const void *bytes, size_t n) {
    ssize_t sent = 0;
    do {
        sent = send(fd, bytes, n, SEND_FLAGS);
    } while (sent < 0 && errno == EINTR);
    return sent < 0 ? -errno : sent;
}

int platform_pipe(int ends[2]) {
    int fresh[2] = {-1, -1};
#if defined(__linux__)
    int r = pipe2(fresh, O_CLOEXEC);
#else
    int r = pipe(fresh);
#endif
    if (r < 0) {
        return -errno;
    }
    _cleanup_close_ int reader = fresh[0];
    _cleanup_close_ int low = fresh[1];
    _cleanup_close_ int writer = fcntl(low, F_DUPFD_CLOEXEC, 4);
    if (writer < 0) {
        return -errno;
    }
    r = fd_set_cloexec(reader, true);
    if (r == 0) {
        r = fd_set_nonblock(reader, true);
    }
    if (r < 0) {
        return r;
    }
    ends[0] = TAKE_FD(reader);
    ends[1] = TAKE_FD(writer);
    return 0;
}
