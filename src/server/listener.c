/* Accepting. Connections of other users are closed at once. When descriptors run out,
 * accepting pauses for a second instead of spinning on a queue that cannot be emptied.
 */
#include "server/listener.h"

#include "base/platform.h"
#include "base/str.h"
#include "base/unix_socket.h"
#include "server/peer.h"
#include "server/server.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>

enum { ACCEPT_AT_ONCE = 64, PAUSE_MS = 1000 };

struct listener {
    struct server *server; /* borrowed */
    char *path;
    char *hidden; /* the temporary name, the same for every server at this path */
    int fd;
    dev_t device; /* which file is ours */
    ino_t inode;
    uv_poll_t poll;
    uv_timer_t pause;
    bool handles_open;
};

static bool path_is_ours(const struct listener *listener, const char *path) {
    struct stat st;
    return lstat(path, &st) == 0 && st.st_dev == listener->device &&
           st.st_ino == listener->inode;
}

static void on_pause_over(uv_timer_t *timer);

/* True while there may be more to accept. */
static bool accept_one(struct listener *listener) {
    struct server *server = listener->server;
    _cleanup_close_ int fd = -1;
    int r = platform_accept(listener->fd, &fd);
    if (r < 0) {
        if (r == -EMFILE || r == -ENFILE || r == -ENOBUFS || r == -ENOMEM) {
            char space[128];
            log_warning(server->log, "accepting pauses for a second: %s",
                        errmsg_errno(r, space, sizeof space));
            (void)uv_poll_stop(&listener->poll);
            (void)uv_timer_start(&listener->pause, on_pause_over, PAUSE_MS, 0);
            return false;
        }
        return r == -EINTR || r == -ECONNABORTED;
    }
    uid_t uid = (uid_t)-1;
    pid_t pid = 0;
    r = platform_peer(fd, &uid, &pid);
    if (r < 0 || uid != geteuid()) {
        log_warning(server->log, "a connection of uid %ld (pid %ld) was refused",
                    (long)uid, (long)pid);
        return true;
    }
    r = peer_new(server, fd, pid);
    if (r < 0) {
        char space[128];
        log_error(server->log, "a connection could not be taken: %s",
                  errmsg_errno(r, space, sizeof space));
        return true;
    }
    (void)TAKE_FD(fd);
    return true;
}

static void on_readable(uv_poll_t *poll, int status, int events) {
    (void)status;
    (void)events;
    struct listener *listener = poll->data;
    for (int i = 0; i < ACCEPT_AT_ONCE && accept_one(listener); i++) {
    }
}

static void on_pause_over(uv_timer_t *timer) {
    struct listener *listener = timer->data;
    (void)uv_poll_start(&listener->poll, UV_READABLE, on_readable);
}

static int publish(struct listener *listener) {
    return rename(listener->hidden, listener->path) < 0 ? -errno : 0;
}

static int bind_and_listen(struct listener *listener) {
    /* The claim is ours, so a socket at the temporary name is a killed server's. */
    struct stat st;
    if (lstat(listener->hidden, &st) == 0 && S_ISSOCK(st.st_mode)) {
        (void)unlink(listener->hidden);
    }
    int r = unix_socket_bind(listener->hidden, &listener->fd);
    if (r < 0) {
        return r;
    }
    if (chmod(listener->hidden, 0600) < 0 || listen(listener->fd, SOMAXCONN) < 0 ||
        lstat(listener->hidden, &st) < 0) {
        r = -errno;
        (void)unlink(listener->hidden);
        return r;
    }
    listener->device = st.st_dev;
    listener->inode = st.st_ino;
    r = publish(listener);
    if (r < 0) {
        (void)unlink(listener->hidden);
    }
    return r;
}

static int watch(struct listener *listener) {
    int r = uv_poll_init(&listener->server->loop, &listener->poll, listener->fd);
    if (r < 0) {
        return r;
    }
    listener->handles_open = true;
    listener->poll.data = listener;
    (void)uv_timer_init(&listener->server->loop, &listener->pause);
    listener->pause.data = listener;
    return uv_poll_start(&listener->poll, UV_READABLE, on_readable);
}

int listener_new(struct listener **out, struct server *server, const char *path,
                 struct errmsg *msg) {
    struct listener *listener = calloc(1, sizeof *listener);
    if (!listener) {
        return -ENOMEM;
    }
    listener->server = server;
    listener->fd = -1;
    listener->path = strdup(path);
    int r = listener->path ? str_printf(&listener->hidden, "%s.new", path) : -ENOMEM;
    if (r == 0) {
        r = bind_and_listen(listener);
    }
    if (r < 0) {
        char space[128];
        (void)errmsg_set(msg, r, "the socket %s cannot be made: %s%s", path,
                         errmsg_errno(r, space, sizeof space),
                         r == -ENAMETOOLONG ? "; choose a shorter path with --socket"
                                            : "");
        (void)listener_free(listener);
        return r;
    }
    *out = listener; /* from here on the loop knows it: the server closes it */
    return watch(listener);
}

bool listener_withdraw(struct listener *listener) {
    size_t before = listener->server->n_peers;
    if (!path_is_ours(listener, listener->path) ||
        rename(listener->path, listener->hidden) < 0) {
        return true;
    }
    while (accept_one(listener)) {
    }
    if (listener->server->n_peers == before) {
        return true;
    }
    return publish(listener) < 0;
}

void listener_close(struct listener *listener) {
    if (path_is_ours(listener, listener->path)) {
        (void)unlink(listener->path);
    }
    if (path_is_ours(listener, listener->hidden)) {
        (void)unlink(listener->hidden);
    }
    if (listener->handles_open) {
        uv_close((uv_handle_t *)&listener->poll, NULL);
        uv_close((uv_handle_t *)&listener->pause, NULL);
        listener->handles_open = false;
    }
}

struct listener *listener_free(struct listener *listener) {
    if (listener) {
        if (listener->fd >= 0) {
            (void)close(listener->fd);
        }
        free(listener->path);
        free(listener->hidden);
        free(listener);
    }
    return NULL;
}
