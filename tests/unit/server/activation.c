/* A listening socket handed over by a service manager. */
#include "server/activation.h"

#include "base/cleanup.h"
#include "base/str.h"
#include "base/unix_socket.h"
#include "support/scratch.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <cmocka.h>

/* Each case runs in a child, whose descriptor 3 is free to be replaced; the child's
 * exit code is the line that failed. */
#define NEED(condition)                                                                \
    do {                                                                               \
        if (!(condition)) {                                                            \
            _exit(__LINE__ % 250 + 1);                                                 \
        }                                                                              \
    } while (0)

static void in_child(void (*body)(const char *path)) {
    char *dir = scratch_make();
    char path[100];
    (void)snprintf(path, sizeof path, "%s/s", dir);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        free(dir);
        body(path);
        _exit(0);
    }
    int status = -1;
    assert_int_equal(waitpid(child, &status, 0), child);
    (void)scratch_remove(dir);
    assert_int_equal(status, 0);
}

static void set_number(const char *name, long number) {
    char text[32];
    (void)snprintf(text, sizeof text, "%ld", number);
    NEED(setenv(name, text, 1) == 0);
}

static void hand_over(int fd, long pid, long n) {
    NEED(fd >= 0);
    NEED(fd == ACTIVATION_FD || dup2(fd, ACTIVATION_FD) == ACTIVATION_FD);
    set_number("LISTEN_PID", pid);
    set_number("LISTEN_FDS", n);
    NEED(setenv("LISTEN_FDNAMES", "crystalmath.socket", 1) == 0);
}

static int listener_at(const char *path) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    (void)snprintf(address.sun_path, sizeof address.sun_path, "%.100s", path);
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    NEED(bind(fd, (struct sockaddr *)&address, sizeof address) == 0);
    NEED(listen(fd, 4) == 0);
    return fd;
}

static int take(char **path, struct errmsg *msg) {
    int r = activation_take(path, msg);
    NEED(!getenv("LISTEN_PID") && !getenv("LISTEN_FDS") && !getenv("LISTEN_FDNAMES"));
    return r;
}

static void body_taken(const char *path) {
    char *got = NULL;
    hand_over(listener_at(path), (long)getpid(), 1);
    NEED(take(&got, NULL) == 0);
    NEED(strcmp(got, path) == 0);
    NEED(fcntl(ACTIVATION_FD, F_GETFD) & FD_CLOEXEC);
    NEED(fcntl(ACTIVATION_FD, F_GETFL) & O_NONBLOCK);
    free(got);
}

static void a_listening_socket_is_taken_with_its_path(void **state) {
    (void)state;
    in_child(body_taken);
}

static void body_not_for_us(const char *path) {
    char *got = NULL;
    hand_over(listener_at(path), (long)getppid(), 1);
    NEED(take(&got, NULL) == ACTIVATION_E_NONE);
    NEED(take(&got, NULL) == ACTIVATION_E_NONE);
    hand_over(ACTIVATION_FD, (long)getpid(), 0);
    NEED(take(&got, NULL) == ACTIVATION_E_NONE);
    NEED(!got);
}

static void what_is_meant_for_another_process_is_not_taken(void **state) {
    (void)state;
    in_child(body_not_for_us);
}

static void refused(const char *word) {
    char *got = NULL;
    struct errmsg msg = ERRMSG_NULL;
    NEED(take(&got, &msg) == -EINVAL);
    NEED(!got && strstr(msg.text, word));
}

static void body_wrong(const char *path) {
    int fd = listener_at(path);
    hand_over(fd, (long)getpid(), 2);
    refused("2 sockets");

    int not_listening = -1;
    _cleanup_free_ char *other = NULL;
    NEED(str_printf(&other, "%s2", path) == 0);
    NEED(unix_socket_bind(other, &not_listening) == 0);
    hand_over(not_listening, (long)getpid(), 1);
    refused("listens at a path");

    struct sockaddr_un abstract = {.sun_family = AF_UNIX};
    (void)snprintf(abstract.sun_path + 1, sizeof abstract.sun_path - 1, "test-%ld",
                   (long)getpid());
    int unnamed = socket(AF_UNIX, SOCK_STREAM, 0);
    NEED(bind(unnamed, (struct sockaddr *)&abstract, sizeof abstract) == 0);
    NEED(listen(unnamed, 1) == 0);
    hand_over(unnamed, (long)getpid(), 1);
    refused("listens at a path");

    hand_over(open("/dev/null", O_RDONLY), (long)getpid(), 1);
    refused("no Unix stream socket");
    (void)close(ACTIVATION_FD);
    set_number("LISTEN_PID", (long)getpid());
    set_number("LISTEN_FDS", 1);
    refused("no Unix stream socket");
}

static void what_is_no_listening_socket_at_a_path_is_refused(void **state) {
    (void)state;
    in_child(body_wrong);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_listening_socket_is_taken_with_its_path),
        cmocka_unit_test(what_is_meant_for_another_process_is_not_taken),
        cmocka_unit_test(what_is_no_listening_socket_at_a_path_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
