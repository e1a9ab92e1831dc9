/* Accepting. Connections of other users are closed at once. When descriptors run out,
 * accepting pauses for a second instead of spinning on a queue that cannot be emptied.
 *
 * A socket whose name is gone cannot get it back, so a listener that moves, or comes
 * back to its own path, makes a new one. What is accepted from is a `door`, which lives
 * until the loop has let go of it. */
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

enum { PAUSE_MS = 1000 };

struct door {
    struct listener *listener; /* borrowed */
    uv_poll_t poll;
    int fd;
    char *path;   /* where it was published */
    char *hidden; /* the temporary name, the same for every server at this path */
    dev_t device; /* which file is ours */
    ino_t inode;
    bool polled;
};

struct listener {
    struct server *server; /* borrowed */
    uid_t uid;             /* whose connections are taken */
    struct door *door;
    uv_timer_t pause;
    bool given;
    bool open;
};

static struct door *door_free(struct door *door) {
    if (door) {
        closep(&door->fd);
        free(door->path);
        free(door->hidden);
        free(door);
    }
    return NULL;
}
DEFINE_CLEANUP(struct door *, door_free);

static int door_new(struct door **out, struct listener *listener, const char *path) {
    _cleanup_(door_freep) struct door *door = calloc(1, sizeof *door);
    if (!door) {
        return -ENOMEM;
    }
    door->listener = listener;
    door->fd = -1;
    door->path = strdup(path);
    int r = door->path ? str_printf(&door->hidden, "%s.new", path) : -ENOMEM;
    if (r == 0) {
        *out = TAKE_PTR(door);
    }
    return r;
}

static bool is_ours(const struct door *door, const char *path) {
    struct stat st;
    return lstat(path, &st) == 0 && st.st_dev == door->device &&
           st.st_ino == door->inode;
}

static void on_door_closed(uv_handle_t *handle) {
    struct door *door = handle->data;
    (void)door_free(door);
}

/* Takes its names away and lets the loop free it. */
static void door_close(struct door *door) {
    if (!door->listener->given) {
        if (is_ours(door, door->path)) {
            (void)unlink(door->path);
        }
        if (is_ours(door, door->hidden)) {
            (void)unlink(door->hidden);
        }
    }
    if (door->polled) {
        uv_close((uv_handle_t *)&door->poll, on_door_closed);
    } else {
        (void)door_free(door);
    }
}

static void on_pause_over(uv_timer_t *timer);

/* True while there may be more to accept. */
static bool accept_one(struct listener *listener) {
    struct server *server = listener->server;
    _cleanup_close_ int fd = -1;
    int r = platform_accept(listener->door->fd, &fd);
    if (r < 0) {
        if (r == -EMFILE || r == -ENFILE || r == -ENOBUFS || r == -ENOMEM) {
            char space[128];
            log_warning(server->log, "accepting pauses for a second: %s",
                        errmsg_errno(r, space, sizeof space));
            (void)uv_poll_stop(&listener->door->poll);
            (void)uv_timer_start(&listener->pause, on_pause_over, PAUSE_MS, 0);
            return false;
        }
        return r == -EINTR || r == -ECONNABORTED;
    }
    uid_t uid = (uid_t)-1;
    pid_t pid = 0;
    r = platform_peer(fd, &uid, &pid);
    if (r < 0 || uid != listener->uid) {
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
    struct door *door = poll->data;
    /* One: the loop comes back at once where more wait, and the call that finds none
     * waiting is saved where not. */
    (void)accept_one(door->listener);
}

static void on_pause_over(uv_timer_t *timer) {
    struct listener *listener = timer->data;
    (void)uv_poll_start(&listener->door->poll, UV_READABLE, on_readable);
}

static int publish(struct door *door) {
    return rename(door->hidden, door->path) < 0 ? -errno : 0;
}

static int listen_and_publish(struct door *door) {
    struct stat st;
    if (chmod(door->hidden, 0600) < 0 || listen(door->fd, SOMAXCONN) < 0 ||
        lstat(door->hidden, &st) < 0) {
        return -errno;
    }
    door->device = st.st_dev;
    door->inode = st.st_ino;
    return publish(door);
}

static int bind_and_publish(struct door *door) {
    /* The claim is ours, so a socket at the temporary name is a killed server's. */
    struct stat st;
    if (lstat(door->hidden, &st) == 0 && S_ISSOCK(st.st_mode)) {
        (void)unlink(door->hidden);
    }
    int r = unix_socket_bind(door->hidden, &door->fd);
    if (r == 0) {
        r = listen_and_publish(door);
        if (r < 0) {
            (void)unlink(door->hidden);
        }
    }
    return r;
}

static int poll_door(struct door *door) {
    int r = uv_poll_init(&door->listener->server->loop, &door->poll, door->fd);
    if (r < 0) {
        return r;
    }
    door->polled = true;
    door->poll.data = door;
    return uv_poll_start(&door->poll, UV_READABLE, on_readable);
}

/* A door that is open at `path`; the listener's own one is not touched. */
static int open_door(struct listener *listener, const char *path, struct door **out,
                     struct errmsg *msg) {
    _cleanup_(door_freep) struct door *door = NULL;
    int r = door_new(&door, listener, path);
    if (r == 0) {
        r = bind_and_publish(door);
    }
    if (r == -ENAMETOOLONG) {
        return errmsg_set(
            msg, r,
            "the socket path %s is too long (%zu bytes; this system takes "
            "at most %zu); choose a shorter one with --socket or "
            "XDG_RUNTIME_DIR",
            path, strlen(path), platform_socket_path_max() - strlen(".new"));
    }
    if (r < 0) {
        char space[128];
        return errmsg_set(msg, r, "the socket %s cannot be made: %s", path,
                          errmsg_errno(r, space, sizeof space));
    }
    r = poll_door(door);
    if (r < 0) {
        door_close(TAKE_PTR(door));
        return r;
    }
    *out = TAKE_PTR(door);
    return 0;
}

static struct listener *listener_alloc(struct server *server) {
    struct listener *listener = calloc(1, sizeof *listener);
    if (listener) {
        listener->server = server;
        listener->uid = geteuid();
        (void)uv_timer_init(&server->loop, &listener->pause);
        listener->pause.data = listener;
        listener->open = true;
    }
    return listener;
}

int listener_new(struct listener **out, struct server *server, const char *path,
                 struct errmsg *msg) {
    struct listener *listener = listener_alloc(server);
    if (!listener) {
        return -ENOMEM;
    }
    *out = listener; /* from here on the loop knows it: the server closes it */
    return open_door(listener, path, &listener->door, msg);
}

int listener_new_given(struct listener **out, struct server *server, int fd,
                       const char *path, struct errmsg *msg) {
    struct stat st;
    struct listener *listener = listener_alloc(server);
    if (!listener) {
        (void)close(fd);
        return -ENOMEM;
    }
    *out = listener;
    listener->given = true;
    int r = door_new(&listener->door, listener, path);
    if (r < 0) {
        (void)close(fd);
        return r;
    }
    listener->door->fd = fd;
    if (lstat(path, &st) == 0) {
        listener->door->device = st.st_dev;
        listener->door->inode = st.st_ino;
    }
    /* Called once more so that the kernel tells clients our identity, and no longer
     * that of who called it first. */
    if (listen(fd, SOMAXCONN) < 0) {
        r = -errno;
        return errmsg_set(msg, r, "the socket %s that was handed over does not listen",
                          path);
    }
    return poll_door(listener->door);
}

const char *listener_path(const struct listener *listener) {
    return listener->door->path;
}

bool listener_is_given(const struct listener *listener) {
    return listener->given;
}

bool listener_is_there(const struct listener *listener) {
    return is_ours(listener->door, listener->door->path);
}

static void serve_those_who_wait(struct listener *listener) {
    while (accept_one(listener)) {
    }
}

int listener_move(struct listener *listener, const char *path, struct errmsg *msg) {
    struct door *door = NULL;
    int r = open_door(listener, path, &door, msg);
    if (r < 0) {
        return r;
    }
    serve_those_who_wait(listener);
    (void)uv_timer_stop(&listener->pause);
    door_close(listener->door);
    listener->door = door;
    return 0;
}

bool listener_withdraw(struct listener *listener) {
    struct door *door = listener->door;
    size_t before = listener->server->n_peers;
    bool hidden = !listener->given && listener_is_there(listener) &&
                  rename(door->path, door->hidden) == 0;
    serve_those_who_wait(listener);
    if (listener->server->n_peers == before) {
        return true;
    }
    if (hidden && publish(door) < 0) {
        log_warning(listener->server->log, "the socket %s cannot be published again",
                    door->path);
    }
    return false;
}

void listener_close(struct listener *listener) {
    if (listener->open) {
        listener->open = false;
        uv_close((uv_handle_t *)&listener->pause, NULL);
        if (listener->door) {
            door_close(TAKE_PTR(listener->door));
        }
    }
}

struct listener *listener_free(struct listener *listener) {
    free(listener);
    return NULL;
}
