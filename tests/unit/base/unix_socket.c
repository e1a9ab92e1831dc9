/* Sockets at paths of any length. */
#include "base/unix_socket.h"
#include "base/platform.h"

#include "base/cleanup.h"
#include "base/path.h"
#include "support/scratch.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cmocka.h>

static int set_up(void **state) {
    *state = scratch_make();
    return 0;
}

static int tear_down(void **state) {
    *state = scratch_remove(*state);
    return 0;
}

/* Whether this system reaches a path that no address holds. */
static bool reaches_long_paths(void) {
    struct sockaddr_un address;
    _cleanup_close_ int dir = -1;
    char path[200];
    (void)snprintf(path, sizeof path, "/%0150d/s", 0);
    /* With no such folder the way around fails, but not for the length. */
    return platform_socket_address(path, &address, &dir) != -ENAMETOOLONG;
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
    assert_int_equal(platform_peer(client, &uid, &pid), 0);
    assert_int_equal(uid, geteuid());
    assert_true(pid == getpid() || (pid == 0 && !reaches_long_paths()));
    assert_int_equal(unlink(path), 0);
}

static void is_refused_whole(const char *dir, const char *path) {
    int fd = -1;
    assert_int_equal(unix_socket_bind(path, &fd), -ENAMETOOLONG);
    assert_int_equal(unix_socket_connect(path, &fd), -ENAMETOOLONG);
    assert_int_equal(fd, -1);
    /* Nothing was made under a part of the name either. */
    assert_int_equal(rmdir(dir), 0);
}

static void a_short_path_connects(void **state) {
    _cleanup_free_ char *path = scratch_path(*state, "s");
    connect_at(path);
}

static void
paths_around_and_beyond_the_limit_connect_or_are_refused_whole(void **state) {
    const size_t most = platform_socket_path_max();
    const size_t lengths[] = {most, most + 1, 300};
#if defined(CRYSTALMATH_PORTABLE)
    assert_int_equal(most, 103);
    assert_false(reaches_long_paths());
#endif
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
        if (lengths[i] <= most || reaches_long_paths()) {
            connect_at(path);
        } else {
            is_refused_whole(dir, path);
        }
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
            paths_around_and_beyond_the_limit_connect_or_are_refused_whole, set_up,
            tear_down),
        cmocka_unit_test_setup_teardown(nothing_there_and_no_socket_are_told_apart,
                                        set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
