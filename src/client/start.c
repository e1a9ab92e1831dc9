/* Connect, and where nobody listens bring the server up: the promise that nobody ever
 * sets anything up.
 *
 * One deadline bounds all of it. Within it every try begins anew with connect(2),
 * because whoever lost a race finds the winner's server there. That only one server
 * serves an account is the server's own lock to ensure; the start lock taken here
 * merely keeps sixty-four clients from starting sixty-four programs, and after half the
 * time it is ignored. A connection counts when the server has answered system.version
 * through its dispatch: connect(2) succeeds on a stopped process too, and on one that
 * is about to exit. */
#include "client/client_internal.h"

#include "client/deadline.h"
#include "client/launch.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/platform.h"
#include "base/str.h"
#include "rpc/message.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum {
    START_AGAIN = 1,      /* not yet; try from the beginning */
    PROTOCOL_VERSION = 1, /* one digit: it is compared as text */
};

struct start {
    struct cm_client *client;
    int limit_ms;
    int64_t half_ms; /* after this moment the start lock is ignored */
    int64_t deadline_ms;
    char *elsewhere; /* owned; where a server said that it listens; NULL: as asked */
    struct cm_error *why; /* owned; why the last try has to be repeated */
};

static void start_deinit(struct start *start) {
    free(start->elsewhere);
    (void)cm_error_free(start->why);
}

static int again(struct start *start, struct cm_error *why_take) {
    (void)cm_error_free(start->why);
    start->why = why_take;
    return START_AGAIN;
}

/* A member of the answer to system.version, cut where it is long; "" when it is none.
 */
static void read_word(const char *answer, const char *name, char *out, size_t size) {
    struct json_span object = {answer, strlen(answer)};
    struct json_span value = json_scan_find(object, name);
    out[0] = '\0';
    if (value.at && *value.at == '"') {
        (void)json_scan_string(value, out, size, NULL);
    }
}

/* What the server speaks when it is not what we speak, as a word to say; "" when we
 * understand each other. Servers that tell no protocol_version speak the first. */
static void find_strangeness(const char *answer, char *out, size_t size) {
    struct json_span object = {answer, strlen(answer)};
    struct json_span number = json_scan_find(object, "protocol_version");
    read_word(answer, "protocol", out, size);
    if (out[0] && strcmp(out, "json-rpc-2.0") != 0) {
        return;
    }
    out[0] = '\0';
    if (number.at && (number.len != 1 || number.at[0] != '0' + PROTOCOL_VERSION)) {
        (void)snprintf(out, size, "protocol version %.*s", (int)number.len, number.at);
    }
}

static int adopt_version(struct cm_client *client, const char *answer,
                         struct cm_error **error) {
    char strange[64];
    char version[64];
    find_strangeness(answer, strange, sizeof strange);
    read_word(answer, "version", version, sizeof version);
    if (strange[0]) {
        return client_lose(
            client, error, CM_E_PROTOCOL,
            "The server at %s is version %s and speaks %s, this is version "
            "%s and speaks json-rpc-2.0, protocol version %d; crystalmath server "
            "restart on %s replaces it, and no job is lost",
            client->path, version[0] ? version : "unknown", strange, cm_version(),
            PROTOCOL_VERSION, client_machine(client));
    }
    if (version[0]) {
        client->server_version = strdup(version);
        if (!client->server_version) {
            return error_no_memory(error);
        }
    }
    return 0;
}

static int unresponsive(const struct cm_client *client, int limit_ms,
                        struct cm_error **error) {
    char who[64] = "The server";
    char cure[64] = "";
    if (client->server_pid > 0 && !platform_is_service_manager(client->server_pid)) {
        (void)snprintf(who, sizeof who, "The server (process %ld)",
                       (long)client->server_pid);
        (void)snprintf(cure, sizeof cure, ", or end it: kill -9 %ld",
                       (long)client->server_pid);
    }
    return error_set(
        error, CM_E_TIMEOUT,
        "%s at %s is unresponsive: it did not answer system.version within %g s. It "
        "was left running, and no second one was started. See its last words on %s: "
        "crystalmath server logs. Wait%s; running jobs go on without it.",
        who, client->path, limit_ms / 1000.0, client_machine(client), cure);
}

/* The first words. A server that does not know the method has answered, and that is
 * enough. */
static int greet(struct start *start, struct cm_error **error) {
    struct cm_client *client = start->client;
    struct cm_error *why = NULL;
    _cleanup_free_ char *answer = NULL;
    int r = client_call(client, "system.version", NULL, start->deadline_ms,
                        start->limit_ms, &answer, &why);
    if (r == CM_E_DISCONNECTED && client->proxy) {
        (void)cm_error_free(why);
        return proxy_why(client->proxy, error);
    }
    if (r == CM_E_DISCONNECTED) {
        return again(start, why);
    }
    if (r != 0 && r != CM_E_RPC && r != CM_E_TIMEOUT) {
        return error_move(error, why);
    }
    (void)cm_error_free(why);
    if (r == CM_E_TIMEOUT) {
        return client->proxy
                   ? proxy_silent(client->proxy, client, start->limit_ms, error)
                   : unresponsive(client, start->limit_ms, error);
    }
    return answer ? adopt_version(client, answer, error) : 0;
}

/* 0, START_AGAIN, CM_E_NO_SERVER, or an error that ends it all. */
static int reach(struct start *start, struct cm_error **error) {
    struct cm_client *client = start->client;
    const char *path = start->elsewhere ? start->elsewhere : client->asked_path;
    struct cm_error *why = NULL;
    int r = client_try_connect(client, path, &why);
    if (r == CM_E_TIMEOUT) {
        return again(start, why);
    }
    if (r != 0) {
        return error_move(error, why);
    }
    return greet(start, error);
}

static int follow(struct start *start, struct report *report, struct cm_error **error) {
    if (report->kind == REPORT_BUSY) {
        struct cm_error *why = NULL;
        (void)error_set(&why, CM_E_TIMEOUT, "The server is not available: %s.",
                        report->text);
        return again(start, why);
    }
    free(start->elsewhere);
    start->elsewhere = TAKE_PTR(report->text);
    struct cm_error *why = NULL;
    int r = reach(start, &why);
    if (r != CM_E_NO_SERVER) {
        return r == 0 || r == START_AGAIN ? r : error_move(error, why);
    }
    /* It was there and has gone; what is at the path we were asked for counts again. */
    free(TAKE_PTR(start->elsewhere));
    return again(start, why);
}

static int gave_up(const struct start *start, struct cm_error **error) {
    return error_set(
        error, CM_E_TIMEOUT,
        "No server could be reached at %s within %g s. The last reason: %s See "
        "crystalmath server status and crystalmath server logs, then try "
        "again.",
        start->client->asked_path, start->limit_ms / 1000.0,
        cm_error_message(start->why));
}

/* Nobody listens. Take the start lock, look again, start the program. */
static int bring_up(struct start *start, struct cm_error **error) {
    struct cm_client *client = start->client;
    _cleanup_free_ char *lock_path = NULL;
    if (str_printf(&lock_path, "%s.start", client->asked_path) < 0) {
        return error_no_memory(error);
    }
    _cleanup_close_ int lock = -1;
    int r = file_lock(lock_path, &lock);
    if (r == FILE_LOCK_E_HELD && file_is_foreign(lock_path)) {
        r = -EPERM; /* it could be held for ever */
    }
    if (r == FILE_LOCK_E_HELD && clock_monotonic_ms() < start->half_ms) {
        struct cm_error *why = NULL;
        (void)error_set(&why, CM_E_TIMEOUT, "Another program is starting the server.");
        return again(start, why);
    }
    if (r == 0) {
        /* Between our look and the lock its last holder may have finished the start. */
        struct cm_error *why = NULL;
        r = reach(start, &why);
        if (r != CM_E_NO_SERVER) {
            return r == 0 || r == START_AGAIN ? r : error_move(error, why);
        }
        (void)cm_error_free(why);
    }
    _cleanup_report_ struct report report = REPORT_NULL;
    struct cm_error *why = NULL;
    r = launch_server(client, client->asked_path, start->deadline_ms, start->limit_ms,
                      &report, &why);
    if (r == CM_E_TIMEOUT && start->why) {
        /* The last of several tries had too little time; an earlier one says more. */
        (void)cm_error_free(why);
        return gave_up(start, error);
    }
    return r != 0 ? error_move(error, why) : follow(start, &report, error);
}

static int try_once(struct start *start, struct cm_error **error) {
    struct cm_error *why = NULL;
    int r = reach(start, &why);
    if (r == CM_E_NO_SERVER) {
        (void)cm_error_free(TAKE_PTR(why));
        r = bring_up(start, &why);
    }
    return r == 0 || r == START_AGAIN ? r : error_move(error, why);
}

static int connect_or_start(struct cm_client *client, struct cm_error **error) {
    int64_t now = clock_monotonic_ms();
    _cleanup_(start_deinit) struct start start = {
        .client = client,
        .limit_ms = client->start_timeout_ms,
        .half_ms = now + client->start_timeout_ms / 2,
        .deadline_ms = now + client->start_timeout_ms,
    };
    struct backoff backoff = {.pause_ms = 10, .most_ms = 200};
    struct cm_error *why = NULL;
    int r = 0;
    while ((r = try_once(&start, &why)) == START_AGAIN) {
        if (!backoff_wait(&backoff, start.deadline_ms)) {
            return gave_up(&start, error);
        }
    }
    if (r != 0 && client->fd >= 0) {
        (void)client_lose(client, NULL, r, "The connection was given up");
    }
    return r != 0 ? error_move(error, why) : 0;
}

/* The same, with what waits to be sent set aside meanwhile: it is for a server that has
 * answered, not for one that is about to exit. */
static int reach_server(struct cm_client *client, struct cm_error **error) {
    struct buf out = client->out;
    uint64_t queued = client->queued;
    struct pending_list pending = client->pending;
    enum cm_reconnect mode = client->reconnect;
    client->out = (struct buf)BUF_NULL;
    client->queued = 0;
    client->pending = (struct pending_list){0};
    client->reconnect = CM_RECONNECT_NEVER;
    int r = connect_or_start(client, error);
    if (r == 0 && buf_len(&client->out) > 0) {
        r = client_lose(client, error, CM_E_PROTOCOL,
                        "The server at %s answered before it was asked", client->path);
    }
    client->reconnect = mode;
    if (pending.first) {
        for (struct pending *at = pending.first; at; at = at->next) {
            at->end += client->queued;
        }
        client->pending = pending;
        client->queued += queued;
        buf_deinit(&client->out);
        client->out = out;
    } else {
        buf_deinit(&out);
    }
    return r;
}

int client_reconnect(struct cm_client *client, struct cm_error **error) {
    free(TAKE_PTR(client->server_version));
    int r = reach_server(client, error);
    if (r == 0 && client->used) {
        struct json_span none = JSON_SPAN_NULL;
        notices_push(&client->notices, "client.reconnected", none);
    }
    return r;
}

int cm_client_connect_or_start(struct cm_client *client, struct cm_error **error) {
    int r = client_begin_connecting(client, "cm_client_connect_or_start", error);
    return r != 0 ? r : reach_server(client, error);
}

int cm_client_ensure_server_running(struct cm_client *client, struct cm_error **error) {
    int r = client_begin_connecting(client, "cm_client_ensure_server_running", error);
    if (r == 0) {
        r = reach_server(client, error);
    }
    if (r == 0) {
        (void)client_lose(client, NULL, CM_E_DISCONNECTED,
                          "The server was only looked for");
    }
    return r;
}
