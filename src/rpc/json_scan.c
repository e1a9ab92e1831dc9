/* The scanner reads each byte once. How the containers are nested is kept as one bit a
 * level, so depth costs no recursion. It knows nothing of what the text is for. */
#include "rpc/json_scan.h"

#include <stdint.h>
#include <string.h>

/* Which of the open containers are objects; arrays are the others. */
struct nest {
    uint64_t objects[JSON_SCAN_DEPTH_MAX / 64];
    size_t depth;
};

static int fault(struct json_scan *scan, const char *why) {
    scan->why = why;
    return JSON_SCAN_E_SYNTAX;
}

/* The next byte, or -1 behind the last. */
static int peek(const struct json_scan *scan) {
    return scan->at < scan->end ? (unsigned char)*scan->at : -1;
}

static void skip_blank(struct json_scan *scan) {
    while (scan->at < scan->end && (*scan->at == ' ' || *scan->at == '\n' ||
                                    *scan->at == '\r' || *scan->at == '\t')) {
        scan->at++;
    }
}

static int hex_value(char c) {
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Four hexadecimal digits, or -1. */
static int32_t hex4(const char *at, const char *end) {
    int32_t value = 0;
    if (end - at < 4) {
        return -1;
    }
    for (int i = 0; i < 4; i++) {
        int digit = hex_value(at[i]);
        if (digit < 0) {
            return -1;
        }
        value = value * 16 + digit;
    }
    return value;
}

/* Behind a backslash and a 'u'. */
static int scan_unicode_escape(struct json_scan *scan) {
    int32_t unit = hex4(scan->at, scan->end);
    if (unit < 0) {
        return fault(scan, "\\u takes four hexadecimal digits");
    }
    scan->at += 4;
    if (unit < 0xD800 || unit > 0xDFFF) {
        return 0;
    }
    int32_t low = scan->end - scan->at >= 6 && scan->at[0] == '\\' && scan->at[1] == 'u'
                      ? hex4(scan->at + 2, scan->end)
                      : -1;
    if (unit > 0xDBFF || low < 0xDC00 || low > 0xDFFF) {
        return fault(scan, "half of a surrogate pair stands alone");
    }
    scan->at += 6;
    return 0;
}

static int scan_escape(struct json_scan *scan) {
    scan->at++;
    int c = peek(scan);
    if (c == 'u') {
        scan->at++;
        return scan_unicode_escape(scan);
    }
    if (c <= 0 || !strchr("\"\\/bfnrt", c)) {
        return fault(scan, "a backslash with what is no escape behind it");
    }
    scan->at++;
    return 0;
}

/* The length of the UTF-8 sequence at `at`, 0 when it is none (RFC 3629, section 4). */
static size_t utf8_sequence(const char *at, const char *end) {
    unsigned char lead = (unsigned char)at[0];
    size_t n = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
    if (lead < 0xC2 || lead > 0xF4 || (size_t)(end - at) < n) {
        return 0;
    }
    unsigned char second = (unsigned char)at[1];
    unsigned char least = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
    unsigned char most = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
    if (second < least || second > most) {
        return 0;
    }
    for (size_t i = 2; i < n; i++) {
        if (((unsigned char)at[i] & 0xC0) != 0x80) {
            return 0;
        }
    }
    return n;
}

/* Whether eight bytes are all plain: printable ASCII, no quote, no backslash. The
 * highest bit of a byte of `odd` is set where that byte is not plain; a borrow may set
 * it above such a byte too, which costs only a closer look. */
static bool eight_plain(const char *at) {
    const uint64_t ones = UINT64_C(0x0101010101010101);
    uint64_t bytes = 0;
    memcpy(&bytes, at, sizeof bytes);
    uint64_t quote = bytes ^ (ones * '"');
    uint64_t backslash = bytes ^ (ones * '\\');
    uint64_t odd = bytes | (bytes - ones * 0x20) | (quote - ones) | (backslash - ones);
    return (odd & (ones * 0x80)) == 0;
}

/* At the opening quote. */
static int scan_string(struct json_scan *scan) {
    scan->at++;
    for (;;) {
        const char *at = scan->at;
        while (scan->end - at >= 8 && eight_plain(at)) {
            at += 8;
        }
        while (at < scan->end && *at != '"' && *at != '\\' &&
               (signed char)*at >= 0x20) {
            at++;
        }
        scan->at = at;
        int c = peek(scan);
        if (c == '"') {
            scan->at++;
            return 0;
        }
        if (c == '\\') {
            int r = scan_escape(scan);
            if (r != 0) {
                return r;
            }
            continue;
        }
        if (c < 0x20) {
            return fault(scan, c < 0 ? "the text ends inside a string"
                                     : "a control character in a string");
        }
        size_t n = utf8_sequence(scan->at, scan->end);
        if (n == 0) {
            return fault(scan, "this is not UTF-8");
        }
        scan->at += n;
    }
}

/* At least one digit. */
static int scan_digits(struct json_scan *scan) {
    const char *first = scan->at;
    while (scan->at < scan->end && *scan->at >= '0' && *scan->at <= '9') {
        scan->at++;
    }
    return scan->at > first ? 0 : fault(scan, "a digit is missing in a number");
}

static int scan_number(struct json_scan *scan) {
    scan->at += *scan->at == '-';
    int r = 0;
    if (peek(scan) == '0') {
        scan->at++;
    } else {
        r = scan_digits(scan);
    }
    if (r == 0 && peek(scan) == '.') {
        scan->at++;
        r = scan_digits(scan);
    }
    int c = peek(scan);
    if (r == 0 && (c == 'e' || c == 'E')) {
        scan->at++;
        c = peek(scan);
        scan->at += c == '+' || c == '-';
        r = scan_digits(scan);
    }
    return r;
}

static int scan_word(struct json_scan *scan) {
    static const char *const words[] = {"true", "false", "null"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        size_t n = strlen(words[i]);
        if ((size_t)(scan->end - scan->at) >= n && memcmp(scan->at, words[i], n) == 0) {
            scan->at += n;
            return 0;
        }
    }
    return fault(scan, scan->at == scan->end ? "the text ends too early"
                                             : "a value is missing here");
}

/* A member's name and the colon behind it. */
static int scan_name(struct json_scan *scan) {
    skip_blank(scan);
    if (peek(scan) != '"') {
        return fault(scan, "a member's name, in double quotes, is missing");
    }
    int r = scan_string(scan);
    if (r != 0) {
        return r;
    }
    skip_blank(scan);
    if (peek(scan) != ':') {
        return fault(scan, "a colon is missing behind a member's name");
    }
    scan->at++;
    return 0;
}

/* At a bracket. *opened: the container has a first value, which comes next. */
static int open_container(struct json_scan *scan, struct nest *nest, bool *opened) {
    bool is_object = *scan->at == '{';
    scan->at++;
    skip_blank(scan);
    if (peek(scan) == (is_object ? '}' : ']')) {
        scan->at++;
        return 0;
    }
    if (nest->depth == JSON_SCAN_DEPTH_MAX) {
        return fault(scan, "objects and arrays are nested more than 512 deep");
    }
    uint64_t bit = UINT64_C(1) << (nest->depth % 64);
    uint64_t *word = &nest->objects[nest->depth / 64];
    if (nest->depth % 64 == 0) {
        *word = 0; /* only now: most texts need one of them */
    }
    *word = is_object ? *word | bit : *word & ~bit;
    nest->depth++;
    *opened = true;
    return is_object ? scan_name(scan) : 0;
}

/* A scalar, an empty container, or the beginning of another one. */
static int scan_one(struct json_scan *scan, struct nest *nest, bool *opened) {
    *opened = false;
    skip_blank(scan);
    int c = peek(scan);
    switch (c) {
    case '"':
        return scan_string(scan);
    case '{':
    case '[':
        return open_container(scan, nest, opened);
    default:
        return c == '-' || (c >= '0' && c <= '9') ? scan_number(scan) : scan_word(scan);
    }
}

/* Behind a value: close what ends here. *more: another value comes next. */
static int close_containers(struct json_scan *scan, struct nest *nest, bool *more) {
    *more = false;
    while (nest->depth > 0) {
        size_t top = nest->depth - 1;
        bool is_object = (nest->objects[top / 64] >> (top % 64)) & 1;
        skip_blank(scan);
        int c = peek(scan);
        if (c == ',') {
            scan->at++;
            *more = true;
            return is_object ? scan_name(scan) : 0;
        }
        if (c != (is_object ? '}' : ']')) {
            return fault(scan, c < 0 ? "the text ends too early"
                               : is_object
                                   ? "a comma or } is missing behind a member"
                                   : "a comma or ] is missing behind an element");
        }
        scan->at++;
        nest->depth--;
    }
    return 0;
}

void json_scan_init(struct json_scan *scan, const char *text, size_t n) {
    *scan = (struct json_scan){.text = text, .at = text, .end = text + n};
}

int json_scan_value(struct json_scan *scan, struct json_span *out) {
    struct nest nest;
    nest.depth = 0;
    skip_blank(scan);
    const char *first = scan->at;
    bool more = true;
    while (more) {
        bool opened = false;
        int r = scan_one(scan, &nest, &opened);
        if (r == 0 && !opened) {
            r = close_containers(scan, &nest, &more);
        }
        if (r != 0) {
            return r;
        }
    }
    *out = (struct json_span){first, (size_t)(scan->at - first)};
    return 0;
}

bool json_scan_enter(struct json_scan *scan, char bracket) {
    skip_blank(scan);
    if (peek(scan) != bracket) {
        return false;
    }
    scan->at++;
    scan->begun = false;
    return true;
}

/* Before a piece of what was entered: 0, JSON_SCAN_E_END, JSON_SCAN_E_SYNTAX. */
static int next_piece(struct json_scan *scan, char close) {
    skip_blank(scan);
    int c = peek(scan);
    if (c == close) {
        scan->at++;
        return JSON_SCAN_E_END;
    }
    if (!scan->begun) {
        scan->begun = true;
        return 0;
    }
    if (c != ',') {
        return fault(scan, c < 0 ? "the text ends too early"
                           : close == '}'
                               ? "a comma or } is missing behind a member"
                               : "a comma or ] is missing behind an element");
    }
    scan->at++;
    return 0;
}

int json_scan_member(struct json_scan *scan, struct json_span *name,
                     struct json_span *value) {
    int r = next_piece(scan, '}');
    if (r != 0) {
        return r;
    }
    skip_blank(scan);
    const char *first = scan->at;
    r = scan_name(scan);
    if (r != 0) {
        return r;
    }
    /* The span ends with the closing quote, before blanks and the colon. */
    const char *last = scan->at - 1;
    while (*last != '"') {
        last--;
    }
    *name = (struct json_span){first, (size_t)(last + 1 - first)};
    return json_scan_value(scan, value);
}

int json_scan_element(struct json_scan *scan, struct json_span *value) {
    int r = next_piece(scan, ']');
    return r != 0 ? r : json_scan_value(scan, value);
}

int json_scan_finish(struct json_scan *scan) {
    skip_blank(scan);
    return scan->at == scan->end ? 0 : fault(scan, "there is more behind the end");
}

void json_scan_place(const struct json_scan *scan, size_t *line, size_t *column) {
    *line = 1;
    *column = 1;
    for (const char *at = scan->text; at < scan->at; at++) {
        *column = *at == '\n' ? 1 : *column + 1;
        *line += *at == '\n';
    }
}
