/* A line is told when its end has come, so that none is torn and no character of it;
 * one that grows beyond what is kept here is told as it comes. */
#include "server/lines.h"

#include "base/cleanup.h"
#include "base/str.h"

#include <string.h>

enum { LINE_MAX_KEPT = 64 * 1024 };

void lines_deinit(struct lines *lines) {
    buf_deinit(&lines->text);
}

size_t lines_add(struct lines *lines, const char *bytes, size_t n, int64_t offset) {
    if (buf_len(&lines->text) == 0) {
        lines->offset = offset;
    }
    if (buf_append(&lines->text, bytes, n) < 0) {
        buf_clear(&lines->text);
        return 0;
    }
    const char *text = buf_bytes(&lines->text);
    size_t len = buf_len(&lines->text);
    const char *last = memrchr(text, '\n', len);
    return last ? (size_t)(last + 1 - text) : len > LINE_MAX_KEPT ? len : 0;
}

static json_t *params(int64_t job, const char *file, int64_t offset, const char *text,
                      bool again) {
    return json_pack("{s:I, s:s, s:I, s:s, s:b}", "id", (json_int_t)job, "file", file,
                     "offset", (json_int_t)offset, "text", text, "again", (int)again);
}

json_t *lines_take(struct lines *lines, size_t n, int64_t job, const char *file) {
    _cleanup_free_ char *utf8 = str_to_utf8(buf_bytes(&lines->text), n);
    json_t *made = utf8 ? params(job, file, lines->offset, utf8, false) : NULL;
    buf_consume(&lines->text, n);
    lines->offset += (int64_t)n;
    return made;
}

json_t *lines_again(struct lines *lines, int64_t job, const char *file) {
    buf_clear(&lines->text);
    return params(job, file, 0, "", true);
}
