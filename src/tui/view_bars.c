/* The lines that are always there: title and totals on top, at the bottom the state of
 * the server beside the last message, and the keys or the line that is being typed
 * (view_prompt.c). */
#include "tui/text.h"
#include "tui/view.h"

#include "tui/format.h"

#include <stdio.h>
#include <string.h>

struct total {
    const char *word;
    size_t count;
};

static void draw_title(struct app *app) {
    const struct screen *screen = &app->screen;
    const struct rect *rect = &app->layout.title;
    const struct model *model = &app->model;
    const struct total totals[] = {
        {"running", model_count(model, SUMMARY_RUNNING) +
                        model_count(model, SUMMARY_STARTING) +
                        model_count(model, SUMMARY_CANCELLING)},
        {"queued", model_count(model, SUMMARY_QUEUED)},
        {"held", model_count(model, SUMMARY_HELD)},
        {"completed", model_count(model, SUMMARY_COMPLETED)},
        {"failed",
         model_count(model, SUMMARY_FAILED) + model_count(model, SUMMARY_LOST)},
        {"cancelled", model_count(model, SUMMARY_CANCELLED)},
    };
    char text[160] = "";
    size_t used = 0;

    for (size_t i = 0; i < sizeof totals / sizeof *totals; i++) {
        /* Running and queued are what one looks for, even when it is none. */
        if (totals[i].count > 0 || (i < 2 && app->has_list)) {
            used +=
                (size_t)snprintf(text + used, sizeof text - used, "%s%zu %s",
                                 used ? "   " : "", totals[i].count, totals[i].word);
        }
    }
    (void)screen_put(screen, rect->y, 1, 12, screen_attr(screen, STYLE_TITLE),
                     "CrystalMath");
    screen_put_right(screen, rect->y, 14, rect->columns - 15,
                     screen_attr(screen, STYLE_QUIET), text);
}

/* What there is to say about the server, in one line. */
static enum style server_line(const struct app *app, char *out, size_t size) {
    char trip[FORMAT_SIZE];

    if (!app->conn.up) {
        (void)snprintf(out, size, "%s",
                       app->conn.failures   ? "server lost"
                       : app->conn.no_start ? "connecting"
                                            : "starting the server");
        return app->conn.failures ? STYLE_BAD : STYLE_QUIET;
    }
    if (app->conn.silent) {
        if (app->server_pid) {
            (void)snprintf(out, size, "server, pid %ld, does not answer",
                           app->server_pid);
        } else {
            (void)snprintf(out, size, "the server does not answer");
        }
        return STYLE_BAD;
    }
    if (!app->server_pid && app->conn.host) {
        (void)snprintf(out, size, "connecting to %s", app->conn.host);
        return STYLE_QUIET;
    }
    if (!app->server_pid) {
        (void)snprintf(out, size, "connected");
        return STYLE_QUIET;
    }
    const char *host = app->conn.host;
    size_t used =
        (size_t)snprintf(out, size, "%s%sserver %s  pid %ld", host ? host : "",
                         host ? ": " : "", app->server_version, app->server_pid);
    if (app->conn.round_trip_ns && used < size) {
        (void)snprintf(out + used, size - used, "  ping %s",
                       format_round_trip(trip, app->conn.round_trip_ns));
    }
    return STYLE_QUIET;
}

/* A cluster where jobs can go on only when somebody has typed something. */
static bool login_line(const struct app *app, char *out, size_t size) {
    const struct place *place = places_waiting(&app->places);

    if (place) {
        (void)snprintf(out, size, "%s needs login: C, then l", place->name);
    }
    return place;
}

static void draw_status(struct app *app) {
    const struct screen *screen = &app->screen;
    const struct rect *rect = &app->layout.status;
    const char *message = app->message;
    bool bad = app->message_is_bad;
    char server[96];
    char trouble[sizeof app->conn.trouble + sizeof app->problem + 64];
    enum style style = server_line(app, server, sizeof server);
    int room = rect->columns - 2;

    if (!app->conn.up && app->conn.trouble[0]) {
        (void)snprintf(trouble, sizeof trouble, "Trying again: %s", app->conn.trouble);
        message = trouble;
        bad = true;
    } else if (app->conn.up && !message[0] && app->problem[0]) {
        (void)snprintf(trouble, sizeof trouble,
                       "Problem (crystalmath server status): %s", app->problem);
        message = trouble;
        bad = true;
    }
    attr_t attr = screen_attr(screen, bad ? STYLE_BAD : STYLE_TEXT);
    if (app->conn.up && !message[0] && app->mode != MODE_CLUSTERS &&
        login_line(app, trouble, sizeof trouble)) {
        message = trouble;
        attr = screen_attr(screen, STYLE_WARN);
    }
    int wanted = text_columns(message, strlen(message));
    int server_columns = text_columns(server, strlen(server));
    /* A message that needs the whole line gets it, except from a server in trouble. */
    if (wanted + 2 + server_columns > room && wanted > 0 && style != STYLE_BAD) {
        (void)screen_put(screen, rect->y, 1, room, attr, message);
        return;
    }
    if (wanted > 0) {
        (void)screen_put(screen, rect->y, 1, room - server_columns - 2, attr, message);
    }
    screen_put_right(screen, rect->y, 1, room, screen_attr(screen, style), server);
}

enum { HINT_GAP = 3 };

/* The first of the keys is enough. */
static int first_key(const struct key_line *hint) {
    return (int)strcspn(hint->keys, ",");
}

static int hint_columns(const struct key_line *hint) {
    return first_key(hint) + 1 + text_columns(hint->text, strlen(hint->text));
}

static bool is_help(const struct key_line *hint) {
    return strcmp(hint->text, "help") == 0;
}

/* What the help needs, which lists what there is no room for. */
static int columns_of_help(enum key_context context) {
    struct key_line hint;

    for (size_t i = 0; keymap_hint(context, i, &hint); i++) {
        if (is_help(&hint)) {
            return hint_columns(&hint) + HINT_GAP;
        }
    }
    return 0;
}

static void draw_hints(struct app *app) {
    const struct screen *screen = &app->screen;
    const struct rect *rect = &app->layout.keys;
    int kept = columns_of_help(app_context(app));
    struct key_line hint;
    bool full = false;
    int x = 1;

    for (size_t i = 0; keymap_hint(app_context(app), i, &hint); i++) {
        int keys = first_key(&hint);
        int text = text_columns(hint.text, strlen(hint.text));
        kept = is_help(&hint) ? 0 : kept;
        full = full || x + hint_columns(&hint) + kept > rect->columns;
        if (full && !(is_help(&hint) && x + hint_columns(&hint) <= rect->columns)) {
            continue;
        }
        (void)screen_put_part(screen, rect->y, x, keys, screen_attr(screen, STYLE_KEY),
                              hint.keys, (size_t)keys, 0);
        (void)screen_put(screen, rect->y, x + keys + 1, text,
                         screen_attr(screen, STYLE_QUIET), hint.text);
        x += keys + 1 + text + HINT_GAP;
    }
}

void view_bars(struct app *app) {
    draw_title(app);
    draw_status(app);
    if (app->prompt.kind != PROMPT_NONE) {
        view_prompt(app);
    } else {
        draw_hints(app);
    }
}
