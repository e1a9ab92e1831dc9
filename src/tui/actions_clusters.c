/* The screen of the clusters, and that of the queue of one of them. */
#include "tui/actions.h"

#include "tui/feed.h"

#include <stdio.h>
#include <string.h>

/* ---- the clusters ---- */

void actions_open_clusters(struct app *app) {
    const struct place *waiting = places_waiting(&app->places);

    app->clusters_from = app->mode;
    app->mode = MODE_CLUSTERS;
    app->place_scroll = (struct scroll){0};
    /* Whoever comes for that need not look for it. */
    if (waiting) {
        places_move(&app->places,
                    (long)(waiting - app->places.items) - (long)app->places.selected);
    }
    feed_want_clusters(app);
}

void actions_open_lineup(struct app *app) {
    const struct place *place = places_selected(&app->places);

    if (!place) {
        return;
    }
    if (strcmp(app->lineup.cluster, place->name) != 0) {
        lineup_reset(&app->lineup, place->name);
    }
    app->mode = MODE_LINEUP;
    feed_want_lineup(app);
}

void actions_clusters(struct app *app, enum action action, long by) {
    const struct place *place = places_selected(&app->places);

    if (!place) {
        return;
    }
    if (action == ACTION_OPEN) {
        actions_open_lineup(app);
    } else if (action == ACTION_TEST) {
        feed_test(app, place->name);
    } else if (action == ACTION_LOGIN) {
        feed_login(app, place->name);
    } else if (by != 0) {
        places_move(&app->places, by);
        app->place_scroll = (struct scroll){0};
    }
}

/* ---- the queue of one ---- */

static void open_job(struct app *app, const struct lineup_job *job) {
    if (job->job == 0 || !model_find(&app->model, job->job)) {
        app_say(app, true, "It was not submitted here; a takes it into the list");
        return;
    }
    if (!summary_matches(model_find(&app->model, job->job), app->model.filter)) {
        (void)app_check(app, model_set_filter(&app->model, ""));
    }
    model_select_id(&app->model, job->job);
    feed_watch(app);
    app->mode = MODE_JOB;
    app->focus = PANE_FACTS;
}

static void adopt(struct app *app, const struct lineup_job *job) {
    if (job->job > 0) {
        app_say(app, true, "It is job %lld of the list already", (long long)job->job);
    } else {
        feed_adopt(app, job->number);
    }
}

/* What is meant stays so, whatever the list shows when it is answered. */
static void ask_cancel(struct app *app, const struct lineup_job *job) {
    prompt_open(&app->prompt, PROMPT_CANCEL_THERE, "");
    app->prompt.job = job->number;
    (void)lineup_task(job, app->prompt.text, sizeof app->prompt.text);
    const struct summary *ours =
        job->job > 0 ? model_find(&app->model, job->job) : NULL;
    (void)snprintf(app->prompt.before, sizeof app->prompt.before, "%s, %s", job->id,
                   ours && ours->name ? ours->name : job->name);
}

void actions_cancel_there(struct app *app) {
    feed_cancel_there(app, app->prompt.job, app->prompt.text);
}

void actions_lineup(struct app *app, enum action action, long by) {
    const struct lineup_job *job = lineup_selected(&app->lineup);

    if (!job) {
        return;
    }
    if (action == ACTION_OPEN) {
        open_job(app, job);
    } else if (action == ACTION_ADOPT) {
        adopt(app, job);
    } else if (action == ACTION_CANCEL) {
        ask_cancel(app, job);
    } else {
        lineup_move(&app->lineup, by);
    }
}

/* ---- the mouse ---- */

void actions_mouse_clusters(struct app *app, enum mouse_deed deed, int y) {
    struct places *places = &app->places;
    size_t at = places->top + (size_t)(y - 3);

    if (deed != MOUSE_CLICK) {
        actions_clusters(app, ACTION_NONE, deed == MOUSE_WHEEL_UP ? -1 : 1);
    } else if (y >= 3 && at < places->n) {
        if (at == places->selected) {
            actions_open_lineup(app);
        } else {
            actions_clusters(app, ACTION_NONE, (long)at - (long)places->selected);
        }
    }
}

void actions_mouse_lineup(struct app *app, enum mouse_deed deed, int y) {
    struct lineup *lineup = &app->lineup;
    size_t at = lineup->top + (size_t)(y - 3);

    if (deed != MOUSE_CLICK) {
        lineup_move(lineup, deed == MOUSE_WHEEL_UP ? -1 : 1);
    } else if (y >= 3 && y < app->screen.rows - 2 && at < lineup->n) {
        lineup_move(lineup, (long)at - (long)lineup->selected);
    }
}
