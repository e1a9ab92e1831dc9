/* The same descriptor in a libuv loop: a job is submitted and watched to its end beside
 * whatever else the loop does, here a timer. */
#include <crystalmath/client.h>

#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <uv.h>

struct app {
    uv_poll_t poll;
    uv_timer_t timer;
    struct cm_client *client;
    int ticks;
    int status;
};

static void stop(struct app *app, int status) {
    if (uv_is_closing((uv_handle_t *)&app->poll)) {
        return;
    }
    app->status = status;
    uv_close((uv_handle_t *)&app->poll, NULL);
    uv_close((uv_handle_t *)&app->timer, NULL);
}

static void on_ready(uv_poll_t *poll, int status, int events);

/* What is to be waited for changes with what waits to be sent. */
static void wait_again(struct app *app) {
    short events = cm_client_poll_events(app->client);
    (void)uv_poll_start(&app->poll, UV_READABLE | (events & POLLOUT ? UV_WRITABLE : 0),
                        on_ready);
}

static void on_ready(uv_poll_t *poll, int status, int events) {
    struct app *app = poll->data;
    struct cm_error *error = NULL;
    (void)status; /* dispatch meets the same error, and has words for it */
    (void)events;
    int r = cm_client_dispatch(app->client, &error);
    if (r != 0) {
        fprintf(stderr, "%s\n", cm_error_message(error));
        error = cm_error_free(error);
        stop(app, 1);
    } else if (!uv_is_closing((uv_handle_t *)poll)) {
        wait_again(app);
    }
}

static void on_notice(struct cm_client *client, const char *method,
                      const char *params_json, void *data) {
    (void)client;
    printf("%s %s\n", method, params_json ? params_json : "");
    /* A real program has a JSON library for this. */
    if (params_json && strstr(params_json, "\"state\":\"completed\"")) {
        stop(data, 0);
    }
}

static void on_submitted(struct cm_client *client, const char *result_json,
                         const struct cm_error *error, void *data) {
    (void)client;
    printf("submitted %s\n", error ? cm_error_message(error) : result_json);
    if (error) {
        stop(data, 1);
    }
}

static void on_subscribed(struct cm_client *client, const char *result_json,
                          const struct cm_error *error, void *data) {
    (void)result_json;
    if (error || cm_send(client, "jobs.submit",
                         "{\"command\": [\"sleep\", \"0.3\"], \"directory\": \"/tmp\"}",
                         on_submitted, data, NULL, NULL) != 0) {
        stop(data, 1);
    }
}

static void on_tick(uv_timer_t *timer) {
    struct app *app = timer->data;
    app->ticks++;
}

static int run(struct app *app) {
    uv_loop_t *loop = uv_default_loop();
    app->poll.data = app;
    app->timer.data = app;
    if (uv_timer_init(loop, &app->timer) != 0 ||
        uv_timer_start(&app->timer, on_tick, 0, 50) != 0 ||
        uv_poll_init(loop, &app->poll, cm_client_fd(app->client)) != 0) {
        return 1;
    }
    cm_client_set_notify(app->client, on_notice, app);
    if (cm_send(app->client, "jobs.subscribe", NULL, on_subscribed, app, NULL, NULL)) {
        return 1;
    }
    wait_again(app);
    (void)uv_run(loop, UV_RUN_DEFAULT);
    printf("the timer ticked %s\n", app->ticks > 1 ? "meanwhile" : "too seldom");
    return app->status;
}

int main(void) {
    struct app app = {.status = 1};
    struct cm_error *error = NULL;
    if (cm_client_new(&app.client, NULL, &error) == 0 &&
        cm_client_connect_or_start(app.client, &error) == 0) {
        (void)run(&app);
    } else {
        fprintf(stderr, "%s\n", cm_error_message(error));
    }
    cm_error_free(error);
    cm_client_free(app.client);
    return app.status;
}
