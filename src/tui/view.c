/* The frame: which views are on the screen, and pieces they share. */
#include "tui/view.h"

#include "tui/text.h"

#include <string.h>

void view_heading(const struct app *app, int y, int x, int columns, bool focused,
                  const char *text, const char *right) {
    const struct screen *screen = &app->screen;
    attr_t quiet = screen_attr(screen, STYLE_QUIET);
    int room = columns - 4;
    int width = right ? text_columns(right, strlen(right)) : 0;

    screen_line(screen, y, x, columns, quiet);
    int wanted = text_columns(text, strlen(text));
    if (width > 0 && wanted + width + 3 <= room) {
        screen_put_char(y, x + columns - width - 3, quiet, L' ');
        (void)screen_put(screen, y, x + columns - width - 2, width, quiet, right);
        screen_put_char(y, x + columns - 2, quiet, L' ');
        room -= width + 3;
    }
    if (room > 0 && *text) {
        attr_t attr = screen_attr(screen, focused ? STYLE_HEADING : STYLE_TITLE);
        screen_put_char(y, x + 1, quiet, L' ');
        int used = screen_put(screen, y, x + 2, room, attr, text);
        screen_put_char(y, x + 2 + used, quiet, L' ');
    }
}

struct rect view_box(const struct app *app, int rows, int columns, const char *title) {
    const struct screen *screen = &app->screen;
    attr_t quiet = screen_attr(screen, STYLE_QUIET);
    struct rect box = {0, 0, rows + 2, columns + 4};

    if (box.rows > screen->rows) {
        box.rows = screen->rows;
    }
    if (box.columns > screen->columns) {
        box.columns = screen->columns;
    }
    box.y = (screen->rows - box.rows) / 2;
    box.x = (screen->columns - box.columns) / 2;
    int bottom = box.y + box.rows - 1;
    int right = box.x + box.columns - 1;
    const char *side = screen_glyph(screen, GLYPH_DOWN);
    for (int y = box.y; y <= bottom; y++) {
        screen_blank(y, box.x, box.columns, A_NORMAL);
        (void)screen_put(screen, y, box.x, 1, quiet, side);
        (void)screen_put(screen, y, right, 1, quiet, side);
    }
    view_heading(app, box.y, box.x, box.columns, true, title, NULL);
    screen_line(screen, bottom, box.x, box.columns, quiet);
    for (int i = 0; i < 4; i++) {
        (void)screen_put(screen, i < 2 ? box.y : bottom, i % 2 ? right : box.x, 1,
                         quiet, screen_glyph(screen, (enum glyph)(GLYPH_CORNERS + i)));
    }
    return (struct rect){box.y + 1, box.x + 2, box.rows - 2, box.columns - 4};
}

int view_wrapped(const struct app *app, const struct rect *rect, attr_t attr,
                 const char *text) {
    int line = 0;

    while (*text && line < rect->rows) {
        const char *next;
        size_t n = text_wrap(text, rect->columns, &next);
        (void)screen_put_part(&app->screen, rect->y + line, rect->x, rect->columns,
                              attr, text, n, 0);
        text = next;
        line++;
    }
    return line;
}

static void draw_panes(struct app *app) {
    const struct layout *layout = &app->layout;
    const struct screen *screen = &app->screen;
    const struct rect *rule = &layout->rule;
    attr_t quiet = screen_attr(screen, STYLE_QUIET);

    if (layout->list.rows > 0) {
        view_list(app, &layout->list);
    }
    if (layout->job.rows > 0) {
        view_job(app, &layout->job);
    }
    for (int y = rule->y; y < rule->y + rule->rows; y++) {
        bool heading = (layout->plot.rows > 0 && y == layout->plot.y) ||
                       (layout->output.rows > 0 && y == layout->output.y);
        enum glyph glyph = y == rule->y ? GLYPH_TEE
                           : heading    ? GLYPH_BRANCH
                                        : GLYPH_DOWN;
        (void)screen_put(screen, y, rule->x, 1, quiet, screen_glyph(screen, glyph));
    }
}

static void draw_mode(struct app *app) {
    switch (app->mode) {
    case MODE_MAIN:
    case MODE_JOB:
        draw_panes(app);
        break;
    case MODE_LOG:
        view_log(app);
        break;
    case MODE_PICKER:
        view_picker(app);
        break;
    case MODE_FILES:
        view_files(app);
        break;
    case MODE_CLUSTERS:
        view_clusters(app);
        break;
    case MODE_LINEUP:
        view_lineup(app);
        break;
    }
}

void view_draw(struct app *app) {
    screen_begin();
    layout_panes(&app->layout, app->screen.rows, app->screen.columns,
                 app->mode == MODE_JOB);
    if (app->layout.too_small) {
        (void)screen_put(&app->screen, 0, 0, app->screen.columns, A_NORMAL,
                         "terminal too small");
    } else {
        if (app->help) {
            view_help(app);
        } else {
            draw_mode(app);
        }
        view_bars(app);
        if (app->dialog[0]) {
            view_dialog(app);
        }
    }
    screen_end();
    app->dirty = false;
}
