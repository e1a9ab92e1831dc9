/* A server behind a program's standard input and output. */
#include "base/cleanup.h"
#include "base/str.h"
#include "support/alloc_fault.h"
#include "support/scratch.h"

#include <crystalmath/client.h>

#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

DEFINE_CLEANUP(struct cm_client *, cm_client_free);
DEFINE_CLEANUP(struct cm_error *, cm_error_free);

/* The answer to the first request of a client, which asks for the version. */
#define ANSWER                                                                         \
    "printf 'Content-Length: 56\\r\\n\\r\\n{\"jsonrpc\":\"2.0\",\"id\":1,"             \
    "\"result\":{\"version\":\"9.9\"}}     '; "

static struct cm_client *behind(const char *script) {
    struct cm_client *client = NULL;
    const char *const argv[] = {"sh", "-c", script, NULL};
    assert_int_equal(cm_client_new(&client, NULL, NULL), 0);
    assert_int_equal(cm_client_set_proxy(client, "login1", argv), 0);
    return client;
}

static int connect_to(struct cm_client *client, struct cm_error **error) {
    cm_client_set_start_timeout(client, 10000);
    return cm_client_connect_or_start(client, error);
}

static void what_comes_before_the_first_frame_is_skipped(void **state) {
    (void)state;
    _cleanup_(cm_client_freep) struct cm_client *client = behind(
        "echo Welcome to login1; echo 'Mind the gap: today'; " ANSWER "cat >/dev/null");
    assert_int_equal(connect_to(client, NULL), 0);
    assert_string_equal(cm_client_server_version(client), "9.9");
    assert_string_equal(cm_client_socket_path(client), "login1");
}

static void a_server_of_another_protocol_is_replaced_there(void **state) {
    (void)state;
    _cleanup_(cm_error_freep) struct cm_error *error = NULL;
    _cleanup_(cm_client_freep) struct cm_client *client =
        behind("printf 'Content-Length: 56\\r\\n\\r\\n{\"jsonrpc\":\"2.0\",\"id\":1,"
               "\"result\":{\"protocol_version\":7}}  '; cat >/dev/null");
    assert_int_equal(connect_to(client, &error), CM_E_PROTOCOL);
    assert_non_null(strstr(cm_error_message(error),
                           "crystalmath server restart on login1 replaces it"));
}

static void what_is_not_connected_is_called_by_its_name(void **state) {
    (void)state;
    _cleanup_(cm_error_freep) struct cm_error *error = NULL;
    _cleanup_(cm_client_freep) struct cm_client *client = behind("exec sleep 1000");
    assert_int_equal(cm_call(client, "ping", NULL, NULL, &error), CM_E_NOT_CONNECTED);
    assert_string_equal(
        cm_error_message(error),
        "There is no connection to the server at login1. Connect first.");
}

static void endless_words_are_no_server(void **state) {
    (void)state;
    _cleanup_(cm_error_freep) struct cm_error *error = NULL;
    _cleanup_(cm_client_freep) struct cm_client *client = behind("exec yes");
    assert_int_equal(connect_to(client, &error), CM_E_PROTOCOL);
    assert_non_null(strstr(cm_error_message(error), "login1"));
    assert_false(cm_client_is_connected(client));
}

static void one_that_ends_is_told_with_its_last_words(void **state) {
    (void)state;
    _cleanup_(cm_error_freep) struct cm_error *error = NULL;
    _cleanup_(cm_client_freep) struct cm_client *client =
        behind("echo no route to host >&2; exit 255");
    assert_int_equal(connect_to(client, &error), CM_E_START_FAILED);
    assert_string_equal(
        cm_error_message(error),
        "login1 cannot be reached: sh ended with exit code 255:\n  no route to host");
}

static void one_that_ends_without_a_word_is_told_too(void **state) {
    (void)state;
    _cleanup_(cm_error_freep) struct cm_error *error = NULL;
    _cleanup_(cm_client_freep) struct cm_client *client = behind("kill -9 $$");
    assert_int_equal(connect_to(client, &error), CM_E_START_FAILED);
    assert_string_equal(cm_error_message(error),
                        "login1 cannot be reached: sh was ended "
                        "by signal 9, without a word.");
}

static void the_last_words_come_to_who_only_polls(void **state) {
    (void)state;
    _cleanup_(cm_error_freep) struct cm_error *error = NULL;
    _cleanup_(cm_client_freep) struct cm_client *client =
        behind("echo Permission denied >&2; exit 255");
    assert_int_equal(cm_client_connect(client, NULL), 0);
    int r = 0;
    while (r == 0) {
        r = cm_client_dispatch(client, &error);
        (void)usleep(1000);
    }
    assert_int_equal(r, CM_E_START_FAILED);
    assert_non_null(strstr(cm_error_message(error), "Permission denied"));
}

static void a_silent_one_is_given_up_in_time(void **state) {
    (void)state;
    _cleanup_(cm_error_freep) struct cm_error *error = NULL;
    _cleanup_(cm_client_freep) struct cm_client *client =
        behind("echo 'Password?' >&2; exec sleep 1000");
    cm_client_set_start_timeout(client, 300);
    assert_int_equal(cm_client_connect_or_start(client, &error), CM_E_TIMEOUT);
    assert_string_equal(cm_error_message(error),
                        "login1 did not answer within 0.3 s. The last words of sh:\n"
                        "  Password?");
}

static void a_program_that_is_not_there_is_named(void **state) {
    (void)state;
    _cleanup_(cm_error_freep) struct cm_error *error = NULL;
    _cleanup_(cm_client_freep) struct cm_client *client = NULL;
    const char *const argv[] = {"no-such-ssh", "x", NULL};
    assert_int_equal(cm_client_new(&client, NULL, NULL), 0);
    assert_int_equal(cm_client_set_proxy(client, "login1", argv), 0);
    assert_int_equal(connect_to(client, &error), CM_E_START_FAILED);
    /* Under valgrind posix_spawn(3) does not tell that exec failed: the child does. */
    const char *said = cm_error_message(error);
    assert_true(strstr(said, "running no-such-ssh failed") ||
                strstr(said, "no-such-ssh ended with exit code 127"));
}

static pid_t pid_in(const char *path) {
    FILE *file = fopen(path, "re");
    char line[32] = "";
    assert_non_null(file);
    assert_non_null(fgets(line, sizeof line, file));
    (void)fclose(file);
    return (pid_t)strtol(line, NULL, 10);
}

static void the_program_ends_with_the_client(void **state) {
    (void)state;
    char *folder = scratch_make();
    _cleanup_free_ char *path = scratch_path(folder, "pid");
    _cleanup_free_ char *script = NULL;
    assert_int_equal(
        str_printf(&script, "echo $$ >'%s'; " ANSWER "exec sleep 1000", path), 0);
    struct cm_client *client = behind(script);
    assert_int_equal(connect_to(client, NULL), 0);
    pid_t pid = pid_in(path);
    assert_int_equal(kill(pid, 0), 0);

    /* It stays when the next connection is to use another one. */
    const char *const other[] = {"false", NULL};
    assert_int_equal(cm_client_set_proxy(client, "login2", other), 0);
    assert_int_equal(kill(pid, 0), 0);
    client = cm_client_free(client);
    assert_int_equal(kill(pid, 0), -1);
    assert_int_equal(errno, ESRCH);
    folder = scratch_remove(folder);
}

static void without_a_name_or_a_word_there_is_none(void **state) {
    (void)state;
    _cleanup_(cm_client_freep) struct cm_client *client = NULL;
    const char *const nothing[] = {NULL};
    const char *const something[] = {"true", NULL};
    assert_int_equal(cm_client_new(&client, NULL, NULL), 0);
    assert_int_equal(cm_client_set_proxy(client, "x", nothing), CM_E_INVALID);
    assert_int_equal(cm_client_set_proxy(client, "", something), CM_E_INVALID);
    assert_int_equal(cm_client_set_proxy(client, NULL, something), CM_E_INVALID);
    assert_int_equal(cm_client_set_proxy(client, NULL, NULL), 0);
}

static int set_again(void *data) {
    const char *const argv[] = {"true", "one", "two", NULL};
    return cm_client_set_proxy(data, "login1", argv);
}

static void without_memory_it_stays_as_it_was(void **state) {
    (void)state;
    _cleanup_(cm_client_freep) struct cm_client *client =
        behind(ANSWER "cat >/dev/null");
    assert_true(alloc_fault_sweep(set_again, client, CM_E_NO_MEMORY) > 3);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_comes_before_the_first_frame_is_skipped),
        cmocka_unit_test(a_server_of_another_protocol_is_replaced_there),
        cmocka_unit_test(what_is_not_connected_is_called_by_its_name),
        cmocka_unit_test(endless_words_are_no_server),
        cmocka_unit_test(one_that_ends_is_told_with_its_last_words),
        cmocka_unit_test(one_that_ends_without_a_word_is_told_too),
        cmocka_unit_test(the_last_words_come_to_who_only_polls),
        cmocka_unit_test(a_silent_one_is_given_up_in_time),
        cmocka_unit_test(a_program_that_is_not_there_is_named),
        cmocka_unit_test(the_program_ends_with_the_client),
        cmocka_unit_test(without_a_name_or_a_word_there_is_none),
        cmocka_unit_test(without_memory_it_stays_as_it_was),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
