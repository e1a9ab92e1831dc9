/* `crystalmath proxy`: standard input to the server, its words to standard output, byte
 * for byte. The server is started where none runs; when it ends the connection, so do
 * we. When the input ends the server is told, and what it still has to say is passed
 * on. */
#include "cli/cmds.h"

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/platform.h"
#include "cli/remote.h"
#include "cli/say.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    KEEP_MAX = 256 * 1024, /* in each direction; then it is waited for the reader */
    READ_MAX = 64 * 1024,
    /* As much as a pipe that poll(2) calls writable takes without waiting. */
    WRITE_MAX = 4096,
};

struct way {
    int from, to;
    struct buf kept;
    bool ended; /* `from` has no more */
    bool shut;  /* `to` takes no more, or was told that this was all */
};

static void way_deinit(struct way *way) {
    buf_deinit(&way->kept);
}

/* 0 or a negative errno. */
static int take(struct way *way) {
    int r = buf_reserve(&way->kept, READ_MAX);
    if (r < 0) {
        return r;
    }
    ssize_t n = read(way->from, way->kept.data + way->kept.end, READ_MAX);
    if (n < 0 && (errno == EINTR || errno == EAGAIN)) {
        return 0;
    }
    if (n < 0 && errno != ECONNRESET) {
        return -errno;
    }
    way->kept.end += n > 0 ? (size_t)n : 0;
    way->ended = n <= 0;
    return 0;
}

/* Neither end may wait for the other: the server stops reading from a client that does
 * not read. */
static int give(struct way *way, bool socket) {
    size_t len = buf_len(&way->kept);
    ssize_t n = 0;
    if (socket) {
        n = platform_send(way->to, buf_bytes(&way->kept), len);
    } else {
        n = write(way->to, buf_bytes(&way->kept), len < WRITE_MAX ? len : WRITE_MAX);
        n = n < 0 ? -errno : n;
    }
    if (n == -EINTR || n == -EAGAIN || n == -EWOULDBLOCK) {
        return 0;
    }
    if (n < 0) {
        buf_clear(&way->kept);
        way->shut = true;
        return socket && (n == -EPIPE || n == -ECONNRESET) ? 0 : (int)n;
    }
    buf_consume(&way->kept, (size_t)n);
    return 0;
}

static short events_in(const struct way *way) {
    return !way->ended && !way->shut && buf_len(&way->kept) < KEEP_MAX ? POLLIN : 0;
}

static short events_out(const struct way *way) {
    return !way->shut && buf_len(&way->kept) > 0 ? POLLOUT : 0;
}

static int step(struct way *up, struct way *down, const struct pollfd ends[3]) {
    int r =
        ends[0].revents & (POLLIN | POLLHUP | POLLERR) && events_in(up) ? take(up) : 0;
    if (r == 0 && ends[1].revents && events_in(down)) {
        r = take(down);
    }
    if (r == 0 && events_out(up)) {
        r = give(up, true);
    }
    if (r == 0 && ends[2].revents && events_out(down)) {
        r = give(down, false);
    }
    if (r == 0 && up->ended && !up->shut && buf_len(&up->kept) == 0) {
        (void)shutdown(up->to, SHUT_WR);
        up->shut = true;
    }
    return r;
}

/* 0 when the server has ended the connection and all of it is passed on, or a negative
 * errno. */
static int copy(struct way *up, struct way *down) {
    int r = 0;
    while (r == 0 && !(down->ended && buf_len(&down->kept) == 0)) {
        /* A descriptor that nothing is asked of would still report that its other end
         * has gone. */
        struct pollfd ends[] = {
            {.fd = events_in(up) ? up->from : -1, .events = POLLIN},
            {.fd = down->from, .events = (short)(events_in(down) | events_out(up))},
            {.fd = down->to, .events = events_out(down)},
        };
        if (ends[1].events == 0) {
            ends[1].fd = -1;
        }
        if (poll(ends, 3, -1) < 0) {
            r = errno == EINTR ? 0 : -errno;
            continue;
        }
        if (ends[2].revents & POLLERR) {
            return -EPIPE; /* nobody reads what the server says */
        }
        r = step(up, down, ends);
    }
    return r;
}

int cmd_proxy(const struct cli *cli, const struct args *args) {
    (void)args;
    if (cli->host) {
        return say_usage("proxy: --host is for the other end: crystalmath --host %s "
                         "runs the proxy there by itself",
                         cli->host);
    }
    _cleanup_client_ struct cm_client *client = NULL;
    _cleanup_error_ struct cm_error *error = NULL;
    int status = remote_new(cli, &client);
    if (status != CLI_OK) {
        return status;
    }
    if (remote_connect(cli, client, &error) < 0) {
        return remote_report(error);
    }
    int server = cm_client_fd(client);
    _cleanup_(way_deinit) struct way up = {.from = STDIN_FILENO, .to = server};
    _cleanup_(way_deinit) struct way down = {.from = server, .to = STDOUT_FILENO};
    (void)signal(SIGPIPE, SIG_IGN);
    int r = copy(&up, &down);
    if (r < 0) {
        say_error("the connection to the server at %s was given up (%s)",
                  cm_client_socket_path(client), strerror(-r));
        return CLI_FAILED;
    }
    return CLI_OK;
}
