/* Content-Length frames over a byte stream; pure, no I/O.
 *
 * A frame is header lines ended by CRLF (a bare LF is accepted), names
 * case-insensitive, an empty line, then the body. Content-Length (decimal bytes of the
 * body, > 0) is required; other headers are ignored. */
#pragma once

#include "base/buf.h"

#include <stddef.h>

#define FRAME_BODY_MAX ((size_t)100 * 1024 * 1024)
#define FRAME_HEADER_MAX ((size_t)8 * 1024)

enum {
    FRAME_E_AGAIN = 1,  /* no whole frame yet */
    FRAME_E_HEADER,     /* a header line without a colon */
    FRAME_E_HEADER_MAX, /* headers longer than FRAME_HEADER_MAX */
    FRAME_E_NO_LENGTH,  /* headers ended without a Content-Length */
    FRAME_E_LENGTH,     /* Content-Length is not a decimal number > 0, or given twice */
    FRAME_E_BODY_MAX,   /* Content-Length is larger than FRAME_BODY_MAX */
};

/* What is known of the frame at the front of the input. */
struct frame {
    size_t header_len; /* bytes up to and with the empty line; 0 while not known */
    size_t body_len;
};

#define FRAME_NULL                                                                     \
    { 0, 0 }

/* Look for a whole frame at the front of `in`. With 0, *body and *body_len show the
 * body inside `in`; the caller then uses it and calls frame_consume. `frame` keeps what
 * is known between calls, so that input that comes in pieces is not scanned again;
 * start it as FRAME_NULL. 0, FRAME_E_AGAIN, or another FRAME_E_…: the stream is out of
 * step and can only be closed. */
int frame_next(struct frame *frame, const struct buf *in, const char **body,
               size_t *body_len);
void frame_consume(struct frame *frame, struct buf *in);

/* The most bytes that the frame at the front still needs, when its header is known;
 * else 0. */
size_t frame_missing(const struct frame *frame, const struct buf *in);

/* A frame is written in place: begin, append the body to `out`, end. *mark is where the
 * frame begins, counted from the first live byte; what comes before it must stay until
 * the end; buf_cut(out, mark) takes it back. 0, -ENOMEM, -EOVERFLOW. */
int frame_begin(struct buf *out, size_t *mark);
void frame_end(struct buf *out, size_t mark);

/* The sentence for a FRAME_E_…; static. */
const char *frame_strerror(int code);
