/* The variables are read by hand: it is three of them, and a promise of systemd's that
 * others keep as well (sd_listen_fds(3)). */
#include "server/activation.h"

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/str.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

static int number_in(const char *name) {
    const char *text = getenv(name);
    int64_t number = 0;
    return text && str_to_int64(text, 1, INT_MAX, &number) == 0 ? (int)number : 0;
}

static int int_option(int option) {
    int value = 0;
    socklen_t size = sizeof value;
    return getsockopt(ACTIVATION_FD, SOL_SOCKET, option, &value, &size) < 0 ? -1
                                                                            : value;
}

static int path_of(char **path, struct errmsg *msg) {
    struct sockaddr_un address = {0};
    socklen_t size = sizeof address;
    if (getsockname(ACTIVATION_FD, (struct sockaddr *)&address, &size) < 0 ||
        address.sun_family != AF_UNIX || int_option(SO_TYPE) != SOCK_STREAM ||
        int_option(SO_ACCEPTCONN) != 1 || address.sun_path[0] != '/') {
        return errmsg_set(
            msg, -EINVAL,
            "the descriptor that was handed over (LISTEN_FDS) is no Unix stream socket "
            "that listens at a path; use ListenStream=%%t/crystalmath.sock");
    }
    *path = strndup(address.sun_path, sizeof address.sun_path);
    return *path ? 0 : -ENOMEM;
}

int activation_take(char **path, struct errmsg *msg) {
    int n = number_in("LISTEN_FDS");
    bool for_us = number_in("LISTEN_PID") == (int)getpid();
    (void)unsetenv("LISTEN_PID");
    (void)unsetenv("LISTEN_FDS");
    (void)unsetenv("LISTEN_FDNAMES");
    if (!for_us || n == 0) {
        return ACTIVATION_E_NONE;
    }
    if (n != 1) {
        return errmsg_set(msg, -EINVAL,
                          "%d sockets were handed over (LISTEN_FDS), and one is wanted",
                          n);
    }
    _cleanup_free_ char *found = NULL;
    int r = path_of(&found, msg);
    if (r == 0) {
        r = fd_set_cloexec(ACTIVATION_FD, true);
    }
    if (r == 0) {
        r = fd_set_nonblock(ACTIVATION_FD, true);
    }
    if (r == 0) {
        *path = TAKE_PTR(found);
    }
    return r;
}
