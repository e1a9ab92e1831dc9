/* A growable byte buffer: one heap block, live bytes between start and end.
 *
 * Consuming moves the start; appending first reuses the room in front before the block
 * grows, so a buffer that is filled and drained settles at one size. The block doubles,
 * so appending is linear in what is appended. */
#include "base/buf.h"

#include "base/str.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

enum { BUF_FIRST_CAP = 256 };

void buf_deinit(struct buf *buf) {
    free(buf->data);
    *buf = (struct buf)BUF_NULL;
}

/* Whether n more bytes fit once the live ones are moved to the front. Only where that
 * moves less than it frees. */
static bool fits_in_front(const struct buf *buf, size_t n) {
    size_t len = buf_len(buf);
    return buf->start >= len && buf->cap - len >= n;
}

size_t buf_cap_for(const struct buf *buf, size_t n) {
    size_t len = buf_len(buf);
    if (buf->cap - buf->end >= n || fits_in_front(buf, n)) {
        return buf->cap;
    }
    size_t cap = buf->cap > 0 ? buf->cap : BUF_FIRST_CAP / 2;
    do {
        cap *= 2;
    } while (cap - len < n && cap <= SIZE_MAX / 4);
    return cap;
}

int buf_reserve(struct buf *buf, size_t n) {
    if (buf->cap - buf->end >= n) {
        return 0;
    }
    size_t len = buf_len(buf);
    if (n > SIZE_MAX / 2 - len) {
        return -EOVERFLOW;
    }
    size_t cap = buf_cap_for(buf, n);
    if (cap == buf->cap || buf->start > 0) {
        char *data = cap == buf->cap ? buf->data : malloc(cap);
        if (!data) {
            return -ENOMEM;
        }
        if (len > 0) {
            memcpy(data, buf->data + buf->start, len);
        }
        if (data != buf->data) {
            free(buf->data);
        }
        *buf = (struct buf){.data = data, .start = 0, .end = len, .cap = cap};
        return 0;
    }
    /* A large block grows without being copied. */
    char *data = realloc(buf->data, cap);
    if (!data) {
        return -ENOMEM;
    }
    buf->data = data;
    buf->cap = cap;
    return 0;
}

int buf_append(struct buf *buf, const void *bytes, size_t n) {
    if (n == 0) {
        return 0;
    }
    int r = buf_reserve(buf, n);
    if (r < 0) {
        return r;
    }
    memcpy(buf->data + buf->end, bytes, n);
    buf->end += n;
    return 0;
}

int buf_append_uint(struct buf *buf, uint64_t value) {
    char digits[STR_UINT_SIZE];
    return buf_append(buf, digits, str_from_uint(digits, value));
}

int buf_printf(struct buf *buf, const char *format, ...) {
    va_list args;
    va_start(args, format);
    int n = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (n < 0) {
        return -EOVERFLOW;
    }
    int r = buf_reserve(buf, (size_t)n + 1);
    if (r < 0) {
        return r;
    }
    va_start(args, format);
    (void)vsnprintf(buf->data + buf->end, (size_t)n + 1, format, args);
    va_end(args);
    buf->end += (size_t)n;
    return 0;
}

void buf_consume(struct buf *buf, size_t n) {
    if (n >= buf_len(buf)) {
        buf_clear(buf);
    } else {
        buf->start += n;
    }
}

void buf_clear(struct buf *buf) {
    buf->start = 0;
    buf->end = 0;
}

void buf_erase(struct buf *buf, size_t from, size_t n) {
    char *at = buf->data + buf->start + from;
    memmove(at, at + n, buf_len(buf) - from - n);
    buf->end -= n;
}

void buf_trim(struct buf *buf, size_t keep) {
    if (buf_len(buf) == 0 && buf->cap > keep) {
        buf_deinit(buf);
    }
}

char *buf_take_string(struct buf *buf) {
    if (buf_reserve(buf, 1) < 0) {
        return NULL;
    }
    size_t len = buf_len(buf);
    if (buf->start > 0) {
        memmove(buf->data, buf->data + buf->start, len);
    }
    buf->data[len] = '\0';
    char *text = buf->data;
    *buf = (struct buf)BUF_NULL;
    return text;
}
