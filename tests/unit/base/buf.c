/* The growable buffer. */
#include "base/buf.h"

#include "support/alloc_fault.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void what_is_appended_comes_out_in_order(void **state) {
    (void)state;
    _cleanup_buf_ struct buf buf = BUF_NULL;
    assert_int_equal(buf_append_str(&buf, "abc"), 0);
    assert_int_equal(buf_printf(&buf, "-%d-", 42), 0);
    assert_int_equal(buf_len(&buf), 7);
    assert_memory_equal(buf_bytes(&buf), "abc-42-", 7);
    buf_consume(&buf, 3);
    assert_memory_equal(buf_bytes(&buf), "-42-", 4);
}

static void consuming_more_than_there_is_empties_it(void **state) {
    (void)state;
    _cleanup_buf_ struct buf buf = BUF_NULL;
    assert_int_equal(buf_append_str(&buf, "abc"), 0);
    buf_consume(&buf, 100);
    assert_int_equal(buf_len(&buf), 0);
}

static void filling_and_draining_settles_at_one_size(void **state) {
    (void)state;
    _cleanup_buf_ struct buf buf = BUF_NULL;
    char piece[100] = {0};
    size_t cap = 0;
    for (int i = 0; i < 10000; i++) {
        assert_int_equal(buf_append(&buf, piece, sizeof piece), 0);
        buf_consume(&buf, sizeof piece - (i % 2));
        buf_consume(&buf, i % 2);
        if (i == 100) {
            cap = buf.cap;
        }
    }
    assert_int_equal(buf.cap, cap);
}

static void an_empty_buffer_can_be_given_back(void **state) {
    (void)state;
    _cleanup_buf_ struct buf buf = BUF_NULL;
    assert_int_equal(buf_reserve(&buf, 100000), 0);
    buf_trim(&buf, 4096);
    assert_int_equal(buf.cap, 0);
    assert_int_equal(buf_append_str(&buf, "x"), 0);
    buf_trim(&buf, 0);
    assert_int_equal(buf_len(&buf), 1);
}

static void a_taken_string_ends_with_nul_and_leaves_nothing(void **state) {
    (void)state;
    _cleanup_buf_ struct buf buf = BUF_NULL;
    assert_int_equal(buf_append_str(&buf, "xxhello"), 0);
    buf_consume(&buf, 2);
    _cleanup_free_ char *text = buf_take_string(&buf);
    assert_string_equal(text, "hello");
    assert_null(buf.data);
}

static void
what_is_kept_stays_the_same_however_it_is_filled_and_consumed(void **state) {
    (void)state;
    uint32_t dice = 1;
    _cleanup_buf_ struct buf buf = BUF_NULL;
    unsigned char in = 0;
    unsigned char out = 0;
    for (int i = 0; i < 20000; i++) {
        dice = dice * 1664525U + 1013904223U;
        char piece[97];
        size_t n = (dice >> 8) % sizeof piece;
        for (size_t k = 0; k < n; k++) {
            piece[k] = (char)in++;
        }
        size_t cap = buf_cap_for(&buf, n);
        assert_int_equal(buf_append(&buf, piece, n), 0);
        assert_true(n == 0 || buf.cap == cap);
        size_t gone = (dice >> 20) % (buf_len(&buf) + 1);
        for (size_t k = 0; k < buf_len(&buf); k++) {
            assert_int_equal((unsigned char)buf_bytes(&buf)[k],
                             (unsigned char)(out + k));
        }
        buf_consume(&buf, gone);
        out = (unsigned char)(out + gone);
    }
    assert_true(buf.cap <= 4096);
}

static void a_size_beyond_all_memory_is_refused(void **state) {
    (void)state;
    _cleanup_buf_ struct buf buf = BUF_NULL;
    assert_int_equal(buf_append_str(&buf, "x"), 0);
    assert_int_equal(buf_reserve(&buf, SIZE_MAX), -EOVERFLOW);
    assert_int_equal(buf_len(&buf), 1);
}

static void what_is_erased_leaves_the_rest_in_order(void **state) {
    (void)state;
    _cleanup_buf_ struct buf buf = BUF_NULL;
    assert_int_equal(buf_append_str(&buf, "xabcdef"), 0);
    buf_consume(&buf, 1);
    buf_erase(&buf, 1, 2);
    assert_int_equal(buf_len(&buf), 4);
    assert_memory_equal(buf_bytes(&buf), "adef", 4);
    buf_erase(&buf, 3, 1);
    buf_erase(&buf, 0, 3);
    assert_int_equal(buf_len(&buf), 0);
}

static int grow_it(void *data) {
    (void)data;
    _cleanup_buf_ struct buf buf = BUF_NULL;
    char piece[300] = {0};
    for (int i = 0; i < 4; i++) {
        size_t before = buf_len(&buf);
        int r = buf_append(&buf, piece, sizeof piece);
        if (r < 0) {
            assert_int_equal(buf_len(&buf), before);
            return r;
        }
    }
    return 0;
}

static void running_out_of_memory_changes_nothing(void **state) {
    (void)state;
    assert_true(alloc_fault_sweep(grow_it, NULL, -ENOMEM) >= 2);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_appended_comes_out_in_order),
        cmocka_unit_test(consuming_more_than_there_is_empties_it),
        cmocka_unit_test(filling_and_draining_settles_at_one_size),
        cmocka_unit_test(an_empty_buffer_can_be_given_back),
        cmocka_unit_test(a_taken_string_ends_with_nul_and_leaves_nothing),
        cmocka_unit_test(what_is_kept_stays_the_same_however_it_is_filled_and_consumed),
        cmocka_unit_test(what_is_erased_leaves_the_rest_in_order),
        cmocka_unit_test(a_size_beyond_all_memory_is_refused),
        cmocka_unit_test(running_out_of_memory_changes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
