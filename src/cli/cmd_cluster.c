/* `crystalmath cluster list|show|queue|add|set|test|login|remove`: where jobs can be
 * sent beside this machine. The server keeps the descriptions; here they are put into
 * words.
 */
#include "cli/cmds.h"

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/errmsg.h"
#include "base/file.h"
#include "base/str.h"
#include "cli/child.h"
#include "cli/cluster_queue.h"
#include "cli/factsheet.h"
#include "cli/field.h"
#include "cli/remote.h"
#include "cli/say.h"
#include "cli/submit_options.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { TEMPLATE_MAX = 64 * 1024 };

/* The options that are settings, each under the name that the server has for it. */
static const char *const settings[] = {"ssh",  "workdir", "partition", "account",
                                       "qos",  "time",    "launcher",  "max-jobs",
                                       "poll", "setup",   "option",    NULL};

/* ---- telling ---- */

/* In what way it is there, and how many jobs it has. */
static char *sentence(const json_t *cluster) {
    const char *state = field_text(cluster, "state");
    const char *trouble = field_text(cluster, "trouble");
    const char *host = field_text(json_object_get(cluster, "settings"), "ssh");
    int64_t jobs = field_int(cluster, "jobs", 0);
    int64_t waiting = field_int(cluster, "waiting", 0);
    if (trouble) {
        return say_format("%s: %s", host ? (state ? state : "") : "trouble", trouble);
    }
    _cleanup_free_ char *more =
        waiting > 0 ? say_format(", %" PRId64 " waiting to be handed over", waiting)
                    : say_need(strdup(""));
    return say_format("%s%" PRId64 " job%s%s",
                      host && state && strcmp(state, "connected") == 0 ? "connected, "
                                                                       : "",
                      jobs, jobs == 1 ? "" : "s", more);
}

static void print_line(const struct term *term, const json_t *cluster) {
    const char *host = field_text(json_object_get(cluster, "settings"), "ssh");
    _cleanup_free_ char *name = term_clean(term, field_text(cluster, "name"));
    _cleanup_free_ char *place = term_clean(term, host ? host : "this machine");
    _cleanup_free_ char *raw = sentence(cluster);
    _cleanup_free_ char *words = term_clean(term, raw);
    (void)printf("%-16s  %-24s  %s\n", name, place, words);
}

static int list(const struct cli *cli, struct cm_client *client, bool json) {
    _cleanup_json_ json_t *answer = NULL;
    const struct term term = term_stdout();
    size_t i = 0;
    json_t *one = NULL;
    (void)cli;
    int status = remote_ask(client, "clusters.list", NULL, &answer);
    if (status != CLI_OK || json) {
        return status != CLI_OK ? status : remote_print_json(&term, answer);
    }
    const json_t *all = json_object_get(answer, "clusters");
    json_array_foreach(all, i, one) {
        print_line(&term, one);
    }
    if (json_array_size(all) == 0) {
        say_error("there is no cluster yet, and sbatch is not on the PATH here; "
                  "`crystalmath help cluster` shows how to describe one");
    }
    return CLI_OK;
}

/* A setting of several lines: each below the other. */
static void print_setting(const struct term *term, const char *name,
                          const char *value) {
    bool first = true;
    while (*value) {
        size_t n = strcspn(value, "\n");
        _cleanup_free_ char *line = say_need(strndup(value, n));
        _cleanup_free_ char *clean = term_clean(term, line);
        fact_text(first ? name : "", clean);
        first = false;
        value += n + (value[n] == '\n');
    }
}

static void print_cluster(const struct term *term, const json_t *cluster) {
    const json_t *set = json_object_get(cluster, "settings");
    const char *key = NULL;
    json_t *value = NULL;
    _cleanup_free_ char *name = term_clean(term, field_text(cluster, "name"));
    _cleanup_free_ char *raw = sentence(cluster);
    _cleanup_free_ char *words = term_clean(term, raw);
    (void)printf("%s%s%s\n", term_begin(term, TERM_BOLD), name,
                 term_end(term, TERM_BOLD));
    fact_text("state", words);
    if (!field_text(set, "ssh")) {
        fact_text("place", "this machine");
    }
    json_object_foreach((json_t *)set, key, value) {
        print_setting(term, key, json_string_value(value));
    }
    int64_t others = field_int(cluster, "others", -1);
    if (others > 0) {
        _cleanup_free_ char *text =
            say_format("%" PRId64 " that were submitted otherwise", others);
        fact_text("other jobs", text);
    }
    if (field_int(cluster, "tries", 0) > 0) {
        _cleanup_free_ char *tries = say_format(
            "%" PRId64 ", next %s", field_int(cluster, "tries", 0),
            field_text(cluster, "next_try_at") ? field_text(cluster, "next_try_at")
                                               : "with the next job");
        fact_text("tries", tries);
    }
}

static int tell(const json_t *cluster, bool json) {
    const struct term term = term_stdout();
    if (json) {
        return remote_print_json(&term, cluster);
    }
    print_cluster(&term, cluster);
    return CLI_OK;
}

/* ---- asking ---- */

/* What may be given several times is one line each. */
static int put_lines(const struct args *args, const char *option, json_t *params) {
    _cleanup_buf_ struct buf lines = BUF_NULL;
    const char *text = NULL;
    for (size_t i = 0; (text = args_nth(args, option, i)); i++) {
        if (buf_printf(&lines, "%s%s", i > 0 ? "\n" : "", text) < 0) {
            say_no_memory();
        }
    }
    if (args_has(args, option)) {
        _cleanup_free_ char *whole = say_need(buf_take_string(&lines));
        json_t *json = submit_utf8(option, whole);
        if (!json) {
            return CLI_FAILED;
        }
        submit_put(params, option, json);
    }
    return CLI_OK;
}

static int put_template(const struct args *args, json_t *params) {
    const char *path = args_value(args, "template");
    _cleanup_buf_ struct buf text = BUF_NULL;
    char space[128];
    if (!path) {
        return CLI_OK;
    }
    int r = *path ? file_read(path, TEMPLATE_MAX, &text) : 0;
    if (r < 0) {
        say_error("%s: %s", path,
                  r == -EFBIG ? "it is larger than 64 KiB; that is no batch script"
                              : errmsg_errno(r, space, sizeof space));
        return CLI_FAILED;
    }
    _cleanup_free_ char *whole = say_need(buf_take_string(&text));
    json_t *json = submit_utf8("template", whole);
    if (!json) {
        return CLI_FAILED;
    }
    submit_put(params, "template", json);
    return CLI_OK;
}

static int describe(struct cm_client *client, const struct args *args,
                    const char *method, json_t **out) {
    _cleanup_json_ json_t *params = say_need(json_object());
    json_t *name = submit_utf8("name", args->operands[1]);
    if (!name) {
        return CLI_FAILED;
    }
    submit_put(params, "name", name);
    int status = CLI_OK;
    for (size_t i = 0; status == CLI_OK && settings[i]; i++) {
        status = put_lines(args, settings[i], params);
    }
    status = status ? status : put_template(args, params);
    return status ? status : remote_call(client, method, json_incref(params), out);
}

static bool has_settings(const struct args *args) {
    bool any = args_has(args, "template");
    for (size_t i = 0; settings[i]; i++) {
        any = any || args_has(args, settings[i]);
    }
    return any;
}

/* ---- test and login ---- */

static void print_check(const struct term *term, const json_t *check) {
    bool ok = json_is_true(json_object_get(check, "ok"));
    const char *mend = field_text(check, "mend");
    const char *found = field_text(check, "text");
    _cleanup_free_ char *text = term_clean(term, found ? found : "");
    (void)printf("%s%-4s%s  %-12s %s\n", term_begin(term, ok ? TERM_GREEN : TERM_RED),
                 ok ? "ok" : "not", term_end(term, ok ? TERM_GREEN : TERM_RED),
                 field_text(check, "what"), text);
    if (mend) {
        _cleanup_free_ char *todo = term_clean(term, mend);
        (void)printf("      %-12s %s\n", "", todo);
    }
}

static int tell_test(const json_t *answer, bool json) {
    const struct term term = term_stdout();
    size_t i = 0;
    json_t *one = NULL;
    int status = CLI_OK;
    if (json) {
        status = remote_print_json(&term, answer);
    } else {
        json_array_foreach(json_object_get(answer, "checks"), i, one) {
            print_check(&term, one);
        }
    }
    bool ok = json_is_true(json_object_get(answer, "ok"));
    return status ? status : ok ? CLI_OK : CLI_FAILED;
}

/* ssh has the terminal until the connection is there. */
static int run_login(const json_t *command) {
    if (child_run(command) != 0) {
        say_error("ssh did not open the connection; try the same with ssh itself");
        return CLI_FAILED;
    }
    return CLI_OK;
}

static int log_in(struct cm_client *client, const char *name, const json_t *answer) {
    _cleanup_json_ json_t *test = NULL;
    int status = run_login(json_object_get(answer, "command"));
    /* It also tells the server to try again. */
    int own =
        remote_call(client, "clusters.test", json_pack("{s:s}", "name", name), &test);
    return status ? status : own ? own : tell_test(test, false);
}

static int show_queue(struct cm_client *client, json_t *name_take, bool json) {
    _cleanup_json_ json_t *answer = NULL;
    const struct term term = term_stdout();
    json_t *params = say_need(json_object());
    submit_put(params, "cluster", name_take);
    int status = remote_call(client, "slurm.queue", params, &answer);
    if (status != CLI_OK || json) {
        return status != CLI_OK ? status : remote_print_json(&term, answer);
    }
    cluster_queue_print(answer);
    return CLI_OK;
}

static int run_named(struct cm_client *client, const struct args *args,
                     const char *verb, bool json) {
    _cleanup_json_ json_t *answer = NULL;
    int status = CLI_OK;
    if (strcmp(verb, "add") == 0 || strcmp(verb, "set") == 0) {
        status = describe(client, args, *verb == 'a' ? "clusters.add" : "clusters.set",
                          &answer);
        return status ? status : tell(answer, json);
    }
    json_t *params = say_need(json_object());
    json_t *name = submit_utf8("name", args->operands[1]);
    if (!name) {
        json_decref(params);
        return CLI_FAILED;
    }
    if (strcmp(verb, "queue") == 0) {
        json_decref(params);
        return show_queue(client, name, json);
    }
    submit_put(params, "name", name);
    _cleanup_free_ char *method =
        say_format("clusters.%s", strcmp(verb, "show") == 0 ? "get" : verb);
    status = remote_call(client, method, params, &answer);
    if (status != CLI_OK || strcmp(verb, "remove") == 0) {
        return status;
    }
    return strcmp(verb, "test") == 0    ? tell_test(answer, json)
           : strcmp(verb, "login") == 0 ? log_in(client, args->operands[1], answer)
                                        : tell(answer, json);
}

int cmd_cluster(const struct cli *cli, const struct args *args) {
    const char *verb = args->n_operands > 0 ? args->operands[0] : "list";
    const char *const *verbs = command_words(ARG_CLUSTER);
    size_t i = 0;
    while (verbs[i] && strcmp(verbs[i], verb) != 0) {
        i++;
    }
    if (!verbs[i]) {
        const char *near = command_nearest_word(verbs, verb);
        return near ? say_usage("cluster %s: no such action; did you mean %s?", verb,
                                near)
                    : say_usage("cluster %s: one of list, show, queue, add, set, test, "
                                "login and remove is expected here",
                                verb);
    }
    bool is_list = strcmp(verb, "list") == 0;
    bool describes = strcmp(verb, "add") == 0 || strcmp(verb, "set") == 0;
    if (is_list == (args->n_operands == 2)) {
        return is_list ? say_usage("cluster list: nothing is expected behind it")
                       : say_usage("cluster %s: the name of a cluster is expected "
                                   "behind it",
                                   verb);
    }
    if (has_settings(args) && !describes) {
        return say_usage("cluster %s: settings are for add and set", verb);
    }
    _cleanup_client_ struct cm_client *client = NULL;
    bool json = args_has(args, "json");
    int status = remote_open(cli, &client);
    if (status != CLI_OK) {
        return status;
    }
    return is_list ? list(cli, client, json) : run_named(client, args, verb, json);
}
