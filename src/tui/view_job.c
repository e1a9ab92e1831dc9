/* The pane of one job: state, facts, plot, end of its output. */
#include "tui/view.h"

#include "tui/facts.h"

#include <stdio.h>

static bool has_plot(const struct app *app) {
    size_t place;
    const struct history_run *run = closeup_run(&app->closeup, &place);

    return (run && run->n > 0) || app->closeup.kinds != 0;
}

static void draw_heading(const struct app *app, const struct rect *rect,
                         const struct summary *job) {
    char text[512];

    (void)snprintf(text, sizeof text, "%lld %s", (long long)job->id,
                   job->name ? job->name : "");
    view_heading(app, rect->y, rect->x, rect->columns,
                 app->focus == PANE_FACTS || app->mode == MODE_JOB, text,
                 summary_code_title(job));
}

void view_job(struct app *app, const struct rect *rect) {
    const struct summary *job = app_job(app);
    struct facts facts;

    if (!job) {
        view_heading(app, rect->y, rect->x, rect->columns, false, "", NULL);
        return;
    }
    draw_heading(app, rect, job);
    bool watched = app->closeup.id == job->id;
    if (facts_build(&facts, job, watched ? app->closeup.full : NULL) == 0) {
        struct layout_wish wish = {
            .has_plot = watched && has_plot(app),
            .beside = app->mode == MODE_JOB,
            .main_lines = view_facts_lines(&facts, rect, false) + 1,
            .all_lines = view_facts_lines(&facts, rect, true) + 1};
        layout_job(&app->layout, &wish);
        view_facts(app, &app->layout.facts, &app->facts, job, &facts);
    }
    facts_deinit(&facts);
    if (watched && app->layout.plot.rows > 0) {
        view_plot(app, &app->layout.plot);
    }
    if (watched && app->layout.output.rows > 0) {
        app->tail.file = closeup_tail(&app->closeup);
        view_reader(app, &app->tail, &app->layout.output, app->focus == PANE_OUTPUT);
    }
}
