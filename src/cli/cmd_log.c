/* `crystalmath log ID`: a file of a job, whole, in part, or as it grows.
 *
 * What is there is asked for piece by piece, so a file may be of any size. What comes
 * later is sent by the server: it is printed as it is where it joins what was printed,
 * else the missing part is asked for. That also mends what a slow reader, a new server
 * or a replaced file put out of step. A file in the place of another that begins with
 * what was printed, as when the output of a cluster's job has come home whole, is not
 * printed again. */
#include "cli/cmds.h"

#include "base/cleanup.h"
#include "cli/field.h"
#include "cli/log_files.h"
#include "cli/log_place.h"
#include "cli/remote.h"
#include "cli/say.h"
#include "cli/submit_options.h"
#include "cli/term.h"
#include "cli/watch.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum {
    PIECE = 1024 * 1024,         /* the most that the server hands out at once */
    LINES_A_PIECE = 1000000,     /* the same */
    LOG_E_NOT_WHOLE = 1,         /* the reason was said */
    SEEN_MAX = 64 * 1024 * 1024, /* bytes; more is not read a second time */
};

/* What was printed of one file, without a gap. */
struct seen {
    int64_t from, end; /* bytes of the file; end 0: nothing */
    uint64_t sum;      /* of the text */
};

struct log {
    struct term term;
    int64_t id;
    char *file;       /* as the server calls it; owned */
    const char *name; /* as the user calls it, where it has to be there; borrowed */
    int64_t line;     /* begin with it, from the end when negative; 0: at the offset */
    int64_t lines;    /* so many are wanted; -1: all */
    bool at_end;      /* begin at the present end */
    bool follows;
    bool told; /* that it has not started */
    bool own;  /* it is a file that the run writes */
    bool began_again;
    struct log_place place;
    struct seen seen;
    unsigned subscriptions; /* of the watch, when we last were in step */
};

static void log_deinit(struct log *log) {
    log_place_deinit(&log->place);
    free(log->file);
}

/* ---- pieces ---- */

static void put(json_t *params, const char *key, int64_t value) {
    if (json_object_set_new(params, key, json_integer(value)) < 0) {
        say_no_memory();
    }
}

static json_t *request(const struct log *log, int64_t most) {
    json_t *params =
        say_need(json_pack("{s:I, s:s}", "id", (json_int_t)log->id, "file", log->file));
    put(params, "limit", most);
    if (log->lines >= 0) {
        put(params, "lines", log->lines < LINES_A_PIECE ? log->lines : LINES_A_PIECE);
    }
    if (!log->place.begun && log->at_end) {
        put(params, "tail_lines", 0);
    } else if (!log->place.begun && log->line != 0) {
        put(params, "line", log->line);
    } else {
        put(params, "offset", log->place.offset);
    }
    return params;
}

/* In a large file the server is a while on its way to a line. */
static int ask(struct cm_client *client, const struct log *log, int64_t most,
               json_t **answer, struct cm_error **error) {
    for (;;) {
        int r = remote_try(client, "jobs.log", request(log, most), answer, error);
        if (r < 0 || !json_is_true(json_object_get(*answer, "pending"))) {
            return r;
        }
        json_decref(*answer);
        *answer = NULL;
    }
}

/* FNV-1a, http://www.isthe.com/chongo/tech/comp/fnv/: nobody is to be deceived here. */
static uint64_t add_to_sum(uint64_t sum, const json_t *text) {
    const char *bytes = json_string_value(text);
    for (size_t i = 0; i < json_string_length(text); i++) {
        sum = (sum ^ (unsigned char)bytes[i]) * 0x100000001b3U;
    }
    return sum;
}

/* The text stands in the file from `from` to the place. */
static void print(struct log *log, const json_t *text, int64_t from) {
    const char *bytes = json_string_value(text);
    size_t n = json_string_length(text);
    struct seen *seen = &log->seen;
    if (n == 0) {
        return;
    }
    if (from != seen->end || seen->end == 0) {
        *seen = (struct seen){.from = from};
    }
    seen->sum = add_to_sum(seen->sum, text);
    seen->end = log->place.offset;
    term_write(&log->term, bytes, n);
    for (size_t i = 0; log->lines > 0 && i < n; i++) {
        log->lines -= bytes[i] == '\n';
    }
}

/* ---- what there is to say ---- */

static const char *path_of(const struct log *log) {
    return log->place.path ? log->place.path : log->file;
}

/* A file that was begun to be read is another one by now. */
static int tell_news(struct log *log, enum log_news news) {
    static const char *const what[] = {
        [LOG_WRITTEN_ANEW] = "was written anew",
        [LOG_CUT] = "was cut short",
        [LOG_REPLACED] = "was replaced by another file",
        [LOG_TRIED_AGAIN] = "is what the job's next try writes",
    };
    (void)fflush(stdout); /* on a terminal this stands behind what was printed */
    if (log->follows) {
        say_error("%s %s; it follows from its beginning", path_of(log), what[news]);
        return 0;
    }
    say_error("%s %s while it was read; what was printed is not all of either: type "
              "the command again",
              path_of(log), what[news]);
    return LOG_E_NOT_WHOLE;
}

/* Whether the file that there is now begins with what was printed of the one before;
 * the place is then behind that, else at the beginning. */
static int look_at_seen(struct cm_client *client, struct log *log, bool *same,
                        struct cm_error **error) {
    struct log_place *place = &log->place;
    const struct seen seen = log->seen;
    uint64_t sum = 0;
    int r = 0;
    *same = seen.end > 0 && seen.end <= place->size && seen.end - seen.from <= SEEN_MAX;
    place->offset = *same ? seen.from : 0;
    while (r == 0 && *same && place->offset < seen.end) {
        _cleanup_json_ json_t *answer = NULL;
        int64_t left = seen.end - place->offset;
        int64_t before = place->offset;
        r = ask(client, log, left < PIECE ? left : PIECE, &answer, error);
        *same = r == 0 && log_place_answer(place, answer) == LOG_GOES_ON &&
                place->offset > before;
        sum = r == 0 ? add_to_sum(sum, json_object_get(answer, "text")) : sum;
    }
    *same = *same && sum == seen.sum;
    place->offset = *same ? seen.end : 0;
    return r;
}

static int begin_again(struct cm_client *client, struct log *log, enum log_news news,
                       struct cm_error **error) {
    bool same = false;
    int r = 0;
    log->began_again = true;
    if (log->follows && (news == LOG_REPLACED || news == LOG_WRITTEN_ANEW)) {
        r = look_at_seen(client, log, &same, error);
    }
    return r < 0 || same ? r : tell_news(log, news);
}

/* What is printed, or not, is perhaps not what the job wrote. */
static void tell_whose(struct log *log, const json_t *answer) {
    bool there = !json_is_null(json_object_get(answer, "identity"));
    if (json_is_true(json_object_get(answer, "changed"))) {
        say_error("%s has changed since job %" PRId64
                  " ended; another run has written to it",
                  path_of(log), log->id);
    } else if (log->own && json_is_false(json_object_get(answer, "started"))) {
        log->told = true;
        say_error("job %" PRId64 " has not started, and has written nothing yet%s%s",
                  log->id, there ? "; an earlier run has written " : "",
                  there ? path_of(log) : "");
    }
}

static int no_such_file(const struct log *log) {
    say_error("job %" PRId64 " has no file %s; `crystalmath log %" PRId64
              " --files` lists those that it has",
              log->id, log->name, log->id);
    return LOG_E_NOT_WHOLE;
}

/* The first answer, or any other: a file that is named has to be there, and to hold
 * the place that is wanted. Who follows waits for both. */
static int check_place(const struct log *log, const json_t *answer, bool first) {
    bool missing = json_is_null(json_object_get(answer, "identity"));
    int64_t line = field_int(answer, "line", 0);
    int64_t size = field_int(answer, "size", 0);
    if (log->follows) {
        return 0;
    }
    if (missing && log->name) {
        return no_such_file(log);
    }
    if (first && log->line > 0 && line > 0 && line < log->line) {
        say_error("%s has %" PRId64 " lines; there is no line %" PRId64, path_of(log),
                  line - 1, log->line);
        return LOG_E_NOT_WHOLE;
    }
    if (first && log->line == 0 && log->place.offset > size) {
        say_error("%s has %" PRId64 " bytes; there is no byte %" PRId64, path_of(log),
                  size, log->place.offset);
        return LOG_E_NOT_WHOLE;
    }
    return 0;
}

/* ---- all that is there ---- */

/* Print the next piece; *more tells whether it was not the last. LOG_E_… or a CM_E_
 * code. */
static int print_piece(struct cm_client *client, struct log *log, bool *more,
                       struct cm_error **error) {
    _cleanup_json_ json_t *answer = NULL;
    int64_t before = log->place.offset;
    bool first = !log->place.begun;
    int r = ask(client, log, PIECE, &answer, error);
    if (r < 0) {
        return r;
    }
    enum log_news news = log_place_answer(&log->place, answer);
    if (news != LOG_GOES_ON) {
        *more = true;
        return begin_again(client, log, news, error);
    }
    if (first && !log->follows) {
        tell_whose(log, answer);
    }
    r = check_place(log, answer, first);
    if (r == 0) {
        print(log, json_object_get(answer, "text"),
              field_int(answer, "offset", before));
    }
    *more = log->lines != 0 && (first || log->place.offset > before) &&
            log->place.offset < log->place.size && !ferror(stdout);
    return r;
}

/* Print up to the end that the file has now; what comes meanwhile is not waited for. */
static int print_rest(struct cm_client *client, struct log *log,
                      struct cm_error **error) {
    int64_t end = -1;
    bool more = true;
    int r = 0;
    do {
        r = print_piece(client, log, &more, error);
        end = end < 0 || log->place.offset == 0 ? log->place.size : end;
    } while (r == 0 && more && log->place.offset < end);
    return r;
}

/* Returns a status. */
static int print_all(struct cm_client *client, struct log *log) {
    _cleanup_error_ struct cm_error *error = NULL;
    int tries = 0;
    int r = 0;
    do {
        r = print_rest(client, log, &error);
    } while (remote_again(client, r, &tries, &error));
    return r < 0 ? remote_report(error) : r > 0 ? CLI_FAILED : CLI_OK;
}

/* ---- as it grows ---- */

static void on_output(const json_t *params, void *data) {
    struct log *log = data;
    int64_t before = log->place.offset;
    if (log_place_notification(&log->place, params)) {
        print(log, json_object_get(params, "text"), before);
    }
}

/* Every new subscription is followed by a look at the file: nothing tells what became
 * of it while there was no server. And where it begins again there is a new one, since
 * the last one may still tell of the same. */
static int settle(struct watch *watch, void *data, struct cm_error **error) {
    struct log *log = data;
    bool in_step = log->subscriptions == watch->subscriptions && !log->place.behind;
    if (ferror(stdout)) {
        return LOG_E_NOT_WHOLE; /* main says why */
    }
    if (in_step && !watch->jobs[0].ended) {
        return 0;
    }
    log->began_again = false;
    int r = print_rest(watch->client, log, error);
    if (r == 0) {
        log->place.behind = false;
        log->subscriptions = watch->subscriptions;
        watch->stale = watch->stale || log->began_again;
    }
    return r;
}

/* Returns a status. */
static int follow(const struct cli *cli, struct cm_client *client, struct log *log) {
    /* First, so that the server need not send what is there already. */
    int status = print_all(client, log);
    if (status != CLI_OK) {
        return status;
    }
    _cleanup_(watch_deinit) struct watch watch = {0};
    watch_init(&watch, cli, client, &log->id, 1);
    watch.file = log->file;
    watch.offset = &log->place.offset;
    watch.hooks.output = on_output;
    watch.hooks.settle = settle;
    watch.data = log;
    status = watch_run(&watch);
    if (status == CLI_OK && log->name && !log->place.identity) {
        status = no_such_file(log);
    }
    return status;
}

/* ---- the command line ---- */

/* A file may be called as the server calls one of those that it knows by itself. */
static char *name_on_the_wire(const char *name) {
    bool is_word = strcmp(name, "output") == 0 || strcmp(name, "error") == 0 ||
                   strcmp(name, "input") == 0 || strncmp(name, "task:", 5) == 0;
    return say_format("%s%s", is_word ? "./" : "", name);
}

/* Returns a status. */
static int read_file(const struct args *args, struct log *log) {
    bool error = args_has(args, "error");
    bool input = args_has(args, "input");
    bool task = args_has(args, "task");
    int64_t number = 0;
    int status = args_number(args, "task", 0, INT32_MAX, &number);
    if (status != CLI_OK) {
        return status;
    }
    log->name = args_value(args, "file");
    _cleanup_json_ json_t *name = log->name ? submit_utf8("file", log->name) : NULL;
    if (log->name && !name) {
        return CLI_FAILED;
    }
    if (error + input + task + (log->name != NULL) > 1) {
        return say_usage("log: one of --file, --task, --error and --input, not both");
    }
    if (input && args_has(args, "follow")) {
        return say_usage(
            "log: an input file does not grow; leave --follow or --input out");
    }
    if (log->name && !*log->name) {
        return say_usage("log: --file needs the name of a file of the job, not an "
                         "empty word");
    }
    log->own = !input && !log->name;
    log->file = log->name ? name_on_the_wire(log->name)
                : task    ? say_format("task:%" PRId64, number)
                          : say_format("%s", error   ? "error"
                                             : input ? "input"
                                                     : "output");
    return CLI_OK;
}

/* Returns a status. */
static int read_place(const struct args *args, struct log *log) {
    int64_t lines = -1;
    bool from = args_has(args, "from");
    bool offset = args_has(args, "offset");
    int status = args_number(args, "lines", 0, INT64_MAX, &lines);
    status = status ? status : args_number(args, "from", 1, INT64_MAX, &log->line);
    status =
        status ? status : args_number(args, "offset", 0, INT64_MAX, &log->place.offset);
    if (status != CLI_OK) {
        return status;
    }
    if (from && offset) {
        return say_usage("log: either --from or --offset, not both");
    }
    if ((from || offset) && lines >= 0 && log->follows) {
        return say_usage("log: --lines ends what --from or --offset begins, and "
                         "--follow goes on; leave one of them out");
    }
    if (from || offset) {
        log->lines = lines;
    } else {
        log->line = lines > 0 ? -lines : 0;
        log->at_end = lines == 0;
    }
    return CLI_OK;
}

static int list_files(const struct cli *cli, const struct args *args, int64_t id) {
    static const char *const others[] = {"follow", "lines", "from",  "offset",
                                         "file",   "task",  "error", "input"};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        if (args_has(args, others[i])) {
            return say_usage("log: --files lists files and prints none; leave it or "
                             "--%s out",
                             others[i]);
        }
    }
    return log_files(cli, id, args_has(args, "json"));
}

static int run(const struct cli *cli, struct log *log) {
    _cleanup_client_ struct cm_client *client = NULL;
    int status = remote_open(cli, &client);
    if (status != CLI_OK) {
        return status;
    }
    log->term = term_stdout();
    if (log->follows) {
        return follow(cli, client, log);
    }
    status = print_all(client, log);
    if (status == CLI_OK && log->term.tty && log->place.size == 0 && !log->told) {
        (void)printf("Job %" PRId64 " has written nothing there yet.\n", log->id);
    }
    return status;
}

int cmd_log(const struct cli *cli, const struct args *args) {
    _cleanup_(log_deinit) struct log log = {.lines = -1};
    _cleanup_free_ int64_t *ids = NULL;
    int status = args_job_ids(args, &ids);
    if (status != CLI_OK) {
        return status;
    }
    log.id = ids[0];
    if (args_has(args, "files")) {
        return list_files(cli, args, log.id);
    }
    if (args_has(args, "json")) {
        return say_usage("log: --json goes with --files; a file is printed as it is");
    }
    log.follows = args_has(args, "follow");
    status = read_file(args, &log);
    status = status ? status : read_place(args, &log);
    return status ? status : run(cli, &log);
}
