/* A growable run of bytes, filled at the end and consumed at the front.
 * All functions that can fail return 0, -ENOMEM or -EOVERFLOW and change nothing then.
 */
#pragma once

#include "base/cleanup.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct buf {
    char *data;   /* owned */
    size_t start; /* first live byte */
    size_t end;   /* behind the last live byte */
    size_t cap;
};

#define BUF_NULL                                                                       \
    { NULL, 0, 0, 0 }

void buf_deinit(struct buf *buf);

static inline size_t buf_len(const struct buf *buf) {
    return buf->end - buf->start;
}

/* The live bytes, not NUL-terminated; valid until the buffer is changed. */
static inline const char *buf_bytes(const struct buf *buf) {
    return buf->data ? buf->data + buf->start : "";
}

/* Make room for n more bytes behind the end. */
int buf_reserve(struct buf *buf, size_t n);
int buf_append(struct buf *buf, const void *bytes, size_t n);
/* Inline, so that the length of a literal is known where it is appended. */
static inline int buf_append_str(struct buf *buf, const char *text) {
    return buf_append(buf, text, strlen(text));
}
/* In decimal. */
int buf_append_uint(struct buf *buf, uint64_t value);
int buf_printf(struct buf *buf, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Drop n bytes (at most all) from the front. */
void buf_consume(struct buf *buf, size_t n);
void buf_clear(struct buf *buf);
/* Take n live bytes out, beginning with live byte `from`; there are at least so many.
 */
void buf_erase(struct buf *buf, size_t from, size_t n);
/* Keep the first `len` live bytes; there are at least so many. */
static inline void buf_cut(struct buf *buf, size_t len) {
    buf->end = buf->start + len;
}

/* What `cap` will be behind buf_reserve(buf, n), for those who have to ask first. */
size_t buf_cap_for(const struct buf *buf, size_t n);

/* Give the storage back to the heap when the buffer is empty and has grown past `keep`.
 */
void buf_trim(struct buf *buf, size_t keep);

/* Hand out the live bytes as a NUL-terminated string that the caller frees; the buffer
 * is empty afterwards. NULL when memory runs out (the buffer then keeps its bytes). */
char *buf_take_string(struct buf *buf);

#define _cleanup_buf_ _cleanup_(buf_deinit)
