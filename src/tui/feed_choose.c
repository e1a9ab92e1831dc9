/* Any file of the watched job: the list of them, and the one that was chosen. */
#include "tui/feed.h"
#include "tui/feed_files.h"

enum {
    FILES_LIMIT = 10000, /* the most that jobs.files gives */
};

static void on_files(struct app *app, const struct answer *answer) {
    if (answer->job != app->chooser.job) {
        return;
    }
    if (!answer->result) {
        app_refuse(app, "The list of files did not come", answer->trouble);
        return;
    }
    (void)app_check(app, chooser_set(&app->chooser, answer->result));
    app->dirty = true;
}

void feed_want_files(struct app *app) {
    int64_t job = app->chooser.job;

    (void)conn_ask_take(
        &app->conn, "jobs.files",
        json_pack("{s:I, s:i}", "id", (json_int_t)job, "limit", FILES_LIMIT), on_files,
        job, 0);
}

static void on_subscribed(struct app *app, const struct answer *answer) {
    struct closeup *closeup = &app->closeup;
    int64_t subscription =
        json_integer_value(json_object_get(answer->result, "subscription"));

    if (!answer->result) {
        return;
    }
    if (answer->job != closeup->id || answer->kind != closeup->n_chosen) {
        feed_unsubscribe(app, &subscription);
        return;
    }
    closeup->chosen_subscription = subscription;
}

/* Its lines are subscribed to before its end is fetched, so that nothing falls between.
 */
void feed_want_chosen(struct app *app) {
    struct closeup *closeup = &app->closeup;
    const struct summary *job = model_find(&app->model, closeup->id);

    if (!closeup->chosen || closeup->files[CLOSEUP_CHOSEN].asked || !app->conn.up) {
        return;
    }
    if (job && !summary_is_final(job)) {
        json_t *params = json_pack("{s:[I], s:b, s:s}", "jobs", (json_int_t)closeup->id,
                                   "logs", 1, "file", closeup->chosen);
        (void)conn_ask_take(&app->conn, "jobs.subscribe", params, on_subscribed,
                            closeup->id, closeup->n_chosen);
    }
    feed_want_file(app, CLOSEUP_CHOSEN);
}

void feed_choose(struct app *app, const char *name) {
    feed_unsubscribe(app, &app->closeup.chosen_subscription);
    if (app_check(app, closeup_choose(&app->closeup, name)) == 0) {
        feed_want_chosen(app);
    }
}
