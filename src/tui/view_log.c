/* Text of a file: beside the results, or over the whole screen. */
#include "tui/view.h"

#include "tui/text.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#define CHANGED "changed since the job ended"

static const char *file_title(const struct app *app, enum closeup_file file) {
    static const char *const titles[CLOSEUP_CHOSEN] = {"Output", "Error output",
                                                       "Input"};
    const char *chosen = app->closeup.chosen;

    return file != CLOSEUP_CHOSEN ? titles[file] : chosen ? chosen : "File";
}

/* Blank columns on the left that all lines in view have: a narrow pane leaves them out.
 */
static int common_indent(const struct reader *reader, const struct logtext *text) {
    size_t least = 8;

    for (size_t i = 0; i < reader->scroll.height; i++) {
        size_t line = reader->scroll.top + i;
        if (line >= text->n_lines) {
            break;
        }
        size_t n;
        const char *bytes = logtext_line(text, line, &n);
        size_t blank = 0;
        while (blank < n && bytes[blank] == ' ') {
            blank++;
        }
        if (blank < n && blank < least) {
            least = blank;
        }
    }
    return least == 8 ? 0 : (int)least;
}

/* Matches of the searched word in one line, on top of the line. */
static void mark_matches(const struct app *app, const struct reader *reader,
                         const struct rect *rect, int y, const char *line, size_t n) {
    size_t length = strlen(reader->word);
    attr_t found = screen_attr(&app->screen, STYLE_FOUND);

    for (size_t i = 0; length > 0 && i + length <= n; i++) {
        if (strncasecmp(line + i, reader->word, length) != 0) {
            continue;
        }
        int column = text_columns(line, i) - reader->skip;
        if (column >= 0 && column < rect->columns) {
            (void)screen_put_part(&app->screen, y, rect->x + column,
                                  rect->columns - column, found, line + i, length, 0);
        }
    }
}

static void draw_lines(const struct app *app, const struct reader *reader,
                       const struct rect *rect, int skip) {
    const struct logtext *text = &app->closeup.files[reader->file].text;

    for (int i = 0; i < rect->rows; i++) {
        size_t line = reader->scroll.top + (size_t)i;
        if (line >= text->n_lines) {
            break;
        }
        size_t n;
        const char *bytes = logtext_line(text, line, &n);
        (void)screen_put_part(&app->screen, rect->y + i, rect->x, rect->columns,
                              A_NORMAL, bytes, n, skip);
        mark_matches(app, reader, rect, rect->y + i, bytes, n);
    }
}

static const char *empty_text(const struct app *app, const struct reader *reader) {
    const struct summary *job = app_job(app);

    if (!app->closeup.files[reader->file].loaded) {
        return "";
    }
    if (job && job->state == SUMMARY_QUEUED) {
        return "It has not started yet.";
    }
    return job && summary_is_final(job) ? "There is none." : "Nothing yet.";
}

static void draw_body(struct app *app, struct reader *reader, const struct rect *rect,
                      bool narrow) {
    const struct logtext *text = &app->closeup.files[reader->file].text;

    reader_measure(reader, text, rect->rows);
    if (text->n == 0) {
        (void)screen_put(&app->screen, rect->y, rect->x + 1, rect->columns - 1,
                         screen_attr(&app->screen, STYLE_QUIET),
                         empty_text(app, reader));
        return;
    }
    draw_lines(app, reader, rect, narrow ? common_indent(reader, text) : reader->skip);
}

void view_reader(struct app *app, struct reader *reader, const struct rect *rect,
                 bool focused) {
    struct rect body = {rect->y + 1, rect->x + 1, rect->rows - 1, rect->columns - 1};

    view_heading(app, rect->y, rect->x, rect->columns, focused,
                 file_title(app, reader->file),
                 app->closeup.files[reader->file].changed ? CHANGED
                 : reader->follow                         ? NULL
                                                          : "scrolled");
    if (body.rows > 0) {
        draw_body(app, reader, &body, true);
    }
}

/* Where one is in the file. */
static void describe_place(const struct app *app, const struct reader *reader,
                           char *out, size_t size) {
    const struct logtext *text = &app->closeup.files[reader->file].text;
    const struct scroll *scroll = &reader->scroll;
    size_t last = scroll->top + scroll->height;

    if (reader->follow) {
        (void)snprintf(out, size, "following");
    } else if (text->begin == 0) {
        (void)snprintf(out, size, "lines %zu to %zu of %zu", scroll->top + 1,
                       last < scroll->lines ? last : scroll->lines, scroll->lines);
    } else {
        (void)snprintf(out, size, "%zu lines from the end",
                       scroll->lines > last ? scroll->lines - last : 0);
    }
}

void view_log(struct app *app) {
    const struct summary *job = app_job(app);
    struct reader *reader = &app->log;
    struct rect body = {2, 0, app->screen.rows - 4, app->screen.columns};
    char text[512];
    char place[64];

    draw_body(app, reader, &body, false);
    (void)snprintf(text, sizeof text, "%s of %lld %s", file_title(app, reader->file),
                   job ? (long long)job->id : 0, job && job->name ? job->name : "");
    describe_place(app, reader, place, sizeof place);
    if (app->closeup.files[reader->file].changed) {
        (void)snprintf(place, sizeof place, "%s", CHANGED);
    }
    view_heading(app, 1, 0, app->screen.columns, true, text, place);
}
