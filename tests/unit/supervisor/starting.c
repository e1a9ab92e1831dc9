/* --starts-fd: what is no start ends the starter, which then has made nothing. */
#include "exec/harness.h"

#include "base/cleanup.h"

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static int begin(void) {
    int ends[2];
    char number[16];
    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends), 0);
    assert_int_equal(fcntl(ends[0], F_SETFD, FD_CLOEXEC), 0);
    (void)snprintf(number, sizeof number, "%d", ends[1]);
    const char *program = getenv("CRYSTALMATH_SUPERVISOR");
    assert_non_null(program);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        (void)execl(program, program, "--starts-fd", number, (char *)NULL);
        _exit(99);
    }
    (void)close(ends[1]);
    int status = -1;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    return ends[0];
}

static void send_start(int to, const char *text, size_t n, size_t n_fds) {
    union {
        struct cmsghdr header;
        char bytes[CMSG_SPACE(3 * sizeof(int))];
    } space = {0};
    struct iovec part = {.iov_base = (char *)text, .iov_len = n};
    struct msghdr whole = {.msg_iov = &part, .msg_iovlen = 1};
    const int fds[3] = {to, to, to};
    if (n_fds > 0) {
        whole.msg_control = space.bytes;
        whole.msg_controllen = CMSG_SPACE(n_fds * sizeof *fds);
        struct cmsghdr *header = CMSG_FIRSTHDR(&whole);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(n_fds * sizeof *fds);
        memcpy(CMSG_DATA(header), fds, n_fds * sizeof *fds);
    }
    assert_int_equal(sendmsg(to, &whole, 0), n);
}

/* Nothing is answered: it ended before it had forked. */
static void assert_ended(int fd) {
    int status;
    assert_true(recv(fd, &status, sizeof status, 0) <= 0);
}

static void it_ends_with_the_socket(void **state) {
    (void)state;
    _cleanup_close_ int fd = begin();
    assert_int_equal(shutdown(fd, SHUT_WR), 0);
    assert_ended(fd);
}

static void messages_without_both_descriptors_are_refused(void **state) {
    static const char text[] = "0\0001\0a";
    (void)state;
    for (size_t n_fds = 0; n_fds <= 3; n_fds++) {
        if (n_fds != 2) {
            _cleanup_close_ int fd = begin();
            send_start(fd, text, sizeof text, n_fds);
            assert_ended(fd);
        }
    }
}

static void messages_that_are_cut_or_too_long_are_refused(void **state) {
    enum { LONG = 64 * 1024 + 1 };
    (void)state;
    char *text = calloc(1, LONG);
    assert_non_null(text);
    memcpy(text, "0\0001\0a", 6);
    _cleanup_close_ int cut = begin();
    send_start(cut, text, 5, 2);
    assert_ended(cut);
    _cleanup_close_ int large = begin();
    send_start(large, text, LONG, 2);
    assert_ended(large);
    free(text);
}

/* It is answered how the process of the start ended. */
static void assert_fails(const char *text, size_t n, int code) {
    _cleanup_close_ int fd = begin();
    send_start(fd, text, n, 2);
    int status = -1;
    assert_int_equal(recv(fd, &status, sizeof status, 0), sizeof status);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), code);
}

static void starts_that_make_no_sense_are_answered_so(void **state) {
    static const char few[] = "0";
    static const char many[] = "0\0003\0a\0b";
    static const char none[] = "0\0000\0a";
    static const char limit[] = "-1\0001\0a";
    static const char usage[] = "0\0002\0a\0--unknown";
    (void)state;
    assert_fails(few, sizeof few, 1);
    assert_fails(many, sizeof many, 1);
    assert_fails(none, sizeof none, 1);
    assert_fails(limit, sizeof limit, 1);
    assert_fails(usage, sizeof usage, 2);
}

static void each_start_is_tried_by_itself(void **state) {
    static const char usage[] = "0\0002\0a\0--unknown\0X=1";
    (void)state;
    _cleanup_close_ int fd = begin();
    for (int i = 0; i < 3; i++) {
        send_start(fd, usage, sizeof usage, 2);
        int status = -1;
        assert_int_equal(recv(fd, &status, sizeof status, 0), sizeof status);
        assert_int_equal(WEXITSTATUS(status), 2);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_ends_with_the_socket),
        cmocka_unit_test(messages_without_both_descriptors_are_refused),
        cmocka_unit_test(messages_that_are_cut_or_too_long_are_refused),
        cmocka_unit_test(starts_that_make_no_sense_are_answered_so),
        cmocka_unit_test(each_start_is_tried_by_itself),
    };
    return cmocka_run_group_tests_name("supervisor: starting", tests, NULL, NULL);
}
