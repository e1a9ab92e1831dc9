/* String helpers that the C library lacks or does loosely. No locale is consulted. */
#include "base/str.h"

#include "base/buf.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>

int str_printf(char **out, const char *format, ...) {
    va_list args;
    va_start(args, format);
    int n = vsnprintf(NULL, 0, format, args);
    va_end(args);
    char *text = n < 0 ? NULL : malloc((size_t)n + 1);
    if (!text) {
        return -ENOMEM;
    }
    va_start(args, format);
    (void)vsnprintf(text, (size_t)n + 1, format, args);
    va_end(args);
    *out = text;
    return 0;
}

bool str_starts_with(const char *text, const char *prefix) {
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

bool str_ends_with(const char *text, const char *suffix) {
    size_t n = strlen(text);
    size_t m = strlen(suffix);
    return n >= m && memcmp(text + n - m, suffix, m) == 0;
}

int str_to_int64(const char *text, int64_t min, int64_t max, int64_t *out) {
    const char *at = text;
    bool negative = *at == '-';
    if (negative) {
        at++;
    }
    if (!*at) {
        return -EINVAL;
    }
    int64_t value = 0; /* kept negative: the negative range is the larger one */
    for (; *at; at++) {
        if (*at < '0' || *at > '9') {
            return -EINVAL;
        }
        if (__builtin_mul_overflow(value, (int64_t)10, &value) ||
            __builtin_sub_overflow(value, (int64_t)(*at - '0'), &value)) {
            return -ERANGE;
        }
    }
    if (!negative && __builtin_sub_overflow((int64_t)0, value, &value)) {
        return -ERANGE;
    }
    if (value < min || value > max) {
        return -ERANGE;
    }
    *out = value;
    return 0;
}

size_t str_utf8_next(const char *bytes, size_t n, uint32_t *out) {
    const unsigned char *s = (const unsigned char *)bytes;
    size_t len = s[0] < 0x80   ? 1
                 : s[0] < 0xC2 ? 0
                 : s[0] < 0xE0 ? 2
                 : s[0] < 0xF0 ? 3
                 : s[0] < 0xF5 ? 4
                               : 0;
    if (len == 0 || len > n) {
        return 0;
    }
    uint32_t c = len == 1 ? s[0] : s[0] & (0xFFU >> (len + 1));
    for (size_t i = 1; i < len; i++) {
        if ((s[i] & 0xC0) != 0x80) {
            return 0;
        }
        c = c << 6 | (s[i] & 0x3FU);
    }
    bool overlong = (s[0] == 0xE0 && s[1] < 0xA0) || (s[0] == 0xF0 && s[1] < 0x90);
    bool surrogate = s[0] == 0xED && s[1] >= 0xA0;
    bool beyond = s[0] == 0xF4 && s[1] >= 0x90;
    if (overlong || surrogate || beyond) {
        return 0;
    }
    *out = c;
    return len;
}

/* The length of the valid sequence at the front, which is no NUL; 0: there is none. */
static size_t utf8_sequence(const char *bytes, size_t n) {
    uint32_t c = 0;
    size_t len = str_utf8_next(bytes, n, &c);
    return c == 0 ? 0 : len;
}

size_t str_from_uint(char out[STR_UINT_SIZE], uint64_t value) {
    char digits[STR_UINT_SIZE];
    size_t first = sizeof digits;
    do {
        digits[--first] = (char)('0' + value % 10);
        value /= 10;
    } while (value > 0);
    memcpy(out, digits + first, sizeof digits - first);
    return sizeof digits - first;
}

bool str_is_utf8(const char *bytes, size_t n) {
    size_t i = 0;
    while (i < n) {
        size_t len = utf8_sequence(bytes + i, n - i);
        if (len == 0) {
            return false;
        }
        i += len;
    }
    return true;
}

char *str_to_utf8(const char *bytes, size_t n) {
    _cleanup_buf_ struct buf out = BUF_NULL;
    if (buf_reserve(&out, n + 1) < 0) {
        return NULL;
    }
    for (size_t i = 0; i < n;) {
        size_t len = utf8_sequence(bytes + i, n - i);
        int r = len ? buf_append(&out, bytes + i, len)
                    : buf_append_str(&out, "\xEF\xBF\xBD");
        if (r < 0) {
            return NULL;
        }
        i += len ? len : 1;
    }
    return buf_take_string(&out);
}

size_t str_utf8_uncut(const char *bytes, size_t n) {
    const unsigned char *s = (const unsigned char *)bytes;
    for (size_t back = 1; back <= 3 && back <= n; back++) {
        unsigned char c = s[n - back];
        if ((c & 0xC0) == 0x80) {
            continue; /* in the middle of a sequence: its first byte is further back */
        }
        size_t len = c >= 0xF0 ? 4 : c >= 0xE0 ? 3 : c >= 0xC2 ? 2 : 1;
        return len > back ? n - back : n;
    }
    return n;
}

char **strv_free(char **strv) {
    if (strv) {
        for (char **at = strv; *at; at++) {
            free(*at);
        }
        free(strv);
    }
    return NULL;
}

size_t strv_length(char *const *strv) {
    size_t n = 0;
    while (strv[n]) {
        n++;
    }
    return n;
}

char **strv_copy(char *const *strv) {
    size_t n = strv_length(strv);
    char **copy = calloc(n + 1, sizeof *copy);
    if (!copy) {
        return NULL;
    }
    for (size_t i = 0; i < n; i++) {
        copy[i] = strdup(strv[i]);
        if (!copy[i]) {
            return strv_free(copy);
        }
    }
    return copy;
}
