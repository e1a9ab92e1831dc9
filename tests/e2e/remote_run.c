/* remote-run SSH HOST DEADLINE_MS TIMES WORD…: run these words so many times at once on
 * a host, whenever a line comes on standard input, and print what became of each and of
 * the way there:
 *
 *   ran 0 12        outcome, exit status, how many bytes of output follow
 *   <output> <newline>
 *   connected 0     state, tries, behind the last
 */
#include "exec/remote.h"

#include "base/cleanup.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

struct round {
    struct remote *remote;
    int left;
    struct remote_status
        status; /* behind the last: the loop may go on to the next try */
};

static void on_done(void *arg, enum remote_outcome outcome, int status,
                    const struct buf *out, const struct buf *err) {
    struct round *round = arg;
    static const char *const names[] = {"ran", "unreachable", "timed_out", "too_long"};
    (void)printf("%s %d %zu\n", names[outcome], status, buf_len(out));
    (void)fwrite(buf_bytes(out), 1, buf_len(out), stdout);
    (void)printf("\n");
    (void)fwrite(buf_bytes(err), 1, buf_len(err), stderr);
    round->left--;
    round->status = remote_status(round->remote);
}

static int one_round(struct remote *remote, uv_loop_t *loop, char **words, int deadline,
                     int times) {
    static const char *const states[] = {"unknown", "connected", "lost", "needs_login"};
    const struct remote_command command = {.argv = (const char *const *)words,
                                           .deadline_ms = deadline};
    struct round round = {.remote = remote, .left = times};
    for (int i = 0; i < times; i++) {
        if (remote_run(remote, &command, on_done, &round, NULL) < 0) {
            return EXIT_FAILURE;
        }
    }
    while (round.left > 0) {
        (void)uv_run(loop, UV_RUN_ONCE);
    }
    (void)printf("%s %d\n", states[round.status.state], round.status.tries);
    (void)fflush(stdout);
    return EXIT_SUCCESS;
}

int main(int argc, char **argv) {
    if (argc < 6) {
        return EXIT_FAILURE;
    }
    uv_loop_t loop;
    struct remote *remote = NULL;
    const struct remote_spec spec = {
        .ssh_command = argv[1], .host = argv[2], .pause_ms = 1};
    (void)signal(SIGPIPE, SIG_IGN);
    if (uv_loop_init(&loop) < 0 || remote_new(&remote, &loop, &spec) < 0) {
        return EXIT_FAILURE;
    }
    int result = EXIT_SUCCESS;
    for (int c = getchar(); c != EOF && result == EXIT_SUCCESS; c = getchar()) {
        if (c == '\n') {
            result = one_round(remote, &loop, argv + 5, atoi(argv[3]), atoi(argv[4]));
        }
    }
    remote_close(remote);
    (void)uv_run(&loop, UV_RUN_DEFAULT);
    remote_free(remote);
    return uv_loop_close(&loop) < 0 ? EXIT_FAILURE : result;
}
