/* What the user asks the server to do: start a job, go on with one, cancel one. */
#include "tui/feed.h"

#include "base/cleanup.h"
#include "base/str.h"

#include <errno.h>
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

/* It is in the list, whatever the filter, and selected. */
static bool show_new(struct app *app, const json_t *job) {
    json_int_t id = json_integer_value(json_object_get(job, "id"));

    if (app_check(app, model_put(&app->model, job)) < 0) {
        return false;
    }
    if (!summary_matches(model_find(&app->model, id), app->model.filter)) {
        (void)app_check(app, model_set_filter(&app->model, ""));
    }
    model_select_id(&app->model, id);
    feed_watch(app);
    return true;
}

/* One below the other; cut where they are too many. */
static void join(const json_t *warnings, char *out, size_t size) {
    size_t used = 0;

    for (size_t i = 0; i < json_array_size(warnings) && used + 1 < size; i++) {
        const char *text = json_string_value(json_array_get(warnings, i));
        used += (size_t)snprintf(out + used, size - used, "%s%s", i > 0 ? "\n\n" : "",
                                 text ? text : "");
    }
}

/* What can be forced, or can wait, is asked about. */
static void tell_refusal(struct app *app, const struct answer *answer) {
    const json_t *warnings = json_object_get(answer->data, "warnings");
    char text[sizeof app->dialog - 64] = "";

    app->message[0] = '\0';
    if (json_array_size(warnings) > 0) {
        join(warnings, text, sizeof text);
        app_ask(app, DIALOG_FORCE, "This may not be meant", text);
    } else if (json_is_true(json_object_get(answer->data, "force"))) {
        app_ask(app, DIALOG_FORCE, "Not submitted", answer->trouble);
    } else if (json_is_integer(json_object_get(answer->data, "conflict"))) {
        app_ask(app, DIALOG_QUEUE, "Not submitted", answer->trouble);
    } else {
        app_tell(app, "Not submitted", answer->trouble);
    }
}

static void on_submitted(struct app *app, const struct answer *answer) {
    if (!answer->result) {
        tell_refusal(app, answer);
        return;
    }
    json_int_t id = json_integer_value(json_object_get(answer->result, "id"));
    const char *name = json_string_value(json_object_get(answer->result, "name"));
    if (app->mode == MODE_PICKER) {
        app->mode = MODE_MAIN;
        app->focus = PANE_LIST;
    }
    if (show_new(app, answer->result)) {
        app_say(app, false, "Job %lld submitted: %s", (long long)id, name ? name : "");
    }
}

static void send_submission(struct app *app, const char *input) {
    if (conn_ask_take(&app->conn, "jobs.submit", json_copy(app->submission),
                      on_submitted, 0, 0) < 0) {
        app_say(app, true, "Not submitted: there is no connection to the server");
    } else {
        app_say(app, false, "Submitting %s", input);
    }
}

/* It is kept, should it be refused for something that can be forced. */
static void submit_take(struct app *app, const char *input, json_t *params) {
    _cleanup_free_ char *shown = params ? NULL : str_to_utf8(input, strlen(input));
    char text[1024];

    json_decref(app->submission);
    app->submission = params;
    if (shown) {
        (void)snprintf(text, sizeof text,
                       "%s is not UTF-8, which is all that the server can be told; "
                       "rename it",
                       shown);
        app_tell(app, "Not submitted", text);
        return;
    }
    if (params && app->place[0] &&
        json_object_set_new(params, "on", json_string(app->place)) < 0) {
        (void)app_check(app, -ENOMEM);
        return;
    }
    send_submission(app, input);
}

void feed_submit(struct app *app, const char *input, int cores) {
    submit_take(app, input,
                json_pack("{s:s, s:i, s:o, s:i, s:b}", "input", input, "cores", cores,
                          "environment", environment(), "umask", current_umask(),
                          "careful", 1));
}

void feed_submit_there(struct app *app, const char *input) {
    submit_take(app, input, json_pack("{s:s, s:b}", "input", input, "careful", 1));
}

void feed_submit_with(struct app *app, const char *wish) {
    const char *input = json_string_value(json_object_get(app->submission, "input"));

    if (input && json_object_set_new(app->submission, wish, json_true()) == 0) {
        send_submission(app, input);
    }
}

static void on_resubmitted(struct app *app, const struct answer *answer) {
    if (!answer->result) {
        app_refuse(app, "It does not go on", answer->trouble);
        return;
    }
    json_int_t id = json_integer_value(json_object_get(answer->result, "id"));
    if (app->mode == MODE_JOB) {
        app->mode = MODE_MAIN;
        app->focus = PANE_LIST;
    }
    if (show_new(app, answer->result)) {
        app_say(app, false, "Job %lld goes on with the run of job %lld", (long long)id,
                (long long)answer->job);
    }
}

void feed_resubmit(struct app *app, int64_t id) {
    json_t *params = json_pack("{s:I}", "id", (json_int_t)id);

    if (conn_ask_take(&app->conn, "jobs.resubmit", params, on_resubmitted, id, 0) < 0) {
        app_say(app, true, "Not submitted: there is no connection to the server");
    }
}

/* What will be done, in sentences. */
static void tell_plan(struct app *app, int64_t id, const json_t *plan) {
    const json_t *steps = json_object_get(plan, "steps");
    const char *input = json_string_value(json_object_get(plan, "input"));
    const char *output = json_string_value(json_object_get(plan, "output"));
    char text[sizeof app->dialog - 64];
    size_t used = (size_t)snprintf(
        text, sizeof text, "Job %lld goes on as a new job in its folder, with %s%s%s.",
        (long long)id, input ? input : "its input", output ? ", into " : "",
        output ? output : "");

    for (size_t i = 0; i < json_array_size(steps) && used < sizeof text; i++) {
        const char *step = json_string_value(json_array_get(steps, i));
        used += (size_t)snprintf(text + used, sizeof text - used, "%s%s.",
                                 i > 0 ? " " : "\n\nBefore: ", step ? step : "");
    }
    app_ask(app, DIALOG_RESUBMIT, "Go on with this run?", text);
    app->dialog_job = id;
}

static void on_planned(struct app *app, const struct answer *answer) {
    app->message[0] = '\0';
    if (answer->result) {
        tell_plan(app, answer->job, answer->result);
    } else {
        app_refuse(app, "It does not go on", answer->trouble);
    }
}

void feed_plan(struct app *app, int64_t id) {
    json_t *params = json_pack("{s:I}", "id", (json_int_t)id);

    if (conn_ask_take(&app->conn, "jobs.restart_plan", params, on_planned, id, 0) < 0) {
        app_say(app, true, "There is no connection to the server");
    } else {
        app_say(app, false, "Looking at the restart files of job %lld", (long long)id);
    }
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
