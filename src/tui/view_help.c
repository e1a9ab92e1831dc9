/* What lies over everything: the help, and texts that must be read before one goes on.
 */
#include "tui/view.h"

#include "tui/text.h"

#include <string.h>

enum {
    KEYS_COLUMNS = 14,
    HELP_COLUMNS = 70,
    DIALOG_COLUMNS = 60,
};

/* One line of the help, which may wrap. Returns its lines; draws those in [first,
 * last). */
static size_t help_line(const struct app *app, const struct rect *rect,
                        const struct key_line *entry, size_t line, bool draw) {
    const struct scroll *scroll = &app->help_scroll;
    const struct screen *screen = &app->screen;
    int indent = entry->keys ? KEYS_COLUMNS : 0;
    const char *text = entry->text;
    size_t lines = 0;

    do {
        const char *next;
        size_t n = text_wrap(text, rect->columns - indent, &next);
        size_t at = line + lines;
        if (draw && at >= scroll->top && at < scroll->top + scroll->height) {
            int y = rect->y + (int)(at - scroll->top);
            if (entry->keys && lines == 0) {
                (void)screen_put(screen, y, rect->x, KEYS_COLUMNS - 1,
                                 screen_attr(screen, STYLE_KEY), entry->keys);
            }
            (void)screen_put_part(screen, y, rect->x + indent, rect->columns - indent,
                                  entry->keys ? A_NORMAL
                                              : screen_attr(screen, STYLE_HEADING),
                                  text, n, 0);
        }
        text = next;
        lines++;
    } while (*text);
    return lines;
}

/* All lines; groups are set apart by an empty one. */
static size_t help_lines(const struct app *app, const struct rect *rect, bool draw) {
    struct key_line entry;
    size_t line = 0;

    for (size_t i = 0; keymap_help(i, &entry); i++) {
        if (!entry.keys && i > 0) {
            line++;
        }
        line += help_line(app, rect, &entry, line, draw);
    }
    return line;
}

void view_help(struct app *app) {
    struct scroll *scroll = &app->help_scroll;
    int columns = app->screen.columns - 6;
    int height = app->screen.rows - 6;
    struct rect inner = {0, 0, 0, columns < HELP_COLUMNS ? columns : HELP_COLUMNS};

    scroll->lines = help_lines(app, &inner, false);
    if ((size_t)height > scroll->lines) {
        height = (int)scroll->lines;
    }
    scroll->height = (size_t)height;
    scroll_clamp(scroll);
    inner = view_box(app, height, inner.columns,
                     scroll->lines > scroll->height ? "Keys (j and k scroll)" : "Keys");
    (void)help_lines(app, &inner, true);
}

static const char *dialog_end(enum dialog_kind kind) {
    static const char *const ends[] = {
        [DIALOG_TOLD] = "Any key goes on.",
        [DIALOG_FORCE] = "Run it all the same? (y/n)",
        [DIALOG_QUEUE] = "Let it run after that job? (y/n)",
        [DIALOG_RESUBMIT] = "Go on? (y/n)",
    };

    return ends[kind];
}

void view_dialog(struct app *app) {
    int columns = app->screen.columns - 8;
    struct rect inner = {0, 0, 0, columns < DIALOG_COLUMNS ? columns : DIALOG_COLUMNS};
    const char *text = app->dialog;
    int lines = 0;

    while (*text) {
        const char *next;
        (void)text_wrap(text, inner.columns, &next);
        text = next;
        lines++;
    }
    inner = view_box(app, lines + 2, inner.columns, app->dialog_title);
    int used = view_wrapped(app, &inner, A_NORMAL, app->dialog);
    if (used + 1 < inner.rows) {
        (void)screen_put(&app->screen, inner.y + used + 1, inner.x, inner.columns,
                         screen_attr(&app->screen, STYLE_QUIET),
                         dialog_end(app->dialog_kind));
    }
}
