/* The characters behind a string's span: escapes undone. The spans come from the
 * scanner, so they are known to be well formed. */
#include "rpc/json_scan.h"

#include <stdint.h>
#include <string.h>

/* Where the decoded characters go; `len` counts on when there is no more room. */
struct sink {
    char *out;
    size_t size;
    size_t len;
};

static void put(struct sink *sink, uint32_t byte) {
    if (sink->len + 1 < sink->size) {
        sink->out[sink->len] = (char)byte;
    }
    sink->len++;
}

static void put_utf8(struct sink *sink, uint32_t code) {
    if (code < 0x80) {
        put(sink, code);
        return;
    }
    unsigned more = code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
    static const uint32_t lead[] = {0, 0xC0, 0xE0, 0xF0};
    put(sink, lead[more] | code >> (6 * more));
    while (more-- > 0) {
        put(sink, 0x80 | ((code >> (6 * more)) & 0x3F));
    }
}

static uint32_t read_hex4(const char *at) {
    uint32_t value = 0;
    for (int i = 0; i < 4; i++) {
        char c = at[i];
        value = value * 16 + (uint32_t)(c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
    }
    return value;
}

/* At a backslash; returns what is behind the escape. */
static const char *put_escape(struct sink *sink, const char *at) {
    static const char names[] = "bfnrt";
    static const char meant[] = "\b\f\n\r\t";
    if (at[1] != 'u') {
        const char *name = strchr(names, at[1]);
        put(sink, (unsigned char)(name ? meant[name - names] : at[1]));
        return at + 2;
    }
    uint32_t code = read_hex4(at + 2);
    at += 6;
    if (code >= 0xD800 && code <= 0xDBFF) {
        code = 0x10000 + ((code - 0xD800) << 10) + (read_hex4(at + 2) - 0xDC00);
        at += 6;
    }
    put_utf8(sink, code);
    return at;
}

int json_scan_string(struct json_span string, char *out, size_t size, size_t *len) {
    struct sink sink = {.out = out, .size = size};
    const char *end = string.at + string.len - 1;
    size_t plain = string.len - 2;
    if (plain < size && !memchr(string.at + 1, '\\', plain)) {
        memcpy(out, string.at + 1, plain);
        out[plain] = '\0';
        if (len) {
            *len = plain;
        }
        return 0;
    }
    for (const char *at = string.at + 1; at < end;) {
        if (*at == '\\') {
            at = put_escape(&sink, at);
        } else {
            put(&sink, (unsigned char)*at++);
        }
    }
    size_t kept = sink.len < size ? sink.len : size - 1;
    out[kept] = '\0';
    if (len) {
        *len = kept;
    }
    return kept == sink.len ? 0 : JSON_SCAN_E_ROOM;
}

bool json_scan_string_is(struct json_span string, const char *text) {
    size_t n = strlen(text);
    if (string.len == n + 2) {
        return memcmp(string.at + 1, text, n) == 0;
    }
    /* What says the same in another length has escapes in it. */
    if (string.len < n + 2 || !memchr(string.at, '\\', string.len)) {
        return false;
    }
    char space[64];
    size_t len = 0;
    return json_scan_string(string, space, sizeof space, &len) == 0 && len == n &&
           memcmp(space, text, n) == 0;
}

struct json_span json_scan_find(struct json_span object, const char *name) {
    struct json_span found = JSON_SPAN_NULL;
    struct json_span key = JSON_SPAN_NULL;
    struct json_span value = JSON_SPAN_NULL;
    struct json_scan scan;
    json_scan_init(&scan, object.at, object.len);
    if (!json_scan_enter(&scan, '{')) {
        return found;
    }
    while (json_scan_member(&scan, &key, &value) == 0) {
        if (json_scan_string_is(key, name)) {
            found = value;
        }
    }
    return found;
}
