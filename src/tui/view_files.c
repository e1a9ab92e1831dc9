/* Choosing one of a job's files over the whole screen. */
#include "tui/view.h"

#include "tui/format.h"

#include <stdio.h>

enum {
    TIME_COLUMNS = 21,
    SIZE_COLUMNS = 12,
};

static void draw_file(const struct app *app, int y, int columns,
                      const struct chooser_file *file, bool selected) {
    const struct screen *screen = &app->screen;
    attr_t reverse = screen_attr(screen, STYLE_SELECTED);
    attr_t quiet = selected ? reverse : screen_attr(screen, STYLE_QUIET);
    attr_t attr = selected ? reverse : file->nameless ? quiet : A_NORMAL;
    char space[FORMAT_SIZE];
    /* A narrow screen has no room for the time. */
    int time = columns >= 60 ? TIME_COLUMNS : 0;

    if (selected) {
        screen_blank(y, 0, columns, reverse);
    }
    (void)screen_put(screen, y, 0, 1, attr,
                     selected ? screen_glyph(screen, GLYPH_POINTER) : " ");
    (void)screen_put(screen, y, 2, columns - 3 - SIZE_COLUMNS - time, attr, file->name);
    screen_put_right(screen, y, columns - SIZE_COLUMNS - time, SIZE_COLUMNS - 1, quiet,
                     format_bytes(space, (double)file->size));
    if (time && file->modified_ms) {
        screen_put_right(screen, y, columns - time, time - 1, quiet,
                         format_local_time(space, file->modified_ms));
    }
}

static const char *none_text(const struct chooser *chooser) {
    return !chooser->loaded ? "" : "There are no files in the job's directory.";
}

void view_files(struct app *app) {
    struct chooser *chooser = &app->chooser;
    int columns = app->screen.columns;
    int height = app->screen.rows - 4;
    char heading[512];
    char count[64] = "";

    (void)snprintf(heading, sizeof heading, "Job %lld: choose a file in %s",
                   (long long)chooser->job,
                   chooser->directory ? chooser->directory : "its directory");
    if (chooser->loaded) {
        (void)snprintf(count, sizeof count, chooser->more ? "the first %zu" : "%zu",
                       chooser->n);
    }
    view_heading(app, 1, 0, columns, true, heading, count);
    chooser_keep_in_view(chooser, (size_t)height);
    if (chooser->n == 0) {
        (void)screen_put(&app->screen, 2, 2, columns - 2, A_NORMAL, none_text(chooser));
    }
    for (int i = 0; i < height; i++) {
        size_t place = chooser->top + (size_t)i;
        if (place < chooser->n) {
            draw_file(app, 2 + i, columns, &chooser->files[place],
                      place == chooser->selected);
        }
    }
}
