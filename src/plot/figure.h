/* A plot laid out on a sheet, for files: where each line and word goes. What draws them
 * is a pen. */
#pragma once

#include "plot/plot.h"

enum {
    FIGURE_WIDTH = 720,
    FIGURE_HEIGHT = 440,
};

/* Colours, as 0xRRGGBB. */
enum figure_colour {
    FIGURE_PAPER = 0xFFFFFF,
    FIGURE_TEXT = 0x202020,
    FIGURE_QUIET = 0x5F5F5F,
    FIGURE_AXIS = 0x404040,
    FIGURE_GRID = 0xE3E3E3,
    FIGURE_RULE = 0xB0B0B0,
    FIGURE_FIRST = 0x0072B2, /* told apart by those who do not see all colours */
    FIGURE_SECOND = 0xD55E00,
};

struct figure_spot {
    double x, y; /* from the upper left corner */
};

struct figure_stroke {
    unsigned colour;
    double width;
    bool dashed;
};

enum figure_anchor {
    FIGURE_START,
    FIGURE_MIDDLE,
    FIGURE_END,
};

struct figure_words {
    struct figure_spot at; /* on the baseline */
    enum figure_anchor anchor;
    double size;
    bool bold;
    unsigned colour;
    const char *text;     /* UTF-8, of which XML allows every character */
    const char *exponent; /* raised behind it; NULL: none */
};

/* Each returns 0 or a negative errno, which ends the drawing. */
struct figure_pen {
    void *data;
    int (*line)(void *data, const struct figure_spot *spots, size_t n,
                const struct figure_stroke *stroke);
    int (*dot)(void *data, struct figure_spot at, double radius, unsigned colour);
    int (*words)(void *data, const struct figure_words *words);
};

/* What the plot is called, in characters that XML 1.0 allows, of one line: others
 * become
 * '?'. The caller frees; NULL when memory runs out. */
char *figure_title(const struct plot *plot);

/* 0, -ENOMEM or what the pen returned. */
int figure_draw(const struct plot *plot, const struct figure_pen *pen);
