/* The starter is crystalmath-supervisor itself, called with --starts-fd: it waits at a
 * socket for starts, forks a supervisor for each and answers how the first process of
 * it ended. It is kept as long as it answers, is nobody's child, and ends when the
 * socket does.
 *
 * A start is one message: how many files may be open, the number of arguments, the
 * arguments, the environment, each ended by a zero byte; and the descriptors of lock
 * and FIFO. We hold both until there is an answer, and so does the message on its way.
 * So whatever becomes of the starter, the job has an owner or its FIFO comes to an end.
 *
 * A supervisor whose job is over may offer itself through the same socket, with one of
 * its own. That takes precedence; it takes a start without an answer, and it leaves
 * when it has got none for a while, after which nothing can be sent to it. */
#include "exec/local_starter.h"

#include "base/buf.h"
#include "base/cleanup.h"
#include "exec/local_spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

enum {
    MESSAGE_MAX = 64 * 1024, /* what is longer is started without */
    PATIENCE_MS = 2000,
    FIRST_FREE_FD = 4,
    IDLE_MAX = 16,
};

#ifndef MSG_NOSIGNAL
#define MSG_NOSIGNAL 0
#endif
#ifndef MSG_CMSG_CLOEXEC
#define MSG_CMSG_CLOEXEC 0
#endif

struct local_starter {
    int fd; /* -1: none is there */
    size_t n_idle;
    int idle[IDLE_MAX]; /* sockets of supervisors, the last one the latest */
};

int local_starter_new(struct local_starter **out) {
    struct local_starter *starter = calloc(1, sizeof *starter);
    if (!starter) {
        return -ENOMEM;
    }
    starter->fd = -1;
    *out = starter;
    return 0;
}

static void leave(struct local_starter *starter) {
    closep(&starter->fd);
    starter->fd = -1;
}

struct local_starter *local_starter_free(struct local_starter *starter) {
    if (starter) {
        leave(starter);
        while (starter->n_idle > 0) {
            (void)close(starter->idle[--starter->n_idle]);
        }
        free(starter);
    }
    return NULL;
}

static int begin(struct local_starter *starter, const char *program) {
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0) {
        return -errno;
    }
    _cleanup_close_ int ours = ends[0];
    _cleanup_close_ int low = ends[1];
    _cleanup_close_ int theirs = fcntl(low, F_DUPFD_CLOEXEC, FIRST_FREE_FD);
    char *argv[] = {(char *)program, (char *)"--starts-fd", (char *)"3", NULL};
    int status = -1;
    int r = theirs < 0 ? -errno
                       : local_spawn(&(struct local_spawn){.program = program,
                                                           .argv = argv,
                                                           .env = environ,
                                                           .fds = &theirs,
                                                           .n_fds = 1},
                                     &status);
    if (r == 0 && status == 0) {
        starter->fd = TAKE_FD(ours);
    }
    return r < 0 ? r : status == 0 ? 0 : -ECHILD;
}

static int add_words(struct buf *message, char *const *words) {
    int r = 0;
    for (; r == 0 && *words; words++) {
        r = buf_append(message, *words, strlen(*words) + 1);
    }
    return r;
}

static int write_message(struct buf *message, const struct local_spec *spec,
                         char *const *argv) {
    size_t n = 0;
    while (argv[n]) {
        n++;
    }
    int r = buf_printf(message, "%lu%c%zu%c", spec->open_files, 0, n, 0);
    r = r ? r : add_words(message, argv);
    return r ? r : add_words(message, spec->env);
}

static int send_message(int to, const struct buf *message, int lock, int alive) {
    union {
        struct cmsghdr header;
        char bytes[CMSG_SPACE(2 * sizeof(int))];
    } space = {0};
    struct iovec part = {.iov_base = (char *)buf_bytes(message),
                         .iov_len = buf_len(message)};
    struct msghdr whole = {.msg_iov = &part,
                           .msg_iovlen = 1,
                           .msg_control = space.bytes,
                           .msg_controllen = sizeof space.bytes};
    const int fds[] = {lock, alive};
    struct cmsghdr *header = CMSG_FIRSTHDR(&whole);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof fds);
    memcpy(CMSG_DATA(header), fds, sizeof fds);
    ssize_t n;
    do {
        n = sendmsg(to, &whole, MSG_NOSIGNAL | MSG_DONTWAIT);
    } while (n < 0 && errno == EINTR);
    return n < 0 ? -errno : 0;
}

static void add_idle(struct local_starter *starter, int socket) {
    if (starter->n_idle == IDLE_MAX) {
        (void)close(socket);
    } else {
        starter->idle[starter->n_idle++] = socket;
    }
}

/* What has come from the starter: an answer (1), or an offer (0). Or a negative errno.
 */
static int take_news(struct local_starter *starter, int *status) {
    union {
        struct cmsghdr header;
        char bytes[CMSG_SPACE(sizeof(int))];
    } space;
    struct iovec part = {.iov_base = status, .iov_len = sizeof *status};
    struct msghdr whole = {.msg_iov = &part,
                           .msg_iovlen = 1,
                           .msg_control = space.bytes,
                           .msg_controllen = sizeof space.bytes};
    ssize_t n;
    do {
        n = recvmsg(starter->fd, &whole, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    } while (n < 0 && errno == EINTR);
    if (n != (ssize_t)sizeof *status) {
        return n < 0 ? -errno : -EPIPE;
    }
    const struct cmsghdr *header = CMSG_FIRSTHDR(&whole);
    int socket;
    if (!header || header->cmsg_type != SCM_RIGHTS) {
        return 1;
    }
    memcpy(&socket, CMSG_DATA(header), sizeof socket);
    add_idle(starter, socket);
    return 0;
}

/* Somebody may have stopped it. */
static bool take_answer(struct local_starter *starter, int *status) {
    struct pollfd answer = {.fd = starter->fd, .events = POLLIN};
    int r = 0;
    while (r == 0) {
        int ready = poll(&answer, 1, PATIENCE_MS);
        r = ready > 0                     ? take_news(starter, status)
            : ready < 0 && errno == EINTR ? 0
                                          : -ETIMEDOUT;
    }
    return r > 0;
}

static bool start_by_idle(struct local_starter *starter, const struct buf *message,
                          int lock, int alive) {
    int status;
    while (starter->fd >= 0 && take_news(starter, &status) == 0) {
    }
    bool sent = false;
    while (!sent && starter->n_idle > 0) {
        int socket = starter->idle[--starter->n_idle];
        sent = send_message(socket, message, lock, alive) == 0;
        (void)close(socket);
    }
    return sent;
}

int local_starter_start(struct local_starter *starter, const struct local_spec *spec,
                        char *const *argv, int lock, int alive, int *status) {
    _cleanup_buf_ struct buf message = BUF_NULL;
    if (!starter) {
        return LOCAL_STARTER_E_NONE;
    }
    int r = write_message(&message, spec, argv);
    if (r < 0 || buf_len(&message) > MESSAGE_MAX) {
        return r < 0 ? r : LOCAL_STARTER_E_NONE;
    }
    if (start_by_idle(starter, &message, lock, alive)) {
        *status = 0;
        return 0;
    }
    /* One that has ended since takes no message; then there is another one. */
    for (int i = 0; i < 2; i++) {
        if (starter->fd < 0 && begin(starter, spec->supervisor_program) < 0) {
            return LOCAL_STARTER_E_NONE;
        }
        if (send_message(starter->fd, &message, lock, alive) == 0) {
            if (!take_answer(starter, status)) {
                leave(starter);
                *status = 0;
            }
            return 0;
        }
        leave(starter);
    }
    return LOCAL_STARTER_E_NONE;
}
