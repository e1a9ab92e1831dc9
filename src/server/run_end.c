/* What the end of a try comes to: a state, a reason in words, and whether there is
 * another try. Each has a run folder of its own; the output of a code is written anew,
 * and what a command wrote to its standard output stays in the folder of the try. */
#include "server/engine_internal.h"

#include "base/clock.h"
#include "base/str.h"
#include "codes/code.h"
#include "codes/outside.h"
#include "exec/local.h"
#include "job/placement.h"
#include "server/run_slurm.h"
#include "server/server.h"
#include "server/stage.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    PAUSE_MS_MIN = 5 * 1000,
};

/* The first problem that some output of the run tells; NULL: none does. */
static const struct problem *problem_of(const struct run *run) {
    size_t order[SOURCES_MAX];
    size_t n = run->live ? run_sources_order(run->live, order) : 0;
    for (size_t i = 0; i < n; i++) {
        const struct results *results = run_source_results(run->live, order[i]);
        if (results->n_problems > 0) {
            return results->problems;
        }
    }
    return NULL;
}

/* What others said of the end is kept in their own words, and told by them. */
static bool would_come_again(const struct results *results) {
    for (size_t i = 0; i < results->n_problems; i++) {
        const struct problem *problem = &results->problems[i];
        if (strcmp(problem->category, "input_error") == 0 ||
            strcmp(problem->category, "out_of_memory") == 0 ||
            outside_would_come_again(outside_cause_of_line(problem->message))) {
            return true;
        }
    }
    return false;
}

static bool output_is_hopeless(const struct run *run) {
    size_t order[SOURCES_MAX];
    size_t n = run->live ? run_sources_order(run->live, order) : 0;
    for (size_t i = 0; i < n; i++) {
        if (would_come_again(run_source_results(run->live, order[i]))) {
            return true;
        }
    }
    return false;
}

/* Though the exit status is 0. */
static bool failed_silently(const struct run *run) {
    return code_by_name(run->job->code) && run->job->progress.status == RUN_FAILED;
}

/* Of an output that cannot be read nothing is known, nor of one that was not brought
 * here; the outputs of tasks are not read. */
static bool is_legible(const struct run *run) {
    const struct source *output = &run->live->sources[0];
    return (output->n_read > 0 || access(output->path, R_OK) == 0) &&
           !(run->placed && (run->placed->array || run->placed->stays_there));
}

/* A status of 0 is no end of a code whose output has none: a library may have stopped
 * it, as LAPACK does by a STOP of Fortran. */
static bool ended_short(const struct run *run, const struct local_exit *how) {
    size_t order[SOURCES_MAX];
    bool cut = false;
    int64_t n_read = 0;
    if (how->exit_code != 0 || how->signal != 0 || how->error.text[0] ||
        !code_by_name(run->job->code) || !run->live || !is_legible(run)) {
        return false;
    }
    size_t n = run_sources_order(run->live, order);
    for (size_t i = 0; i < n; i++) {
        enum run_status status = run_source_results(run->live, order[i])->status;
        if (status == RUN_FINISHED || status == RUN_FAILED) {
            return false;
        }
        cut |= status == RUN_TRUNCATED;
        n_read += run->live->sources[order[i]].n_read;
    }
    return cut || n_read == 0;
}

/* Ended at its time limit, or by itself because it was asked to shortly before. */
static bool hit_limit(const struct run *run, const struct local_exit *how) {
    const struct code *code = code_by_name(run->job->code);
    bool silent = code && code_exit_says_nothing(code) &&
                  (run->job->progress.converged == TRUTH_NO ||
                   run->job->progress.status == RUN_FAILED);
    return how->timed_out || (how->soft_stopped &&
                              (how->exit_code != 0 || silent || ended_short(run, how)));
}

static void limit_reason(const struct job *job, const struct local_exit *how,
                         struct errmsg *out) {
    int64_t seconds = job->time_limit_seconds;
    struct errmsg way = ERRMSG_NULL;
    if (job->chain > 0) {
        (void)errmsg_set(&way, 0, "its run goes on");
    } else if (job->input) {
        (void)errmsg_set(&way, 0,
                         "`crystalmath resubmit %" PRId64
                         "` goes on where it stopped (--time for a longer limit)",
                         job->id);
    } else {
        (void)errmsg_set(&way, 0, "submit it again with a longer one (--time)");
    }
    (void)errmsg_set(out, 0,
                     "%s its time limit of %" PRId64 ":%02" PRId64 ":%02" PRId64 "; %s",
                     how->timed_out ? "ran into" : "stopped in good order just before",
                     seconds / 3600, seconds / 60 % 60, seconds % 60, way.text);
}

static void process_reason(const struct local_exit *how, struct errmsg *out) {
    if (how->error.text[0]) {
        *out = how->error;
    } else if (how->cancelled) {
        (void)errmsg_set(
            out, 0, "ended from outside, as by a logout or a shutdown of the machine");
    } else if (how->signal != 0) {
        (void)errmsg_set(out, 0, "ended by signal %d (%s)%s", how->signal,
                         strsignal(how->signal),
                         how->core_dumped ? ", core dumped" : "");
    } else if (how->exit_code != 0) {
        (void)errmsg_set(out, 0, "exit status %d", how->exit_code);
    }
}

/* Nobody else has a word on it; `problem` may be NULL. */
static void short_reason(const struct run *run, const struct problem *problem,
                         struct errmsg *out) {
    (void)errmsg_set(out, 0,
                     "%s, though the exit status is 0: it stopped without saying why. "
                     "Its last lines may tell: `crystalmath log %" PRId64 "`",
                     problem && problem->line > 0 ? problem->message
                                                  : "the output is empty",
                     run->job->id);
}

/* The code's own words first, unless its output just ends. */
static const struct problem *best_problem(const struct run *run,
                                          const struct results *outside) {
    const struct problem *own = problem_of(run);
    bool told = own && run->job->progress.status != RUN_TRUNCATED;
    return told || outside->n_problems == 0 ? own : outside->problems;
}

/* What went wrong in one sentence. */
static void end_reason(const struct run *run, const struct local_exit *how,
                       const struct site_word *word, const struct results *outside,
                       struct errmsg *out) {
    const struct problem *problem = best_problem(run, outside);
    struct errmsg process = ERRMSG_NULL;
    /* What the code says of its end was caused by these. */
    if (word && !str_empty(word->words)) {
        (void)errmsg_set(out, 0, "%s", word->words);
        return;
    }
    if (!how->error.text[0] && hit_limit(run, how)) {
        limit_reason(run->job, how, out);
        return;
    }
    if ((!problem || strcmp(problem->category, "truncated") == 0) &&
        ended_short(run, how)) {
        short_reason(run, problem, out);
        return;
    }
    process_reason(how, &process);
    const char *words = problem ? problem->message : NULL;
    const char *remedy = problem ? problem->remedy : NULL;
    if (!words) {
        *out = process;
        return;
    }
    /* The status itself may be all that there is to say. */
    bool twice = str_starts_with(words, process.text);
    bool both = process.text[0] && !twice;
    (void)errmsg_set(out, 0, "%s%s%s%s%s%s", words, both ? " (" : "",
                     both ? process.text : "", both ? ")" : "", remedy ? ". " : "",
                     remedy ? remedy : "");
}

static enum job_state end_state(const struct run *run, const struct local_exit *how) {
    const struct job *job = run->job;
    if (how->cancelled) {
        return JOB_CANCELLED;
    }
    if (hit_limit(run, how)) {
        return JOB_FAILED;
    }
    if (how->exit_code == 0) {
        return failed_silently(run) || ended_short(run, how) ? JOB_FAILED
                                                             : JOB_COMPLETED;
    }
    /* Asked to end, and ended by a signal before the supervisor could say that it had
     * asked. */
    return job->state == JOB_CANCELLING && how->signal != 0 ? JOB_CANCELLED
                                                            : JOB_FAILED;
}

/* ---- another try ---- */

/* What stands in the way of a start now may be gone in a while. */
static bool may_pass(int code) {
    return code == -ENOSPC || code == -EDQUOT || code == -ENOMEM || code == -EAGAIN ||
           code == -EMFILE || code == -ENFILE || code == -EROFS || code == -EIO;
}

/* What the input or the program is at fault for would go wrong again, and so would what
 * ran into a limit. */
static bool is_hopeless(const struct run *run, const struct local_exit *how,
                        const struct site_word *word, const struct results *outside) {
    if (word && (word->may_pass || word->final)) {
        return word->final;
    }
    if (how->error.text[0]) {
        /* Such as a program that is not there; not a disk that is full for a while. */
        return !may_pass(-how->error_code);
    }
    return output_is_hopeless(run) || would_come_again(outside) ||
           hit_limit(run, how) ||
           outside_would_come_again(outside_cause_of_exit(how->exit_code, how->signal));
}

static bool has_another_try(const struct job *job) {
    return job->attempt <= job->retries && job->state != JOB_CANCELLING;
}

static int64_t pause_ms(int before) {
    int64_t pause = PAUSE_MS_MIN;
    for (int i = 0; i < before && pause < ENGINE_PAUSE_MS_MAX; i++) {
        pause *= 2;
    }
    return pause < ENGINE_PAUSE_MS_MAX ? pause : ENGINE_PAUSE_MS_MAX;
}

static void back_to_queue(struct run *run, int64_t pause, const char *reason) {
    struct job *job = run->job;
    run_rest(run);
    job->started_at = 0;
    job->finished_at = 0;
    job->begin_at = clock_realtime_ms() + pause;
    engine_move(run->engine, run, JOB_QUEUED, reason);
    engine_wait_place(run->engine, run);
}

/* That the output just ends is no news of a run that we ended. */
static void drop_truncation(json_t *results) {
    json_t *problems = json_object_get(results, "problems");
    for (size_t i = json_array_size(problems); i-- > 0;) {
        const json_t *category =
            json_object_get(json_array_get(problems, i), "category");
        if (json_is_string(category) &&
            strcmp(json_string_value(category), "truncated") == 0) {
            (void)json_array_remove(problems, i);
        }
    }
}

/* `outside` may be NULL. */
static void conclude(struct run *run, enum job_state state, const char *reason,
                     const struct results *outside, bool by_us) {
    char *text = NULL;
    json_t *results = run_results(run);
    if (by_us) {
        drop_truncation(results);
    }
    json_t *more =
        results && outside && outside->n_problems > 0 ? results_to_json(outside) : NULL;
    if (more && results_join(results, more) < 0) {
        log_error(run->engine->server->log, "no memory for all results of job %" PRId64,
                  run->job->id);
    }
    json_decref(more);
    if (results) {
        text = json_dumps(results, JSON_COMPACT);
        json_decref(results);
    }
    engine_finish(run->engine, run, state, reason, text);
}

static void try_again(struct run *run, const char *why) {
    struct job *job = run->job;
    struct errmsg reason = ERRMSG_NULL;
    (void)errmsg_set(&reason, 0, "try %d of %d: %s", job->attempt, job->retries + 1,
                     why);
    int64_t pause = pause_ms(job->attempt - 1);
    job->attempt++;
    if (run_is_placed(run) && (placement_set(&job->placement, PLACEMENT_NAME, "") < 0 ||
                               placement_set(&job->placement, PLACEMENT_ID, "") < 0)) {
        /* Under the name of the try before it would be taken for that. */
        conclude(run, JOB_FAILED, why, NULL, false);
        return;
    }
    run->earlier = false;
    job->exit_code = JOB_NO_EXIT_CODE;
    job->signal = 0;
    job->cpu_seconds = NAN;
    job->peak_memory_bytes = 0;
    job->progress = (struct job_progress){
        .energy_ev = NAN, .delta_ev = NAN, .accuracy_ev = NAN, .converged = -1};
    back_to_queue(run, pause, reason.text);
    engine_take_up_started(run->engine, run);
}

void run_conclude(struct run *run, const struct local_exit *how,
                  const struct site_word *word) {
    enum job_state state = end_state(run, how);
    struct errmsg reason = ERRMSG_NULL;
    _cleanup_(results_deinit) struct results outside;
    results_init(&outside);
    run_outside(run, how, word, ended_short(run, how), &outside);
    bool on_request = state == JOB_CANCELLED && run->job->state == JOB_CANCELLING;
    if (on_request) {
        (void)errmsg_set(&reason, 0, "cancelled on request");
    } else {
        end_reason(run, how, word, &outside, &reason);
    }
    if (state == JOB_FAILED && has_another_try(run->job) &&
        !is_hopeless(run, how, word, &outside)) {
        try_again(run, reason.text);
        return;
    }
    run->goes_on = state == JOB_FAILED &&
                   (hit_limit(run, how) || (word && word->cause == OUTSIDE_TIME));
    conclude(run, state, reason.text[0] ? reason.text : NULL, &outside,
             on_request || hit_limit(run, how));
}

static void read_what_is_there(struct run *run) {
    run->job->finished_at = clock_realtime_ms();
    if (run_wake(run) == 0) {
        run_read_to_the_end(run);
    }
}

void run_lose(struct run *run, const char *reason) {
    read_what_is_there(run);
    if (has_another_try(run->job)) {
        try_again(run, reason ? reason
                              : "its supervisor was killed, or the machine went down");
        return;
    }
    conclude(run, JOB_LOST,
             reason ? reason
                    : "its supervisor is gone without a record of the end: killed, "
                      "or the machine went down, or its run folder was deleted. The "
                      "output shows how far it came; submit it again",
             NULL, false);
}

void run_lose_elsewhere(struct run *run, const char *host) {
    struct errmsg reason = ERRMSG_NULL;
    read_what_is_there(run);
    (void)errmsg_set(&reason, 0,
                     "its supervisor on another machine, %s, is gone without a record "
                     "of the end: killed, or that machine went down. See that nothing "
                     "of the job runs there any more (ssh %s), and submit it again",
                     host, host);
    conclude(run, JOB_LOST, reason.text, NULL, false);
}

void run_not_started(struct run *run, int code, const struct errmsg *msg) {
    struct errmsg reason = ERRMSG_NULL;
    char space[128];
    (void)errmsg_set(&reason, 0, "could not be started: %s",
                     msg->text[0] ? msg->text
                                  : errmsg_errno(code, space, sizeof space));
    if (run->job->state == JOB_STARTING && may_pass(code)) {
        back_to_queue(run, pause_ms(run->starts_failed++), reason.text);
        return;
    }
    conclude(run, JOB_FAILED, reason.text, NULL, false);
}

/* Once at once, for a server or a supervisor may have ended in the middle of it. */
void run_came_to_nothing(struct run *run) {
    int before = run->starts_failed++;
    back_to_queue(run, before > 0 ? pause_ms(before - 1) : 0,
                  "its start came to nothing");
}

/* ---- run folders ---- */

int run_folder_of(const struct engine *engine, int64_t id, int attempt, char **out) {
    const char *runs_dir = engine->server->options->runs_dir;
    return attempt > 1 ? str_printf(out, "%s/%" PRId64 ".%d", runs_dir, id, attempt)
                       : str_printf(out, "%s/%" PRId64, runs_dir, id);
}

int run_folder(const struct run *run, int attempt, char **out) {
    return run_folder_of(run->engine, run->job->id, attempt, out);
}

bool run_has_folder(const struct run *run) {
    _cleanup_free_ char *path = NULL;
    struct stat st;
    return run_folder(run, run->job->attempt, &path) == 0 && stat(path, &st) == 0;
}

void run_tidy(struct run *run) {
    const struct job *job = run->job;
    int over = job_state_is_final(job->state) ? job->attempt : job->attempt - 1;
    bool placed = run_is_placed(run);
    if (placed) {
        run_slurm_tidy(run);
    }
    for (; run->tidied < over; run->tidied++) {
        _cleanup_free_ char *path = NULL;
        if (run_folder(run, run->tidied + 1, &path) == 0) {
            stage_remove(path);
            local_tidy(path, placed ? NULL : run->engine->spares);
        }
    }
}
