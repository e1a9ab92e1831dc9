/* Cleaners of /tmp, `rm`, and the end of a login session take sockets away from servers
 * that live on. The kernel tells when that happens: the file itself is watched, because
 * its folder is everybody's, and nothing wakes an idle server while all is well. What
 * is gone is published again after a moment, so as not to run into whoever is removing
 * a whole folder.
 *
 * Where clients look is asked anew each time: the default path becomes another one when
 * the runtime folder goes or comes back. Only while we are not where we want to be is
 * there a timer. What lies at the path instead of our socket is not removed unless the
 * claim says that it is a dead socket; a path that somebody else looks after is left to
 * them. */
#include "server/presence.h"

#include "base/path.h"
#include "base/str.h"
#include "server/claim.h"
#include "server/listener.h"
#include "server/server.h"

#include <errno.h>
#include <string.h>

enum {
    SETTLE_MS = 500, /* from the first sign of a loss to the look at it */
    RETRY_MS = 2000, /* between tries while we are not where we want to be */
    LOOK_MS = 4000,  /* between looks where the kernel cannot watch for us */
};

struct presence {
    struct server *server; /* borrowed */
    uv_fs_event_t watch;   /* of the socket */
    uv_fs_event_t asked;   /* of the database's lock: somebody has not found us */
    uv_timer_t timer;
    bool follows_default; /* nobody named the socket: it is where all look */
    bool unwatched;       /* that the kernel does not watch has been said */
    bool open;
    struct errmsg problem; /* empty: none */
};

static void on_timer(uv_timer_t *timer);

static void look_in(struct presence *presence, uint64_t ms) {
    (void)uv_timer_start(&presence->timer, on_timer, ms, 0);
}

static void on_sign(uv_fs_event_t *watch, const char *name, int events, int status) {
    (void)name;
    (void)events;
    (void)status;
    struct presence *presence = watch->data;
    if (!uv_is_active((uv_handle_t *)&presence->timer)) {
        look_in(presence, SETTLE_MS);
    }
}

static void say(struct presence *presence, const char *text) {
    struct log *log = presence->server->log;
    if (strcmp(presence->problem.text, text) != 0) {
        (void)errmsg_set(&presence->problem, 0, "%s", text);
        if (*text) {
            log_warning(log, "%s", text);
        } else {
            log_info(log, "clients find the socket %s again",
                     listener_path(presence->server->listener));
        }
    }
}

/* The path at which clients look now. 0 or a negative errno. */
static int wanted_path(const struct presence *presence, char **out) {
    if (presence->follows_default) {
        return path_socket_default(out);
    }
    *out = strdup(presence->server->options->socket_path);
    return *out ? 0 : -ENOMEM;
}

static void watch_socket(struct presence *presence) {
    struct listener *listener = presence->server->listener;
    (void)uv_fs_event_stop(&presence->watch);
    int r = uv_fs_event_start(&presence->watch, on_sign, listener_path(listener), 0);
    if (r < 0 && listener_is_there(listener)) {
        if (!presence->unwatched) {
            log_warning(
                presence->server->log,
                "the socket %s cannot be watched (%s); it is looked at every %d "
                "seconds instead",
                listener_path(listener), uv_strerror(r), LOOK_MS / 1000);
            presence->unwatched = true;
        }
        look_in(presence, LOOK_MS);
    } else if (!listener_is_there(listener)) {
        look_in(presence, SETTLE_MS); /* lost again before it was watched */
    }
}

/* Told by its touch that somebody asks for us in vain: see claim.c. It may be our
 * folder that was moved, of which the socket itself knows nothing. */
static void watch_lock(struct presence *presence) {
    _cleanup_free_ char *path = NULL;
    if (str_printf(&path, "%s.lock", presence->server->options->db_path) == 0) {
        (void)uv_fs_event_start(&presence->asked, on_sign, path, 0);
    }
}

static int publish_at(struct presence *presence, const char *path, struct errmsg *msg) {
    struct server *server = presence->server;
    _cleanup_(claim_other_deinit) struct claim_other other = {0};
    int r = claim_move(server->claim, path, &other, msg);
    if (r == CLAIM_E_RUNNING) {
        return errmsg_set(msg, r, "another server listens at %s", other.socket_path);
    }
    if (r == 0) {
        r = listener_move(server->listener, path, msg);
    }
    if (r == 0) {
        r = claim_tell(server->claim, path);
        log_info(server->log, "the socket was published again, at %s", path);
    }
    return r;
}

static void say_unreachable(struct presence *presence, const char *wanted,
                            const struct errmsg *why) {
    struct errmsg problem = ERRMSG_NULL;
    (void)errmsg_set(
        &problem, 0,
        "new clients do not find the server (pid %ld): its socket cannot be "
        "published at %s: %s",
        (long)getpid(), wanted ? wanted : "its path",
        why->text[0] ? why->text : "out of memory");
    say(presence, problem.text);
}

static void say_given_is_lost(struct presence *presence) {
    struct errmsg problem = ERRMSG_NULL;
    (void)errmsg_set(
        &problem, 0,
        "new clients do not find the server (pid %ld): the socket %s, made "
        "by the service manager, is gone; have it made again: systemctl "
        "--user restart crystalmath.socket",
        (long)getpid(), listener_path(presence->server->listener));
    say(presence, problem.text);
}

static void check(struct presence *presence) {
    struct listener *listener = presence->server->listener;
    _cleanup_free_ char *wanted = NULL;
    if (listener_is_given(listener)) {
        if (!listener_is_there(listener)) {
            say_given_is_lost(presence);
            look_in(presence, RETRY_MS);
            return;
        }
    } else {
        struct errmsg why = ERRMSG_NULL;
        int r = wanted_path(presence, &wanted);
        bool there = r == 0 && listener_is_there(listener) &&
                     strcmp(wanted, listener_path(listener)) == 0;
        if (r == 0 && !there) {
            r = publish_at(presence, wanted, &why);
        }
        if (r != 0) {
            say_unreachable(presence, wanted, &why);
            look_in(presence, RETRY_MS);
            return;
        }
        if (strcmp(wanted, presence->server->options->socket_path) != 0) {
            /* Away from home, and home may come back. */
            look_in(presence, RETRY_MS);
        }
    }
    say(presence, "");
    watch_socket(presence);
}

static void on_timer(uv_timer_t *timer) {
    struct presence *presence = timer->data;
    if (!presence->server->stopping) {
        check(presence);
    }
}

int presence_new(struct presence **out, struct server *server) {
    struct presence *presence = calloc(1, sizeof *presence);
    _cleanup_free_ char *usual = NULL;
    if (!presence) {
        return -ENOMEM;
    }
    presence->server = server;
    presence->follows_default = path_socket_default(&usual) == 0 &&
                                strcmp(usual, server->options->socket_path) == 0;
    (void)uv_timer_init(&server->loop, &presence->timer);
    (void)uv_fs_event_init(&server->loop, &presence->watch);
    presence->timer.data = presence;
    (void)uv_fs_event_init(&server->loop, &presence->asked);
    presence->watch.data = presence;
    presence->asked.data = presence;
    presence->open = true;
    *out = presence;
    watch_lock(presence);
    watch_socket(presence);
    return 0;
}

const char *presence_problem(const struct presence *presence) {
    return presence && presence->problem.text[0] ? presence->problem.text : NULL;
}

void presence_close(struct presence *presence) {
    if (presence && presence->open) {
        presence->open = false;
        uv_close((uv_handle_t *)&presence->timer, NULL);
        uv_close((uv_handle_t *)&presence->watch, NULL);
        uv_close((uv_handle_t *)&presence->asked, NULL);
    }
}

struct presence *presence_free(struct presence *presence) {
    free(presence);
    return NULL;
}
