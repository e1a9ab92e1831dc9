/* XML that may be anything, to the bounded reader: with a dialect of the test's own,
 * which holds it to its bounds and to telling the same however the text is cut, and
 * with those of a data-file-schema.xml and a vasprun.xml. */
#include "codes/code.h"
#include "codes/xml_reader.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

/* ---- what the reader tells, as one number ---- */

struct told {
    uint64_t sum;
    size_t depth;
    size_t aside; /* depth of an element that is passed over; 0: none is */
};

enum element {
    OTHER,
    WORDS,
    NUMBERS,
    ASIDE,
};

static void require(bool truth) {
    if (!truth) {
        abort();
    }
}

static void add(struct told *told, const void *bytes, size_t n) {
    const unsigned char *at = bytes;
    for (size_t i = 0; i < n; i++) {
        told->sum = (told->sum ^ at[i]) * 0x100000001b3U;
    }
}

static int element(const char *tag, const char **attributes) {
    return *xml_attribute(attributes, "aside") ? ASIDE
           : *tag == 'w'                       ? WORDS
           : *tag == 'n'                       ? NUMBERS
                                               : OTHER;
}

static enum xml_wish wish(int element) {
    static const enum xml_wish wishes[] = {
        [OTHER] = XML_NOTHING,
        [WORDS] = XML_WORDS,
        [NUMBERS] = XML_NUMBERS,
        [ASIDE] = XML_ASIDE,
    };
    return wishes[element];
}

static void begin(void *data, const struct xml_path *path, const char **attributes) {
    struct told *told = data;
    (void)attributes;
    require(path->depth == ++told->depth && path->depth <= XML_DEPTH);
    require(xml_above(path, 0) != ASIDE && xml_above(path, path->depth) == 0);
    add(told, "<", 1);
}

static void number(void *data, const struct xml_path *path, double value) {
    struct told *told = data;
    require(xml_above(path, 0) == NUMBERS);
    if (isnan(value)) {
        add(told, "?", 1);
    } else {
        add(told, &value, sizeof value);
    }
}

static int end(void *data, const struct xml_path *path, long line, const char *name,
               const char *text) {
    struct told *told = data;
    require(path->depth == told->depth--);
    add(told, &line, sizeof line);
    if (xml_above(path, 0) == WORDS) {
        require(strlen(name) < XML_NAME_SIZE && strlen(text) < XML_TEXT_SIZE);
        add(told, name, strlen(name) + 1);
        add(told, text, strlen(text) + 1);
    }
    return 0;
}

static uint64_t read_it(const char *text, size_t n, size_t piece) {
    static const struct xml_dialect dialect = {
        .file = "test.xml",
        .element = element,
        .wish = wish,
        .begin = begin,
        .number = number,
        .end = end,
    };
    struct told told = {.sum = 0xcbf29ce484222325U};
    struct xml_reader *reader = NULL;
    int broken = 0;
    require(xml_reader_new(&reader, &dialect, &told) == 0);
    for (size_t i = 0; i < n; i += piece) {
        int r = xml_reader_feed(reader, text + i, n - i < piece ? n - i : piece);
        require(r == 0 || (r == XML_READER_E_BROKEN && !broken));
        broken |= r;
    }
    int r = xml_reader_finish(reader);
    require(r == 0 || (r == XML_READER_E_BROKEN && !broken));
    broken |= r;
    long line = xml_reader_line(reader);
    add(&told, &line, sizeof line);
    add(&told, xml_reader_complaint(reader), strlen(xml_reader_complaint(reader)));
    require(!broken == !*xml_reader_complaint(reader));
    (void)xml_reader_free(reader);
    return told.sum;
}

/* ---- the codes ---- */

static json_t *scan(const char *code, const char *text, size_t n, size_t piece) {
    struct scanner *scanner = NULL;
    require(scanner_new(&scanner, code_by_name(code)) == 0);
    for (size_t i = 0; i < n; i += piece) {
        require(scanner_feed(scanner, text + i, n - i < piece ? n - i : piece) == 0);
    }
    require(scanner_finish(scanner) == 0);
    json_t *json = results_to_json(scanner_results(scanner));
    (void)scanner_free(scanner);
    require(json != NULL);
    return json;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n) {
    static const char *const codes[] = {"quantum_espresso", "vasp"};
    const char *text = (const char *)data;
    size_t piece = 1 + (n > 0 ? data[n - 1] % 97 : 0);
    require(read_it(text, n, n + 1) == read_it(text, n, piece));
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) {
        json_t *whole = scan(codes[i], text, n, n + 1);
        json_t *pieces = scan(codes[i], text, n, piece);
        require(json_equal(whole, pieces));
        json_decref(whole);
        json_decref(pieces);
    }
    return 0;
}
