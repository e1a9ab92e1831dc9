/* `crystalmath db check|backup|restore`: the database as a file.
 *
 * A running server has the database for itself, and copies it on request while it works
 * on; to check it, such a copy is looked at. Where none runs, the server's program
 * looks after the database and tells what came of it. Nothing starts a server but
 * restore, which starts the one again that it stopped. */
#include "cli/cmds.h"

#include "base/cleanup.h"
#include "base/path.h"
#include "cli/db_helper.h"
#include "cli/db_report.h"
#include "cli/field.h"
#include "cli/remote.h"
#include "cli/say.h"
#include "cli/server_control.h"
#include "cli/server_find.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum {
    LOOK_EVERY_MS = 20,
    NAMES_MAX = 100, /* that are tried for a copy */
};

/* The database, and who has it. */
struct place {
    struct cm_client *client; /* owned */
    json_t *status;           /* owned: the server's; NULL: none runs */
    char *database;           /* owned */
};

static void place_deinit(struct place *place) {
    (void)cm_client_free(place->client);
    json_decref(place->status);
    free(place->database);
}

/* Returns a status. */
static int find_place(const struct cli *cli, struct place *out) {
    _cleanup_server_found_ struct server_found found = SERVER_FOUND_NULL;
    int status = remote_new(cli, &out->client);
    if (status == CLI_OK) {
        status = server_find_and_ask(cli, &out->client, &found, "system.status",
                                     &out->status);
    }
    if (status != CLI_OK) {
        return status;
    }
    if (!found.running && found.held && !cli->socket_path) {
        _cleanup_free_ char *held = server_found_held(&found);
        say_error("%s", held);
        return CLI_FAILED;
    }
    const char *told = out->status ? field_text(out->status, "database") : NULL;
    if (told) {
        out->database = say_need(strdup(told));
    } else if (path_database_default(&out->database) < 0) {
        say_error("there is no home folder to look for the database in; set HOME or "
                  "XDG_STATE_HOME");
        return CLI_FAILED;
    }
    return CLI_OK;
}

static char *absolute(const char *path) {
    char *out = NULL;
    if (path_absolute(&out, path) < 0) {
        say_no_memory();
    }
    return out;
}

/* What the program told instead of doing it. Returns a status. */
static int tell_error(const json_t *told) {
    const char *error = field_text(told, "error");
    if (error) {
        say_error("%s", error);
    }
    return error ? CLI_FAILED : CLI_OK;
}

/* ---- backup ---- */

/* Have the running server copy its database. Returns a status. */
static int copy_live(struct cm_client *client, const char *path, bool replace) {
    _cleanup_json_ json_t *answer = NULL;
    int status = remote_call(
        client, "db.backup",
        json_pack("{s:s, s:b}", "path", path, "replace", (int)replace), &answer);
    while (status == CLI_OK && json_is_true(json_object_get(answer, "running"))) {
        (void)poll(NULL, 0, LOOK_EVERY_MS);
        json_decref(TAKE_PTR(answer));
        status = remote_call(client, "db.backup_status", NULL, &answer);
    }
    if (status != CLI_OK) {
        return status;
    }
    const char *told = field_text(answer, "path");
    if (!told || strcmp(told, path) != 0) {
        say_error("the server began to copy to %s instead; try again",
                  told ? told : "nowhere");
        return CLI_FAILED;
    }
    return tell_error(answer);
}

static int copy_idle(const char *database, const char *path, bool replace) {
    _cleanup_json_ json_t *told = NULL;
    const char *const options[] = {
        "--db-path", database, "--backup-db", path, replace ? "--replace" : NULL, NULL};
    int status = db_helper_run(options, &told);
    return status == CLI_OK ? tell_error(told) : status;
}

static char *default_name(const char *database) {
    char when[32] = "";
    time_t now = time(NULL);
    struct tm local;
    if (localtime_r(&now, &local)) {
        (void)strftime(when, sizeof when, "%Y-%m-%dT%H-%M-%S", &local);
    }
    for (int i = 1;; i++) {
        char *name = i == 1 ? say_format("%s.backup-%s", database, when)
                            : say_format("%s.backup-%s-%d", database, when, i);
        if (i == NAMES_MAX || access(name, F_OK) < 0) {
            return name;
        }
        free(name);
    }
}

static int back_up(const struct cli *cli, const struct args *args) {
    _cleanup_(place_deinit) struct place place = {0};
    struct term term = term_stdout();
    int status = find_place(cli, &place);
    if (status != CLI_OK) {
        return status;
    }
    bool replace = args_has(args, "replace");
    _cleanup_free_ char *path = args->n_operands > 1 ? absolute(args->operands[1])
                                                     : default_name(place.database);
    status = place.status ? copy_live(place.client, path, replace)
                          : copy_idle(place.database, path, replace);
    if (status != CLI_OK) {
        return status;
    }
    if (args_has(args, "json")) {
        _cleanup_json_ json_t *json =
            say_need(json_pack("{s:s, s:s}", "database", place.database, "path", path));
        return remote_print_json(&term, json);
    }
    (void)printf("The database was copied to %s\n", path);
    return CLI_OK;
}

/* ---- check ---- */

static int look_at(const char *database, const char *file, json_t **out) {
    _cleanup_free_ char *option =
        file ? say_format("--check-db=%s", file) : say_format("--check-db");
    const char *const options[] = {"--db-path", database, option, NULL};
    int status = db_helper_run(options, out);
    return status == CLI_OK ? tell_error(*out) : status;
}

/* A copy that is only there to be looked at. */
static int look_at_live(const struct place *place, json_t **out) {
    _cleanup_free_ char *copy =
        say_format("%s.check-%ld", place->database, (long)getpid());
    int status = copy_live(place->client, copy, true);
    if (status == CLI_OK) {
        status = look_at(place->database, copy, out);
    }
    (void)unlink(copy);
    if (status == CLI_OK &&
        (json_object_set_new(*out, "database", json_string(place->database)) < 0 ||
         json_object_set(*out, "problems", json_object_get(place->status, "problems")) <
             0)) {
        say_no_memory();
    }
    return status;
}

static int check(const struct cli *cli, const struct args *args) {
    _cleanup_(place_deinit) struct place place = {0};
    _cleanup_json_ json_t *report = NULL;
    _cleanup_free_ char *file =
        args->n_operands > 1 ? absolute(args->operands[1]) : NULL;
    int status = file ? CLI_OK : find_place(cli, &place);
    if (status == CLI_OK && file) {
        status = look_at(file, file, &report);
    } else if (status == CLI_OK) {
        status = place.status ? look_at_live(&place, &report)
                              : look_at(place.database, NULL, &report);
    }
    if (status != CLI_OK) {
        return status;
    }
    return db_report_check(report, args_has(args, "json"));
}

/* ---- restore ---- */

static int refuse_while_jobs_run(const struct place *place) {
    int64_t running =
        place->status ? field_int(json_object_get(place->status, "jobs"), "running", 0)
                      : 0;
    if (running > 0) {
        say_error("jobs run (`crystalmath jobs --state running`), and would not be in "
                  "the list that is put back; wait for their end or cancel them, then "
                  "try again");
        return CLI_FAILED;
    }
    return CLI_OK;
}

/* Before a server is stopped for it. */
static int check_copy(const char *file) {
    _cleanup_json_ json_t *report = NULL;
    int status = look_at(file, file, &report);
    const char *trouble = status == CLI_OK ? field_text(report, "trouble") : NULL;
    bool readable =
        trouble && strcmp(trouble, "closed") == 0 && field_int(report, "jobs", -1) >= 0;
    if (status == CLI_OK && (!trouble || (strcmp(trouble, "none") != 0 && !readable))) {
        const char *what = field_text(report, "what");
        say_error("%s cannot be put back: %s. The database is as it was", file,
                  what ? what : "it is of no known kind");
        return CLI_FAILED;
    }
    return status;
}

static int restore(const struct cli *cli, const struct args *args) {
    _cleanup_(place_deinit) struct place place = {0};
    _cleanup_json_ json_t *told = NULL;
    _cleanup_free_ char *file = absolute(args->operands[1]);
    int status = find_place(cli, &place);
    status = status ? status : refuse_while_jobs_run(&place);
    status = status ? status : check_copy(file);
    if (status == CLI_OK && place.status) {
        place.client = cm_client_free(place.client);
        status = server_stop(cli, true);
    }
    if (status != CLI_OK) {
        return status;
    }
    const char *const options[] = {"--db-path", place.database, "--restore-db", file,
                                   NULL};
    status = db_helper_run(options, &told);
    status = status ? status : tell_error(told);
    if (status == CLI_OK) {
        status = db_report_restore(told, args_has(args, "json"));
    }
    if (place.status && !cli->no_start) {
        _cleanup_client_ struct cm_client *client = NULL;
        int started = remote_open(cli, &client);
        status = status ? status : started;
    }
    return status;
}

/* ---- which ---- */

static int unknown_verb(const char *verb) {
    const char *near = command_nearest_word(command_words(ARG_DB), verb);
    return near ? say_usage("db cannot '%s'; did you mean '%s'?", verb, near)
                : say_usage("db cannot '%s'; type: crystalmath db check | backup | "
                            "restore",
                            verb);
}

int cmd_db(const struct cli *cli, const struct args *args) {
    const char *verb = args->operands[0];
    if (args_has(args, "replace") && strcmp(verb, "backup") != 0) {
        return say_usage("--replace goes with db backup, not with db %s", verb);
    }
    if (strcmp(verb, "check") == 0) {
        return check(cli, args);
    }
    if (strcmp(verb, "backup") == 0) {
        return back_up(cli, args);
    }
    if (strcmp(verb, "restore") != 0) {
        return unknown_verb(verb);
    }
    return args->n_operands == 2
               ? restore(cli, args)
               : say_usage("db restore takes the copy that is to be put back; "
                           "`crystalmath db check` names those that are there");
}
