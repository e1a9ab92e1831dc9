/* Lines of "label  value", scrolled. */
#include "tui/view.h"

#include "base/clock.h"
#include "tui/facts.h"
#include "tui/format.h"
#include "tui/text.h"

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
                       const struct summary *job) {
    const struct screen *screen = &app->screen;
    attr_t attr = screen_attr(screen, screen_job_style(job));
    char elapsed[FORMAT_SIZE];
    int x = rect->x + 1;

    (void)screen_put(screen, y, x, 2, attr, screen_job_glyph(screen, job));
    (void)screen_put(screen, y, x + 2, LABEL_COLUMNS - 3, attr,
                     summary_state_word(job->state));
    (void)screen_put(screen, y, x + LABEL_COLUMNS, value_columns(rect), A_NORMAL,
                     summary_elapsed(job, clock_realtime_ms(), elapsed));
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

int view_facts_lines(const struct facts *facts, const struct rect *rect,
                     bool background) {
    int lines = 0;

    for (size_t i = 0; i < facts->n; i++) {
        if (background || facts->items[i].mood != FACT_QUIET) {
            lines += wrapped_lines(facts->items[i].text, value_columns(rect));
        }
    }
    return lines;
}

/* Facts that are out of view leave a hint. */
static void draw_more(const struct app *app, const struct rect *rect,
                      const struct scroll *scroll) {
    const struct screen *screen = &app->screen;
    attr_t quiet = screen_attr(screen, STYLE_QUIET);
    int x = rect->x + rect->columns - 1;

    if (scroll->top > 0) {
        (void)screen_put(screen, rect->y, x, 1, quiet,
                         screen_glyph(screen, GLYPH_ABOVE));
    }
    if (scroll->top + scroll->height < scroll->lines && rect->rows > 0) {
        (void)screen_put(screen, rect->y + rect->rows - 1, x, 1, quiet,
                         screen_glyph(screen, GLYPH_BELOW));
    }
}

void view_facts(struct app *app, const struct rect *rect, struct scroll *scroll,
                const struct summary *job, const struct facts *facts) {
    struct window window = {.y = rect->y};
    int y;

    scroll->lines = (size_t)(view_facts_lines(facts, rect, true) + (job ? 1 : 0));
    scroll->height = (size_t)rect->rows;
    scroll_clamp(scroll);
    window.first = scroll->top;
    window.last = scroll->top + scroll->height;
    if (job && window_step(&window, &y)) {
        draw_state(app, rect, y, job);
    }
    for (size_t i = 0; i < facts->n; i++) {
        draw_fact(app, rect, &window, &facts->items[i]);
    }
    draw_more(app, rect, scroll);
}
