/* What differs between systems does the same everywhere, or says that it cannot. */
#include "base/platform.h"

#include "base/cleanup.h"
#include "base/unix_socket.h"
#include "support/scratch.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <cmocka.h>

static bool is_ready(int fd) {
    return (fcntl(fd, F_GETFD) & FD_CLOEXEC) && (fcntl(fd, F_GETFL) & O_NONBLOCK);
}

static void sockets_and_connections_neither_wait_nor_survive_exec(void **state) {
    (void)state;
    char *dir = scratch_make();
    _cleanup_free_ char *path = scratch_path(dir, "s");
    _cleanup_close_ int listener = -1;
    _cleanup_close_ int client = -1;
    _cleanup_close_ int server = -1;
    assert_int_equal(unix_socket_bind(path, &listener), 0);
    assert_int_equal(listen(listener, 1), 0);
    assert_int_equal(platform_accept(listener, &server), -EAGAIN);
    assert_int_equal(unix_socket_connect(path, &client), 0);
    assert_int_equal(platform_accept(listener, &server), 0);
    assert_true(is_ready(listener) && is_ready(client) && is_ready(server));
    (void)scratch_remove(dir);
}

static void sending_to_nobody_is_an_error_and_no_signal(void **state) {
    (void)state;
    int ends[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    platform_silence(ends[0]);
    assert_int_equal(platform_send(ends[0], "x", 1), 1);
    (void)close(ends[1]);
    /* SIGPIPE is at its default here: it would end the test. */
    assert_int_equal(platform_send(ends[0], "x", 1), -EPIPE);
    (void)close(ends[0]);
}

static void a_pipe_does_not_survive_exec(void **state) {
    (void)state;
    int ends[2] = {-1, -1};
    assert_int_equal(platform_pipe(ends), 0);
    assert_true(fcntl(ends[0], F_GETFD) & FD_CLOEXEC);
    assert_true(fcntl(ends[1], F_GETFD) & FD_CLOEXEC);
    (void)close(ends[0]);
    (void)close(ends[1]);
}

static void a_range_of_descriptors_is_closed_and_no_other(void **state) {
    (void)state;
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        bool fine = dup2(2, 100) == 100 && dup2(2, 101) == 101 && dup2(2, 102) == 102;
        platform_close_range(101, 102);
        fine = fine && fcntl(100, F_GETFD) >= 0 && fcntl(101, F_GETFD) < 0 &&
               fcntl(102, F_GETFD) >= 0;
        platform_close_range(101, 101);
        platform_close_range(101, INT_MAX);
        fine = fine && fcntl(100, F_GETFD) >= 0 && fcntl(102, F_GETFD) < 0;
        _exit(fine ? 0 : 1);
    }
    int status = -1;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
}

static void a_process_is_signalled_by_its_handle_or_its_number(void **state) {
    (void)state;
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        for (;;) {
            (void)pause();
        }
    }
    _cleanup_close_ int handle = -1;
    int r = platform_process_open(child, &handle);
    assert_true(r == 0 || r == -ENOSYS);
    assert_int_equal(platform_process_signal(handle, child, 0), 0);
    assert_int_equal(platform_process_signal(handle, child, SIGKILL), 0);
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    assert_int_equal(platform_process_signal(handle, child, 0), -ESRCH);
}

static void the_running_program_is_found(void **state) {
    (void)state;
    char path[PATH_MAX];
    assert_int_equal(platform_program(path, sizeof path), 0);
    assert_int_equal(access(path, X_OK), 0);
    assert_true(platform_cores() >= 1);
}

static void a_machine_is_always_called_the_same(void **state) {
    (void)state;
    char one[PLATFORM_MACHINE_SIZE];
    char two[PLATFORM_MACHINE_SIZE];
    assert_string_equal(platform_machine(one), platform_machine(two));
    assert_null(strchr(one, '\n'));
}

struct told {
    int watch;
    unsigned what;
    bool named;
};

static void take(int watch, unsigned what, const char *name, void *data) {
    struct told *told = data;
    told->watch = watch;
    told->what |= what;
    told->named = told->named || strcmp(name, "f") == 0;
}

static void a_watch_tells_what_happens_where_there_are_watches(void **state) {
    (void)state;
    struct told told = {0};
    int fd = -1;
    if (platform_watch_open(&fd) == -ENOSYS) {
        assert_int_equal(platform_watch_add(fd, "/", true), -ENOSYS);
        assert_int_equal(platform_watch_read(fd, take, &told), -ENOSYS);
        return;
    }
    char *dir = scratch_make();
    _cleanup_free_ char *path = scratch_path(dir, "f");
    int folder = platform_watch_add(fd, dir, true);
    assert_true(is_ready(fd) && folder >= 0);
    assert_int_equal(platform_watch_add(fd, path, false), -ENOENT);
    int file = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    assert_int_equal(platform_watch_read(fd, take, &told), 0);
    assert_int_equal(told.what, PLATFORM_WATCH_APPEARED);
    assert_true(told.named && told.watch == folder);
    told = (struct told){0};
    int watch = platform_watch_add(fd, path, false);
    assert_int_equal(platform_watch_add(fd, path, false), watch);
    assert_int_equal(write(file, "x", 1), 1);
    assert_int_equal(platform_watch_read(fd, take, &told), 0);
    assert_int_equal(told.what, PLATFORM_WATCH_CHANGED);
    assert_int_equal(told.watch, watch);
    (void)close(file);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(platform_watch_read(fd, take, &told), 0);
    assert_int_equal(told.what & PLATFORM_WATCH_GONE, PLATFORM_WATCH_GONE);
    platform_watch_remove(fd, folder);
    (void)close(fd);
    (void)scratch_remove(dir);
}

static void random_bytes_are_no_others_twice(void **state) {
    (void)state;
    unsigned char one[16] = {0};
    unsigned char other[16] = {0};
    assert_int_equal(platform_random(one, sizeof one), 0);
    assert_int_equal(platform_random(other, sizeof other), 0);
    assert_memory_not_equal(one, other, sizeof one);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sockets_and_connections_neither_wait_nor_survive_exec),
        cmocka_unit_test(sending_to_nobody_is_an_error_and_no_signal),
        cmocka_unit_test(a_pipe_does_not_survive_exec),
        cmocka_unit_test(a_range_of_descriptors_is_closed_and_no_other),
        cmocka_unit_test(a_process_is_signalled_by_its_handle_or_its_number),
        cmocka_unit_test(the_running_program_is_found),
        cmocka_unit_test(a_machine_is_always_called_the_same),
        cmocka_unit_test(random_bytes_are_no_others_twice),
        cmocka_unit_test(a_watch_tells_what_happens_where_there_are_watches),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
