/* SVG 1.1 (https://www.w3.org/TR/SVG11/), written by hand: lines, circles and words
 * with the fonts that the reader has. */
#include "plot/svg.h"

#include "plot/figure.h"

#include <errno.h>

static int append_escaped(struct buf *out, const char *text) {
    int r = 0;
    for (; r == 0 && *text; text++) {
        r = *text == '&'   ? buf_append_str(out, "&amp;")
            : *text == '<' ? buf_append_str(out, "&lt;")
            : *text == '>' ? buf_append_str(out, "&gt;")
                           : buf_append(out, text, 1);
    }
    return r;
}

/* ---- the pen ---- */

static int svg_line(void *data, const struct figure_spot *spots, size_t n,
                    const struct figure_stroke *stroke) {
    struct buf *out = data;
    int r = buf_append_str(out, "<polyline points=\"");
    for (size_t i = 0; i < n && r == 0; i++) {
        r = buf_printf(out, "%s%.1f,%.1f", i > 0 ? " " : "", spots[i].x, spots[i].y);
    }
    return r ? r
             : buf_printf(out, "\" stroke=\"#%06X\" stroke-width=\"%.1f\"%s/>\n",
                          stroke->colour, stroke->width,
                          stroke->dashed ? " stroke-dasharray=\"2 4\"" : "");
}

static int svg_dot(void *data, struct figure_spot at, double radius, unsigned colour) {
    return buf_printf(data,
                      "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"%.1f\" fill=\"#%06X\"/>\n",
                      at.x, at.y, radius, colour);
}

static int svg_words(void *data, const struct figure_words *words) {
    static const char *const anchors[] = {"start", "middle", "end"};
    struct buf *out = data;
    int r = buf_printf(out,
                       "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\" "
                       "font-size=\"%.1f\"%s fill=\"#%06X\">",
                       words->at.x, words->at.y, anchors[words->anchor], words->size,
                       words->bold ? " font-weight=\"bold\"" : "", words->colour);
    r = r ? r : append_escaped(out, words->text);
    if (r == 0 && words->exponent) {
        r = buf_printf(out, "<tspan dy=\"%.1f\" font-size=\"%.1f\">",
                       -0.4 * words->size, 0.75 * words->size);
        r = r ? r : append_escaped(out, words->exponent);
        r = r ? r : buf_append_str(out, "</tspan>");
    }
    return r ? r : buf_append_str(out, "</text>\n");
}

int plot_svg(struct buf *out, const struct plot *plot) {
    const struct figure_pen pen = {
        .data = out, .line = svg_line, .dot = svg_dot, .words = svg_words};
    _cleanup_free_ char *title = figure_title(plot);
    if (!title) {
        return -ENOMEM;
    }
    int r = buf_printf(
        out,
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
        "<svg xmlns=\"http://www.w3.org/2000/svg\" version=\"1.1\" width=\"%d\" "
        "height=\"%d\" viewBox=\"0 0 %d %d\" role=\"img\" "
        "font-family=\"'DejaVu Sans', Verdana, Helvetica, Arial, sans-serif\">\n"
        "<title>",
        FIGURE_WIDTH, FIGURE_HEIGHT, FIGURE_WIDTH, FIGURE_HEIGHT);
    r = r ? r : append_escaped(out, title);
    r = r ? r
          : buf_printf(out,
                       "</title>\n"
                       "<rect width=\"%d\" height=\"%d\" fill=\"#%06X\"/>\n"
                       "<g fill=\"none\" stroke-linejoin=\"round\">\n",
                       FIGURE_WIDTH, FIGURE_HEIGHT, FIGURE_PAPER);
    r = r ? r : figure_draw(plot, &pen);
    return r ? r : buf_append_str(out, "</g>\n</svg>\n");
}
