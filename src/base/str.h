/* Strings: formatting into fresh memory, strict numbers, small predicates. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Format into a fresh string that the caller frees. 0 or -ENOMEM. */
int str_printf(char **out, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

bool str_starts_with(const char *text, const char *prefix);
bool str_ends_with(const char *text, const char *suffix);
static inline bool str_empty(const char *text) {
    return !text || !*text;
}

/* The whole of `text` as a decimal integer in [min, max]: 0, -EINVAL or -ERANGE. */
int str_to_int64(const char *text, int64_t min, int64_t max, int64_t *out);

enum { STR_UINT_SIZE = 20 };

/* Write a number in decimal, without a NUL behind it; returns how many digits. */
size_t str_from_uint(char out[STR_UINT_SIZE], uint64_t value);

enum { UTF8_MAX = 4 }; /* bytes of a character */

/* The character at the front of n bytes, at least one, and how many of them it takes; 0
 * where they are no valid UTF-8 (RFC 3629). */
size_t str_utf8_next(const char *bytes, size_t n, uint32_t *out);
/* Whether n bytes are valid UTF-8 without a NUL. */
bool str_is_utf8(const char *bytes, size_t n);
/* Turn bytes into valid UTF-8: what is not becomes U+FFFD, and so does NUL. The result
 * is NUL-terminated and freed by the caller; NULL when memory runs out. */
char *str_to_utf8(const char *bytes, size_t n);

/* How many of n bytes to take so that no UTF-8 sequence is cut at their end: n, or up
 * to 3 fewer. */
size_t str_utf8_uncut(const char *bytes, size_t n);

/* Free a NULL-terminated vector of strings and the strings. Accepts NULL, returns NULL.
 */
char **strv_free(char **strv);
/* A deep copy of a NULL-terminated vector; NULL when memory runs out. */
char **strv_copy(char *const *strv);
size_t strv_length(char *const *strv);
