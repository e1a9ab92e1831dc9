/* `crystalmath tag ID [+TAG|-TAG]…`, `rename ID NAME`, `note ID [TEXT]`: what people
 * write on a job. Checked by the server alone, so that each rule stands once. */
#include "cli/cmds.h"

#include "base/cleanup.h"
#include "base/str.h"
#include "cli/field.h"
#include "cli/jobline.h"
#include "cli/remote.h"
#include "cli/say.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* The first operand alone is a job. */
static int first_id(const struct args *args, int64_t *out) {
    struct args first = *args;
    _cleanup_free_ int64_t *ids = NULL;
    first.n_operands = 1;
    int status = args_job_ids(&first, &ids);
    if (status == CLI_OK) {
        *out = ids[0];
    }
    return status;
}

static int call(const struct cli *cli, const char *method, json_t *params_take,
                json_t **out) {
    _cleanup_client_ struct cm_client *client = NULL;
    int status = remote_open(cli, &client);
    if (status != CLI_OK) {
        json_decref(params_take);
        return status;
    }
    return remote_call(client, method, params_take, out);
}

/* "job 7: WORD TEXT" for people, "7<tab>TEXT" for programs. */
static void print(int64_t id, const char *word, const char *text) {
    struct term term = term_stdout();
    if (!term.tty) {
        (void)printf("%" PRId64 "\t%s\n", id, text);
        return;
    }
    _cleanup_free_ char *clean = term_clean(&term, text);
    (void)printf("job %" PRId64 ": %s %s\n", id, word, clean);
}

static void print_tags(int64_t id, const json_t *job) {
    bool tty = term_stdout().tty;
    _cleanup_free_ char *tags = jobline_tags(job, tty ? ", " : ",");
    bool none = tty && str_empty(tags);
    print(id, none ? "no" : "tags:", none ? "tags" : tags);
}

/* Into two arrays. Returns a status. */
static int sort_tags(const struct args *args, json_t *add, json_t *drop) {
    for (int i = 1; i < args->n_operands; i++) {
        const char *word = args->operands[i];
        if (*word != '+' && *word != '-') {
            return say_usage("'%s' could be either; +%s gives the tag, -%s takes it "
                             "away",
                             word, word, word);
        }
        if (json_array_append_new(*word == '+' ? add : drop, json_string(word + 1)) <
            0) {
            return say_usage("'%s' is not UTF-8", word);
        }
    }
    return CLI_OK;
}

int cmd_tag(const struct cli *cli, const struct args *args) {
    _cleanup_json_ json_t *job = NULL;
    int64_t id = 0;
    int status = first_id(args, &id);
    if (status != CLI_OK) {
        return status;
    }
    json_t *params = remote_id_params(id);
    if (args->n_operands == 1) {
        status = call(cli, "jobs.get", params, &job);
    } else {
        json_t *add = say_need(json_array());
        json_t *drop = say_need(json_array());
        (void)json_object_set_new(params, "add", add);
        (void)json_object_set_new(params, "remove", drop);
        status = sort_tags(args, add, drop);
        if (status != CLI_OK) {
            json_decref(params);
            return status;
        }
        status = call(cli, "jobs.tag", params, &job);
    }
    if (status == CLI_OK) {
        print_tags(id, job);
    }
    return status;
}

/* The second operand, into the parameters. Returns a status. */
static int put_text(const struct args *args, json_t *params, const char *member) {
    json_t *text = json_string(args->operands[1]);
    if (!text) {
        return say_usage("the %s is not UTF-8", member);
    }
    (void)json_object_set_new(params, member, text);
    return CLI_OK;
}

int cmd_rename(const struct cli *cli, const struct args *args) {
    _cleanup_json_ json_t *job = NULL;
    int64_t id = 0;
    int status = first_id(args, &id);
    if (status != CLI_OK) {
        return status;
    }
    json_t *params = remote_id_params(id);
    status = put_text(args, params, "name");
    if (status != CLI_OK) {
        json_decref(params);
        return status;
    }
    status = call(cli, "jobs.rename", params, &job);
    if (status == CLI_OK) {
        print(id, "is called", args->operands[1]);
    }
    return status;
}

static int show_note(const struct cli *cli, int64_t id) {
    _cleanup_json_ json_t *job = NULL;
    int status = call(cli, "jobs.get", remote_id_params(id), &job);
    if (status != CLI_OK) {
        return status;
    }
    const char *note = field_text(job, "note");
    struct term term = term_stdout();
    if (!term.tty) {
        (void)printf("%s%s", note ? note : "", note ? "\n" : "");
        return CLI_OK;
    }
    if (!note) {
        (void)printf("job %" PRId64 " has no note\n", id);
    }
    while (!str_empty(note)) {
        size_t n = strcspn(note, "\n");
        _cleanup_free_ char *line = say_format("%.*s", (int)n, note);
        _cleanup_free_ char *clean = term_clean(&term, line);
        (void)printf("%s\n", clean);
        note += note[n] ? n + 1 : n;
    }
    return CLI_OK;
}

int cmd_note(const struct cli *cli, const struct args *args) {
    _cleanup_json_ json_t *job = NULL;
    int64_t id = 0;
    int status = first_id(args, &id);
    if (status != CLI_OK || args->n_operands == 1) {
        return status != CLI_OK ? status : show_note(cli, id);
    }
    json_t *params = remote_id_params(id);
    status = put_text(args, params, "note");
    if (status != CLI_OK) {
        json_decref(params);
        return status;
    }
    status = call(cli, "jobs.note", params, &job);
    if (status == CLI_OK) {
        const char *name = field_text(job, "name");
        print(id, *args->operands[1] ? "a note on" : "no note on", name ? name : "?");
    }
    return status;
}
