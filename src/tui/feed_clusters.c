/* The clusters and the queue of one: what is asked about them, and what is done there.
 *
 * Clusters are told of by notifications. A queue is asked for again and again while it
 * is on the screen; how often squeue is asked for that is the server's to decide. */
#include "tui/feed.h"

#include "base/clock.h"
#include "tui/login.h"

#include <stdio.h>
#include <string.h>

enum {
    LINEUP_PAUSE_MS = 5000,
    LINEUP_SOON_MS = 300, /* behind something that was done there */
    LINEUPS_DUE_MAX = 3,  /* the server reads no more from who waits for many answers */
};

static void ask(struct app *app, const char *method, json_t *params, answer_fn done,
                int kind) {
    if (conn_ask_take(&app->conn, method, params, done, 0, kind) < 0) {
        app_say(app, true, "There is no connection to the server");
    }
}

/* ---- the clusters ---- */

static void on_clusters(struct app *app, const struct answer *answer) {
    if (answer->result) {
        (void)app_check(app, places_set(&app->places, answer->result));
        app->dirty = true;
    }
}

void feed_want_clusters(struct app *app) {
    (void)conn_ask_take(&app->conn, "clusters.list", json_object(), on_clusters, 0, 0);
}

bool feed_cluster_notice(struct app *app, const char *method, const json_t *params) {
    if (strcmp(method, "clusters.changed") == 0) {
        (void)app_check(app,
                        places_put(&app->places, json_object_get(params, "cluster")));
    } else if (strcmp(method, "clusters.removed") == 0) {
        const char *name = json_string_value(json_object_get(params, "name"));
        places_remove(&app->places, name ? name : "");
    } else {
        return false;
    }
    app->dirty = true;
    return true;
}

/* Which one it was about is in the answer, but not in an error. */
static void on_tested(struct app *app, const struct answer *answer) {
    const char *name = json_string_value(json_object_get(answer->result, "name"));

    if (name) {
        places_tested(&app->places, name, json_object_get(answer->result, "checks"));
    } else {
        for (size_t i = 0; i < app->places.n; i++) {
            places_untested(&app->places, app->places.items[i].name);
        }
        app_refuse(app, "Not tested", answer->trouble ? answer->trouble : "");
    }
    feed_want_clusters(app); /* with how many other jobs there are */
    app->dirty = true;
}

void feed_test(struct app *app, const char *name) {
    json_t *params = json_pack("{s:s}", "name", name);

    places_tested(&app->places, name, NULL);
    app->place_scroll = (struct scroll){0};
    ask(app, "clusters.test", params, on_tested, 0);
}

/* ssh has the terminal until the connection is there; the test also tells the server to
 * try again. */
static void on_login(struct app *app, const struct answer *answer) {
    const struct place *place = places_find(&app->places, app->login);

    if (!answer->result || !place) {
        app_refuse(app, "No login", answer->trouble ? answer->trouble : "");
        return;
    }
    (void)login_run(&app->screen, json_object_get(answer->result, "command"),
                    place->host ? place->host : place->name);
    feed_test(app, app->login);
    app->dirty = true;
}

void feed_login(struct app *app, const char *name) {
    if (app->conn.host) {
        app_say(app, true, "Log in from there: ssh -t %s crystalmath cluster login %s",
                app->conn.host, name);
        return;
    }
    (void)snprintf(app->login, sizeof app->login, "%s", name);
    ask(app, "clusters.login", json_pack("{s:s}", "name", name), on_login, 0);
}

/* ---- the queue of one ---- */

static void on_lineup(struct app *app, const struct answer *answer) {
    app->lineups_due--;
    if (answer->kind != app->n_lineups) {
        return; /* of another cluster */
    }
    if (answer->result) {
        (void)app_check(app, lineup_set(&app->lineup, answer->result));
    } else {
        lineup_fail(&app->lineup, answer->trouble);
    }
    app->lineup_at = clock_monotonic_ms() + LINEUP_PAUSE_MS;
    app->dirty = true;
}

static void look_soon(struct app *app) {
    app->lineup_at = clock_monotonic_ms() + LINEUP_SOON_MS;
}

void feed_want_lineup(struct app *app) {
    app->lineup_at = INT64_MAX;
    if (!app->conn.up) {
        return; /* and when it is up again this is asked for */
    }
    if (app->lineups_due >= LINEUPS_DUE_MAX) {
        look_soon(app);
    } else if (conn_ask_take(&app->conn, "slurm.queue",
                             json_pack("{s:s}", "cluster", app->lineup.cluster),
                             on_lineup, 0, app->n_lineups + 1) == 0) {
        app->n_lineups++;
        app->lineups_due++;
    }
}

void feed_clusters_again(struct app *app) {
    app->lineups_due = 0;
    for (size_t i = 0; i < app->places.n; i++) {
        places_untested(&app->places, app->places.items[i].name);
    }
    if (app->mode == MODE_LINEUP) {
        feed_want_lineup(app);
    }
}

static void on_adopted(struct app *app, const struct answer *answer) {
    if (!answer->result) {
        app_refuse(app, "Not adopted", answer->trouble);
        return;
    }
    json_int_t id = json_integer_value(json_object_get(answer->result, "id"));
    if (app_check(app, model_put(&app->model, answer->result)) == 0) {
        feed_list_changed(app);
        app_say(app, false, "It is job %lld of the list now", (long long)id);
    }
    look_soon(app);
}

void feed_adopt(struct app *app, int64_t number) {
    ask(app, "slurm.adopt",
        json_pack("{s:s, s:I}", "cluster", app->lineup.cluster, "job",
                  (json_int_t)number),
        on_adopted, 0);
}

static void on_cancelled(struct app *app, const struct answer *answer) {
    if (!answer->result) {
        app_refuse(app, "Not cancelled", answer->trouble);
        return;
    }
    json_int_t number = json_integer_value(json_object_get(answer->result, "number"));
    app_say(app, false, "Job %lld of %s is being cancelled", (long long)number,
            app->lineup.cluster);
    look_soon(app);
}

void feed_cancel_there(struct app *app, int64_t number, const char *task) {
    json_t *params = json_pack("{s:s, s:I}", "cluster", app->lineup.cluster, "job",
                               (json_int_t)number);

    if (*task && json_object_set_new(params, "task", json_string(task)) < 0) {
        json_decref(params);
        params = NULL;
    }
    ask(app, "slurm.cancel", params, on_cancelled, 0);
}
