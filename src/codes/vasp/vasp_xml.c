/* vasprun.xml: the reader of XML, told what the elements of this one are. What cannot
 * be read any further is a problem unless the run's end has been read. */
#include "codes/vasp/vasp_xml.h"

#include "codes/xml_reader.h"

#include <errno.h>
#include <stdlib.h>

struct vasp_xml {
    struct vasp_scan *scan;    /* not ours */
    struct xml_reader *reader; /* owned */
    struct vasp_xml_data data;
};

static void on_begin(void *data, const struct xml_path *path, const char **attributes) {
    struct vasp_xml *xml = data;
    (void)attributes;
    vasp_xml_begin(xml->scan, &xml->data, path);
}

static void on_number(void *data, const struct xml_path *path, double value) {
    struct vasp_xml *xml = data;
    vasp_xml_number(xml->scan, &xml->data, path, value);
}

static int on_end(void *data, const struct xml_path *path, long line, const char *name,
                  const char *text) {
    struct vasp_xml *xml = data;
    xml->scan->line = line;
    return vasp_xml_end(xml->scan, &xml->data, path, name, text);
}

static const struct xml_dialect dialect = {
    .file = "vasprun.xml",
    .element = vasp_xml_element,
    .wish = vasp_xml_wish,
    .begin = on_begin,
    .number = on_number,
    .end = on_end,
};

int vasp_xml_new(struct vasp_xml **out, struct vasp_scan *scan) {
    struct vasp_xml *xml = calloc(1, sizeof(*xml));
    if (!xml || xml_reader_new(&xml->reader, &dialect, xml) < 0) {
        free(xml);
        return -ENOMEM;
    }
    xml->scan = scan;
    vasp_xml_data_init(&xml->data);
    *out = xml;
    return 0;
}

struct vasp_xml *vasp_xml_free(struct vasp_xml *xml) {
    if (xml) {
        (void)xml_reader_free(xml->reader);
        free(xml);
    }
    return NULL;
}

static int take_broken(struct vasp_xml *xml, int r) {
    if (r != XML_READER_E_BROKEN) {
        return r;
    }
    if (xml->scan->end.finished) {
        return 0; /* behind the end may stand what will */
    }
    xml->scan->line = xml_reader_line(xml->reader);
    xml->scan->end.broken = true;
    return results_add_problem(
        xml->scan->results, "read_error", xml_reader_complaint(xml->reader),
        xml->scan->line, "Look at that line; what is in OUTCAR does not depend on it.");
}

int vasp_xml_feed(struct vasp_xml *xml, const char *bytes, size_t n) {
    return take_broken(xml, xml_reader_feed(xml->reader, bytes, n));
}

int vasp_xml_finish(struct vasp_xml *xml) {
    int r = take_broken(xml, xml_reader_finish(xml->reader));
    xml->scan->line = xml_reader_line(xml->reader);
    return r;
}
