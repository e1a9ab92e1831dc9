/* The frame codec. The reader remembers where the header ended, so that a body which
 * arrives in a thousand pieces is not searched a thousand times. It allocates nothing
 * and holds no bytes: the caller's buffer does, and the caller charges it to a quota.
 */
#include "rpc/frame.h"

#include "base/str.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

/* "Content-Length: ", any number, an empty line. */
enum { FRAME_HEAD_ROOM = 16 + STR_UINT_SIZE + 4 };

/* The length of the header block up to and with the empty line; 0 when it is not whole.
 */
static size_t header_length(const char *bytes, size_t n) {
    const char *at = bytes;
    const char *end = bytes + n;
    for (;;) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        if (!newline) {
            return 0;
        }
        if (newline == at || (newline == at + 1 && *at == '\r')) {
            return (size_t)(newline + 1 - bytes);
        }
        at = newline + 1;
    }
}

static bool is_blank(char c) {
    return c == ' ' || c == '\t';
}

static int read_length(const char *at, const char *end, size_t *out) {
    while (at < end && is_blank(*at)) {
        at++;
    }
    while (end > at && is_blank(end[-1])) {
        end--;
    }
    if (at == end) {
        return FRAME_E_LENGTH;
    }
    size_t value = 0;
    for (; at < end; at++) {
        if (*at < '0' || *at > '9') {
            return FRAME_E_LENGTH;
        }
        /* Saturates one past the limit, so that any number of digits is "too large". */
        if (value <= FRAME_BODY_MAX) {
            value = value * 10 + (size_t)(*at - '0');
        }
    }
    if (value == 0) {
        return FRAME_E_LENGTH;
    }
    if (value > FRAME_BODY_MAX) {
        return FRAME_E_BODY_MAX;
    }
    *out = value;
    return 0;
}

static int read_headers(const char *bytes, size_t n, size_t *length) {
    static const char name[] = "Content-Length";
    size_t found = 0;
    const char *end = bytes + n;
    for (const char *at = bytes; at < end;) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        const char *stop = newline > at && newline[-1] == '\r' ? newline - 1 : newline;
        const char *colon = memchr(at, ':', (size_t)(stop - at));
        if (stop == at) {
            break;
        }
        if (!colon || colon == at) {
            return FRAME_E_HEADER;
        }
        if ((size_t)(colon - at) == sizeof name - 1 &&
            strncasecmp(at, name, sizeof name - 1) == 0) {
            if (found) {
                return FRAME_E_LENGTH;
            }
            int r = read_length(colon + 1, stop, &found);
            if (r != 0) {
                return r;
            }
        }
        at = newline + 1;
    }
    if (!found) {
        return FRAME_E_NO_LENGTH;
    }
    *length = found;
    return 0;
}

int frame_next(struct frame *frame, const struct buf *in, const char **body,
               size_t *body_len) {
    if (frame->header_len == 0) {
        size_t available = buf_len(in);
        size_t seen = available < FRAME_HEADER_MAX ? available : FRAME_HEADER_MAX;
        size_t header_len = header_length(buf_bytes(in), seen);
        if (header_len == 0) {
            return seen == FRAME_HEADER_MAX ? FRAME_E_HEADER_MAX : FRAME_E_AGAIN;
        }
        size_t length = 0;
        int r = read_headers(buf_bytes(in), header_len, &length);
        if (r != 0) {
            return r;
        }
        *frame = (struct frame){.header_len = header_len, .body_len = length};
    }
    if (frame_missing(frame, in) > 0) {
        return FRAME_E_AGAIN;
    }
    *body = buf_bytes(in) + frame->header_len;
    *body_len = frame->body_len;
    return 0;
}

void frame_consume(struct frame *frame, struct buf *in) {
    buf_consume(in, frame->header_len + frame->body_len);
    *frame = (struct frame)FRAME_NULL;
}

size_t frame_missing(const struct frame *frame, const struct buf *in) {
    size_t whole = frame->header_len + frame->body_len;
    return frame->header_len > 0 && whole > buf_len(in) ? whole - buf_len(in) : 0;
}

int frame_begin(struct buf *out, size_t *mark) {
    int r = buf_reserve(out, FRAME_HEAD_ROOM);
    if (r == 0) {
        *mark = buf_len(out);
        out->end += FRAME_HEAD_ROOM;
    }
    return r;
}

/* "Content-Length: N" and the empty line, right-aligned in the room that was kept; the
 * bytes that were not needed are closed up by moving the body. */
void frame_end(struct buf *out, size_t mark) {
    static const char name[] = "Content-Length: ";
    char *head = out->data + out->start + mark;
    char *body = head + FRAME_HEAD_ROOM;
    size_t body_len = buf_len(out) - mark - FRAME_HEAD_ROOM;
    char *at = head;
    memcpy(at, name, sizeof name - 1);
    at += sizeof name - 1;
    at += str_from_uint(at, body_len);
    memcpy(at, "\r\n\r\n", 4);
    at += 4;
    if (at != body) {
        memmove(at, body, body_len);
        out->end -= (size_t)(body - at);
    }
}

const char *frame_strerror(int code) {
    switch (code) {
    case FRAME_E_AGAIN:
        return "the frame is not whole yet";
    case FRAME_E_HEADER:
        return "a header line has no colon; a frame is \"Content-Length: N\", an empty "
               "line, "
               "and N bytes of JSON";
    case FRAME_E_HEADER_MAX:
        return "the headers are longer than 8192 bytes";
    case FRAME_E_NO_LENGTH:
        return "the headers have no Content-Length";
    case FRAME_E_LENGTH:
        return "Content-Length must be given once, as a decimal number greater than 0";
    case FRAME_E_BODY_MAX:
        return "Content-Length is larger than 104857600 bytes (100 MiB)";
    default:
        return "unknown frame error";
    }
}
