/* Three bytes are four characters. What is behind the padding of the last four, or in
 * the bits that they do not need, is refused: each run of bytes has one text. */
#include "base/base64.h"

#include "base/buf.h"

#include <errno.h>
#include <stdint.h>

static const char digits[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

int base64_encode(struct buf *out, const void *bytes, size_t n) {
    const unsigned char *at = bytes;
    int r = n > SIZE_MAX / 2 ? -EOVERFLOW : buf_reserve(out, (n + 2) / 3 * 4);
    for (size_t i = 0; r == 0 && i < n; i += 3) {
        size_t left = n - i;
        uint32_t word = (uint32_t)at[i] << 16 |
                        (left > 1 ? (uint32_t)at[i + 1] << 8 : 0) |
                        (left > 2 ? (uint32_t)at[i + 2] : 0);
        const char four[4] = {digits[word >> 18], digits[word >> 12 & 63],
                              left > 1 ? digits[word >> 6 & 63] : '=',
                              left > 2 ? digits[word & 63] : '='};
        r = buf_append(out, four, sizeof four);
    }
    return r;
}

/* 64 for the padding, -1 for what does not belong there. */
static int value_of(char c) {
    const char *at = c ? strchr(digits, c) : NULL;
    return at ? (int)(at - digits) : c == '=' ? 64 : -1;
}

/* Four characters; returns how many bytes they are, 0 when they are none. */
static size_t decode_four(const char *text, unsigned char out[3]) {
    uint32_t word = 0;
    size_t padding = 0;
    for (size_t i = 0; i < 4; i++) {
        int value = value_of(text[i]);
        if (value < 0 || (value == 64 && i < 2) || (value < 64 && padding > 0)) {
            return 0;
        }
        padding += value == 64;
        word = word << 6 | (value < 64 ? (uint32_t)value : 0);
    }
    out[0] = (unsigned char)(word >> 16);
    out[1] = (unsigned char)(word >> 8);
    out[2] = (unsigned char)word;
    return (word & (padding == 2   ? 0xffff
                    : padding == 1 ? 0xff
                                   : 0)) == 0
               ? 3 - padding
               : 0;
}

int base64_decode(struct buf *out, const char *text, size_t n) {
    size_t before = buf_len(out);
    int r = n % 4 != 0 ? -EINVAL : buf_reserve(out, n / 4 * 3);
    for (size_t i = 0; r == 0 && i < n; i += 4) {
        unsigned char three[3];
        size_t got = decode_four(text + i, three);
        r = got == 0 || (got < 3 && i + 4 < n) ? -EINVAL : buf_append(out, three, got);
    }
    if (r < 0) {
        buf_cut(out, before);
    }
    return r;
}
