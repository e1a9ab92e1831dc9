/* The vectors of RFC 4648, and texts that are none. */
#include "base/base64.h"

#include "base/buf.h"
#include "support/alloc_fault.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void the_text_of_bytes_is_the_standards_and_leads_back(void **state) {
    (void)state;
    static const char *const vectors[][2] = {
        {"", ""},
        {"f", "Zg=="},
        {"fo", "Zm8="},
        {"foo", "Zm9v"},
        {"foob", "Zm9vYg=="},
        {"fooba", "Zm9vYmE="},
        {"foobar", "Zm9vYmFy"},
        {"\xfb\xff\xbf", "+/+/"},
    };
    for (size_t i = 0; i < sizeof vectors / sizeof vectors[0]; i++) {
        const char *bytes = vectors[i][0];
        const char *text = vectors[i][1];
        _cleanup_buf_ struct buf out = BUF_NULL;
        assert_int_equal(base64_encode(&out, bytes, strlen(bytes)), 0);
        assert_int_equal(buf_len(&out), strlen(text));
        assert_memory_equal(buf_bytes(&out), text, strlen(text));
        buf_clear(&out);
        assert_int_equal(base64_decode(&out, text, strlen(text)), 0);
        assert_int_equal(buf_len(&out), strlen(bytes));
        assert_memory_equal(buf_bytes(&out), bytes, strlen(bytes));
    }
}

static void every_byte_comes_back(void **state) {
    (void)state;
    unsigned char all[256];
    for (size_t i = 0; i < sizeof all; i++) {
        all[i] = (unsigned char)i;
    }
    _cleanup_buf_ struct buf text = BUF_NULL;
    _cleanup_buf_ struct buf back = BUF_NULL;
    assert_int_equal(base64_encode(&text, all, sizeof all), 0);
    assert_int_equal(base64_decode(&back, buf_bytes(&text), buf_len(&text)), 0);
    assert_int_equal(buf_len(&back), sizeof all);
    assert_memory_equal(buf_bytes(&back), all, sizeof all);
}

static void what_is_no_such_text_is_refused_and_leaves_nothing(void **state) {
    (void)state;
    static const char *const texts[] = {
        "Zg",   "Zg=",      "Z===", "====",     "Zh==",    "Zm9=",
        "Zg=v", "Zg==Zg==", "Zm9-", "Zm9vZ\n=", "Zm9v Zm9"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        _cleanup_buf_ struct buf out = BUF_NULL;
        assert_int_equal(buf_append_str(&out, "kept"), 0);
        assert_int_equal(base64_decode(&out, texts[i], strlen(texts[i])), -EINVAL);
        assert_int_equal(buf_len(&out), 4);
    }
    _cleanup_buf_ struct buf out = BUF_NULL;
    assert_int_equal(base64_decode(&out, "Zg=\0", 4), -EINVAL);
}

static int there_and_back(void *data) {
    (void)data;
    _cleanup_buf_ struct buf text = BUF_NULL;
    _cleanup_buf_ struct buf back = BUF_NULL;
    int r = base64_encode(&text, "foobar", 6);
    return r ? r : base64_decode(&back, buf_bytes(&text), buf_len(&text));
}

static void without_memory_nothing_is_appended(void **state) {
    (void)state;
    assert_true(alloc_fault_sweep(there_and_back, NULL, -ENOMEM) >= 2);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_text_of_bytes_is_the_standards_and_leads_back),
        cmocka_unit_test(every_byte_comes_back),
        cmocka_unit_test(what_is_no_such_text_is_refused_and_leaves_nothing),
        cmocka_unit_test(without_memory_nothing_is_appended),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
