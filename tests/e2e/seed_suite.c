/* The whole way, with the real server: found, started, spoken to, ended. The names of
 * these seven are those of the suite that the first CrystalMath client came with. Each
 * test has a runtime and a state folder of its own, and waits for its server's process
 * to go. */
#include <crystalmath/client.h>

#include "support/scratch.h"

#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

enum {
    PATIENCE_S = 60,         /* for a process to go; then SIGALRM fails the run */
    START_TIMEOUT_MS = 30000 /* more than the default: the machine may be loaded */
};

struct place {
    char *folder;
    char *socket_path; /* the default one, below `folder` */
};

static int set_up(void **state) {
    struct place *place = calloc(1, sizeof *place);
    assert_non_null(place);
    place->folder = scratch_make();
    assert_int_equal(setenv("XDG_RUNTIME_DIR", place->folder, 1), 0);
    assert_int_equal(setenv("XDG_STATE_HOME", place->folder, 1), 0);
    place->socket_path = scratch_path(place->folder, "crystalmath.sock");
    *state = place;
    return 0;
}

/* The server is nobody's child once it is in the background; as the subreaper we get it
 * back and can wait for its end. */
static void end_server(struct cm_client *client) {
    char *status = NULL;
    assert_int_equal(cm_call(client, "system.status", NULL, &status, NULL), 0);
    json_t *json = json_loads(status, 0, NULL);
    pid_t pid = (pid_t)json_integer_value(json_object_get(json, "pid"));
    json_decref(json);
    free(status);
    assert_true(pid > 0);
    assert_int_equal(cm_call(client, "system.shutdown", NULL, NULL, NULL), 0);
    (void)alarm(PATIENCE_S);
    int ended = -1;
    assert_int_equal(waitpid(pid, &ended, 0), pid);
    (void)alarm(0);
    assert_true(WIFEXITED(ended));
    assert_int_equal(WEXITSTATUS(ended), 0);
}

static int tear_down(void **state) {
    struct place *place = *state;
    /* After a test that failed half-way its server may still run. */
    struct cm_client *client = NULL;
    if (cm_client_new(&client, NULL, NULL) == 0 &&
        cm_client_connect(client, NULL) == 0) {
        end_server(client);
    }
    cm_client_free(client);
    (void)scratch_remove(place->folder);
    free(place->socket_path);
    free(place);
    return 0;
}

/* A client at the default path, connected to a server that was started for it. */
static struct cm_client *connected_client(void) {
    struct cm_client *client = NULL;
    struct cm_error *error = NULL;
    assert_int_equal(cm_client_new(&client, NULL, NULL), 0);
    cm_client_set_start_timeout(client, START_TIMEOUT_MS);
    if (cm_client_connect_or_start(client, &error) != 0) {
        fail_msg("%s", cm_error_message(error));
    }
    return client;
}

static void default_socket_path_format(void **state) {
    const struct place *place = *state;
    char *path = cm_default_socket_path();
    assert_string_equal(path, place->socket_path);
    free(path);

    char by_user[64];
    (void)snprintf(by_user, sizeof by_user, "/tmp/crystalmath-%lu.sock",
                   (unsigned long)geteuid());
    static const char *const unusable[] = {"", "relative", "/nowhere/at/all"};
    for (size_t i = 0; i < sizeof unusable / sizeof unusable[0]; i++) {
        assert_int_equal(setenv("XDG_RUNTIME_DIR", unusable[i], 1), 0);
        path = cm_default_socket_path();
        assert_string_equal(path, by_user);
        free(path);
    }
    assert_int_equal(unsetenv("XDG_RUNTIME_DIR"), 0);
    path = cm_default_socket_path();
    assert_string_equal(path, by_user);
    free(path);
    assert_int_equal(setenv("XDG_RUNTIME_DIR", place->folder, 1), 0);
}

static void connect_to_nonexistent_socket(void **state) {
    const struct place *place = *state;
    struct cm_client *client = NULL;
    struct cm_error *error = NULL;
    assert_int_equal(cm_client_new(&client, NULL, NULL), 0);
    assert_int_equal(cm_client_connect(client, &error), CM_E_NO_SERVER);
    assert_non_null(strstr(cm_error_message(error), place->socket_path));
    assert_false(cm_client_is_connected(client));
    cm_error_free(error);
    cm_client_free(client);
    /* Looking has made nothing. */
    assert_int_equal(access(place->socket_path, F_OK), -1);
}

/* A socket that a server left behind when it was killed: bound, and nobody listens. */
static ino_t leave_socket(const char *path) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    assert_true(strlen(path) < sizeof address.sun_path);
    (void)strcpy(address.sun_path, path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(listen(fd, 1), 0);
    assert_int_equal(close(fd), 0);
    struct stat st;
    assert_int_equal(lstat(path, &st), 0);
    assert_true(S_ISSOCK(st.st_mode));
    return st.st_ino;
}

static void stale_socket_cleanup(void **state) {
    const struct place *place = *state;
    ino_t left = leave_socket(place->socket_path);
    struct cm_client *client = NULL;
    struct stat st;
    assert_int_equal(cm_client_new(&client, NULL, NULL), 0);
    assert_int_equal(cm_client_connect(client, NULL), CM_E_NO_SERVER);
    cm_client_free(client);
    /* Cleaning up is the server's, not the client's. */
    assert_int_equal(lstat(place->socket_path, &st), 0);
    assert_int_equal(st.st_ino, left);

    client = connected_client();
    assert_int_equal(lstat(place->socket_path, &st), 0);
    assert_int_not_equal(st.st_ino, left);
    assert_int_equal(st.st_mode & 07777, 0600);
    assert_int_equal(cm_ping(client, NULL, NULL), 0);
    end_server(client);
    cm_client_free(client);
    assert_int_equal(lstat(place->socket_path, &st), -1);
}

static void connect_or_start(void **state) {
    const struct place *place = *state;
    struct cm_client *client = connected_client();
    assert_true(cm_client_is_connected(client));
    assert_string_equal(cm_client_socket_path(client), place->socket_path);
    assert_string_equal(cm_client_server_version(client), cm_version());

    /* A second client finds the first one's server. */
    struct cm_client *other = connected_client();
    char *first = NULL;
    char *second = NULL;
    assert_int_equal(cm_call(client, "system.version", NULL, &first, NULL), 0);
    assert_int_equal(cm_call(other, "system.version", NULL, &second, NULL), 0);
    assert_string_equal(first, second);
    free(first);
    free(second);
    cm_client_free(other);
    end_server(client);
    cm_client_free(client);
}

static void ping_roundtrip(void **state) {
    (void)state;
    struct cm_client *client = connected_client();
    char *result = NULL;
    assert_int_equal(cm_call(client, "system.ping", "{}", &result, NULL), 0);
    json_t *json = json_loads(result, 0, NULL);
    assert_true(json_is_true(json_object_get(json, "pong")));
    const char *at = json_string_value(json_object_get(json, "timestamp"));
    assert_non_null(at);
    assert_int_equal(strlen(at), strlen("2026-01-31T12:00:00.123Z"));
    assert_int_equal(at[strlen(at) - 1], 'Z');
    json_decref(json);
    free(result);
    assert_int_equal(cm_ping(client, NULL, NULL), 0);
    end_server(client);
    cm_client_free(client);
}

static void multiple_sequential_calls(void **state) {
    (void)state;
    struct cm_client *client = connected_client();
    for (int i = 0; i < 100; i++) {
        char *result = NULL;
        const char *method = i % 2 ? "system.version" : "system.ping";
        const char *field = i % 2 ? "protocol" : "pong";
        assert_int_equal(cm_call(client, method, i % 3 ? NULL : "{}", &result, NULL),
                         0);
        json_t *json = json_loads(result, 0, NULL);
        assert_non_null(json_object_get(json, field));
        json_decref(json);
        free(result);
    }
    /* A refusal in between leaves the connection as it was. */
    struct cm_error *error = NULL;
    assert_int_equal(cm_call(client, "no.such", NULL, NULL, &error), CM_E_RPC);
    assert_int_equal(cm_error_rpc_code(error), -32601);
    cm_error_free(error);
    assert_int_equal(cm_ping(client, NULL, NULL), 0);
    end_server(client);
    cm_client_free(client);
}

/* No time is asserted: a loaded machine is no fault. `make bench` shows the numbers,
 * beside those of a plain echo in the same run. */
static void ping_latency(void **state) {
    (void)state;
    struct cm_client *client = connected_client();
    for (int i = 0; i < 10; i++) {
        uint64_t round_trip_ns = 0;
        assert_int_equal(cm_ping(client, &round_trip_ns, NULL), 0);
        assert_true(round_trip_ns > 0);
    }
    end_server(client);
    cm_client_free(client);
}

int main(void) {
    (void)prctl(PR_SET_CHILD_SUBREAPER, 1);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(default_socket_path_format, set_up, tear_down),
        cmocka_unit_test_setup_teardown(connect_to_nonexistent_socket, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(stale_socket_cleanup, set_up, tear_down),
        cmocka_unit_test_setup_teardown(connect_or_start, set_up, tear_down),
        cmocka_unit_test_setup_teardown(ping_roundtrip, set_up, tear_down),
        cmocka_unit_test_setup_teardown(multiple_sequential_calls, set_up, tear_down),
        cmocka_unit_test_setup_teardown(ping_latency, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
