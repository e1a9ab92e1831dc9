/* Text is made in a buffer of ours, not by json_dumps: a program may have given jansson
 * other allocators, and what this library hands out has to suit free(). */
#include "client/json_text.h"

#include "base/buf.h"

static int append(const char *bytes, size_t n, void *data) {
    return buf_append(data, bytes, n) < 0 ? -1 : 0;
}

char *json_text(const json_t *value) {
    _cleanup_buf_ struct buf text = BUF_NULL;
    if (json_dump_callback(value, append, &text, JSON_COMPACT | JSON_ENCODE_ANY) < 0) {
        return NULL;
    }
    return buf_take_string(&text);
}
