/* Lines out of pieces. A line is copied into the reader once and looked at when its end
 * comes; what exceeds the room is counted as read and forgotten. */
#include "codes/line_reader.h"

#include <string.h>

static void keep(struct line_reader *reader, const char *bytes, size_t n) {
    if (!reader->begun) {
        reader->begun = true;
        reader->number++;
    }
    size_t room = LINE_READER_KEEP - reader->length;
    size_t some = n < room ? n : room;
    memcpy(reader->text + reader->length, bytes, some);
    reader->length += some;
}

static int hand_out(struct line_reader *reader, bool whole, line_reader_fn *fn,
                    void *data) {
    size_t n = reader->length;
    if (n > 0 && reader->text[n - 1] == '\r') {
        n--;
    }
    reader->text[n] = '\0';
    char *nul = reader->nul ? memchr(reader->text, '\0', n) : NULL;
    for (; nul; nul = memchr(nul, '\0', n - (size_t)(nul - reader->text))) {
        *nul = '?';
    }
    reader->length = 0;
    reader->begun = false;
    return fn(data, reader->text, reader->number, whole);
}

int line_reader_feed(struct line_reader *reader, const char *bytes, size_t n,
                     line_reader_fn *fn, void *data) {
    /* Once for all lines, of which few pieces have one. */
    reader->nul = (reader->nul && reader->begun) || (n > 0 && memchr(bytes, '\0', n));
    while (n > 0) {
        const char *end = memchr(bytes, '\n', n);
        size_t some = end ? (size_t)(end - bytes) : n;
        keep(reader, bytes, some);
        if (!end) {
            return 0;
        }
        int r = hand_out(reader, true, fn, data);
        if (r != 0) {
            return r;
        }
        bytes = end + 1;
        n -= some + 1;
    }
    return 0;
}

int line_reader_end(struct line_reader *reader, line_reader_fn *fn, void *data) {
    return reader->begun ? hand_out(reader, false, fn, data) : 0;
}
