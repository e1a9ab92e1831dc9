/* The whole server behind a socket pair: whatever a client writes, in pieces of any
 * size, is answered with whole frames of JSON-RPC 2.0, and its end ends the connection.
 * There is no supervisor, so no job of it ever starts. */
#include "rpc/frame.h"
#include "rpc/message.h"
#include "server/peer.h"
#include "server/server.h"

#include <fcntl.h>
#include <jansson.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool truth) {
    if (!truth) {
        abort();
    }
}

/* The client's side. */
struct client {
    int fd;
    struct buf in;
    struct frame frame;
    bool ended;
};

static void check_message(json_t *json) {
    json_t *version = json_object_get(json, "jsonrpc");
    require(json_is_string(version) && strcmp(json_string_value(version), "2.0") == 0);
    bool answer = json_object_get(json, "id");
    require(answer != !!json_object_get(json, "method"));
    require(!answer ||
            !json_object_get(json, "result") != !json_object_get(json, "error"));
}

static void check_frames(struct client *client) {
    const char *body = NULL;
    size_t len = 0;
    int r = 0;
    while ((r = frame_next(&client->frame, &client->in, &body, &len)) == 0) {
        /* An id may be a number that the library has no type for. */
        json_error_t error;
        json_t *json = json_loadb(body, len, JSON_ALLOW_NUL, &error);
        require(json || json_error_code(&error) == json_error_numeric_overflow);
        for (size_t i = 0; i < json_array_size(json); i++) {
            check_message(json_array_get(json, i));
        }
        if (json_is_object(json)) {
            check_message(json);
        }
        json_decref(json);
        frame_consume(&client->frame, &client->in);
    }
    require(r == FRAME_E_AGAIN);
}

static void read_all(struct client *client) {
    for (;;) {
        require(buf_reserve(&client->in, 65536) == 0);
        ssize_t n = read(client->fd, client->in.data + client->in.end, 65536);
        client->ended = client->ended || n == 0;
        if (n <= 0) {
            return;
        }
        client->in.end += (size_t)n;
        check_frames(client);
    }
}

static void turn(struct server *server, struct client *client) {
    (void)uv_run(&server->loop, UV_RUN_NOWAIT);
    read_all(client);
}

static void write_all(struct server *server, struct client *client, const char *bytes,
                      size_t size, size_t piece) {
    for (size_t at = 0; at < size;) {
        size_t n = size - at < piece ? size - at : piece;
        ssize_t written = write(client->fd, bytes + at, n);
        if (written > 0) {
            at += (size_t)written;
        } else if (client->ended) {
            return;
        }
        turn(server, client);
    }
}

/* Instead of uv's, for the server: Ctrl-C is for the fuzzer, which would go on and on
 * if the server took it. */
int __wrap_uv_signal_start(uv_signal_t *handle, uv_signal_cb callback, int number);
int __wrap_uv_signal_start(uv_signal_t *handle, uv_signal_cb callback, int number) {
    (void)handle;
    (void)callback;
    (void)number;
    return 0;
}

static struct server *new_server(void) {
    static const struct server_options options = {
        .socket_path = (char *)"/nowhere/socket",
        .db_path = (char *)":memory:",
        .state_dir = (char *)"/nowhere",
        .runs_dir = (char *)"/nowhere/runs",
        .log_path = (char *)"/nowhere/log",
        .stall_seconds = 120,
        .ready_fd = -1,
    };
    struct server *server = NULL;
    struct errmsg msg = ERRMSG_NULL;
    int r = server_new(&server, &options, NULL, &msg);
    require(r == 0);
    return server;
}

/* Serves as long as nothing is left in it that another client could see. */
static struct server *fresh_server(struct server *server) {
    int64_t jobs = 0;
    if (server && !server->stopping && store_job_count(server->store, 0, &jobs) == 0 &&
        jobs == 0) {
        return server;
    }
    (void)server_free(server);
    return new_server();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    (void)signal(SIGPIPE, SIG_IGN);
    if (size < 1) {
        return 0;
    }
    static struct server *server;
    server = fresh_server(server);
    int ends[2];
    int r = socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends);
    require(r == 0);
    struct client client = {.fd = ends[0]};
    r = peer_new(server, ends[1], getpid());
    require(r == 0);
    size_t piece = data[0] < 128 ? size : 1 + data[0] % 32U;
    write_all(server, &client, (const char *)data + 1, size - 1, piece);
    (void)shutdown(client.fd, SHUT_WR);
    for (int i = 0; i < 1000 && !client.ended; i++) {
        turn(server, &client);
    }
    require(client.ended);
    require(buf_len(&client.in) == 0);
    (void)close(client.fd);
    for (int i = 0; i < 10 && server->n_peers > 0; i++) {
        (void)uv_run(&server->loop, UV_RUN_NOWAIT);
    }
    require(server->n_peers == 0 && server->buffered == 0);
    buf_deinit(&client.in);
    return 0;
}
