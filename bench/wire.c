/* Ids are always five digits, so a request is copied and its digits are overwritten,
 * and an answer is right when its digits are. What is wrong ends the program. */
#include "wire.h"

#include "world.h"

#include "base/fd.h"
#include "base/unix_socket.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

enum {
    ID_DIGITS = 5,
    FIRST_MS = 10000, /* until an answer comes */
    NEXT_MS = 200,    /* until more of it comes */
};

static size_t find_id(const char *bytes, size_t n) {
    const char *at = memmem(bytes, n, "10000", ID_DIGITS);
    return at ? (size_t)(at - bytes) : 0;
}

void wire_json_rpc(struct wire *wire, const char *method) {
    char body[WIRE_MAX / 2];
    *wire = (struct wire){0};
    int n =
        snprintf(body, sizeof body, "{\"jsonrpc\":\"2.0\",\"id\":%d,\"method\":\"%s\"}",
                 WIRE_ID_FIRST, method);
    int all = snprintf(wire->request, sizeof wire->request,
                       "Content-Length: %d\r\n\r\n%s", n, body);
    wire->request_len = (size_t)all;
    wire->request_id = find_id(wire->request, wire->request_len);
}

void wire_plain(struct wire *wire, const char *bytes, size_t n) {
    *wire = (struct wire){.request_len = n};
    memcpy(wire->request, bytes, n);
}

int wire_connect(const char *socket) {
    int fd = -1;
    int r = unix_socket_connect(socket, &fd);
    r = r ? r : fd_set_nonblock(fd, false);
    if (r < 0) {
        world_die("no connection to %s: %s", socket, strerror(-r));
    }
    return fd;
}

void wire_learn(struct wire *wire, int fd) {
    char answer[WIRE_MAX];
    if (send(fd, wire->request, wire->request_len, MSG_NOSIGNAL) < 0) {
        world_die("a request cannot be sent: %s", strerror(errno));
    }
    /* Some write an answer in pieces; it is whole when nothing more comes. */
    size_t n = 0;
    struct pollfd more = {.fd = fd, .events = POLLIN};
    for (int wait_ms = FIRST_MS; poll(&more, 1, wait_ms) == 1; wait_ms = NEXT_MS) {
        ssize_t got = recv(fd, answer + n, sizeof answer - n, 0);
        if (got <= 0) {
            break;
        }
        n += (size_t)got;
    }
    wire->answer_len = n;
    wire->answer_id = wire->request_id ? find_id(answer, n) : 0;
    if (n == 0 || (wire->request_id && !wire->answer_id)) {
        world_die("no answer, or one without the id: %.*s", (int)n, answer);
    }
}

unsigned wire_next_id(unsigned id) {
    return id < WIRE_ID_LAST ? id + 1 : WIRE_ID_FIRST;
}

static void put_digits(char *at, unsigned id) {
    for (int i = ID_DIGITS - 1; i >= 0; i--) {
        at[i] = (char)('0' + id % 10);
        id /= 10;
    }
}

void wire_put(const struct wire *wire, char *at, unsigned id) {
    memcpy(at, wire->request, wire->request_len);
    if (wire->request_id) {
        put_digits(at + wire->request_id, id);
    }
}

void wire_check(const struct wire *wire, const char *answer, unsigned id) {
    char digits[ID_DIGITS];
    put_digits(digits, id);
    if (wire->answer_id && memcmp(answer + wire->answer_id, digits, ID_DIGITS) != 0) {
        world_die("not the answer to request %u: %.*s", id, (int)wire->answer_len,
                  answer);
    }
}

void wire_exchange(const struct wire *wire, int fd, unsigned id) {
    char bytes[WIRE_MAX];
    wire_put(wire, bytes, id);
    if (send(fd, bytes, wire->request_len, MSG_NOSIGNAL) !=
        (ssize_t)wire->request_len) {
        world_die("a request cannot be sent: %s", strerror(errno));
    }
    for (size_t have = 0; have < wire->answer_len;) {
        ssize_t got = recv(fd, bytes + have, wire->answer_len - have, 0);
        if (got <= 0) {
            world_die("a server ended the connection");
        }
        have += (size_t)got;
    }
    wire_check(wire, bytes, id);
}
