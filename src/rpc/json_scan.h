/* JSON text, checked and cut into pieces where it lies: nothing is allocated or copied.
 *
 * What is taken is RFC 8259 in UTF-8, without lone surrogates, nested at most
 * JSON_SCAN_DEPTH_MAX deep. Numbers may be of any size. A span is a part of the text
 * that was scanned, and valid as long as that. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum { JSON_SCAN_DEPTH_MAX = 512 };

struct json_span {
    const char *at; /* NULL: there is none */
    size_t len;
};

#define JSON_SPAN_NULL                                                                 \
    { NULL, 0 }

struct json_scan {
    const char *text;
    const char *at; /* how far it is; at a fault: where */
    const char *end;
    const char *why; /* behind JSON_SCAN_E_SYNTAX: a static clause */
    bool begun;      /* the object or array that is walked has had a first piece */
};

enum {
    JSON_SCAN_E_SYNTAX = 1, /* this is no JSON: `why` and `at` tell */
    JSON_SCAN_E_END,        /* the object or array has no further piece */
    JSON_SCAN_E_ROOM,       /* the string is longer than the space for it */
};

void json_scan_init(struct json_scan *scan, const char *text, size_t n);

/* The value that comes next, whole. 0 or JSON_SCAN_E_SYNTAX. */
int json_scan_value(struct json_scan *scan, struct json_span *out);

/* Whether an object ('{') or array ('[') comes next; if so, step into it. */
bool json_scan_enter(struct json_scan *scan, char bracket);
/* The next member of the object, or element of the array, that was entered. `name` is
 * a string's span. 0, JSON_SCAN_E_END, JSON_SCAN_E_SYNTAX. */
int json_scan_member(struct json_scan *scan, struct json_span *name,
                     struct json_span *value);
int json_scan_element(struct json_scan *scan, struct json_span *value);

/* Nothing but white space may be left. 0 or JSON_SCAN_E_SYNTAX. */
int json_scan_finish(struct json_scan *scan);

/* The place of a fault: lines from 1, columns (bytes) from 1. */
void json_scan_place(const struct json_scan *scan, size_t *line, size_t *column);

/* The characters of a string's span, NUL-terminated, with their number in *len (may be
 * NULL). 0, or JSON_SCAN_E_ROOM with as many as fit. */
int json_scan_string(struct json_span string, char *out, size_t size, size_t *len);
/* Whether a string's span says exactly this. */
bool json_scan_string_is(struct json_span string, const char *text);

/* The value of a member of an object's span (the last of that name), at NULL when there
 * is none. `object` has been scanned. */
struct json_span json_scan_find(struct json_span object, const char *name);
