/* A job's files, and the log that shows one of them. */
#include "tui/actions.h"

#include "tui/feed.h"

static size_t log_height(const struct app *app) {
    return app->screen.rows > 4 ? (size_t)app->screen.rows - 4 : 0;
}

static void show_file(struct app *app, enum closeup_file file) {
    app->log = (struct reader){.file = file, .follow = file != CLOSEUP_INPUT};
    app->log.scroll.height = log_height(app);
    feed_want_file(app, file);
}

void actions_open_log(struct app *app) {
    if (!app_job(app)) {
        return;
    }
    feed_watch(app);
    app->below = app->mode;
    app->mode = MODE_LOG;
    show_file(app, closeup_tail(&app->closeup));
}

void actions_next_file(struct app *app) {
    show_file(app, closeup_next_file(&app->closeup, app->log.file));
}

void actions_open_files(struct app *app) {
    const struct summary *job = app_job(app);

    if (!job) {
        return;
    }
    feed_watch(app);
    if (app->chooser.job != job->id) {
        chooser_reset(&app->chooser, job->id);
    }
    app->files_from = app->mode;
    app->mode = MODE_FILES;
    feed_want_files(app);
}

void actions_choose_file(struct app *app) {
    const struct chooser_file *file = chooser_selected(&app->chooser);

    if (!file) {
        return;
    }
    if (file->nameless) {
        app_say(app, true, "Its name is not UTF-8; rename the file to see it here");
        return;
    }
    if (app->chooser.job != app->closeup.id) {
        app_say(app, true, "Job %lld is not there any more",
                (long long)app->chooser.job);
        return;
    }
    feed_choose(app, file->name);
    if (app->files_from != MODE_LOG) {
        app->below = app->files_from;
    }
    app->mode = MODE_LOG;
    show_file(app, CLOSEUP_CHOSEN);
}
