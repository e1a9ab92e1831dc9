/* The frame codec. */
#include "rpc/frame.h"

#include "support/alloc_fault.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static int append_frame(struct buf *out, const char *body, size_t n) {
    size_t mark = 0;
    int r = frame_begin(out, &mark);
    r = r ? r : buf_append(out, body, n);
    if (r == 0) {
        frame_end(out, mark);
    }
    return r;
}

static int next(const char *text, size_t n, size_t *body_len) {
    _cleanup_buf_ struct buf in = BUF_NULL;
    struct frame frame = FRAME_NULL;
    const char *body = NULL;
    size_t len = 0;
    assert_int_equal(buf_append(&in, text, n), 0);
    int r = frame_next(&frame, &in, &body, &len);
    if (r == 0 && body_len) {
        *body_len = len;
    }
    return r;
}

static int next_str(const char *text) {
    return next(text, strlen(text), NULL);
}

static void a_frame_is_read_and_the_next_one_follows(void **state) {
    (void)state;
    _cleanup_buf_ struct buf in = BUF_NULL;
    struct frame frame = FRAME_NULL;
    const char *body = NULL;
    size_t len = 0;
    assert_int_equal(append_frame(&in, "{}", 2), 0);
    assert_int_equal(append_frame(&in, "[1]", 3), 0);
    assert_int_equal(frame_next(&frame, &in, &body, &len), 0);
    assert_int_equal(len, 2);
    assert_memory_equal(body, "{}", 2);
    frame_consume(&frame, &in);
    assert_int_equal(frame_next(&frame, &in, &body, &len), 0);
    assert_memory_equal(body, "[1]", 3);
    frame_consume(&frame, &in);
    assert_int_equal(buf_len(&in), 0);
    assert_int_equal(frame_next(&frame, &in, &body, &len), FRAME_E_AGAIN);
}

static void a_frame_cut_at_every_byte_is_the_same_frame(void **state) {
    (void)state;
    const char text[] = "Content-Type: x\r\nContent-Length: 7\r\n\r\n{\"a\":1}";
    const size_t n = sizeof text - 1;
    for (size_t cut = 1; cut < n; cut++) {
        _cleanup_buf_ struct buf in = BUF_NULL;
        struct frame frame = FRAME_NULL;
        const char *body = NULL;
        size_t len = 0;
        assert_int_equal(buf_append(&in, text, cut), 0);
        assert_int_equal(frame_next(&frame, &in, &body, &len), FRAME_E_AGAIN);
        assert_int_equal(buf_append(&in, text + cut, n - cut), 0);
        assert_int_equal(frame_next(&frame, &in, &body, &len), 0);
        assert_int_equal(len, 7);
        assert_memory_equal(body, "{\"a\":1}", 7);
    }
}

static void header_forms_that_are_accepted(void **state) {
    (void)state;
    assert_int_equal(next_str("content-length: 2\r\n\r\n{}"), 0);
    assert_int_equal(next_str("CONTENT-LENGTH:2\n\n{}"), 0);
    assert_int_equal(next_str("Content-Length:   2  \r\n\r\n{}"), 0);
    assert_int_equal(next_str("X: y\nContent-Length: 2\r\nZ: a:b\n\r\n{}"), 0);
    assert_int_equal(next_str("Content-Length: 0000000000000000000000002\r\n\r\n{}"),
                     0);
}

static void header_forms_that_are_refused(void **state) {
    (void)state;
    assert_int_equal(next_str("hello\r\n\r\n"), FRAME_E_HEADER);
    assert_int_equal(next_str(": 2\r\n\r\n"), FRAME_E_HEADER);
    assert_int_equal(next_str("\r\n"), FRAME_E_NO_LENGTH);
    assert_int_equal(next_str("X: 1\r\n\r\n"), FRAME_E_NO_LENGTH);
    assert_int_equal(next_str("Content-Length: 0\r\n\r\n"), FRAME_E_LENGTH);
    assert_int_equal(next_str("Content-Length:\r\n\r\n"), FRAME_E_LENGTH);
    assert_int_equal(next_str("Content-Length: -1\r\n\r\n"), FRAME_E_LENGTH);
    assert_int_equal(next_str("Content-Length: 2x\r\n\r\n"), FRAME_E_LENGTH);
    assert_int_equal(next_str("Content-Length: 2\r\nContent-Length: 2\r\n\r\n"),
                     FRAME_E_LENGTH);
}

static void lengths_beyond_the_limit_are_refused_whatever_their_digits(void **state) {
    (void)state;
    assert_int_equal(next_str("Content-Length: 104857600\r\n\r\n"), FRAME_E_AGAIN);
    assert_int_equal(next_str("Content-Length: 104857601\r\n\r\n"), FRAME_E_BODY_MAX);
    assert_int_equal(next_str("Content-Length: 10000000000\r\n\r\n"), FRAME_E_BODY_MAX);
    assert_int_equal(next_str("Content-Length: 99999999999999999999\r\n\r\n"),
                     FRAME_E_BODY_MAX);
    assert_int_equal(next_str("Content-Length: 18446744073709551618\r\n\r\n"),
                     FRAME_E_BODY_MAX);
}

static void headers_without_end_are_refused(void **state) {
    (void)state;
    char text[FRAME_HEADER_MAX];
    memset(text, 'a', sizeof text);
    assert_int_equal(next(text, sizeof text - 1, NULL), FRAME_E_AGAIN);
    assert_int_equal(next(text, sizeof text, NULL), FRAME_E_HEADER_MAX);
}

static void a_body_may_hold_any_byte(void **state) {
    (void)state;
    const char text[] = "Content-Length: 4\r\n\r\n\0\r\n\0";
    size_t len = 0;
    assert_int_equal(next(text, sizeof text - 1, &len), 0);
    assert_int_equal(len, 4);
}

static void what_is_missing_is_known_once_the_header_is(void **state) {
    (void)state;
    _cleanup_buf_ struct buf in = BUF_NULL;
    struct frame frame = FRAME_NULL;
    const char *body = NULL;
    size_t len = 0;
    assert_int_equal(buf_append_str(&in, "Content-Length: 10\r\n\r\nabc"), 0);
    assert_int_equal(frame_missing(&frame, &in), 0);
    assert_int_equal(frame_next(&frame, &in, &body, &len), FRAME_E_AGAIN);
    assert_int_equal(frame_missing(&frame, &in), 7);
}

static void every_error_has_a_sentence(void **state) {
    (void)state;
    for (int code = FRAME_E_AGAIN; code <= FRAME_E_BODY_MAX; code++) {
        assert_string_not_equal(frame_strerror(code), frame_strerror(999));
    }
}

static void a_frame_of_any_length_is_written_behind_what_is_there(void **state) {
    (void)state;
    char body[12345];
    memset(body, 'x', sizeof body);
    for (size_t n = 1; n <= sizeof body; n = n * 3 + 1) {
        _cleanup_buf_ struct buf out = BUF_NULL;
        char want[64];
        assert_int_equal(buf_append(&out, "before", 6), 0);
        assert_int_equal(append_frame(&out, body, n), 0);
        int head = snprintf(want, sizeof want, "beforeContent-Length: %zu\r\n\r\n", n);
        assert_int_equal(buf_len(&out), (size_t)head + n);
        assert_memory_equal(buf_bytes(&out), want, (size_t)head);
        assert_memory_equal(buf_bytes(&out) + head, body, n);
    }
}

static void a_frame_that_is_cut_off_leaves_what_was_before(void **state) {
    (void)state;
    _cleanup_buf_ struct buf out = BUF_NULL;
    size_t mark = 0;
    assert_int_equal(buf_append(&out, "before", 6), 0);
    assert_int_equal(frame_begin(&out, &mark), 0);
    assert_int_equal(buf_append(&out, "half", 4), 0);
    buf_cut(&out, mark);
    assert_int_equal(buf_len(&out), 6);
}

static int append_it(void *data) {
    (void)data;
    _cleanup_buf_ struct buf out = BUF_NULL;
    char body[600] = {0};
    return append_frame(&out, body, sizeof body);
}

static void running_out_of_memory_is_told(void **state) {
    (void)state;
    assert_int_equal(alloc_fault_sweep(append_it, NULL, -ENOMEM), 2);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_frame_is_read_and_the_next_one_follows),
        cmocka_unit_test(a_frame_cut_at_every_byte_is_the_same_frame),
        cmocka_unit_test(header_forms_that_are_accepted),
        cmocka_unit_test(header_forms_that_are_refused),
        cmocka_unit_test(lengths_beyond_the_limit_are_refused_whatever_their_digits),
        cmocka_unit_test(headers_without_end_are_refused),
        cmocka_unit_test(a_body_may_hold_any_byte),
        cmocka_unit_test(what_is_missing_is_known_once_the_header_is),
        cmocka_unit_test(every_error_has_a_sentence),
        cmocka_unit_test(a_frame_of_any_length_is_written_behind_what_is_there),
        cmocka_unit_test(a_frame_that_is_cut_off_leaves_what_was_before),
        cmocka_unit_test(running_out_of_memory_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
