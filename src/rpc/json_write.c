/* Writing the little JSON that an envelope is made of; values come from elsewhere. */
#include "rpc/json_write.h"

#include <string.h>

static int write_escape(struct buf *out, unsigned char c) {
    if (c == '"' || c == '\\') {
        char escape[] = {'\\', (char)c};
        return buf_append(out, escape, sizeof escape);
    }
    return buf_printf(out, "\\u%04x", c);
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
