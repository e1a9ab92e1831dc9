/* One poll() for everything. It sleeps without a limit unless something is due: a
 * second on the screen while a job's time runs there, a selection that has to rest, an
 * overdue ping, the next attempt to connect. What the server sends is drawn at most
 * every FRAME_MS, so that a flood costs no more than a trickle; keys are drawn at once.
 */
#include "tui/loop.h"

#include "base/clock.h"
#include "base/fd.h"
#include "tui/actions.h"
#include "tui/feed.h"
#include "tui/view.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <unistd.h>

enum {
    FRAME_MS = 40,
    PING_AGE_MS = 5000,
};

struct loop {
    struct app *app;
    int signals;
    int64_t drawn_at;
    bool draw_now;
};

int loop_open_signals(int *fd, sigset_t *before) {
    sigset_t set;

    (void)sigemptyset(&set);
    (void)sigaddset(&set, SIGINT);
    (void)sigaddset(&set, SIGTERM);
    (void)sigaddset(&set, SIGHUP);
    (void)sigaddset(&set, SIGQUIT);
    (void)sigaddset(&set, SIGTSTP);
    (void)sigaddset(&set, SIGWINCH);
    if (sigprocmask(SIG_BLOCK, &set, before) < 0) {
        return -errno;
    }
    *fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    if (*fd < 0) {
        int code = -errno;
        (void)sigprocmask(SIG_SETMASK, before, NULL);
        return code;
    }
    return 0;
}

static void read_signals(struct loop *loop) {
    struct app *app = loop->app;
    struct signalfd_siginfo info;

    while (read(loop->signals, &info, sizeof info) == (ssize_t)sizeof info) {
        if (info.ssi_signo == SIGWINCH) {
            screen_measure(&app->screen);
        } else if (info.ssi_signo == SIGTSTP) {
            screen_suspend(&app->screen);
        } else {
            app->quit = true;
        }
        app->dirty = true;
        loop->draw_now = true;
    }
}

static void read_mouse(struct app *app) {
    MEVENT event;

    while (getmouse(&event) == OK) {
        if (event.bstate & BUTTON4_PRESSED) {
            actions_mouse(app, MOUSE_WHEEL_UP, event.y, event.x);
        } else if (event.bstate & BUTTON5_PRESSED) {
            actions_mouse(app, MOUSE_WHEEL_DOWN, event.y, event.x);
        } else if (event.bstate & BUTTON1_PRESSED) {
            actions_mouse(app, MOUSE_CLICK, event.y, event.x);
        }
    }
}

/* Only where something moves on the screen anyhow: nothing wakes up for this. */
static void look_at_server(struct app *app, int64_t now) {
    conn_ping(&app->conn, now, PING_AGE_MS);
    feed_ask_health(app, now, PING_AGE_MS);
}

static void read_keys(struct loop *loop) {
    struct app *app = loop->app;
    wint_t key;

    for (int r = get_wch(&key); r != ERR && !app->quit; r = get_wch(&key)) {
        if (r == KEY_CODE_YES && key == KEY_MOUSE) {
            read_mouse(app);
        } else if (r == KEY_CODE_YES && key != KEY_RESIZE) {
            actions_key(app, -(int)key);
        } else if (r == OK) {
            actions_key(app, (int)key);
        }
        loop->draw_now = true;
    }
    look_at_server(app, clock_monotonic_ms());
}

/* A terminal that has gone away is readable and has nothing to read. */
static void handle_input(struct loop *loop, short revents) {
    int waiting = 0;

    if (revents & POLLIN) {
        if (ioctl(STDIN_FILENO, FIONREAD, &waiting) == 0 && waiting == 0) {
            loop->app->quit = true;
        } else {
            read_keys(loop);
        }
    } else if (revents) {
        loop->app->quit = true;
    }
}

static void lost(struct app *app) {
    app->subscription = 0;
    app->closeup.subscription = 0;
    app->server_pid = 0;
    app->dirty = true;
}

static void connected(struct app *app, bool again) {
    if (again) {
        app_say(app, false, "Connected to the server again");
    }
    feed_start(app);
    app->dirty = true;
}

static void try_again(struct loop *loop) {
    struct app *app = loop->app;
    bool was_up = app->conn.was_up;

    /* Starting a server takes a moment; what is known by now is shown first. */
    view_draw(app);
    if (conn_try_start(&app->conn)) {
        connected(app, was_up);
    }
    app->dirty = true;
}

static int64_t min64(int64_t a, int64_t b) {
    return a < b ? a : b;
}

static bool is_active_row(const struct app *app, size_t row) {
    const struct summary *job = model_at(&app->model, app->list.top + row);

    return job && summary_is_active(job);
}

/* Whether the time of a running job is on the screen. */
static bool time_runs(const struct app *app) {
    const struct summary *job = app_job(app);

    if (app->problem[0]) {
        return true; /* and is looked at, until it is mended */
    }
    if (app->layout.too_small || app->help ||
        (app->mode != MODE_MAIN && app->mode != MODE_JOB)) {
        return false;
    }
    if (app->layout.job.rows > 0 && job && summary_is_active(job)) {
        return true;
    }
    for (size_t row = 0; app->layout.list.rows > 0 && row < app->list.height; row++) {
        if (is_active_row(app, row)) {
            return true;
        }
    }
    return false;
}

static void set_tick(struct app *app, int64_t now) {
    if (!time_runs(app)) {
        app->tick_at = INT64_MAX;
    } else if (app->tick_at == INT64_MAX) {
        app->tick_at = now + 1000 - clock_realtime_ms() % 1000;
    }
}

/* Everything that is due by the clock. */
static void handle_time(struct loop *loop) {
    struct app *app = loop->app;
    int64_t now = clock_monotonic_ms();

    if (!app->conn.up && now >= app->conn.retry_at) {
        try_again(loop);
    }
    if (conn_tick(&app->conn, now)) {
        app->dirty = true;
    }
    if (now >= app->watch_at) {
        feed_watch(app);
    }
    if (now >= app->lineup_at) {
        app->lineup_at = INT64_MAX;
        if (app->mode == MODE_LINEUP) {
            feed_want_lineup(app);
        }
    }
    if (now >= app->tick_at) {
        app->tick_at = INT64_MAX;
        app->dirty = true;
        look_at_server(app, now);
    }
}

/* Between two frames, so that it is in the middle of nothing. */
static void announce_if_due(struct app *app) {
    char bytes[ANNOUNCE_SIZE];
    size_t n = announce_take(&app->announce, clock_monotonic_ms(), bytes);

    if (n > 0) {
        (void)fd_write_all(STDOUT_FILENO, bytes, n);
    }
}

static void draw_if_due(struct loop *loop) {
    struct app *app = loop->app;
    int64_t now = clock_monotonic_ms();

    if (app->dirty && (loop->draw_now || now - loop->drawn_at >= FRAME_MS)) {
        view_draw(app);
        loop->drawn_at = clock_monotonic_ms();
        loop->draw_now = false;
        set_tick(app, now);
    }
}

static int poll_timeout(const struct loop *loop) {
    const struct app *app = loop->app;
    int64_t now = clock_monotonic_ms();
    int64_t due = min64(min64(app->watch_at, app->tick_at), conn_deadline(&app->conn));

    due = min64(min64(due, app->announce.due), app->lineup_at);
    if (app->dirty) {
        due = min64(due, loop->drawn_at + FRAME_MS);
    }
    if (due == INT64_MAX) {
        return -1;
    }
    return due <= now ? 0 : (int)min64(due - now, 3600 * 1000);
}

/* The first list is what the screen was opened for: it is shown when it is there. */
static void handle_server(struct loop *loop) {
    struct app *app = loop->app;
    bool had_list = app->has_list;

    app->dirty = true;
    if (!conn_dispatch(&app->conn)) {
        lost(app);
        loop->draw_now = true;
    } else if (app->has_list && !had_list) {
        loop->draw_now = true;
    }
}

static int wait_once(struct loop *loop) {
    struct app *app = loop->app;
    struct pollfd fds[] = {
        {.fd = STDIN_FILENO, .events = POLLIN},
        {.fd = loop->signals, .events = POLLIN},
        {.fd = app->conn.up ? cm_client_fd(app->conn.client) : -1,
         .events = app->conn.up ? cm_client_poll_events(app->conn.client) : 0},
    };

    if (poll(fds, sizeof fds / sizeof *fds, poll_timeout(loop)) < 0) {
        return errno == EINTR ? 0 : -errno;
    }
    if (fds[1].revents) {
        read_signals(loop);
    }
    if (fds[0].revents && !app->quit) {
        handle_input(loop, fds[0].revents);
    }
    if (fds[2].revents && app->conn.up) {
        handle_server(loop);
    }
    return 0;
}

/* The frame stands before the server is asked; only where none runs is there a wait. */
static void connect_first(struct app *app) {
    view_draw(app);
    if (conn_try(&app->conn) || conn_try_start(&app->conn)) {
        connected(app, false);
    }
    app->dirty = true;
}

int loop_run(struct app *app, int signals) {
    struct loop loop = {.app = app, .signals = signals};

    connect_first(app);
    while (!app->quit) {
        int r = wait_once(&loop);
        if (r < 0) {
            return r;
        }
        if (!app->quit) {
            handle_time(&loop);
            draw_if_due(&loop);
            announce_if_due(app);
        }
    }
    return app->failed;
}
