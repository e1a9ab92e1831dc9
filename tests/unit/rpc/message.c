/* JSON-RPC 2.0 messages. */
#include "rpc/message.h"

#include "support/alloc_fault.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static int open_body(struct rpc_body *body, const char *text, size_t *count) {
    return rpc_body_open(body, text, strlen(text), count);
}

/* The kind of the only message, -1 when it is invalid, -2 when it is no JSON. */
static int read_kind(const char *text) {
    struct rpc_body body;
    struct rpc_message message;
    size_t count = 0;
    assert_int_equal(open_body(&body, text, &count), 0);
    int r = rpc_body_next(&body, &message);
    if (r == 0 || r == RPC_E_INVALID) {
        struct rpc_message none;
        assert_int_equal(rpc_body_next(&body, &none), RPC_E_END);
    }
    return r == 0 ? (int)message.kind : r == RPC_E_INVALID ? -1 : -2;
}

static void messages_are_told_apart(void **state) {
    (void)state;
    assert_int_equal(read_kind("{\"jsonrpc\":\"2.0\",\"method\":\"a\",\"id\":1}"),
                     RPC_KIND_REQUEST);
    assert_int_equal(read_kind("{\"jsonrpc\":\"2.0\",\"method\":\"a\",\"id\":null}"),
                     RPC_KIND_REQUEST);
    assert_int_equal(
        read_kind(" {\"jsonrpc\" : \"2.0\" ,\n\"method\":\"a\",\"params\":[]} "),
        RPC_KIND_NOTIFICATION);
    assert_int_equal(read_kind("{\"jsonrpc\":\"2.0\",\"result\":null,\"id\":\"x\"}"),
                     RPC_KIND_RESPONSE);
    assert_int_equal(read_kind("{\"jsonrpc\":\"2.0\",\"error\":{},\"id\":null}"),
                     RPC_KIND_RESPONSE);
}

static void what_is_no_message_is_refused(void **state) {
    (void)state;
    const char *const bad[] = {
        "1",
        "null",
        "\"x\"",
        "{}",
        "{\"method\":\"a\",\"id\":1}",
        "{\"jsonrpc\":\"1.0\",\"method\":\"a\"}",
        "{\"jsonrpc\":2.0,\"method\":\"a\"}",
        "{\"jsonrpc\":\"2.0\",\"method\":1}",
        "{\"jsonrpc\":\"2.0\",\"method\":\"a\\u0000b\"}",
        "{\"jsonrpc\":\"2.0\",\"method\":\"a\",\"id\":{}}",
        "{\"jsonrpc\":\"2.0\",\"method\":\"a\",\"id\":true}",
        "{\"jsonrpc\":\"2.0\",\"method\":\"a\",\"params\":\"b\"}",
        "{\"jsonrpc\":\"2.0\",\"id\":1}",
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":1,\"error\":{}}",
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"error\":7}",
        "{\"jsonrpc\":\"2.0\",\"result\":1}",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_equal(read_kind(bad[i]), -1);
    }
}

static void an_invalid_message_keeps_the_id_that_it_has(void **state) {
    (void)state;
    const char *const text = "{\"id\":[],\"id\":\"x\",\"method\":\"a\"}";
    struct rpc_body body;
    struct rpc_message message;
    size_t count = 0;
    assert_int_equal(open_body(&body, text, &count), 0);
    assert_int_equal(rpc_body_next(&body, &message), RPC_E_INVALID);
    assert_int_equal(message.id.len, 3);
    assert_memory_equal(message.id.at, "\"x\"", 3);
}

static void names_may_be_written_with_escapes(void **state) {
    (void)state;
    const char *const text =
        "{\"\\u006asonrpc\":\"2\\u002e0\",\"met\\u0068od\":\"system\\u002Eping\","
        "\"i\\u0064\":1}";
    struct rpc_body body;
    struct rpc_message message;
    size_t count = 0;
    assert_int_equal(open_body(&body, text, &count), 0);
    assert_int_equal(rpc_body_next(&body, &message), 0);
    assert_int_equal(message.kind, RPC_KIND_REQUEST);
    assert_string_equal(message.method, "system.ping");
}

static void of_members_given_twice_the_last_counts(void **state) {
    (void)state;
    const char *const text = "{\"jsonrpc\":\"1\",\"method\":\"a\",\"id\":1,"
                             "\"jsonrpc\":\"2.0\",\"method\":\"b\",\"id\":2}";
    struct rpc_body body;
    struct rpc_message message;
    size_t count = 0;
    assert_int_equal(open_body(&body, text, &count), 0);
    assert_int_equal(rpc_body_next(&body, &message), 0);
    assert_string_equal(message.method, "b");
    assert_memory_equal(message.id.at, "2", 1);
}

static void a_method_name_longer_than_any_is_cut(void **state) {
    (void)state;
    char text[1024];
    char name[512];
    memset(name, 'm', sizeof name);
    (void)snprintf(text, sizeof text, "{\"jsonrpc\":\"2.0\",\"method\":\"%.500s\"}",
                   name);
    struct rpc_body body;
    struct rpc_message message;
    size_t count = 0;
    assert_int_equal(open_body(&body, text, &count), 0);
    assert_int_equal(rpc_body_next(&body, &message), 0);
    assert_int_equal(strlen(message.method), RPC_METHOD_SIZE - 1);
}

static void what_is_no_json_is_refused_with_its_place(void **state) {
    (void)state;
    const char *const bad[] = {"",         "{",          "{\"a\":}",      "nul",
                               "\"\xff\"", "{\"a\":1}x", "\"\\ud800\"",   "{\"a\":1,}",
                               "{,}",      "01",         "\n\n {\"a\" 1}"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct rpc_body body;
        struct rpc_message message;
        size_t count = 0;
        assert_int_equal(open_body(&body, bad[i], &count), 0);
        assert_int_equal(rpc_body_next(&body, &message), RPC_E_PARSE);
        assert_true(strncmp(body.why, "line ", 5) == 0);
        assert_int_equal(rpc_body_next(&body, &message), RPC_E_END);
    }
}

static void the_place_of_a_fault_counts_lines_and_bytes_from_one(void **state) {
    (void)state;
    struct rpc_body body;
    struct rpc_message message;
    size_t count = 0;
    assert_int_equal(open_body(&body, "{\n \"a\": nul }", &count), 0);
    assert_int_equal(rpc_body_next(&body, &message), RPC_E_PARSE);
    assert_string_equal(body.why, "line 2, column 7: a value is missing here");
}

static void a_batch_is_checked_as_a_whole_before_its_first_message(void **state) {
    (void)state;
    const char *const bad[] = {"[", "[1,]", "[{}", "[{} {}]", "[1]x", "[{\"a\":}]"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct rpc_body body;
        struct rpc_message message;
        size_t count = 0;
        assert_int_equal(open_body(&body, bad[i], &count), RPC_E_PARSE);
        assert_int_equal(rpc_body_next(&body, &message), RPC_E_END);
    }
}

static void a_batch_gives_its_messages_in_order(void **state) {
    (void)state;
    const char *const text = " [ {\"jsonrpc\":\"2.0\",\"method\":\"a\"}, 7 , []"
                             ",{\"jsonrpc\":\"2.0\",\"method\":\"b\",\"id\":\"]\"} ] ";
    struct rpc_body body;
    struct rpc_message message;
    size_t count = 0;
    assert_int_equal(open_body(&body, text, &count), 0);
    assert_true(body.batch);
    assert_int_equal(count, 4);
    assert_int_equal(rpc_body_next(&body, &message), 0);
    assert_string_equal(message.method, "a");
    assert_int_equal(rpc_body_next(&body, &message), RPC_E_INVALID);
    assert_int_equal(rpc_body_next(&body, &message), RPC_E_INVALID);
    assert_int_equal(rpc_body_next(&body, &message), 0);
    assert_string_equal(message.method, "b");
    assert_int_equal(rpc_body_next(&body, &message), RPC_E_END);
    assert_int_equal(rpc_body_next(&body, &message), RPC_E_END);
}

static void an_empty_batch_is_invalid(void **state) {
    (void)state;
    struct rpc_body body;
    struct rpc_message message;
    size_t count = 0;
    assert_int_equal(open_body(&body, "[ ]", &count), RPC_E_INVALID);
    assert_int_equal(rpc_body_next(&body, &message), RPC_E_END);
}

static void nesting_without_end_is_refused(void **state) {
    (void)state;
    char text[100000];
    memset(text, '[', sizeof text);
    struct rpc_body body;
    size_t count = 0;
    assert_int_equal(rpc_body_open(&body, text, sizeof text, &count), RPC_E_PARSE);
    assert_non_null(strstr(body.why, "nested"));
}

static void ids_come_back_as_they_were(void **state) {
    (void)state;
    const char *const ids[] = {"1",
                               "\"\"",
                               "\"x\"",
                               "null",
                               "9007199254740993",
                               "-5",
                               "1.5",
                               "1.50",
                               "1e2",
                               "0.1",
                               "123456789012345678901234567890",
                               "-0",
                               "\"\\u00e9\\/\""};
    for (size_t i = 0; i < sizeof ids / sizeof ids[0]; i++) {
        char text[128];
        char want[128];
        (void)snprintf(text, sizeof text,
                       "{\"jsonrpc\":\"2.0\",\"method\":\"a\",\"id\": %s }", ids[i]);
        (void)snprintf(want, sizeof want,
                       "{\"jsonrpc\":\"2.0\",\"id\":%s,\"result\":", ids[i]);
        struct rpc_body body;
        struct rpc_message message;
        size_t count = 0;
        _cleanup_buf_ struct buf out = BUF_NULL;
        assert_int_equal(open_body(&body, text, &count), 0);
        assert_int_equal(rpc_body_next(&body, &message), 0);
        assert_int_equal(rpc_write_result_head(&out, message.id), 0);
        assert_int_equal(buf_len(&out), strlen(want));
        assert_memory_equal(buf_bytes(&out), want, strlen(want));
    }
}

static void an_error_carries_code_message_and_data(void **state) {
    (void)state;
    _cleanup_buf_ struct buf out = BUF_NULL;
    struct json_span no_id = JSON_SPAN_NULL;
    assert_int_equal(
        rpc_write_error(&out, no_id, RPC_INVALID_PARAMS, "no \"x\"\\\n\x1f", "3"), 0);
    _cleanup_free_ char *got = buf_take_string(&out);
    assert_string_equal(got,
                        "{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":{\"code\":-32602,"
                        "\"message\":\"no \\\"x\\\"\\\\\\n\\u001F\",\"data\":3}}");
}

static void requests_and_notifications_are_written(void **state) {
    (void)state;
    _cleanup_buf_ struct buf out = BUF_NULL;
    assert_int_equal(rpc_write_request(&out, 7, "a.b", NULL), 0);
    assert_int_equal(rpc_write_request(&out, 8, "c", "[1]"), 0);
    assert_int_equal(rpc_write_notification_head(&out, "d"), 0);
    _cleanup_free_ char *got = buf_take_string(&out);
    assert_string_equal(got,
                        "{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"a.b\"}"
                        "{\"jsonrpc\":\"2.0\",\"id\":8,\"method\":\"c\",\"params\":[1]}"
                        "{\"jsonrpc\":\"2.0\",\"method\":\"d\",\"params\":");
}

static int write_all(void *data) {
    (void)data;
    char long_text[600];
    memset(long_text, 'x', sizeof long_text - 1);
    long_text[sizeof long_text - 1] = '\0';
    _cleanup_buf_ struct buf out = BUF_NULL;
    struct json_span id = {"1", 1};
    int r = rpc_write_request(&out, 1, "jobs.get", long_text);
    r = r ? r : rpc_write_error(&out, id, 1, long_text, long_text);
    r = r ? r : rpc_write_notification_head(&out, long_text);
    return r ? r : rpc_write_result_head(&out, id);
}

static void running_out_of_memory_is_told(void **state) {
    (void)state;
    assert_true(alloc_fault_sweep(write_all, NULL, -ENOMEM) >= 3);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(messages_are_told_apart),
        cmocka_unit_test(what_is_no_message_is_refused),
        cmocka_unit_test(an_invalid_message_keeps_the_id_that_it_has),
        cmocka_unit_test(names_may_be_written_with_escapes),
        cmocka_unit_test(of_members_given_twice_the_last_counts),
        cmocka_unit_test(a_method_name_longer_than_any_is_cut),
        cmocka_unit_test(what_is_no_json_is_refused_with_its_place),
        cmocka_unit_test(the_place_of_a_fault_counts_lines_and_bytes_from_one),
        cmocka_unit_test(a_batch_is_checked_as_a_whole_before_its_first_message),
        cmocka_unit_test(a_batch_gives_its_messages_in_order),
        cmocka_unit_test(an_empty_batch_is_invalid),
        cmocka_unit_test(nesting_without_end_is_refused),
        cmocka_unit_test(ids_come_back_as_they_were),
        cmocka_unit_test(an_error_carries_code_message_and_data),
        cmocka_unit_test(requests_and_notifications_are_written),
        cmocka_unit_test(running_out_of_memory_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
