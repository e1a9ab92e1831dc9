/* A connection reads into the server's scratch space and keeps only what is left of an
 * unfinished frame; answers are collected in the server's buffer for them and sent from
 * there. So a connection at rest holds no buffer of its own: what the socket does not
 * take at once waits in `out`, and while much waits there nothing more is read from
 * this client.
 *
 * Submissions that come in a row are put on the disk together: see answer_frames.
 *
 * Whatever a buffer of a connection is to grow by is charged to all connections'
 * account first. A client that owes us something (the rest of a frame, or room for what
 * waits in `out`) and does not move for a while is dropped; there is a timer for this
 * only while somebody owes. A peer that is done for is closed through the loop and
 * freed in its close callback, never earlier. Answers that take their time (later.h)
 * come between others; a client that has gone altogether meanwhile is let go of. */
#include "server/peer.h"

#include "base/clock.h"
#include "base/fd.h"
#include "base/platform.h"
#include "rpc/frame.h"
#include "rpc/message.h"
#include "server/dispatch.h"
#include "server/engine.h"
#include "server/hub.h"
#include "server/json_buf.h"
#include "server/later.h"
#include "server/server.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

enum {
    OUT_BUSY = 1024 * 1024,     /* answers waiting: read no further requests */
    GROUP_FULL = 1024 * 1024,   /* answers to a group: it ends */
    OUT_FULL = 4 * 1024 * 1024, /* no notifications beyond this */
    RECEIVE_ROOM = 256 * 1024,  /* what a read into `in` takes at most */
    LINGER_MS = 2000,  /* at the end of the server, for clients to read their answers */
    LOOKS_A_LIMIT = 4, /* how often, in the time allowed, who owes is looked at */
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
    struct frame frame;
    uint64_t moved_at;       /* when bytes last went either way, in the loop's time */
    struct later_list waits; /* answers that are still to come */
    int events;              /* what the poll waits for */
    bool ending;             /* read no more; close when `out` is empty */
    bool closing;
    bool answered; /* at least once */
    bool bulk;     /* has just submitted several jobs in a row: read more at a time */
    bool more;     /* whole frames lie in `in`, for the next turn of the loop */
    bool used;     /* has asked for more than whether we are alive */
};

static void release(struct server *server, struct buf *buf) {
    (void)server_charge(server, buf->cap, 0);
    buf_deinit(buf);
}

static void on_closed(uv_handle_t *handle) {
    struct peer *peer = handle->data;
    struct server *server = peer->server;
    bool used = peer->used;
    *peer->link = peer->next;
    if (peer->next) {
        peer->next->link = peer->link;
    }
    release(server, &peer->in);
    release(server, &peer->out);
    free(peer);
    server->n_peers--;
    server_touch(server, used);
}

static void peer_close(struct peer *peer) {
    if (!peer->closing) {
        peer->closing = true;
        hub_forget(peer->server->hub, peer);
        later_forget(&peer->waits);
        uv_close((uv_handle_t *)&peer->poll, on_closed);
        (void)close(peer->fd);
    }
}

static void give_back(struct peer *peer, struct buf *buf) {
    if (buf->cap > 0 && buf_len(buf) == 0) {
        release(peer->server, buf);
    }
}

/* Whether the client has to do something before this connection is at rest. */
static bool owes(const struct peer *peer) {
    return !peer->closing && peer->waits.n < LATER_MAX &&
           (buf_len(&peer->in) > 0 || buf_len(&peer->out) > 0);
}

static void on_look(uv_timer_t *timer) {
    struct server *server = timer->data;
    uint64_t limit = (uint64_t)server->options->stall_seconds * 1000;
    bool somebody = false;
    for (struct peer *peer = server->peers; peer; peer = peer->next) {
        if (!owes(peer)) {
            continue;
        }
        if (uv_now(&server->loop) - peer->moved_at < limit) {
            somebody = true;
            continue;
        }
        log_warning(server->log, "pid %ld was dropped: it has not %s for %d seconds",
                    (long)peer->pid,
                    buf_len(&peer->out) > 0 ? "read what was sent to it"
                                            : "sent the rest of its request",
                    server->options->stall_seconds);
        peer_close(peer);
    }
    if (!somebody) {
        (void)uv_timer_stop(timer);
    }
}

static void watch_debt(struct peer *peer) {
    uv_timer_t *timer = &peer->server->stalls;
    if (owes(peer) && !uv_is_active((uv_handle_t *)timer)) {
        uint64_t every =
            (uint64_t)peer->server->options->stall_seconds * 1000 / LOOKS_A_LIMIT;
        (void)uv_timer_start(timer, on_look, every, every);
    }
}

static void on_event(uv_poll_t *poll, int status, int events);

/* Whether more may be asked for, before what was asked for is answered and read. */
static bool has_room(const struct peer *peer) {
    return buf_len(&peer->out) < OUT_BUSY && peer->waits.n < LATER_MAX;
}

static void wait_for_what_is_due(struct peer *peer) {
    int events = 0;
    if (!peer->ending && !peer->more && has_room(peer)) {
        events |= UV_READABLE;
    }
    if (buf_len(&peer->out) > 0 || peer->more) {
        events |= UV_WRITABLE;
    }
    if (peer->ending && events == 0 && peer->waits.n == 0) {
        peer_close(peer);
        return;
    }
    if (events != peer->events) {
        peer->events = events;
        (void)uv_poll_start(&peer->poll, events, on_event);
    }
    watch_debt(peer);
}

/* How many bytes the socket has taken; 0 also where the connection was closed. */
static size_t send_some(struct peer *peer, const char *bytes, size_t n) {
    ssize_t sent = platform_send(peer->fd, bytes, n);
    if (sent < 0) {
        if (sent != -EAGAIN && sent != -EWOULDBLOCK) {
            peer_close(peer);
        }
        return 0;
    }
    peer->moved_at = uv_now(&peer->server->loop);
    return (size_t)sent;
}

static void flush(struct peer *peer) {
    while (!peer->closing && buf_len(&peer->out) > 0) {
        size_t n = send_some(peer, buf_bytes(&peer->out), buf_len(&peer->out));
        if (n == 0) {
            return;
        }
        buf_consume(&peer->out, n);
    }
    give_back(peer, &peer->out);
}

static void no_room(struct peer *peer, int r) {
    char space[128];
    log_warning(peer->server->log, "the connection of pid %ld was closed: %s",
                (long)peer->pid,
                r == -ENOBUFS ? "all connections together hold too much"
                              : errmsg_errno(r, space, sizeof space));
    peer_close(peer);
}

static void put_out(struct peer *peer, const char *bytes, size_t n) {
    int r = n > 0 ? server_reserve(peer->server, &peer->out, n) : 0;
    if (r < 0) {
        no_room(peer, r);
    } else {
        (void)buf_append(&peer->out, bytes, n);
    }
}

static void send_answers(struct peer *peer) {
    struct answers *answers = &peer->server->answers;
    const char *bytes = buf_bytes(&answers->buf) + answers->queued;
    size_t n = answers->whole - answers->queued;
    peer->answered = peer->answered || answers->whole > 0;
    if (buf_len(&peer->out) == 0 && n > 0 && !peer->closing) {
        size_t sent = send_some(peer, bytes, n);
        bytes += sent;
        n -= sent;
    }
    if (!peer->closing) {
        put_out(peer, bytes, n);
    }
    buf_clear(&answers->buf);
    buf_trim(&answers->buf, SERVER_SCRATCH_SIZE);
    answers->whole = 0;
    answers->queued = 0;
}

/* The stream is out of step: say why, then close. */
static void refuse_frame(struct peer *peer, struct buf *out, const char *why) {
    log_info(peer->server->log, "pid %ld sent a malformed frame: %s", (long)peer->pid,
             why);
    size_t mark = 0;
    struct json_span no_id = JSON_SPAN_NULL;
    if (frame_begin(out, &mark) == 0) {
        if (rpc_write_error(out, no_id, RPC_PARSE_ERROR, why, NULL) == 0) {
            frame_end(out, mark);
        } else {
            buf_cut(out, mark);
        }
    }
    peer->ending = true;
}

/* Frames that submit jobs, and what they change together: where they begin, so that
 * they can be carried out once more. */
struct group {
    struct buf in; /* as it was before the first of them; borrowed bytes */
    struct frame frame;
    size_t answers;    /* bytes of answers before theirs */
    size_t alone;      /* frames that begin with more bytes left than this are carried
                          out one by one: their group has failed */
    uint64_t begun_at; /* ns */
    size_t members;
};

/* Put the group on the disk. Where that fails nothing of it has happened: its answers
 * are dropped, and its frames stand in `in` again, to find out what is the matter with
 * each. Whether it is there. */
static bool end_group(struct peer *peer, struct buf *in, struct group *group) {
    struct server *server = peer->server;
    struct answers *answers = &server->answers;
    server->grouping = GROUPING_NONE;
    int r = engine_group_end(server->engine);
    if (r == 0) {
        peer->bulk = group->members > 1;
        answers->whole = buf_len(&answers->buf);
        return true;
    }
    log_info(server->log, "%zu submissions could not be kept together; one by one",
             group->members);
    group->alone = buf_len(in);
    in->start = group->in.start;
    in->end = group->in.end;
    peer->frame = group->frame;
    buf_cut(&answers->buf, group->answers);
    return false;
}

static bool group_is_full(const struct peer *peer, const struct group *group) {
    return buf_len(&peer->server->answers.buf) - group->answers >= GROUP_FULL ||
           clock_monotonic_ns() - group->begun_at >= peer->server->group_ns;
}

/* A group may begin with the next frame. */
static void begin_group(const struct peer *peer, const struct buf *in,
                        struct group *group) {
    group->in = *in;
    group->frame = peer->frame;
    group->answers = buf_len(&peer->server->answers.buf);
    group->members = 0;
}

/* Carry out one frame. Where it does not go together with the open group, the group is
 * ended instead, and the frame comes again. */
static void answer_frame(struct peer *peer, struct buf *in, struct group *group,
                         const char *body, size_t n) {
    struct server *server = peer->server;
    struct answers *answers = &server->answers;
    if (server->grouping != GROUPING_OPEN) {
        begin_group(peer, in, group);
        server->grouping =
            buf_len(in) > group->alone ? GROUPING_NONE : GROUPING_ALLOWED;
    }
    int r = dispatch_body(server, peer, body, n, &answers->buf);
    if (r == DISPATCH_E_APART) {
        (void)end_group(peer, in, group);
        return;
    }
    frame_consume(&peer->frame, in);
    if (r < 0) {
        no_room(peer, r);
    }
    if (r == DISPATCH_E_LATER) {
        begin_group(peer, in, group); /* it may not be carried out once more */
        return;
    }
    if (server->grouping != GROUPING_OPEN) {
        peer->bulk = false;
        answers->whole = buf_len(&answers->buf);
        return;
    }
    if (group->members++ == 0) {
        group->begun_at = clock_monotonic_ns();
    } else if (group_is_full(peer, group)) {
        peer->more = end_group(peer, in, group) && buf_len(in) > 0;
    }
}

/* Answer the whole frames in `in`, as long as the client takes the answers. Submissions
 * in a row wait for the disk together, and are answered behind that. */
static void answer_frames(struct peer *peer, struct buf *in) {
    struct server *server = peer->server;
    struct answers *answers = &server->answers;
    struct group group = {.alone = SIZE_MAX};
    answers->peer = peer;
    peer->more = false;
    while (!peer->closing && !peer->ending && !peer->more && has_room(peer)) {
        const char *body = NULL;
        size_t body_len = 0;
        int r = frame_next(&peer->frame, in, &body, &body_len);
        if (r != 0 && server->grouping == GROUPING_OPEN) {
            (void)end_group(peer, in, &group);
            continue;
        }
        if (r == FRAME_E_AGAIN) {
            break;
        }
        if (r != 0) {
            refuse_frame(peer, &answers->buf, frame_strerror(r));
            answers->whole = buf_len(&answers->buf);
        } else {
            answer_frame(peer, in, &group, body, body_len);
        }
        if (answers->whole >= SERVER_SCRATCH_SIZE) {
            send_answers(peer);
        }
    }
    if (server->grouping == GROUPING_OPEN) {
        (void)end_group(peer, in, &group); /* the client is gone: so be it */
    }
    server->grouping = GROUPING_NONE;
    send_answers(peer);
    answers->peer = NULL;
}

/* What is left of a frame has to be kept. */
static void keep(struct peer *peer, const char *bytes, size_t n) {
    int r = server_reserve(peer->server, &peer->in, n);
    if (r < 0) {
        no_room(peer, r);
    } else {
        (void)buf_append(&peer->in, bytes, n);
    }
}

/* True when n bytes came. */
static bool has_come(struct peer *peer, ssize_t n) {
    if (n > 0) {
        peer->moved_at = uv_now(&peer->server->loop);
        return true;
    }
    if (n == 0) {
        peer->ending = true;
        if (peer->waits.n > 0 && fd_is_hung_up(peer->fd)) {
            peer_close(peer);
        }
    } else if (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR) {
        peer_close(peer);
    }
    return false;
}

static void receive(struct peer *peer) {
    struct server *server = peer->server;
    ssize_t n = recv(peer->fd, server->scratch, SERVER_SCRATCH_SIZE, 0);
    if (has_come(peer, n)) {
        struct buf view = {.data = server->scratch, .end = (size_t)n, .cap = (size_t)n};
        answer_frames(peer, &view);
        if (buf_len(&view) > 0 && !peer->closing) {
            keep(peer, buf_bytes(&view), buf_len(&view));
        }
    }
}

/* Behind the beginning of a frame that is kept. */
static void receive_more(struct peer *peer) {
    size_t missing = frame_missing(&peer->frame, &peer->in);
    size_t usual = peer->bulk ? RECEIVE_ROOM : SERVER_SCRATCH_SIZE;
    size_t room = missing == 0             ? usual
                  : missing < RECEIVE_ROOM ? missing
                                           : RECEIVE_ROOM;
    int r = server_reserve(peer->server, &peer->in, room);
    if (r < 0) {
        no_room(peer, r);
        return;
    }
    ssize_t n = recv(peer->fd, peer->in.data + peer->in.end, room, 0);
    if (has_come(peer, n)) {
        peer->in.end += (size_t)n;
        answer_frames(peer, &peer->in);
        give_back(peer, &peer->in);
    }
}

static void on_event(uv_poll_t *poll, int status, int events) {
    struct peer *peer = poll->data;
    if (status < 0) {
        peer_close(peer);
        return;
    }
    if (events & UV_WRITABLE) {
        flush(peer);
    }
    if (buf_len(&peer->in) > 0) {
        /* Those that waited for the client to read: before anything else is read, for
         * that may be the end. */
        answer_frames(peer, &peer->in);
        give_back(peer, &peer->in);
    }
    if (!peer->closing && !peer->ending && !peer->more && (events & UV_READABLE) &&
        has_room(peer)) {
        if (buf_len(&peer->in) > 0 || peer->bulk) {
            receive_more(peer);
        } else {
            receive(peer);
        }
    }
    if (!peer->closing) {
        flush(peer);
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
    peer->moved_at = uv_now(&server->loop);
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

static int write_notification(struct buf *out, const char *method,
                              const json_t *params) {
    size_t mark = 0;
    int r = frame_begin(out, &mark);
    r = r ? r : rpc_write_notification_head(out, method);
    r = r ? r : json_buf_append(out, params);
    r = r ? r : buf_append_str(out, "}");
    if (r == 0) {
        frame_end(out, mark);
    }
    return r;
}

/* Notifications that a call causes go behind the answers before it: where there is no
 * room for both, neither is put into `out`. 0, -ENOBUFS, -ENOMEM. */
static int queue(struct peer *peer, const struct buf *frame) {
    struct answers *answers = &peer->server->answers;
    size_t whole = answers->peer == peer ? answers->whole - answers->queued : 0;
    int r = server_reserve(peer->server, &peer->out, whole + buf_len(frame));
    if (r < 0) {
        return r;
    }
    if (whole > 0) {
        (void)buf_append(&peer->out, buf_bytes(&answers->buf) + answers->queued, whole);
        answers->queued = answers->whole;
    }
    (void)buf_append(&peer->out, buf_bytes(frame), buf_len(frame));
    wait_for_what_is_due(peer);
    return 0;
}

int peer_notify(struct peer *peer, const char *method, json_t *params_take) {
    _cleanup_json_ json_t *params = params_take;
    _cleanup_buf_ struct buf frame = BUF_NULL;
    if (!params) {
        return -ENOMEM;
    }
    if (peer->closing || peer->ending || buf_len(&peer->out) > OUT_FULL) {
        return PEER_E_FULL;
    }
    int r = write_notification(&frame, method, params);
    if (r < 0) {
        return r;
    }
    r = queue(peer, &frame);
    return r == -ENOBUFS ? PEER_E_FULL : r;
}

struct later_list *peer_waits(struct peer *peer) {
    return &peer->waits;
}

void peer_answer(struct peer *peer, int r, const struct buf *frame) {
    if (r < 0) {
        no_room(peer, r);
    }
    if (!peer->closing) {
        put_out(peer, buf_bytes(frame), buf_len(frame));
    }
    if (!peer->closing) {
        peer->answered = true;
        peer->moved_at = uv_now(&peer->server->loop);
        peer->more = peer->more || (buf_len(&peer->in) > 0 && !peer->ending);
        wait_for_what_is_due(peer);
    }
}

void peer_mark_used(struct peer *peer) {
    peer->used = true;
    server_touch(peer->server, true);
}

/* What a client sends from now on fails, so that it knows that nothing came of it; what
 * has come is carried out and answered. One that has had no answer yet is left without:
 * it then looks for another server. */
static void finish(struct peer *peer, int64_t deadline) {
    bool reads = peer->answered && shutdown(peer->fd, SHUT_RD) == 0;
    while (!peer->closing) {
        while (reads && !peer->closing && !peer->ending && has_room(peer)) {
            on_event(&peer->poll, 0, UV_READABLE | UV_WRITABLE);
        }
        if (!peer->closing) {
            flush(peer);
        }
        if (peer->closing ||
            (buf_len(&peer->out) == 0 && (!reads || peer->ending || !has_room(peer)))) {
            break;
        }
        /* Nobody else is served any more, so the loop may wait here for a client to
         * read. */
        struct pollfd room = {.fd = peer->fd, .events = POLLOUT};
        int64_t left = deadline - clock_monotonic_ms();
        if (left <= 0 || poll(&room, 1, (int)left) <= 0) {
            break;
        }
    }
    peer_close(peer);
}

void peer_end_all(struct server *server) {
    int64_t deadline = clock_monotonic_ms() + LINGER_MS;
    for (struct peer *peer = server->peers; peer; peer = peer->next) {
        finish(peer, deadline);
    }
}
