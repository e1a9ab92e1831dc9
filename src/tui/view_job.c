/* The pane of one job: state, facts, plot, end of its output. */
#include "tui/view.h"

#include "base/clock.h"
#include "tui/facts.h"
#include "tui/format.h"
#include "tui/text.h"

#include <stdio.h>
#include <string.h>

enum {
    LABEL_COLUMNS = 14,
};

static int wrapped_lines(const char *text, int columns) {
    int lines = 0;

    do {
        const char *next;
        (void)text_wrap(text, columns, &next);
        text = next;
        lines++;
    } while (*text);
    return lines;
}

static int value_columns(const struct rect *rect) {
    int columns = rect->columns - LABEL_COLUMNS - 2;

    return columns < 8 ? 8 : columns;
}

static attr_t mood_attr(const struct screen *screen, enum fact_mood mood) {
    static const enum style styles[] = {
        [FACT_PLAIN] = STYLE_TEXT, [FACT_QUIET] = STYLE_QUIET, [FACT_GOOD] = STYLE_GOOD,
        [FACT_WARN] = STYLE_WARN,  [FACT_BAD] = STYLE_BAD,
    };

    return screen_attr(screen, styles[mood]);
}

/* Lines [first, last) of the facts are on the screen, from row y on. */
struct window {
    size_t line; /* that comes next */
    size_t first, last;
    int y;
};

static bool window_step(struct window *window, int *y) {
    size_t line = window->line++;

    if (line < window->first || line >= window->last) {
        return false;
    }
    *y = window->y + (int)(line - window->first);
    return true;
}

static void draw_state(const struct app *app, const struct rect *rect, int y,
                       const struct job *job) {
    const struct screen *screen = &app->screen;
    attr_t attr = screen_attr(screen, screen_state_style(job->state));
    char elapsed[FORMAT_SIZE] = "";
    char text[128];
    int x = rect->x + 1;

    (void)screen_put(screen, y, x, 2, attr, screen_state_glyph(screen, job->state));
    x += 2;
    x += screen_put(screen, y, x, 12, attr, job_state_word(job->state));
    int64_t seconds = job_elapsed_seconds(job, clock_realtime_ms());
    if (seconds >= 0) {
        (void)format_elapsed(elapsed, seconds);
    }
    (void)snprintf(text, sizeof text, "%s%s", elapsed[0] ? "   " : "", elapsed);
    (void)screen_put(screen, y, x, rect->columns - x + rect->x, A_NORMAL, text);
}

static void draw_fact(const struct app *app, const struct rect *rect,
                      struct window *window, const struct fact *fact) {
    const struct screen *screen = &app->screen;
    const char *text = fact->text;
    const char *label = fact->label;
    int y;

    do {
        const char *next;
        size_t n = text_wrap(text, value_columns(rect), &next);
        if (window_step(window, &y)) {
            (void)screen_put(screen, y, rect->x + 1, LABEL_COLUMNS - 1,
                             screen_attr(screen, STYLE_QUIET), label);
            (void)screen_put_part(screen, y, rect->x + 1 + LABEL_COLUMNS,
                                  value_columns(rect), mood_attr(screen, fact->mood),
                                  text, n, 0);
        }
        label = "";
        text = next;
    } while (*text);
}

static int count_lines(const struct facts *facts, const struct rect *rect) {
    int lines = 1;

    for (size_t i = 0; i < facts->n; i++) {
        lines += wrapped_lines(facts->items[i].text, value_columns(rect));
    }
    return lines;
}

static void draw_facts(struct app *app, const struct rect *rect, const struct job *job,
                       const struct facts *facts) {
    struct scroll *scroll = &app->facts;
    struct window window = {.y = rect->y};
    int y;

    scroll->lines = (size_t)count_lines(facts, rect);
    scroll->height = (size_t)rect->rows;
    scroll_clamp(scroll);
    window.first = scroll->top;
    window.last = scroll->top + scroll->height;
    if (window_step(&window, &y)) {
        draw_state(app, rect, y, job);
    }
    for (size_t i = 0; i < facts->n; i++) {
        draw_fact(app, rect, &window, &facts->items[i]);
    }
}

static bool has_plot(const struct app *app) {
    size_t place;
    const struct history_run *run = watch_run(&app->watch, &place);

    return run && run->n > 0;
}

static void draw_heading(const struct app *app, const struct rect *rect,
                         const struct job *job) {
    char text[512];

    (void)snprintf(text, sizeof text, "%lld %s", (long long)job->id,
                   job->name ? job->name : "");
    view_heading(app, rect->y, rect->x, rect->columns,
                 app->focus == PANE_FACTS || app->mode == MODE_JOB, text,
                 job_code_title(job));
}

void view_job(struct app *app, const struct rect *rect) {
    const struct job *job = app_job(app);
    struct facts facts;

    if (!job) {
        view_heading(app, rect->y, rect->x, rect->columns, false, "", NULL);
        return;
    }
    draw_heading(app, rect, job);
    bool watched = app->watch.id == job->id;
    if (facts_build(&facts, job, watched ? app->watch.full : NULL) == 0) {
        struct layout_wish wish = {.zoomed = app->mode == MODE_JOB,
                                   .has_plot = watched && has_plot(app),
                                   .fact_lines = count_lines(&facts, rect)};
        layout_job(&app->layout, &wish);
        draw_facts(app, &app->layout.facts, job, &facts);
    }
    facts_deinit(&facts);
    if (watched && app->layout.plot.rows > 0) {
        view_plot(app, &app->layout.plot);
    }
    if (watched && app->layout.output.rows > 0) {
        app->tail.file = watch_tail(&app->watch);
        view_reader(app, &app->tail, &app->layout.output, app->focus == PANE_OUTPUT);
    }
}
