/* Arithmetic on rectangles. */
#include "tui/layout.h"

#include <string.h>

/* Columns of the list when a job stands beside it: enough to see each job's convergence
 * at a glance on a narrow screen, and never more than its columns can use. */
static int list_columns(int columns) {
    int wanted = columns * 58 / 100;

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

/* The least that is of use: heading and two lines; heading, four rows, axis and labels.
 */
enum {
    OUTPUT_LEAST = 3,
    PLOT_LEAST = 7,
    PLOT_MOST = 22,
};

/* Give *part up to `to` lines from what is spare. */
static void grow(int *part, int *spare, int to) {
    int by = min(*spare, max(0, to - *part));

    *part += by;
    *spare -= by;
}

/* The plot to the right of the facts, the output below both. */
static void lay_beside(struct layout *layout, const struct rect *inner) {
    int left = inner->columns / 2 > 64 ? 64 : inner->columns / 2;
    int top = min(PLOT_MOST, inner->rows * 3 / 5);

    layout->facts = (struct rect){inner->y, inner->x, top, left};
    layout->plot = (struct rect){inner->y, inner->x + left, top, inner->columns - left};
    layout->output =
        (struct rect){inner->y + top, inner->x, inner->rows - top, inner->columns};
}

/* What matters comes first, then a plot and an output that can be read, then the rest.
 */
static void lay_below(struct layout *layout, const struct rect *inner,
                      const struct layout_wish *wish) {
    int facts = 0;
    int plot = 0;
    int output = 0;
    int spare = inner->rows;

    grow(&output, &spare, OUTPUT_LEAST);
    if (wish->has_plot && spare >= PLOT_LEAST + 2) {
        grow(&plot, &spare, PLOT_LEAST);
    }
    grow(&facts, &spare, wish->main_lines);
    if (plot > 0) {
        grow(&plot, &spare, min(PLOT_MOST, inner->rows * 2 / 5));
    }
    grow(&output, &spare, max(5, inner->rows / 4));
    grow(&facts, &spare, wish->all_lines);
    if (plot > 0) {
        grow(&plot, &spare, PLOT_MOST);
    }
    output += spare;
    layout->facts = (struct rect){inner->y, inner->x, facts, inner->columns};
    layout->plot = (struct rect){inner->y + facts, inner->x, plot, inner->columns};
    layout->output =
        (struct rect){inner->y + facts + plot, inner->x, output, inner->columns};
}

void layout_job(struct layout *layout, const struct layout_wish *wish) {
    struct rect inner = layout->job;

    if (inner.rows == 0) {
        return;
    }
    inner.y++;
    inner.rows--;
    if (wish->beside && wish->has_plot && inner.columns >= LAYOUT_BESIDE &&
        inner.rows * 3 / 5 >= PLOT_LEAST) {
        lay_beside(layout, &inner);
    } else {
        lay_below(layout, &inner, wish);
    }
}

bool layout_contains(const struct rect *rect, int y, int x) {
    return y >= rect->y && y < rect->y + rect->rows && x >= rect->x &&
           x < rect->x + rect->columns;
}
