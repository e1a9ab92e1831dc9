/* The JSON scanner: what it takes, what it refuses, and what it cuts out. */
#include "rpc/json_scan.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Scan exactly this many bytes, from memory that ends there. */
static int scan_whole(const char *text, size_t n) {
    struct json_scan scan;
    struct json_span value = JSON_SPAN_NULL;
    json_scan_init(&scan, text, n);
    int r = json_scan_value(&scan, &value);
    return r != 0 ? r : json_scan_finish(&scan);
}

static void values_of_every_kind_are_taken(void **state) {
    (void)state;
    const char *const good[] = {
        "true",
        "false",
        "null",
        "0",
        "-0",
        "-12.50e+7",
        "1E9",
        "1e-9",
        "123456789012345678901234567890",
        "1e999",
        "\"\"",
        "\"a\\\"\\\\\\/\\b\\f\\n\\r\\t\\u0000\\uABCD\"",
        "\"\\ud83d\\ude00\"",
        "\"\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80 \xed\x9f\xbf \xee\x80\x80\x7f\"",
        "[]",
        "{}",
        " [ 1 , [ ] , { } , \"x\" ] ",
        "{\"a\":{\"b\":[{\"c\":null}]},\"a\":1}",
        "\t\r\n1\n",
    };
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        assert_int_equal(scan_whole(good[i], strlen(good[i])), 0);
    }
}

static void what_is_no_json_is_refused(void **state) {
    (void)state;
    const char *const bad[] = {
        "",
        " ",
        "tru",
        "True",
        "nulll",
        "+1",
        "01",
        "-",
        "1.",
        ".5",
        "1e",
        "1e+",
        "0x1",
        "NaN",
        "Infinity",
        "'a'",
        "\"",
        "\"a",
        "\"\\x\"",
        "\"\\",
        "\"\\u12\"",
        "\"\\u12g4\"",
        "\"\\ud800\"",
        "\"\\udc00\"",
        "\"\\ud800\\u0041\"",
        "\"\\ud800\\ud800\"",
        "\"\\ud800x\"",
        "\"\n\"",
        "\"\x1f\"",
        "\"\x80\"",
        "\"\xc0\x80\"",
        "\"\xc1\xbf\"",
        "\"\xe0\x9f\xbf\"",
        "\"\xed\xa0\x80\"",
        "\"\xf0\x8f\xbf\xbf\"",
        "\"\xf4\x90\x80\x80\"",
        "\"\xf5\x80\x80\x80\"",
        "\"\xe2\x82\"",
        "\"\xe2\x82",
        "[",
        "[1",
        "[1,",
        "[1,]",
        "[,1]",
        "[1 2]",
        "]",
        "{",
        "{\"a\"",
        "{\"a\":",
        "{\"a\":1",
        "{\"a\":1,}",
        "{a:1}",
        "{1:1}",
        "{\"a\" 1}",
        "{\"a\":1 \"b\":2}",
        "[}",
        "{]",
        "1 2",
        "[] []",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_equal(scan_whole(bad[i], strlen(bad[i])), JSON_SCAN_E_SYNTAX);
    }
}

static void a_nul_byte_is_no_white_space_and_ends_nothing(void **state) {
    (void)state;
    assert_int_equal(scan_whole("1\0", 2), JSON_SCAN_E_SYNTAX);
    assert_int_equal(scan_whole("\"a\0b\"", 5), JSON_SCAN_E_SYNTAX);
    assert_int_equal(scan_whole("\"\\\0\"", 4), JSON_SCAN_E_SYNTAX);
    assert_int_equal(scan_whole("\0", 1), JSON_SCAN_E_SYNTAX);
}

static void a_text_cut_anywhere_is_refused_and_not_read_beyond_its_end(void **state) {
    (void)state;
    const char text[] =
        "{\"a\\u00e9\\ud83d\\ude00\":[true,-1.5e+3,\"\xf0\x9f\x98\x80\"]}";
    for (size_t n = 0; n < sizeof text - 1; n++) {
        char *exact = malloc(n + 1);
        assert_non_null(exact);
        memcpy(exact + 1, text, n); /* so that its end is the end of the block */
        assert_int_equal(scan_whole(exact + 1, n), JSON_SCAN_E_SYNTAX);
        free(exact);
    }
}

static void a_byte_that_ends_a_string_is_seen_wherever_it_stands(void **state) {
    (void)state;
    for (size_t place = 0; place < 20; place++) {
        for (int byte = 0; byte < 256; byte++) {
            char text[24];
            memset(text, 'a', sizeof text);
            text[0] = '"';
            text[1 + place] = (char)byte;
            text[sizeof text - 1] = '"';
            bool plain = byte >= 0x20 && byte < 0x80 && byte != '"' && byte != '\\';
            assert_int_equal(scan_whole(text, sizeof text),
                             plain ? 0 : JSON_SCAN_E_SYNTAX);
        }
    }
}

static void nesting_is_taken_up_to_its_limit(void **state) {
    (void)state;
    char text[2 * (JSON_SCAN_DEPTH_MAX + 1) + 1];
    for (size_t depth = JSON_SCAN_DEPTH_MAX; depth <= JSON_SCAN_DEPTH_MAX + 1;
         depth++) {
        memset(text, '[', depth);
        text[depth] = '1';
        memset(text + depth + 1, ']', depth);
        assert_int_equal(scan_whole(text, 2 * depth + 1),
                         depth == JSON_SCAN_DEPTH_MAX ? 0 : JSON_SCAN_E_SYNTAX);
    }
}

static void objects_and_arrays_are_not_confused_at_any_depth(void **state) {
    (void)state;
    char text[4096] = "";
    for (int i = 0; i < 100; i++) {
        (void)strcat(text, i % 3 ? "[" : "{\"k\":");
    }
    (void)strcat(text, "0");
    size_t before = strlen(text);
    for (int i = 99; i >= 0; i--) {
        (void)strcat(text, i % 3 ? "]" : "}");
    }
    assert_int_equal(scan_whole(text, strlen(text)), 0);
    for (size_t at = before; text[at]; at++) {
        char kept = text[at];
        text[at] = kept == ']' ? '}' : ']';
        assert_int_equal(scan_whole(text, strlen(text)), JSON_SCAN_E_SYNTAX);
        text[at] = kept;
    }
}

static void assert_span(struct json_span span, const char *want) {
    assert_int_equal(span.len, strlen(want));
    assert_memory_equal(span.at, want, span.len);
}

static void members_and_elements_are_cut_out_exactly(void **state) {
    (void)state;
    const char *const text = " { \"a:b\" : [ 1 , 2 ] , \"c\":\"d\"}";
    struct json_scan scan;
    struct json_span name = JSON_SPAN_NULL;
    struct json_span value = JSON_SPAN_NULL;
    json_scan_init(&scan, text, strlen(text));
    assert_false(json_scan_enter(&scan, '['));
    assert_true(json_scan_enter(&scan, '{'));
    assert_int_equal(json_scan_member(&scan, &name, &value), 0);
    assert_span(name, "\"a:b\"");
    assert_span(value, "[ 1 , 2 ]");
    assert_int_equal(json_scan_member(&scan, &name, &value), 0);
    assert_span(name, "\"c\"");
    assert_span(value, "\"d\"");
    assert_int_equal(json_scan_member(&scan, &name, &value), JSON_SCAN_E_END);
    assert_int_equal(json_scan_finish(&scan), 0);

    json_scan_init(&scan, "[ 1 , 2 ]", 9);
    assert_true(json_scan_enter(&scan, '['));
    assert_int_equal(json_scan_element(&scan, &value), 0);
    assert_span(value, "1");
    assert_int_equal(json_scan_element(&scan, &value), 0);
    assert_span(value, "2");
    assert_int_equal(json_scan_element(&scan, &value), JSON_SCAN_E_END);
}

static void a_member_is_found_by_name_and_the_last_one_counts(void **state) {
    (void)state;
    const char *const text = "{\"a\":1,\"\\u0061\":2,\"b\":{\"c\":3}}";
    struct json_span object = {text, strlen(text)};
    assert_span(json_scan_find(object, "a"), "2");
    assert_span(json_scan_find(object, "b"), "{\"c\":3}");
    assert_null(json_scan_find(object, "c").at);
    assert_null(json_scan_find((struct json_span){"[1]", 3}, "c").at);
}

static void escapes_are_undone(void **state) {
    (void)state;
    const char *const text = "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u0041\\u00e9\\u20AC\\ud83d"
                             "\\ude00\xc3\xa9\"";
    char out[64];
    size_t len = 0;
    assert_int_equal(
        json_scan_string((struct json_span){text, strlen(text)}, out, sizeof out, &len),
        0);
    assert_string_equal(out,
                        "\"\\/\b\f\n\r\tA\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\xc3\xa9");
    assert_int_equal(len, strlen(out));
}

static void a_string_that_does_not_fit_is_cut_and_told(void **state) {
    (void)state;
    struct json_span string = {"\"abcd\"", 6};
    char out[5];
    assert_int_equal(json_scan_string(string, out, 5, NULL), 0);
    assert_string_equal(out, "abcd");
    assert_int_equal(json_scan_string(string, out, 4, NULL), JSON_SCAN_E_ROOM);
    assert_string_equal(out, "abc");
}

static void strings_are_compared_by_what_they_say(void **state) {
    (void)state;
    struct json_span plain = {"\"id\"", 4};
    struct json_span escaped = {"\"\\u0069d\"", 9};
    struct json_span with_nul = {"\"id\\u0000\"", 10};
    assert_true(json_scan_string_is(plain, "id"));
    assert_true(json_scan_string_is(escaped, "id"));
    assert_false(json_scan_string_is(plain, "ie"));
    assert_false(json_scan_string_is(plain, "i"));
    assert_false(json_scan_string_is(with_nul, "id"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_of_every_kind_are_taken),
        cmocka_unit_test(what_is_no_json_is_refused),
        cmocka_unit_test(a_nul_byte_is_no_white_space_and_ends_nothing),
        cmocka_unit_test(a_text_cut_anywhere_is_refused_and_not_read_beyond_its_end),
        cmocka_unit_test(a_byte_that_ends_a_string_is_seen_wherever_it_stands),
        cmocka_unit_test(nesting_is_taken_up_to_its_limit),
        cmocka_unit_test(objects_and_arrays_are_not_confused_at_any_depth),
        cmocka_unit_test(members_and_elements_are_cut_out_exactly),
        cmocka_unit_test(a_member_is_found_by_name_and_the_last_one_counts),
        cmocka_unit_test(escapes_are_undone),
        cmocka_unit_test(a_string_that_does_not_fit_is_cut_and_told),
        cmocka_unit_test(strings_are_compared_by_what_they_say),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
