/* has_words against LIKE, which has the same idea of case: wherever the words stand. */
#include "store/words.h"

#include "base/cleanup.h"
#include "support/alloc_fault.h"

#include <setjmp.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { TEXT_MAX = 80, TEXTS = 30000 };

struct ask {
    sqlite3 *db;
    sqlite3_stmt *words;
    sqlite3_stmt *like;
};

static int setup(void **state) {
    static struct ask ask;
    assert_int_equal(sqlite3_open(":memory:", &ask.db), SQLITE_OK);
    assert_int_equal(words_register(ask.db), SQLITE_OK);
    assert_int_equal(
        sqlite3_prepare_v2(ask.db, "SELECT has_words(?, ?, ?)", -1, &ask.words, NULL),
        SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(ask.db, "SELECT ? LIKE '%' || ? || '%'", -1,
                                        &ask.like, NULL),
                     SQLITE_OK);
    *state = &ask;
    return 0;
}

static int teardown(void **state) {
    struct ask *ask = *state;
    (void)sqlite3_finalize(ask->words);
    (void)sqlite3_finalize(ask->like);
    assert_int_equal(sqlite3_close(ask->db), SQLITE_OK);
    return 0;
}

static int answer(sqlite3_stmt *s) {
    assert_int_equal(sqlite3_step(s), SQLITE_ROW);
    int found = sqlite3_column_int(s, 0);
    (void)sqlite3_reset(s);
    return found;
}

static void bind_text(sqlite3_stmt *s, int at, const char *text) {
    assert_int_equal(sqlite3_bind_text(s, at, text, -1, SQLITE_STATIC), SQLITE_OK);
}

static int has(struct ask *ask, const char *words, const char *one, const char *two) {
    _cleanup_free_ struct words *wanted = words_new(words);
    assert_int_equal(words_bind(ask->words, 1, wanted), SQLITE_OK);
    bind_text(ask->words, 2, one);
    bind_text(ask->words, 3, two);
    return answer(ask->words);
}

static int likes(struct ask *ask, const char *words, const char *text) {
    bind_text(ask->like, 1, text);
    bind_text(ask->like, 2, words);
    return answer(ask->like);
}

/* Few letters, so that much nearly fits; the odd ones differ from others in the bit
 * that tells the cases of a letter apart. */
static void random_text(uint64_t *dice, char *out, size_t n) {
    static const char letters[] = "aAbBzZ@`[{-\r1Q";
    for (size_t i = 0; i < n; i++) {
        *dice = *dice * 6364136223846793005U + 1442695040888963407U;
        out[i] = letters[(*dice >> 33) % (sizeof letters - 1)];
    }
    out[n] = '\0';
}

static void words_are_found_where_like_finds_them(void **state) {
    uint64_t dice = 1;
    size_t found = 0;
    char text[TEXT_MAX + 1];
    char words[TEXT_MAX + 1];
    for (size_t i = 0; i < TEXTS; i++) {
        random_text(&dice, text, i % TEXT_MAX);
        random_text(&dice, words, i % 5);
        int want = likes(*state, words, text);
        assert_int_equal(has(*state, words, text, NULL), want);
        found += (size_t)want;
    }
    assert_in_range(found, TEXTS / 10, TEXTS / 10 * 9);
}

static void words_are_found_at_every_place_of_a_text(void **state) {
    char text[TEXT_MAX + 1];
    for (size_t at = 0; at + 3 <= TEXT_MAX; at++) {
        for (size_t n = at + 3; n <= TEXT_MAX; n++) {
            memset(text, '.', n);
            memcpy(text + at, "xYz", 3);
            text[n] = '\0';
            assert_int_equal(has(*state, "XyZ", text, NULL), 1);
            text[at + 1] = '.';
            assert_int_equal(has(*state, "XyZ", text, NULL), 0);
        }
    }
}

static void only_letters_of_ascii_have_a_case(void **state) {
    assert_int_equal(has(*state, "@[", "`{", NULL), 0);
    assert_int_equal(has(*state, "\xc3\x84", "\xc3\xa4", NULL), 0);
    assert_int_equal(has(*state, "\xc3\xa4", "B\xc3\xa4R", NULL), 1);
    assert_int_equal(has(*state, "%_\\", "a%_\\", NULL), 1);
    assert_int_equal(has(*state, "_", "a", NULL), 0);
}

static void one_of_the_texts_is_enough_and_none_may_be_missing(void **state) {
    assert_int_equal(has(*state, "b", "a", "B"), 1);
    assert_int_equal(has(*state, "ab", "a", "b"), 0);
    assert_int_equal(has(*state, "b", NULL, "ab"), 1);
    assert_int_equal(has(*state, "", "", NULL), 1);
    assert_int_equal(has(*state, "", NULL, NULL), 0);
    assert_int_equal(has(*state, "longer than the text", "longer", "than"), 0);
}

/* As from a hand on the database: there is nothing to look for. */
static void words_that_are_text_find_nothing(void **state) {
    struct ask *ask = *state;
    bind_text(ask->words, 1, "a");
    bind_text(ask->words, 2, "a");
    assert_int_equal(answer(ask->words), 0);
}

static void without_memory_there_are_no_words(void **state) {
    (void)state;
    alloc_fault_arm(0);
    struct words *words = words_new("a");
    assert_true(alloc_fault_disarm());
    assert_null(words);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_are_found_where_like_finds_them),
        cmocka_unit_test(words_are_found_at_every_place_of_a_text),
        cmocka_unit_test(only_letters_of_ascii_have_a_case),
        cmocka_unit_test(one_of_the_texts_is_enough_and_none_may_be_missing),
        cmocka_unit_test(words_that_are_text_find_nothing),
        cmocka_unit_test(without_memory_there_are_no_words),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
