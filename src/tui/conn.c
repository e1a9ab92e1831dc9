/* Owns the client and one small record for each request under way, so that an answer
 * finds who asked, and a record is freed when its answer never comes. */
#include "tui/conn.h"

#include "base/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    FIRST_START_MS = 5000,    /* a server that is started may take so long … */
    AGAIN_START_MS = 1500,    /* … and less when the screen is already in use */
    ASKING_START_MS = 180000, /* a person may have to find a password */
    FIRST_RETRY_MS = 250,
    MOST_RETRY_MS = 16000,
    PING_PATIENCE_MS = 3000,
};

struct request {
    struct request *next;
    struct conn *conn;
    answer_fn done;
    int64_t job;
    int kind;
};

static void on_notice(struct cm_client *client, const char *method,
                      const char *params_json, void *data) {
    struct conn *conn = data;
    json_t *params = params_json ? json_loads(params_json, 0, NULL) : NULL;

    (void)client;
    if (params) {
        conn->notice(conn->app, method, params);
        json_decref(params);
    }
}

int conn_init(struct conn *conn, struct app *app, const char *socket_path,
              bool no_start, notice_fn notice, struct cm_error **error) {
    *conn = (struct conn){
        .app = app, .notice = notice, .no_start = no_start, .retry_at = INT64_MAX};
    int r = cm_client_new(&conn->client, socket_path, error);
    if (r < 0) {
        return r;
    }
    cm_client_set_notify(conn->client, on_notice, conn);
    return 0;
}

static void forget_requests(struct conn *conn) {
    while (conn->requests) {
        struct request *request = conn->requests;
        conn->requests = request->next;
        free(request);
    }
}

void conn_deinit(struct conn *conn) {
    conn->client = cm_client_free(conn->client);
    forget_requests(conn);
}

static void note_trouble(struct conn *conn, const struct cm_error *error) {
    const char *text = error ? cm_error_message(error) : NULL;

    (void)snprintf(conn->trouble, sizeof conn->trouble, "%s",
                   text ? text : "the connection ended");
    /* It is shown in one line, with the last words of a program in it. */
    for (char *at = conn->trouble; *at; at++) {
        *at = (char)(*at == '\n' ? ' ' : *at);
    }
}

static bool came_up(struct conn *conn) {
    conn->up = true;
    conn->was_up = true;
    conn->failures = 0;
    conn->retry_at = INT64_MAX;
    conn->trouble[0] = '\0';
    return true;
}

static void went_down(struct conn *conn) {
    unsigned shift = conn->failures < 6 ? conn->failures : 6;
    int64_t delay = (int64_t)FIRST_RETRY_MS << shift;

    conn->up = false;
    conn->pinging = false;
    conn->silent = false;
    conn->round_trip_ns = 0;
    conn->failures++;
    conn->retry_at =
        clock_monotonic_ms() + (delay < MOST_RETRY_MS ? delay : MOST_RETRY_MS);
}

int conn_lead(struct conn *conn, const char *host, char *const *asking,
              char *const *quiet, struct cm_error **error) {
    int r = cm_client_set_proxy(conn->client, host, (const char *const *)asking);

    if (r == 0) {
        cm_client_set_start_timeout(conn->client, ASKING_START_MS);
        r = cm_client_connect_or_start(conn->client, error);
    }
    if (r == 0) {
        r = cm_client_set_proxy(conn->client, host, (const char *const *)quiet);
    }
    conn->host = host;
    return r == 0 && came_up(conn) ? 0 : r;
}

/* The screen does not wait for ssh: what is asked meanwhile goes when it is through. */
static bool try_host(struct conn *conn) {
    struct cm_error *error = NULL;

    if (cm_client_connect(conn->client, &error) < 0) {
        note_trouble(conn, error);
        (void)cm_error_free(error);
        went_down(conn);
        return false;
    }
    conn->up = true;
    conn->retry_at = INT64_MAX;
    conn_ping(conn, clock_monotonic_ms(), 0);
    return true;
}

bool conn_try(struct conn *conn) {
    if (conn->host) {
        return conn->up;
    }
    return cm_client_connect(conn->client, NULL) == 0 && came_up(conn);
}

bool conn_try_start(struct conn *conn) {
    struct cm_error *error = NULL;
    int r;

    if (conn->host) {
        return try_host(conn);
    }
    cm_client_set_start_timeout(conn->client,
                                conn->was_up ? AGAIN_START_MS : FIRST_START_MS);
    r = conn->no_start ? cm_client_connect(conn->client, &error)
                       : cm_client_connect_or_start(conn->client, &error);
    if (r == 0) {
        return came_up(conn);
    }
    note_trouble(conn, error);
    (void)cm_error_free(error);
    went_down(conn);
    return false;
}

static void unlink_request(struct request *request) {
    struct request **link = &request->conn->requests;

    while (*link != request) {
        link = &(*link)->next;
    }
    *link = request->next;
}

static void on_reply(struct cm_client *client, const char *result_json,
                     const struct cm_error *error, void *data) {
    struct request *request = data;
    struct conn *conn = request->conn;
    struct answer answer = {.job = request->job, .kind = request->kind};
    answer_fn done = request->done;
    json_t *result =
        result_json ? json_loads(result_json, JSON_DECODE_ANY, NULL) : NULL;

    (void)client;
    unlink_request(request);
    free(request);
    answer.result = result;
    const char *beside = error ? cm_error_rpc_data(error) : NULL;
    json_t *more = beside ? json_loads(beside, JSON_DECODE_ANY, NULL) : NULL;
    if (!result) {
        answer.trouble =
            error ? cm_error_message(error) : "The server's answer could not be read.";
        answer.data = more;
    }
    /* What a lost connection means is said once, in the status line. */
    if (!error || cm_error_code(error) != CM_E_DISCONNECTED) {
        done(conn->app, &answer);
    }
    json_decref(result);
    json_decref(more);
}

int conn_ask_take(struct conn *conn, const char *method, json_t *params, answer_fn done,
                  int64_t job, int kind) {
    char *text = params ? json_dumps(params, JSON_COMPACT) : NULL;
    struct request *request = malloc(sizeof *request);
    int r = CM_E_NO_MEMORY;

    json_decref(params);
    if (text && request) {
        *request = (struct request){conn->requests, conn, done, job, kind};
        r = cm_send(conn->client, method, text, on_reply, request, NULL, NULL);
    }
    free(text);
    if (r < 0) {
        free(request);
        return r;
    }
    conn->requests = request;
    return 0;
}

static void on_ping_reply(struct cm_client *client, const char *result_json,
                          const struct cm_error *error, void *data) {
    struct conn *conn = data;

    (void)client;
    (void)error;
    conn->pinging = false;
    conn->silent = false;
    if (result_json) {
        conn->failures = 0;
        conn->trouble[0] = '\0';
        conn->round_trip_ns = clock_monotonic_ns() - conn->ping_sent_ns;
    }
}

void conn_ping(struct conn *conn, int64_t now, int64_t age_ms) {
    bool fresh = conn->round_trip_ns > 0 && now - conn->ping_sent < age_ms;

    if (!conn->up || conn->pinging || fresh) {
        return;
    }
    conn->ping_sent = now;
    conn->ping_due = now + PING_PATIENCE_MS;
    conn->ping_sent_ns = clock_monotonic_ns();
    conn->pinging = cm_send(conn->client, "system.ping", NULL, on_ping_reply, conn,
                            NULL, NULL) == 0;
}

bool conn_dispatch(struct conn *conn) {
    struct cm_error *error = NULL;
    int r = cm_client_dispatch(conn->client, &error);

    if (r < 0 || !cm_client_is_connected(conn->client)) {
        note_trouble(conn, error);
        (void)cm_error_free(error);
        went_down(conn);
        return false;
    }
    (void)cm_error_free(error);
    return true;
}

bool conn_tick(struct conn *conn, int64_t now) {
    if (conn->pinging && !conn->silent && now >= conn->ping_due) {
        conn->silent = true;
        return true;
    }
    return false;
}

int64_t conn_deadline(const struct conn *conn) {
    if (!conn->up) {
        return conn->retry_at;
    }
    return conn->pinging && !conn->silent ? conn->ping_due : INT64_MAX;
}
