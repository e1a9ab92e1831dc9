/* Taking requests back: before they leave, while they leave, after that, and from
 * within callbacks. */
#include "peer.h"
#include "support/alloc_fault.h"

#include <crystalmath/client.h>

#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <cmocka.h>

#define RESULT(id, text) "{\"jsonrpc\":\"2.0\",\"id\":" #id ",\"result\":" text "}"

static void count_reply(struct cm_client *client, const char *result_json,
                        const struct cm_error *error, void *data) {
    (void)client;
    assert_true(!result_json != !error);
    ++*(int *)data;
}

static int64_t send_counted(struct cm_client *client, const char *method, int *count) {
    int64_t request = 0;
    assert_int_equal(cm_send(client, method, NULL, count_reply, count, &request, NULL),
                     0);
    assert_true(request > 0);
    return request;
}

static void expect_request(const struct peer *peer, const char *method) {
    json_t *request = peer_read(peer);
    assert_string_equal(json_string_value(json_object_get(request, "method")), method);
    json_decref(request);
}

static void a_request_that_has_not_left_is_never_sent(void **state) {
    (void)state;
    struct peer peer;
    peer_init(&peer);
    struct cm_client *client = peer_client(&peer);
    int first = 0;
    int second = 0;
    int third = 0;
    (void)send_counted(client, "first", &first);
    int64_t request = send_counted(client, "second", &second);
    (void)send_counted(client, "third", &third);
    assert_int_equal(cm_cancel(client, request), CM_CANCELLED);
    assert_int_equal(cm_cancel(client, request), CM_E_INVALID);
    assert_int_equal(cm_client_dispatch(client, NULL), 0);
    expect_request(&peer, "first");
    expect_request(&peer, "third");
    peer_send(&peer, RESULT(3, "3"));
    peer_send(&peer, RESULT(1, "1"));
    assert_int_equal(cm_client_dispatch(client, NULL), 0);
    assert_int_equal(first, 1);
    assert_int_equal(second, 0);
    assert_int_equal(third, 1);
    cm_client_free(client);
    peer_deinit(&peer);
}

static void with_everything_taken_back_nothing_waits_to_be_sent(void **state) {
    (void)state;
    struct peer peer;
    peer_init(&peer);
    struct cm_client *client = peer_client(&peer);
    int count = 0;
    int64_t request = send_counted(client, "a", &count);
    assert_int_equal(cm_client_poll_events(client), POLLIN | POLLOUT);
    assert_int_equal(cm_cancel(client, request), CM_CANCELLED);
    assert_int_equal(cm_client_poll_events(client), POLLIN);
    cm_client_free(client);
    peer_deinit(&peer);
}

static void the_answer_to_a_cancelled_request_is_dropped(void **state) {
    (void)state;
    struct peer peer;
    peer_init(&peer);
    struct cm_client *client = peer_client(&peer);
    int first = 0;
    int second = 0;
    int64_t request = send_counted(client, "a", &first);
    (void)send_counted(client, "b", &second);
    assert_int_equal(cm_client_dispatch(client, NULL), 0);
    assert_int_equal(cm_cancel(client, request), CM_CANCELLED_SENT);
    peer_send(&peer, RESULT(1, "1"));
    peer_send(&peer, RESULT(2, "2"));
    assert_int_equal(cm_client_dispatch(client, NULL), 0);
    assert_int_equal(first, 0);
    assert_int_equal(second, 1);
    cm_client_free(client);
    peer_deinit(&peer);
}

static void what_does_not_wait_cannot_be_cancelled(void **state) {
    (void)state;
    struct peer peer;
    peer_init(&peer);
    struct cm_client *client = peer_client(&peer);
    int count = 0;
    int64_t request = send_counted(client, "a", &count);
    peer_send(&peer, RESULT(1, "1"));
    assert_int_equal(cm_client_dispatch(client, NULL), 0);
    assert_int_equal(count, 1);
    assert_int_equal(cm_cancel(client, request), CM_E_INVALID);
    assert_int_equal(cm_cancel(client, 0), CM_E_INVALID);
    assert_int_equal(cm_cancel(client, request + 1), CM_E_INVALID);
    cm_client_free(client);
    peer_deinit(&peer);
}

/* What has come out at the peer's end, with the client pushing on. */
static size_t pump(const struct peer *peer, struct cm_client *client, char *bytes,
                   size_t room) {
    size_t have = 0;
    for (;;) {
        assert_int_equal(cm_client_dispatch(client, NULL), 0);
        ssize_t n = recv(peer->fd, bytes + have, room - have, MSG_DONTWAIT);
        if (n < 0 && errno == EAGAIN && !(cm_client_poll_events(client) & POLLOUT)) {
            return have;
        }
        assert_true(n > 0);
        have += (size_t)n;
        assert_true(have < room);
    }
}

static void a_request_that_has_begun_to_leave_leaves_whole(void **state) {
    (void)state;
    enum { BIG = 4 * 1024 * 1024 };
    struct peer peer;
    peer_init(&peer);
    struct cm_client *client = peer_client(&peer);
    char *params = malloc(BIG);
    char *bytes = malloc(2 * BIG);
    assert_true(params && bytes);
    memset(params, 'x', BIG);
    memcpy(params, "[\"", 2);
    memcpy(params + BIG - 3, "\"]", 3);
    int count = 0;
    int64_t big = 0;
    assert_int_equal(cm_send(client, "big", params, count_reply, &count, &big, NULL),
                     0);
    assert_int_equal(cm_client_dispatch(client, NULL), 0);
    int64_t dropped = send_counted(client, "dropped", &count);
    int64_t kept = send_counted(client, "kept", &count);
    assert_int_equal(cm_cancel(client, big), CM_CANCELLED_SENT);
    assert_int_equal(cm_cancel(client, dropped), CM_CANCELLED);
    size_t n = pump(&peer, client, bytes, 2 * (size_t)BIG);
    bytes[n] = '\0';
    assert_null(strstr(bytes, "\"dropped\""));
    const char *after = strstr(bytes, "x\"]");
    assert_non_null(after);
    assert_non_null(strstr(after, "}Content-Length: "));
    assert_non_null(strstr(after, "\"kept\""));
    assert_int_equal(cm_cancel(client, kept), CM_CANCELLED_SENT);
    assert_int_equal(count, 0);
    free(params);
    free(bytes);
    cm_client_free(client);
    peer_deinit(&peer);
}

struct both {
    int64_t own;
    int64_t other;
    int own_result;
    int other_result;
    int called;
};

static void cancel_both(struct cm_client *client, const char *result_json,
                        const struct cm_error *error, void *data) {
    struct both *both = data;
    assert_true(!result_json != !error);
    both->called++;
    both->own_result = cm_cancel(client, both->own);
    both->other_result = cm_cancel(client, both->other);
}

static void a_callback_may_cancel_others_and_not_itself(void **state) {
    (void)state;
    struct peer peer;
    peer_init(&peer);
    struct cm_client *client = peer_client(&peer);
    struct both both = {.own_result = 99, .other_result = 99};
    int other = 0;
    assert_int_equal(cm_send(client, "a", NULL, cancel_both, &both, &both.own, NULL),
                     0);
    both.other = send_counted(client, "b", &other);
    peer_send(&peer, RESULT(1, "1"));
    peer_send(&peer, RESULT(2, "2"));
    assert_int_equal(cm_client_dispatch(client, NULL), 0);
    assert_int_equal(both.called, 1);
    assert_int_equal(both.own_result, CM_E_INVALID);
    assert_int_equal(both.other_result, CM_CANCELLED_SENT);
    assert_int_equal(other, 0);
    cm_client_free(client);
    peer_deinit(&peer);
}

static void a_callback_told_of_the_end_may_cancel_those_not_yet_told(void **state) {
    (void)state;
    for (int sent = 0; sent < 2; sent++) {
        struct peer peer;
        peer_init(&peer);
        struct cm_client *client = peer_client(&peer);
        struct both both = {.own_result = 99, .other_result = 99};
        int other = 0;
        assert_int_equal(
            cm_send(client, "a", NULL, cancel_both, &both, &both.own, NULL), 0);
        both.other = send_counted(client, "b", &other);
        if (sent) {
            assert_int_equal(cm_client_dispatch(client, NULL), 0);
            expect_request(&peer, "a");
            expect_request(&peer, "b");
        }
        peer_hang_up(&peer);
        assert_int_equal(cm_client_dispatch(client, NULL), CM_E_DISCONNECTED);
        assert_int_equal(both.called, 1);
        assert_int_equal(both.own_result, CM_E_INVALID);
        assert_int_equal(both.other_result, sent ? CM_CANCELLED_SENT : CM_CANCELLED);
        assert_int_equal(other, 0);
        cm_client_free(client);
        peer_deinit(&peer);
    }
}

static void cancel_number(struct cm_client *client, const char *result_json,
                          const struct cm_error *error, void *data) {
    (void)error;
    assert_non_null(result_json);
    assert_int_equal(cm_cancel(client, *(int64_t *)data), CM_E_INVALID);
}

static void a_blocking_call_is_not_cancelled_from_under_its_caller(void **state) {
    (void)state;
    struct peer peer;
    peer_init(&peer);
    struct cm_client *client = peer_client(&peer);
    int64_t next = 0;
    assert_int_equal(cm_send(client, "a", NULL, cancel_number, &next, &next, NULL), 0);
    next++;
    peer_send(&peer, RESULT(1, "1"));
    peer_send(&peer, RESULT(2, "2"));
    char *result = NULL;
    assert_int_equal(cm_call(client, "b", NULL, &result, NULL), 0);
    assert_string_equal(result, "2");
    free(result);
    cm_client_free(client);
    peer_deinit(&peer);
}

static void a_call_that_the_server_never_took_is_withdrawn_at_its_end(void **state) {
    (void)state;
    enum { BIG = 4 * 1024 * 1024 };
    struct peer peer;
    peer_init(&peer);
    struct cm_client *client = peer_client(&peer);
    char *params = malloc(BIG);
    char *bytes = malloc(2 * BIG);
    assert_true(params && bytes);
    memset(params, ' ', BIG);
    memcpy(params, "[]", 2);
    params[BIG - 1] = '\0';
    int count = 0;
    assert_int_equal(cm_send(client, "big", params, count_reply, &count, NULL, NULL),
                     0);
    cm_client_set_call_timeout(client, 1);
    struct cm_error *error = NULL;
    assert_int_equal(cm_call(client, "late", NULL, NULL, &error), CM_E_TIMEOUT);
    assert_non_null(strstr(cm_error_message(error), "has not taken the request"));
    assert_null(cm_error_free(error));
    size_t n = pump(&peer, client, bytes, 2 * (size_t)BIG);
    bytes[n] = '\0';
    assert_null(strstr(bytes, "late"));
    free(params);
    free(bytes);
    cm_client_free(client);
    peer_deinit(&peer);
}

struct sending {
    struct cm_client *client;
    int replies;
    int64_t request;
};

static int send_one(void *data) {
    struct sending *sending = data;
    struct cm_error *error = NULL;
    int64_t request = sending->request;
    int r = cm_send(sending->client, "a", "[1]", count_reply, &sending->replies,
                    &request, &error);
    assert_int_equal(cm_error_code(error), r);
    assert_null(cm_error_free(error));
    if (r != 0) {
        assert_int_equal(request, sending->request);
        assert_int_equal(cm_client_poll_events(sending->client), POLLIN);
    }
    sending->request = request;
    return r;
}

static void a_send_that_lacks_memory_queues_nothing(void **state) {
    (void)state;
    struct peer peer;
    peer_init(&peer);
    struct sending sending = {.client = peer_client(&peer)};
    assert_true(alloc_fault_sweep(send_one, &sending, CM_E_NO_MEMORY) >= 2);
    assert_int_equal(sending.request, 1);
    peer_send(&peer, RESULT(1, "1"));
    assert_int_equal(cm_client_dispatch(sending.client, NULL), 0);
    assert_int_equal(sending.replies, 1);
    cm_client_free(sending.client);
    peer_deinit(&peer);
}

static void
sixty_four_on_their_way_are_answered_from_the_last_to_the_first(void **state) {
    (void)state;
    enum { MANY = 64 };
    struct peer peer;
    peer_init(&peer);
    struct cm_client *client = peer_client(&peer);
    int counts[MANY + 1] = {0};
    for (int i = 1; i <= MANY; i++) {
        assert_int_equal(send_counted(client, "a", &counts[i]), i);
    }
    for (int i = MANY + 1; i >= 1; i--) {
        char body[64];
        (void)snprintf(body, sizeof body,
                       "{\"jsonrpc\":\"2.0\",\"id\":%d,\"result\":%d}", i, i);
        peer_send(&peer, body);
    }
    /* The call's answer is the first to come; the others wait where they are read. */
    char *result = NULL;
    assert_int_equal(cm_call(client, "b", NULL, &result, NULL), 0);
    assert_string_equal(result, "65");
    free(result);
    assert_int_equal(cm_client_dispatch(client, NULL), 0);
    for (int i = 1; i <= MANY; i++) {
        assert_int_equal(counts[i], 1);
    }
    cm_client_free(client);
    peer_deinit(&peer);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_request_that_has_not_left_is_never_sent),
        cmocka_unit_test(with_everything_taken_back_nothing_waits_to_be_sent),
        cmocka_unit_test(the_answer_to_a_cancelled_request_is_dropped),
        cmocka_unit_test(what_does_not_wait_cannot_be_cancelled),
        cmocka_unit_test(a_request_that_has_begun_to_leave_leaves_whole),
        cmocka_unit_test(a_callback_may_cancel_others_and_not_itself),
        cmocka_unit_test(a_callback_told_of_the_end_may_cancel_those_not_yet_told),
        cmocka_unit_test(a_blocking_call_is_not_cancelled_from_under_its_caller),
        cmocka_unit_test(a_call_that_the_server_never_took_is_withdrawn_at_its_end),
        cmocka_unit_test(a_send_that_lacks_memory_queues_nothing),
        cmocka_unit_test(
            sixty_four_on_their_way_are_answered_from_the_last_to_the_first),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
