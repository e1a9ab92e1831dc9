/* Results as any server or file may hold them, drawn in every way and size; and the
 * same bytes as a name. What comes out as SVG must be XML. */
#include "plot/kind.h"
#include "plot/svg.h"
#include "plot/text.h"

#include <errno.h>
#include <expat.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void draw_text(const struct plot *plot, enum plot_marks marks, int rows,
                      int columns) {
    const struct plot_size size = {marks, rows, columns};
    _cleanup_(plot_text_freep) struct plot_text *text = NULL;
    if (plot_text_new(&text, plot, &size) < 0) {
        abort();
    }
    for (int row = 0; row < text->rows; row++) {
        _cleanup_buf_ struct buf line = BUF_NULL;
        if (plot_text_row(&line, text, row, NULL, NULL) < 0) {
            abort();
        }
        for (size_t i = 0; i < buf_len(&line); i++) {
            unsigned char c = (unsigned char)buf_bytes(&line)[i];
            if (c < 0x20 || (marks == PLOT_ASCII && c >= 0x7F)) {
                abort();
            }
        }
    }
}

static void draw_svg(const struct plot *plot) {
    _cleanup_buf_ struct buf svg = BUF_NULL;
    if (plot_svg(&svg, plot) < 0) {
        abort();
    }
    XML_Parser parser = XML_ParserCreate(NULL);
    if (!parser || buf_len(&svg) > INT32_MAX ||
        XML_Parse(parser, buf_bytes(&svg), (int)buf_len(&svg), 1) != XML_STATUS_OK) {
        abort();
    }
    XML_ParserFree(parser);
}

static void draw_kind(const json_t *results, enum plot_kind kind, const char *name) {
    _cleanup_(plot_freep) struct plot *plot = NULL;
    int r = plot_of_results(&plot, results, kind);
    if (r < 0 || (r == 0 && plot->n_drawn == 0)) {
        abort();
    }
    if (r != 0) {
        return;
    }
    plot->title = strdup(name);
    draw_text(plot, PLOT_BRAILLE, 24, 80);
    draw_text(plot, PLOT_ASCII, 3, 7);
    draw_svg(plot);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n) {
    json_t *results = json_loadb((const char *)data, n, JSON_ALLOW_NUL, NULL);
    char *name = strndup((const char *)data, n);
    unsigned kinds = 0;
    if (results && plot_kinds_of(results, &kinds) < 0) {
        abort();
    }
    for (int kind = 0; results && name && kind < PLOT_N_KINDS; kind++) {
        draw_kind(results, (enum plot_kind)kind, name);
    }
    free(name);
    json_decref(results);
    return 0;
}
