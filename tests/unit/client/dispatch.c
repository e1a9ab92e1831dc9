/* Working without waiting: the order of callbacks, and what they may and may not do. */
#include "peer.h"

#include <crystalmath/client.h>

#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define RESULT(id, text) "{\"jsonrpc\":\"2.0\",\"id\":" #id ",\"result\":" text "}"
#define NOTICE(method, params)                                                         \
    "{\"jsonrpc\":\"2.0\",\"method\":\"" method "\",\"params\":" params "}"

/* What callbacks have seen, in order: "reply 1;", "error -8;", "note jobs.changed
 * {…};". */
struct diary {
    char text[4096];
    int send_from_callback; /* what cm_send returned there */
    int forbidden[4];       /* what the calls forbidden there returned */
};

static void write_down(struct diary *diary, const char *what, const char *more) {
    size_t n = strlen(diary->text);
    (void)snprintf(diary->text + n, sizeof diary->text - n, "%s %s;", what, more);
}

static void on_reply(struct cm_client *client, const char *result_json,
                     const struct cm_error *error, void *data) {
    (void)client;
    assert_true(!result_json != !error);
    char code[16];
    (void)snprintf(code, sizeof code, "%d", cm_error_code(error));
    write_down(data, error ? "error" : "reply", error ? code : result_json);
}

static void on_notice(struct cm_client *client, const char *method,
                      const char *params_json, void *data) {
    (void)client;
    write_down(data, method, params_json ? params_json : "-");
}

static void callbacks_run_in_the_order_of_arrival(void **state) {
    (void)state;
    struct peer peer;
    peer_init(&peer);
    struct diary diary = {.text = ""};
    struct cm_client *client = peer_client(&peer);
    cm_client_set_notify(client, on_notice, &diary);
    assert_int_equal(cm_send(client, "a", NULL, on_reply, &diary, NULL, NULL), 0);
    assert_int_equal(cm_send(client, "b", NULL, on_reply, &diary, NULL, NULL), 0);
    assert_int_equal(cm_send(client, "c", NULL, NULL, NULL, NULL, NULL), 0);
    peer_send(&peer, NOTICE("one", "{}"));
    peer_send(&peer, RESULT(2, "\"b\""));
    peer_send(&peer, "{\"jsonrpc\":\"2.0\",\"method\":\"two\"}");
    peer_send(&peer, RESULT(3, "\"c\""));
    peer_send(&peer, "{\"jsonrpc\":\"2.0\",\"id\":1,\"error\":{\"code\":-32000,"
                     "\"message\":\"no\"}}");
    peer_send(&peer, NOTICE("three", "[3]"));
    assert_string_equal(diary.text, "");
    assert_int_equal(cm_client_dispatch(client, NULL), 0);
    assert_string_equal(diary.text, "one {};reply \"b\";two -;error -10;three [3];");
    cm_client_free(client);
    peer_deinit(&peer);
}

static void a_batch_is_taken_message_by_message(void **state) {
    (void)state;
    struct peer peer;
    peer_init(&peer);
    struct diary diary = {.text = ""};
    struct cm_client *client = peer_client(&peer);
    cm_client_set_notify(client, on_notice, &diary);
    assert_int_equal(cm_send(client, "a", NULL, on_reply, &diary, NULL, NULL), 0);
    peer_send(&peer, "[" NOTICE("one", "{}") "," RESULT(1, "5") "]");
    assert_int_equal(cm_client_dispatch(client, NULL), 0);
    assert_string_equal(diary.text, "one {};reply 5;");
    cm_client_free(client);
    peer_deinit(&peer);
}

static void a_request_of_the_server_is_told_that_there_is_no_such_method(void **state) {
    (void)state;
    struct peer peer;
    peer_init(&peer);
    struct diary diary = {.text = ""};
    struct cm_client *client = peer_client(&peer);
    assert_int_equal(cm_send(client, "a", NULL, on_reply, &diary, NULL, NULL), 0);
    peer_send(&peer, "{\"jsonrpc\":\"2.0\",\"id\":\"q-1\",\"method\":\"who\"}");
    peer_send(&peer, RESULT(1, "5"));
    assert_int_equal(cm_client_dispatch(client, NULL), 0);
    assert_string_equal(diary.text, "reply 5;");
    json_decref(peer_read(&peer)); /* the request */
    json_t *refusal = peer_read(&peer);
    assert_string_equal(json_string_value(json_object_get(refusal, "id")), "q-1");
    json_t *why = json_object_get(refusal, "error");
    assert_int_equal(json_integer_value(json_object_get(why, "code")), -32601);
    json_decref(refusal);
    cm_client_free(client);
    peer_deinit(&peer);
}

static void frames_cut_anywhere_are_put_together(void **state) {
    (void)state;
    static const char frames[] = "Content-Length: 49\r\n\r\n" NOTICE(
        "one", "{\"a\":1}") ""
                            "Content-Length: 35\r\n\r\n" RESULT(1, "7");
    for (size_t cut = 1; cut < sizeof frames - 1; cut++) {
        struct peer peer;
        peer_init(&peer);
        struct diary diary = {.text = ""};
        struct cm_client *client = peer_client(&peer);
        cm_client_set_notify(client, on_notice, &diary);
        assert_int_equal(cm_send(client, "a", NULL, on_reply, &diary, NULL, NULL), 0);
        peer_send_raw(&peer, frames, cut);
        assert_int_equal(cm_client_dispatch(client, NULL), 0);
        peer_send_raw(&peer, frames + cut, sizeof frames - 1 - cut);
        assert_int_equal(cm_client_dispatch(client, NULL), 0);
        assert_string_equal(diary.text, "one {\"a\":1};reply 7;");
        cm_client_free(client);
        peer_deinit(&peer);
    }
}

static void a_send_waits_for_dispatch_and_asks_for_pollout_until_then(void **state) {
    (void)state;
    struct peer peer;
    peer_init(&peer);
    struct cm_client *client = peer_client(&peer);
    assert_int_equal(cm_client_poll_events(client), POLLIN);
    assert_int_equal(cm_send(client, "a", "[1]", NULL, NULL, NULL, NULL), 0);
    assert_int_equal(cm_client_poll_events(client), POLLIN | POLLOUT);
    struct pollfd one = {.fd = peer.fd, .events = POLLIN};
    assert_int_equal(poll(&one, 1, 0), 0);
    assert_int_equal(cm_client_dispatch(client, NULL), 0);
    assert_int_equal(cm_client_poll_events(client), POLLIN);
    json_decref(peer_read(&peer));
    cm_client_free(client);
    peer_deinit(&peer);
}

static void notifications_during_a_call_are_kept_and_replies_are_not(void **state) {
    (void)state;
    struct peer peer;
    peer_init(&peer);
    struct diary diary = {.text = ""};
    struct cm_client *client = peer_client(&peer);
    cm_client_set_notify(client, on_notice, &diary);
    assert_int_equal(cm_send(client, "a", NULL, on_reply, &diary, NULL, NULL), 0);
    peer_send(&peer, NOTICE("one", "{}"));
    peer_send(&peer, RESULT(1, "1"));
    peer_send(&peer, RESULT(2, "2"));
    peer_send(&peer, NOTICE("two", "{}"));
    assert_int_equal(cm_call(client, "b", NULL, NULL, NULL), 0);
    assert_string_equal(diary.text, "reply 1;");
    assert_int_equal(cm_client_dispatch(client, NULL), 0);
    assert_string_equal(diary.text, "reply 1;one {};two {};");
    cm_client_free(client);
    peer_deinit(&peer);
}

static void the_end_of_the_connection_is_told_to_every_request(void **state) {
    (void)state;
    struct peer peer;
    peer_init(&peer);
    struct diary diary = {.text = ""};
    struct cm_client *client = peer_client(&peer);
    cm_client_set_notify(client, on_notice, &diary);
    assert_int_equal(cm_send(client, "a", NULL, on_reply, &diary, NULL, NULL), 0);
    assert_int_equal(cm_send(client, "b", NULL, on_reply, &diary, NULL, NULL), 0);
    assert_int_equal(cm_client_dispatch(client, NULL), 0);
    json_decref(peer_read(&peer));
    json_decref(peer_read(&peer));
    peer_send(&peer, NOTICE("one", "{}"));
    peer_send(&peer, RESULT(2, "2"));
    peer_hang_up(&peer);
    struct cm_error *error = NULL;
    int r = 0;
    while (r == 0) {
        r = cm_client_dispatch(client, &error);
    }
    assert_int_equal(r, CM_E_DISCONNECTED);
    assert_int_equal(cm_error_code(error), CM_E_DISCONNECTED);
    cm_error_free(error);
    assert_string_equal(diary.text, "one {};reply 2;error -8;");
    assert_false(cm_client_is_connected(client));
    assert_int_equal(cm_client_fd(client), -1);
    cm_client_free(client);
    peer_deinit(&peer);
}

static void connecting_anew_ends_what_waited_on_the_old_connection(void **state) {
    (void)state;
    struct peer peer;
    peer_init(&peer);
    struct diary diary = {.text = ""};
    struct cm_client *client = peer_client(&peer);
    cm_client_set_notify(client, on_notice, &diary);
    peer_send(&peer, NOTICE("old", "{}"));
    peer_send(&peer, RESULT(1, "1"));
    assert_int_equal(cm_call(client, "a", NULL, NULL, NULL), 0);
    assert_int_equal(cm_send(client, "b", NULL, on_reply, &diary, NULL, NULL), 0);
    assert_int_equal(cm_client_connect(client, NULL), 0);
    peer_accept(&peer);
    assert_string_equal(diary.text, "error -8;");
    assert_int_equal(cm_client_dispatch(client, NULL), 0);
    assert_string_equal(diary.text, "error -8;");
    peer_send(&peer, RESULT(3, "3"));
    assert_int_equal(cm_call(client, "c", NULL, NULL, NULL), 0);
    cm_client_free(client);
    peer_deinit(&peer);
}

static void freeing_a_client_calls_nobody(void **state) {
    (void)state;
    struct peer peer;
    peer_init(&peer);
    struct diary diary = {.text = ""};
    struct cm_client *client = peer_client(&peer);
    cm_client_set_notify(client, on_notice, &diary);
    peer_send(&peer, NOTICE("one", "{}"));
    peer_send(&peer, RESULT(1, "1"));
    assert_int_equal(cm_call(client, "a", NULL, NULL, NULL), 0);
    assert_int_equal(cm_send(client, "b", NULL, on_reply, &diary, NULL, NULL), 0);
    assert_null(cm_client_free(client));
    assert_string_equal(diary.text, "");
    peer_deinit(&peer);
}

static void busy_reply(struct cm_client *client, const char *result_json,
                       const struct cm_error *error, void *data) {
    struct diary *diary = data;
    on_reply(client, result_json, error, data);
    diary->send_from_callback =
        cm_send(client, "again", NULL, on_reply, diary, NULL, NULL);
    diary->forbidden[0] = cm_call(client, "x", NULL, NULL, NULL);
    diary->forbidden[1] = cm_client_dispatch(client, NULL);
    diary->forbidden[2] = cm_client_connect(client, NULL);
    diary->forbidden[3] = cm_client_connect_or_start(client, NULL);
}

static void a_callback_may_send_and_nothing_else(void **state) {
    (void)state;
    struct peer peer;
    peer_init(&peer);
    struct diary diary = {.text = "", .send_from_callback = -1};
    struct cm_client *client = peer_client(&peer);
    assert_int_equal(cm_send(client, "a", NULL, busy_reply, &diary, NULL, NULL), 0);
    peer_send(&peer, RESULT(1, "1"));
    assert_int_equal(cm_client_dispatch(client, NULL), 0);
    assert_int_equal(diary.send_from_callback, 0);
    for (int i = 0; i < 4; i++) {
        assert_int_equal(diary.forbidden[i], CM_E_INVALID);
    }
    /* What the callback sent has left without another dispatch. */
    json_decref(peer_read(&peer));
    json_decref(peer_read(&peer));
    peer_send(&peer, RESULT(2, "2"));
    assert_int_equal(cm_client_dispatch(client, NULL), 0);
    assert_string_equal(diary.text, "reply 1;reply 2;");
    cm_client_free(client);
    peer_deinit(&peer);
}

static void a_callback_told_of_the_end_cannot_send(void **state) {
    (void)state;
    struct peer peer;
    peer_init(&peer);
    struct diary diary = {.text = ""};
    struct cm_client *client = peer_client(&peer);
    assert_int_equal(cm_send(client, "a", NULL, busy_reply, &diary, NULL, NULL), 0);
    peer_hang_up(&peer);
    assert_int_equal(cm_client_dispatch(client, NULL), CM_E_DISCONNECTED);
    assert_string_equal(diary.text, "error -8;");
    assert_int_equal(diary.send_from_callback, CM_E_NOT_CONNECTED);
    cm_client_free(client);
    peer_deinit(&peer);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(callbacks_run_in_the_order_of_arrival),
        cmocka_unit_test(a_batch_is_taken_message_by_message),
        cmocka_unit_test(a_request_of_the_server_is_told_that_there_is_no_such_method),
        cmocka_unit_test(frames_cut_anywhere_are_put_together),
        cmocka_unit_test(a_send_waits_for_dispatch_and_asks_for_pollout_until_then),
        cmocka_unit_test(notifications_during_a_call_are_kept_and_replies_are_not),
        cmocka_unit_test(the_end_of_the_connection_is_told_to_every_request),
        cmocka_unit_test(connecting_anew_ends_what_waited_on_the_old_connection),
        cmocka_unit_test(freeing_a_client_calls_nobody),
        cmocka_unit_test(a_callback_may_send_and_nothing_else),
        cmocka_unit_test(a_callback_told_of_the_end_cannot_send),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
