/* Addresses hold about 100 bytes (108 on Linux, 104 on macOS and the BSDs), paths far
 * more; base/platform.c knows the way around that. */
#include "base/unix_socket.h"

#include "base/cleanup.h"
#include "base/platform.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/un.h>

/* What connect and bind begin with: an address and a socket for it. */
struct endpoint {
    struct sockaddr_un address;
    int dir; /* keeps the address valid */
    int fd;
};

static void endpoint_deinit(struct endpoint *endpoint) {
    closep(&endpoint->dir);
    closep(&endpoint->fd);
}

static int endpoint_init(struct endpoint *endpoint, const char *path) {
    *endpoint = (struct endpoint){.dir = -1, .fd = -1};
    int r = platform_socket_address(path, &endpoint->address, &endpoint->dir);
    return r < 0 ? r : platform_socket(&endpoint->fd);
}

int unix_socket_connect(const char *path, int *out) {
    _cleanup_(endpoint_deinit) struct endpoint end;
    int r = endpoint_init(&end, path);
    if (r < 0) {
        return r;
    }
    while (connect(end.fd, (const struct sockaddr *)&end.address, sizeof end.address) <
           0) {
        if (errno != EINTR) {
            return -errno;
        }
    }
    *out = TAKE_FD(end.fd);
    return 0;
}

int unix_socket_bind(const char *path, int *out) {
    _cleanup_(endpoint_deinit) struct endpoint end;
    int r = endpoint_init(&end, path);
    if (r < 0) {
        return r;
    }
    if (bind(end.fd, (const struct sockaddr *)&end.address, sizeof end.address) < 0) {
        return -errno;
    }
    *out = TAKE_FD(end.fd);
    return 0;
}
