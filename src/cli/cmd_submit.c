/* `crystalmath submit`: input files, or any command, as jobs.
 *
 * A submission carries a random token. When the connection breaks before the answer has
 * come, it is sent again with the same token, and the server does not make a second job
 * of it. */
#include "cli/cmds.h"

#include "base/cleanup.h"
#include "base/errmsg.h"
#include "base/path.h"
#include "base/str.h"
#include "cli/field.h"
#include "cli/jobline.h"
#include "cli/own_environment.h"
#include "cli/remote.h"
#include "cli/say.h"
#include "cli/submit_options.h"
#include "cli/submit_send.h"
#include "cli/sweep.h"
#include "cli/waiting.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    /* Large files take their time; a server that is gone is noticed all the same. */
    COPY_MS = 7 * 24 * 3600 * 1000,
    SILENT_SECONDS = 2,
};

/* What the jobs of one command line share, and what became of them. */
struct submission {
    const struct cli *cli;
    struct cm_client *client; /* owned; NULL until the first job is sent */
    struct term term;
    json_t *common; /* owned: params that all the jobs have */
    int64_t *ids;   /* owned: the jobs that the server took */
    size_t n_ids;
    struct submitted line[SUBMIT_TOGETHER]; /* not sent yet */
    size_t n_line;
    bool begun; /* something was sent */
    bool json;
    bool wait;
    bool sweep; /* the names of the jobs tell them apart, not those of their inputs */
    bool dry;   /* nothing is submitted */
    bool trial; /* nor here: Slurm is asked what it would do */
};

static void submission_deinit(struct submission *s) {
    (void)cm_client_free(s->client);
    submitted_clear(s->line, s->n_line);
    json_decref(s->common);
    free(s->ids);
}

static json_t *own_umask(void) {
    mode_t mask = umask(077);
    (void)umask(mask);
    return json_integer((json_int_t)mask);
}

static void tell(const struct submission *s, const json_t *job) {
    int64_t id = field_int(job, "id", 0);
    if (s->json) {
        if (!s->wait) {
            (void)remote_print_json(&s->term, job);
        }
        return;
    }
    if (!s->term.tty) {
        (void)printf("%" PRId64 "\n", id);
        return;
    }
    const char *state = field_text(job, "state");
    const char *reason = field_text(job, "reason");
    const char *input = s->sweep ? NULL : field_text(job, "input");
    _cleanup_free_ char *name = input ? term_clean(&s->term, path_basename(input))
                                      : jobline_name(&s->term, job);
    _cleanup_free_ char *why = term_clean(&s->term, reason ? reason : "");
    (void)printf("job %" PRId64 ": %s, %s%s%s%s\n", id, name,
                 state ? state : "submitted", *why ? " (" : "", why, *why ? ")" : "");
    if (field_text(job, "origin")) {
        _cleanup_free_ char *folder =
            term_clean(&s->term, field_text(job, "directory"));
        (void)printf("  in %s\n", folder);
    }
}

/* Beside what is printed of the job, where it disturbs no script. */
static void warn(const json_t *job) {
    struct term term = {.columns = 80};
    size_t i = 0;
    json_t *one = NULL;
    json_array_foreach(json_object_get(job, "warnings"), i, one) {
        const char *text = json_string_value(one);
        _cleanup_free_ char *shown = term_clean(&term, text ? text : "?");
        say_error("warning: %s", shown);
    }
}

static int connect_once(struct submission *s) {
    int status = s->client ? CLI_OK : remote_open(s->cli, &s->client);
    if (status == CLI_OK && json_is_true(json_object_get(s->common, "copy"))) {
        cm_client_set_call_timeout(s->client, COPY_MS);
    }
    return status;
}

static void say_copying(int signal) {
    static const char text[] =
        "Copying the files into a fresh folder. Ctrl-C breaks it off and leaves "
        "nothing.\n";
    (void)signal;
    (void)!write(STDERR_FILENO, text, sizeof text - 1);
}

/* A person is told what takes so long, if it does. */
static void watch_copying(const struct submission *s, bool begin) {
    const struct sigaction action = {.sa_handler = say_copying, .sa_flags = SA_RESTART};
    if (isatty(STDERR_FILENO) && json_is_true(json_object_get(s->common, "copy"))) {
        (void)sigaction(SIGALRM, &action, NULL);
        (void)alarm(begin ? SILENT_SECONDS : 0);
    }
}

/* Returns a status. */
static int print_script(struct submission *s, json_t *params) {
    _cleanup_json_ json_t *answer = NULL;
    int status = remote_ask(s->client, "jobs.script", json_incref(params), &answer);
    if (status != CLI_OK || s->json) {
        return status != CLI_OK ? status : remote_print_json(&s->term, answer);
    }
    const char *script = field_text(answer, "script");
    term_write(&s->term, script ? script : "", script ? strlen(script) : 0);
    return CLI_OK;
}

/* Likewise. */
static int print_trial(struct submission *s, json_t *params) {
    _cleanup_json_ json_t *answer = NULL;
    int status = remote_ask(s->client, "jobs.test_only", json_incref(params), &answer);
    if (status != CLI_OK || s->json) {
        return status != CLI_OK ? status : remote_print_json(&s->term, answer);
    }
    const char *text = field_text(answer, "text");
    _cleanup_free_ char *shown = term_clean(&s->term, text ? text : "");
    (void)puts(shown);
    return CLI_OK;
}

/* The server knows a file by its name; which one it is tells the folder that was given.
 * Owned by the caller. */
static char *name_file(const struct submitted *one) {
    const char *name = one->file ? path_basename(one->file) : "";
    size_t n = strlen(name);
    bool named = n > 0 && strncmp(one->error, name, n) == 0 && one->error[n] == ':';
    return say_format("%.*s%s", named ? (int)(name - one->file) : 0,
                      one->file ? one->file : "", one->error);
}

/* The server took it, or said why not; what is wrong with all of them is said once. */
static int tell_outcome(struct submission *s, const struct submitted *one,
                        char **said) {
    if (one->error) {
        char *text = name_file(one);
        if (!*said || strcmp(*said, text) != 0) {
            say_error("%s", text);
        }
        free(*said);
        *said = text;
        return CLI_FAILED;
    }
    s->ids = say_need(realloc(s->ids, (s->n_ids + 1) * sizeof *s->ids));
    s->ids[s->n_ids++] = field_int(one->job, "id", 0);
    warn(one->job);
    tell(s, one->job);
    return CLI_OK;
}

/* Send what stands in the line, and tell of it. Returns a status. */
static int send_line(struct submission *s) {
    _cleanup_free_ char *said = NULL;
    int status = CLI_OK;
    s->begun = s->begun || s->n_line > 0;
    watch_copying(s, true);
    submit_send(s->client, s->line, s->n_line);
    watch_copying(s, false);
    for (size_t i = 0; i < s->n_line; i++) {
        int own = tell_outcome(s, &s->line[i], &said);
        status = status != CLI_OK ? status : own;
    }
    submitted_clear(s->line, s->n_line);
    s->n_line = 0;
    return status;
}

/* Put one job in the line, which is sent when it is full; the first of all alone, for
 * what is wrong with it may be wrong with all. One whose files are copied waits for
 * nobody. Returns a status. */
static int send_job(struct submission *s, json_t *params_take, const char *file) {
    _cleanup_json_ json_t *params = params_take;
    int status = connect_once(s);
    if (status != CLI_OK) {
        return status;
    }
    if (json_object_update_missing(params, s->common) < 0) {
        say_no_memory();
    }
    if (s->dry) {
        return print_script(s, params);
    }
    if (s->trial) {
        return print_trial(s, params);
    }
    submit_put(params, "token", submit_token());
    s->line[s->n_line++] = (struct submitted){.params = TAKE_PTR(params), .file = file};
    bool alone = !s->begun || json_is_true(json_object_get(s->common, "copy"));
    return alone || s->n_line == SUBMIT_TOGETHER ? send_line(s) : CLI_OK;
}

/* What a look at the file shows is said without a server. */
static int check_file(const char *file) {
    char space[128];
    if (access(file, R_OK) < 0) {
        say_error("%s: %s", file, errmsg_errno(-errno, space, sizeof space));
        return CLI_FAILED;
    }
    return CLI_OK;
}

/* The folder as getcwd(3) would name it from inside, without "." and ".."; a file in it
 * keeps its own name, also where it is a link. 0 or a negative errno. */
static int full_path(const char *file, char **out) {
    _cleanup_free_ char *given = NULL;
    struct stat st;
    if (stat(file, &st) == 0 && S_ISDIR(st.st_mode)) {
        *out = realpath(file, NULL);
        return *out ? 0 : -errno;
    }
    int r = path_dirname(&given, file);
    if (r < 0) {
        return r;
    }
    _cleanup_free_ char *folder = realpath(given, NULL);
    return folder ? path_join(out, folder, path_basename(file)) : -errno;
}

static int submit_file(struct submission *s, const char *file) {
    _cleanup_free_ char *path = NULL;
    int status = check_file(file);
    if (status != CLI_OK) {
        return status;
    }
    char space[128];
    int r = full_path(file, &path);
    if (r < 0) {
        say_error("the folder of %s: %s", file, errmsg_errno(r, space, sizeof space));
        return CLI_FAILED;
    }
    json_t *input = submit_utf8("file", path);
    if (!input) {
        return CLI_FAILED;
    }
    return send_job(s, say_need(json_pack("{s:o}", "input", input)), file);
}

/* The job gets our PATH and our directory, so what is not found here is not found
 * there. */
static int check_program(const char *program) {
    _cleanup_free_ char *found = NULL;
    char space[128];
    int r = path_find_executable(&found, program, getenv("PATH"));
    if (r == -ENOENT && !strchr(program, '/')) {
        say_error(
            "%s is in no folder of your PATH; install it or load its module, then "
            "submit again",
            program);
    } else if (r == -EACCES) {
        say_error("%s is not executable; if it is a program: chmod +x %s", program,
                  program);
    } else if (r < 0) {
        say_error("%s: %s", program, errmsg_errno(r, space, sizeof space));
    }
    return r < 0 ? CLI_FAILED : CLI_OK;
}

static int submit_command(struct submission *s, char *const *words) {
    /* What a cluster has is not known here. */
    int status = json_object_get(s->common, "on") ? CLI_OK : check_program(words[0]);
    if (status != CLI_OK) {
        return status;
    }
    _cleanup_json_ json_t *command = say_need(json_array());
    for (; *words; words++) {
        json_t *word = submit_utf8("word", *words);
        if (!word) {
            return CLI_FAILED;
        }
        if (json_array_append_new(command, word) < 0) {
            say_no_memory();
        }
    }
    _cleanup_free_ char *cwd = getcwd(NULL, 0);
    if (!cwd) {
        say_error("the current directory: %s", strerror(errno));
        return CLI_FAILED;
    }
    json_t *directory = submit_utf8("folder", cwd);
    if (!directory) {
        return CLI_FAILED;
    }
    return send_job(
        s,
        say_need(json_pack("{s:O, s:o}", "command", command, "directory", directory)),
        NULL);
}

/* The params that come from the options and from this process. Returns a status. */
static int read_options(struct submission *s, const struct args *args) {
    s->json = args_has(args, "json");
    s->wait = args_has(args, "wait");
    s->sweep = args_has(args, "sweep");
    s->dry = args_has(args, "dry-run");
    s->trial = args_has(args, "test-only");
    s->common = say_need(json_object());
    submit_put(s->common, "environment", own_environment());
    submit_put(s->common, "umask", own_umask());
    return submit_options(args, s->common);
}

/* A job of a sweep; its tag comes to those that were given. */
static int submit_swept(const struct sweep_job *job, void *data) {
    struct submission *s = data;
    json_t *input = submit_utf8("file", job->path);
    json_t *name = input ? submit_utf8("name", job->name) : NULL;
    json_t *tag = name ? submit_utf8("tag", job->tag) : NULL;
    json_t *given = json_object_get(s->common, "tags");
    json_t *tags = say_need(given ? json_copy(given) : json_array());
    if (!tag || json_array_append_new(tags, tag) < 0) {
        json_decref(tags);
        json_decref(name);
        json_decref(input);
        return CLI_FAILED;
    }
    return send_job(s,
                    say_need(json_pack("{s:o, s:o, s:o}", "input", input, "name", name,
                                       "tags", tags)),
                    NULL);
}

/* Before there are folders of a sweep: whether the server can be told their names. */
static int submit_sweep(struct submission *s, const struct args *args,
                        const char *file) {
    _cleanup_free_ char *path = NULL;
    if (full_path(file, &path) == 0) {
        _cleanup_json_ json_t *name = submit_utf8("file", path);
        if (!name) {
            return CLI_FAILED;
        }
    }
    size_t before = s->n_ids;
    size_t n = 0;
    s->begun = false;
    int status = sweep_run(args, file, submit_swept, s, &n);
    int sent = send_line(s);
    status = status != CLI_OK ? status : sent;
    if (status != CLI_OK && n > 0) {
        size_t done = s->n_ids - before;
        if (done == 0) {
            say_error("none of the %zu jobs of this sweep was submitted", n);
        } else {
            say_error("%zu of the %zu jobs of this sweep %s submitted, the others not",
                      done, n, done == 1 ? "was" : "were");
        }
    }
    return status;
}

static int submit_all(struct submission *s, const struct args *args) {
    if (args->dashes == 0) {
        return submit_command(s, args->operands);
    }
    int status = CLI_OK;
    for (int i = 0; i < args->n_operands; i++) {
        int own = args_has(args, "sweep") ? submit_sweep(s, args, args->operands[i])
                                          : submit_file(s, args->operands[i]);
        status = status != CLI_OK ? status : own;
    }
    int sent = send_line(s);
    return status != CLI_OK ? status : sent;
}

int cmd_submit(const struct cli *cli, const struct args *args) {
    if (args->dashes > 0) {
        return say_usage("submit: either files or, behind --, one command; not both");
    }
    if (args->dashes == 0 && args_has(args, "sweep")) {
        return say_usage(
            "submit --sweep: a sweep sets values in an input file, a command "
            "has none");
    }
    if (args_has(args, "copy") && (args->dashes == 0 || args_has(args, "sweep"))) {
        return say_usage("submit --copy: only for input files; %s",
                         args->dashes == 0
                             ? "a command names no files that could be copied"
                             : "the jobs of a sweep have folders of their own anyhow");
    }
    _cleanup_(submission_deinit) struct submission s = {.cli = cli,
                                                        .term = term_stdout()};
    int status = read_options(&s, args);
    if (status == CLI_OK) {
        status = submit_all(&s, args);
    }
    if (!s.wait || s.n_ids == 0) {
        return status;
    }
    struct waiting waiting = {cli, s.client, s.ids, s.n_ids, s.json, true};
    int own = waiting_run(&waiting);
    return status != CLI_OK ? status : own;
}
