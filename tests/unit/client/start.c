/* Bringing the server up: which program, what it is given, what it may say, and what
 * the caller is told when it says nothing. Programs that misbehave are shell scripts;
 * the one that works is fake_server.c. */
#include "peer.h"

#include <crystalmath/client.h>

#include "base/clock.h"
#include "base/file.h"

#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

/* A folder for the socket and the state, and a client that would start `program`. */
static struct cm_client *set_up(struct peer *peer, const char *program) {
    struct cm_client *client = NULL;
    peer_init(peer);
    assert_int_equal(setenv("XDG_STATE_HOME", peer->folder, 1), 0);
    assert_int_equal(unsetenv("CM_FAKE"), 0);
    assert_int_equal(mkdir(peer_at(peer, "crystalmath"), 0700), 0);
    assert_int_equal(cm_client_new(&client, peer->path, NULL), 0);
    assert_int_equal(cm_client_set_server_program(client, program), 0);
    cm_client_set_start_timeout(client, 20000);
    return client;
}

static void with_script(const struct peer *peer, struct cm_client *client,
                        const char *script) {
    peer_script(peer, "server", script);
    assert_int_equal(cm_client_set_server_program(client, peer_at(peer, "server")), 0);
}

static const char *fake_server(void) {
    const char *path = getenv("CRYSTALMATH_FAKE_SERVER");
    assert_non_null(path);
    return path;
}

static void shut_down(struct cm_client *client) {
    assert_int_equal(cm_call(client, "system.shutdown", NULL, NULL, NULL), 0);
}

static json_t *fake_state(struct cm_client *client) {
    char *text = NULL;
    assert_int_equal(cm_call(client, "fake.state", NULL, &text, NULL), 0);
    json_t *fake = json_loads(text, 0, NULL);
    free(text);
    assert_non_null(fake);
    return fake;
}

/* connect_or_start must fail with this code, and say this. */
static void expect_failure(struct cm_client *client, int code, const char *words) {
    struct cm_error *error = NULL;
    assert_int_equal(cm_client_connect_or_start(client, &error), code);
    assert_int_equal(cm_error_code(error), code);
    if (!strstr(cm_error_message(error), words)) {
        fail_msg("\"%s\" does not say \"%s\"", cm_error_message(error), words);
    }
    assert_false(cm_client_is_connected(client));
    cm_error_free(error);
}

static void
a_server_is_started_where_none_listens_and_found_where_one_does(void **state) {
    (void)state;
    struct peer peer;
    struct cm_client *client = set_up(&peer, fake_server());
    assert_int_equal(cm_client_connect_or_start(client, NULL), 0);
    assert_true(cm_client_is_connected(client));
    assert_string_equal(cm_client_server_version(client), "9.8.7");
    assert_string_equal(cm_client_socket_path(client), peer.path);
    json_t *first = fake_state(client);
    assert_int_equal(cm_client_connect_or_start(client, NULL), 0);
    json_t *second = fake_state(client);
    assert_true(json_equal(first, second));
    json_decref(first);
    json_decref(second);
    shut_down(client);
    cm_client_free(client);
    peer_deinit(&peer);
}

static void a_socket_left_behind_does_not_hinder_the_start(void **state) {
    (void)state;
    struct peer peer;
    struct cm_client *client = set_up(&peer, fake_server());
    peer_listen(&peer, 1);
    peer_stop_listening(&peer);
    assert_int_equal(cm_client_connect(client, NULL), CM_E_NO_SERVER);
    assert_int_equal(cm_client_connect_or_start(client, NULL), 0);
    shut_down(client);
    cm_client_free(client);
    peer_deinit(&peer);
}

static void making_sure_of_a_server_leaves_the_client_unconnected(void **state) {
    (void)state;
    struct peer peer;
    struct cm_client *client = set_up(&peer, fake_server());
    assert_int_equal(cm_client_ensure_server_running(client, NULL), 0);
    assert_false(cm_client_is_connected(client));
    assert_int_equal(cm_client_connect(client, NULL), 0);
    shut_down(client);
    cm_client_free(client);
    peer_deinit(&peer);
}

static void a_server_starts_sterile_from_a_dirty_caller(void **state) {
    (void)state;
    struct peer peer;
    struct cm_client *client = set_up(&peer, fake_server());
    sigset_t all;
    sigset_t before;
    (void)sigfillset(&all);
    struct sigaction ignore = {.sa_handler = SIG_IGN};
    struct sigaction pipe_before;
    struct sigaction child_before;
    assert_int_equal(sigprocmask(SIG_SETMASK, &all, &before), 0);
    assert_int_equal(sigaction(SIGPIPE, &ignore, &pipe_before), 0);
    assert_int_equal(sigaction(SIGCHLD, &ignore, &child_before), 0);
    int r = cm_client_connect_or_start(client, NULL);
    (void)sigaction(SIGPIPE, &pipe_before, NULL);
    (void)sigaction(SIGCHLD, &child_before, NULL);
    (void)sigprocmask(SIG_SETMASK, &before, NULL);
    assert_int_equal(r, 0);
    json_t *fake = fake_state(client);
    assert_true(json_is_true(json_object_get(fake, "own_session")));
    assert_true(json_is_true(json_object_get(fake, "signals_fresh")));
    assert_true(json_is_true(json_object_get(fake, "null_stdio")));
    json_decref(fake);
    shut_down(client);
    cm_client_free(client);
    peer_deinit(&peer);
}

static int count_fds(void) {
    int n = 0;
    for (int fd = 0; fd < 256; fd++) {
        n += fcntl(fd, F_GETFD) >= 0;
    }
    return n;
}

static void nothing_of_the_library_leaks_into_the_server_or_stays_behind(void **state) {
    (void)state;
    struct peer peer;
    struct cm_client *client = set_up(&peer, fake_server());
    struct cm_client *other = NULL;
    int inherited = 0;
    for (int fd = 3; fd < 256; fd++) {
        int flags = fcntl(fd, F_GETFD);
        inherited += flags >= 0 && !(flags & FD_CLOEXEC);
    }
    int before = count_fds();
    assert_int_equal(cm_client_connect_or_start(client, NULL), 0);
    json_t *fake = fake_state(client);
    assert_int_equal(json_integer_value(json_object_get(fake, "other_fds")), inherited);
    json_decref(fake);
    assert_int_equal(cm_client_new(&other, peer.path, NULL), 0);
    cm_client_free(other);
    shut_down(client);
    cm_client_free(client);
    assert_int_equal(count_fds(), before);
    /* No child is left to be reaped. */
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
    peer_deinit(&peer);
}

static void a_caller_without_stdio_starts_a_server_that_has_it(void **state) {
    (void)state;
    struct peer peer;
    struct cm_client *client = set_up(&peer, fake_server());
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        (void)close(0);
        (void)close(1);
        (void)close(2);
        int r = cm_client_connect_or_start(client, NULL);
        cm_client_free(client);
        free(peer.folder);
        _exit(r == 0 ? 0 : 1);
    }
    int status = -1;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    assert_int_equal(cm_client_connect_or_start(client, NULL), 0);
    json_t *fake = fake_state(client);
    assert_true(json_is_true(json_object_get(fake, "null_stdio")));
    json_decref(fake);
    shut_down(client);
    cm_client_free(client);
    peer_deinit(&peer);
}

static void a_program_that_is_missing_is_named_at_once(void **state) {
    (void)state;
    struct peer peer;
    struct cm_client *client = set_up(&peer, "/nowhere/crystalmath-server");
    expect_failure(client, CM_E_START_FAILED,
                   "/nowhere/crystalmath-server is not there");
    expect_failure(client, CM_E_START_FAILED, "CRYSTALMATH_SERVER");

    assert_int_equal(cm_client_set_server_program(client, NULL), 0);
    assert_int_equal(setenv("CRYSTALMATH_SERVER", "/nowhere/else", 1), 0);
    expect_failure(client, CM_E_START_FAILED, "/nowhere/else");
    assert_int_equal(unsetenv("CRYSTALMATH_SERVER"), 0);
    assert_int_equal(cm_client_set_server_program(client, ""), CM_E_INVALID);
    cm_client_free(client);
    peer_deinit(&peer);
}

static void a_program_that_cannot_be_executed_is_named_at_once(void **state) {
    (void)state;
    struct peer peer;
    struct cm_client *client = set_up(&peer, NULL);
    with_script(&peer, client, "#!/bin/sh\n");
    assert_int_equal(chmod(peer_at(&peer, "server"), 0600), 0);
    expect_failure(client, CM_E_START_FAILED, "not executable");
    with_script(&peer, client, "no program in any format\n");
    expect_failure(client, CM_E_START_FAILED, peer_at(&peer, "server"));
    with_script(&peer, client, "#!/nowhere/interpreter\n");
    expect_failure(client, CM_E_START_FAILED, peer_at(&peer, "server"));
    cm_client_free(client);
    peer_deinit(&peer);
}

static void the_environment_names_the_program_when_the_caller_does_not(void **state) {
    (void)state;
    struct peer peer;
    struct cm_client *client = set_up(&peer, NULL);
    assert_int_equal(setenv("CRYSTALMATH_SERVER", fake_server(), 1), 0);
    assert_int_equal(cm_client_connect_or_start(client, NULL), 0);
    assert_int_equal(unsetenv("CRYSTALMATH_SERVER"), 0);
    shut_down(client);
    cm_client_free(client);
    peer_deinit(&peer);
}

static void
a_server_that_dies_is_told_with_its_exit_and_the_end_of_its_log(void **state) {
    (void)state;
    struct peer peer;
    struct cm_client *client = set_up(&peer, NULL);
    with_script(&peer, client, "#!/bin/sh\nexit 7\n");
    expect_failure(client, CM_E_START_FAILED, "exit code 7");
    expect_failure(client, CM_E_START_FAILED, "--foreground --verbose");

    with_script(&peer, client,
                "#!/bin/sh\n"
                "log=$XDG_STATE_HOME/crystalmath/server.log\n"
                "for i in 1 2 3 4 5 6 7 8 9 10 11 12; do echo line $i >>$log; done\n"
                "echo 'error the disk is full' >>$log\n"
                "kill -9 $$\n");
    expect_failure(client, CM_E_START_FAILED, "signal 9");
    expect_failure(client, CM_E_START_FAILED,
                   "\n  line 12\n  error the disk is full\n");

    /* Of what earlier starts have written nothing is quoted. */
    with_script(&peer, client,
                "#!/bin/sh\n"
                "echo fresh >>$XDG_STATE_HOME/crystalmath/server.log\nexit 1\n");
    expect_failure(client, CM_E_START_FAILED, "server.log:\n  fresh\n");
    cm_client_free(client);
    peer_deinit(&peer);
}

static void a_server_that_says_why_it_failed_is_quoted(void **state) {
    (void)state;
    struct peer peer;
    struct cm_client *client = set_up(&peer, NULL);
    with_script(&peer, client, "#!/bin/sh\necho FAILED the database is newer >&3\n");
    expect_failure(client, CM_E_START_FAILED, "the database is newer");
    with_script(&peer, client, "#!/bin/sh\necho Usage: something else >&3\n");
    expect_failure(client, CM_E_START_FAILED, "does not speak");
    cm_client_free(client);
    peer_deinit(&peer);
}

static void a_busy_server_is_waited_for(void **state) {
    (void)state;
    struct peer peer;
    struct cm_client *client = set_up(&peer, NULL);
    assert_int_equal(setenv("FAKE", fake_server(), 1), 0);
    with_script(&peer, client,
                "#!/bin/sh\n"
                "echo x >>\"$2.tries\"\n"
                "if [ $(wc -l <\"$2.tries\") -lt 3 ]; then\n"
                "  echo BUSY another server is going down >&3; exit 0\n"
                "fi\n"
                "exec \"$FAKE\" \"$@\"\n");
    assert_int_equal(cm_client_connect_or_start(client, NULL), 0);
    struct stat st;
    assert_int_equal(stat(peer_at(&peer, "s.sock.tries"), &st), 0);
    assert_int_equal(st.st_size, 6);
    shut_down(client);
    cm_client_free(client);
    peer_deinit(&peer);
}

static void a_server_that_stays_busy_is_a_timeout_with_its_reason(void **state) {
    (void)state;
    struct peer peer;
    struct cm_client *client = set_up(&peer, NULL);
    with_script(&peer, client,
                "#!/bin/sh\necho BUSY another server is going down >&3\n");
    cm_client_set_start_timeout(client, 150);
    struct cm_error *error = NULL;
    assert_int_equal(cm_client_connect_or_start(client, &error), CM_E_TIMEOUT);
    assert_non_null(strstr(cm_error_message(error), "crystalmath server status"));
    cm_error_free(error);
    cm_client_free(client);
    peer_deinit(&peer);
}

/* A second folder in which a server listens. */
static struct cm_client *server_elsewhere(struct peer *elsewhere) {
    struct cm_client *there = set_up(elsewhere, fake_server());
    assert_int_equal(cm_client_connect_or_start(there, NULL), 0);
    return there;
}

static void a_server_that_listens_elsewhere_is_followed(void **state) {
    (void)state;
    struct peer elsewhere;
    struct cm_client *there = server_elsewhere(&elsewhere);
    shut_down(there);
    /* One connection at a time: the client below needs it. */
    assert_int_equal(cm_client_ensure_server_running(there, NULL), 0);

    struct peer peer;
    struct cm_client *client = set_up(&peer, NULL);
    assert_int_equal(setenv("ELSEWHERE", elsewhere.path, 1), 0);
    with_script(&peer, client,
                "#!/bin/sh\necho \"ALREADY_RUNNING 1 $ELSEWHERE\" >&3\n");
    assert_int_equal(cm_client_connect_or_start(client, NULL), 0);
    assert_string_equal(cm_client_socket_path(client), elsewhere.path);
    shut_down(client);
    cm_client_free(client);
    cm_client_free(there);
    peer_deinit(&peer);
    peer_deinit(&elsewhere);
}

static void
a_server_that_has_left_the_other_place_is_not_waited_for_there(void **state) {
    (void)state;
    struct peer peer;
    struct cm_client *client = set_up(&peer, NULL);
    assert_int_equal(setenv("FAKE", fake_server(), 1), 0);
    with_script(
        &peer, client,
        "#!/bin/sh\n"
        "if [ ! -e \"$2.told\" ]; then\n"
        "  touch \"$2.told\"; echo \"ALREADY_RUNNING 1 /nowhere/s\" >&3; exit 0\n"
        "fi\n"
        "exec \"$FAKE\" \"$@\"\n");
    assert_int_equal(cm_client_connect_or_start(client, NULL), 0);
    assert_string_equal(cm_client_socket_path(client), peer.path);
    shut_down(client);
    cm_client_free(client);
    peer_deinit(&peer);
}

static void a_server_that_never_reports_is_a_timeout_and_left_running(void **state) {
    (void)state;
    struct peer peer;
    struct cm_client *client = set_up(&peer, NULL);
    with_script(&peer, client, "#!/bin/sh\necho $$ >\"$2.pid\"\nexec sleep 60\n");
    cm_client_set_start_timeout(client, 200);
    expect_failure(client, CM_E_TIMEOUT, "did not report ready");
    FILE *file = NULL;
    int64_t patience = clock_monotonic_ms() + 20000;
    int pid = 0;
    while (pid == 0) {
        assert_true(clock_monotonic_ms() < patience);
        file = fopen(peer_at(&peer, "s.sock.pid"), "re");
        if (file) {
            (void)fscanf(file, "%d", &pid);
            (void)fclose(file);
        }
    }
    assert_int_equal(kill(pid, 0), 0);
    assert_int_equal(kill(pid, SIGKILL), 0);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
    cm_client_free(client);
    peer_deinit(&peer);
}

static void a_server_that_listens_and_does_not_answer_is_a_timeout(void **state) {
    (void)state;
    struct peer peer;
    struct cm_client *client = set_up(&peer, NULL);
    peer_listen(&peer, 4);
    with_script(&peer, client, "#!/bin/sh\ntouch \"$2.started\"\n");
    cm_client_set_start_timeout(client, 100);
    expect_failure(client, CM_E_TIMEOUT, "did not answer system.version");
    char pid[32];
    (void)snprintf(pid, sizeof pid, "process %ld", (long)getpid());
    expect_failure(client, CM_E_TIMEOUT, pid);
    /* It is there, so no second one is started. */
    assert_int_equal(access(peer_at(&peer, "s.sock.started"), F_OK), -1);
    cm_client_free(client);
    peer_deinit(&peer);
}

static void a_server_that_hangs_up_on_the_first_words_is_tried_again(void **state) {
    (void)state;
    struct peer peer;
    struct cm_client *client = set_up(&peer, fake_server());
    assert_int_equal(setenv("CM_FAKE", "hang-up", 1), 0);
    assert_int_equal(cm_client_connect_or_start(client, NULL), 0);
    shut_down(client);
    cm_client_free(client);
    peer_deinit(&peer);
}

static void a_server_of_another_protocol_is_refused_with_both_versions(void **state) {
    (void)state;
    struct peer peer;
    struct cm_client *client = set_up(&peer, fake_server());
    assert_int_equal(setenv("CM_FAKE", "stranger", 1), 0);
    expect_failure(client, CM_E_PROTOCOL, "9.8.7");
    expect_failure(client, CM_E_PROTOCOL, cm_version());
    expect_failure(client, CM_E_PROTOCOL, "crystalmath server restart");
    assert_int_equal(cm_client_connect(client, NULL), 0);
    shut_down(client);
    cm_client_free(client);
    peer_deinit(&peer);
}

static void a_start_lock_that_others_hold_delays_and_does_not_prevent(void **state) {
    (void)state;
    struct peer peer;
    struct cm_client *client = set_up(&peer, fake_server());
    int lock = -1;
    assert_int_equal(file_lock(peer_at(&peer, "s.sock.start"), &lock), 0);
    cm_client_set_start_timeout(client, 4000);
    int r = cm_client_connect_or_start(client, NULL);
    (void)close(lock);
    assert_int_equal(r, 0);
    shut_down(client);
    cm_client_free(client);
    peer_deinit(&peer);
}

static void a_start_lock_that_cannot_be_made_is_no_reason_to_fail(void **state) {
    (void)state;
    struct peer peer;
    struct cm_client *client = set_up(&peer, fake_server());
    assert_int_equal(mkdir(peer_at(&peer, "s.sock.start"), 0700), 0);
    assert_int_equal(cm_client_connect_or_start(client, NULL), 0);
    shut_down(client);
    cm_client_free(client);
    peer_deinit(&peer);
}

static void many_clients_at_once_start_one_program(void **state) {
    (void)state;
    enum { CLIENTS = 16 };
    struct peer peer;
    struct cm_client *client = set_up(&peer, NULL);
    assert_int_equal(setenv("FAKE", fake_server(), 1), 0);
    with_script(&peer, client,
                "#!/bin/sh\necho x >>\"$2.tries\"\nexec \"$FAKE\" \"$@\"\n");
    cm_client_set_start_timeout(client, 60000);
    pid_t children[CLIENTS];
    for (int i = 0; i < CLIENTS; i++) {
        children[i] = fork();
        assert_true(children[i] >= 0);
        if (children[i] == 0) {
            int r = cm_client_ensure_server_running(client, NULL);
            cm_client_free(client);
            free(peer.folder);
            _exit(-r);
        }
    }
    for (int i = 0; i < CLIENTS; i++) {
        int status = -1;
        assert_int_equal(waitpid(children[i], &status, 0), children[i]);
        assert_int_equal(status, 0);
    }
    struct stat st;
    assert_int_equal(stat(peer_at(&peer, "s.sock.tries"), &st), 0);
    assert_int_equal(st.st_size, 2);
    assert_int_equal(cm_client_connect_or_start(client, NULL), 0);
    shut_down(client);
    cm_client_free(client);
    peer_deinit(&peer);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(
            a_server_is_started_where_none_listens_and_found_where_one_does),
        cmocka_unit_test(a_socket_left_behind_does_not_hinder_the_start),
        cmocka_unit_test(making_sure_of_a_server_leaves_the_client_unconnected),
        cmocka_unit_test(a_server_starts_sterile_from_a_dirty_caller),
        cmocka_unit_test(nothing_of_the_library_leaks_into_the_server_or_stays_behind),
        cmocka_unit_test(a_caller_without_stdio_starts_a_server_that_has_it),
        cmocka_unit_test(a_program_that_is_missing_is_named_at_once),
        cmocka_unit_test(a_program_that_cannot_be_executed_is_named_at_once),
        cmocka_unit_test(the_environment_names_the_program_when_the_caller_does_not),
        cmocka_unit_test(
            a_server_that_dies_is_told_with_its_exit_and_the_end_of_its_log),
        cmocka_unit_test(a_server_that_says_why_it_failed_is_quoted),
        cmocka_unit_test(a_busy_server_is_waited_for),
        cmocka_unit_test(a_server_that_stays_busy_is_a_timeout_with_its_reason),
        cmocka_unit_test(a_server_that_listens_elsewhere_is_followed),
        cmocka_unit_test(
            a_server_that_has_left_the_other_place_is_not_waited_for_there),
        cmocka_unit_test(a_server_that_never_reports_is_a_timeout_and_left_running),
        cmocka_unit_test(a_server_that_listens_and_does_not_answer_is_a_timeout),
        cmocka_unit_test(a_server_that_hangs_up_on_the_first_words_is_tried_again),
        cmocka_unit_test(a_server_of_another_protocol_is_refused_with_both_versions),
        cmocka_unit_test(a_start_lock_that_others_hold_delays_and_does_not_prevent),
        cmocka_unit_test(a_start_lock_that_cannot_be_made_is_no_reason_to_fail),
        cmocka_unit_test(many_clients_at_once_start_one_program),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
