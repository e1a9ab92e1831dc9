/* A file's text as it is handed out piece by piece. */
#include "tui/logtext.h"

#include "base/cleanup.h"
#include "support/alloc_fault.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define _cleanup_log_ _cleanup_(logtext_deinit)

/* All lines, each ended by a bar. */
static const char *lines_of(const struct logtext *log) {
    static char text[1024];
    size_t used = 0;

    for (size_t i = 0; i < log->n_lines; i++) {
        size_t n;
        const char *line = logtext_line(log, i, &n);
        assert_true(used + n + 2 < sizeof text);
        memcpy(text + used, line, n);
        used += n;
        text[used++] = '|';
    }
    text[used] = '\0';
    return text;
}

static void an_empty_text_has_no_lines(void **state) {
    _cleanup_log_ struct logtext log = {0};

    (void)state;
    assert_int_equal(logtext_set(&log, 0, 0, ""), 0);
    assert_int_equal(log.n_lines, 0);
    assert_int_equal(logtext_find(&log, 0, "x", true), 0);
}

static void lines_end_at_newlines_and_at_the_end(void **state) {
    _cleanup_log_ struct logtext log = {0};

    (void)state;
    assert_int_equal(logtext_set(&log, 0, 11, "one\r\n\ntwo\nx"), 0);
    assert_string_equal(lines_of(&log), "one||two|x|");
}

static void a_line_may_come_in_pieces(void **state) {
    _cleanup_log_ struct logtext log = {0};

    (void)state;
    assert_int_equal(logtext_set(&log, 0, 2, "on"), 0);
    assert_int_equal(logtext_append(&log, 2, "e\ntw"), 0);
    assert_string_equal(lines_of(&log), "one|tw|");
    assert_int_equal(logtext_append(&log, 6, "o\n"), 0);
    assert_string_equal(lines_of(&log), "one|two|");
    assert_int_equal(logtext_append(&log, 8, "three\n"), 0);
    assert_string_equal(lines_of(&log), "one|two|three|");
    assert_int_equal(log.end, 14);
}

static void what_is_here_already_is_left_out(void **state) {
    _cleanup_log_ struct logtext log = {0};

    (void)state;
    assert_int_equal(logtext_set(&log, 100, 104, "one\n"), 0);
    assert_int_equal(logtext_append(&log, 100, "one\n"), 0);
    assert_int_equal(logtext_append(&log, 102, "e\ntwo\n"), 0);
    assert_string_equal(lines_of(&log), "one|two|");
    assert_int_equal(log.begin, 100);
    assert_int_equal(log.end, 108);
}

static void a_gap_is_told_and_changes_nothing(void **state) {
    _cleanup_log_ struct logtext log = {0};
    size_t added = 77;

    (void)state;
    assert_int_equal(logtext_set(&log, 100, 104, "one\n"), 0);
    assert_int_equal(logtext_append(&log, 105, "two\n"), LOGTEXT_E_GAP);
    assert_int_equal(logtext_prepend(&log, 0, 99, "two\n", &added), LOGTEXT_E_GAP);
    assert_string_equal(lines_of(&log), "one|");
    assert_int_equal(added, 77);
}

static void the_piece_before_joins_the_line_it_was_cut_in(void **state) {
    _cleanup_log_ struct logtext log = {0};
    size_t added = 0;

    (void)state;
    assert_int_equal(logtext_set(&log, 9, 16, "e\nthree"), 0);
    assert_int_equal(logtext_prepend(&log, 0, 9, "zero\non\n\n", &added), 0);
    assert_string_equal(lines_of(&log), "zero|on||e|three|");
    assert_int_equal(added, 3);
    assert_int_equal(log.begin, 0);
    assert_int_equal(logtext_append(&log, 16, "\n"), 0);
    assert_string_equal(lines_of(&log), "zero|on||e|three|");
}

static void bytes_that_were_replaced_do_not_upset_what_follows(void **state) {
    _cleanup_log_ struct logtext log = {0};

    (void)state;
    assert_int_equal(logtext_set(&log, 0, 4, "one\n"), 0);
    /* Two bytes of the file, four of text. */
    assert_int_equal(logtext_append(&log, 4, "\xEF\xBF\xBD\n"), 0);
    assert_int_equal(logtext_append(&log, 6, "two\n"), 0);
    assert_string_equal(lines_of(&log), "one|\xEF\xBF\xBD|two|");
    assert_int_equal(log.end, 10);
}

static void the_oldest_lines_go_when_there_are_too_many(void **state) {
    _cleanup_log_ struct logtext log = {0};
    enum { PIECE = 1 << 20 };
    char *piece = malloc(PIECE + 1);
    int64_t end = 0;

    (void)state;
    assert_non_null(piece);
    for (size_t i = 0; i < PIECE; i++) {
        piece[i] = i % 64 == 63 ? '\n' : 'x';
    }
    piece[PIECE] = '\0';
    for (int i = 0; i < 40; i++) {
        assert_int_equal(logtext_append(&log, end, piece), 0);
        end += PIECE;
        assert_true(log.n <= LOGTEXT_MAX_BYTES);
        assert_int_equal(log.end - log.begin, log.n);
        assert_int_equal(log.n_lines, log.n / 64);
    }
    free(piece);
}

static void one_endless_line_is_cut_too(void **state) {
    _cleanup_log_ struct logtext log = {0};
    enum { PIECE = 1 << 20 };
    char *piece = malloc(PIECE + 1);

    (void)state;
    assert_non_null(piece);
    memset(piece, 'x', PIECE);
    piece[PIECE] = '\0';
    for (int i = 0; i < 20; i++) {
        assert_int_equal(logtext_append(&log, (int64_t)i * PIECE, piece), 0);
    }
    assert_true(log.n < LOGTEXT_MAX_BYTES);
    assert_int_equal(log.n_lines, 1);
    free(piece);
}

static void a_word_is_found_in_either_case_and_direction(void **state) {
    _cleanup_log_ struct logtext log = {0};

    (void)state;
    assert_int_equal(logtext_set(&log, 0, 99, "a SCF\nb\nscf c\nd"), 0);
    assert_int_equal(logtext_find(&log, 0, "scf", true), 0);
    assert_int_equal(logtext_find(&log, 1, "Scf", true), 2);
    assert_int_equal(logtext_find(&log, 3, "scf", true), 4);
    assert_int_equal(logtext_find(&log, 3, "scf", false), 2);
    assert_int_equal(logtext_find(&log, 1, "scf", false), 0);
    assert_int_equal(logtext_find(&log, 3, "none", false), 4);
    assert_int_equal(logtext_find(&log, (size_t)-1, "scf", false), 4);
}

static int grow_with_faults(void *data) {
    _cleanup_log_ struct logtext log = {0};
    size_t added = 0;
    int r = logtext_set(&log, 6000, 6004, "one\n");

    r = r ? r : logtext_append(&log, 6004, data);
    r = r ? r : logtext_prepend(&log, 0, 6000, data, &added);
    for (size_t i = 0; i < log.n_lines; i++) {
        size_t n;
        (void)logtext_line(&log, i, &n);
        assert_true(n <= log.n);
    }
    return r;
}

static void without_memory_the_text_stays_sound(void **state) {
    char text[6001];

    (void)state;
    for (size_t i = 0; i < 6000; i++) {
        text[i] = i % 10 == 9 ? '\n' : 'x';
    }
    text[6000] = '\0';
    assert_true(alloc_fault_sweep(grow_with_faults, text, -ENOMEM) >= 4);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_text_has_no_lines),
        cmocka_unit_test(lines_end_at_newlines_and_at_the_end),
        cmocka_unit_test(a_line_may_come_in_pieces),
        cmocka_unit_test(what_is_here_already_is_left_out),
        cmocka_unit_test(a_gap_is_told_and_changes_nothing),
        cmocka_unit_test(the_piece_before_joins_the_line_it_was_cut_in),
        cmocka_unit_test(bytes_that_were_replaced_do_not_upset_what_follows),
        cmocka_unit_test(the_oldest_lines_go_when_there_are_too_many),
        cmocka_unit_test(one_endless_line_is_cut_too),
        cmocka_unit_test(a_word_is_found_in_either_case_and_direction),
        cmocka_unit_test(without_memory_the_text_stays_sound),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
