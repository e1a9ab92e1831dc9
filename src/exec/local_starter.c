/* The starter is crystalmath-supervisor itself, called with --starts-fd: it waits at a
 * socket for starts, forks a supervisor for each and answers how the first process of
 * it ended. It is kept as long as it answers, is nobody's child, and ends when the
 * socket does.
 *
 * A start is one message: how many files may be open, the number of arguments, the
 * arguments, the environment, each ended by a zero byte; and the descriptors of lock
 * and FIFO. We hold both until there is an answer, and so does the message on its way.
 * So whatever becomes of the starter, the job has an owner or its FIFO comes to an end.
 */
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
};

#ifndef MSG_NOSIGNAL
#define MSG_NOSIGNAL 0
#endif

struct local_starter {
    int fd; /* -1: none is there */
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
        n = sendmsg(to, &whole, MSG_NOSIGNAL);
    } while (n < 0 && errno == EINTR);
    return n < 0 ? -errno : 0;
}

/* Somebody may have stopped it. */
static bool take_answer(int from, int *status) {
    struct pollfd answer = {.fd = from, .events = POLLIN};
    int r;
    do {
        r = poll(&answer, 1, PATIENCE_MS);
    } while (r < 0 && errno == EINTR);
    return r > 0 && recv(from, status, sizeof *status, 0) == (ssize_t)sizeof *status;
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
    /* One that has ended since takes no message; then there is another one. */
    for (int i = 0; i < 2; i++) {
        if (starter->fd < 0 && begin(starter, spec->supervisor_program) < 0) {
            return LOCAL_STARTER_E_NONE;
        }
        if (send_message(starter->fd, &message, lock, alive) == 0) {
            if (!take_answer(starter->fd, status)) {
                leave(starter);
                *status = 0;
            }
            return 0;
        }
        leave(starter);
    }
    return LOCAL_STARTER_E_NONE;
}
