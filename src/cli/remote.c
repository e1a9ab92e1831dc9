/* Calls to the server that end the command with a sentence when they fail. */
#include "cli/remote.h"

#include "cli/host.h"
#include "cli/say.h"

#include <stdio.h>
#include <string.h>

enum {
    TRIES_MAX = 5,    /* a request that kills every server is not for ever repeated */
    REAL_DIGITS = 15, /* as many as a double holds for sure */
};

/* Several lines are one message, as where the end of the server's log is quoted. */
int remote_report(const struct cm_error *error) {
    say_error("%s", cm_error_message(error));
    return CLI_FAILED;
}

int remote_new(const struct cli *cli, struct cm_client **out) {
    _cleanup_error_ struct cm_error *error = NULL;
    if (cm_client_new(out, cli->host ? NULL : cli->socket_path, &error) < 0) {
        return remote_report(error);
    }
    return cli->host ? host_lead(cli, *out) : CLI_OK;
}

int remote_connect(const struct cli *cli, struct cm_client *client,
                   struct cm_error **error) {
    return cli->no_start && !cli->host ? cm_client_connect(client, error)
                                       : cm_client_connect_or_start(client, error);
}

/* Another build that speaks the same protocol is used, and said. */
static void warn_of_skew(const struct cli *cli, const struct cm_client *client) {
    const char *version = cm_client_server_version(client);
    if (!version || strcmp(version, cm_version()) == 0) {
        return;
    }
    if (cli->host) {
        say_error(
            "the server on %s is version %s, this is version %s; to have the same "
            "on both sides, install it and type: crystalmath --host %s server "
            "restart (no job is lost)",
            cli->host, version, cm_version(), cli->host);
    } else {
        say_error("the server is version %s, this is version %s; to have one of this "
                  "version: crystalmath server restart (no job is lost)",
                  version, cm_version());
    }
}

int remote_open(const struct cli *cli, struct cm_client **out) {
    _cleanup_client_ struct cm_client *client = NULL;
    int status = remote_new(cli, &client);
    if (status != CLI_OK) {
        return status;
    }
    _cleanup_error_ struct cm_error *error = NULL;
    if (remote_connect(cli, client, &error) < 0) {
        return remote_report(error);
    }
    warn_of_skew(cli, client);
    *out = TAKE_PTR(client);
    return CLI_OK;
}

static int call_text(struct cm_client *client, const char *method, json_t *params_take,
                     char **out, struct cm_error **error) {
    _cleanup_json_ json_t *params = params_take;
    _cleanup_free_ char *text =
        params ? say_need(json_dumps(params, JSON_COMPACT)) : NULL;
    return cm_call(client, method, text, out, error);
}

int remote_try(struct cm_client *client, const char *method, json_t *params_take,
               json_t **out, struct cm_error **error) {
    _cleanup_free_ char *text = NULL;
    int r = call_text(client, method, params_take, &text, error);
    if (r < 0) {
        return r;
    }
    *out = say_need(json_loads(text, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL));
    return 0;
}

int remote_call(struct cm_client *client, const char *method, json_t *params_take,
                json_t **out) {
    _cleanup_error_ struct cm_error *error = NULL;
    int r = remote_try(client, method, params_take, out, &error);
    return r < 0 ? remote_report(error) : CLI_OK;
}

bool remote_again(struct cm_client *client, int r, int *tries,
                  struct cm_error **error) {
    /* Only a client that may start servers has been told a version. */
    if (r != CM_E_DISCONNECTED || !cm_client_server_version(client) ||
        ++*tries == TRIES_MAX) {
        return false;
    }
    *error = cm_error_free(*error);
    return cm_client_connect_or_start(client, error) == 0;
}

int remote_ask_text(struct cm_client *client, const char *method, json_t *params_take,
                    char **out) {
    _cleanup_json_ json_t *params = params_take;
    _cleanup_error_ struct cm_error *error = NULL;
    int tries = 0;
    int r = 0;
    do {
        r = call_text(client, method, json_incref(params), out, &error);
    } while (remote_again(client, r, &tries, &error));
    return r < 0 ? remote_report(error) : CLI_OK;
}

int remote_ask(struct cm_client *client, const char *method, json_t *params_take,
               json_t **out) {
    _cleanup_free_ char *text = NULL;
    int status = remote_ask_text(client, method, params_take, &text);
    if (status == CLI_OK) {
        *out = say_need(json_loads(text, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL));
    }
    return status;
}

int remote_print_json(const struct term *term, const json_t *json) {
    size_t layout = term->tty ? JSON_INDENT(2) : JSON_COMPACT;
    _cleanup_free_ char *text = say_need(
        json_dumps(json, layout | JSON_ENCODE_ANY | JSON_REAL_PRECISION(REAL_DIGITS)));
    (void)puts(text);
    return CLI_OK;
}

int remote_print_json_text(const struct term *term, const char *text) {
    if (!term->tty) {
        (void)puts(text);
        return CLI_OK;
    }
    _cleanup_json_ json_t *json =
        say_need(json_loads(text, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL));
    return remote_print_json(term, json);
}

json_t *remote_id_params(int64_t id) {
    return say_need(json_pack("{s:I}", "id", (json_int_t)id));
}
