/* Outputs that are XML, read as they come. Bounded: elements that lie deep, tokens that
 * do not end and document types (which no code writes, and which could make much out of
 * little) end the reading. What the elements mean is each code's own. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum {
    XML_DEPTH = 32,
    XML_TEXT_SIZE = 512,
    XML_NAME_SIZE = 32,
};

/* The path from the root to the element at hand, which is element[depth - 1]. */
struct xml_path {
    int element[XML_DEPTH];
    size_t depth;
};

/* The element `back` above the one at hand; 0, which is an element of no interest,
 * above the root. */
int xml_above(const struct xml_path *path, size_t back);

/* What is wanted of an element. */
enum xml_wish {
    XML_NOTHING,
    XML_WORDS,   /* its text, cut where it is too long */
    XML_NUMBERS, /* its text is many numbers, each told as it comes */
    XML_ASIDE,   /* all in it is passed over, itself as well */
};

/* A code's XML. `data` is what xml_reader_new was given. */
struct xml_dialect {
    const char *file; /* as it is usually called */
    /* What an element is, by its name and attributes as expat gives them: a number of
     * the dialect's own, 0 for one of no interest. */
    int (*element)(const char *tag, const char **attributes);
    enum xml_wish (*wish)(int element);
    /* An element begins; it is at the end of the path. */
    void (*begin)(void *data, const struct xml_path *path, const char **attributes);
    /* A number in its text; NAN where there is something else. NULL where none are
     * wished for. */
    void (*number)(void *data, const struct xml_path *path, double value);
    /* It ends; `name` is its attribute of that name, known when words were wished for,
     * as is `text`. 0 or -ENOMEM. */
    int (*end)(void *data, const struct xml_path *path, long line, const char *name,
               const char *text);
};

/* Whether a text is XML, by its first byte that is no blank, behind a byte order mark
 * perhaps. 1, and *at is the byte; 0 it is not; -1 nothing but those has come. */
int xml_begins(const char *bytes, size_t n, const char **at);

struct xml_reader;

enum {
    XML_READER_E_BROKEN = 1, /* it is not well-formed, or beyond the bounds */
};

/* `dialect` and `data` outlive the reader. 0 or -ENOMEM. */
int xml_reader_new(struct xml_reader **out, const struct xml_dialect *dialect,
                   void *data);
/* Accepts NULL, returns NULL. */
struct xml_reader *xml_reader_free(struct xml_reader *reader);
/* 0, -ENOMEM, or once XML_READER_E_BROKEN: what comes then is not read any more. It may
 * be told of the bytes only with later ones, or when the text has ended. */
int xml_reader_feed(struct xml_reader *reader, const char *bytes, size_t n);
/* The text has ended, perhaps before the XML: what was still held of it is read. As
 * xml_reader_feed. */
int xml_reader_finish(struct xml_reader *reader);
/* How far it has been read. */
long xml_reader_line(const struct xml_reader *reader);
/* After XML_READER_E_BROKEN: where and why, "the XML is read up to line 7: …". */
const char *xml_reader_complaint(const struct xml_reader *reader);

/* The value of an attribute; "" where there is none of that name. */
const char *xml_attribute(const char **attributes, const char *name);
