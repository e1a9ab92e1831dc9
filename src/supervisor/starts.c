/* Starts come as messages, of which exec/local_starter.c tells what is in them; the
 * answer is how the first process ended, which detaches itself and ends at once. To
 * fork costs a fraction of what a program's own start costs. This process holds nothing
 * of a job for longer than that, and whatever cannot be right ends it: the server does
 * without.
 *
 * Where even the fork counts, because jobs end as soon as they begin, a supervisor
 * whose job is over serves another: it sends the server one end of a socket and waits
 * at the other one. Nobody answers there: the message holds lock and FIFO of the job
 * until it is taken, and goes with whoever should have. */
#include "supervisor/starts.h"

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/platform.h"
#include "base/str.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>

enum {
    MESSAGE_MAX = 64 * 1024,
    N_FDS = 2,         /* lock and FIFO */
    FIRST_FD = 3,      /* their numbers in a supervisor */
    WORDS_OF_OURS = 2, /* before those of the command line */
    IDLE_MS = 200,     /* more than from the end of a job to the start of the next */
};

#ifndef MSG_CMSG_CLOEXEC
#define MSG_CMSG_CLOEXEC 0
#endif
#ifndef MSG_NOSIGNAL
#define MSG_NOSIGNAL 0
#endif

struct message {
    char text[MESSAGE_MAX];
    size_t n;
    int fds[N_FDS];
    char **words; /* owned; into the text */
};

static bool take_fds(struct msghdr *whole, int fds[N_FDS]) {
    const struct cmsghdr *header = CMSG_FIRSTHDR(whole);
    if (!header || header->cmsg_level != SOL_SOCKET ||
        header->cmsg_type != SCM_RIGHTS ||
        header->cmsg_len != CMSG_LEN(N_FDS * sizeof *fds)) {
        return false;
    }
    memcpy(fds, CMSG_DATA(header), N_FDS * sizeof *fds);
    return true;
}

/* 0, 1 at the end, or a negative errno. */
static int receive(int fd, int flags, struct message *out) {
    union {
        struct cmsghdr header;
        char bytes[CMSG_SPACE(N_FDS * sizeof(int))];
    } space;
    struct iovec part = {.iov_base = out->text, .iov_len = sizeof out->text};
    struct msghdr whole = {.msg_iov = &part,
                           .msg_iovlen = 1,
                           .msg_control = space.bytes,
                           .msg_controllen = sizeof space.bytes};
    ssize_t n;
    do {
        n = recvmsg(fd, &whole, flags | MSG_CMSG_CLOEXEC);
    } while (n < 0 && errno == EINTR);
    if (n <= 0) {
        return n < 0 ? -errno : 1;
    }
    bool is_whole = (whole.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) == 0;
    if (!is_whole || out->text[n - 1] != '\0' || !take_fds(&whole, out->fds)) {
        return -EPROTO;
    }
    out->n = (size_t)n;
    return 0;
}

/* The strings of the message, with a NULL behind those of each list. */
static int split(struct message *message, unsigned long *open_files,
                 struct start *start, char ***env) {
    size_t n = 0;
    for (size_t i = 0; i < message->n; i++) {
        n += message->text[i] == '\0';
    }
    int64_t limit;
    int64_t argc;
    char *second = message->text + strlen(message->text) + 1;
    if (n < WORDS_OF_OURS || str_to_int64(message->text, 0, INT_MAX, &limit) != 0 ||
        str_to_int64(second, 1, (int64_t)n - WORDS_OF_OURS, &argc) != 0) {
        return -EPROTO;
    }
    char **words = calloc(n, sizeof *words); /* two words less, two ends more */
    if (!words) {
        return -ENOMEM;
    }
    char *at = second + strlen(second) + 1;
    size_t end_of_env = n - WORDS_OF_OURS + 1;
    for (size_t i = 0; i < end_of_env; i++) {
        if (i != (size_t)argc) {
            words[i] = at;
            at += strlen(at) + 1;
        }
    }
    *open_files = (unsigned long)limit;
    message->words = words;
    *start = (struct start){.argc = (int)argc, .argv = words, .memory = message};
    *env = words + argc + 1;
    return 0;
}

static int move(int *fd, int to) {
    int moved = fcntl(*fd, F_DUPFD_CLOEXEC, to);
    if (moved < 0) {
        return -errno;
    }
    (void)close(*fd);
    *fd = moved;
    return 0;
}

/* Out of the way first: the numbers may be those of others. Nothing is left of them
 * there, or the lock would not be free when its number is closed. */
static int place_fds(int fds[N_FDS]) {
    int r = 0;
    for (int i = 0; r == 0 && i < N_FDS; i++) {
        r = move(&fds[i], FIRST_FD + N_FDS);
    }
    for (int i = 0; r == 0 && i < N_FDS; i++) {
        r = dup2(fds[i], FIRST_FD + i) < 0 ? -errno : 0;
        (void)close(fds[i]);
        fds[i] = FIRST_FD + i;
    }
    return r;
}

static int become(struct message *message, struct start *out) {
    unsigned long open_files = 0;
    char **env = NULL;
    int r = split(message, &open_files, out, &env);
    r = r ? r : place_fds(message->fds);
    if (r == 0) {
        environ = env;
        if (open_files > 0) {
            (void)fd_limit_set(open_files);
        }
    }
    return r;
}

static int answer(int fd, pid_t pid) {
    int status = 0;
    while (waitpid(pid, &status, 0) < 0) {
        if (errno != EINTR) {
            return -errno;
        }
    }
    return send(fd, &status, sizeof status, 0) < 0 ? -errno : 0;
}

static void free_message(struct message *message) {
    if (message) {
        free(message->words);
        free(message);
    }
}

int starts_take(int fd, struct start *out) {
    struct message *message = calloc(1, sizeof *message);
    platform_process_name("crystal-starter");
    int r = message ? 0 : -ENOMEM;
    while (r == 0 && (r = receive(fd, 0, message)) == 0) {
        pid_t pid = fork();
        if (pid == 0) {
            r = become(message, out);
            if (r < 0) {
                _exit(1);
            }
            platform_process_name("crystalmath-sup"); /* cut as by the kernel */
            return 0;
        }
        r = pid < 0 ? -errno : 0;
        for (int i = 0; i < N_FDS; i++) {
            (void)close(message->fds[i]);
        }
        r = r ? r : answer(fd, pid);
    }
    free_message(message);
    return r;
}

/* An offer has a descriptor, an answer has not. */
static int offer(int fd, int end) {
    union {
        struct cmsghdr header;
        char bytes[CMSG_SPACE(sizeof end)];
    } space = {0};
    int status = 0;
    struct iovec part = {.iov_base = &status, .iov_len = sizeof status};
    struct msghdr whole = {.msg_iov = &part,
                           .msg_iovlen = 1,
                           .msg_control = space.bytes,
                           .msg_controllen = sizeof space.bytes};
    struct cmsghdr *header = CMSG_FIRSTHDR(&whole);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof end);
    memcpy(CMSG_DATA(header), &end, sizeof end);
    return sendmsg(fd, &whole, MSG_NOSIGNAL | MSG_DONTWAIT) < 0 ? -errno : 0;
}

/* A start that was sent just before the time was over is still there behind it, and one
 * that comes later is not sent. */
static int receive_soon(int fd, struct message *out) {
    struct pollfd news = {.fd = fd, .events = POLLIN};
    if (poll(&news, 1, IDLE_MS) <= 0 && shutdown(fd, SHUT_RD) < 0) {
        return -errno;
    }
    int r = receive(fd, MSG_DONTWAIT, out);
    return r == -EAGAIN ? 1 : r;
}

int starts_next(int fd, struct start *out) {
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0) {
        return -errno;
    }
    int r = offer(fd, ends[1]);
    (void)close(ends[1]);
    struct message *message = r == 0 ? calloc(1, sizeof *message) : NULL;
    r = r ? r : message ? receive_soon(ends[0], message) : -ENOMEM;
    /* First, for it may have a number that the start wants. */
    (void)close(ends[0]);
    r = r ? r : become(message, out);
    if (r != 0) {
        free_message(message);
    }
    return r;
}

void start_deinit(struct start *start) {
    if (start->memory) {
        environ = NULL;
        free_message(start->memory);
    }
    *start = (struct start)START_NULL;
}
