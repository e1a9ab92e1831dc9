/* `crystalmath call METHOD [PARAMS]`: any method of the server, for scripts and the
 * curious. */
#include "cli/cmds.h"

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "cli/remote.h"
#include "cli/say.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum {
    PARAMS_MAX = 64 * 1024 * 1024,
    READ_PIECE = 64 * 1024,
};

static int read_stdin(struct buf *out) {
    for (;;) {
        if (buf_len(out) > PARAMS_MAX) {
            return say_usage("call: standard input is too long for PARAMS");
        }
        if (buf_reserve(out, READ_PIECE) < 0) {
            say_no_memory();
        }
        ssize_t n = read(STDIN_FILENO, out->data + out->end, READ_PIECE);
        if (n == 0) {
            return CLI_OK;
        }
        if (n < 0 && errno != EINTR) {
            say_error("standard input: %s", strerror(errno));
            return CLI_FAILED;
        }
        out->end += n > 0 ? (size_t)n : 0;
    }
}

/* The params to send, or NULL when there are none. Returns a status. */
static int read_params(const char *word, json_t **out) {
    _cleanup_buf_ struct buf text = BUF_NULL;
    if (!word) {
        return CLI_OK;
    }
    int status = CLI_OK;
    if (strcmp(word, "-") == 0) {
        status = read_stdin(&text);
    } else if (buf_append_str(&text, word) < 0) {
        say_no_memory();
    }
    if (status != CLI_OK) {
        return status;
    }
    json_error_t why;
    json_t *json = json_loadb(buf_bytes(&text), buf_len(&text),
                              JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &why);
    if (!json) {
        return say_usage(
            "PARAMS has to be a JSON object or array, such as '{\"id\": 7}'; "
            "line %d, column %d: %s",
            why.line, why.column, why.text);
    }
    *out = json;
    return CLI_OK;
}

static int report(const struct cm_error *error) {
    if (cm_error_code(error) != CM_E_RPC) {
        return remote_report(error);
    }
    const char *data = cm_error_rpc_data(error);
    say_error("%s (error %d%s%s)", cm_error_message(error), cm_error_rpc_code(error),
              data ? ", data " : "", data ? data : "");
    return CLI_FAILED;
}

int cmd_call(const struct cli *cli, const struct args *args) {
    const char *method = args->operands[0];
    _cleanup_json_ json_t *params = NULL;
    int status = read_params(args->n_operands > 1 ? args->operands[1] : NULL, &params);
    if (status != CLI_OK) {
        return status;
    }
    _cleanup_free_ char *params_text =
        params ? say_need(json_dumps(params, JSON_COMPACT)) : NULL;
    /* A server that is started only to be shut down helps nobody. */
    struct cli how = *cli;
    how.no_start = cli->no_start || strcmp(method, "system.shutdown") == 0;
    _cleanup_client_ struct cm_client *client = NULL;
    status = remote_open(&how, &client);
    if (status != CLI_OK) {
        return status;
    }
    _cleanup_free_ char *result = NULL;
    _cleanup_error_ struct cm_error *error = NULL;
    if (cm_call(client, method, params_text, &result, &error) < 0) {
        return report(error);
    }
    struct term term = term_stdout();
    return remote_print_json_text(&term, result);
}
