/* vasprun.xml, through expat, as it comes. Bounded: elements that lie deep, tokens that
 * do not end and document types (which VASP never writes, and which could make much out
 * of little) end the reading. The bytes are handed to expat in pieces that end at fixed
 * places of the file, where the bounds are checked; so the result does not depend on
 * how the text is cut.
 *
 * A file that is not well-formed is read as far as it is. One that just ends is a run
 * that was killed, or still goes on. */
#include "codes/vasp/vasp_xml.h"

#include <errno.h>
#include <expat.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    PIECE = 16 * 1024,
    TOKEN_MAX = 64 * 1024, /* bytes of a tag, a comment */
};

struct vasp_xml {
    struct vasp_scan *scan; /* not ours */
    XML_Parser parser;
    struct vasp_xml_path path;
    struct vasp_xml_data data;
    size_t aside; /* depth of the element that is passed over; 0 when none is */
    bool wanted;  /* the text of the element at hand is */
    char name[VASP_XML_NAME];
    char text[VASP_XML_TEXT];
    size_t length;
    long long fed;       /* bytes */
    bool stopped;        /* expat was told so; it may still tell of an end */
    const char *refusal; /* static; why the reading ended */
    bool over;           /* nothing is read any more */
    int error;           /* from a handler: 0 or -ENOMEM */
};

enum vasp_element vasp_xml_above(const struct vasp_xml_path *path, size_t back) {
    return back < path->depth ? path->element[path->depth - 1 - back]
                              : VASP_ELEMENT_OTHER;
}

static void stop(struct vasp_xml *xml, const char *refusal) {
    xml->refusal = refusal;
    xml->stopped = true;
    (void)XML_StopParser(xml->parser, XML_FALSE);
}

/* Attributes' values may have blanks behind them: "GGA    ". */
static void keep_name(struct vasp_xml *xml, const char **attributes) {
    xml->name[0] = '\0';
    for (; attributes[0]; attributes += 2) {
        if (strcmp(attributes[0], "name") == 0) {
            (void)snprintf(xml->name, sizeof(xml->name), "%.*s",
                           (int)strcspn(attributes[1], " "), attributes[1]);
        }
    }
}

static void XMLCALL on_start(void *data, const char *name, const char **attributes) {
    struct vasp_xml *xml = data;
    struct vasp_xml_path *path = &xml->path;
    if (xml->stopped) {
        return;
    }
    if (path->depth == VASP_XML_DEPTH) {
        stop(xml, "its elements lie deeper than those of any vasprun.xml");
        return;
    }
    enum vasp_element element =
        xml->aside ? VASP_ELEMENT_OTHER : vasp_xml_element(name, attributes);
    path->element[path->depth++] = element;
    if (element == VASP_ASIDE) {
        xml->aside = path->depth;
    }
    xml->wanted = vasp_xml_wants_text(element);
    if (xml->wanted) {
        keep_name(xml, attributes);
    }
    xml->length = 0;
    if (!xml->aside) {
        vasp_xml_begin(xml->scan, &xml->data, path);
    }
}

static void XMLCALL on_text(void *data, const char *text, int n) {
    struct vasp_xml *xml = data;
    size_t room = sizeof(xml->text) - 1 - xml->length;
    size_t some = (size_t)n < room ? (size_t)n : room;
    if (xml->wanted) {
        memcpy(xml->text + xml->length, text, some);
        xml->length += some;
    }
}

static void XMLCALL on_end(void *data, const char *name) {
    struct vasp_xml *xml = data;
    struct vasp_xml_path *path = &xml->path;
    (void)name;
    if (xml->stopped) {
        return;
    }
    xml->text[xml->length] = '\0';
    xml->scan->line = (long)XML_GetCurrentLineNumber(xml->parser);
    if (!xml->aside) {
        xml->error = vasp_xml_end(xml->scan, &xml->data, path, xml->name, xml->text);
        if (xml->error < 0) {
            stop(xml, NULL);
        }
    }
    if (xml->aside == path->depth) {
        xml->aside = 0;
    }
    path->depth--;
    xml->wanted = false;
    xml->length = 0;
}

static void XMLCALL on_doctype(void *data, const char *name, const char *system_id,
                               const char *public_id, int internal) {
    (void)name;
    (void)system_id;
    (void)public_id;
    (void)internal;
    stop(data, "it has a document type, which no vasprun.xml has");
}

int vasp_xml_new(struct vasp_xml **out, struct vasp_scan *scan) {
    struct vasp_xml *xml = calloc(1, sizeof(*xml));
    const XML_Memory_Handling_Suite memory = {malloc, realloc, free};
    XML_Parser parser = xml ? XML_ParserCreate_MM(NULL, &memory, NULL) : NULL;
    if (!parser) {
        free(xml);
        return -ENOMEM;
    }
    *xml = (struct vasp_xml){.scan = scan, .parser = parser};
    vasp_xml_data_init(&xml->data);
    XML_SetUserData(parser, xml);
    XML_SetElementHandler(parser, on_start, on_end);
    XML_SetCharacterDataHandler(parser, on_text);
    XML_SetStartDoctypeDeclHandler(parser, on_doctype);
#if XML_MAJOR_VERSION > 2 || (XML_MAJOR_VERSION == 2 && XML_MINOR_VERSION >= 6)
    /* When a token is looked at must not depend on how the text is cut. */
    (void)XML_SetReparseDeferralEnabled(parser, XML_FALSE);
#endif
    *out = xml;
    return 0;
}

struct vasp_xml *vasp_xml_free(struct vasp_xml *xml) {
    if (xml) {
        XML_ParserFree(xml->parser);
        free(xml);
    }
    return NULL;
}

static int give_up(struct vasp_xml *xml) {
    enum XML_Error code = XML_GetErrorCode(xml->parser);
    xml->over = true;
    if (xml->error < 0 || code == XML_ERROR_NO_MEMORY) {
        return -ENOMEM;
    }
    if (xml->scan->end.finished) {
        return 0; /* behind the end may stand what will */
    }
    char message[VASP_MESSAGE_SIZE];
    xml->scan->line = (long)XML_GetCurrentLineNumber(xml->parser);
    xml->scan->end.broken = true;
    (void)snprintf(message, sizeof(message), "the XML is read up to line %ld: %s",
                   xml->scan->line,
                   xml->refusal ? xml->refusal : XML_ErrorString(code));
    return results_add_problem(
        xml->scan->results, "read_error", message, xml->scan->line,
        "Look at that line; what is in OUTCAR does not depend on it.");
}

static bool is_endless(const struct vasp_xml *xml) {
    long long at = XML_GetCurrentByteIndex(xml->parser);
    return xml->fed - (at > 0 ? at : 0) > TOKEN_MAX;
}

int vasp_xml_feed(struct vasp_xml *xml, const char *bytes, size_t n) {
    while (n > 0 && !xml->over) {
        size_t left = PIECE - (size_t)(xml->fed % PIECE);
        size_t some = n < left ? n : left;
        if (XML_Parse(xml->parser, bytes, (int)some, XML_FALSE) != XML_STATUS_OK) {
            return give_up(xml);
        }
        xml->fed += (long long)some;
        if (xml->fed % PIECE == 0 && is_endless(xml)) {
            xml->refusal = "a token of it does not end";
            return give_up(xml);
        }
        bytes += some;
        n -= some;
    }
    return 0;
}

int vasp_xml_finish(struct vasp_xml *xml) {
    if (xml->over) {
        return 0;
    }
    xml->over = true;
    if (XML_Parse(xml->parser, "", 0, XML_TRUE) != XML_STATUS_OK &&
        (xml->error < 0 || XML_GetErrorCode(xml->parser) == XML_ERROR_NO_MEMORY)) {
        return -ENOMEM;
    }
    xml->scan->line = (long)XML_GetCurrentLineNumber(xml->parser);
    return 0;
}
