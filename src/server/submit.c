/* From parameters to a job. What would stop a run at its start is said here, with the
 * file, the line and the mend, before anything is kept. */
#include "server/submit.h"

#include "base/buf.h"
#include "base/file.h"
#include "base/path.h"
#include "base/str.h"
#include "codes/code.h"
#include "codes/code_check.h"
#include "exec/local.h"
#include "job/job.h"
#include "job/placement.h"
#include "server/engine.h"
#include "server/server.h"
#include "site/site.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

#define INPUT_MAX ((size_t)16 * 1024 * 1024)

extern char **environ;

int submit_strings(const json_t *array, char ***out) {
    char **strings = calloc(json_array_size(array) + 1, sizeof *strings);
    for (size_t i = 0; strings && i < json_array_size(array); i++) {
        strings[i] = strdup(json_string_value(json_array_get(array, i)));
        if (!strings[i]) {
            strings = strv_free(strings);
        }
    }
    *out = strings;
    return strings ? 0 : -ENOMEM;
}

static int environment_from(json_t *object, char ***out) {
    if (!json_is_object(object)) {
        /* A client that sends none gets the environment this server was started in. */
        *out = strv_copy(environ);
        return *out ? 0 : -ENOMEM;
    }
    char **env = calloc(json_object_size(object) + 1, sizeof *env);
    if (!env) {
        return -ENOMEM;
    }
    size_t n = 0;
    const char *key = NULL;
    json_t *value = NULL;
    json_object_foreach(object, key, value) {
        if (*key && !strchr(key, '=') &&
            str_printf(&env[n++], "%s=%s", key, json_string_value(value)) < 0) {
            strv_free(env);
            return -ENOMEM;
        }
    }
    *out = env;
    return 0;
}

/* What a job submits is another one, and no process of its own. */
static void leave_job(char **env) {
    char **kept = env;
    for (; *env; env++) {
        if (str_starts_with(*env, LOCAL_RUN_VARIABLE "=")) {
            free(*env);
        } else {
            *kept++ = *env;
        }
    }
    *kept = NULL;
}

/* One thread a core that was asked for: the codes' libraries take the whole machine
 * otherwise. */
static int limit_threads(struct job *job) {
    static const char one[] = "OMP_NUM_THREADS=1";
    return site_variable(job->env, "OMP_NUM_THREADS")
               ? 0
               : site_set(&job->env, one, strlen(one));
}

static int check_directory(struct request *request, const char *directory, bool write) {
    struct stat st;
    if (directory[0] != '/') {
        return request_fail(request, RPC_INVALID_PARAMS,
                            "the directory must be an absolute path, not %s",
                            directory);
    }
    if (stat(directory, &st) < 0 || !S_ISDIR(st.st_mode)) {
        return request_fail(request, RPC_INVALID_PARAMS,
                            "%s is no folder that can be reached: %s", directory,
                            strerror(errno ? errno : ENOTDIR));
    }
    if (write && access(directory, W_OK | X_OK) < 0) {
        return request_fail(
            request, RPC_INVALID_PARAMS,
            "the job could not write its output: %s is not yours to write; "
            "copy the input to a folder of yours",
            directory);
    }
    return 0;
}

static int add_warning(struct submission *submission, const char *text) {
    if (!submission->warnings) {
        submission->warnings = json_array();
    }
    return json_array_append_new(submission->warnings, json_string(text)) < 0 ? -ENOMEM
                                                                              : 0;
}

/* Somebody who can still be asked wants to hear of it before. */
static int refuse_warned(struct request *request, const json_t *warnings) {
    size_t n = json_array_size(warnings);
    request->data = json_pack("{s:b, s:O}", "force", 1, "warnings", (json_t *)warnings);
    return request_fail(request, RPC_INVALID_PARAMS, "%s%s",
                        json_string_value(json_array_get(warnings, 0)),
                        n > 1 ? ", and more of the kind" : "");
}

/* What would fail at its start is refused, unless it is forced: the first of it, and
 * how to see the rest. What may be meant is told with the answer. */
static int take_findings(struct request *request, struct submission *submission,
                         const struct code_findings *findings) {
    bool force = request_boolean(request, "force");
    int r = 0;
    for (size_t i = 0; r == 0 && i < findings->n; i++) {
        const struct code_finding *one = &findings->items[i];
        if (one->error && !force) {
            request->data = json_pack("{s:b}", "force", 1);
            r = request_fail(request, RPC_INVALID_PARAMS,
                             "%s (`crystalmath check` tells all that it finds, "
                             "`crystalmath submit --force` runs it all the same)",
                             one->text);
        } else {
            r = add_warning(submission, one->text);
        }
    }
    return r == 0 && submission->warnings && !force &&
                   request_boolean(request, "careful")
               ? refuse_warned(request, submission->warnings)
               : r;
}

static int check_all(struct request *request, struct submission *submission,
                     const struct code *code) {
    struct code_findings findings = {NULL, 0, 0};
    const struct job *job = submission->job;
    const char *bytes = buf_bytes(&submission->text);
    size_t n = buf_len(&submission->text);
    const struct code_beside beside = {site_read_beside, job->directory};
    if (request_boolean(request, "hold") ||
        json_array_size(json_object_get(request->params, "after")) > 0) {
        return 0; /* what is missing may come before it starts */
    }
    int r = code_check(code, job->input, bytes, n, job->env, &beside, &findings);
    if (r == 0 && !request_boolean(request, "copy")) {
        r = site_check_places(code, job->input, bytes, n, job->env, job->directory,
                              &findings);
    }
    r = r ? r : take_findings(request, submission, &findings);
    code_findings_deinit(&findings);
    return r;
}

/* How many pools of k points, for a code that has them. */
static int take_pools(struct request *request, const struct job *job,
                      const struct code *code, int *out) {
    *out = (int)request_integer(request, "pools", 0);
    if (*out > 0 && !code_has_pools(code)) {
        return request_fail(request, RPC_INVALID_PARAMS,
                            "%s has no pools of k points; they are for pw.x",
                            code_title(code));
    }
    if (*out > job->cores) {
        return request_fail(request, RPC_INVALID_PARAMS,
                            "%d pools need as many cores at least, and the job has %d",
                            *out, job->cores);
    }
    return 0;
}

/* The command line, of what this machine has for the code. */
static int make_command(struct request *request, struct submission *submission,
                        const struct code *code) {
    struct job *job = submission->job;
    const struct buf *text = &submission->text;
    _cleanup_(site_way_deinit) struct site_way way = {NULL, NULL, "", NULL};
    const struct config *config = request->server->options->config;
    struct errmsg msg = ERRMSG_NULL;
    const struct code_beside beside = {site_read_beside, job->directory};
    int pools = 0;
    int r = take_pools(request, job, code, &pools);
    r = r ? r : site_environment(&job->env, config, code);
    r = r ? r : check_all(request, submission, code);
    if (r == 0 && job->cluster) {
        return submit_cluster_command(
            request, job, code,
            code_programs(code, buf_bytes(text), buf_len(text), &beside, job->cores),
            pools);
    }
    r = r ? r : limit_threads(job);
    if (r == 0) {
        r = site_find(
            &way, config, code,
            code_programs(code, buf_bytes(text), buf_len(text), &beside, job->cores),
            job->cores, job->env, &msg);
        r = r == SITE_E_MISSING
                ? request_fail(request, RPC_SERVER_ERROR, "%s", msg.text)
                : r;
    }
    if (r == 0) {
        const struct code_start start = {.input = job->input,
                                         .cores = job->cores,
                                         .pools = pools,
                                         .program = way.program,
                                         .launcher = way.launcher,
                                         .setup = way.setup};
        job->argv = code_command(code, &start);
        r = job->argv ? 0 : -ENOMEM;
    }
    return r;
}

static int refuse_input(struct request *request, const char *path, int r) {
    char space[128];
    if (r == -EFBIG) {
        return request_fail(request, RPC_INVALID_PARAMS,
                            "%s is larger than 16 MiB; that is no input file", path);
    }
    return request_fail(request, RPC_INVALID_PARAMS, "%s cannot be read: %s", path,
                        r == -EINVAL ? "it is not a regular file"
                                     : errmsg_errno(r, space, sizeof space));
}

static int check_input(struct request *request, const char *path, const char *name,
                       struct buf *text, const struct code **out) {
    int r = file_read(path, INPUT_MAX, text);
    if (r < 0) {
        return r == -ENOMEM ? r : refuse_input(request, path, r);
    }
    const struct code *code = code_of_input_file(name, buf_bytes(text), buf_len(text));
    if (!code) {
        return request_fail(
            request, RPC_INVALID_PARAMS,
            "%s is not recognised as an input of a known code (pw.x of Quantum "
            "ESPRESSO: namelists such as &CONTROL and &SYSTEM; VASP: a folder with "
            "INCAR; CRYSTAL: a title, then CRYSTAL, SLAB or the like). To run a "
            "program "
            "of your own: crystalmath submit -- COMMAND",
            name);
    }
    long line = 0;
    struct errmsg msg = ERRMSG_NULL;
    r = code_check_input(code, name, buf_bytes(text), buf_len(text), &line, &msg);
    if (r == CODE_E_INPUT && request_boolean(request, "force")) {
        r = 0; /* told as a warning */
    }
    if (r == CODE_E_INPUT) {
        request->data = json_pack("{s:s, s:I, s:b}", "file", path, "line",
                                  (json_int_t)line, "force", 1);
        return request_fail(request, RPC_INVALID_PARAMS, "%s", msg.text);
    }
    *out = code;
    return r;
}

int submit_name_outputs(struct job *job, const struct code *code, const char *output) {
    _cleanup_free_ char *folder = NULL;
    int r = path_resolve(&folder, job->directory);
    r = r ? r : path_join(&job->output, folder, output);
    if (r < 0 || code_joins_errors(code)) {
        return r;
    }
    size_t n = strlen(job->output);
    size_t base = str_ends_with(job->output, ".out") ? n - 4 : n;
    return str_printf(&job->error_output, "%.*s.err", (int)base, job->output);
}

/* The name of the output is made of the input's, and may be longer. */
static int name_outputs(struct request *request, struct job *job,
                        const struct code *code) {
    _cleanup_free_ char *output = code_output_name(code, job->input);
    if (!output) {
        return -ENOMEM;
    }
    int r = submit_name_outputs(job, code, output);
    const char *error = job->error_output ? path_basename(job->error_output) : "";
    size_t longest = strlen(output) > strlen(error) ? strlen(output) : strlen(error);
    return r < 0 || longest <= NAME_MAX
               ? r
               : request_fail(request, RPC_INVALID_PARAMS,
                              "the name of the input is too long: its outputs would "
                              "have names of %zu bytes, and %d are possible. Give it a "
                              "name of at most %zu bytes",
                              longest, NAME_MAX,
                              strlen(job->input) - (longest - NAME_MAX));
}

/* The input's path; of a folder that of the input in it. */
static int find_input(struct request *request, const char *given, char **out) {
    _cleanup_free_ char *path = NULL;
    _cleanup_free_ char *name = NULL;
    const char *directory = request_string(request, "directory");
    struct errmsg msg = ERRMSG_NULL;
    struct stat st;
    int r = path_join(&path, directory ? directory : "", given);
    if (r < 0) {
        return r;
    }
    if (path[0] != '/' || (given[0] != '/' && !directory)) {
        return request_fail(request, RPC_INVALID_PARAMS,
                            "the input must be an absolute path, not %s", given);
    }
    if (stat(path, &st) < 0 || !S_ISDIR(st.st_mode)) {
        *out = TAKE_PTR(path);
        return 0;
    }
    r = site_input_of_folder(path, &name, &msg);
    return r == SITE_E_MISSING
               ? request_fail(request, RPC_INVALID_PARAMS, "%s", msg.text)
           : r < 0 ? r
                   : path_join(out, path, name);
}

int submit_name_stop_file(struct job *job, struct code_files *files) {
    _cleanup_free_ char *path = NULL;
    if (!files->stop_file) {
        return 0;
    }
    int r = path_join(&path, job->directory, files->stop_file);
    r = r ? r : path_resolve(&job->stop_file, path);
    if (r == 0) {
        job->stop_text = TAKE_PTR(files->stop_text);
    }
    return r;
}

static int prepare_input(struct request *request, struct submission *submission,
                         const char *given) {
    struct job *job = submission->job;
    struct buf *text = &submission->text;
    _cleanup_free_ char *path = NULL;
    int r = find_input(request, given, &path);
    if (r != 0) {
        return r;
    }
    r = path_dirname(&job->directory, path);
    if (r < 0) {
        return r;
    }
    bool copy = request_boolean(request, "copy");
    const struct code *code = NULL;
    r = check_input(request, path, path_basename(path), text, &code);
    if (r == 0) {
        r = check_directory(request, job->directory, !copy);
    }
    if (r != 0) {
        return r;
    }
    submission->code = code;
    job->input = strdup(path_basename(path));
    job->code = strdup(code_name(code));
    job->name = job->input ? code_job_name(code, job->directory, job->input) : NULL;
    if (!job->input || !job->code || !job->name) {
        return -ENOMEM;
    }
    r = make_command(request, submission, code);
    r = r ? r
          : code_files(code, job->input, buf_bytes(text), buf_len(text), job->env,
                       &submission->files);
    r = r ? r : submit_plan(request, submission, copy);
    r = r ? r : submit_name_stop_file(job, &submission->files);
    return r ? r : name_outputs(request, job, code);
}

static int prepare_command(struct request *request, struct job *job,
                           const json_t *command) {
    const char *directory = request_string(request, "directory");
    if (request_boolean(request, "copy")) {
        return request_fail(request, RPC_INVALID_PARAMS,
                            "a command names no files that could be copied; 'copy' is "
                            "for an input");
    }
    if (json_array_size(command) == 0) {
        return request_fail(request, RPC_INVALID_PARAMS, "the command is empty");
    }
    if (!directory) {
        return request_fail(request, RPC_INVALID_PARAMS,
                            "a command needs the directory to run in");
    }
    /* The tasks of an array write their outputs there. */
    char array[PLACEMENT_VALUE_SIZE];
    int r =
        check_directory(request, directory,
                        *placement_get(job->placement, PLACEMENT_ARRAY, array) != '\0');
    if (r != 0) {
        return r;
    }
    job->directory = strdup(directory);
    job->code = strdup("command");
    job->output = strdup(""); /* in the job's own folder, once it has a number */
    r = submit_strings(command, &job->argv);
    if (r < 0 || !job->directory || !job->code || !job->output) {
        return -ENOMEM;
    }
    job->name = strdup(path_basename(job->argv[0]));
    return job->name ? 0 : -ENOMEM;
}

int submit_check_name(struct request *request, const char *name) {
    return *name && strlen(name) <= SUBMIT_NAME_MAX
               ? 0
               : request_fail(request, RPC_INVALID_PARAMS,
                              "a name has 1 to %d bytes, this one has %zu",
                              SUBMIT_NAME_MAX, strlen(name));
}

static int rename_job(struct request *request, struct job *job) {
    const char *name = request_string(request, "name");
    int r = name ? submit_check_name(request, name) : 0;
    if (!name || r != 0) {
        return r;
    }
    free(job->name);
    job->name = strdup(name);
    return job->name ? 0 : -ENOMEM;
}

static int take_cores(struct request *request, struct job *job) {
    int cores = request->server->engine->schedule.cores;
    if (job->cluster) {
        return 0; /* what its queue gives is for Slurm to say */
    }
    job->cores = (int)request_integer(request, "cores", 1);
    if (job->cores > cores) {
        return request_fail(
            request, RPC_INVALID_PARAMS,
            "the job asks for %d cores, but this machine gives %d; it could "
            "never start. Ask for at most %d",
            job->cores, cores, cores);
    }
    return 0;
}

void submission_deinit(struct submission *submission) {
    submission->job = job_free(submission->job);
    submission->work = copy_work_free(submission->work);
    code_files_deinit(&submission->files);
    buf_deinit(&submission->text);
    json_decref(submission->warnings);
    submission->warnings = NULL;
}

static int prepare(struct request *request, struct submission *submission) {
    const char *input = request_string(request, "input");
    const json_t *command = json_object_get(request->params, "command");
    const char *token = request_string(request, "token");
    if (!input == !json_is_array(command)) {
        return request_fail(request, RPC_INVALID_PARAMS,
                            "give either 'input' (a file) or 'command' (a list)");
    }
    int r = job_new(&submission->job);
    struct job *job = submission->job;
    if (r == 0) {
        r = submit_place(request, job);
    }
    if (r == 0) {
        r = take_cores(request, job);
    }
    if (r == 0) {
        submission->queue = request_boolean(request, "queue");
        job->umask = (int)request_integer(request, "umask", 022);
        job->token = token ? strdup(token) : NULL;
        r = token && !job->token ? -ENOMEM : 0;
    }
    if (r == 0) {
        r = environment_from(json_object_get(request->params, "environment"),
                             &job->env);
    }
    if (r == 0) {
        leave_job(job->env);
        r = input ? prepare_input(request, submission, input)
                  : prepare_command(request, job, command);
    }
    if (r == 0) {
        r = rename_job(request, job);
    }
    return r ? r : submit_read_fields(request, job);
}

int submit_prepare(struct request *request, struct submission *out) {
    _cleanup_(submission_deinit) struct submission made = SUBMISSION_NULL;
    int r = prepare(request, &made);
    if (r == 0) {
        *out = made;
        made = (struct submission)SUBMISSION_NULL;
    }
    return r;
}
