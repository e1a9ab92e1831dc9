/* Starts come as messages, of which exec/local_starter.c tells what is in them; the
 * answer is how the first process ended, which detaches itself and ends at once. To
 * fork costs a fraction of what a program's own start costs. This process holds nothing
 * of a job for longer than that, and whatever cannot be right ends it: the server does
 * without. */
#include "supervisor/starts.h"

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/platform.h"
#include "base/str.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>

enum {
    MESSAGE_MAX = 64 * 1024,
    N_FDS = 2,         /* lock and FIFO */
    FIRST_FD = 3,      /* their numbers in a supervisor */
    WORDS_OF_OURS = 2, /* before those of the command line */
};

#ifndef MSG_CMSG_CLOEXEC
#define MSG_CMSG_CLOEXEC 0
#endif

struct message {
    char text[MESSAGE_MAX];
    size_t n;
    int fds[N_FDS];
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
static int receive(int fd, struct message *out) {
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
        n = recvmsg(fd, &whole, MSG_CMSG_CLOEXEC);
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
    *start = (struct start){.argc = (int)argc, .argv = words};
    *env = words + argc + 1;
    return 0;
}

/* Out of the way first: the numbers may be those of others. */
static int place_fds(int fds[N_FDS]) {
    for (int i = 0; i < N_FDS; i++) {
        fds[i] = fcntl(fds[i], F_DUPFD_CLOEXEC, FIRST_FD + N_FDS);
        if (fds[i] < 0) {
            return -errno;
        }
    }
    for (int i = 0; i < N_FDS; i++) {
        if (dup2(fds[i], FIRST_FD + i) < 0) {
            return -errno;
        }
    }
    return 0;
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

int starts_take(int fd, struct start *out) {
    struct message *message = calloc(1, sizeof *message);
    platform_process_name("crystal-starter");
    int r = message ? 0 : -ENOMEM;
    while (r == 0 && (r = receive(fd, message)) == 0) {
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
    free(message);
    return r;
}
