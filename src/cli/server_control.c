/* Starting and stopping the server, as `crystalmath server` does.
 *
 * Stopping returns when the process is gone, so that what follows it finds neither the
 * server nor its locks; jobs are not its concern, they go on. */
#include "cli/server_control.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/platform.h"
#include "cli/field.h"
#include "cli/remote.h"
#include "cli/say.h"
#include "cli/server_find.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>

enum {
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

int server_stop(const struct cli *cli, bool quiet) {
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

int server_start(const struct cli *cli, bool fresh) {
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
