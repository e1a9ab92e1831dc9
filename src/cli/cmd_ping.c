/* `crystalmath ping`: the round trip through the server's dispatch. */
#include "cli/cmds.h"

#include "base/cleanup.h"
#include "base/platform.h"
#include "base/unix_socket.h"
#include "cli/remote.h"
#include "cli/say.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    PINGS_MAX = 1000000,
    ANSWER_MS = 5000, /* a server that needs longer is not well, and that is asked */
};

static double milliseconds(uint64_t ns) {
    return (double)ns / 1e6;
}

static int by_value(const void *a, const void *b) {
    uint64_t left = *(const uint64_t *)a;
    uint64_t right = *(const uint64_t *)b;
    return (left > right) - (left < right);
}

static void print_summary(uint64_t *times, size_t n) {
    qsort(times, n, sizeof *times, by_value);
    (void)printf("%zu pings: least %.3f ms, median %.3f ms, most %.3f ms\n", n,
                 milliseconds(times[0]), milliseconds(times[n / 2]),
                 milliseconds(times[n - 1]));
}

/* The pid is known from the socket: asking for it would be another call. */
static void print_pong(const struct cli *cli, struct cm_client *client, uint64_t ns) {
    uid_t uid = 0;
    pid_t pid = 0;
    if (cli->host) {
        (void)printf("pong from %s in %.3f ms\n", cli->host, milliseconds(ns));
    } else if (platform_peer(cm_client_fd(client), &uid, &pid) == 0 && pid > 0 &&
               !platform_is_service_manager(pid)) {
        (void)printf("pong from pid %ld in %.3f ms\n", (long)pid, milliseconds(ns));
    } else {
        (void)printf("pong in %.3f ms\n", milliseconds(ns));
    }
}

int cmd_ping(const struct cli *cli, const struct args *args) {
    int64_t count = 1;
    int status = args_number(args, "count", 1, PINGS_MAX, &count);
    if (status != CLI_OK) {
        return status;
    }
    _cleanup_client_ struct cm_client *client = NULL;
    status = remote_open(cli, &client);
    if (status != CLI_OK) {
        return status;
    }
    cm_client_set_call_timeout(client, ANSWER_MS);
    _cleanup_free_ uint64_t *times = say_need(calloc((size_t)count, sizeof *times));
    for (int64_t i = 0; i < count; i++) {
        _cleanup_error_ struct cm_error *error = NULL;
        int tries = 0;
        int r = 0;
        do {
            r = cm_ping(client, &times[i], &error);
        } while (remote_again(client, r, &tries, &error));
        if (r < 0) {
            return remote_report(error);
        }
        print_pong(cli, client, times[i]);
        if (ferror(stdout)) {
            return CLI_FAILED; /* the terminal has gone: nobody sees the rest */
        }
    }
    if (args_has(args, "count")) {
        print_summary(times, (size_t)count);
    }
    return CLI_OK;
}
