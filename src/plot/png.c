/* The library is loaded when the first PNG is wanted, and stays then: linked to the
 * program it and what it needs would more than double the time that every command takes
 * to start. Its header gives the types of the functions, so that none can be mistaken.
 *
 * In a system without fonts the words are missing and the rest is there. */
#include "plot/png.h"

#include "plot/figure.h"

#include <cairo.h>
#include <dlfcn.h>
#include <errno.h>

#define LIBRARY "libcairo.so.2"

struct cairo {
    __typeof__(cairo_debug_reset_static_data) *debug_reset_static_data;
    __typeof__(cairo_image_surface_create) *image_surface_create;
    __typeof__(cairo_surface_destroy) *surface_destroy;
    __typeof__(cairo_surface_write_to_png_stream) *surface_write_to_png_stream;
    __typeof__(cairo_create) *create;
    __typeof__(cairo_destroy) *destroy;
    __typeof__(cairo_status) *status;
    __typeof__(cairo_scale) *scale;
    __typeof__(cairo_paint) *paint;
    __typeof__(cairo_set_source_rgb) *set_source_rgb;
    __typeof__(cairo_set_line_width) *set_line_width;
    __typeof__(cairo_set_line_join) *set_line_join;
    __typeof__(cairo_set_dash) *set_dash;
    __typeof__(cairo_move_to) *move_to;
    __typeof__(cairo_line_to) *line_to;
    __typeof__(cairo_arc) *arc;
    __typeof__(cairo_stroke) *stroke;
    __typeof__(cairo_fill) *fill;
    __typeof__(cairo_select_font_face) *select_font_face;
    __typeof__(cairo_set_font_size) *set_font_size;
    __typeof__(cairo_text_extents) *text_extents;
    __typeof__(cairo_show_text) *show_text;
    void (*fonts_deinit)(void); /* fontconfig's, where cairo uses that; may be NULL */
};

static const struct {
    const char *name;
    size_t offset; /* of its pointer */
} functions[] = {
    {"cairo_debug_reset_static_data", offsetof(struct cairo, debug_reset_static_data)},
    {"cairo_image_surface_create", offsetof(struct cairo, image_surface_create)},
    {"cairo_surface_destroy", offsetof(struct cairo, surface_destroy)},
    {"cairo_surface_write_to_png_stream",
     offsetof(struct cairo, surface_write_to_png_stream)},
    {"cairo_create", offsetof(struct cairo, create)},
    {"cairo_destroy", offsetof(struct cairo, destroy)},
    {"cairo_status", offsetof(struct cairo, status)},
    {"cairo_scale", offsetof(struct cairo, scale)},
    {"cairo_paint", offsetof(struct cairo, paint)},
    {"cairo_set_source_rgb", offsetof(struct cairo, set_source_rgb)},
    {"cairo_set_line_width", offsetof(struct cairo, set_line_width)},
    {"cairo_set_line_join", offsetof(struct cairo, set_line_join)},
    {"cairo_set_dash", offsetof(struct cairo, set_dash)},
    {"cairo_move_to", offsetof(struct cairo, move_to)},
    {"cairo_line_to", offsetof(struct cairo, line_to)},
    {"cairo_arc", offsetof(struct cairo, arc)},
    {"cairo_stroke", offsetof(struct cairo, stroke)},
    {"cairo_fill", offsetof(struct cairo, fill)},
    {"cairo_select_font_face", offsetof(struct cairo, select_font_face)},
    {"cairo_set_font_size", offsetof(struct cairo, set_font_size)},
    {"cairo_text_extents", offsetof(struct cairo, text_extents)},
    {"cairo_show_text", offsetof(struct cairo, show_text)},
};

struct canvas {
    struct cairo cairo;
    cairo_surface_t *surface; /* owned */
    cairo_t *context;         /* owned */
};

static int load(struct cairo *cairo, struct errmsg *msg) {
    void *library = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
    bool whole = library != NULL;
    for (size_t i = 0; i < sizeof functions / sizeof *functions && whole; i++) {
        void *found = dlsym(library, functions[i].name);
        memcpy((char *)cairo + functions[i].offset, &found, sizeof found);
        whole = found != NULL;
    }
    if (!whole) {
        return errmsg_set(msg, PLOT_E_NO_CAIRO,
                          "PNG needs the library cairo (" LIBRARY
                          "), which is not on this machine");
    }
    void *found = dlsym(library, "FcFini");
    memcpy(&cairo->fonts_deinit, &found, sizeof found);
    return 0;
}

/* With the fonts that the library would keep for the next time. */
static void canvas_deinit(struct canvas *canvas) {
    const struct cairo *cairo = &canvas->cairo;
    if (!canvas->surface) {
        return;
    }
    cairo->destroy(canvas->context);
    cairo->surface_destroy(canvas->surface);
    cairo->debug_reset_static_data();
    if (cairo->fonts_deinit) {
        cairo->fonts_deinit();
    }
}

static void set_colour(const struct canvas *canvas, unsigned colour) {
    canvas->cairo.set_source_rgb(canvas->context, (colour >> 16) / 255.0,
                                 (colour >> 8 & 0xFF) / 255.0, (colour & 0xFF) / 255.0);
}

/* ---- the pen; cairo keeps its first error, which is asked for at the end ---- */

static int png_line(void *data, const struct figure_spot *spots, size_t n,
                    const struct figure_stroke *stroke) {
    static const double dashes[] = {2, 4};
    const struct canvas *canvas = data;
    const struct cairo *cairo = &canvas->cairo;
    set_colour(canvas, stroke->colour);
    cairo->set_line_width(canvas->context, stroke->width);
    cairo->set_dash(canvas->context, dashes, stroke->dashed ? 2 : 0, 0);
    cairo->move_to(canvas->context, spots[0].x, spots[0].y);
    for (size_t i = 1; i < n; i++) {
        cairo->line_to(canvas->context, spots[i].x, spots[i].y);
    }
    cairo->stroke(canvas->context);
    return 0;
}

static int png_dot(void *data, struct figure_spot at, double radius, unsigned colour) {
    static const double whole_turn = 6.283185307179586;
    const struct canvas *canvas = data;
    set_colour(canvas, colour);
    canvas->cairo.arc(canvas->context, at.x, at.y, radius, 0, whole_turn);
    canvas->cairo.fill(canvas->context);
    return 0;
}

/* How far a text leads. */
static double text_width(const struct canvas *canvas, const char *text, double size) {
    cairo_text_extents_t extents = {0};
    canvas->cairo.set_font_size(canvas->context, size);
    canvas->cairo.text_extents(canvas->context, text, &extents);
    return extents.x_advance;
}

static void show(const struct canvas *canvas, double x, double y, const char *text,
                 double size) {
    canvas->cairo.set_font_size(canvas->context, size);
    canvas->cairo.move_to(canvas->context, x, y);
    canvas->cairo.show_text(canvas->context, text);
}

static int png_words(void *data, const struct figure_words *words) {
    const struct canvas *canvas = data;
    double raised = 0.75 * words->size;
    canvas->cairo.select_font_face(
        canvas->context, "DejaVu Sans", CAIRO_FONT_SLANT_NORMAL,
        words->bold ? CAIRO_FONT_WEIGHT_BOLD : CAIRO_FONT_WEIGHT_NORMAL);
    set_colour(canvas, words->colour);
    double width = text_width(canvas, words->text, words->size);
    double all = width;
    if (words->exponent) {
        all += text_width(canvas, words->exponent, raised);
    }
    double x = words->at.x - (words->anchor == FIGURE_MIDDLE ? all / 2
                              : words->anchor == FIGURE_END  ? all
                                                             : 0);
    show(canvas, x, words->at.y, words->text, words->size);
    if (words->exponent) {
        show(canvas, x + width, words->at.y - 0.4 * words->size, words->exponent,
             raised);
    }
    return 0;
}

/* ---- the file ---- */

static cairo_status_t take_bytes(void *data, const unsigned char *bytes, unsigned n) {
    return buf_append(data, bytes, n) < 0 ? CAIRO_STATUS_NO_MEMORY
                                          : CAIRO_STATUS_SUCCESS;
}

static void prepare(struct canvas *canvas) {
    const struct cairo *cairo = &canvas->cairo;
    canvas->surface =
        cairo->image_surface_create(CAIRO_FORMAT_RGB24, FIGURE_WIDTH * PLOT_PNG_SCALE,
                                    FIGURE_HEIGHT * PLOT_PNG_SCALE);
    canvas->context = cairo->create(canvas->surface);
    cairo->scale(canvas->context, PLOT_PNG_SCALE, PLOT_PNG_SCALE);
    cairo->set_line_join(canvas->context, CAIRO_LINE_JOIN_ROUND);
    set_colour(canvas, FIGURE_PAPER);
    cairo->paint(canvas->context);
}

int plot_png(struct buf *out, const struct plot *plot, struct errmsg *msg) {
    _cleanup_(canvas_deinit) struct canvas canvas = {.surface = NULL};
    const struct figure_pen pen = {
        .data = &canvas, .line = png_line, .dot = png_dot, .words = png_words};
    int r = load(&canvas.cairo, msg);
    if (r != 0) {
        return r;
    }
    prepare(&canvas);
    r = figure_draw(plot, &pen);
    if (r < 0) {
        return r;
    }
    /* Sizes and text are in order: what can fail is memory. */
    return canvas.cairo.status(canvas.context) != CAIRO_STATUS_SUCCESS ||
                   canvas.cairo.surface_write_to_png_stream(canvas.surface, take_bytes,
                                                            out) != CAIRO_STATUS_SUCCESS
               ? -ENOMEM
               : 0;
}
