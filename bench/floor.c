/* The floor of the benchmarks. It trusts everything and handles no failure but by
 * giving up. */
#include "floor.h"

#include "world.h"

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/platform.h"
#include "base/unix_socket.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <string.h>
#include <sys/file.h>
#include <sys/wait.h>

enum { EXCHANGE_MAX = 4096 };

extern char **environ;

static bool read_exactly(int fd, size_t n) {
    char bytes[EXCHANGE_MAX];
    for (size_t have = 0; have < n;) {
        ssize_t got = read(fd, bytes, n - have);
        if (got <= 0) {
            return false;
        }
        have += (size_t)got;
    }
    return true;
}

static bool write_exactly(int fd, size_t n) {
    static const char bytes[EXCHANGE_MAX];
    return fd_write_all(fd, bytes, n) == 0;
}

static int connect_blocking(const char *socket_path) {
    int fd = -1;
    int r = unix_socket_connect(socket_path, &fd);
    if (r == 0) {
        r = fd_set_nonblock(fd, false);
    }
    return r < 0 ? r : fd;
}

void floor_exchange(int fd, struct floor_sizes sizes) {
    if (!write_exactly(fd, sizes.request) || !read_exactly(fd, sizes.answer)) {
        world_die("the plain echo ended early");
    }
}

void floor_answer(int fd, struct floor_sizes sizes) {
    while (read_exactly(fd, sizes.request) && write_exactly(fd, sizes.answer)) {
    }
}

static int start_server(const char *socket_path, const char *server,
                        struct floor_sizes sizes) {
    int ends[2] = {-1, -1};
    char request[32];
    char answer[32];
    (void)snprintf(request, sizeof request, "%zu", sizes.request);
    (void)snprintf(answer, sizeof answer, "%zu", sizes.answer);
    if (pipe2(ends, O_CLOEXEC) < 0) {
        return -errno;
    }
    _cleanup_close_ int reader = ends[0];
    _cleanup_close_ int writer = ends[1];
    posix_spawn_file_actions_t files;
    int r = posix_spawn_file_actions_init(&files);
    r = r ? r : posix_spawn_file_actions_adddup2(&files, writer, 3);
    pid_t pid = 0;
    char *argv[] = {(char *)server, (char *)socket_path, request, answer, NULL};
    r = r ? r : posix_spawn(&pid, server, &files, NULL, argv, environ);
    (void)posix_spawn_file_actions_destroy(&files);
    if (r != 0) {
        return -r;
    }
    char ready = 0;
    (void)close(TAKE_FD(writer));
    return read(reader, &ready, 1) == 1 ? 0 : -EPIPE;
}

/* The lock that keeps two clients from starting two servers. */
static int lock_start(const char *socket_path) {
    char path[EXCHANGE_MAX];
    (void)snprintf(path, sizeof path, "%s.lock", socket_path);
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    return fd < 0 || flock(fd, LOCK_EX) < 0 ? -errno : fd;
}

int floor_connect_or_start(const char *socket_path, const char *server,
                           struct floor_sizes sizes) {
    int fd = connect_blocking(socket_path);
    if (fd == -ENOENT || fd == -ECONNREFUSED) {
        _cleanup_close_ int lock = lock_start(socket_path);
        int r = lock < 0 ? lock : start_server(socket_path, server, sizes);
        fd = r < 0 ? r : connect_blocking(socket_path);
    }
    if (fd < 0) {
        world_die("the plain server cannot be reached: %s", strerror(-fd));
    }
    return fd;
}

void floor_end_server(int fd, const char *socket_path) {
    uid_t uid = 0;
    pid_t pid = 0;
    if (platform_peer(fd, &uid, &pid) < 0) {
        world_die("the plain server is not known");
    }
    (void)close(fd);
    if (kill(pid, SIGTERM) < 0 || waitpid(pid, NULL, 0) != pid) {
        world_die("the plain server cannot be ended: %s", strerror(errno));
    }
    (void)unlink(socket_path);
}
