/* `crystalmath show ID`: all that is known of a job. */
#include "cli/cmds.h"

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/path.h"
#include "base/str.h"
#include "cli/factsheet.h"
#include "cli/field.h"
#include "cli/jobline.h"
#include "cli/remote.h"
#include "cli/say.h"
#include "cli/show_input.h"
#include "codes/code.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* Words as one would type them: those with blanks or worse in quotes. */
static char *command_text(const struct term *term, const json_t *words) {
    _cleanup_buf_ struct buf text = BUF_NULL;
    size_t wrapped = code_command_wrapped(words);
    for (size_t i = wrapped; i < json_array_size(words); i++) {
        const char *value = json_string_value(json_array_get(words, i));
        value = value ? value : "";
        bool plain = *value && strpbrk(value, " \t\n\"'\\$`*?[](){}<>|&;#~!") == NULL;
        if (buf_printf(&text, "%s%s%s%s", i > wrapped ? " " : "", plain ? "" : "'",
                       value, plain ? "" : "'") < 0) {
            say_no_memory();
        }
    }
    _cleanup_free_ char *joined = say_need(buf_take_string(&text));
    return *joined ? term_clean(term, joined) : NULL;
}

static void fact_clean(const struct term *term, const char *name, const char *value) {
    _cleanup_free_ char *text = value ? term_clean(term, value) : NULL;
    fact_text(name, text);
}

static void print_headline(const struct term *term, const json_t *job) {
    const char *state = field_text(job, "state");
    const char *reason = field_text(job, "reason");
    _cleanup_free_ char *name = jobline_name(term, job);
    _cleanup_free_ char *why = term_clean(term, reason ? reason : "");
    state = state ? state : "?";
    enum term_style style = jobline_style(state);
    (void)printf("%sjob %" PRId64 ": %s%s  %s%s%s%s%s\n", term_begin(term, TERM_BOLD),
                 field_int(job, "id", 0), name, term_end(term, TERM_BOLD),
                 term_begin(term, style), state, term_end(term, style),
                 *why ? ": " : "", why);
}

static void print_end(const json_t *job) {
    char text[64];
    int64_t code = field_int(job, "exit_code", -1);
    int64_t number = field_int(job, "signal", 0);
    if (number > 0) {
        (void)snprintf(text, sizeof text, "%" PRId64 " (%s)", number,
                       strsignal((int)number));
        fact_text("signal", text);
    } else if (code >= 0) {
        (void)snprintf(text, sizeof text, "%" PRId64, code);
        fact_text("exit code", text);
    }
}

static void print_resources(const json_t *job) {
    char text[DURATION_SIZE];
    double seconds = jobline_seconds(job);
    double cpu = field_number(job, "cpu_seconds");
    double memory = field_number(job, "peak_memory_bytes");
    int64_t cores = field_int(job, "cores", 0);
    if (cores > 0) {
        (void)snprintf(text, sizeof text, "%" PRId64, cores);
        fact_text("cores", text);
    }
    fact_text("time", isnan(seconds) ? NULL : jobline_duration(seconds, text));
    fact_text("CPU time", isnan(cpu) ? NULL : jobline_duration(cpu, text));
    fact_size("peak memory", memory);
}

static char *after_text(const json_t *after) {
    _cleanup_buf_ struct buf text = BUF_NULL;
    size_t i = 0;
    json_t *one = NULL;
    json_array_foreach(after, i, one) {
        const char *kind = field_text(one, "kind");
        if (buf_printf(&text, "%s%" PRId64 " (%s)", i > 0 ? ", " : "",
                       field_int(one, "id", 0), kind ? kind : "?") < 0) {
            say_no_memory();
        }
    }
    return say_need(buf_take_string(&text));
}

/* Which files are not any more what they were at submission. */
static void print_changed(const struct term *term, const json_t *inputs) {
    size_t i = 0;
    json_t *one = NULL;
    json_array_foreach(inputs, i, one) {
        const char *path = field_text(one, "path");
        if (path && json_is_true(json_object_get(one, "changed"))) {
            _cleanup_free_ char *text =
                say_format("%s has changed since the submission", path_basename(path));
            fact_clean(term, "note that", text);
        }
    }
}

/* What was kept beside the input. */
static void print_kept(const struct term *term, const json_t *inputs) {
    _cleanup_buf_ struct buf text = BUF_NULL;
    for (size_t i = 1; i < json_array_size(inputs); i++) {
        const char *path = field_text(json_array_get(inputs, i), "path");
        if (buf_printf(&text, "%s%s", i > 1 ? ", " : "",
                       path ? path_basename(path) : "?") < 0) {
            say_no_memory();
        }
    }
    _cleanup_free_ char *names = say_need(buf_take_string(&text));
    fact_clean(term, "it names", *names ? names : NULL);
}

/* Which job's run this one goes on with, and which one goes on with it. */
static void print_continuation(const json_t *job) {
    char number[64];
    int64_t before = field_int(job, "continues", 0);
    int64_t behind = field_int(job, "continued_by", 0);
    int64_t chain = field_int(job, "chain", 0);
    if (before > 0) {
        (void)snprintf(number, sizeof number, "job %" PRId64, before);
        fact_text("continues", number);
    }
    if (behind > 0) {
        (void)snprintf(number, sizeof number, "job %" PRId64, behind);
        fact_text("continued by", number);
    }
    if (chain > 0) {
        (void)snprintf(number, sizeof number, "up to %" PRId64 " more jobs", chain);
        fact_text("chain", number);
    }
}

/* Of an array: which of its tasks are how. */
static void print_tasks(const json_t *tasks) {
    size_t i = 0;
    json_t *group = NULL;
    json_array_foreach(json_object_get(tasks, "groups"), i, group) {
        const char *names = field_text(group, "tasks");
        const char *state = field_text(group, "state");
        int64_t code = field_int(group, "exit_code", 0);
        int64_t number = field_int(group, "signal", 0);
        _cleanup_free_ char *how = number > 0 ? say_format(", signal %" PRId64, number)
                                   : code > 0
                                       ? say_format(", exit status %" PRId64, code)
                                       : say_format("%s", "");
        _cleanup_free_ char *text =
            say_format("%s: %s%s", names ? names : "?", state ? state : "?", how);
        fact_text(i == 0 ? "tasks" : "", text);
    }
}

/* What it asks the queue of its cluster for. */
static void print_asked(const struct term *term, json_t *asked) {
    _cleanup_buf_ struct buf text = BUF_NULL;
    const char *name = NULL;
    json_t *value = NULL;
    json_object_foreach(asked, name, value) {
        const char *words = json_string_value(value);
        if (buf_printf(&text, "%s%s %s", text.end > text.start ? ", " : "", name,
                       words ? words : "?") < 0) {
            say_no_memory();
        }
    }
    _cleanup_free_ char *joined = say_need(buf_take_string(&text));
    fact_clean(term, "it asks for", *joined ? joined : NULL);
}

/* What the submission asked for, as far as it is not the usual. */
static void print_wishes(const struct term *term, const json_t *job) {
    char number[64];
    char duration[DURATION_SIZE];
    char time[LOCAL_TIME_SIZE];
    const char *begin = field_text(job, "begin_at");
    double limit = field_number(job, "time_limit");
    int64_t priority = field_int(job, "priority", 0);
    int64_t retries = field_int(job, "retries", 0);
    _cleanup_free_ char *after = after_text(json_object_get(job, "after"));
    _cleanup_free_ char *tags = jobline_tags(job, ", ");
    const char *cluster = field_text(job, "cluster");
    int64_t there = field_int(job, "slurm_id", 0);
    _cleanup_free_ char *place = !cluster ? NULL
                                 : there > 0
                                     ? say_format("%s, as job %" PRId64, cluster, there)
                                     : say_need(strdup(cluster));
    fact_clean(term, "cluster", place);
    print_asked(term, json_object_get(job, "asked"));
    fact_clean(term, "copied from", field_text(job, "origin"));
    print_continuation(job);
    fact_text("imported", json_is_true(json_object_get(job, "imported"))
                              ? "yes: it ran elsewhere, and was recorded here"
                              : NULL);
    fact_clean(term, "tags", *tags ? tags : NULL);
    fact_clean(term, "note", field_text(job, "note"));
    if (priority != 0) {
        (void)snprintf(number, sizeof number, "%" PRId64, priority);
        fact_text("priority", number);
    }
    fact_text("waits for", *after ? after : NULL);
    fact_text("not before", begin ? jobline_local_time(begin, time) : NULL);
    fact_text("time limit", isnan(limit) ? NULL : jobline_duration(limit, duration));
    fact_size("memory asked", field_number(job, "memory_bytes"));
    if (retries > 0) {
        (void)snprintf(number, sizeof number, "%" PRId64 " of %" PRId64,
                       field_int(job, "attempt", 1), retries + 1);
        fact_text("try", number);
    }
}

static void print_facts(const struct term *term, const json_t *job) {
    _cleanup_free_ char *command = command_text(term, json_object_get(job, "command"));
    fact_clean(term, "directory", field_text(job, "directory"));
    fact_clean(term, "input", field_text(job, "input"));
    print_kept(term, json_object_get(job, "inputs"));
    print_changed(term, json_object_get(job, "inputs"));
    fact_text("command", command);
    fact_clean(term, "output", field_text(job, "output"));
    if (json_is_true(json_object_get(job, "output_changed"))) {
        fact_text("note that", "the output has changed since the job ended: what is "
                               "below was read then");
    }
    fact_clean(term, "error output", field_text(job, "error_output"));
    print_wishes(term, job);
    print_tasks(json_object_get(job, "tasks"));
    print_end(job);
    print_resources(job);
}

static void print_history(const struct term *term, const json_t *history) {
    if (json_array_size(history) == 0) {
        return;
    }
    (void)printf("\n%shistory%s\n", term_begin(term, TERM_BOLD),
                 term_end(term, TERM_BOLD));
    size_t i = 0;
    json_t *entry = NULL;
    json_array_foreach(history, i, entry) {
        char time[LOCAL_TIME_SIZE];
        const char *state = field_text(entry, "state");
        const char *reason = field_text(entry, "reason");
        _cleanup_free_ char *why = term_clean(term, reason ? reason : "");
        (void)printf("  %s  %s%s%s\n",
                     jobline_local_time(field_text(entry, "at"), time),
                     state ? state : "?", *why ? ": " : "", why);
    }
}

int cmd_show(const struct cli *cli, const struct args *args) {
    _cleanup_free_ int64_t *ids = NULL;
    _cleanup_client_ struct cm_client *client = NULL;
    _cleanup_free_ char *text = NULL;
    const char *file = args_value(args, "file");
    int status = args_job_ids(args, &ids);
    if (status != CLI_OK) {
        return status;
    }
    if (file || args_has(args, "input")) {
        return show_input(cli, ids[0], file, args_has(args, "json"));
    }
    status = remote_open(cli, &client);
    if (status == CLI_OK) {
        status = remote_ask_text(client, "jobs.get", remote_id_params(ids[0]), &text);
    }
    if (status != CLI_OK) {
        return status;
    }
    struct term term = term_stdout();
    if (args_has(args, "json")) {
        return remote_print_json_text(&term, text);
    }
    _cleanup_json_ json_t *job = say_need(json_loads(text, JSON_ALLOW_NUL, NULL));
    const json_t *results = json_object_get(job, "results");
    print_headline(&term, job);
    print_facts(&term, job);
    print_history(&term, json_object_get(job, "history"));
    if (json_is_object(results)) {
        (void)putchar('\n');
        const char *state = field_text(job, "state");
        factsheet_print(&term, results, state && !jobline_is_final(state));
    }
    return CLI_OK;
}
