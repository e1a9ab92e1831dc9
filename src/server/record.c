/* From what a client read in the files of a run to a job that has ended. The files are
 * the client's to read: the server keeps what it says of them, and believes it as it
 * would believe the files. */
#include "server/record.h"

#include "base/clock.h"
#include "base/str.h"
#include "codes/code.h"
#include "job/job.h"
#include "job/tags.h"
#include "server/submit.h"

#include <errno.h>
#include <math.h>
#include <string.h>

/* A member that has to be a text where it is there. 0 or REQUEST_E_FAILED; *out is NULL
 * where it is not, unless it is needed. */
static int read_text(struct request *request, const json_t *run, const char *key,
                     bool needed, const char **out) {
    const json_t *value = json_object_get(run, key);
    *out = json_string_value(value);
    if (*out ? **out : !needed && (!value || json_is_null(value))) {
        return 0;
    }
    return request_fail(request, RPC_INVALID_PARAMS,
                        "'%s' of a run has to be a text that is not empty", key);
}

static int read_time(struct request *request, const json_t *run, const char *key,
                     bool needed, int64_t *out) {
    const char *text = NULL;
    int r = read_text(request, run, key, needed, &text);
    if (r == 0 && text && clock_parse_iso8601(text, out) < 0) {
        r = request_fail(request, RPC_INVALID_PARAMS,
                         "'%s' of a run is a time in UTC such as 2026-01-31T18:30:00Z, "
                         "not '%.100s'",
                         key, text);
    }
    return r;
}

static int read_path(struct request *request, const json_t *run, const char *key,
                     char **out) {
    const char *text = NULL;
    int r = read_text(request, run, key, true, &text);
    if (r == 0 && text[0] != '/') {
        r = request_fail(request, RPC_INVALID_PARAMS,
                         "'%s' of a run must be an absolute path, not %.200s", key,
                         text);
    }
    if (r == 0) {
        *out = strdup(text);
        r = *out ? 0 : -ENOMEM;
    }
    return r;
}

static int copy_text(struct request *request, const json_t *run, const char *key,
                     bool needed, char **out) {
    const char *text = NULL;
    int r = read_text(request, run, key, needed, &text);
    if (r == 0 && text) {
        *out = strdup(text);
        r = *out ? 0 : -ENOMEM;
    }
    return r;
}

static int read_names(struct request *request, const json_t *run, struct job *job) {
    int r = copy_text(request, run, "name", true, &job->name);
    r = r ? r : submit_check_name(request, job->name);
    r = r ? r : copy_text(request, run, "code", true, &job->code);
    if (r == 0 && !code_by_name(job->code)) {
        r = request_fail(request, RPC_INVALID_PARAMS,
                         "'%.100s' is no code: crystal, quantum_espresso or vasp",
                         job->code);
    }
    r = r ? r : read_path(request, run, "directory", &job->directory);
    r = r ? r : read_path(request, run, "output", &job->output);
    r = r ? r : copy_text(request, run, "input", false, &job->input);
    return r ? r : copy_text(request, run, "token", false, &job->token);
}

static int read_times(struct request *request, const json_t *run, struct job *job) {
    int r = read_time(request, run, "finished_at", true, &job->finished_at);
    r = r ? r : read_time(request, run, "started_at", false, &job->started_at);
    if (r == 0 && job->started_at > job->finished_at) {
        r = request_fail(request, RPC_INVALID_PARAMS,
                         "a run cannot have ended before it started");
    }
    return r;
}

/* ---- what the results say ---- */

static double real(const json_t *object, const char *key) {
    const json_t *value = json_object_get(object, key);
    return json_is_number(value) ? json_number_value(value) : NAN;
}

static double last_real(const json_t *array, size_t back) {
    size_t n = json_array_size(array);
    const json_t *value = n > back ? json_array_get(array, n - 1 - back) : NULL;
    return json_is_number(value) ? json_number_value(value) : NAN;
}

static enum run_status status_of(const json_t *results) {
    static const struct {
        const char *name;
        enum run_status status;
    } all[] = {{"finished", RUN_FINISHED},
               {"failed", RUN_FAILED},
               {"truncated", RUN_TRUNCATED}};
    const char *text = json_string_value(json_object_get(results, "status"));
    for (size_t i = 0; text && i < sizeof all / sizeof all[0]; i++) {
        if (strcmp(text, all[i].name) == 0) {
            return all[i].status;
        }
    }
    return RUN_UNKNOWN;
}

/* The last SCF run: its final energy stands apart from the cycles before. */
static void take_last_scf(struct job_progress *p, const json_t *scf) {
    const json_t *energies = json_object_get(scf, "energies_ev");
    struct scf_count count = scf_json_count(scf);
    double final = real(scf, "final_energy_ev");
    /* It may be the energy of the last cycle once more. */
    bool ended = count.n > json_array_size(energies);
    double before = last_real(energies, ended ? 0 : 1);
    double last = ended ? final : last_real(energies, 0);
    p->cycle = count.n > 0 ? (int64_t)count.n - 1 + count.first : 0;
    p->delta_ev = fabs(last - before);
    p->accuracy_ev = ended ? real(scf, "final_accuracy_ev")
                           : last_real(json_object_get(scf, "accuracy_ev"), 0);
}

static void take_progress(struct job_progress *p, const json_t *results) {
    const json_t *scf = json_object_get(results, "scf");
    const json_t *converged = json_object_get(results, "converged");
    enum run_status status = status_of(results);
    *p = (struct job_progress){
        .scf = (int64_t)json_array_size(scf),
        .step = (int64_t)json_array_size(json_object_get(results, "steps")),
        .energy_ev = real(results, "energy_ev"),
        .delta_ev = NAN,
        .accuracy_ev = NAN,
        .converged =
            json_is_boolean(converged) ? json_is_true(converged) : TRUTH_UNKNOWN,
        .status = status == RUN_UNKNOWN ? RUN_TRUNCATED : (int)status};
    if (p->scf > 0) {
        take_last_scf(p, json_array_get(scf, (size_t)p->scf - 1));
    }
}

/* The first problem with what to do about it. 0 or -ENOMEM. */
static int problem_words(const json_t *results, char **out) {
    const json_t *first = json_array_get(json_object_get(results, "problems"), 0);
    const char *words = json_string_value(json_object_get(first, "message"));
    const char *remedy = json_string_value(json_object_get(first, "remedy"));
    return words ? str_printf(out, "%s%s%s", words, remedy ? ". " : "",
                              remedy ? remedy : "")
                 : 0;
}

static int judge(struct job *job, const json_t *results) {
    enum run_status status = status_of(results);
    take_progress(&job->progress, results);
    job->cpu_seconds = real(results, "cpu_seconds");
    job->state = status == RUN_FINISHED ? JOB_COMPLETED
                 : status == RUN_FAILED ? JOB_FAILED
                                        : JOB_LOST;
    int r = problem_words(results, &job->reason);
    if (r == 0 && !job->reason && job->state == JOB_LOST) {
        job->reason = strdup("its output just ends: the run was killed, or it went on "
                             "after it was imported");
        r = job->reason ? 0 : -ENOMEM;
    }
    return r;
}

static int read_results(struct request *request, const json_t *run, struct job *job,
                        char **text) {
    const json_t *results = json_object_get(run, "results");
    if (!json_is_object(results)) {
        return request_fail(request, RPC_INVALID_PARAMS,
                            "'results' of a run has to be an object as `crystalmath "
                            "parse --json` prints it");
    }
    int r = judge(job, results);
    if (r == 0) {
        *text = json_dumps(results, JSON_COMPACT);
        r = *text ? 0 : -ENOMEM;
    }
    return r;
}

int record_prepare(struct request *request, const json_t *run, struct job **out,
                   char **results_json) {
    _cleanup_(job_freep) struct job *job = NULL;
    const json_t *tags = json_object_get(request->params, "tags");
    if (!json_is_object(run)) {
        return request_fail(request, RPC_INVALID_PARAMS, "a run has to be an object");
    }
    int r = job_new(&job);
    r = r ? r : read_names(request, run, job);
    r = r ? r : read_times(request, run, job);
    r = r ? r : submit_check_tags(request, tags);
    if (r == 0 && json_array_size(tags) > 0) {
        r = submit_strings(tags, &job->tags);
        tags_sort(job->tags);
    }
    r = r ? r : read_results(request, run, job, results_json);
    if (r == 0) {
        job->imported = true;
        job->cores = 0;
        job->exit_code = JOB_NO_EXIT_CODE;
        *out = TAKE_PTR(job);
    }
    return r;
}
