/* The least that a server of many clients on one thread does: wait with epoll, receive,
 * send, and nothing else. What comes in is not looked at but counted: every so many
 * bytes are a request, and get so many bytes back.
 * Arguments: SOCKET REQUEST-BYTES ANSWER-BYTES. It runs until it is terminated. */
#include "world.h"

#include "base/cleanup.h"
#include "base/unix_socket.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

enum {
    EVENTS = 256,
    BYTES = 64 * 1024,
    ANSWERS_MAX = 1024, /* in one send */
};

struct echo {
    int epoll;
    int listener;
    size_t request;
    size_t answer;
    size_t *rest; /* by descriptor: bytes of a request that is not whole */
    size_t n_rest;
    char *answers; /* ANSWERS_MAX of them */
};

static void watch(const struct echo *echo, int fd) {
    struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
    if (epoll_ctl(echo->epoll, EPOLL_CTL_ADD, fd, &event) < 0) {
        world_die("a connection cannot be watched: %s", strerror(errno));
    }
}

static void accept_one(struct echo *echo) {
    int fd = accept4(echo->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) {
        return;
    }
    if ((size_t)fd >= echo->n_rest) {
        size_t n = (size_t)fd * 2;
        echo->rest = realloc(echo->rest, n * sizeof *echo->rest);
        if (!echo->rest) {
            abort();
        }
        echo->n_rest = n;
    }
    echo->rest[fd] = 0;
    watch(echo, fd);
}

static void serve(struct echo *echo, int fd) {
    static char bytes[BYTES];
    ssize_t got = recv(fd, bytes, sizeof bytes, 0);
    if (got <= 0) {
        (void)close(fd);
        return;
    }
    size_t have = echo->rest[fd] + (size_t)got;
    size_t due = have / echo->request;
    echo->rest[fd] = have % echo->request;
    while (due > 0) {
        size_t now = due < ANSWERS_MAX ? due : ANSWERS_MAX;
        size_t n = now * echo->answer;
        if (send(fd, echo->answers, n, MSG_NOSIGNAL) != (ssize_t)n) {
            (void)close(fd); /* no benchmark leaves this much unread */
            return;
        }
        due -= now;
    }
}

int main(int argc, char **argv) {
    if (argc != 4) {
        return 2;
    }
    struct echo echo = {
        .epoll = epoll_create1(EPOLL_CLOEXEC),
        .request = strtoul(argv[2], NULL, 10),
        .answer = strtoul(argv[3], NULL, 10),
    };
    echo.answers = calloc(ANSWERS_MAX, echo.answer);
    if (!echo.answers || unix_socket_bind(argv[1], &echo.listener) < 0 ||
        listen(echo.listener, SOMAXCONN) < 0) {
        world_die("the epoll echo cannot listen at %s", argv[1]);
    }
    world_raise_descriptors();
    watch(&echo, echo.listener);
    for (;;) {
        struct epoll_event events[EVENTS];
        int n = epoll_wait(echo.epoll, events, EVENTS, -1);
        for (int i = 0; i < n; i++) {
            if (events[i].data.fd == echo.listener) {
                accept_one(&echo);
            } else {
                serve(&echo, events[i].data.fd);
            }
        }
    }
}
