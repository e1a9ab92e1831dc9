/* Lines out of pieces. */
#include "codes/line_reader.h"

#include "base/buf.h"
#include "support/alloc_fault.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* "1:one|2:two|3?rest": number, text, and ? where the end has not come. */
static int collect(void *data, const char *line, long number, bool whole) {
    struct buf *out = data;
    return buf_printf(out, "%s%ld%c%s", buf_len(out) ? "|" : "", number,
                      whole ? ':' : '?', line);
}

static void check(const char *text, size_t n, size_t piece, const char *want) {
    struct line_reader reader = {0};
    _cleanup_buf_ struct buf out = BUF_NULL;
    for (size_t i = 0; i < n; i += piece) {
        size_t some = n - i < piece ? n - i : piece;
        assert_int_equal(line_reader_feed(&reader, text + i, some, collect, &out), 0);
    }
    assert_int_equal(line_reader_end(&reader, collect, &out), 0);
    _cleanup_free_ char *got = buf_take_string(&out);
    assert_string_equal(got, want);
}

static void lines_are_the_same_in_pieces_of_any_size(void **state) {
    (void)state;
    const char text[] = "one\n\ntwo\r\nthree";
    for (size_t piece = 1; piece <= sizeof(text); piece++) {
        check(text, sizeof(text) - 1, piece, "1:one|2:|3:two|4?three");
    }
}

static void an_ended_text_has_no_rest(void **state) {
    (void)state;
    check("one\n", 4, 4, "1:one");
    check("", 0, 1, "");
}

static void a_nul_is_a_question_mark(void **state) {
    (void)state;
    check("a\0b\0\n", 5, 2, "1:a?b?");
}

static void what_is_too_long_is_cut_without_memory(void **state) {
    (void)state;
    struct line_reader reader = {0};
    _cleanup_buf_ struct buf out = BUF_NULL;
    static char piece[65536];
    memset(piece, 'x', sizeof(piece));
    alloc_fault_arm(0);
    for (size_t i = 0; i < 256; i++) {
        assert_int_equal(line_reader_feed(&reader, piece, sizeof(piece), collect, &out),
                         0);
    }
    assert_false(alloc_fault_disarm());
    assert_int_equal(line_reader_feed(&reader, "\nend\n", 5, collect, &out), 0);
    _cleanup_free_ char *got = buf_take_string(&out);
    assert_int_equal(strspn(got + 2, "x"), LINE_READER_KEEP);
    assert_string_equal(got + 2 + LINE_READER_KEEP, "|2:end");
}

static int refuse_second(void *data, const char *line, long number, bool whole) {
    (void)data;
    (void)line;
    (void)whole;
    return number == 2 ? -42 : 0;
}

static void reading_stops_at_the_first_refusal(void **state) {
    (void)state;
    struct line_reader reader = {0};
    assert_int_equal(line_reader_feed(&reader, "1\n2\n3\n", 6, refuse_second, NULL),
                     -42);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_are_the_same_in_pieces_of_any_size),
        cmocka_unit_test(an_ended_text_has_no_rest),
        cmocka_unit_test(a_nul_is_a_question_mark),
        cmocka_unit_test(what_is_too_long_is_cut_without_memory),
        cmocka_unit_test(reading_stops_at_the_first_refusal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
