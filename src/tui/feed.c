/* The list and the close look at one job.
 *
 * Two subscriptions: one to all jobs without output for the list, and one to the
 * selected job with its output while it runs. Both tell its cycles; the history does
 * not mind. Every answer about a job is dropped when another one is selected by then.
 * The output is subscribed before its end is fetched, so that nothing falls between. */
#include "tui/feed.h"

#include "base/clock.h"
#include "tui/feed_files.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum {
    SELECTION_REST_MS = 90,
    OLDER_LIMIT = 200,
    FIRST_LIMIT = 100, /* what the first frame shows, and more, … */
    LIST_LIMIT = 1000, /* … of the list that is held from the beginning */
    OPEN_LIMIT = 1000, /* in one answer, of the older jobs that have not ended, … */
    OPEN_MAX = 10000,  /* … and in all */
};

static double number(const json_t *object, const char *key) {
    const json_t *value = json_object_get(object, key);

    return json_is_number(value) ? json_number_value(value) : NAN;
}

static int64_t integer(const json_t *object, const char *key) {
    return json_integer_value(json_object_get(object, key));
}

static void ask(struct app *app, const char *method, json_t *params, answer_fn done,
                int64_t job, int kind) {
    /* Only memory can be wrong here; a lost connection shows when it is next read. */
    (void)conn_ask_take(&app->conn, method, params, done, job, kind);
}

static void on_nothing(struct app *app, const struct answer *answer) {
    (void)app;
    (void)answer;
}

void feed_unsubscribe(struct app *app, int64_t *subscription) {
    if (*subscription) {
        ask(app, "jobs.unsubscribe",
            json_pack("{s:I}", "subscription", (json_int_t)*subscription), on_nothing,
            0, 0);
        *subscription = 0;
    }
}

static void look_away(struct app *app, int64_t id) {
    feed_unsubscribe(app, &app->closeup.subscription);
    feed_unsubscribe(app, &app->closeup.chosen_subscription);
    closeup_reset(&app->closeup, id);
}

/* A change of the list may have moved the selection to another job. */
void feed_list_changed(struct app *app) {
    if (app->select_id && model_find(&app->model, app->select_id)) {
        model_select_id(&app->model, app->select_id);
        app->select_id = 0;
    }
    if (app->model.selected != app->closeup.id) {
        feed_follow_selection(app, clock_monotonic_ms());
    }
    app->dirty = true;
}

/* --- the watched job --- */

static void on_full(struct app *app, const struct answer *answer) {
    struct closeup *closeup = &app->closeup;

    if (answer->job != closeup->id || !answer->result) {
        return;
    }
    (void)app_check(app, closeup_take_full(closeup, answer->result));
    app->dirty = true;
}

static void ask_full(struct app *app) {
    ask(app, "jobs.get", json_pack("{s:I}", "id", (json_int_t)app->closeup.id), on_full,
        app->closeup.id, 0);
}

static void on_watch_subscribed(struct app *app, const struct answer *answer) {
    int64_t subscription = integer(answer->result, "subscription");

    if (!answer->result) {
        return;
    }
    if (answer->job != app->closeup.id) {
        feed_unsubscribe(app, &subscription);
        return;
    }
    app->closeup.subscription = subscription;
}

void feed_watch(struct app *app) {
    const struct summary *job = app_job(app);

    app->watch_at = INT64_MAX;
    if (!job || job->id == app->closeup.id || !app->conn.up) {
        return;
    }
    look_away(app, job->id);
    app->facts = (struct scroll){0};
    app->tail = (struct reader){.follow = true};
    if (!summary_is_final(job)) {
        ask(app, "jobs.subscribe",
            json_pack("{s:[I], s:b}", "jobs", (json_int_t)job->id, "logs", 1),
            on_watch_subscribed, job->id, 0);
    }
    ask_full(app);
    feed_want_file(app, CLOSEUP_OUTPUT);
    feed_want_chosen(app);
    if (!closeup_file_name(&app->closeup, app->log.file)) {
        app->log = (struct reader){.follow = true}; /* it was another job's */
    }
    if (app->mode == MODE_LOG) {
        feed_want_file(app, app->log.file);
    }
    app->dirty = true;
}

void feed_follow_selection(struct app *app, int64_t now) {
    if (app->model.selected == 0) {
        look_away(app, 0);
        app->watch_at = INT64_MAX;
        return;
    }
    if (app->model.selected == app->closeup.id) {
        app->watch_at = INT64_MAX;
        return;
    }
    /* The first look needs no rest. */
    app->watch_at = app->closeup.id ? now + SELECTION_REST_MS : now;
}

/* --- notifications --- */

/* The summary of the watched job was renewed: fetch what it does not hold. */
static void watched_job_changed(struct app *app, enum summary_state before,
                                int scf_before) {
    const struct summary *job = model_find(&app->model, app->closeup.id);

    if (!job) {
        return;
    }
    if (job->state != before || job->scf != scf_before) {
        ask_full(app);
    }
    if (job->state != before && summary_is_final(job)) {
        feed_want_rest(app);
    }
}

/* An ended job that is older than those that have come, which got a tag or the like:
 * the list goes on from there, so it comes in its place. */
static bool is_to_come(const struct app *app, const json_t *summary) {
    struct summary job = {0};
    int64_t id = integer(summary, "id");

    if (app->all_listed || id >= app->listed_to || model_find(&app->model, id) ||
        summary_from_json(&job, summary) != 0) {
        return false;
    }
    bool ended = summary_is_final(&job);
    summary_deinit(&job);
    return ended;
}

static void on_changed(struct app *app, const json_t *params) {
    const json_t *summary = json_object_get(params, "job");
    int64_t id = integer(summary, "id");
    const struct summary *old = model_find(&app->model, id);
    enum summary_state state = old ? old->state : SUMMARY_UNKNOWN;
    int scf = old ? old->scf : 0;
    bool was_open = old && !summary_is_final(old);

    if (is_to_come(app, summary)) {
        return;
    }
    if (app_check(app, model_put(&app->model, summary)) == 0) {
        const struct summary *job = model_find(&app->model, id);
        if (job && was_open && summary_is_final(job)) {
            announce_end(&app->announce, job, clock_monotonic_ms());
        }
        if (id == app->closeup.id) {
            watched_job_changed(app, state, scf);
        }
        feed_list_changed(app);
    }
}

static void on_cycle(struct app *app, const json_t *params) {
    if (integer(params, "id") != app->closeup.id) {
        return;
    }
    int r = history_put(&app->closeup.history, (long)integer(params, "scf"),
                        (long)integer(params, "cycle"), number(params, "energy_ev"),
                        number(params, "accuracy_ev"));
    if (r == -EINVAL) {
        return;
    }
    (void)app_check(app, r);
    app->dirty = true;
}

void feed_notice(struct app *app, const char *method, const json_t *params) {
    if (feed_cluster_notice(app, method, params)) {
        return;
    }
    if (strcmp(method, "jobs.changed") == 0) {
        on_changed(app, params);
    } else if (strcmp(method, "jobs.removed") == 0) {
        feed_removed(app, integer(params, "id"));
    } else if (strcmp(method, "jobs.cycle") == 0) {
        on_cycle(app, params);
    } else if (strcmp(method, "jobs.log") == 0) {
        feed_output(app, params);
    } else if (strcmp(method, "jobs.missed") == 0) {
        feed_refresh(app);
    }
}

/* --- the list --- */

static void want_older(struct app *app, int limit);

static int64_t last_id(const json_t *jobs) {
    return integer(json_array_get(jobs, json_array_size(jobs) - 1), "id");
}

static void on_open(struct app *app, const struct answer *answer);

/* However many younger ones have ended since: what runs, or will, is in the list. */
static void want_open(struct app *app, int64_t before) {
    ask(app, "jobs.list",
        json_pack("{s:I, s:[s, s, s, s, s], s:i}", "before", (json_int_t)before,
                  "state", "held", "queued", "starting", "running", "cancelling",
                  "limit", OPEN_LIMIT),
        on_open, 0, app->n_lists);
}

static void on_open(struct app *app, const struct answer *answer) {
    const json_t *jobs = json_object_get(answer->result, "jobs");

    if (!answer->result || answer->kind != app->n_lists) {
        return;
    }
    if (app_check(app, model_merge(&app->model, jobs)) != 0) {
        return;
    }
    app->open_listed += json_array_size(jobs);
    if (json_is_integer(json_object_get(answer->result, "next")) &&
        app->open_listed < OPEN_MAX) {
        want_open(app, last_id(jobs));
    }
    feed_list_changed(app);
}

static void on_snapshot(struct app *app, const struct answer *answer) {
    const json_t *jobs = json_object_get(answer->result, "jobs");
    bool first = !app->has_list;

    if (!answer->result) {
        app_say(app, true, "The list of jobs did not come: %s", answer->trouble);
        return;
    }
    app->subscription = integer(answer->result, "subscription");
    app->has_list = true;
    app->n_lists++;
    app->open_listed = 0;
    app->all_listed = json_array_size(jobs) < FIRST_LIMIT;
    app->listed_to = last_id(jobs);
    if (app_check(app, model_replace(&app->model, jobs)) != 0) {
        return;
    }
    if (!app->all_listed) {
        want_open(app, app->listed_to);
    }
    /* Before what the list shows can ask for less of it. */
    if (first && app->model.n < LIST_LIMIT) {
        want_older(app, LIST_LIMIT - (int)app->model.n);
    }
    feed_list_changed(app);
}

static void on_older(struct app *app, const struct answer *answer) {
    const json_t *jobs = json_object_get(answer->result, "jobs");

    if (answer->kind != app->n_lists) {
        return;
    }
    app->older_asked = false;
    if (!answer->result) {
        return;
    }
    app->all_listed = !json_is_integer(json_object_get(answer->result, "next"));
    if (json_array_size(jobs) > 0) {
        app->listed_to = last_id(jobs);
    }
    if (app_check(app, model_merge(&app->model, jobs)) == 0) {
        feed_list_changed(app);
    }
}

static void want_older(struct app *app, int limit) {
    if (app->all_listed || app->older_asked || app->model.n == 0) {
        return;
    }
    app->older_asked = true;
    ask(app, "jobs.list",
        json_pack("{s:I, s:i}", "before", (json_int_t)app->listed_to, "limit", limit),
        on_older, 0, app->n_lists);
}

void feed_want_older(struct app *app) {
    want_older(app, OLDER_LIMIT);
}

/* What is wrong with the server stands in the status line as long as it is so. */
static void tell_problem(struct app *app, const json_t *problems) {
    const char *text = json_string_value(json_array_get(problems, 0));

    (void)snprintf(app->problem, sizeof app->problem, "%s", text ? text : "");
}

static void on_health(struct app *app, const struct answer *answer) {
    if (answer->result) {
        tell_problem(app, json_object_get(answer->result, "problems"));
        app->dirty = true;
    }
}

void feed_ask_health(struct app *app, int64_t now, int64_t age_ms) {
    if (app->conn.up && now - app->health_at >= age_ms) {
        app->health_at = now;
        ask(app, "system.status", json_object(), on_health, 0, 0);
    }
}

static void on_status(struct app *app, const struct answer *answer) {
    const char *version = json_string_value(json_object_get(answer->result, "version"));

    if (answer->result) {
        app->server_pid = (long)integer(answer->result, "pid");
        (void)snprintf(app->server_version, sizeof app->server_version, "%s",
                       version ? version : "?");
        if (version && strcmp(version, cm_version()) != 0) {
            app_say(app, false, "The server%s%s is version %s, this is version %s",
                    app->conn.host ? " on " : "", app->conn.host ? app->conn.host : "",
                    version, cm_version());
        }
        tell_problem(app, json_object_get(answer->result, "problems"));
        app->dirty = true;
    }
}

void feed_refresh(struct app *app) {
    feed_unsubscribe(app, &app->subscription);
    look_away(app, 0);
    app->older_asked = false;
    /* Later lists replace what stands there, so that they are whole at once. */
    ask(app, "jobs.subscribe",
        json_pack("{s:i}", "limit", app->has_list ? LIST_LIMIT : FIRST_LIMIT),
        on_snapshot, 0, 0);
    feed_want_clusters(app);
}

void feed_start(struct app *app) {
    app->subscription = 0;
    app->closeup.subscription = 0;
    app->closeup.chosen_subscription = 0;
    /* First, so that it measures the way and not the work on the rest. */
    conn_ping(&app->conn, clock_monotonic_ms(), 0);
    app->problem[0] = '\0';
    app->health_at = clock_monotonic_ms();
    ask(app, "system.status", json_object(), on_status, 0, 0);
    feed_refresh(app);
    feed_clusters_again(app);
}
