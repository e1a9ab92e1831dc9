/* Reconnecting as the caller has chosen it: what is sent again, what never is, and what
 * the caller is told. The server that comes and goes is fake_server.c; where a test has
 * to stand still in the middle, peer.h is the server's side. */
#include "peer.h"
#include "support/alloc_fault.h"

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

/* What callbacks have seen, in order: "ok;", "error -8;", "client.reconnected;". */
struct diary {
    char text[512];
    bool send_again; /* in the callback of an error */
};

static void write_down(struct diary *diary, const char *what) {
    size_t n = strlen(diary->text);
    (void)snprintf(diary->text + n, sizeof diary->text - n, "%s;", what);
}

static void on_reply(struct cm_client *client, const char *result_json,
                     const struct cm_error *error, void *data) {
    struct diary *diary = data;
    char words[32] = "ok";
    if (error) {
        (void)snprintf(words, sizeof words, "error %d", cm_error_code(error));
    }
    write_down(diary, words);
    assert_true(!result_json != !error);
    if (error && diary->send_again) {
        assert_int_equal(
            cm_send(client, "fake.state", NULL, on_reply, data, NULL, NULL), 0);
    }
}

static void on_notice(struct cm_client *client, const char *method,
                      const char *params_json, void *data) {
    (void)client;
    assert_null(params_json);
    write_down(data, method);
}

/* A client that reconnects, and would start the fake server. */
static struct cm_client *set_up(struct peer *peer, struct diary *diary) {
    struct cm_client *client = NULL;
    peer_init(peer);
    *diary = (struct diary){.text = ""};
    assert_int_equal(setenv("XDG_STATE_HOME", peer->folder, 1), 0);
    assert_int_equal(unsetenv("CM_FAKE"), 0);
    assert_int_equal(cm_client_new(&client, peer->path, NULL), 0);
    assert_int_equal(
        cm_client_set_server_program(client, getenv("CRYSTALMATH_FAKE_SERVER")), 0);
    cm_client_set_start_timeout(client, 20000);
    cm_client_set_reconnect(client, CM_RECONNECT_ON_USE);
    cm_client_set_notify(client, on_notice, diary);
    return client;
}

/* End the server, and wait until the connection shows it. */
static void end_server(struct cm_client *client) {
    assert_int_equal(cm_call(client, "system.shutdown", NULL, NULL, NULL), 0);
    struct pollfd one = {.fd = cm_client_fd(client), .events = POLLIN};
    assert_int_equal(poll(&one, 1, 20000), 1);
}

/* Dispatch until the diary says this. */
static void dispatch_until(struct cm_client *client, const struct diary *diary,
                           const char *text) {
    while (strcmp(diary->text, text) != 0) {
        assert_true(strlen(diary->text) < strlen(text));
        assert_int_equal(cm_client_dispatch(client, NULL), 0);
    }
}

static void tear_down(struct peer *peer, struct cm_client *client) {
    cm_client_free(client);
    peer_deinit(peer);
}

static void the_first_call_connects_and_tells_of_no_reconnection(void **state) {
    (void)state;
    struct peer peer;
    struct diary diary;
    struct cm_client *client = set_up(&peer, &diary);
    assert_int_equal(cm_ping(client, NULL, NULL), CM_E_PROTOCOL); /* it is a fake */
    assert_true(cm_client_is_connected(client));
    assert_string_equal(cm_client_server_version(client), "9.8.7");
    assert_int_equal(cm_client_dispatch(client, NULL), 0);
    assert_string_equal(diary.text, "");
    end_server(client);
    tear_down(&peer, client);
}

static void a_call_behind_the_end_of_the_server_reaches_the_next_one(void **state) {
    (void)state;
    struct peer peer;
    struct diary diary;
    struct cm_client *client = set_up(&peer, &diary);
    end_server(client);
    assert_int_equal(cm_call(client, "fake.state", NULL, NULL, NULL), 0);
    assert_string_equal(diary.text, "");
    assert_int_equal(cm_client_dispatch(client, NULL), 0);
    assert_string_equal(diary.text, "client.reconnected;");
    end_server(client);
    tear_down(&peer, client);
}

static void without_the_choice_nothing_is_carried_over(void **state) {
    (void)state;
    struct peer peer;
    struct diary diary;
    struct cm_client *client = set_up(&peer, &diary);
    end_server(client);
    cm_client_set_reconnect(client, CM_RECONNECT_NEVER);
    assert_int_equal(cm_send(client, "a", NULL, on_reply, &diary, NULL, NULL), 0);
    assert_int_equal(cm_call(client, "b", NULL, NULL, NULL), CM_E_DISCONNECTED);
    assert_string_equal(diary.text, "error -8;");
    assert_int_equal(cm_call(client, "c", NULL, NULL, NULL), CM_E_NOT_CONNECTED);
    assert_int_equal(cm_send(client, "d", NULL, NULL, NULL, NULL, NULL),
                     CM_E_NOT_CONNECTED);
    assert_int_equal(cm_client_dispatch(client, NULL), CM_E_NOT_CONNECTED);
    tear_down(&peer, client);
}

static void requests_not_yet_sent_go_to_the_next_server_in_order(void **state) {
    (void)state;
    struct peer peer;
    struct diary diary;
    struct cm_client *client = set_up(&peer, &diary);
    end_server(client);
    int64_t dropped = 0;
    assert_int_equal(cm_send(client, "a", NULL, on_reply, &diary, NULL, NULL), 0);
    assert_int_equal(cm_send(client, "b", NULL, on_reply, &diary, &dropped, NULL), 0);
    assert_int_equal(cm_send(client, "c", NULL, on_reply, &diary, NULL, NULL), 0);
    assert_int_equal(cm_client_dispatch(client, NULL), CM_E_DISCONNECTED);
    assert_int_equal(cm_client_fd(client), -1);
    assert_string_equal(diary.text, "");
    assert_int_equal(cm_cancel(client, dropped), CM_CANCELLED);
    dispatch_until(client, &diary, "client.reconnected;ok;ok;");
    end_server(client);
    tear_down(&peer, client);
}

static void what_was_sent_and_not_answered_is_told_and_never_repeated(void **state) {
    (void)state;
    struct peer peer;
    struct diary diary;
    struct cm_client *client = set_up(&peer, &diary);
    peer_listen(&peer, 4);
    assert_int_equal(cm_client_connect(client, NULL), 0);
    peer_accept(&peer);
    assert_int_equal(cm_send(client, "sent", NULL, on_reply, &diary, NULL, NULL), 0);
    assert_int_equal(cm_client_dispatch(client, NULL), 0);
    json_decref(peer_read(&peer));
    assert_int_equal(cm_send(client, "unsent", NULL, on_reply, &diary, NULL, NULL), 0);
    peer_hang_up(&peer);
    struct cm_error *error = NULL;
    assert_int_equal(cm_client_dispatch(client, &error), CM_E_DISCONNECTED);
    assert_non_null(strstr(cm_error_message(error), "The next call connects again."));
    assert_null(cm_error_free(error));
    assert_string_equal(diary.text, "error -8;");
    /* Carried over by any kind of connecting; what comes out first is the other one. */
    assert_int_equal(cm_client_connect(client, NULL), 0);
    peer_accept(&peer);
    assert_int_equal(cm_client_dispatch(client, NULL), 0);
    json_t *request = peer_read(&peer);
    assert_string_equal(json_string_value(json_object_get(request, "method")),
                        "unsent");
    json_decref(request);
    peer_send(&peer, RESULT(2, "2"));
    assert_int_equal(cm_client_dispatch(client, NULL), 0);
    assert_string_equal(diary.text, "error -8;ok;");
    tear_down(&peer, client);
}

static void a_callback_told_of_the_end_may_send_again(void **state) {
    (void)state;
    struct peer peer;
    struct diary diary;
    struct cm_client *client = set_up(&peer, &diary);
    diary.send_again = true;
    peer_listen(&peer, 4);
    assert_int_equal(cm_client_connect(client, NULL), 0);
    peer_accept(&peer);
    assert_int_equal(cm_send(client, "a", NULL, on_reply, &diary, NULL, NULL), 0);
    assert_int_equal(cm_client_dispatch(client, NULL), 0);
    json_decref(peer_read(&peer));
    peer_hang_up(&peer);
    peer_stop_listening(&peer);
    assert_int_equal(cm_client_dispatch(client, NULL), CM_E_DISCONNECTED);
    dispatch_until(client, &diary, "error -8;client.reconnected;ok;");
    end_server(client);
    tear_down(&peer, client);
}

static void a_server_that_cannot_be_had_again_is_told_to_the_caller(void **state) {
    (void)state;
    struct peer peer;
    struct diary diary;
    struct cm_client *client = set_up(&peer, &diary);
    end_server(client);
    assert_int_equal(cm_client_set_server_program(client, "/nowhere/server"), 0);
    assert_int_equal(cm_send(client, "a", NULL, on_reply, &diary, NULL, NULL), 0);
    struct cm_error *error = NULL;
    assert_int_equal(cm_call(client, "b", NULL, NULL, &error), CM_E_START_FAILED);
    assert_int_equal(cm_error_code(error), CM_E_START_FAILED);
    assert_null(cm_error_free(error));
    assert_int_equal(cm_send(client, "c", NULL, on_reply, &diary, NULL, NULL),
                     CM_E_START_FAILED);
    assert_int_equal(cm_client_dispatch(client, NULL), CM_E_START_FAILED);
    assert_string_equal(diary.text, "");
    /* The first one still waits, and the others were withdrawn. */
    assert_int_equal(
        cm_client_set_server_program(client, getenv("CRYSTALMATH_FAKE_SERVER")), 0);
    dispatch_until(client, &diary, "client.reconnected;ok;");
    end_server(client);
    tear_down(&peer, client);
}

static void what_breaks_the_protocol_is_given_nothing_more(void **state) {
    (void)state;
    struct peer peer;
    struct diary diary;
    struct cm_client *client = set_up(&peer, &diary);
    peer_listen(&peer, 4);
    assert_int_equal(cm_client_connect(client, NULL), 0);
    peer_accept(&peer);
    peer_send(&peer, "nonsense");
    assert_int_equal(cm_send(client, "a", NULL, on_reply, &diary, NULL, NULL), 0);
    assert_int_equal(cm_call(client, "b", NULL, NULL, NULL), CM_E_PROTOCOL);
    assert_string_equal(diary.text, "error -9;");
    tear_down(&peer, client);
}

/* One reconnecting call; what is short of memory says so, and the next one works. */
static int call_again(void *data) {
    struct cm_client *client = data;
    struct cm_error *error = NULL;
    int r = cm_call(client, "fake.state", NULL, NULL, &error);
    assert_int_equal(cm_error_code(error), r);
    assert_null(cm_error_free(error));
    return r;
}

static void running_out_of_memory_while_reconnecting_is_told_and_mended(void **state) {
    (void)state;
    struct peer peer;
    struct diary diary;
    struct cm_client *client = set_up(&peer, &diary);
    size_t failures = 0;
    bool met = true;
    for (size_t n = 0; met; n++) {
        assert_int_equal(call_again(client), 0);
        end_server(client);
        alloc_fault_arm(n);
        int r = call_again(client);
        met = alloc_fault_disarm();
        assert_true(r == 0 || r == CM_E_NO_MEMORY || r == CM_E_START_FAILED);
        failures += r != 0;
    }
    assert_true(failures > 4);
    assert_int_equal(call_again(client), 0);
    end_server(client);
    tear_down(&peer, client);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_call_connects_and_tells_of_no_reconnection),
        cmocka_unit_test(a_call_behind_the_end_of_the_server_reaches_the_next_one),
        cmocka_unit_test(without_the_choice_nothing_is_carried_over),
        cmocka_unit_test(requests_not_yet_sent_go_to_the_next_server_in_order),
        cmocka_unit_test(what_was_sent_and_not_answered_is_told_and_never_repeated),
        cmocka_unit_test(a_callback_told_of_the_end_may_send_again),
        cmocka_unit_test(a_server_that_cannot_be_had_again_is_told_to_the_caller),
        cmocka_unit_test(what_breaks_the_protocol_is_given_nothing_more),
        cmocka_unit_test(running_out_of_memory_while_reconnecting_is_told_and_mended),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
