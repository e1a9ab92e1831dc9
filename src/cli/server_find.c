/* The pid of a connection is that of whoever called listen(2); where that was a service
 * manager, which must not be mistaken for a server, it is not told. The lock's record
 * is right as long as the lock is held. */
#include "cli/server_find.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/path.h"
#include "base/platform.h"
#include "cli/say.h"

#include <poll.h>
#include <string.h>

enum {
    APPEAR_MS = 3000, /* for a server that holds the lock to be reached */
    LOOK_EVERY_MS = 20,
    ANSWER_MS = 5000, /* a server that needs longer is not well, and that is told */
};

static char *lock_path(void) {
    _cleanup_free_ char *database = NULL;
    return path_database_default(&database) < 0 ? NULL
                                                : say_format("%s.lock", database);
}

void server_found_deinit(struct server_found *found) {
    lock_record_deinit(&found->record);
}

static void look_at_lock(struct server_found *found) {
    _cleanup_free_ char *path = lock_path();
    lock_record_deinit(&found->record);
    found->held = path && file_lock_probe(path) == FILE_LOCK_E_HELD;
    if (path) {
        (void)lock_record_read(path, &found->record);
    }
}

/* The pid of the server that the client is connected to. */
static pid_t pid_of(struct cm_client *client, const struct lock_record *record) {
    uid_t uid = 0;
    pid_t pid = 0;
    const char *path = cm_client_socket_path(client);
    if (record->socket_path && strcmp(record->socket_path, path) == 0 &&
        lock_record_is_here(record)) {
        return (pid_t)record->pid;
    }
    (void)platform_peer(cm_client_fd(client), &uid, &pid);
    return platform_is_service_manager(pid) ? 0 : pid;
}

static bool is_reachable_elsewhere(const struct server_found *found,
                                   const struct cm_client *client) {
    const char *there = found->record.socket_path;
    return found->held && there && *there && lock_record_is_here(&found->record) &&
           strcmp(there, cm_client_socket_path(client)) != 0;
}

/* Connect where the record says. */
static void follow_record(struct cm_client **client, struct server_found *found) {
    _cleanup_client_ struct cm_client *other = NULL;
    if (cm_client_new(&other, found->record.socket_path, NULL) == 0 &&
        cm_client_connect(other, NULL) == 0) {
        (void)cm_client_free(*client);
        *client = TAKE_PTR(other);
        found->running = true;
    }
}

static int look_once(const struct cli *cli, struct cm_client **client,
                     struct server_found *found) {
    _cleanup_error_ struct cm_error *error = NULL;
    int r = cm_client_connect(*client, &error);
    look_at_lock(found);
    found->running = r == 0;
    if (r != 0 && r != CM_E_NO_SERVER) {
        return remote_report(error);
    }
    if (r != 0 && !cli->socket_path && is_reachable_elsewhere(found, *client)) {
        follow_record(client, found);
    }
    if (found->running) {
        found->pid = pid_of(*client, &found->record);
    }
    return CLI_OK;
}

int server_find(const struct cli *cli, struct cm_client **client,
                struct server_found *found) {
    int64_t deadline = clock_monotonic_ms() + APPEAR_MS;
    for (;;) {
        int status = look_once(cli, client, found);
        if (status != CLI_OK || found->running || !found->held || cli->socket_path ||
            !lock_record_is_here(&found->record) || clock_monotonic_ms() > deadline) {
            return status;
        }
        (void)poll(NULL, 0, LOOK_EVERY_MS);
    }
}

/* Returns CLI_FAILED. */
static int tell_no_answer(int r, pid_t pid, const struct cm_error *error) {
    (void)remote_report(error);
    if (r == CM_E_TIMEOUT && pid > 0) {
        say_error("the server is process %ld. See its last words: crystalmath server "
                  "logs. To end it: kill -9 %ld; running jobs go on, and the next "
                  "server knows them",
                  (long)pid, (long)pid);
    }
    return CLI_FAILED;
}

int server_find_and_ask(const struct cli *cli, struct cm_client **client,
                        struct server_found *found, const char *method,
                        json_t **answer) {
    int64_t deadline = clock_monotonic_ms() + APPEAR_MS;
    for (bool first = true;; first = false) {
        _cleanup_error_ struct cm_error *error = NULL;
        int status = server_find(cli, client, found);
        if (status != CLI_OK || !found->running) {
            return status;
        }
        cm_client_set_call_timeout(*client, ANSWER_MS);
        int r = remote_try(*client, method, NULL, answer, &error);
        cm_client_set_call_timeout(*client, 0);
        if (r == 0) {
            return CLI_OK;
        }
        if (r != CM_E_DISCONNECTED || (!first && clock_monotonic_ms() > deadline)) {
            return tell_no_answer(r, found->pid, error);
        }
        (void)poll(NULL, 0, LOOK_EVERY_MS);
    }
}

char *server_found_held(const struct server_found *found) {
    const struct lock_record *record = &found->record;
    if (!record->host || record->pid == 0) {
        return say_format("another server is starting; look again in a moment");
    }
    if (!lock_record_is_here(record)) {
        return say_format("the server of this account runs on another machine, %s (pid "
                          "%ld); work there (ssh %s), or stop it there: ssh %s "
                          "crystalmath server stop",
                          record->host, (long)record->pid, record->host, record->host);
    }
    if (!*record->socket_path) {
        return say_format(
            "a server (pid %ld) is starting or ending and has not got any "
            "further; see crystalmath server logs",
            (long)record->pid);
    }
    return say_format(
        "the server (pid %ld) has the database, and nobody listens at its "
        "socket %s; it should publish it again within seconds. If it does "
        "not, end it: kill %ld (running jobs go on)",
        (long)record->pid, record->socket_path, (long)record->pid);
}

bool server_wait_released(int limit_ms) {
    _cleanup_free_ char *path = lock_path();
    int64_t deadline = clock_monotonic_ms() + limit_ms;
    while (path && file_lock_probe(path) == FILE_LOCK_E_HELD) {
        if (clock_monotonic_ms() > deadline) {
            return false;
        }
        (void)poll(NULL, 0, LOOK_EVERY_MS);
    }
    return true;
}
