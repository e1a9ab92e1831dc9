/* The state as a whole: made, released, and the few things every part does with it. */
#include "tui/app.h"

#include "tui/feed.h"
#include "tui/text.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* A wrong file is no reason not to show the jobs. */
static void configure(struct app *app) {
    const struct config_problem *problems = NULL;

    (void)config_load(&app->config, NULL, true);
    announce_init(&app->announce, announce_way((enum config_desktop)config_number(
                                      app->config, CONFIG_NOTIFY_DESKTOP)));
    if (app->config && config_problems(app->config, &problems) > 0) {
        app_say(app, true,
                "config.ini is wrong; to see why: crystalmath config --check");
    }
}

int app_init(struct app *app, const char *socket_path, bool no_start,
             struct errmsg *msg) {
    struct cm_error *error = NULL;

    *app = (struct app){.watch_at = INT64_MAX,
                        .tick_at = INT64_MAX,
                        .lineup_at = INT64_MAX,
                        .dirty = true,
                        .tail = {.follow = true}};
    configure(app);
    model_init(&app->model);
    closeup_init(&app->closeup);
    picker_init(&app->picker);
    chooser_init(&app->chooser);
    places_init(&app->places);
    lineup_init(&app->lineup);
    if (conn_init(&app->conn, app, socket_path, no_start, feed_notice, &error) < 0) {
        const char *text = cm_error_message(error);
        (void)errmsg_set(msg, -EINVAL, "%s", text ? text : "Memory ran out.");
        (void)cm_error_free(error);
        app_deinit(app);
        return -EINVAL;
    }
    return 0;
}

void app_deinit(struct app *app) {
    conn_deinit(&app->conn);
    picker_deinit(&app->picker);
    chooser_deinit(&app->chooser);
    places_deinit(&app->places);
    lineup_deinit(&app->lineup);
    closeup_deinit(&app->closeup);
    model_deinit(&app->model);
    json_decref(app->submission);
    (void)config_free(app->config);
}

void app_say(struct app *app, bool bad, const char *format, ...) {
    va_list args;

    va_start(args, format);
    (void)vsnprintf(app->message, sizeof app->message, format, args);
    va_end(args);
    app->message_is_bad = bad;
    app->dirty = true;
}

void app_tell(struct app *app, const char *title, const char *text) {
    app->dialog_title = title;
    app->dialog_kind = DIALOG_TOLD;
    (void)snprintf(app->dialog, sizeof app->dialog, "%s", text);
    app->dirty = true;
}

void app_ask(struct app *app, enum dialog_kind kind, const char *title,
             const char *text) {
    app_tell(app, title, text);
    app->dialog_kind = kind;
}

void app_refuse(struct app *app, const char *title, const char *why) {
    if (text_columns(why, strlen(why)) <= app->screen.columns - 2 &&
        strlen(why) < sizeof app->message) {
        app_say(app, true, "%s", why);
    } else {
        app->message[0] = '\0';
        app_tell(app, title, why);
    }
}

int app_check(struct app *app, int r) {
    if (r < 0) {
        app->failed = r;
        app->quit = true;
    }
    return r;
}

const struct summary *app_job(const struct app *app) {
    return model_selected(&app->model);
}

enum key_context app_context(const struct app *app) {
    static const enum key_context contexts[] = {
        [MODE_MAIN] = KEYS_MAIN,     [MODE_JOB] = KEYS_JOB,
        [MODE_LOG] = KEYS_LOG,       [MODE_PICKER] = KEYS_PICKER,
        [MODE_FILES] = KEYS_FILES,   [MODE_CLUSTERS] = KEYS_CLUSTERS,
        [MODE_LINEUP] = KEYS_LINEUP,
    };

    return app->help ? KEYS_HELP : contexts[app->mode];
}
