/* What people write on jobs, and jobs that go: by this user's wish, or by another
 * client's. */
#include "tui/feed.h"

static void on_edited(struct app *app, const struct answer *answer) {
    if (!answer->result) {
        app_refuse(app, "Not written", answer->trouble);
        return;
    }
    /* One whose place in the list has not come yet is not in it. */
    if (model_find(&app->model, answer->job) &&
        app_check(app, model_put(&app->model, answer->result)) == 0) {
        feed_list_changed(app);
    }
}

void feed_edit(struct app *app, int64_t id, const char *method, json_t *params_take) {
    if (conn_ask_take(&app->conn, method, params_take, on_edited, id, 0) < 0) {
        app_say(app, true, "Not changed: there is no connection to the server");
    }
}

void feed_removed(struct app *app, int64_t id) {
    bool open =
        app->model.selected == id && (app->mode == MODE_JOB || app->mode == MODE_LOG);

    if (!model_find(&app->model, id)) {
        return;
    }
    if (app->prompt.kind != PROMPT_NONE && app->prompt.job == id) {
        prompt_close(&app->prompt);
    }
    if (open) {
        app->mode = MODE_MAIN;
        app->focus = PANE_LIST;
    }
    if (app_check(app, model_remove(&app->model, id)) == 0) {
        app_say(app, false, "Job %lld was removed", (long long)id);
        feed_list_changed(app);
    }
}

static void on_removed(struct app *app, const struct answer *answer) {
    const json_t *refused = json_object_get(answer->result, "refused");
    const json_t *reason = json_object_get(json_array_get(refused, 0), "reason");

    if (!answer->result) {
        app_refuse(app, "Not removed", answer->trouble);
    } else if (json_string_value(reason)) {
        app_refuse(app, "Not removed", json_string_value(reason));
    } else {
        feed_removed(app, answer->job);
    }
}

void feed_remove(struct app *app, int64_t id) {
    json_t *params = json_pack("{s:[I]}", "jobs", (json_int_t)id);

    if (conn_ask_take(&app->conn, "jobs.remove", params, on_removed, id, 0) < 0) {
        app_say(app, true, "Not removed: there is no connection to the server");
    }
}
