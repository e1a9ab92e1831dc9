/* pw.x's data-file-schema.xml, in the folder of what it saves, and prefix.xml beside
 * that: the reader of XML, told what the elements of these are. */
#include "codes/qe/pwx_xml.h"

#include <errno.h>
#include <stdlib.h>

struct pwx_xml {
    struct pwx_scan *scan;     /* not ours */
    struct xml_reader *reader; /* owned */
    int error;                 /* from where none can be returned */
    struct pwx_xml_data data;
};

static void on_begin(void *data, const struct xml_path *path, const char **attributes) {
    struct pwx_xml *xml = data;
    int r = pwx_xml_begin(xml->scan, &xml->data, path, attributes);
    xml->error = r < 0 ? r : xml->error;
}

static void on_number(void *data, const struct xml_path *path, double value) {
    struct pwx_xml *xml = data;
    pwx_xml_number(&xml->data, path, value);
}

static int on_end(void *data, const struct xml_path *path, long line, const char *name,
                  const char *text) {
    struct pwx_xml *xml = data;
    xml->scan->line = line;
    return xml->error < 0 ? xml->error
                          : pwx_xml_end(xml->scan, &xml->data, path, name, text);
}

static const struct xml_dialect dialect = {
    .file = "data-file-schema.xml",
    .element = pwx_xml_element,
    .wish = pwx_xml_wish,
    .begin = on_begin,
    .number = on_number,
    .end = on_end,
};

int pwx_xml_new(struct pwx_xml **out, struct pwx_scan *scan) {
    struct pwx_xml *xml = calloc(1, sizeof(*xml));
    if (!xml || xml_reader_new(&xml->reader, &dialect, xml) < 0) {
        free(xml);
        return -ENOMEM;
    }
    xml->scan = scan;
    pwx_xml_data_init(&xml->data);
    *out = xml;
    return 0;
}

struct pwx_xml *pwx_xml_free(struct pwx_xml *xml) {
    if (xml) {
        (void)xml_reader_free(xml->reader);
        free(xml);
    }
    return NULL;
}

/* What cannot be read any further is a problem unless the run's end has been read. */
static int take_broken(struct pwx_xml *xml, int r) {
    if (r != XML_READER_E_BROKEN || xml->scan->end.done) {
        return r < 0 ? r : 0;
    }
    xml->scan->line = xml_reader_line(xml->reader);
    xml->scan->end.killed = true; /* why it ends is said here */
    return results_add_problem(
        xml->scan->results, "read_error", xml_reader_complaint(xml->reader),
        xml->scan->line,
        "Look at that line; what pw.x wrote to its standard output does not depend on "
        "it.");
}

int pwx_xml_feed(struct pwx_xml *xml, const char *bytes, size_t n) {
    return take_broken(xml, xml_reader_feed(xml->reader, bytes, n));
}

int pwx_xml_finish(struct pwx_xml *xml) {
    int r = take_broken(xml, xml_reader_finish(xml->reader));
    xml->scan->line = xml_reader_line(xml->reader);
    return r < 0 ? r : pwx_xml_judge(xml->scan, &xml->data);
}
