/* Blocking calls: what goes out, what comes back, and what a caller is told when it
 * does not. */
#include "peer.h"
#include "support/alloc_fault.h"

#include <crystalmath/client.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <stdnoreturn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define RESULT(id, text) "{\"jsonrpc\":\"2.0\",\"id\":" #id ",\"result\":" text "}"

static void a_call_sends_one_request_and_returns_its_result(void **state) {
    (void)state;
    struct peer peer;
    peer_init(&peer);
    struct cm_client *client = peer_client(&peer);
    peer_send(&peer, RESULT(1, "{\"jobs\":[], \"total\":0}"));

    char *result = NULL;
    assert_int_equal(cm_call(client, "jobs.list", "{\"limit\": 5}", &result, NULL), 0);
    assert_string_equal(result, "{\"jobs\":[], \"total\":0}");
    free(result);

    json_t *request = peer_read(&peer);
    json_t *expected = json_pack("{s:s,s:i,s:s,s:{s:i}}", "jsonrpc", "2.0", "id", 1,
                                 "method", "jobs.list", "params", "limit", 5);
    assert_true(json_equal(request, expected));
    json_decref(request);
    json_decref(expected);
    cm_client_free(client);
    peer_deinit(&peer);
}

static void
results_of_every_json_type_are_returned_as_the_server_wrote_them(void **state) {
    (void)state;
    struct peer peer;
    peer_init(&peer);
    struct cm_client *client = peer_client(&peer);
    static const char *const texts[] = {
        "null", "true", "-1.5", "\"\\u00e5 \xc3\xa5\"", "[1,[2]]",
    };
    for (int i = 0; i < 5; i++) {
        char body[128];
        (void)snprintf(body, sizeof body,
                       "{\"jsonrpc\":\"2.0\",\"id\":%d,\"result\":%s}", i + 1,
                       texts[i]);
        peer_send(&peer, body);
        char *result = NULL;
        assert_int_equal(cm_call(client, "x", "[]", &result, NULL), 0);
        assert_string_equal(result, texts[i]);
        free(result);
    }
    cm_client_free(client);
    peer_deinit(&peer);
}

/* End a forked child; what it holds in memory is freed for leak checkers' sake. */
static noreturn void leave(struct peer *peer, struct cm_client *client, int status) {
    peer_hang_up(peer);
    free(peer->folder);
    cm_client_free(client);
    _exit(status);
}

static void an_answer_in_pieces_of_one_byte_is_put_together(void **state) {
    (void)state;
    struct peer peer;
    peer_init(&peer);
    struct cm_client *client = peer_client(&peer);
    static const char answer[] = "content-length:35\nX-Other: "
                                 "yes\n\n{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":7}";
    pid_t writer = fork();
    assert_true(writer >= 0);
    if (writer == 0) {
        for (size_t i = 0; i < sizeof answer - 1; i++) {
            if (write(peer.fd, &answer[i], 1) != 1) {
                leave(&peer, client, 1);
            }
        }
        leave(&peer, client, 0);
    }
    char *result = NULL;
    assert_int_equal(cm_call(client, "x", NULL, &result, NULL), 0);
    assert_string_equal(result, "7");
    free(result);
    int status = -1;
    assert_int_equal(waitpid(writer, &status, 0), writer);
    assert_int_equal(status, 0);
    cm_client_free(client);
    peer_deinit(&peer);
}

static void
a_large_request_and_a_large_answer_cross_while_both_sides_wait(void **state) {
    (void)state;
    enum { SIZE = 4 * 1024 * 1024 };
    struct peer peer;
    peer_init(&peer);
    struct cm_client *client = peer_client(&peer);
    pid_t echo = fork();
    assert_true(echo >= 0);
    if (echo == 0) {
        json_t *request = peer_read(&peer);
        json_t *text = json_array_get(json_object_get(request, "params"), 0);
        char *body = NULL;
        FILE *out = fdopen(peer.fd, "w");
        if (asprintf(&body, "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":\"%s\"}",
                     json_string_value(text)) < 0 ||
            fprintf(out, "Content-Length: %zu\r\n\r\n%s", strlen(body), body) < 0) {
            leave(&peer, client, 1);
        }
        free(body);
        json_decref(request);
        peer.fd = -1;
        leave(&peer, client, fclose(out));
    }
    char *params = malloc(SIZE + 5);
    assert_non_null(params);
    (void)memset(params, 'x', SIZE + 4);
    memcpy(params, "[\"", 2);
    memcpy(params + SIZE + 2, "\"]", 3);
    char *result = NULL;
    assert_int_equal(cm_call(client, "x", params, &result, NULL), 0);
    assert_int_equal(strlen(result), SIZE + 2);
    free(result);
    free(params);
    int status = -1;
    assert_int_equal(waitpid(echo, &status, 0), echo);
    assert_int_equal(status, 0);
    cm_client_free(client);
    peer_deinit(&peer);
}

static void an_error_of_the_server_comes_with_code_words_and_data(void **state) {
    (void)state;
    struct peer peer;
    peer_init(&peer);
    struct cm_client *client = peer_client(&peer);
    peer_send(&peer, "{\"jsonrpc\":\"2.0\",\"id\":1,\"error\":{\"code\":-32602,"
                     "\"message\":\"si.in:7: no ecutwfc; add one\","
                     "\"data\":{\"line\":7}}}");
    char *result = NULL;
    struct cm_error *error = NULL;
    assert_int_equal(cm_call(client, "jobs.submit", "{}", &result, &error), CM_E_RPC);
    assert_null(result);
    assert_int_equal(cm_error_code(error), CM_E_RPC);
    assert_int_equal(cm_error_rpc_code(error), -32602);
    assert_string_equal(cm_error_message(error), "si.in:7: no ecutwfc; add one");
    assert_string_equal(cm_error_rpc_data(error), "{\"line\":7}");
    error = cm_error_free(error);

    peer_send(&peer, "{\"jsonrpc\":\"2.0\",\"id\":2,\"error\":{\"code\":-32000}}");
    assert_int_equal(cm_call(client, "x", NULL, NULL, &error), CM_E_RPC);
    assert_int_equal(cm_error_rpc_code(error), -32000);
    assert_null(cm_error_rpc_data(error));
    assert_true(strlen(cm_error_message(error)) > 0);
    error = cm_error_free(error);
    assert_true(cm_client_is_connected(client));
    cm_client_free(client);
    peer_deinit(&peer);
}

static void what_cannot_be_a_request_is_refused_before_it_is_sent(void **state) {
    (void)state;
    struct peer peer;
    peer_init(&peer);
    struct cm_client *client = peer_client(&peer);
    static const struct {
        const char *method;
        const char *params;
    } wrong[] = {
        {"", NULL},           {NULL, NULL}, {"a b", NULL}, {"\xff", NULL},
        {"system.ping", "{"}, {"x", "7"},   {"x", "[] 1"}, {"x", ""},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct cm_error *error = NULL;
        assert_int_equal(
            cm_call(client, wrong[i].method, wrong[i].params, NULL, &error),
            CM_E_INVALID);
        assert_int_equal(cm_error_code(error), CM_E_INVALID);
        cm_error_free(error);
    }
    assert_int_equal(cm_client_poll_events(client) & 4, 0);
    cm_client_free(client);
    peer_deinit(&peer);
}

static void a_call_without_a_connection_says_so(void **state) {
    (void)state;
    struct cm_client *client = NULL;
    struct cm_error *error = NULL;
    assert_int_equal(cm_client_new(&client, "/nowhere/s.sock", NULL), 0);
    assert_int_equal(cm_call(client, "x", NULL, NULL, &error), CM_E_NOT_CONNECTED);
    assert_non_null(strstr(cm_error_message(error), "/nowhere/s.sock"));
    error = cm_error_free(error);
    assert_int_equal(cm_ping(client, NULL, NULL), CM_E_NOT_CONNECTED);
    assert_int_equal(cm_client_dispatch(client, NULL), CM_E_NOT_CONNECTED);
    assert_int_equal(cm_client_fd(client), -1);
    cm_client_free(client);
}

static void an_answer_after_the_deadline_is_dropped(void **state) {
    (void)state;
    struct peer peer;
    peer_init(&peer);
    struct cm_client *client = peer_client(&peer);
    cm_client_set_call_timeout(client, 30);
    struct cm_error *error = NULL;
    assert_int_equal(cm_call(client, "jobs.get", "[1]", NULL, &error), CM_E_TIMEOUT);
    assert_non_null(strstr(cm_error_message(error), "jobs.get"));
    assert_non_null(strstr(cm_error_message(error), "crystalmath server status"));
    error = cm_error_free(error);
    assert_true(cm_client_is_connected(client));

    cm_client_set_call_timeout(client, 0);
    peer_send(&peer, RESULT(1, "\"late\""));
    peer_send(&peer, RESULT(2, "\"in time\""));
    char *result = NULL;
    assert_int_equal(cm_call(client, "jobs.get", "[2]", &result, NULL), 0);
    assert_string_equal(result, "\"in time\"");
    free(result);
    cm_client_free(client);
    peer_deinit(&peer);
}

static void
a_connection_that_ends_after_the_request_leaves_its_outcome_unknown(void **state) {
    (void)state;
    struct peer peer;
    peer_init(&peer);
    struct cm_client *client = peer_client(&peer);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        json_decref(peer_read(&peer));
        leave(&peer, client, 0);
    }
    peer_hang_up(&peer);
    struct cm_error *error = NULL;
    assert_int_equal(cm_call(client, "jobs.submit", "{}", NULL, &error),
                     CM_E_DISCONNECTED);
    assert_non_null(strstr(cm_error_message(error), "jobs.submit"));
    assert_non_null(strstr(cm_error_message(error), "unknown"));
    cm_error_free(error);
    assert_int_equal(waitpid(child, NULL, 0), child);
    assert_false(cm_client_is_connected(client));
    assert_int_equal(cm_call(client, "x", NULL, NULL, NULL), CM_E_NOT_CONNECTED);
    cm_client_free(client);
    peer_deinit(&peer);
}

static void a_request_that_could_not_be_sent_was_not_carried_out(void **state) {
    (void)state;
    struct peer peer;
    peer_init(&peer);
    struct cm_client *client = peer_client(&peer);
    peer_hang_up(&peer);
    struct cm_error *error = NULL;
    assert_int_equal(cm_call(client, "jobs.submit", "{}", NULL, &error),
                     CM_E_DISCONNECTED);
    assert_non_null(strstr(cm_error_message(error), "Nothing of it was carried out"));
    cm_error_free(error);
    cm_client_free(client);
    peer_deinit(&peer);
}

static void an_answer_that_lies_before_the_end_still_counts(void **state) {
    (void)state;
    struct peer peer;
    peer_init(&peer);
    struct cm_client *client = peer_client(&peer);
    peer_send(&peer, RESULT(1, "1"));
    peer_hang_up(&peer);
    assert_int_equal(cm_call(client, "x", NULL, NULL, NULL), 0);
    assert_int_equal(cm_call(client, "x", NULL, NULL, NULL), CM_E_DISCONNECTED);
    cm_client_free(client);
    peer_deinit(&peer);
}

static void what_is_not_json_rpc_ends_the_connection(void **state) {
    (void)state;
    static const char *const wrong[] = {
        "Content-Length: 1\r\n\r\n{",
        "Content-Length: nine\r\n\r\n",
        "HTTP/1.1 200 OK\r\n\r\n",
        "Content-Length: 2\r\n\r\n{}",
        "Content-Length: 37\r\n\r\n{\"jsonrpc\":\"2.0\",\"id\":\"1\",\"result\":7}",
        "Content-Length: 36\r\n\r\n{\"jsonrpc\":\"2.0\",\"id\":99,\"result\":7}",
        "Content-Length: "
        "80\r\n\r\n{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":{\"code\":"
        "-32700,\"message\":\"cannot be parsed\"}}",
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct peer peer;
        peer_init(&peer);
        struct cm_client *client = peer_client(&peer);
        peer_send_raw(&peer, wrong[i], strlen(wrong[i]));
        struct cm_error *error = NULL;
        assert_int_equal(cm_call(client, "jobs.list", NULL, NULL, &error),
                         CM_E_PROTOCOL);
        assert_non_null(strstr(cm_error_message(error), peer.path));
        cm_error_free(error);
        assert_false(cm_client_is_connected(client));
        cm_client_free(client);
        peer_deinit(&peer);
    }
}

static void a_ping_measures_the_round_trip_and_wants_a_pong(void **state) {
    (void)state;
    struct peer peer;
    peer_init(&peer);
    struct cm_client *client = peer_client(&peer);
    peer_send(&peer, RESULT(1, "{\"pong\":true,\"timestamp\":\"now\"}"));
    uint64_t took = 0;
    assert_int_equal(cm_ping(client, &took, NULL), 0);
    assert_true(took > 0);
    json_t *request = peer_read(&peer);
    assert_string_equal(json_string_value(json_object_get(request, "method")),
                        "system.ping");
    json_decref(request);

    uint64_t untouched = 7;
    peer_send(&peer, RESULT(2, "{\"pong\":false}"));
    assert_int_equal(cm_ping(client, &untouched, NULL), CM_E_PROTOCOL);
    assert_int_equal(untouched, 7);
    cm_client_free(client);
    peer_deinit(&peer);
}

static void a_subscription_returns_the_snapshot(void **state) {
    (void)state;
    struct peer peer;
    peer_init(&peer);
    struct cm_client *client = peer_client(&peer);
    peer_send(&peer, RESULT(1, "{\"subscription\":1,\"jobs\":[]}"));
    char *snapshot = NULL;
    assert_int_equal(cm_subscribe(client, NULL, &snapshot, NULL), 0);
    assert_string_equal(snapshot, "{\"subscription\":1,\"jobs\":[]}");
    free(snapshot);
    json_t *request = peer_read(&peer);
    assert_string_equal(json_string_value(json_object_get(request, "method")),
                        "jobs.subscribe");
    json_decref(request);
    cm_client_free(client);
    peer_deinit(&peer);
}

static int whole_call(void *data) {
    struct peer *peer = data;
    struct cm_client *client = NULL;
    struct cm_error *error = NULL;
    char *result = NULL;
    int r = cm_client_new(&client, peer->path, &error);
    if (r == 0) {
        r = cm_client_connect(client, &error);
    }
    if (r == 0) {
        peer_accept(peer);
        peer_send(peer, RESULT(1, "{\"a\":[1,2,3]}"));
        r = cm_call(client, "jobs.list", "{\"limit\":1}", &result, &error);
    }
    assert_int_equal(cm_error_code(error), r);
    assert_true(r == 0 ? result != NULL : result == NULL);
    free(result);
    cm_error_free(error);
    cm_client_free(client);
    return r;
}

static void a_call_reports_memory_that_ran_out_wherever_it_did(void **state) {
    (void)state;
    struct peer peer;
    peer_init(&peer);
    peer_listen(&peer, 16);
    assert_true(alloc_fault_sweep(whole_call, &peer, CM_E_NO_MEMORY) > 4);
    peer_deinit(&peer);
}

static void a_lack_of_memory_keeps_the_code_of_the_error(void **state) {
    (void)state;
    struct cm_client *client = NULL;
    assert_int_equal(cm_client_new(&client, "/nowhere/s.sock", NULL), 0);
    bool met = true;
    for (size_t n = 0; met; n++) {
        struct cm_error *error = NULL;
        alloc_fault_arm(n);
        int r = cm_client_connect(client, &error);
        met = alloc_fault_disarm();
        assert_int_equal(r, CM_E_NO_SERVER);
        assert_int_equal(cm_error_code(error), CM_E_NO_SERVER);
        assert_true(strlen(cm_error_message(error)) > 0);
        assert_null(cm_error_free(error));
    }
    cm_client_free(client);
}

static void destructors_and_error_readers_accept_null(void **state) {
    (void)state;
    assert_null(cm_client_free(NULL));
    assert_null(cm_error_free(NULL));
    assert_int_equal(cm_error_code(NULL), 0);
    assert_string_equal(cm_error_message(NULL), "");
    assert_int_equal(cm_error_rpc_code(NULL), 0);
    assert_null(cm_error_rpc_data(NULL));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_call_sends_one_request_and_returns_its_result),
        cmocka_unit_test(
            results_of_every_json_type_are_returned_as_the_server_wrote_them),
        cmocka_unit_test(an_answer_in_pieces_of_one_byte_is_put_together),
        cmocka_unit_test(
            a_large_request_and_a_large_answer_cross_while_both_sides_wait),
        cmocka_unit_test(an_error_of_the_server_comes_with_code_words_and_data),
        cmocka_unit_test(what_cannot_be_a_request_is_refused_before_it_is_sent),
        cmocka_unit_test(a_call_without_a_connection_says_so),
        cmocka_unit_test(an_answer_after_the_deadline_is_dropped),
        cmocka_unit_test(
            a_connection_that_ends_after_the_request_leaves_its_outcome_unknown),
        cmocka_unit_test(a_request_that_could_not_be_sent_was_not_carried_out),
        cmocka_unit_test(an_answer_that_lies_before_the_end_still_counts),
        cmocka_unit_test(what_is_not_json_rpc_ends_the_connection),
        cmocka_unit_test(a_ping_measures_the_round_trip_and_wants_a_pong),
        cmocka_unit_test(a_subscription_returns_the_snapshot),
        cmocka_unit_test(a_call_reports_memory_that_ran_out_wherever_it_did),
        cmocka_unit_test(a_lack_of_memory_keeps_the_code_of_the_error),
        cmocka_unit_test(destructors_and_error_readers_accept_null),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
