/* `crystalmath log ID`: a file of a job, whole, in part, or as it grows.
 *
 * The output is followed through the server's notifications. A notification is printed
 * as it is where it joins what was printed, else the missing part is asked for; that
 * also mends what a slow reader, a new server or a replaced file put out of step. */
#include "cli/cmds.h"

#include "base/cleanup.h"
#include "cli/field.h"
#include "cli/remote.h"
#include "cli/say.h"
#include "cli/watch.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum {
    PIECE = 1024 * 1024, /* the most that the server hands out at once */
    LINES_MAX = 1000000,
    ERROR_EVERY_MS = 1000, /* error output is not pushed: look at it so often */
};

struct log {
    int64_t id;
    const char *file; /* "output", "error" or "input" */
    int64_t lines;    /* begin with so many last lines; -1: with the first */
    int64_t offset;   /* of what is to be printed next */
    bool begun;
    bool behind;            /* there may be text that no notification brings */
    unsigned subscriptions; /* of the watch, when we last were in step */
};

static json_t *request(const struct log *log) {
    json_t *params = say_need(json_pack("{s:I, s:s, s:i}", "id", (json_int_t)log->id,
                                        "file", log->file, "limit", (int)PIECE));
    bool tail = !log->begun && log->lines >= 0;
    if (json_object_set_new(params, tail ? "tail_lines" : "offset",
                            json_integer(tail ? log->lines : log->offset)) < 0) {
        say_no_memory();
    }
    return params;
}

/* Print the next piece. *more tells whether it was not the last, *size how long the
 * file is now. A CM_E_ code. */
static int print_piece(struct cm_client *client, struct log *log, bool *more,
                       int64_t *size, struct cm_error **error) {
    _cleanup_json_ json_t *answer = NULL;
    int r = remote_try(client, "jobs.log", request(log), &answer, error);
    if (r < 0) {
        return r;
    }
    const json_t *text = json_object_get(answer, "text");
    int64_t next = field_int(answer, "next_offset", log->offset);
    *size = field_int(answer, "size", 0);
    (void)fwrite(json_string_value(text) ? json_string_value(text) : "", 1,
                 json_string_length(text), stdout);
    bool was_cut = log->begun && *size < log->offset;
    *more = was_cut || (next > log->offset && next < *size);
    log->offset = was_cut ? 0 : next;
    log->begun = true;
    return 0;
}

/* Print up to the end that the file has now; what comes meanwhile is not waited for. */
static int print_rest(struct cm_client *client, struct log *log,
                      struct cm_error **error) {
    int64_t end = 0;
    int64_t size = 0;
    bool more = true;
    int r = print_piece(client, log, &more, &end, error);
    while (r == 0 && more && log->offset < end) {
        r = print_piece(client, log, &more, &size, error);
    }
    return r;
}

static void on_output(const json_t *output, void *data) {
    struct log *log = data;
    const json_t *text = json_object_get(output, "text");
    const char *bytes = json_string_value(text);
    int64_t offset = field_int(output, "offset", -1);
    size_t n = json_string_length(text);
    /* Where U+FFFD stands for a byte, the text is longer than what it stands for. */
    bool is_exact = bytes && !strstr(bytes, "\xEF\xBF\xBD");
    if (log->begun && !log->behind && is_exact && offset == log->offset) {
        (void)fwrite(bytes, 1, n, stdout);
        log->offset += (int64_t)n;
    } else if (!is_exact || offset + (int64_t)n > log->offset) {
        log->behind = true;
    }
}

static int settle(const struct watch *watch, void *data, struct cm_error **error) {
    struct log *log = data;
    bool is_pushed = strcmp(log->file, "output") == 0;
    bool in_step = log->subscriptions == watch->subscriptions && !log->behind;
    if (in_step && is_pushed && !watch->jobs[0].ended) {
        return 0;
    }
    int r = print_rest(watch->client, log, error);
    if (r == 0) {
        log->behind = false;
        log->subscriptions = watch->subscriptions;
    }
    return r;
}

static int follow(const struct cli *cli, struct cm_client *client, struct log *log) {
    _cleanup_(watch_deinit) struct watch watch = {0};
    watch_init(&watch, cli, client, &log->id, 1);
    watch.logs = strcmp(log->file, "output") == 0;
    watch.settle_every_ms = watch.logs ? -1 : ERROR_EVERY_MS;
    watch.hooks.output = on_output;
    watch.hooks.settle = settle;
    watch.data = log;
    return watch_run(&watch);
}

static int print_all(struct cm_client *client, struct log *log) {
    _cleanup_error_ struct cm_error *error = NULL;
    struct term term = term_stdout();
    int tries = 0;
    int r = 0;
    do {
        r = print_rest(client, log, &error);
    } while (remote_again(client, r, &tries, &error));
    if (r < 0) {
        return remote_report(error);
    }
    if (term.tty && log->offset == 0) {
        (void)printf("Job %" PRId64 " has written nothing there yet.\n", log->id);
    }
    return CLI_OK;
}

/* Returns a status. */
static int read_options(const struct args *args, struct log *log) {
    bool error = args_has(args, "error");
    bool input = args_has(args, "input");
    if (error && input) {
        return say_usage("log: either --error or --input, not both");
    }
    if (input && args_has(args, "follow")) {
        return say_usage(
            "log: an input file does not grow; leave --follow or --input out");
    }
    log->file = error ? "error" : input ? "input" : log->file;
    return args_number(args, "lines", 0, LINES_MAX, &log->lines);
}

int cmd_log(const struct cli *cli, const struct args *args) {
    struct log log = {.file = "output", .lines = -1, .behind = true};
    _cleanup_free_ int64_t *ids = NULL;
    _cleanup_client_ struct cm_client *client = NULL;
    int status = read_options(args, &log);
    if (status == CLI_OK) {
        status = args_job_ids(args, &ids);
    }
    if (status == CLI_OK) {
        status = remote_open(cli, &client);
    }
    if (status != CLI_OK) {
        return status;
    }
    log.id = ids[0];
    return args_has(args, "follow") ? follow(cli, client, &log)
                                    : print_all(client, &log);
}
