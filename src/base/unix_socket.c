/* Addresses hold about 100 bytes (108 on Linux, 104 on macOS and the BSDs), paths far
 * more. A longer path is reached through a descriptor of its folder where /proc has
 * names for those. */
#include "base/unix_socket.h"

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/path.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

/* Fill the address. *dir holds the folder's descriptor for as long as the address is
 * used. */
static int address_of(const char *path, struct sockaddr_un *address, int *dir) {
    *address = (struct sockaddr_un){.sun_family = AF_UNIX};
    size_t n = strlen(path);
    if (n < sizeof address->sun_path) {
        memcpy(address->sun_path, path, n + 1);
        return 0;
    }
#if defined(__linux__)
    _cleanup_free_ char *folder = NULL;
    int r = path_dirname(&folder, path);
    if (r < 0) {
        return r;
    }
    *dir = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (*dir < 0) {
        return -errno;
    }
    int len = snprintf(address->sun_path, sizeof address->sun_path,
                       "/proc/self/fd/%d/%s", *dir, path_basename(path));
    return len > 0 && (size_t)len < sizeof address->sun_path ? 0 : -ENAMETOOLONG;
#else
    (void)dir;
    return -ENAMETOOLONG;
#endif
}

static int new_socket(int *out) {
#if defined(SOCK_CLOEXEC) && defined(SOCK_NONBLOCK)
    /* In one call: another thread of the caller may fork between two. */
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) {
        return -errno;
    }
    *out = fd;
    return 0;
#else
    _cleanup_close_ int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    if (fd < 0) {
        return -errno;
    }
    int r = fd_set_cloexec(fd, true);
    if (r == 0) {
        r = fd_set_nonblock(fd, true);
    }
    if (r == 0) {
        *out = TAKE_FD(fd);
    }
    return r;
#endif
}

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
    int r = address_of(path, &endpoint->address, &endpoint->dir);
    return r < 0 ? r : new_socket(&endpoint->fd);
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

int unix_socket_peer(int fd, uid_t *uid, pid_t *pid) {
#if defined(__linux__)
    struct ucred peer = {0};
    socklen_t size = sizeof peer;
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) < 0) {
        return -errno;
    }
    *uid = peer.uid;
    *pid = peer.pid;
    return 0;
#else
    gid_t gid = 0;
    if (getpeereid(fd, uid, &gid) < 0) {
        return -errno;
    }
    *pid = 0;
    return 0;
#endif
}
