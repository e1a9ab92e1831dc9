/* `crystalmath server start|stop|restart|status|logs`
 *
 * stop and status start nothing. stop returns when the process is gone, so that what
 * follows it finds neither the server nor its locks; jobs are not its concern, they go
 * on. */
#include "cli/cmds.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/platform.h"
#include "cli/field.h"
#include "cli/remote.h"
#include "cli/say.h"
#include "cli/server_find.h"
#include "cli/server_logs.h"
#include "cli/server_status.h"

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

enum { SERVER_NAME_SIZE = 48 };

/* "server (pid 7)"; where a service manager made its socket, its pid is not known. */
static const char *server_name(pid_t pid, char out[SERVER_NAME_SIZE]) {
    if (pid > 0) {
        (void)snprintf(out, SERVER_NAME_SIZE, "server (pid %ld)", (long)pid);
        return out;
    }
    return "server";
}

static int stop_running(struct cm_client *client, pid_t pid) {
    _cleanup_close_ int pidfd = -1;
    _cleanup_json_ json_t *answer = NULL;
    _cleanup_error_ struct cm_error *error = NULL;
    if (pid > 0) {
        (void)platform_process_open(pid, &pidfd);
    }
    cm_client_set_call_timeout(client, ANSWER_MS);
    int r = remote_try(client, "system.shutdown", NULL, &answer, &error);
    if (r < 0 && r != CM_E_DISCONNECTED) {
        (void)remote_report(error);
        if (pid > 0) {
            say_error(
                "to end it all the same: kill -9 %ld; running jobs go on, and the next "
                "server knows them",
                (long)pid);
        }
        return CLI_FAILED;
    }
    if (pid > 0 ? !wait_gone(pidfd, pid) : !server_wait_released(END_MS)) {
        char who[SERVER_NAME_SIZE];
        say_error("the %s was asked to stop and is still there; see "
                  "`crystalmath server logs`",
                  server_name(pid, who));
        return CLI_FAILED;
    }
    return CLI_OK;
}

static int stop(const struct cli *cli, bool quiet) {
    _cleanup_client_ struct cm_client *client = NULL;
    _cleanup_server_found_ struct server_found found = SERVER_FOUND_NULL;
    int status = remote_new(cli, &client);
    if (status == CLI_OK) {
        status = server_find(cli, &client, &found);
    }
    if (status == CLI_OK && !found.running && found.held && !cli->socket_path) {
        _cleanup_free_ char *held = server_found_held(&found);
        say_error("%s", held);
        return CLI_FAILED;
    }
    if (status != CLI_OK) {
        return status;
    }
    if (!found.running) {
        if (!quiet) {
            (void)puts("No server is running.");
        }
        return CLI_OK;
    }
    status = stop_running(client, found.pid);
    if (status == CLI_OK && !quiet) {
        char who[SERVER_NAME_SIZE];
        (void)printf("The %s has stopped.\n", server_name(found.pid, who));
    }
    return status;
}

/* `fresh`: whatever runs now counts as started, by us or by whoever was faster. */
static int start(const struct cli *cli, bool fresh) {
    _cleanup_client_ struct cm_client *client = NULL;
    _cleanup_error_ struct cm_error *error = NULL;
    int status = remote_new(cli, &client);
    if (status != CLI_OK) {
        return status;
    }
    bool running = cm_client_connect(client, NULL) == 0 && !fresh;
    if (cm_client_connect_or_start(client, &error) < 0) {
        return remote_report(error);
    }
    _cleanup_json_ json_t *answer = NULL;
    status = remote_ask(client, "system.version", NULL, &answer);
    if (status == CLI_OK) {
        (void)printf(running ? "A server is running already, pid %" PRId64 ".\n"
                             : "The server has started, pid %" PRId64 ".\n",
                     field_int(answer, "pid", 0));
    }
    return status;
}

static int restart(const struct cli *cli) {
    int status = stop(cli, true);
    return status == CLI_OK ? start(cli, true) : status;
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
    if (strcmp(verb, "start") == 0) {
        return start(cli, false);
    }
    if (strcmp(verb, "stop") == 0) {
        return stop(cli, false);
    }
    if (strcmp(verb, "restart") == 0) {
        return restart(cli);
    }
    return server_status(cli, args_has(args, "json"));
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
