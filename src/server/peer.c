/* A connection reads into the server's scratch space and keeps only what is left of an
 * unfinished frame, so one at rest holds no buffer. Answers are sent at once; what the
 * socket does not take waits in `out`, and while much waits there nothing more is read
 * from this client. A peer that is done for is closed through the loop and freed in its
 * close callback, never earlier. */
#include "server/peer.h"

#include "base/buf.h"
#include "rpc/frame.h"
#include "rpc/message.h"
#include "server/dispatch.h"
#include "server/hub.h"
#include "server/server.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

enum {
    OUT_BUSY = 1024 * 1024,     /* answers waiting: read no further requests */
    OUT_FULL = 4 * 1024 * 1024, /* no notifications beyond this */
    BUFFER_KEPT = 4 * 1024,     /* an empty buffer larger than this is given back */
};

struct peer {
    struct server *server; /* borrowed */
    struct peer *next;     /* all peers of the server */
    struct peer **link;    /* what points at this one */
    uv_poll_t poll;
    int fd;
    pid_t pid;
    struct buf in;
    struct buf out;
    size_t charged;
    struct frame frame;
    int events;  /* what the poll waits for */
    bool ending; /* read no more; close when `out` is empty */
    bool closing;
    bool used; /* has asked for more than whether we are alive */
};

static void on_closed(uv_handle_t *handle) {
    struct peer *peer = handle->data;
    struct server *server = peer->server;
    bool used = peer->used;
    *peer->link = peer->next;
    if (peer->next) {
        peer->next->link = peer->link;
    }
    (void)server_charge(server, peer->charged, 0);
    buf_deinit(&peer->in);
    buf_deinit(&peer->out);
    free(peer);
    server->n_peers--;
    server_touch(server, used);
}

static void peer_close(struct peer *peer) {
    if (!peer->closing) {
        peer->closing = true;
        hub_forget(peer->server->hub, peer);
        (void)uv_poll_stop(&peer->poll);
        (void)close(peer->fd);
        uv_close((uv_handle_t *)&peer->poll, on_closed);
    }
}

/* False: the server has no room for what this peer holds, which ends it. */
static bool settle_charge(struct peer *peer) {
    size_t now = peer->in.cap + peer->out.cap;
    if (!server_charge(peer->server, peer->charged, now)) {
        log_warning(
            peer->server->log,
            "the connection of pid %ld was closed: all connections together hold "
            "more than %zu bytes",
            (long)peer->pid, SERVER_BUFFERED_MAX);
        return false;
    }
    peer->charged = now;
    return true;
}

static void on_event(uv_poll_t *poll, int status, int events);

static void wait_for_what_is_due(struct peer *peer) {
    int events = 0;
    if (!peer->ending && buf_len(&peer->out) < OUT_BUSY) {
        events |= UV_READABLE;
    }
    if (buf_len(&peer->out) > 0) {
        events |= UV_WRITABLE;
    }
    if (peer->ending && events == 0) {
        peer_close(peer);
        return;
    }
    if (events != peer->events) {
        peer->events = events;
        (void)uv_poll_start(&peer->poll, events, on_event);
    }
}

static void flush(struct peer *peer) {
    while (buf_len(&peer->out) > 0) {
        ssize_t n =
            send(peer->fd, buf_bytes(&peer->out), buf_len(&peer->out), MSG_NOSIGNAL);
        if (n < 0) {
            if (errno == EINTR) {
                continue;
            }
            if (errno != EAGAIN && errno != EWOULDBLOCK) {
                peer_close(peer);
            }
            break;
        }
        buf_consume(&peer->out, (size_t)n);
    }
    buf_trim(&peer->out, BUFFER_KEPT);
}

/* The stream is out of step: say why, then close. */
static void refuse_frame(struct peer *peer, int why) {
    log_info(peer->server->log, "pid %ld sent a malformed frame: %s", (long)peer->pid,
             frame_strerror(why));
    _cleanup_json_ json_t *error =
        rpc_error(NULL, RPC_PARSE_ERROR, frame_strerror(why), NULL);
    if (error) {
        (void)rpc_encode_frame(&peer->out, error);
    }
    peer->ending = true;
}

/* Answer the whole frames in `in`, as long as the client takes the answers. */
static void answer_frames(struct peer *peer, struct buf *in) {
    while (!peer->closing && !peer->ending && buf_len(&peer->out) < OUT_BUSY) {
        const char *body = NULL;
        size_t body_len = 0;
        int r = frame_next(&peer->frame, in, &body, &body_len);
        if (r == FRAME_E_AGAIN) {
            return;
        }
        if (r != 0) {
            refuse_frame(peer, r);
            return;
        }
        r = dispatch_body(peer->server, peer, body, body_len, &peer->out);
        frame_consume(&peer->frame, in);
        if (r < 0) {
            peer_close(peer);
        } else if (buf_len(&peer->out) >= SERVER_SCRATCH_SIZE) {
            flush(peer);
        }
    }
}

static void take_bytes(struct peer *peer, char *bytes, size_t n) {
    if (buf_len(&peer->in) == 0) {
        struct buf view = {.data = bytes, .start = 0, .end = n, .cap = n};
        answer_frames(peer, &view);
        if (buf_len(&view) > 0 &&
            buf_append(&peer->in, buf_bytes(&view), buf_len(&view)) < 0) {
            peer_close(peer);
        }
        return;
    }
    if (buf_append(&peer->in, bytes, n) < 0) {
        peer_close(peer);
        return;
    }
    answer_frames(peer, &peer->in);
    buf_trim(&peer->in, BUFFER_KEPT);
}

static void receive(struct peer *peer) {
    ssize_t n = recv(peer->fd, peer->server->scratch, SERVER_SCRATCH_SIZE, 0);
    if (n < 0) {
        if (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR) {
            peer_close(peer);
        }
        return;
    }
    if (n == 0) {
        peer->ending = true;
        return;
    }
    take_bytes(peer, peer->server->scratch, (size_t)n);
}

static void on_event(uv_poll_t *poll, int status, int events) {
    struct peer *peer = poll->data;
    if (status < 0) {
        peer_close(peer);
        return;
    }
    if (events & UV_WRITABLE) {
        flush(peer);
        answer_frames(peer, &peer->in); /* those that waited for the client to read */
    }
    if (!peer->closing && !peer->ending && (events & UV_READABLE) &&
        buf_len(&peer->out) < OUT_BUSY) {
        receive(peer);
    }
    if (!peer->closing) {
        flush(peer);
    }
    if (!peer->closing && !settle_charge(peer)) {
        peer_close(peer);
    }
    if (!peer->closing) {
        wait_for_what_is_due(peer);
    }
}

int peer_new(struct server *server, int fd, pid_t pid) {
    struct peer *peer = calloc(1, sizeof *peer);
    if (!peer) {
        return -ENOMEM;
    }
    int r = uv_poll_init(&server->loop, &peer->poll, fd);
    if (r < 0) {
        free(peer);
        return r;
    }
    peer->server = server;
    peer->fd = fd;
    peer->pid = pid;
    peer->poll.data = peer;
    peer->next = server->peers;
    peer->link = &server->peers;
    if (peer->next) {
        peer->next->link = &peer->next;
    }
    server->peers = peer;
    server->n_peers++;
    server_touch(server, false);
    log_debug(server->log, "pid %ld connected", (long)pid);
    wait_for_what_is_due(peer);
    return 0;
}

int peer_notify(struct peer *peer, const char *method, json_t *params_take) {
    _cleanup_json_ json_t *message = rpc_notification(method, params_take);
    if (!message) {
        return -ENOMEM;
    }
    if (peer->closing || peer->ending || buf_len(&peer->out) > OUT_FULL) {
        return PEER_E_FULL;
    }
    bool idle = buf_len(&peer->out) == 0;
    int r = rpc_encode_frame(&peer->out, message);
    if (r < 0) {
        return r;
    }
    /* Sent from here only when nothing waits: inside a call the answer goes first. */
    if (idle && (peer->events & UV_WRITABLE) == 0) {
        peer->events |= UV_WRITABLE;
        (void)uv_poll_start(&peer->poll, peer->events, on_event);
    }
    return 0;
}

void peer_mark_used(struct peer *peer) {
    peer->used = true;
    server_touch(peer->server, true);
}

void peer_end_all(struct server *server) {
    for (struct peer *peer = server->peers; peer; peer = peer->next) {
        if (!peer->closing) {
            flush(peer);
        }
        peer_close(peer);
    }
}
