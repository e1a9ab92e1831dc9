/* Choosing an input file over the whole screen. */
#include "tui/view.h"

#include "codes/code.h"
#include "tui/format.h"

#include <stdio.h>
#include <string.h>

enum {
    KIND_COLUMNS = 20,
    SIZE_COLUMNS = 12,
};

static void draw_entry(const struct app *app, int y, int columns,
                       const struct picker_entry *entry, bool selected) {
    const struct screen *screen = &app->screen;
    attr_t reverse = screen_attr(screen, STYLE_SELECTED);
    attr_t quiet = screen_attr(screen, selected ? STYLE_SELECTED : STYLE_QUIET);
    attr_t attr = selected                          ? reverse
                  : entry->is_folder || entry->code ? A_NORMAL
                                                    : quiet;
    char space[FORMAT_SIZE];
    char name[512];
    int name_columns = columns - 3 - KIND_COLUMNS - SIZE_COLUMNS;

    if (selected) {
        screen_blank(y, 0, columns, reverse);
    }
    (void)snprintf(name, sizeof name, "%s%s", entry->name, entry->is_folder ? "/" : "");
    (void)screen_put(screen, y, 0, 1, attr,
                     selected ? screen_glyph(screen, GLYPH_POINTER) : " ");
    if (entry->is_folder) {
        (void)screen_put(screen, y, 2, columns - 3, attr, name);
        return;
    }
    (void)screen_put(screen, y, 2, name_columns, attr, name);
    if (entry->code) {
        attr_t good = selected ? reverse : screen_attr(screen, STYLE_GOOD);
        (void)screen_put(screen, y, 3 + name_columns, KIND_COLUMNS - 1, good,
                         code_title(entry->code));
    }
    screen_put_right(screen, y, columns - SIZE_COLUMNS, SIZE_COLUMNS - 1, quiet,
                     format_bytes(space, (double)entry->size));
}

static void keep_in_view(struct picker *picker, size_t height) {
    if (picker->selected < picker->top) {
        picker->top = picker->selected;
    } else if (picker->selected >= picker->top + height) {
        picker->top = picker->selected - height + 1;
    }
}

void view_picker(struct app *app) {
    struct picker *picker = &app->picker;
    int columns = app->screen.columns;
    int height = app->screen.rows - 4;
    char heading[512];

    (void)snprintf(heading, sizeof heading, "New job: choose an input in %s",
                   picker->folder);
    view_heading(app, 1, 0, columns, true, heading, NULL);
    keep_in_view(picker, (size_t)height);
    if (picker->n == 0) {
        (void)screen_put(&app->screen, 2, 2, columns - 2, A_NORMAL,
                         "There is nothing in this folder.");
    }
    for (int i = 0; i < height; i++) {
        size_t place = picker->top + (size_t)i;
        if (place < picker->n) {
            picker_look(picker, place);
            draw_entry(app, 2 + i, columns, &picker->entries[place],
                       place == picker->selected);
        }
    }
}
