/* Sockets at paths of any length. */
#include "base/unix_socket.h"

#include "base/cleanup.h"
#include "base/path.h"
#include "support/scratch.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>

#include <cmocka.h>

static int set_up(void **state) {
    *state = scratch_make();
    return 0;
}

static int tear_down(void **state) {
    *state = scratch_remove(*state);
    return 0;
}

static void connect_at(const char *path) {
    _cleanup_close_ int server = -1;
    _cleanup_close_ int client = -1;
    uid_t uid = (uid_t)-1;
    pid_t pid = 0;
    assert_int_equal(unix_socket_bind(path, &server), 0);
    assert_int_equal(unix_socket_connect(path, &client), -ECONNREFUSED);
    assert_int_equal(listen(server, 4), 0);
    assert_int_equal(unix_socket_connect(path, &client), 0);
    assert_int_equal(unix_socket_peer(client, &uid, &pid), 0);
    assert_int_equal(uid, geteuid());
    assert_int_equal(pid, getpid());
}

static void a_short_path_connects(void **state) {
    _cleanup_free_ char *path = scratch_path(*state, "s");
    connect_at(path);
}

static void paths_around_and_beyond_the_limit_of_the_address_connect(void **state) {
    const size_t lengths[] = {107, 108, 300};
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        char filler[400];
        size_t have = strlen(*state) + 1;
        size_t folder = lengths[i] > 200 ? 200 : 40;
        memset(filler, 'd', sizeof filler);
        filler[folder] = '/';
        size_t rest = lengths[i] - have;
        filler[rest] = '\0';
        _cleanup_free_ char *path = scratch_path(*state, filler);
        _cleanup_free_ char *dir = NULL;
        assert_int_equal(strlen(path), lengths[i]);
        assert_int_equal(path_dirname(&dir, path), 0);
        assert_int_equal(path_make_private(dir), 0);
        connect_at(path);
    }
}

static void nothing_there_and_no_socket_are_told_apart(void **state) {
    _cleanup_free_ char *none = scratch_path(*state, "none");
    int fd = -1;
    assert_int_equal(unix_socket_connect(none, &fd), -ENOENT);
    assert_int_equal(unix_socket_connect(*state, &fd), -ECONNREFUSED);
    assert_int_equal(unix_socket_bind(*state, &fd), -EADDRINUSE);
    assert_int_equal(fd, -1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_short_path_connects, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            paths_around_and_beyond_the_limit_of_the_address_connect, set_up,
            tear_down),
        cmocka_unit_test_setup_teardown(nothing_there_and_no_socket_are_told_apart,
                                        set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
