/* What the user asks the server to do: start a job, cancel one. */
#include "tui/feed.h"

#include "base/cleanup.h"
#include "base/str.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The environment of this process, which becomes the job's. Variables that are not
 * UTF-8 cannot travel and stay behind. NULL when memory runs out. */
static json_t *environment(void) {
    json_t *object = json_object();

    for (char **entry = environ; object && entry && *entry; entry++) {
        const char *equals = strchr(*entry, '=');
        char *name = equals ? strndup(*entry, (size_t)(equals - *entry)) : NULL;
        json_t *value = equals ? json_string(equals + 1) : NULL;
        if (name && value) {
            (void)json_object_set_new(object, name, value);
        } else {
            json_decref(value);
        }
        free(name);
    }
    return object;
}

static int current_umask(void) {
    mode_t mask = umask(077);

    (void)umask(mask);
    return (int)mask;
}

static void on_submitted(struct app *app, const struct answer *answer) {
    if (!answer->result) {
        app->message[0] = '\0';
        app_tell(app, "Not submitted", answer->trouble);
        return;
    }
    json_int_t id = json_integer_value(json_object_get(answer->result, "id"));
    const char *name = json_string_value(json_object_get(answer->result, "name"));
    if (app_check(app, model_put(&app->model, answer->result)) < 0) {
        return;
    }
    app_say(app, false, "Job %lld submitted: %s", (long long)id, name ? name : "");
    if (app->mode == MODE_PICKER) {
        app->mode = MODE_MAIN;
        app->focus = PANE_LIST;
    }
    if (!summary_matches(model_find(&app->model, id), app->model.filter)) {
        (void)app_check(app, model_set_filter(&app->model, ""));
    }
    model_select_id(&app->model, id);
    feed_watch(app);
}

static void submit_take(struct app *app, const char *input, json_t *params) {
    _cleanup_free_ char *shown = params ? NULL : str_to_utf8(input, strlen(input));
    char text[1024];

    if (shown) {
        (void)snprintf(text, sizeof text,
                       "%s is not UTF-8, which is all that the server can be told; "
                       "rename it",
                       shown);
        app_tell(app, "Not submitted", text);
    } else if (conn_ask_take(&app->conn, "jobs.submit", params, on_submitted, 0, 0) <
               0) {
        app_say(app, true, "Not submitted: there is no connection to the server");
    } else {
        app_say(app, false, "Submitting %s", input);
    }
}

void feed_submit(struct app *app, const char *input, int cores) {
    submit_take(app, input,
                json_pack("{s:s, s:i, s:o, s:i}", "input", input, "cores", cores,
                          "environment", environment(), "umask", current_umask()));
}

void feed_submit_there(struct app *app, const char *input) {
    submit_take(app, input, json_pack("{s:s}", "input", input));
}

static void on_cancelled(struct app *app, const struct answer *answer) {
    if (!answer->result) {
        app_refuse(app, "Cancelling", answer->trouble);
        return;
    }
    if (app_check(app, model_put(&app->model, answer->result)) < 0) {
        return;
    }
    const struct summary *job = model_find(&app->model, answer->job);
    if (job && summary_is_final(job)) {
        app_say(app, false, "Job %lld: %s", (long long)job->id,
                summary_state_word(job->state));
    } else {
        app_say(app, false, "Job %lld is being cancelled", (long long)answer->job);
    }
}

void feed_cancel(struct app *app, int64_t id) {
    json_t *params = json_pack("{s:I}", "id", (json_int_t)id);

    if (conn_ask_take(&app->conn, "jobs.cancel", params, on_cancelled, id, 0) < 0) {
        app_say(app, true, "Not cancelled: there is no connection to the server");
    }
}
