/* `crystalmath check FILE|FOLDER…`: what would keep a run from coming to something, or
 * spoil it, before it costs any time. Starts nothing; a server that runs is asked
 * whether one of its jobs is in the way. */
#include "cli/cmds.h"

#include "base/cleanup.h"
#include "base/errmsg.h"
#include "base/file.h"
#include "base/path.h"
#include "base/str.h"
#include "cli/field.h"
#include "cli/own_environment.h"
#include "cli/remote.h"
#include "cli/say.h"
#include "codes/code_check.h"
#include "config/config.h"
#include "site/site.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define INPUT_MAX ((size_t)16 * 1024 * 1024)

extern char **environ;

struct check {
    struct term term;
    json_t *list;             /* owned: what --json prints; NULL: words */
    struct cm_client *client; /* owned; NULL: no server runs */
};

static void check_deinit(struct check *check) {
    json_decref(check->list);
    (void)cm_client_free(check->client);
}

static void append(json_t *list, json_t *value_take) {
    if (json_array_append_new(list, say_need(value_take)) < 0) {
        say_no_memory();
    }
}

/* The environment that a job of the code would have. */
static char **environment_of(const struct code *code) {
    _cleanup_config_ struct config *config = NULL;
    char **env = say_need(strv_copy(environ));
    if (config_load(&config, NULL, true) < 0 ||
        site_environment(&env, config, code) < 0) {
        say_no_memory();
    }
    return env;
}

static void tell(const struct check *check, const struct code *code, const char *path,
                 const struct code_findings *findings) {
    const struct term *term = &check->term;
    json_t *list = check->list;
    for (size_t i = 0; i < findings->n; i++) {
        const struct code_finding *one = &findings->items[i];
        if (list) {
            append(list,
                   json_pack("{s:s, s:s, s:s, s:I, s:s}", "path", path, "code",
                             code_name(code), "level", one->error ? "error" : "warning",
                             "line", (json_int_t)one->line, "text", one->text));
            continue;
        }
        enum term_style style = one->error ? TERM_RED : TERM_YELLOW;
        _cleanup_free_ char *text = term_clean(term, one->text);
        (void)printf("%s%s%s %s\n", term_begin(term, style),
                     one->error ? "error:  " : "warning:", term_end(term, style), text);
    }
    if (!list && findings->n == 0) {
        _cleanup_free_ char *shown = term_clean(term, path);
        (void)printf("%s: nothing found that would go wrong (%s)\n", shown,
                     code_title(code));
    }
}

/* What is found outside of the input: folders, and the program. That one is not here
 * may be meant: the run may be for another machine. */
static int look_around(const struct code *code, const char *name,
                       const struct buf *text, char *const *env, char *folder,
                       struct code_findings *out) {
    _cleanup_config_ struct config *config = NULL;
    _cleanup_(site_way_deinit) struct site_way way = {NULL, NULL, "", NULL};
    const struct code_beside beside = {site_read_beside, folder};
    struct errmsg msg = ERRMSG_NULL;
    const char *bytes = buf_bytes(text);
    size_t n = buf_len(text);
    int r = site_check_places(code, name, bytes, n, env, folder, out);
    r = r ? r : config_load(&config, NULL, true);
    if (r == 0) {
        r = site_find(&way, config, code, code_programs(code, bytes, n, &beside, 1), 1,
                      env, &msg);
        r = r == SITE_E_MISSING ? code_find(out, false, name, 0, "%s", msg.text) : r;
    }
    return r;
}

/* A file that another job writes. What the server says else is found here, or it is
 * meant for another machine. */
static int look_for_conflict(struct cm_client *client, const char *path,
                             struct code_findings *out) {
    _cleanup_free_ char *input = client ? realpath(path, NULL) : NULL;
    json_t *text_of_path = input ? json_string(input) : NULL;
    _cleanup_json_ json_t *answer = NULL;
    if (!text_of_path) {
        return 0;
    }
    json_t *params = say_need(json_pack("{s:o, s:o, s:b}", "input", text_of_path,
                                        "environment", own_environment(), "force", 1));
    if (remote_try(client, "jobs.conflict", params, &answer, NULL) < 0) {
        return 0;
    }
    const char *text = field_text(answer, "text");
    return text ? code_find(out, true, path_basename(path), 0, "%s", text) : 0;
}

/* Texts that are inputs, but as no code reads them. */
static const char *how_it_is_written(const struct buf *text) {
    const char *bytes = buf_bytes(text);
    size_t n = buf_len(text);
    if (n >= 2 &&
        (memcmp(bytes, "\xFF\xFE", 2) == 0 || memcmp(bytes, "\xFE\xFF", 2) == 0)) {
        return ": it is written in UTF-16; save it as UTF-8";
    }
    return n > 0 && memchr(bytes, '\r', n) && !memchr(bytes, '\n', n)
               ? ": its lines end in carriage returns alone; save it with line feeds"
               : "";
}

static int check_input(const struct check *check, const char *path) {
    _cleanup_buf_ struct buf text = BUF_NULL;
    _cleanup_free_ char *folder = NULL;
    char space[128];
    int r = file_read(path, INPUT_MAX, &text);
    r = r ? r : path_dirname(&folder, path);
    if (r < 0) {
        say_error("%s: %s", path, errmsg_errno(r, space, sizeof space));
        return CLI_FAILED;
    }
    const struct code *code =
        code_of_input_file(path_basename(path), buf_bytes(&text), buf_len(&text));
    if (!code) {
        say_error("%s is not recognised as an input of a known code%s", path,
                  how_it_is_written(&text));
        return CLI_FAILED;
    }
    struct code_findings findings = {NULL, 0, 0};
    const struct code_beside beside = {site_read_beside, folder};
    char **env = environment_of(code);
    r = code_check(code, path_basename(path), buf_bytes(&text), buf_len(&text), env,
                   &beside, &findings);
    r = r ? r : look_around(code, path_basename(path), &text, env, folder, &findings);
    r = r ? r : look_for_conflict(check->client, path, &findings);
    strv_free(env);
    if (r < 0) {
        say_no_memory();
    }
    tell(check, code, path, &findings);
    int status = findings.errors > 0 ? CLI_FAILED : CLI_OK;
    code_findings_deinit(&findings);
    return status;
}

static int check_one(const struct check *check, const char *path) {
    _cleanup_free_ char *name = NULL;
    _cleanup_free_ char *input = NULL;
    struct errmsg msg = ERRMSG_NULL;
    struct stat st;
    if (stat(path, &st) < 0 || !S_ISDIR(st.st_mode)) {
        return check_input(check, path);
    }
    int r = site_input_of_folder(path, &name, &msg);
    if (r == SITE_E_MISSING) {
        say_error("%s", msg.text);
        return CLI_FAILED;
    }
    if (r < 0 || path_join(&input, path, name) < 0) {
        say_no_memory();
    }
    return check_input(check, input);
}

/* One that runs; NULL: none does. */
static struct cm_client *running_server(const struct cli *cli) {
    _cleanup_client_ struct cm_client *client = NULL;
    return cm_client_new(&client, cli->socket_path, NULL) == 0 &&
                   cm_client_connect(client, NULL) == 0
               ? TAKE_PTR(client)
               : NULL;
}

int cmd_check(const struct cli *cli, const struct args *args) {
    _cleanup_(check_deinit) struct check check = {.term = term_stdout()};
    int status = CLI_OK;
    check.list = args_has(args, "json") ? say_need(json_array()) : NULL;
    check.client = running_server(cli);
    for (int i = 0; i < args->n_operands; i++) {
        int own = check_one(&check, args->operands[i]);
        status = status != CLI_OK ? status : own;
    }
    if (check.list) {
        (void)remote_print_json(&check.term, check.list);
    }
    return status;
}
