/* A hand-driven server for the client's tests. */
#include "peer.h"

#include <crystalmath/client.h>

#include "base/unix_socket.h"
#include "support/scratch.h"

#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

enum { PATIENCE_MS = 20000 };

void peer_init(struct peer *peer) {
    *peer = (struct peer){.listener = -1, .fd = -1};
    peer->folder = scratch_make();
    (void)snprintf(peer->path, sizeof peer->path, "%s/s.sock", peer->folder);
}

void peer_deinit(struct peer *peer) {
    peer_hang_up(peer);
    peer_stop_listening(peer);
    peer->folder = scratch_remove(peer->folder);
}

const char *peer_at(const struct peer *peer, const char *name) {
    static _Thread_local char path[PATH_MAX];
    (void)snprintf(path, sizeof path, "%s/%s", peer->folder, name);
    return path;
}

void peer_listen(struct peer *peer, int backlog) {
    assert_int_equal(unix_socket_bind(peer->path, &peer->listener), 0);
    assert_int_equal(listen(peer->listener, backlog), 0);
}

void peer_stop_listening(struct peer *peer) {
    if (peer->listener >= 0) {
        (void)close(peer->listener);
        peer->listener = -1;
    }
}

void peer_accept(struct peer *peer) {
    peer_hang_up(peer);
    struct pollfd one = {.fd = peer->listener, .events = POLLIN};
    assert_int_equal(poll(&one, 1, PATIENCE_MS), 1);
    peer->fd = accept4(peer->listener, NULL, NULL, SOCK_CLOEXEC);
    assert_true(peer->fd >= 0);
}

void peer_hang_up(struct peer *peer) {
    if (peer->fd >= 0) {
        (void)close(peer->fd);
        peer->fd = -1;
    }
}

void peer_send_raw(const struct peer *peer, const char *bytes, size_t n) {
    assert_int_equal(send(peer->fd, bytes, n, MSG_NOSIGNAL | MSG_DONTWAIT), (ssize_t)n);
}

void peer_send(const struct peer *peer, const char *body) {
    char header[64];
    int n =
        snprintf(header, sizeof header, "Content-Length: %zu\r\n\r\n", strlen(body));
    peer_send_raw(peer, header, (size_t)n);
    peer_send_raw(peer, body, strlen(body));
}

static void read_exactly(const struct peer *peer, char *bytes, size_t n) {
    for (size_t have = 0; have < n;) {
        struct pollfd one = {.fd = peer->fd, .events = POLLIN};
        assert_int_equal(poll(&one, 1, PATIENCE_MS), 1);
        ssize_t got = read(peer->fd, bytes + have, n - have);
        assert_true(got > 0);
        have += (size_t)got;
    }
}

json_t *peer_read(const struct peer *peer) {
    char header[128] = "";
    size_t n = 0;
    while (n < 4 || memcmp(header + n - 4, "\r\n\r\n", 4) != 0) {
        assert_true(n + 1 < sizeof header);
        read_exactly(peer, header + n, 1);
        n++;
    }
    size_t length = 0;
    assert_int_equal(sscanf(header, "Content-Length: %zu", &length), 1);
    char *body = malloc(length);
    assert_non_null(body);
    read_exactly(peer, body, length);
    json_t *request = json_loadb(body, length, 0, NULL);
    free(body);
    assert_non_null(request);
    return request;
}

struct cm_client *peer_client(struct peer *peer) {
    struct cm_client *client = NULL;
    if (peer->listener < 0) {
        peer_listen(peer, 16);
    }
    assert_int_equal(cm_client_new(&client, peer->path, NULL), 0);
    assert_int_equal(cm_client_connect(client, NULL), 0);
    peer_accept(peer);
    return client;
}

void peer_script(const struct peer *peer, const char *name, const char *text) {
    const char *path = peer_at(peer, name);
    FILE *file = fopen(path, "we");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(chmod(path, 0700), 0);
}
