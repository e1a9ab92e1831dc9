/* Connecting to a server that is there. The path is looked at before, the peer's user
 * after; a nonblocking connect(2) on a Unix socket is done, refused, or EAGAIN when the
 * server's queue is full. Nothing is ever unlinked here. */
#include "client/client_internal.h"

#include "client/deadline.h"

#include "base/fd.h"
#include "base/file.h"
#include "base/platform.h"
#include "base/unix_socket.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

int client_begin_connecting(struct cm_client *client, const char *function,
                            struct cm_error **error) {
    int r = client_check_outside_callback(client, function, error);
    if (r != 0) {
        return r;
    }
    if (client->fd >= 0) {
        (void)client_lose(client, NULL, CM_E_DISCONNECTED,
                          "The connection to %s was given up for a new one",
                          client->path);
    }
    notices_clear(&client->notices);
    free(client->server_version);
    client->server_version = NULL;
    return 0;
}

static int too_long(const char *path, struct cm_error **error) {
    return error_set(
        error, CM_E_INVALID,
        "The socket path %s is too long (%zu bytes; this system takes at most "
        "%zu there). Use a shorter one.",
        path, strlen(path), platform_socket_path_max());
}

static int not_there(const char *path, int code, struct cm_error **error) {
    switch (code) {
    case -ENOENT:
        return error_set(error, CM_E_NO_SERVER,
                         "No server listens at %s: there is no socket. Start one: "
                         "crystalmath server start.",
                         path);
    case -EACCES:
        return error_set(error, CM_E_PERMISSION,
                         "%s cannot be reached: a folder on the way to it is closed to "
                         "you. Use a path in a folder of yours.",
                         path);
    case -ENAMETOOLONG:
        return too_long(path, error);
    default:
        return error_set_system(error, code, "Looking at the socket path %s", path);
    }
}

static int check_what_lies_there(const char *path, struct cm_error **error) {
    struct stat st;
    if (lstat(path, &st) < 0) {
        return not_there(path, -errno, error);
    }
    if (!S_ISSOCK(st.st_mode)) {
        return error_set(
            error, CM_E_NOT_A_SOCKET,
            "%s is %s, not a socket; it was left alone. Move it away, or use "
            "another socket path.",
            path, file_kind(st.st_mode));
    }
    if (st.st_uid != geteuid()) {
        return error_set(
            error, CM_E_PERMISSION,
            "The socket %s belongs to user %lu, and you are user %lu. Each "
            "user has a server of their own; use another socket path.",
            path, (unsigned long)st.st_uid, (unsigned long)geteuid());
    }
    return 0;
}

static int refused(const char *path, int code, struct cm_error **error) {
    switch (code) {
    case -ENOENT:
    case -ECONNREFUSED:
        return error_set(
            error, CM_E_NO_SERVER,
            "No server listens at %s; the socket was left behind by one that "
            "has ended. Start one: crystalmath server start.",
            path);
    case -EAGAIN:
        return error_set(
            error, CM_E_TIMEOUT,
            "The server at %s does not take connections: its queue is full. "
            "See what it does: crystalmath server status, crystalmath server "
            "logs.",
            path);
    case -EACCES:
    case -EPERM:
        return error_set(
            error, CM_E_PERMISSION,
            "The socket %s is closed to you by its mode. Allow yourself in: "
            "chmod 600 %s.",
            path, path);
    case -ENAMETOOLONG:
        return too_long(path, error);
    case -EPROTOTYPE:
    case -ENOTSOCK:
        return error_set(
            error, CM_E_NOT_A_SOCKET,
            "%s is no stream socket; it was left alone. Move it away, or use "
            "another socket path.",
            path);
    default:
        return error_set_system(error, code, "Connecting to %s", path);
    }
}

static int check_peer(int fd, const char *path, pid_t *pid, struct cm_error **error) {
    uid_t uid = 0;
    int r = platform_peer(fd, &uid, pid);
    if (r < 0) {
        return error_set_system(error, r, "Asking who listens at %s", path);
    }
    if (uid != geteuid()) {
        return error_set(
            error, CM_E_PERMISSION,
            "The server at %s is run by user %lu, and you are user %lu. Use "
            "another socket path.",
            path, (unsigned long)uid, (unsigned long)geteuid());
    }
    return 0;
}

int client_take_connection(struct cm_client *client, int fd_take, const char *name,
                           struct cm_error **error) {
    _cleanup_close_ int fd = fd_take;
    if (strcmp(name, client->path) != 0) {
        char *copy = strdup(name);
        if (!copy) {
            return error_no_memory(error);
        }
        free(client->path);
        client->path = copy;
    }
    platform_silence(fd);
    /* From here on only who wants to wait waits: see stream.c. */
    (void)fd_set_nonblock(fd, false);
    client->fd = TAKE_FD(fd);
    client->waits_ms = 0;
    client->server_pid = 0;
    return 0;
}

int client_try_connect(struct cm_client *client, const char *path,
                       struct cm_error **error) {
    if (client->proxy) {
        return proxy_connect(client->proxy, client, error);
    }
    int r = check_what_lies_there(path, error);
    if (r != 0) {
        return r;
    }
    _cleanup_close_ int fd = -1;
    r = unix_socket_connect(path, &fd);
    if (r < 0) {
        return refused(path, r, error);
    }
    pid_t pid = 0;
    r = check_peer(fd, path, &pid, error);
    if (r != 0) {
        return r;
    }
    r = client_take_connection(client, TAKE_FD(fd), path, error);
    if (r == 0) {
        client->server_pid = pid;
    }
    return r;
}

int cm_client_connect(struct cm_client *client, struct cm_error **error) {
    int r = client_begin_connecting(client, "cm_client_connect", error);
    return r != 0 ? r : client_try_connect(client, client->asked_path, error);
}

int cm_client_connect_retry(struct cm_client *client, int attempts,
                            struct cm_error **error) {
    int r = client_begin_connecting(client, "cm_client_connect_retry", error);
    if (r != 0) {
        return r;
    }
    int pause_ms = 100;
    for (int attempt = 1;; attempt++) {
        struct cm_error *why = NULL;
        r = client_try_connect(client, client->asked_path, &why);
        bool again = r == CM_E_NO_SERVER || r == CM_E_TIMEOUT;
        if (r == 0 || !again || attempt >= attempts) {
            return r == 0 ? 0 : error_move(error, why);
        }
        (void)cm_error_free(why);
        pause_for_us((int64_t)pause_ms * 1000);
        pause_ms = pause_ms < 25600 ? pause_ms * 2 : pause_ms;
    }
}
