/* `crystalmath server start|stop|restart|status|logs`
 *
 * stop and status start nothing. stop returns when the process is gone, so that what
 * follows it finds neither the server nor its locks; jobs are not its concern, they go
 * on. */
#include "cli/cmds.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/platform.h"
#include "base/unix_socket.h"
#include "cli/factsheet.h"
#include "cli/field.h"
#include "cli/jobline.h"
#include "cli/remote.h"
#include "cli/say.h"
#include "cli/server_logs.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

enum {
    LINES_DEFAULT = 50,
    LINES_MAX = 1000000,
    ANSWER_MS = 5000, /* for a server that is asked to stop */
    END_MS = 15000,   /* for it to be gone then */
    LOOK_EVERY_MS = 20,
};

/* Look for a server, start none. *running says whether there is one; `client` is then
 * connected and *pid known (0 where the system does not tell). Returns a status. */
static int find(struct cm_client *client, bool *running, pid_t *pid) {
    _cleanup_error_ struct cm_error *error = NULL;
    uid_t uid = 0;
    int r = cm_client_connect(client, &error);
    *running = r == 0;
    if (r == CM_E_NO_SERVER) {
        return CLI_OK;
    }
    if (r < 0) {
        return remote_report(error);
    }
    if (platform_peer(cm_client_fd(client), &uid, pid) < 0) {
        *pid = 0;
    }
    return CLI_OK;
}

/* Wait for the end of the process. A pidfd tells it even where nobody collects the
 * process; without one its pid is looked at. False when it is still there after END_MS.
 */
static bool wait_gone(int pidfd, pid_t pid) {
    int64_t deadline = clock_monotonic_ms() + END_MS;
    for (;;) {
        int64_t left = deadline - clock_monotonic_ms();
        if (left <= 0) {
            return false;
        }
        if (pidfd < 0 && (pid <= 0 || (kill(pid, 0) < 0 && errno == ESRCH))) {
            return true;
        }
        struct pollfd fd = {pidfd, POLLIN, 0};
        if (poll(&fd, 1, pidfd >= 0 ? (int)left : LOOK_EVERY_MS) > 0) {
            return true;
        }
    }
}

static int stop_running(struct cm_client *client, pid_t pid) {
    _cleanup_close_ int pidfd = -1;
    if (pid > 0) {
        (void)platform_process_open(pid, &pidfd);
    }
    _cleanup_json_ json_t *answer = NULL;
    _cleanup_error_ struct cm_error *error = NULL;
    cm_client_set_call_timeout(client, ANSWER_MS);
    int r = remote_try(client, "system.shutdown", NULL, &answer, &error);
    if (r < 0 && r != CM_E_DISCONNECTED) {
        (void)remote_report(error);
        say_error(
            "to end it all the same: kill -9 %ld; running jobs go on, and the next "
            "server knows them",
            (long)pid);
        return CLI_FAILED;
    }
    if (!wait_gone(pidfd, pid)) {
        say_error("the server (pid %ld) was asked to stop and is still there; see "
                  "`crystalmath server logs`",
                  (long)pid);
        return CLI_FAILED;
    }
    return CLI_OK;
}

static int stop(struct cm_client *client, bool quiet) {
    bool running = false;
    pid_t pid = 0;
    int status = find(client, &running, &pid);
    if (status != CLI_OK) {
        return status;
    }
    if (!running) {
        if (!quiet) {
            (void)puts("No server is running.");
        }
        return CLI_OK;
    }
    status = stop_running(client, pid);
    if (status == CLI_OK && !quiet) {
        (void)printf("The server (pid %ld) has stopped.\n", (long)pid);
    }
    return status;
}

static int start(struct cm_client *client) {
    bool running = false;
    pid_t pid = 0;
    uid_t uid = 0;
    int status = find(client, &running, &pid);
    if (status != CLI_OK) {
        return status;
    }
    if (running) {
        (void)printf("A server is running already, pid %ld.\n", (long)pid);
        return CLI_OK;
    }
    _cleanup_error_ struct cm_error *error = NULL;
    if (cm_client_connect_or_start(client, &error) < 0) {
        return remote_report(error);
    }
    (void)platform_peer(cm_client_fd(client), &uid, &pid);
    (void)printf("The server has started, pid %ld.\n", (long)pid);
    return CLI_OK;
}

static int restart(struct cm_client *client) {
    int status = stop(client, true);
    return status == CLI_OK ? start(client) : status;
}

static int say_not_running(const struct term *term, const struct cm_client *client,
                           bool as_json) {
    const char *path = cm_client_socket_path(client);
    if (as_json) {
        _cleanup_json_ json_t *json =
            say_need(json_pack("{s:b, s:s}", "running", 0, "socket", path));
        (void)remote_print_json(term, json);
    } else {
        (void)printf(
            "No server is running at %s; the next command that needs one starts "
            "it.\n",
            path);
    }
    return CLI_FAILED;
}

static void print_status(const json_t *answer) {
    char text[128];
    char since[LOCAL_TIME_SIZE];
    char duration[DURATION_SIZE];
    const json_t *jobs = json_object_get(answer, "jobs");
    const char *version = field_text(answer, "version");
    (void)printf("A server is running, pid %" PRId64 ", version %s.\n",
                 field_int(answer, "pid", 0), version ? version : "unknown");
    (void)snprintf(text, sizeof text, "%s (%s)",
                   jobline_local_time(field_text(answer, "started_at"), since),
                   jobline_duration(field_number(answer, "uptime_seconds"), duration));
    fact_text("since", text);
    (void)snprintf(text, sizeof text,
                   "%" PRId64 " running, %" PRId64 " queued, %" PRId64 " in all",
                   field_int(jobs, "running", 0), field_int(jobs, "queued", 0),
                   field_int(jobs, "total", 0));
    fact_text("jobs", text);
    (void)snprintf(text, sizeof text, "%" PRId64, field_int(answer, "clients", 0));
    fact_text("clients", text);
    fact_number("memory", field_number(answer, "memory_bytes") / (1024.0 * 1024.0), 1,
                "MiB");
    fact_text("socket", field_text(answer, "socket"));
    fact_text("database", field_text(answer, "database"));
    fact_text("log", field_text(answer, "log"));
}

static int status_of_server(struct cm_client *client, bool as_json) {
    struct term term = term_stdout();
    bool running = false;
    pid_t pid = 0;
    int status = find(client, &running, &pid);
    if (status != CLI_OK) {
        return status;
    }
    if (!running) {
        return say_not_running(&term, client, as_json);
    }
    _cleanup_json_ json_t *answer = NULL;
    status = remote_call(client, "system.status", NULL, &answer);
    if (status != CLI_OK) {
        return status;
    }
    if (!as_json) {
        print_status(answer);
        return CLI_OK;
    }
    if (json_object_set_new(answer, "running", json_true()) < 0) {
        say_no_memory();
    }
    return remote_print_json(&term, answer);
}

static int unknown_verb(const char *verb) {
    const char *near = command_nearest_word(command_words(ARG_VERB), verb);
    return near ? say_usage("server cannot '%s'; did you mean '%s'?", verb, near)
                : say_usage(
                      "server cannot '%s'; type: crystalmath server start | stop | "
                      "restart | status | logs",
                      verb);
}

/* An option that belongs to another verb is not passed over in silence. Returns a
 * status. */
static int check_options(const struct args *args, const char *verb) {
    bool is_logs = strcmp(verb, "logs") == 0;
    if (args_has(args, "json") && strcmp(verb, "status") != 0) {
        return say_usage("--json goes with server status, not with server %s", verb);
    }
    if (!is_logs && (args_has(args, "follow") || args_has(args, "lines"))) {
        return say_usage("--follow and --lines go with server logs, not with server %s",
                         verb);
    }
    return CLI_OK;
}

static int run_verb(const struct cli *cli, const struct args *args, const char *verb) {
    _cleanup_client_ struct cm_client *client = NULL;
    int status = remote_new(cli, &client);
    if (status != CLI_OK) {
        return status;
    }
    if (strcmp(verb, "start") == 0) {
        return start(client);
    }
    if (strcmp(verb, "stop") == 0) {
        return stop(client, false);
    }
    if (strcmp(verb, "restart") == 0) {
        return restart(client);
    }
    return status_of_server(client, args_has(args, "json"));
}

int cmd_server(const struct cli *cli, const struct args *args) {
    const char *verb = args->operands[0];
    const char *const *known = command_words(ARG_VERB);
    while (*known && strcmp(*known, verb) != 0) {
        known++;
    }
    if (!*known) {
        return unknown_verb(verb);
    }
    int64_t lines = LINES_DEFAULT;
    int status = check_options(args, verb);
    if (status == CLI_OK) {
        status = args_number(args, "lines", 0, LINES_MAX, &lines);
    }
    if (status != CLI_OK) {
        return status;
    }
    return strcmp(verb, "logs") == 0 ? server_logs(lines, args_has(args, "follow"))
                                     : run_verb(cli, args, verb);
}
