/* The server, as the commands use it: every failure is told to the user here. */
#pragma once

#include "base/cleanup.h"
#include "cli/cli.h"
#include "cli/term.h"

#include <crystalmath/client.h>

#include <jansson.h>
#include <stdint.h>

DEFINE_CLEANUP(struct cm_client *, cm_client_free);
DEFINE_CLEANUP(struct cm_error *, cm_error_free);

#define _cleanup_client_ _cleanup_(cm_client_freep)
#define _cleanup_error_ _cleanup_(cm_error_freep)
#define _cleanup_json_ _cleanup_(json_decrefp)

/* A connected client, starting the server where none runs unless the user forbade it.
 * Returns a status. */
int remote_open(const struct cli *cli, struct cm_client **out);

/* A client that is not connected. Returns a status. */
int remote_new(const struct cli *cli, struct cm_client **out);
/* Connect it, starting the server where that is allowed: a CM_E_ code, nothing is
 * printed. */
int remote_connect(const struct cli *cli, struct cm_client *client,
                   struct cm_error **error);

/* Call and wait. `params_take` (may be NULL) is consumed. Returns a status. */
int remote_call(struct cm_client *client, const char *method, json_t *params_take,
                json_t **out);
/* The same for a call that only asks: where the server ends under it, as in a restart,
 * the next one is asked. */
int remote_ask(struct cm_client *client, const char *method, json_t *params_take,
               json_t **out);
int remote_ask_text(struct cm_client *client, const char *method, json_t *params_take,
                    char **out);
/* The same without a word to the user: a CM_E_ code. */
int remote_try(struct cm_client *client, const char *method, json_t *params_take,
               json_t **out, struct cm_error **error);

/* Whether a call that ended with r may be repeated, because the server had ended under
 * it and the client, unless the user forbade it to start one, is now connected to the
 * next. *tries is 0 before the first. *error is then freed, or tells why there is none.
 */
bool remote_again(struct cm_client *client, int r, int *tries, struct cm_error **error);

/* Say what went wrong. Returns CLI_FAILED. */
int remote_report(const struct cm_error *error);

/* Print JSON: laid out on a terminal, on one line elsewhere. Returns a status. */
int remote_print_json(const struct term *term, const json_t *json);
int remote_print_json_text(const struct term *term, const char *text);

/* The params {"id": id}, new. */
json_t *remote_id_params(int64_t id);
