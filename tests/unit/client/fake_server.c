/* A server for the tests of the start, as far as the start sees it: it takes the same
 * arguments, goes into the background, reports on the readiness pipe and answers
 * system.version. CM_FAKE says what it does otherwise:
 *
 *   mute      accepts, and never answers
 *   hang-up   closes the first connection unanswered, as one does that is about to exit
 *   stranger  speaks another protocol
 *
 * The method fake.state tells how it was started; system.shutdown ends it, and so does
 * a minute. */
#include "base/fd.h"
#include "base/unix_socket.h"
#include "rpc/frame.h"
#include "rpc/message.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>

struct origin {
    bool own_session;
    bool signals_fresh;
    bool null_stdio;
    int other_fds; /* open ones besides 0, 1, 2 and the readiness pipe */
};

static bool signals_are_fresh(void) {
    sigset_t mask;
    (void)sigprocmask(SIG_SETMASK, NULL, &mask);
    for (int number = 1; number < 32; number++) {
        struct sigaction action;
        if (sigismember(&mask, number) ||
            (sigaction(number, NULL, &action) == 0 && action.sa_handler == SIG_IGN)) {
            return false;
        }
    }
    return true;
}

static bool is_null_device(int fd) {
    struct stat st;
    struct stat null;
    return fstat(fd, &st) == 0 && stat("/dev/null", &null) == 0 &&
           st.st_rdev == null.st_rdev;
}

static int count_other_fds(int ready_fd) {
    int n = 0;
    for (int fd = 3; fd < 256; fd++) {
        n += fd != ready_fd && fcntl(fd, F_GETFD) >= 0;
    }
    return n;
}

static int write_answer(const struct origin *origin, const char *method,
                        struct buf *out) {
    const char *mode = getenv("CM_FAKE");
    if (strcmp(method, "system.version") == 0) {
        bool stranger = mode && strcmp(mode, "stranger") == 0;
        return buf_printf(out, "{\"version\":\"9.8.7\",\"protocol\":\"%s\"}}",
                          stranger ? "telepathy" : "json-rpc-2.0");
    }
    if (strcmp(method, "fake.state") == 0) {
        return buf_printf(out,
                          "{\"pid\":%d,\"own_session\":%s,\"signals_fresh\":%s,"
                          "\"null_stdio\":%s,\"other_fds\":%d}}",
                          (int)getpid(), origin->own_session ? "true" : "false",
                          origin->signals_fresh ? "true" : "false",
                          origin->null_stdio ? "true" : "false", origin->other_fds);
    }
    return buf_append_str(out, "{}}");
}

static bool handle(const struct origin *origin, int fd, const char *body, size_t n) {
    struct rpc_body messages;
    struct rpc_message request;
    size_t count = 0;
    size_t mark = 0;
    _cleanup_buf_ struct buf out = BUF_NULL;
    if (rpc_body_open(&messages, body, n, &count) != 0 ||
        rpc_body_next(&messages, &request) != 0 || frame_begin(&out, &mark) < 0 ||
        rpc_write_result_head(&out, request.id) < 0 ||
        write_answer(origin, request.method, &out) < 0) {
        return false;
    }
    frame_end(&out, mark);
    (void)fd_write_all(fd, buf_bytes(&out), buf_len(&out));
    return strcmp(request.method, "system.shutdown") == 0;
}

enum { VISITORS_MAX = 64 };

struct visitor {
    int fd;
    struct frame frame; /* at the front of `in` */
    struct buf in;
};

enum next { GO_ON, HANG_UP, END };

/* Take what has come and answer it. */
static enum next serve(const struct origin *origin, struct visitor *visitor) {
    if (buf_reserve(&visitor->in, 4096) < 0) {
        return HANG_UP;
    }
    ssize_t got = read(visitor->fd, visitor->in.data + visitor->in.end, 4096);
    if (got <= 0) {
        return HANG_UP;
    }
    visitor->in.end += (size_t)got;
    const char *body = NULL;
    size_t n = 0;
    while (frame_next(&visitor->frame, &visitor->in, &body, &n) == 0) {
        if (handle(origin, visitor->fd, body, n)) {
            return END;
        }
        frame_consume(&visitor->frame, &visitor->in);
    }
    return GO_ON;
}

static _Noreturn void run(const struct origin *origin, int listener, const char *path) {
    const char *mode = getenv("CM_FAKE");
    bool mute = mode && strcmp(mode, "mute") == 0;
    bool hang_up = mode && strcmp(mode, "hang-up") == 0;
    struct visitor visitors[VISITORS_MAX];
    struct pollfd fds[VISITORS_MAX + 1] = {{.fd = listener, .events = POLLIN}};
    nfds_t count = 0;
    for (;;) {
        (void)poll(fds, count + 1, -1);
        for (nfds_t i = count; i-- > 0;) {
            enum next next = fds[i + 1].revents ? serve(origin, &visitors[i]) : GO_ON;
            if (next == END) {
                /* First the socket: whoever sees the end of the connection may start
                 * the next server at once. */
                (void)unlink(path);
                exit(0);
            }
            if (next == HANG_UP) {
                (void)close(visitors[i].fd);
                buf_deinit(&visitors[i].in);
                visitors[i] = visitors[--count];
                fds[i + 1] = fds[count + 1];
            }
        }
        int fd = fds[0].revents ? accept(listener, NULL, NULL) : -1;
        if (fd >= 0 && mute) {
            (void)pause();
        } else if (fd >= 0 && (hang_up || count == VISITORS_MAX)) {
            hang_up = false;
            (void)close(fd);
        } else if (fd >= 0) {
            visitors[count++] = (struct visitor){.fd = fd};
            fds[count] = (struct pollfd){.fd = fd, .events = POLLIN};
        }
    }
}

int main(int argc, char **argv) {
    if (argc != 5 || strcmp(argv[1], "--socket") != 0 ||
        strcmp(argv[3], "--ready-fd") != 0) {
        return 2;
    }
    int ready_fd = atoi(argv[4]);
    struct origin origin = {
        .own_session = getsid(0) == getpid(),
        .signals_fresh = signals_are_fresh(),
        .null_stdio = is_null_device(0) && is_null_device(1) && is_null_device(2),
        .other_fds = count_other_fds(ready_fd),
    };
    if (fork() > 0) {
        _exit(0);
    }
    (void)alarm(60);
    int listener = -1;
    (void)unlink(argv[2]);
    if (unix_socket_bind(argv[2], &listener) < 0 ||
        fd_set_nonblock(listener, false) < 0 || listen(listener, 16) < 0) {
        return 1;
    }
    (void)dprintf(ready_fd, "READY %ld %s\n", (long)getpid(), argv[2]);
    (void)close(ready_fd);
    run(&origin, listener, argv[2]);
}
