/* Words in texts, for searches that look at every job there is. What is looked for is
 * folded once, and a place is compared only where its first and its last byte fit, for
 * which a row of places is looked at in one go. LIKE takes both apart anew for each
 * text.
 *
 * A letter of ASCII and its other case differ in one bit: with that bit set in both,
 * they are equal, and nothing else becomes equal to them. */
#include "store/words.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum {
    ROW = 16, /* places; a compiler makes one comparison of them */
    CASE_BIT = 0x20,
};

static const char pointer_type[] = "words";

struct words {
    size_t n;
    unsigned char first, first_bit, last, last_bit;
    const unsigned char *bits; /* of each letter; behind them */
    unsigned char folded[];
};

static bool is_letter(unsigned char c) {
    unsigned char low = c | CASE_BIT;
    return low >= 'a' && low <= 'z';
}

static unsigned char bit_of(unsigned char c) {
    return is_letter(c) ? CASE_BIT : 0;
}

struct words *words_new(const char *text) {
    size_t n = strlen(text);
    struct words *words = calloc(1, sizeof *words + 2 * n + 1);
    if (!words) {
        return NULL;
    }
    unsigned char *bits = words->folded + n;
    words->n = n;
    words->bits = bits;
    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)text[i];
        bits[i] = bit_of(c);
        words->folded[i] = c | bits[i];
    }
    if (n > 0) {
        words->first = words->folded[0];
        words->first_bit = bits[0];
        words->last = words->folded[n - 1];
        words->last_bit = bits[n - 1];
    }
    return words;
}

static bool stand_at(const struct words *words, const unsigned char *at) {
    for (size_t i = 0; i < words->n; i++) {
        if ((at[i] | words->bits[i]) != words->folded[i]) {
            return false;
        }
    }
    return true;
}

static bool may_stand_at(const struct words *words, const unsigned char *at) {
    return (at[0] | words->first_bit) == words->first &&
           (at[words->n - 1] | words->last_bit) == words->last;
}

static bool stand_in_row(const struct words *words, const unsigned char *at) {
    const unsigned char *end = at + words->n - 1;
    uint8_t hits[ROW];
    for (size_t i = 0; i < ROW; i++) {
        hits[i] = ((at[i] | words->first_bit) == words->first) &
                  ((end[i] | words->last_bit) == words->last);
    }
    uint64_t halves[2];
    _Static_assert(sizeof halves == sizeof hits, "a row has two halves");
    memcpy(halves, hits, sizeof halves);
    if ((halves[0] | halves[1]) == 0) {
        return false;
    }
    for (size_t i = 0; i < ROW; i++) {
        if (hits[i] && stand_at(words, at + i)) {
            return true;
        }
    }
    return false;
}

static bool stand_between(const struct words *words, const unsigned char *at,
                          const unsigned char *end) {
    for (; at < end; at++) {
        if (may_stand_at(words, at) && stand_at(words, at)) {
            return true;
        }
    }
    return false;
}

static bool stand_in(const struct words *words, const unsigned char *text, size_t n) {
    if (n < words->n) {
        return false;
    }
    if (words->n == 0) {
        return true;
    }
    size_t places = n - words->n + 1;
    size_t i = 0;
    for (; i + ROW <= places; i += ROW) {
        if (stand_in_row(words, text + i)) {
            return true;
        }
    }
    return stand_between(words, text + i, text + places);
}

/* The bytes are asked for as those of a blob, for a text would be copied to end with a
 * NUL. There are none of an empty text, nor of NULL. */
static bool value_has(const struct words *words, sqlite3_value *value) {
    const unsigned char *text = sqlite3_value_blob(value);
    return text ? stand_in(words, text, (size_t)sqlite3_value_bytes(value))
                : words->n == 0 && sqlite3_value_type(value) != SQLITE_NULL;
}

static void has_words(sqlite3_context *context, int argc, sqlite3_value **argv) {
    const struct words *words = sqlite3_value_pointer(argv[0], pointer_type);
    bool found = false;
    for (int i = 1; words && !found && i < argc; i++) {
        found = value_has(words, argv[i]);
    }
    sqlite3_result_int(context, found);
}

int words_register(sqlite3 *db) {
    return sqlite3_create_function_v2(
        db, "has_words", -1, SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_DIRECTONLY,
        NULL, has_words, NULL, NULL, NULL);
}

int words_bind(sqlite3_stmt *statement, int at, struct words *words) {
    return sqlite3_bind_pointer(statement, at, words, pointer_type, NULL);
}
