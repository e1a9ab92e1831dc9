/* The clusters over the whole screen: a list, and below it all about the selected one.
 */
#include "tui/view.h"

#include "tui/place_facts.h"

#include <stdio.h>
#include <string.h>

enum {
    STATE_COLUMNS = 15,
    NUMBER_COLUMNS = 9,
    PARTITION_COLUMNS = 14,
    HOST_COLUMNS_MAX = 40,
    FACTS_LEAST = 8, /* rows of those */
};

struct columns {
    int name, host, partition; /* widths; 0: not shown */
};

static struct columns choose_columns(int width) {
    int room = width - 2 - STATE_COLUMNS - 2 * NUMBER_COLUMNS - 1;
    struct columns columns = {.partition = room >= 54 ? PARTITION_COLUMNS : 0};

    room -= columns.partition;
    columns.name = room / 2 < 24 ? room / 2 : 24;
    columns.host = room - columns.name;
    columns.host = columns.host < HOST_COLUMNS_MAX ? columns.host : HOST_COLUMNS_MAX;
    return columns;
}

/* Ours, from the list of jobs, where they are as they come. */
static struct place_load load_of(const struct app *app, const struct place *place) {
    struct place_load load = {0};

    for (size_t i = 0; i < app->model.n; i++) {
        const struct summary *job = &app->model.jobs[i];
        if (job->cluster && strcmp(job->cluster, place->name) == 0) {
            load.running += summary_is_active(job);
            load.waiting += !summary_is_active(job) && !summary_is_final(job);
        }
    }
    return load;
}

static enum style style_of(enum place_state state) {
    static const enum style styles[] = {
        [PLACE_READY] = STYLE_GOOD,      [PLACE_APART] = STYLE_QUIET,
        [PLACE_UNREACHABLE] = STYLE_BAD, [PLACE_NEEDS_LOGIN] = STYLE_WARN,
        [PLACE_TROUBLED] = STYLE_WARN,
    };

    return styles[state];
}

static void draw_titles(const struct app *app, const struct columns *columns) {
    const struct screen *screen = &app->screen;
    attr_t quiet = screen_attr(screen, STYLE_QUIET);
    int x = 2;

    (void)screen_put(screen, 2, x, columns->name - 1, quiet, "name");
    x += columns->name;
    (void)screen_put(screen, 2, x, STATE_COLUMNS, quiet, "state");
    x += STATE_COLUMNS;
    (void)screen_put(screen, 2, x, columns->host - 1, quiet, "host");
    x += columns->host;
    (void)screen_put(screen, 2, x, columns->partition, quiet, "partition");
    x += columns->partition;
    screen_put_right(screen, 2, x, NUMBER_COLUMNS, quiet, "running");
    screen_put_right(screen, 2, x + NUMBER_COLUMNS, NUMBER_COLUMNS, quiet, "waiting");
}

static void draw_place(const struct app *app, int y, const struct columns *columns,
                       const struct place *place, bool selected) {
    const struct screen *screen = &app->screen;
    attr_t reverse = screen_attr(screen, STYLE_SELECTED);
    attr_t attr = selected ? reverse : A_NORMAL;
    const struct place_load load = load_of(app, place);
    const char *partition = place_setting(place, "partition");
    char number[24];
    int x = 2;

    if (selected) {
        screen_blank(y, 0, screen->columns, reverse);
    }
    (void)screen_put(screen, y, 0, 1, attr,
                     selected ? screen_glyph(screen, GLYPH_POINTER) : " ");
    (void)screen_put(screen, y, x, columns->name - 1, attr, place->name);
    x += columns->name;
    (void)screen_put(screen, y, x, STATE_COLUMNS - 1,
                     selected ? reverse : screen_attr(screen, style_of(place->state)),
                     place_state_word(place));
    x += STATE_COLUMNS;
    (void)screen_put(screen, y, x, columns->host - 1, attr,
                     place->host ? place->host : "this machine");
    x += columns->host;
    if (columns->partition) {
        (void)screen_put(screen, y, x, columns->partition - 1, attr,
                         partition ? partition : "");
        x += columns->partition;
    }
    (void)snprintf(number, sizeof number, "%zu", load.running);
    screen_put_right(screen, y, x, NUMBER_COLUMNS, attr, number);
    (void)snprintf(number, sizeof number, "%zu", load.waiting);
    screen_put_right(screen, y, x + NUMBER_COLUMNS, NUMBER_COLUMNS, attr, number);
}

static void draw_none(const struct app *app) {
    const struct rect rect = {3, 2, app->screen.rows - 6, app->screen.columns - 4};

    (void)view_wrapped(app, &rect, A_NORMAL,
                       app->places.loaded
                           ? "No cluster yet, and sbatch is not on the PATH of the "
                             "server.\n\nType in a shell, where login1 is a host as "
                             "ssh knows it:\n\n  crystalmath cluster add big --ssh "
                             "login1"
                           : "Reading the list of clusters.");
}

static void draw_facts(struct app *app, int y) {
    const struct place *place = places_selected(&app->places);
    const struct rect rect = {y + 1, 0, app->screen.rows - 3 - y, app->screen.columns};
    struct facts facts;

    view_heading(app, y, 0, app->screen.columns, false, place->name, NULL);
    const struct place_load load = load_of(app, place);
    if (place_facts_build(&facts, place, &load) == 0) {
        view_facts(app, &rect, &app->place_scroll, NULL, &facts);
    }
    facts_deinit(&facts);
}

void view_clusters(struct app *app) {
    struct places *places = &app->places;
    struct columns columns = choose_columns(app->screen.columns);
    int room = app->screen.rows - 5;
    int most = room - FACTS_LEAST > room / 2 ? room - FACTS_LEAST : room / 2;
    int height = (int)places->n < most ? (int)places->n : most;

    view_heading(app, 1, 0, app->screen.columns, true, "Clusters", NULL);
    if (places->n == 0) {
        draw_none(app);
        return;
    }
    draw_titles(app, &columns);
    places_keep_in_view(places, (size_t)height);
    for (int i = 0; i < height; i++) {
        size_t at = places->top + (size_t)i;
        if (at < places->n) {
            draw_place(app, 3 + i, &columns, &places->items[at],
                       at == places->selected);
        }
    }
    draw_facts(app, 3 + height + 1);
}
