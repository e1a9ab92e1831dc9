/* Entry and exit: the terminal is opened last and closed first, whatever happens
 * between; what there is to say about a failure is said when it is the shell's again.
 */
#include "tui/tui.h"

#include "tui/app.h"
#include "tui/loop.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static int run_on_terminal(struct app *app, struct errmsg *msg) {
    sigset_t before;
    int signals = -1;
    char space[128];

    /* Before the terminal is taken over, so that no signal can leave it so. */
    int r = loop_open_signals(&signals, &before);
    if (r < 0) {
        return errmsg_set(msg, r, "Signals cannot be read: %s.",
                          errmsg_errno(r, space, sizeof space));
    }
    r = screen_open(&app->screen, config_number(app->config, CONFIG_TUI_MOUSE) != 0,
                    msg);
    if (r == 0) {
        r = loop_run(app, signals);
        screen_close(&app->screen);
        if (r < 0) {
            (void)errmsg_set(msg, r, "The job screen had to end: %s. Jobs go on.",
                             errmsg_errno(r, space, sizeof space));
        }
    }
    (void)close(signals);
    (void)sigprocmask(SIG_SETMASK, &before, NULL);
    return r;
}

static int reach_host(struct app *app, const struct tui_options *options,
                      struct errmsg *msg) {
    struct cm_error *error = NULL;

    if (conn_lead(&app->conn, options->host, options->host_asking, options->host_quiet,
                  &error) == 0) {
        return 0;
    }
    const char *text = error ? cm_error_message(error) : "memory ran out";
    int r = errmsg_set(msg, -EHOSTUNREACH, "%s", text);
    (void)cm_error_free(error);
    return r;
}

int tui_run(const struct tui_options *options) {
    struct errmsg msg = ERRMSG_NULL;
    struct app *app = malloc(sizeof *app);
    int r;

    if (!app) {
        (void)fputs("crystalmath: memory ran out\n", stderr);
        return 1;
    }
    r = app_init(app, options->host ? NULL : options->socket_path, options->no_start,
                 &msg);
    if (r == 0) {
        r = options->host ? reach_host(app, options, &msg) : 0;
        r = r < 0 ? r : run_on_terminal(app, &msg);
        app_deinit(app);
    }
    free(app);
    if (r < 0) {
        (void)fprintf(stderr, "crystalmath: %s\n", msg.text);
        return 1;
    }
    return 0;
}
