/* Dispatch, with methods of the test's own: the examples of the JSON-RPC 2.0
 * specification (https://www.jsonrpc.org/specification#examples), each with its request
 * and its answer; batches and their limits; parameters in both forms. */
#include "server/dispatch.h"

#include "rpc/frame.h"
#include "server/request.h"
#include "server/server.h"
#include "support/alloc_fault.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static int subtract(struct request *request) {
    int64_t difference = request_integer(request, "minuend", 0) -
                         request_integer(request, "subtrahend", 0);
    request->result = json_integer(difference);
    return request->result ? 0 : -ENOMEM;
}

static int sum(struct request *request) {
    int64_t total = 0;
    for (size_t i = 0; i < 3; i++) {
        static const char *const names[] = {"a", "b", "c"};
        total += request_integer(request, names[i], 0);
    }
    request->result = json_integer(total);
    return request->result ? 0 : -ENOMEM;
}

static int get_data(struct request *request) {
    return buf_append_str(request->text, "[\"hello\",5]");
}

static int accept_all(struct request *request) {
    request->result = json_true();
    return 0;
}

static int say_nothing(struct request *request) {
    (void)request;
    return 0;
}

static int break_down(struct request *request) {
    request->result = json_string("half a result");
    (void)buf_append_str(request->text, "[1,");
    return -EIO;
}

static int refuse(struct request *request) {
    (void)buf_append_str(request->text, "[1,");
    request->data = json_pack("{s:i}", "line", 7);
    return request_fail(request, RPC_SERVER_ERROR, "no \"way\" \xff");
}

static int write_much(struct request *request) {
    enum { MUCH = 1024 * 1024 };
    int r = buf_append_str(request->text, "\"");
    r = r ? r : buf_reserve(request->text, MUCH);
    if (r == 0) {
        memset(request->text->data + request->text->end, 'x', MUCH);
        request->text->end += MUCH;
    }
    return r ? r : buf_append_str(request->text, "\"");
}

#define INTEGER(word)                                                                  \
    { .name = (word), .type = PARAM_INTEGER, .min = -100, .max = 100, .text = "n" }
static const struct param two[] = {INTEGER("minuend"), INTEGER("subtrahend")};
static const struct param three[] = {INTEGER("a"), INTEGER("b"), INTEGER("c")};
static const struct param five[] = {INTEGER("1"), INTEGER("2"), INTEGER("3"),
                                    INTEGER("4"), INTEGER("5")};

static const struct method *find(const char *name) {
    static const struct method table[] = {
        {.name = "subtract",
         .params = two,
         .n_params = 2,
         .health = true,
         .run = subtract},
        {.name = "sum", .params = three, .n_params = 3, .health = true, .run = sum},
        {.name = "notify_sum",
         .params = three,
         .n_params = 3,
         .health = true,
         .run = sum},
        {.name = "update",
         .params = five,
         .n_params = 5,
         .health = true,
         .run = accept_all},
        {.name = "notify_hello",
         .params = five,
         .n_params = 1,
         .health = true,
         .run = accept_all},
        {.name = "get_data", .health = true, .run = get_data},
        {.name = "say_nothing", .health = true, .run = say_nothing},
        {.name = "break_down", .health = true, .run = break_down},
        {.name = "refuse", .health = true, .run = refuse},
        {.name = "write_much", .health = true, .run = write_much},
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        if (strcmp(table[i].name, name) == 0) {
            return &table[i];
        }
    }
    return NULL;
}

/* The body of the answer, freed by the caller; NULL when nothing was written. */
static char *answer_to(const char *body, size_t n) {
    struct server *server = calloc(1, sizeof *server);
    assert_non_null(server);
    server->find_method = find;
    _cleanup_buf_ struct buf out = BUF_NULL;
    struct frame frame = FRAME_NULL;
    const char *got = NULL;
    size_t len = 0;
    assert_int_equal(dispatch_body(server, NULL, body, n, &out), 0);
    assert_int_equal(server->buffered, 0);
    free(server);
    if (buf_len(&out) == 0) {
        return NULL;
    }
    assert_int_equal(frame_next(&frame, &out, &got, &len), 0);
    char *copy = strndup(got, len);
    frame_consume(&frame, &out);
    assert_int_equal(buf_len(&out), 0);
    return copy;
}

static void expect(const char *body, const char *want) {
    _cleanup_free_ char *got = answer_to(body, strlen(body));
    if (!want) {
        assert_null(got);
        return;
    }
    assert_non_null(got);
    assert_string_equal(got, want);
}

#define OK(id, result) "{\"jsonrpc\":\"2.0\",\"id\":" id ",\"result\":" result "}"

/* As the specification has it, but for the sentences of errors, which are ours. */
static void expect_error(const char *body, const char *id, int code) {
    _cleanup_free_ char *got = answer_to(body, strlen(body));
    char want[256];
    (void)snprintf(
        want, sizeof want,
        "{\"jsonrpc\":\"2.0\",\"id\":%s,\"error\":{\"code\":%d,\"message\":\"", id,
        code);
    assert_non_null(got);
    assert_memory_equal(got, want, strlen(want));
}

static void rpc_call_with_positional_parameters(void **state) {
    (void)state;
    expect("{\"jsonrpc\": \"2.0\", \"method\": \"subtract\", \"params\": [42, 23], "
           "\"id\": 1}",
           OK("1", "19"));
    expect("{\"jsonrpc\": \"2.0\", \"method\": \"subtract\", \"params\": [23, 42], "
           "\"id\": 2}",
           OK("2", "-19"));
}

static void rpc_call_with_named_parameters(void **state) {
    (void)state;
    expect("{\"jsonrpc\": \"2.0\", \"method\": \"subtract\", \"params\": "
           "{\"subtrahend\": 23, "
           "\"minuend\": 42}, \"id\": 3}",
           OK("3", "19"));
    expect("{\"jsonrpc\": \"2.0\", \"method\": \"subtract\", \"params\": {\"minuend\": "
           "42, "
           "\"subtrahend\": 23}, \"id\": 4}",
           OK("4", "19"));
}

static void a_notification(void **state) {
    (void)state;
    expect("{\"jsonrpc\": \"2.0\", \"method\": \"update\", \"params\": [1,2,3,4,5]}",
           NULL);
    expect("{\"jsonrpc\": \"2.0\", \"method\": \"foobar\"}", NULL);
}

static void rpc_call_of_a_method_that_does_not_exist(void **state) {
    (void)state;
    expect_error("{\"jsonrpc\": \"2.0\", \"method\": \"foobar\", \"id\": \"1\"}",
                 "\"1\"", -32601);
}

static void rpc_call_with_invalid_json(void **state) {
    (void)state;
    expect_error(
        "{\"jsonrpc\": \"2.0\", \"method\": \"foobar, \"params\": \"bar\", \"baz]",
        "null", -32700);
}

static void rpc_call_with_an_invalid_request_object(void **state) {
    (void)state;
    expect_error("{\"jsonrpc\": \"2.0\", \"method\": 1, \"params\": \"bar\"}", "null",
                 -32600);
}

static void rpc_call_batch_with_invalid_json(void **state) {
    (void)state;
    expect_error(
        "[\n  {\"jsonrpc\": \"2.0\", \"method\": \"sum\", \"params\": [1,2,4], "
        "\"id\": \"1\"},\n  {\"jsonrpc\": \"2.0\", \"method\"\n]",
        "null", -32700);
}

static void rpc_call_with_an_empty_array(void **state) {
    (void)state;
    expect_error("[]", "null", -32600);
}

#define INVALID                                                                        \
    "{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":{\"code\":-32600,\"message\":"         \
    "\"Invalid "                                                                       \
    "Request: a message must be an object\"}}"

static void rpc_call_with_an_invalid_batch_that_is_not_empty(void **state) {
    (void)state;
    expect("[1]", "[" INVALID "]");
}

static void rpc_call_with_an_invalid_batch(void **state) {
    (void)state;
    expect("[1,2,3]", "[" INVALID "," INVALID "," INVALID "]");
}

static void rpc_call_batch(void **state) {
    (void)state;
    expect("[\n"
           "  {\"jsonrpc\": \"2.0\", \"method\": \"sum\", \"params\": [1,2,4], \"id\": "
           "\"1\"},\n"
           "  {\"jsonrpc\": \"2.0\", \"method\": \"notify_hello\", \"params\": [7]},\n"
           "  {\"jsonrpc\": \"2.0\", \"method\": \"subtract\", \"params\": [42,23], "
           "\"id\": \"2\"},\n"
           "  {\"foo\": \"boo\"},\n"
           "  {\"jsonrpc\": \"2.0\", \"method\": \"foo.get\", \"params\": {\"name\": "
           "\"myself\"}, "
           "\"id\": \"5\"},\n"
           "  {\"jsonrpc\": \"2.0\", \"method\": \"get_data\", \"id\": \"9\"} \n"
           "]",
           "[" OK("\"1\"", "7") "," OK(
               "\"2\"",
               "19") ",{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":{\"code\":-32600,"
                     "\"message\":\"Invalid Request: jsonrpc must be \\\"2.0\\\"\"}},"
                     "{\"jsonrpc\":\"2.0\",\"id\":\"5\",\"error\":{\"code\":-32601,"
                     "\"message\":\"Method not found: foo.get; rpc.discover lists "
                     "what there is\"}}," OK("\"9\"", "[\"hello\",5]") "]");
}

static void rpc_call_batch_of_notifications_alone(void **state) {
    (void)state;
    expect(
        "[\n"
        "  {\"jsonrpc\": \"2.0\", \"method\": \"notify_sum\", \"params\": [1,2,4]},\n"
        "  {\"jsonrpc\": \"2.0\", \"method\": \"notify_hello\", \"params\": [7]}\n"
        "]",
        NULL);
}

static void responses_are_not_answered(void **state) {
    (void)state;
    expect("{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":7}", NULL);
    expect("[{\"jsonrpc\":\"2.0\",\"id\":1,\"error\":{}}]", NULL);
}

static void a_failure_leaves_nothing_of_a_half_written_result(void **state) {
    (void)state;
    expect("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"refuse\"}",
           "{\"jsonrpc\":\"2.0\",\"id\":1,\"error\":{\"code\":-32000,\"message\":\"no "
           "\\\"way\\\" \xef\xbf\xbd\",\"data\":{\"line\":7}}}");
    expect_error("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"break_down\"}", "1",
                 -32603);
    expect("{\"jsonrpc\":\"2.0\",\"method\":\"refuse\"}", NULL);
}

static void a_method_that_answers_nothing_is_an_internal_error(void **state) {
    (void)state;
    expect_error("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"say_nothing\"}", "1",
                 -32603);
}

static void parameters_that_the_library_cannot_hold_are_invalid(void **state) {
    (void)state;
    expect_error("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"sum\",\"params\":[1e999]}",
                 "1", -32602);
    expect_error("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"sum\",\"params\":"
                 "[123456789012345678901]}",
                 "1", -32602);
    expect_error(
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"sum\",\"params\":{\"\\u0000\":1}}",
        "1", -32602);
}

static void
parameters_of_a_method_without_any_are_refused_by_position_alone(void **state) {
    (void)state;
    expect_error(
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"get_data\",\"params\":[1]}", "1",
        -32602);
    expect("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"get_data\",\"params\":[ ]}",
           OK("1", "[\"hello\",5]"));
    expect("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"get_data\",\"params\":{\"a\":"
           "1e999}}",
           OK("1", "[\"hello\",5]"));
}

static char *repeat(const char *before, const char *one, size_t n, const char *after) {
    _cleanup_buf_ struct buf out = BUF_NULL;
    assert_int_equal(buf_append_str(&out, before), 0);
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(buf_append_str(&out, one + (i == 0)), 0);
    }
    assert_int_equal(buf_append_str(&out, after), 0);
    return buf_take_string(&out);
}

static void parameters_have_a_limit_that_is_told(void **state) {
    (void)state;
    _cleanup_free_ char *body =
        repeat("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"sum\",\"params\":[", ",1",
               (size_t)5 * 1024 * 1024, "]}");
    _cleanup_free_ char *got = answer_to(body, strlen(body));
    assert_non_null(strstr(got, "\"code\":-32602"));
    assert_non_null(strstr(got, "at most 8388608 are taken"));
}

static void
a_batch_has_a_limit_and_nothing_of_a_longer_one_is_carried_out(void **state) {
    (void)state;
    _cleanup_free_ char *body = repeat("[", ",1", DISPATCH_BATCH_MAX + 1, "]");
    expect(body,
           "{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":{\"code\":-32600,\"message\":"
           "\"Invalid Request: a batch has at most 65536 messages\"}}");
}

static void the_answers_to_a_batch_are_bounded_and_the_rest_is_told(void **state) {
    (void)state;
    _cleanup_free_ char *body = repeat(
        "[", ",{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"write_much\"}", 100, "]");
    _cleanup_free_ char *got = answer_to(body, strlen(body));
    assert_true(strlen(got) < DISPATCH_ANSWERS_MAX + 2 * 1024 * 1024);
    size_t refused = 0;
    for (const char *at = got; (at = strstr(at, "not carried out")); at++) {
        refused++;
    }
    assert_in_range(refused, 60, 70);
}

static int dispatch_it(void *data) {
    struct server *server = data;
    static const char body[] =
        "[{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"get_data\"},"
        "{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"nope\"},{\"foo\":1}]";
    _cleanup_buf_ struct buf out = BUF_NULL;
    int r = dispatch_body(server, NULL, body, sizeof body - 1, &out);
    assert_true(r == 0 || buf_len(&out) == 0);
    return r;
}

static void running_out_of_memory_is_told_and_leaves_no_half_frame(void **state) {
    (void)state;
    struct server *server = calloc(1, sizeof *server);
    assert_non_null(server);
    server->find_method = find;
    assert_true(alloc_fault_sweep(dispatch_it, server, -ENOMEM) >= 2);
    free(server);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rpc_call_with_positional_parameters),
        cmocka_unit_test(rpc_call_with_named_parameters),
        cmocka_unit_test(a_notification),
        cmocka_unit_test(rpc_call_of_a_method_that_does_not_exist),
        cmocka_unit_test(rpc_call_with_invalid_json),
        cmocka_unit_test(rpc_call_with_an_invalid_request_object),
        cmocka_unit_test(rpc_call_batch_with_invalid_json),
        cmocka_unit_test(rpc_call_with_an_empty_array),
        cmocka_unit_test(rpc_call_with_an_invalid_batch_that_is_not_empty),
        cmocka_unit_test(rpc_call_with_an_invalid_batch),
        cmocka_unit_test(rpc_call_batch),
        cmocka_unit_test(rpc_call_batch_of_notifications_alone),
        cmocka_unit_test(responses_are_not_answered),
        cmocka_unit_test(a_failure_leaves_nothing_of_a_half_written_result),
        cmocka_unit_test(a_method_that_answers_nothing_is_an_internal_error),
        cmocka_unit_test(parameters_that_the_library_cannot_hold_are_invalid),
        cmocka_unit_test(
            parameters_of_a_method_without_any_are_refused_by_position_alone),
        cmocka_unit_test(parameters_have_a_limit_that_is_told),
        cmocka_unit_test(
            a_batch_has_a_limit_and_nothing_of_a_longer_one_is_carried_out),
        cmocka_unit_test(the_answers_to_a_batch_are_bounded_and_the_rest_is_told),
        cmocka_unit_test(running_out_of_memory_is_told_and_leaves_no_half_frame),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
