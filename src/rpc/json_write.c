/* Writing JSON where building values first would cost more than all the rest. What is
 * written is byte for byte what the library's compact dump writes, so that nobody can
 * tell from an answer how it was made. */
#include "rpc/json_write.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static int write_escape(struct buf *out, unsigned char c) {
    static const char from[] = "\"\\\b\f\n\r\t";
    static const char to[] = "\"\\bfnrt";
    const char *known = strchr(from, c);
    if (c && known) {
        char escape[] = {'\\', to[known - from]};
        return buf_append(out, escape, sizeof escape);
    }
    return buf_printf(out, "\\u%04X", c);
}

int json_write_string(struct buf *out, const char *text, size_t n) {
    int r = buf_append(out, "\"", 1);
    for (const char *at = text, *end = text + n; r == 0 && at < end;) {
        const char *plain = at;
        while (at < end && (unsigned char)*at >= 0x20 && *at != '"' && *at != '\\') {
            at++;
        }
        r = buf_append(out, plain, (size_t)(at - plain));
        if (r == 0 && at < end) {
            r = write_escape(out, (unsigned char)*at++);
        }
    }
    return r == 0 ? buf_append(out, "\"", 1) : r;
}

int json_write_int(struct buf *out, int64_t value) {
    uint64_t size = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    int r = value < 0 ? buf_append(out, "-", 1) : 0;
    return r ? r : buf_append_uint(out, size);
}

/* Seventeen digits bring every double back as it was. A real number shows that it is
 * one, and its exponent has neither a plus nor zeros before it. */
int json_write_real(struct buf *out, double value) {
    enum { REAL_SIZE = 40 };
    char text[REAL_SIZE];
    if (!isfinite(value)) {
        return buf_append(out, "null", 4);
    }
    size_t n = (size_t)snprintf(text, sizeof text, "%.17g", value);
    char *exponent = memchr(text, 'e', n);
    if (!exponent) {
        int r = buf_append(out, text, n);
        return r || memchr(text, '.', n) ? r : buf_append(out, ".0", 2);
    }
    char *digits = exponent + 1 + (exponent[1] == '-' || exponent[1] == '+');
    char *rest = digits + strspn(digits, "0");
    exponent += exponent[1] == '-' ? 2 : 1;
    int r = buf_append(out, text, (size_t)(exponent - text));
    return r ? r : buf_append(out, rest, (size_t)(text + n - rest));
}
