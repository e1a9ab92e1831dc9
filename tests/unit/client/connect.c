/* Connecting: what lies at the path, who listens there, and how long the path may be.
 */
#include "peer.h"

#include <crystalmath/client.h>

#include "base/platform.h"
#include "base/unix_socket.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

enum { NOBODY = 65534 };

/* Connect to a path and return the code; the message must name the path. */
static int connect_to(const char *path) {
    struct cm_client *client = NULL;
    struct cm_error *error = NULL;
    assert_int_equal(cm_client_new(&client, path, NULL), 0);
    int r = cm_client_connect(client, &error);
    assert_int_equal(cm_error_code(error), r);
    assert_int_equal(cm_client_is_connected(client), r == 0);
    if (r != 0) {
        assert_non_null(strstr(cm_error_message(error), path));
    }
    cm_error_free(error);
    cm_client_free(client);
    return r;
}

static void a_path_where_nothing_lies_is_no_server(void **state) {
    (void)state;
    struct peer peer;
    peer_init(&peer);
    assert_int_equal(connect_to(peer.path), CM_E_NO_SERVER);
    assert_int_equal(connect_to(peer_at(&peer, "missing/s.sock")), CM_E_NO_SERVER);
    peer_deinit(&peer);
}

static void a_socket_left_behind_is_no_server_and_stays(void **state) {
    (void)state;
    struct peer peer;
    peer_init(&peer);
    peer_listen(&peer, 1);
    peer_stop_listening(&peer);
    struct stat before;
    struct stat after;
    assert_int_equal(lstat(peer.path, &before), 0);
    assert_int_equal(connect_to(peer.path), CM_E_NO_SERVER);
    assert_int_equal(lstat(peer.path, &after), 0);
    assert_int_equal(before.st_ino, after.st_ino);
    peer_deinit(&peer);
}

static void what_is_no_socket_is_named_and_left_alone(void **state) {
    (void)state;
    struct peer peer;
    peer_init(&peer);
    peer_listen(&peer, 1);
    char path[4][PATH_MAX];
    static const char *const kinds[] = {"file", "folder", "fifo", "link"};
    static const char *const words[] = {"regular file", "folder", "fifo",
                                        "symbolic link"};
    for (int i = 0; i < 4; i++) {
        (void)snprintf(path[i], sizeof path[i], "%s", peer_at(&peer, kinds[i]));
    }
    peer_script(&peer, "file", "kept");
    assert_int_equal(mkdir(path[1], 0700), 0);
    assert_int_equal(mkfifo(path[2], 0600), 0);
    /* Even where it points to a socket that works. */
    assert_int_equal(symlink(peer.path, path[3]), 0);
    for (int i = 0; i < 4; i++) {
        struct cm_client *client = NULL;
        struct cm_error *error = NULL;
        assert_int_equal(cm_client_new(&client, path[i], NULL), 0);
        assert_int_equal(cm_client_connect(client, &error), CM_E_NOT_A_SOCKET);
        assert_non_null(strstr(cm_error_message(error), words[i]));
        error = cm_error_free(error);
        assert_int_equal(cm_client_connect_or_start(client, NULL), CM_E_NOT_A_SOCKET);
        cm_client_free(client);
        struct stat st;
        assert_int_equal(lstat(path[i], &st), 0);
    }
    peer_deinit(&peer);
}

static void a_datagram_socket_is_not_ours(void **state) {
    (void)state;
    struct peer peer;
    peer_init(&peer);
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    (void)snprintf(address.sun_path, sizeof address.sun_path, "%.90s", peer.path);
    int fd = socket(AF_UNIX, SOCK_DGRAM, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(connect_to(peer.path), CM_E_NOT_A_SOCKET);
    (void)close(fd);
    peer_deinit(&peer);
}

static void another_users_socket_is_refused(void **state) {
    (void)state;
    if (geteuid() != 0) {
        skip();
    }
    struct peer peer;
    peer_init(&peer);
    peer_listen(&peer, 1);
    assert_int_equal(chown(peer.path, NOBODY, NOBODY), 0);
    assert_int_equal(connect_to(peer.path), CM_E_PERMISSION);
    peer_deinit(&peer);
}

static void another_users_server_is_refused_though_the_socket_is_ours(void **state) {
    (void)state;
    if (geteuid() != 0) {
        skip();
    }
    struct peer peer;
    peer_init(&peer);
    assert_int_equal(unix_socket_bind(peer.path, &peer.listener), 0);
    assert_int_equal(seteuid(NOBODY), 0);
    int listened = listen(peer.listener, 1);
    assert_int_equal(seteuid(0), 0);
    assert_int_equal(listened, 0);
    assert_int_equal(connect_to(peer.path), CM_E_PERMISSION);
    peer_deinit(&peer);
}

static void a_socket_closed_by_its_mode_is_a_matter_of_permission(void **state) {
    (void)state;
    struct peer peer;
    peer_init(&peer);
    uid_t before = geteuid();
    if (before == 0) {
        assert_int_equal(chown(peer.folder, NOBODY, NOBODY), 0);
        assert_int_equal(seteuid(NOBODY), 0);
    }
    peer_listen(&peer, 1);
    (void)chmod(peer.path, 0000);
    int closed_socket = connect_to(peer.path);
    (void)chmod(peer.folder, 0000);
    int closed_folder = connect_to(peer.path);
    (void)chmod(peer.folder, 0700);
    assert_int_equal(seteuid(before), 0);
    assert_int_equal(closed_socket, CM_E_PERMISSION);
    assert_int_equal(closed_folder, CM_E_PERMISSION);
    peer_deinit(&peer);
}

/* Make a folder so deep that folder/NAME has exactly `length` bytes, and listen there.
 */
static void listen_at_length(struct peer *peer, size_t length) {
    char *at = peer->path;
    int n = snprintf(at, sizeof peer->path, "%s", peer->folder);
    size_t have = (size_t)n;
    /* Each part is a slash and at most 100 letters; the socket's name is one letter. */
    while (have + 2 < length) {
        size_t part = length - have - 3;
        part = part > 100 ? 100 : part;
        if (part == 0) {
            break;
        }
        at[have] = '/';
        (void)memset(at + have + 1, 'd', part);
        have += part + 1;
        at[have] = '\0';
        assert_int_equal(mkdir(at, 0700), 0);
    }
    at[have++] = '/';
    while (have < length) {
        at[have++] = 's';
    }
    at[have] = '\0';
    assert_int_equal(strlen(at), length);
    peer_listen(peer, 4);
}

/* Whether this system reaches a path that no address holds. */
static bool reaches_long_paths(void) {
    return platform_socket_path_max() == 107;
}

/* Where it does not: no shorter path is taken for it, and the message says all. */
static void is_named_with_the_limit(size_t length) {
    struct peer peer;
    peer_init(&peer);
    listen_at_length(&peer, platform_socket_path_max());
    char path[1200];
    size_t have = (size_t)snprintf(path, sizeof path, "%s", peer.path);
    (void)memset(path + have, 'x', length - have);
    path[length] = '\0';
    /* Something has to be there, or that is the first thing to be said. */
    assert_int_equal(rename(peer.path, path), 0);
    char bytes[32];
    char limit[64];
    (void)snprintf(bytes, sizeof bytes, "(%zu bytes;", length);
    (void)snprintf(limit, sizeof limit, "at most %zu there",
                   platform_socket_path_max());
    struct cm_client *client = NULL;
    struct cm_error *error = NULL;
    assert_int_equal(cm_client_new(&client, path, NULL), 0);
    assert_int_equal(cm_client_connect(client, &error), CM_E_INVALID);
    assert_non_null(strstr(cm_error_message(error), path));
    assert_non_null(strstr(cm_error_message(error), bytes));
    assert_non_null(strstr(cm_error_message(error), limit));
    cm_error_free(error);
    cm_client_free(client);
    (void)unlink(path);
    peer_deinit(&peer);
}

static void
paths_of_any_length_are_reached_whole_or_refused_with_the_limit(void **state) {
    (void)state;
    const size_t most = platform_socket_path_max();
    const size_t lengths[] = {most - 1, most, most + 1, most + 2, 300};
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        if (lengths[i] > most && !reaches_long_paths()) {
            is_named_with_the_limit(lengths[i]);
            continue;
        }
        struct peer peer;
        peer_init(&peer);
        listen_at_length(&peer, lengths[i]);
        assert_int_equal(connect_to(peer.path), 0);
        peer_accept(&peer);
        peer_deinit(&peer);
    }
}

static void a_path_that_no_system_takes_is_an_invalid_argument(void **state) {
    (void)state;
    char path[PATH_MAX + 10];
    (void)memset(path, 'x', sizeof path - 1);
    path[0] = '/';
    path[sizeof path - 1] = '\0';
    struct cm_client *client = NULL;
    struct cm_error *error = NULL;
    assert_int_equal(cm_client_new(&client, path, NULL), 0);
    assert_int_equal(cm_client_connect(client, &error), CM_E_INVALID);
    cm_error_free(error);
    cm_client_free(client);

    /* A name of 200 bytes fits no address, not even through its folder. */
    struct peer peer;
    peer_init(&peer);
    char name[201];
    (void)memset(name, 'n', 200);
    name[200] = '\0';
    peer_listen(&peer, 1);
    assert_int_equal(rename(peer.path, peer_at(&peer, name)), 0);
    assert_int_equal(connect_to(peer_at(&peer, name)), CM_E_INVALID);
    peer_deinit(&peer);
}

static void a_relative_path_is_made_absolute_at_once(void **state) {
    (void)state;
    struct cm_client *client = NULL;
    assert_int_equal(cm_client_new(&client, "some.sock", NULL), 0);
    assert_true(cm_client_socket_path(client)[0] == '/');
    cm_client_free(client);
    assert_int_equal(cm_client_new(&client, "", NULL), CM_E_INVALID);
}

/* Fill the queue of a listener that accepts nothing. */
static int fill_queue(const struct peer *peer, int *held, int most) {
    for (int n = 0; n < most; n++) {
        int r = unix_socket_connect(peer->path, &held[n]);
        if (r == -EAGAIN) {
            return n;
        }
        assert_int_equal(r, 0);
    }
    return -1;
}

static void a_full_queue_is_a_timeout_and_starts_nothing(void **state) {
    (void)state;
    struct peer peer;
    peer_init(&peer);
    peer_listen(&peer, 1);
    peer_script(&peer, "server", "#!/bin/sh\ntouch \"$2.started\"\n");
    int held[16];
    int n = fill_queue(&peer, held, 16);
    assert_true(n > 0);
    assert_int_equal(connect_to(peer.path), CM_E_TIMEOUT);

    struct cm_client *client = NULL;
    struct cm_error *error = NULL;
    assert_int_equal(cm_client_new(&client, peer.path, NULL), 0);
    assert_int_equal(cm_client_set_server_program(client, peer_at(&peer, "server")), 0);
    cm_client_set_start_timeout(client, 100);
    assert_int_equal(cm_client_connect_or_start(client, &error), CM_E_TIMEOUT);
    assert_non_null(strstr(cm_error_message(error), "queue is full"));
    error = cm_error_free(error);
    assert_int_equal(access(peer_at(&peer, "s.sock.started"), F_OK), -1);
    assert_int_equal(access(peer_at(&peer, "s.sock.start"), F_OK), -1);

    /* With room in the queue the same client gets in. */
    peer_accept(&peer);
    assert_int_equal(cm_client_connect(client, NULL), 0);
    cm_client_free(client);
    while (n > 0) {
        (void)close(held[--n]);
    }
    peer_deinit(&peer);
}

static void retrying_finds_a_server_that_comes_later(void **state) {
    (void)state;
    struct peer peer;
    peer_init(&peer);
    peer_listen(&peer, 1);
    char later[PATH_MAX];
    (void)snprintf(later, sizeof later, "%s", peer_at(&peer, "later.sock"));
    struct cm_client *client = NULL;
    assert_int_equal(cm_client_new(&client, later, NULL), 0);
    assert_int_equal(cm_client_connect_retry(client, 1, NULL), CM_E_NO_SERVER);
    assert_int_equal(cm_client_connect_retry(client, 0, NULL), CM_E_NO_SERVER);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        (void)usleep(20000);
        int r = rename(peer.path, later);
        cm_client_free(client);
        free(peer.folder);
        _exit(r == 0 ? 0 : 1);
    }
    assert_int_equal(cm_client_connect_retry(client, 8, NULL), 0);
    assert_int_equal(waitpid(child, NULL, 0), child);
    cm_client_free(client);
    peer_deinit(&peer);
}

static void a_failure_that_waiting_does_not_mend_ends_the_retries(void **state) {
    (void)state;
    struct peer peer;
    peer_init(&peer);
    peer_script(&peer, "s.sock", "a file");
    struct cm_client *client = NULL;
    assert_int_equal(cm_client_new(&client, peer.path, NULL), 0);
    /* A thousand attempts would take longer than the test may. */
    assert_int_equal(cm_client_connect_retry(client, 1000, NULL), CM_E_NOT_A_SOCKET);
    cm_client_free(client);
    peer_deinit(&peer);
}

static void the_descriptor_does_not_survive_exec(void **state) {
    (void)state;
    struct peer peer;
    peer_init(&peer);
    struct cm_client *client = peer_client(&peer);
    int flags = fcntl(cm_client_fd(client), F_GETFD);
    assert_true(flags >= 0 && (flags & FD_CLOEXEC));
    cm_client_free(client);
    peer_deinit(&peer);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_path_where_nothing_lies_is_no_server),
        cmocka_unit_test(a_socket_left_behind_is_no_server_and_stays),
        cmocka_unit_test(what_is_no_socket_is_named_and_left_alone),
        cmocka_unit_test(a_datagram_socket_is_not_ours),
        cmocka_unit_test(another_users_socket_is_refused),
        cmocka_unit_test(another_users_server_is_refused_though_the_socket_is_ours),
        cmocka_unit_test(a_socket_closed_by_its_mode_is_a_matter_of_permission),
        cmocka_unit_test(
            paths_of_any_length_are_reached_whole_or_refused_with_the_limit),
        cmocka_unit_test(a_path_that_no_system_takes_is_an_invalid_argument),
        cmocka_unit_test(a_relative_path_is_made_absolute_at_once),
        cmocka_unit_test(a_full_queue_is_a_timeout_and_starts_nothing),
        cmocka_unit_test(retrying_finds_a_server_that_comes_later),
        cmocka_unit_test(a_failure_that_waiting_does_not_mend_ends_the_retries),
        cmocka_unit_test(the_descriptor_does_not_survive_exec),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
