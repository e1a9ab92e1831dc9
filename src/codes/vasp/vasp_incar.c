/* The syntax of an INCAR: NAME = value, several in a line with ; between, comments
 * behind # and !, a line that goes on behind a \ at its end, and values in double
 * quotes that span lines. */
#include "codes/vasp/vasp_input.h"

#include <ctype.h>
#include <string.h>

struct vasp_incar vasp_incar_begin(const char *text, size_t n) {
    return (struct vasp_incar){.at = text, .end = text + n, .line = 1};
}

static bool is_blank(char c) {
    return c == ' ' || c == '\t' || c == '\r';
}

static void step(struct vasp_incar *incar) {
    incar->line += *incar->at == '\n';
    incar->at++;
}

/* To the end of the line, or what ends it. */
static void skip_comment(struct vasp_incar *incar) {
    while (incar->at < incar->end && *incar->at != '\n') {
        incar->at++;
    }
}

/* Whether a \ here is the last sign of its line. */
static bool goes_on(const struct vasp_incar *incar) {
    const char *at = incar->at + 1;
    while (at < incar->end && is_blank(*at)) {
        at++;
    }
    return *incar->at == '\\' && (at == incar->end || *at == '\n');
}

static bool ends_statement(const struct vasp_incar *incar) {
    return strchr("\n;#!", *incar->at) != NULL && *incar->at != '\0';
}

/* Up to the quote that closes it. */
static void skip_quoted(struct vasp_incar *incar) {
    step(incar);
    while (incar->at < incar->end && *incar->at != '"') {
        step(incar);
    }
    if (incar->at < incar->end) {
        incar->at++;
    }
}

static void skip_value(struct vasp_incar *incar) {
    while (incar->at < incar->end && !ends_statement(incar)) {
        if (*incar->at == '"') {
            skip_quoted(incar);
        } else if (goes_on(incar)) {
            while (incar->at < incar->end && *incar->at != '\n') {
                incar->at++;
            }
            if (incar->at < incar->end) {
                step(incar);
            }
        } else {
            incar->at++;
        }
    }
}

static void take_name(struct vasp_tag *tag, const char *from, const char *to) {
    size_t n = 0;
    while (to > from && is_blank(to[-1])) {
        to--;
    }
    for (; from < to && n + 1 < sizeof tag->name; from++) {
        tag->name[n++] = (char)toupper((unsigned char)*from);
    }
    tag->name[n] = '\0';
}

static void trim(struct vasp_tag *tag) {
    while (tag->n > 0 && is_blank(*tag->value)) {
        tag->value++;
        tag->n--;
    }
    while (tag->n > 0 && is_blank(tag->value[tag->n - 1])) {
        tag->n--;
    }
}

bool vasp_incar_next(struct vasp_incar *incar, struct vasp_tag *tag) {
    while (incar->at < incar->end && (is_blank(*incar->at) || ends_statement(incar))) {
        if (*incar->at == '#' || *incar->at == '!') {
            skip_comment(incar);
        } else {
            step(incar);
        }
    }
    if (incar->at == incar->end) {
        return false;
    }
    const char *from = incar->at;
    *tag = (struct vasp_tag){.line = incar->line};
    while (incar->at < incar->end && !ends_statement(incar) && *incar->at != '=') {
        incar->at++;
    }
    if (incar->at == incar->end || *incar->at != '=') {
        tag->value = from;
        tag->n = (size_t)(incar->at - from);
        trim(tag);
        return true;
    }
    take_name(tag, from, incar->at);
    tag->value = ++incar->at;
    skip_value(incar);
    tag->n = (size_t)(incar->at - tag->value);
    trim(tag);
    return true;
}

bool vasp_incar_find(const char *text, size_t n, const char *name,
                     struct vasp_tag *tag) {
    struct vasp_incar incar = vasp_incar_begin(text, n);
    struct vasp_tag one;
    while (vasp_incar_next(&incar, &one)) {
        if (strcmp(one.name, name) == 0) {
            *tag = one;
            return true;
        }
    }
    return false;
}

bool vasp_incar_is_true(const char *text, size_t n, const char *name) {
    struct vasp_tag tag;
    if (!vasp_incar_find(text, n, name, &tag)) {
        return false;
    }
    size_t i = tag.n > 0 && tag.value[0] == '.';
    return i < tag.n && (tag.value[i] == 'T' || tag.value[i] == 't');
}
