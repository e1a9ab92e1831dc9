/* XML through expat, as it comes. The bytes are handed to expat in pieces that begin
 * and end at fixed places of the file, where the bounds are checked: so the result does
 * not depend on how the text is cut, not even where it is broken (of text before a
 * mistake expat tells what was in earlier pieces). What is less than a piece waits for
 * the rest of it, or for the end.
 *
 * A file that is not well-formed is read as far as it is. One that just ends is of a
 * run that was killed, or still goes on: which is not told here. */
#include "codes/xml_reader.h"

#include "base/fortran.h"

#include <ctype.h>
#include <errno.h>
#include <expat.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    PIECE = 16 * 1024,
    TOKEN_MAX = 64 * 1024, /* bytes of a tag, a comment */
};

struct xml_reader {
    const struct xml_dialect *dialect; /* not ours */
    void *data;                        /* not ours */
    XML_Parser parser;                 /* owned */
    struct xml_path path;
    size_t aside; /* depth of the element that is passed over; 0 when none is */
    enum xml_wish wish;
    char name[XML_NAME_SIZE];
    char text[XML_TEXT_SIZE]; /* of the element at hand, or of the number at hand */
    size_t length;
    char piece[PIECE]; /* of which `held` bytes wait for the rest */
    size_t held;
    long long fed;       /* bytes that expat was given */
    bool stopped;        /* expat was told so; it may still tell of an end */
    const char *refusal; /* static, about the file; why the reading ended */
    bool whole;          /* the root has ended; what stands behind it is nobody's */
    bool over;           /* nothing is read any more */
    int error;           /* from a handler: 0 or -ENOMEM */
    char complaint[256];
};

int xml_begins(const char *bytes, size_t n, const char **at) {
    for (size_t i = 0; i < n; i++) {
        if (!isspace((unsigned char)bytes[i]) && !strchr("\xef\xbb\xbf", bytes[i])) {
            *at = bytes + i;
            return bytes[i] == '<';
        }
    }
    return -1;
}

int xml_above(const struct xml_path *path, size_t back) {
    return back < path->depth ? path->element[path->depth - 1 - back] : 0;
}

const char *xml_attribute(const char **attributes, const char *name) {
    for (; attributes[0]; attributes += 2) {
        if (strcmp(attributes[0], name) == 0) {
            return attributes[1];
        }
    }
    return "";
}

static void stop(struct xml_reader *reader, const char *refusal) {
    reader->refusal = refusal;
    reader->stopped = true;
    (void)XML_StopParser(reader->parser, XML_FALSE);
}

/* Attributes' values may have blanks behind them: "GGA    ". */
static void keep_name(struct xml_reader *reader, const char **attributes) {
    const char *name = xml_attribute(attributes, "name");
    (void)snprintf(reader->name, sizeof(reader->name), "%.*s", (int)strcspn(name, " "),
                   name);
}

static void XMLCALL on_start(void *data, const char *tag, const char **attributes) {
    struct xml_reader *reader = data;
    struct xml_path *path = &reader->path;
    if (reader->stopped) {
        return;
    }
    if (path->depth == XML_DEPTH) {
        stop(reader, "its elements lie deeper than those of any ");
        return;
    }
    int element = reader->aside ? 0 : reader->dialect->element(tag, attributes);
    path->element[path->depth++] = element;
    reader->wish = reader->aside ? XML_NOTHING : reader->dialect->wish(element);
    if (reader->wish == XML_ASIDE) {
        reader->aside = path->depth;
    }
    if (reader->wish == XML_WORDS) {
        keep_name(reader, attributes);
    }
    reader->length = 0;
    if (!reader->aside) {
        reader->dialect->begin(reader->data, path, attributes);
    }
}

static void end_number(struct xml_reader *reader) {
    const char *at = reader->text;
    double value;
    if (reader->length == 0) {
        return;
    }
    reader->text[reader->length] = '\0';
    reader->length = 0;
    bool known = fortran_real(&at, &value) && !*at;
    reader->dialect->number(reader->data, &reader->path, known ? value : NAN);
}

static void take_numbers(struct xml_reader *reader, const char *text, int n) {
    for (int i = 0; i < n; i++) {
        if (strchr(" \t\r\n", text[i])) {
            end_number(reader);
        } else if (reader->length < sizeof(reader->text) - 1) {
            reader->text[reader->length++] = text[i];
        }
    }
}

/* A line's end is as good as a blank. */
static void take_words(struct xml_reader *reader, const char *text, int n) {
    for (int i = 0; i < n && reader->length < sizeof(reader->text) - 1; i++) {
        reader->text[reader->length++] = strchr("\t\r\n", text[i]) ? ' ' : text[i];
    }
}

static void XMLCALL on_text(void *data, const char *text, int n) {
    struct xml_reader *reader = data;
    if (reader->stopped) {
        return;
    }
    if (reader->wish == XML_NUMBERS) {
        take_numbers(reader, text, n);
    } else if (reader->wish == XML_WORDS) {
        take_words(reader, text, n);
    }
}

static void XMLCALL on_end(void *data, const char *tag) {
    struct xml_reader *reader = data;
    struct xml_path *path = &reader->path;
    (void)tag;
    if (reader->stopped) {
        return;
    }
    if (reader->wish == XML_NUMBERS) {
        end_number(reader);
    }
    reader->text[reader->length] = '\0';
    if (!reader->aside) {
        reader->error = reader->dialect->end(
            reader->data, path, xml_reader_line(reader), reader->name, reader->text);
        if (reader->error < 0) {
            stop(reader, NULL);
        }
    }
    if (reader->aside == path->depth) {
        reader->aside = 0;
    }
    path->depth--;
    if (path->depth == 0 && !reader->stopped) {
        reader->whole = true;
        stop(reader, NULL);
    }
    reader->wish = XML_NOTHING;
    reader->length = 0;
}

static void XMLCALL on_doctype(void *data, const char *name, const char *system_id,
                               const char *public_id, int internal) {
    (void)name;
    (void)system_id;
    (void)public_id;
    (void)internal;
    stop(data, "it has a document type, as no ");
}

int xml_reader_new(struct xml_reader **out, const struct xml_dialect *dialect,
                   void *data) {
    struct xml_reader *reader = calloc(1, sizeof(*reader));
    const XML_Memory_Handling_Suite memory = {malloc, realloc, free};
    XML_Parser parser = reader ? XML_ParserCreate_MM(NULL, &memory, NULL) : NULL;
    if (!parser) {
        free(reader);
        return -ENOMEM;
    }
    *reader = (struct xml_reader){.dialect = dialect, .data = data, .parser = parser};
    XML_SetUserData(parser, reader);
    XML_SetElementHandler(parser, on_start, on_end);
    XML_SetCharacterDataHandler(parser, on_text);
    XML_SetStartDoctypeDeclHandler(parser, on_doctype);
#if XML_MAJOR_VERSION > 2 || (XML_MAJOR_VERSION == 2 && XML_MINOR_VERSION >= 6)
    /* When a token is looked at must not depend on how the text is cut. */
    (void)XML_SetReparseDeferralEnabled(parser, XML_FALSE);
#endif
    *out = reader;
    return 0;
}

struct xml_reader *xml_reader_free(struct xml_reader *reader) {
    if (reader) {
        XML_ParserFree(reader->parser);
        free(reader);
    }
    return NULL;
}

long xml_reader_line(const struct xml_reader *reader) {
    return (long)XML_GetCurrentLineNumber(reader->parser);
}

const char *xml_reader_complaint(const struct xml_reader *reader) {
    return reader->complaint;
}

static int give_up(struct xml_reader *reader) {
    enum XML_Error code = XML_GetErrorCode(reader->parser);
    reader->over = true;
    if (reader->error < 0 || code == XML_ERROR_NO_MEMORY) {
        return -ENOMEM;
    }
    if (reader->whole) {
        return 0;
    }
    bool ours = reader->refusal != NULL;
    (void)snprintf(reader->complaint, sizeof(reader->complaint),
                   "the XML is read up to line %ld: %s%s", xml_reader_line(reader),
                   ours ? reader->refusal : XML_ErrorString(code),
                   ours ? reader->dialect->file : "");
    return XML_READER_E_BROKEN;
}

static bool is_endless(const struct xml_reader *reader) {
    long long at = XML_GetCurrentByteIndex(reader->parser);
    return reader->fed - (at > 0 ? at : 0) > TOKEN_MAX;
}

/* Hand over what is held. 0, -ENOMEM or XML_READER_E_BROKEN. */
static int parse_piece(struct xml_reader *reader) {
    size_t n = reader->held;
    reader->held = 0;
    if (XML_Parse(reader->parser, reader->piece, (int)n, XML_FALSE) != XML_STATUS_OK) {
        return give_up(reader);
    }
    reader->fed += (long long)n;
    if (is_endless(reader)) {
        reader->refusal = "a token of it does not end, as it does in any ";
        return give_up(reader);
    }
    return 0;
}

int xml_reader_feed(struct xml_reader *reader, const char *bytes, size_t n) {
    while (n > 0 && !reader->over) {
        size_t left = PIECE - reader->held;
        size_t some = n < left ? n : left;
        memcpy(reader->piece + reader->held, bytes, some);
        reader->held += some;
        bytes += some;
        n -= some;
        int r = reader->held == PIECE ? parse_piece(reader) : 0;
        if (r != 0) {
            return r;
        }
    }
    return 0;
}

int xml_reader_finish(struct xml_reader *reader) {
    int r = reader->over ? 0 : parse_piece(reader);
    if (r != 0 || reader->over) {
        return r;
    }
    reader->over = true;
    bool done = XML_Parse(reader->parser, "", 0, XML_TRUE) == XML_STATUS_OK;
    bool starved =
        reader->error < 0 || XML_GetErrorCode(reader->parser) == XML_ERROR_NO_MEMORY;
    return !done && starved ? -ENOMEM : 0;
}
