/* The line that is being typed, or the question, in place of the keys. */
#include "tui/text.h"
#include "tui/view.h"

#include <stdio.h>
#include <string.h>

static const char *prompt_label(const struct app *app, char *space, size_t size) {
    const struct picker_entry *entry;
    const struct summary *job;

    switch (app->prompt.kind) {
    case PROMPT_FILTER:
        return "Filter: ";
    case PROMPT_SEARCH:
        return "Search: ";
    case PROMPT_CORES:
        entry = picker_selected(&app->picker);
        (void)snprintf(space, size, "Run %s%s%s %s how many cores? ",
                       entry ? entry->name : "", *app->place ? " on " : "", app->place,
                       *app->place ? "with" : "on");
        return space;
    case PROMPT_PATH:
        (void)snprintf(space, size, "Run the input file on %s%s%s: ", app->conn.host,
                       *app->place ? ", for " : "", app->place);
        return space;
    case PROMPT_CANCEL:
        job = model_find(&app->model, app->prompt.job);
        (void)snprintf(space, size, "Cancel job %lld, %s? (y/n) ",
                       (long long)app->prompt.job, job && job->name ? job->name : "");
        return space;
    case PROMPT_REMOVE:
        job = model_find(&app->model, app->prompt.job);
        (void)snprintf(space, size, "Forget job %lld, %s? Its files stay. (y/n) ",
                       (long long)app->prompt.job, job && job->name ? job->name : "");
        return space;
    case PROMPT_CANCEL_THERE:
        (void)snprintf(space, size, "Cancel %.120s, on %s? (y/n) ", app->prompt.before,
                       app->lineup.cluster);
        return space;
    case PROMPT_TAGS:
    case PROMPT_NAME:
    case PROMPT_NOTE:
        (void)snprintf(space, size, "%s job %lld: ",
                       app->prompt.kind == PROMPT_TAGS   ? "Tags of"
                       : app->prompt.kind == PROMPT_NAME ? "Name of"
                                                         : "Note on",
                       (long long)app->prompt.job);
        return space;
    case PROMPT_NONE:
        break;
    }
    return "";
}

/* Where Tab leads. */
static const char *place_hint(const struct app *app, char *space, size_t size) {
    const char *next = places_next(&app->places, app->place);

    if (app->places.n == 0) {
        return "Enter run   Esc back";
    }
    (void)snprintf(space, size, "Tab %s%s   Enter run   Esc back",
                   *next ? "on " : "here", next);
    return space;
}

static const char *prompt_hint(const struct app *app, char *space, size_t size) {
    switch (app->prompt.kind) {
    case PROMPT_FILTER:
        return "Enter keep   Esc undo";
    case PROMPT_SEARCH:
        return "Enter search   Esc back";
    case PROMPT_PATH:
    case PROMPT_CORES:
        return place_hint(app, space, size);
    case PROMPT_TAGS:
        return "commas between   Enter keep   Esc back";
    case PROMPT_NAME:
    case PROMPT_NOTE:
        return "Enter keep   Esc back";
    default:
        return "";
    }
}

/* What is typed next stands at the end, so that is what is seen of a long line. */
static int put_end(const struct screen *screen, int y, int x, int columns,
                   const char *text) {
    int skip = text_columns(text, strlen(text)) - columns;

    return screen_put_part(screen, y, x, columns, A_NORMAL, text, strlen(text),
                           skip > 0 ? skip : 0);
}

void view_prompt(struct app *app) {
    const struct screen *screen = &app->screen;
    const struct rect *rect = &app->layout.keys;
    char hint_space[PLACES_NAME_SIZE + 48];
    const char *hint = prompt_hint(app, hint_space, sizeof hint_space);
    bool typed = app->prompt.kind < PROMPT_CANCEL;
    char space[320];
    const char *label = prompt_label(app, space, sizeof space);
    int x = 1;

    x += screen_put(screen, rect->y, x, rect->columns - 2,
                    screen_attr(screen, STYLE_TITLE), label);
    x += put_end(screen, rect->y, x, rect->columns - x - 2,
                 typed ? app->prompt.text : "");
    (void)screen_put(screen, rect->y, x, 1, A_NORMAL,
                     screen_glyph(screen, GLYPH_CURSOR));
    if (x + 3 + (int)strlen(hint) < rect->columns) {
        screen_put_right(screen, rect->y, x + 2, rect->columns - x - 3,
                         screen_attr(screen, STYLE_QUIET), hint);
    }
}
