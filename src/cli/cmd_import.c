/* `crystalmath import FOLDER…`: runs that were made elsewhere become jobs that have
 * ended. The outputs are read here, and what they say is sent in batches, so that a
 * tree of any size takes little memory and an end in the middle loses nothing: what was
 * recorded is known the next time. */
#include "cli/cmds.h"

#include "base/cleanup.h"
#include "base/errmsg.h"
#include "cli/field.h"
#include "cli/import_known.h"
#include "cli/import_run.h"
#include "cli/import_tree.h"
#include "cli/remote.h"
#include "cli/run_folder.h"
#include "cli/say.h"
#include "cli/submit_options.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    BATCH_RUNS = 100,
    BATCH_BYTES = 16 * 1024 * 1024, /* of outputs; what is read of them is less */
};

struct import {
    struct cm_client *client;   /* owned */
    struct import_known *known; /* owned */
    struct term term;
    json_t *common; /* owned: params of every call */
    json_t *batch;  /* owned: runs that are to be sent */
    int64_t batch_bytes;
    json_t *told; /* owned: with --json, what has become of each */
    bool json, dry;
    int64_t n_new, n_known, n_left;
};

static void import_deinit(struct import *import) {
    json_decref(import->common);
    json_decref(import->batch);
    json_decref(import->told);
    (void)import_known_free(import->known);
    (void)cm_client_free(import->client);
}

/* ---- telling ---- */

static void tell_json(struct import *import, const char *list, json_t *value_take) {
    json_t *array = json_object_get(import->told, list);
    if (!value_take || json_array_append_new(array, value_take) < 0) {
        say_no_memory();
    }
}

static void tell_run(struct import *import, const json_t *run, json_int_t id) {
    const char *output = field_text(run, "output");
    import->n_new++;
    if (import->json) {
        tell_json(import, "imported",
                  json_pack("{s:o, s:O, s:O, s:O}", "id",
                            id ? json_integer(id) : json_null(), "name",
                            json_object_get(run, "name"), "code",
                            json_object_get(run, "code"), "output",
                            json_object_get(run, "output")));
        return;
    }
    _cleanup_free_ char *path = term_clean(&import->term, output ? output : "?");
    if (import->dry) {
        (void)printf("%s\n", path);
    } else if (import->term.tty) {
        (void)printf("job %" PRId64 ": %s\n", (int64_t)id, path);
    } else {
        (void)printf("%" PRId64 "\t%s\n", (int64_t)id, path);
    }
}

static void leave_out(struct import *import, const char *output, const char *why) {
    import->n_left++;
    say_error("%s is left out: %s", output, why);
    if (import->json) {
        json_t *path = json_string(output);
        tell_json(import, "left_out",
                  json_pack("{s:o, s:s}", "output", path ? path : json_null(), "reason",
                            why));
    }
}

static void tell_known(struct import *import, int64_t id) {
    import->n_known++;
    if (import->json) {
        tell_json(import, "known", json_integer((json_int_t)id));
    }
}

static void sum_up(const struct import *import) {
    if (!import->term.tty) {
        return;
    }
    (void)printf("%" PRId64 " run%s %s", import->n_new, import->n_new == 1 ? "" : "s",
                 import->dry ? "would be imported" : "imported");
    if (import->n_known > 0) {
        (void)printf(", %" PRId64 " known already", import->n_known);
    }
    if (import->n_left > 0) {
        (void)printf(", %" PRId64 " left out", import->n_left);
    }
    (void)puts(import->n_new && !import->dry ? "; `crystalmath jobs` lists them."
                                             : ".");
}

/* ---- sending ---- */

static bool holds(const json_t *array, json_int_t number) {
    for (size_t i = 0; i < json_array_size(array); i++) {
        if (json_integer_value(json_array_get(array, i)) == number) {
            return true;
        }
    }
    return false;
}

static void tell_answer(struct import *import, const json_t *answer) {
    const json_t *jobs = json_object_get(answer, "jobs");
    const json_t *known = json_object_get(answer, "known");
    for (size_t i = 0; i < json_array_size(import->batch); i++) {
        json_int_t id = json_integer_value(json_array_get(jobs, i));
        if (holds(known, (json_int_t)i)) {
            tell_known(import, (int64_t)id);
        } else {
            tell_run(import, json_array_get(import->batch, i), id);
        }
    }
}

static int send_batch(struct import *import) {
    _cleanup_json_ json_t *answer = NULL;
    _cleanup_error_ struct cm_error *error = NULL;
    if (json_array_size(import->batch) == 0) {
        return CLI_OK;
    }
    json_t *params = say_need(json_copy(import->common));
    _cleanup_json_ json_t *owned = params;
    submit_put(params, "runs", json_incref(import->batch));
    int tries = 0;
    int r = 0;
    do {
        r = remote_try(import->client, "jobs.import", json_incref(params), &answer,
                       &error);
    } while (remote_again(import->client, r, &tries, &error));
    if (r < 0) {
        return remote_report(error);
    }
    tell_answer(import, answer);
    (void)json_array_clear(import->batch);
    import->batch_bytes = 0;
    return CLI_OK;
}

static int add_to_batch(struct import *import, json_t *run_take, int64_t bytes) {
    if (import->dry) {
        tell_run(import, run_take, 0);
        json_decref(run_take);
        return CLI_OK;
    }
    if (json_array_append_new(import->batch, run_take) < 0) {
        say_no_memory();
    }
    import->batch_bytes += bytes;
    bool full = json_array_size(import->batch) >= BATCH_RUNS ||
                import->batch_bytes >= BATCH_BYTES;
    return full ? send_batch(import) : CLI_OK;
}

/* ---- looking ---- */

/* A run that cannot be read is told of, and left out. */
static int take_run(struct import *import, const char *path,
                    const struct run_folder *folder, size_t number) {
    _cleanup_(import_run_deinit) struct import_run run = {NULL, 0, 0, false};
    json_t *results = NULL;
    if (run_folder_is_partial(folder, number) ||
        import_run_init(&run, path, folder, number) != CLI_OK) {
        return CLI_OK;
    }
    int64_t id =
        import_known_find(import->known, run.output, run.fixed, run.written_ms);
    if (id != 0) {
        tell_known(import, id);
        return CLI_OK;
    }
    if (run_folder_read(folder, number, &results) != CLI_OK) {
        import->n_left++;
        return CLI_OK;
    }
    if (import_run_goes_on(&run, results)) {
        json_decref(results);
        leave_out(import, run.output,
                  "it has not ended, and was written within the last hour, so it may "
                  "still be running; import it again later");
        return CLI_OK;
    }
    json_t *json = import_run_json(&run, path, folder, number, results);
    if (!json) {
        leave_out(import, run.output,
                  "its path is not UTF-8; rename what is not, and import it again");
        return CLI_OK;
    }
    return add_to_batch(import, json, run.size);
}

static int take_folder(const char *path, void *data) {
    struct import *import = data;
    _cleanup_(run_folder_freep) struct run_folder *folder = NULL;
    char space[128];
    int r = run_folder_new(&folder, path, 0);
    if (r < 0) {
        say_error("%s: %s", path, errmsg_errno(r, space, sizeof space));
        return CLI_OK;
    }
    int status = CLI_OK;
    for (size_t i = 0; status == CLI_OK && i < run_folder_runs(folder); i++) {
        status = take_run(import, path, folder, i);
    }
    return status;
}

static int take_operand(struct import *import, const char *operand) {
    char space[128];
    _cleanup_free_ char *path = realpath(operand, NULL);
    if (!path) {
        say_error("%s: %s", operand, errmsg_errno(-errno, space, sizeof space));
        return CLI_FAILED;
    }
    return import_tree(path, take_folder, import);
}

static int prepare(struct import *import, const struct cli *cli,
                   const struct args *args) {
    import->json = args_has(args, "json");
    import->dry = args_has(args, "dry-run");
    import->term = term_stdout();
    import->common = say_need(json_object());
    import->batch = say_need(json_array());
    import->told =
        say_need(json_pack("{s:[], s:[], s:[]}", "imported", "known", "left_out"));
    int status = submit_put_tags(args, import->common);
    status = status == CLI_OK ? remote_open(cli, &import->client) : status;
    return status == CLI_OK ? import_known_new(&import->known, import->client) : status;
}

int cmd_import(const struct cli *cli, const struct args *args) {
    _cleanup_(import_deinit) struct import import = {.client = NULL};
    int status = prepare(&import, cli, args);
    if (status != CLI_OK) {
        return status;
    }
    for (int i = 0; i < args->n_operands; i++) {
        int own = take_operand(&import, args->operands[i]);
        status = own == CLI_OK ? status : own;
    }
    int sent = send_batch(&import);
    status = sent == CLI_OK ? status : sent;
    if (import.json) {
        return remote_print_json(&import.term, import.told) == CLI_OK ? status
                                                                      : CLI_FAILED;
    }
    sum_up(&import);
    return status;
}
