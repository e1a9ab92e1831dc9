/* Find, spawn, listen to the report, and where there is none say what can be known: how
 * the program ended, and what it wrote to its log. A server that is merely slow is left
 * alone: it will be there for the next client, and killing it could hit one that has
 * just taken over jobs. */
#include "client/launch.h"

#include "client/child.h"
#include "client/log_tail.h"

#include "base/errmsg.h"
#include "base/path.h"
#include "base/str.h"

#include <errno.h>
#include <string.h>
#include <sys/wait.h>

enum {
    /* The program's first process ends as soon as it has gone into the background. */
    REAP_MS = 100,
    REAP_DEAD_MS = 1000,
    /* posix_spawn may say only so that exec failed. */
    EXIT_NOT_EXECUTED = 127,
};

static int find_told_program(char **out, const char *told, struct cm_error **error) {
    _cleanup_free_ char *found = NULL;
    int r = path_find_executable(&found, told, getenv("PATH"));
    if (r == 0) {
        r = path_absolute(out, found);
    }
    if (r == -ENOENT || r == -EACCES) {
        return error_set(
            error, CM_E_START_FAILED,
            "The server cannot be started: %s is %s. Name another program, or "
            "set CRYSTALMATH_SERVER to the path of crystalmath-server.",
            told, r == -EACCES ? "not executable" : "not there");
    }
    return r < 0 ? error_set_system(error, r, "Looking for %s", told) : 0;
}

static int find_program(const struct cm_client *client, char **out,
                        struct cm_error **error) {
    if (client->server_program) {
        return find_told_program(out, client->server_program, error);
    }
    struct errmsg why = ERRMSG_NULL;
    _cleanup_free_ char *found = NULL;
    int r = path_find_sibling(&found, "crystalmath-server", "CRYSTALMATH_SERVER", &why);
    if (r == 0) {
        /* CRYSTALMATH_SERVER may be relative, and the server leaves this folder. */
        r = path_absolute(out, found);
    }
    if (r == -ENOENT) {
        return error_set(
            error, CM_E_START_FAILED,
            "The server cannot be started: %s. Set CRYSTALMATH_SERVER to the "
            "path of crystalmath-server, or install it.",
            why.text);
    }
    return r < 0 ? error_set_system(error, r, "Looking for crystalmath-server") : 0;
}

static int not_spawned(const char *program, int code, struct cm_error **error) {
    char space[128];
    if (code == -ENOMEM) {
        return error_no_memory(error);
    }
    return error_set(
        error, CM_E_START_FAILED,
        "The server cannot be started: running %s failed (%s). Set "
        "CRYSTALMATH_SERVER to a crystalmath-server that runs on this machine.",
        program, errmsg_errno(code, space, sizeof space));
}

static void reap_launched(struct cm_client *client, int limit_ms) {
    int status = 0;
    if (client->launched > 0 &&
        child_reap(client->launched, limit_ms, &status) != -ETIMEDOUT) {
        client->launched = 0;
    }
}

/* "ended with exit code 1", for a child that closed its pipe without a word. */
static int describe_end(struct cm_client *client, char **out) {
    int status = 0;
    int r = child_reap(client->launched, REAP_DEAD_MS, &status);
    if (r == -ETIMEDOUT) {
        return str_printf(out,
                          "closed its readiness pipe without a word and still runs as "
                          "process %ld",
                          (long)client->launched);
    }
    client->launched = 0;
    if (r < 0) {
        return str_printf(out, "ended");
    }
    if (WIFSIGNALED(status)) {
        return str_printf(out, "was ended by signal %d (%s)", WTERMSIG(status),
                          strsignal(WTERMSIG(status)));
    }
    if (WEXITSTATUS(status) == EXIT_NOT_EXECUTED) {
        return str_printf(out, "could not be executed (exit code %d)",
                          EXIT_NOT_EXECUTED);
    }
    return str_printf(out, "ended with exit code %d", WEXITSTATUS(status));
}

static int died(struct cm_client *client, const char *program, const char *socket,
                const struct log_tail *tail, struct cm_error **error) {
    _cleanup_free_ char *end = NULL;
    if (describe_end(client, &end) < 0) {
        return error_no_memory(error);
    }
    _cleanup_free_ char *lines = log_tail_read(tail);
    if (lines) {
        return error_set(
            error, CM_E_START_FAILED,
            "The server %s %s before it was ready. The end of its log %s:\n%s", program,
            end, tail->path, lines);
    }
    return error_set(
        error, CM_E_START_FAILED,
        "The server %s %s before it was ready, and wrote nothing to %s. See what it "
        "says: %s --foreground --verbose --socket %s",
        program, end, tail->path ? tail->path : "a log", program, socket);
}

static int judge(struct cm_client *client, int r, const char *program,
                 const char *socket, const struct log_tail *tail, int limit_ms,
                 struct cm_error **error) {
    switch (r) {
    case 0:
        return 0;
    case REPORT_E_TIMEOUT:
        return error_set(
            error, CM_E_TIMEOUT,
            "The server %s (process %ld) was started and did not report ready "
            "within %g s. It was left running: see crystalmath server status "
            "and crystalmath server logs, then try again.",
            program, (long)client->launched, limit_ms / 1000.0);
    case REPORT_E_END:
        return died(client, program, socket, tail, error);
    case -EPROTO:
        return error_set(
            error, CM_E_START_FAILED,
            "%s started, but does not speak as crystalmath-server does. Set "
            "CRYSTALMATH_SERVER to the right program.",
            program);
    default:
        return error_set_system(error, r, "Waiting for %s to come up", program);
    }
}

int launch_server(struct cm_client *client, const char *socket, int64_t deadline_ms,
                  int limit_ms, struct report *report, struct cm_error **error) {
    _cleanup_free_ char *program = NULL;
    int r = find_program(client, &program, error);
    if (r != 0) {
        return r;
    }
    reap_launched(client, 0);
    _cleanup_log_tail_ struct log_tail tail = LOG_TAIL_NULL;
    log_tail_init(&tail);
    _cleanup_close_ int ready_fd = -1;
    r = child_spawn_server(program, socket, &client->launched, &ready_fd);
    if (r < 0) {
        return not_spawned(program, r, error);
    }
    _cleanup_report_ struct report got = REPORT_NULL;
    r = report_read(&got, ready_fd, deadline_ms);
    r = judge(client, r, program, socket, &tail, limit_ms, error);
    if (r != 0) {
        return r;
    }
    reap_launched(client, REAP_MS);
    if (got.kind == REPORT_FAILED) {
        return error_set(error, CM_E_START_FAILED, "The server could not start: %s",
                         got.text);
    }
    *report = got;
    got = (struct report)REPORT_NULL;
    return 0;
}
