/* Where everything goes on a screen of a given size. Pure. */
#pragma once

#include <stdbool.h>

struct rect {
    int y, x, rows, columns; /* nothing when rows or columns is 0 */
};

enum {
    LAYOUT_MIN_ROWS = 10,
    LAYOUT_MIN_COLUMNS = 40,
    LAYOUT_TWO_PANES = 72, /* columns from which list and job stand side by side */
    LAYOUT_BESIDE = 110,   /* columns from which facts and plot of an open job do */
};

struct layout {
    bool too_small;
    struct rect title;  /* top line */
    struct rect list;   /* with its heading */
    struct rect rule;   /* between the panes */
    struct rect job;    /* with its heading: facts, plot and output are inside */
    struct rect facts;  /* of the job */
    struct rect plot;   /* with its heading and axis */
    struct rect output; /* with its heading */
    struct rect status; /* bottom but one */
    struct rect keys;   /* bottom line */
};

/* What the panes would like. */
struct layout_wish {
    bool has_plot;
    bool beside;    /* the plot may stand beside the facts where there is room */
    int main_lines; /* of the facts that matter most, at the width of the pane */
    int all_lines;  /* with the background: paths, times */
};

void layout_panes(struct layout *layout, int rows, int columns, bool zoomed);
/* Divide the job's pane; call layout_panes first. */
void layout_job(struct layout *layout, const struct layout_wish *wish);

bool layout_contains(const struct rect *rect, int y, int x);
