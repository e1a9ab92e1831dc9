/* JSON-RPC 2.0 messages. */
#include "rpc/message.h"

#include "support/alloc_fault.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static json_t *decode(const char *text) {
    json_t *json = NULL;
    char why[128];
    assert_int_equal(rpc_decode(text, strlen(text), &json, why, sizeof why), 0);
    return json;
}

static int read_kind(const char *text) {
    _cleanup_json_ json_t *json = decode(text);
    struct rpc_message message;
    const char *why = NULL;
    int r = rpc_message_read(json, &message, &why);
    if (r != 0) {
        assert_non_null(why);
        return -1;
    }
    return (int)message.kind;
}

static void messages_are_told_apart(void **state) {
    (void)state;
    assert_int_equal(read_kind("{\"jsonrpc\":\"2.0\",\"method\":\"a\",\"id\":1}"),
                     RPC_KIND_REQUEST);
    assert_int_equal(read_kind("{\"jsonrpc\":\"2.0\",\"method\":\"a\",\"id\":null}"),
                     RPC_KIND_REQUEST);
    assert_int_equal(read_kind("{\"jsonrpc\":\"2.0\",\"method\":\"a\",\"params\":[]}"),
                     RPC_KIND_NOTIFICATION);
    assert_int_equal(read_kind("{\"jsonrpc\":\"2.0\",\"result\":null,\"id\":\"x\"}"),
                     RPC_KIND_RESPONSE);
    assert_int_equal(read_kind("{\"jsonrpc\":\"2.0\",\"error\":{},\"id\":null}"),
                     RPC_KIND_RESPONSE);
}

static void what_is_no_message_is_refused(void **state) {
    (void)state;
    const char *const bad[] = {
        "[]",
        "1",
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

static void what_is_no_json_is_refused_with_its_place(void **state) {
    (void)state;
    const char *const bad[] = {"",           "{",    "{\"a\":}",    "nul",  "\"\xff\"",
                               "{\"a\":1}x", "[1,]", "\"\\ud800\"", "1e999"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        json_t *json = NULL;
        char why[128] = "";
        assert_int_equal(rpc_decode(bad[i], strlen(bad[i]), &json, why, sizeof why),
                         RPC_E_PARSE);
        assert_null(json);
        assert_true(strncmp(why, "line ", 5) == 0);
    }
}

static void nesting_without_end_is_refused(void **state) {
    (void)state;
    char text[100000];
    memset(text, '[', sizeof text);
    json_t *json = NULL;
    char why[128];
    assert_int_equal(rpc_decode(text, sizeof text, &json, why, sizeof why),
                     RPC_E_PARSE);
}

static void ids_come_back_as_they_were(void **state) {
    (void)state;
    const char *const ids[] = {"1",  "\"\"", "\"x\"", "null", "9007199254740993",
                               "-5", "1.5"};
    for (size_t i = 0; i < sizeof ids / sizeof ids[0]; i++) {
        char text[128];
        char want[128];
        (void)snprintf(text, sizeof text,
                       "{\"jsonrpc\":\"2.0\",\"method\":\"a\",\"id\":%s}", ids[i]);
        (void)snprintf(want, sizeof want,
                       "{\"jsonrpc\":\"2.0\",\"id\":%s,\"result\":7}", ids[i]);
        _cleanup_json_ json_t *json = decode(text);
        struct rpc_message message;
        const char *why = NULL;
        assert_int_equal(rpc_message_read(json, &message, &why), 0);
        _cleanup_json_ json_t *answer = rpc_result(message.id, json_integer(7));
        _cleanup_free_ char *got = json_dumps(answer, JSON_COMPACT);
        assert_string_equal(got, want);
    }
}

static void an_error_carries_code_message_and_data(void **state) {
    (void)state;
    _cleanup_json_ json_t *answer =
        rpc_error(NULL, RPC_INVALID_PARAMS, "no", json_integer(3));
    _cleanup_free_ char *got = json_dumps(answer, JSON_COMPACT);
    assert_string_equal(got,
                        "{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":{\"code\":-32602,"
                        "\"message\":\"no\",\"data\":3}}");
}

static int encode_it(void *data) {
    (void)data;
    _cleanup_buf_ struct buf out = BUF_NULL;
    _cleanup_json_ json_t *id = json_integer(1);
    _cleanup_json_ json_t *message = id ? rpc_request(id, "jobs.get", NULL) : NULL;
    return message ? rpc_encode_frame(&out, message) : -ENOMEM;
}

static void running_out_of_memory_is_told(void **state) {
    (void)state;
    /* The JSON library allocates through pointers that it took before the test began.
     */
    json_set_alloc_funcs(malloc, free);
    assert_true(alloc_fault_sweep(encode_it, NULL, -ENOMEM) > 5);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(messages_are_told_apart),
        cmocka_unit_test(what_is_no_message_is_refused),
        cmocka_unit_test(what_is_no_json_is_refused_with_its_place),
        cmocka_unit_test(nesting_without_end_is_refused),
        cmocka_unit_test(ids_come_back_as_they_were),
        cmocka_unit_test(an_error_carries_code_message_and_data),
        cmocka_unit_test(running_out_of_memory_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
