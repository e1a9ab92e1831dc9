/* The queue of a cluster over the whole screen. */
#include "tui/view.h"

#include "tui/format.h"

#include <stdio.h>
#include <string.h>

enum {
    JOB_COLUMNS = 7,
    STATE_COLUMNS = 12,
    TIME_COLUMNS = 10,
    PARTITION_COLUMNS = 12,
};

struct columns {
    int id, name, partition, limit, where; /* widths; 0: not shown */
};

static struct columns choose_columns(const struct lineup *lineup, int width) {
    struct columns columns = {.id = 7};

    for (size_t i = 0; i < lineup->n; i++) {
        int n = (int)strlen(lineup->jobs[i].id);
        columns.id = n > columns.id && n <= 16 ? n : columns.id;
    }
    int room =
        width - 2 - columns.id - JOB_COLUMNS - 2 - STATE_COLUMNS - TIME_COLUMNS - 2 - 1;
    columns.limit = room >= 40 ? TIME_COLUMNS : 0;
    room -= columns.limit;
    columns.partition = room >= 48 ? PARTITION_COLUMNS : 0;
    room -= columns.partition;
    columns.name = room / 2 < 32 ? room / 2 : 32;
    columns.where = room - columns.name;
    return columns;
}

struct row {
    const struct screen *screen;
    int y, x;
};

static void put(struct row *row, int columns, attr_t attr, const char *text) {
    if (columns > 0) {
        (void)screen_put(row->screen, row->y, row->x, columns - 1, attr, text);
        row->x += columns;
    }
}

static void put_right(struct row *row, int columns, attr_t attr, const char *text) {
    if (columns > 0) {
        screen_put_right(row->screen, row->y, row->x, columns, attr, text);
        row->x += columns;
    }
}

static void draw_titles(const struct app *app, const struct columns *columns) {
    attr_t quiet = screen_attr(&app->screen, STYLE_QUIET);
    struct row row = {&app->screen, 2, 2};

    put_right(&row, columns->id, quiet, "slurm");
    put_right(&row, JOB_COLUMNS, quiet, "job");
    row.x += 2;
    put(&row, columns->name, quiet, "name");
    put(&row, columns->partition, quiet, "partition");
    put(&row, STATE_COLUMNS, quiet, "state");
    put_right(&row, TIME_COLUMNS, quiet, "time");
    put_right(&row, columns->limit, quiet, "limit");
    row.x += 2;
    put(&row, columns->where, quiet, "where, or why not");
}

static const char *time_text(char space[FORMAT_SIZE], int64_t seconds) {
    return seconds <= 0 ? "" : format_elapsed(space, seconds);
}

/* What people call it, where it is one of the list. */
static const char *name_of(const struct app *app, const struct lineup_job *job) {
    const struct summary *ours =
        job->job > 0 ? model_find(&app->model, job->job) : NULL;

    return ours && ours->name ? ours->name : job->name;
}

static void draw_job(const struct app *app, int y, const struct columns *columns,
                     const struct lineup_job *job, bool selected) {
    const struct screen *screen = &app->screen;
    attr_t reverse = screen_attr(screen, STYLE_SELECTED);
    attr_t attr = selected ? reverse : A_NORMAL;
    attr_t quiet = selected ? reverse : screen_attr(screen, STYLE_QUIET);
    bool running = strcmp(job->state, "running") == 0;
    struct row row = {screen, y, 2};
    char space[FORMAT_SIZE] = "";

    if (selected) {
        screen_blank(y, 0, screen->columns, reverse);
    }
    (void)screen_put(screen, y, 0, 1, attr,
                     selected ? screen_glyph(screen, GLYPH_POINTER) : " ");
    put_right(&row, columns->id, attr, job->id);
    if (job->job > 0) {
        (void)snprintf(space, sizeof space, "%lld", (long long)job->job);
    }
    put_right(&row, JOB_COLUMNS, attr, space);
    row.x += 2;
    put(&row, columns->name, attr, name_of(app, job));
    put(&row, columns->partition, quiet, job->partition);
    put(&row, STATE_COLUMNS,
        selected  ? reverse
        : running ? screen_attr(screen, STYLE_ACTIVE)
                  : quiet,
        job->state);
    put_right(&row, TIME_COLUMNS, attr, time_text(space, job->used));
    put_right(&row, columns->limit, quiet, time_text(space, job->limit));
    row.x += 2;
    put(&row, columns->where, quiet, job->where);
}

/* What there is to say instead of jobs. */
static void draw_words(const struct app *app, int y) {
    const struct lineup *lineup = &app->lineup;
    const struct rect rect = {y, 2, app->screen.rows - y - 2, app->screen.columns - 4};

    if (lineup->trouble[0]) {
        (void)view_wrapped(app, &rect, screen_attr(&app->screen, STYLE_BAD),
                           lineup->trouble);
    } else if (lineup->n == 0) {
        (void)view_wrapped(app, &rect, A_NORMAL,
                           lineup->loaded ? "You have no job in this queue."
                                          : "Asking the cluster.");
    }
}

void view_lineup(struct app *app) {
    struct lineup *lineup = &app->lineup;
    struct columns columns = choose_columns(lineup, app->screen.columns);
    int height = app->screen.rows - 5 - (lineup->trouble[0] ? 3 : 0);
    char heading[PLACES_NAME_SIZE + 48];
    char count[32] = "";

    (void)snprintf(heading, sizeof heading, "The queue of %s", lineup->cluster);
    if (lineup->loaded) {
        (void)snprintf(count, sizeof count, "%zu", lineup->n);
    }
    view_heading(app, 1, 0, app->screen.columns, true, heading, count);
    if (lineup->n == 0) {
        draw_words(app, 3);
        return;
    }
    draw_titles(app, &columns);
    lineup_keep_in_view(lineup, height > 0 ? (size_t)height : 0);
    for (int i = 0; i < height; i++) {
        size_t at = lineup->top + (size_t)i;
        if (at < lineup->n) {
            draw_job(app, 3 + i, &columns, &lineup->jobs[at], at == lineup->selected);
        }
    }
    draw_words(app, 3 + height + 1);
}
