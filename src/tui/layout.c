/* Arithmetic on rectangles. */
#include "tui/layout.h"

#include <string.h>

/* Columns of the list when a job stands beside it: less than half on a narrow screen, and
 * never more than its columns can use. */
static int list_columns(int columns) {
    int wanted = columns * 46 / 100;

    return wanted > 92 ? 92 : wanted;
}

void layout_panes(struct layout *layout, int rows, int columns, bool zoomed) {
    memset(layout, 0, sizeof *layout);
    if (rows < LAYOUT_MIN_ROWS || columns < LAYOUT_MIN_COLUMNS) {
        layout->too_small = true;
        return;
    }
    int height = rows - 3;
    layout->title = (struct rect){0, 0, 1, columns};
    layout->status = (struct rect){rows - 2, 0, 1, columns};
    layout->keys = (struct rect){rows - 1, 0, 1, columns};
    if (zoomed) {
        layout->job = (struct rect){1, 0, height, columns};
    } else if (columns < LAYOUT_TWO_PANES) {
        layout->list = (struct rect){1, 0, height, columns};
    } else {
        int left = list_columns(columns);
        layout->list = (struct rect){1, 0, height, left};
        layout->rule = (struct rect){1, left, height, 1};
        layout->job = (struct rect){1, left + 1, height, columns - left - 1};
    }
}

static int min(int a, int b) {
    return a < b ? a : b;
}

static int max(int a, int b) {
    return a > b ? a : b;
}

/* The output keeps a few lines, the plot as much as it needs to be read, the facts the rest;
 * what the facts do not need goes to plot and output. */
void layout_job(struct layout *layout, const struct layout_wish *wish) {
    struct rect inner = layout->job;

    if (inner.rows == 0) {
        return;
    }
    inner.y++;
    inner.rows--;
    int output = max(4, inner.rows / 4);
    int plot = wish->has_plot ? max(8, inner.rows * 2 / 5) : 0;
    if (inner.rows - output - plot < 3) {
        plot = 0;
    }
    int facts = min(wish->fact_lines, inner.rows - output - plot);
    int spare = inner.rows - output - plot - facts;
    if (plot > 0) {
        plot += min(spare / 2, 24 - min(plot, 24));
    }
    output = inner.rows - plot - facts;
    layout->facts = (struct rect){inner.y, inner.x, facts, inner.columns};
    layout->plot = (struct rect){inner.y + facts, inner.x, plot, inner.columns};
    layout->output =
        (struct rect){inner.y + facts + plot, inner.x, output, inner.columns};
}

bool layout_contains(const struct rect *rect, int y, int x) {
    return y >= rect->y && y < rect->y + rect->rows && x >= rect->x &&
           x < rect->x + rect->columns;
}
