/* The library hands its text out in pieces. */
#include "server/json_buf.h"

#include <errno.h>

static int append(const char *bytes, size_t n, void *data) {
    return buf_append(data, bytes, n) < 0 ? -1 : 0;
}

int json_buf_append(struct buf *out, const json_t *value) {
    return json_dump_callback(value, append, out, JSON_COMPACT | JSON_ENCODE_ANY) < 0
               ? -ENOMEM
               : 0;
}
