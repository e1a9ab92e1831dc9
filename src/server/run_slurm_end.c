/* A job that is in Slurm's queue: what squeue tells of it, how it is cancelled, and
 * what its end comes to. The script's own word counts first, for it knows the program's
 * status; Slurm's state tells what it could not know, such as a limit that ended it. A
 * job is given up only when the script has left no word, and neither sacct nor the
 * controller knows of it, for a while. */
#include "server/run_slurm.h"

#include "base/clock.h"
#include "base/path.h"
#include "base/platform.h"
#include "base/sorted.h"
#include "base/str.h"
#include "codes/outside.h"
#include "exec/remote.h"
#include "job/cluster.h"
#include "job/placement.h"
#include "server/clusters.h"
#include "server/engine_internal.h"
#include "server/hub.h"
#include "server/job_json.h"
#include "server/queue.h"
#include "server/run_slurm_array.h"
#include "server/run_slurm_files.h"
#include "server/server.h"
#include "slurm/answer.h"
#include "slurm/queue.h"
#include "slurm/script.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum {
    CANCEL_DEADLINE_MS = 60 * 1000,
    CANCEL_AGAIN_MS = 30 * 1000,
    LOST_MS = 60 * 1000, /* that nobody knows of a job, before it is given up */
    LOST_UNSURE_MS = 3600 * 1000, /* the same, where sacct may know it and fails */
    LOST_ASKS = 3,                /* and as often asked */
    BRINGS = 5, /* tries to bring its files here, where it does not look hopeful */
};

/* What is farther is no estimate, but a limit. */
#define ESTIMATE_MS_MAX (INT64_C(31) * 86400 * 1000)

/* ---- following ---- */

/* What is said of it has changed. */
void run_slurm_note(struct run *run, const char *note) {
    struct placed *placed = run->placed;
    if (strcmp(placed->note.text, note) != 0) {
        (void)errmsg_set(&placed->note, 0, "%s", note);
        hub_job_changed(run->engine->server->hub, run->job);
    }
}

void run_slurm_runs(struct run *run, int64_t started_at) {
    struct engine *engine = run->engine;
    if (run->job->state == JOB_QUEUED) {
        run_slurm_mirror_begin(run, false);
        engine_move(engine, run, JOB_STARTING, NULL);
    }
    if (run->job->started_at == 0) {
        run->job->started_at = started_at > 0 ? started_at : clock_realtime_ms();
    }
    if (run->job->state == JOB_STARTING) {
        engine_move(engine, run, JOB_RUNNING, NULL);
    }
    /* Tasks have an output each, which is read when somebody asks for it. */
    if (!run->placed->array && run_wake(run) == 0) {
        run_follow(run);
    }
}

/* Slurm begins it anew, by itself. */
static void is_put_back(struct run *run) {
    if (run->job->state == JOB_RUNNING) {
        run_sleep(run);
        run->job->started_at = 0;
        run->job->progress = (struct job_progress){
            .energy_ev = NAN, .delta_ev = NAN, .accuracy_ev = NAN, .converged = -1};
        engine_move(run->engine, run, JOB_QUEUED,
                    "Slurm put it back into its queue; it begins anew");
    }
}

void run_slurm_looked(struct run *run, int64_t look) {
    run->placed->end_due |= run->placed->seen_at != look;
    run_array_looked(run, look);
}

bool run_slurm_seen(struct run *run, const struct slurm_queued *job) {
    struct placed *placed = run->placed;
    if (placed->array) {
        return run_array_seen(run, job);
    }
    enum slurm_state before = placed->seen;
    char reason[128];
    struct errmsg words = ERRMSG_NULL;
    int64_t starts_at =
        job->starts_at > 0 ? job->starts_at + queue_clock_shift(placed->queue) : 0;
    placed->seen = job->state;
    placed->missing_since = 0;
    placed->end_due = slurm_state_is_final(job->state);
    if (job->state == SLURM_PENDING) {
        bool far = starts_at > clock_realtime_ms() + ESTIMATE_MS_MAX;
        (void)snprintf(reason, sizeof reason, "%.*s",
                       (int)(job->reason.n < 127 ? job->reason.n : 127),
                       job->reason.at);
        slurm_reason_words(reason, far ? 0 : starts_at, &words);
        is_put_back(run);
        run_slurm_note(run, words.text);
    } else if (job->state == SLURM_RUNNING || job->state == SLURM_SUSPENDED) {
        run_slurm_note(run,
                       job->state == SLURM_SUSPENDED ? "Slurm has suspended it" : "");
        run_slurm_runs(run, starts_at);
    }
    if (run->job->state == JOB_CANCELLING && !placed->end_due) {
        run_slurm_cancel(run);
    }
    return before != job->state;
}

/* ---- ending ---- */

static void on_cancelled(void *arg, enum remote_outcome outcome, int exit_status,
                         const struct buf *out, const struct buf *err) {
    struct run *run = arg;
    struct errmsg words = ERRMSG_NULL;
    (void)out;
    run->placed->cancelling = NULL;
    if (outcome != REMOTE_RAN || exit_status != 0) {
        (void)slurm_refusal_read(buf_bytes(err), buf_len(err), &words);
        run->placed->cancelled_at = 0; /* tried again when it is seen again */
        log_warning(run->engine->server->log,
                    "job %" PRId64 " is not cancelled on %s yet: %s", run->job->id,
                    run->job->cluster, words.text);
    }
    queue_soon(run->placed->queue);
}

void run_slurm_cancel(struct run *run) {
    static const char *const argv[] = {"sh", NULL};
    struct placed *placed = run->placed;
    _cleanup_buf_ struct buf program = BUF_NULL;
    char name[PLACEMENT_VALUE_SIZE];
    char adopted[PLACEMENT_VALUE_SIZE];
    int64_t now = clock_monotonic_ms();
    bool waits =
        placed->cancelled_at != 0 && now < placed->cancelled_at + CANCEL_AGAIN_MS;
    if (placed->number == 0 || placed->cancelling || waits) {
        return; /* one without a number is in line, to be looked up */
    }
    (void)placement_get(run->job->placement, PLACEMENT_ADOPTED, adopted);
    int r = slurm_cancel_program(&program, placed->number,
                                 *adopted ? "" : run_slurm_name_of(run, name));
    const struct remote_command command = {.argv = argv,
                                           .in = buf_bytes(&program),
                                           .in_len = buf_len(&program),
                                           .deadline_ms = CANCEL_DEADLINE_MS};
    r = r ? r
          : remote_run(queue_remote(placed->queue), &command, on_cancelled, run,
                       &placed->cancelling);
    if (r < 0) {
        placed->cancelling = NULL;
    } else {
        placed->cancelled_at = now;
    }
}

int run_slurm_ask_ends(const struct sorted *runs, int most, struct buf *program) {
    int n = 0;
    int r = buf_append_str(program, slurm_clock_program);
    for (size_t i = 0; r == 0 && i < runs->n && n < most; i++) {
        const struct run *run = sorted_at(runs, i);
        char name[PLACEMENT_VALUE_SIZE];
        char there[PLACEMENT_VALUE_SIZE];
        if (run->placed->end_due && run->placed->array) {
            r = run_array_ask(run, program);
            n++;
        } else if (run->placed->end_due) {
            r = slurm_end_program(program, run_slurm_directory(run, there),
                                  run_slurm_name_of(run, name), run->placed->number);
            n++;
        }
    }
    return r ? r : n;
}

/* What the batch system says of it beside the exit status. */
static struct site_word word_of(const struct slurm_end *end) {
    struct site_word word = {.cause = OUTSIDE_NOTHING};
    if (!end->has_started && !end->has_end && end->exit_code == SLURM_X_UNWRITABLE) {
        word.words = "its folder on the cluster could not be written when it began, so "
                     "it did nothing; make room there and submit it again";
        word.may_pass = true;
        word.cause = OUTSIDE_DISK;
        return word;
    }
    if (!end->slurm_knows || !slurm_state_is_final(end->state)) {
        return word;
    }
    word.words = slurm_state_words(end->state);
    word.may_pass = slurm_state_may_pass(end->state);
    word.final = !word.may_pass && *word.words;
    word.cause = end->state == SLURM_TIMEOUT         ? OUTSIDE_TIME
                 : end->state == SLURM_OUT_OF_MEMORY ? OUTSIDE_MEMORY_KILL
                 : end->state == SLURM_NODE_FAIL     ? OUTSIDE_NODE
                 : end->state == SLURM_BOOT_FAIL     ? OUTSIDE_NODE
                 : end->state == SLURM_PREEMPTED     ? OUTSIDE_PREEMPTED
                                                     : OUTSIDE_NOTHING;
    return word;
}

/* `words`: why its files are not here; behind `before`, what else is said of its end.
 */
static void say_away(const struct run *run, const char *words, const char *before,
                     struct errmsg *out) {
    char there[PLACEMENT_VALUE_SIZE];
    struct errmsg away = ERRMSG_NULL;
    (void)errmsg_set(&away, 0,
                     "its files could not be brought here: %.250s. They are in %.200s "
                     "on %s; `crystalmath fetch %" PRId64 " NAME` brings one of them",
                     words, run_slurm_directory(run, there), run->job->cluster,
                     run->job->id);
    (void)errmsg_set(out, 0, "%.300s%s%.600s", before, *before ? "; " : "", away.text);
}

/* `away`: why its files are not here; NULL: they are. */
static void conclude(struct run *run, const struct slurm_end *told, const char *away) {
    const struct slurm_end ended = *told; /* it goes with the run */
    const struct slurm_end *end = &ended;
    bool cancelled = end->slurm_knows && end->state == SLURM_CANCELLED;
    struct local_exit how = {
        .exit_code = end->exit_code,
        .signal = end->signal,
        .cancelled = cancelled,
        .timed_out = end->slurm_knows && end->state == SLURM_TIMEOUT,
        .soft_stopped = end->soft_stopped,
        .started_at = end->started_at,
        .finished_at = end->finished_at ? end->finished_at : clock_realtime_ms(),
        .cpu_seconds = NAN,
    };
    struct site_word word = word_of(end);
    bool failed = end->slurm_knows && slurm_state_is_final(end->state) &&
                  end->state != SLURM_COMPLETED;
    if (failed && how.exit_code <= 0 && how.signal == 0 && !end->has_end) {
        how.exit_code = -1; /* Slurm's 0 is of a script that had no end of its own */
    }
    /* squeue and the script may tell a second's difference: what was shown stays. */
    if (run->job->started_at != 0) {
        how.started_at = run->job->started_at;
    }
    if (how.finished_at < how.started_at) {
        how.finished_at = how.started_at;
    }
    run_array_say_end(run, &how.error);
    struct errmsg words = ERRMSG_NULL;
    run->files_away = away != NULL;
    if (away && !str_empty(word.words)) {
        say_away(run, away, word.words, &words);
        word.words = words.text;
    } else if (away) {
        words = how.error;
        say_away(run, away, words.text, &how.error);
    }
    run_end_as(run, &how, &word);
}

/* How it ended is known; what it wrote is brought here first, where it has to be. */
void run_slurm_came(void *arg, enum remote_outcome outcome, int exit_status,
                    const struct buf *out, const struct buf *err) {
    struct run *run = arg;
    struct placed *placed = run->placed;
    struct errmsg words = ERRMSG_NULL;
    struct errmsg why = ERRMSG_NULL;
    const char *said = "the connection was lost";
    bool came = outcome == REMOTE_RAN && exit_status == 0;
    (void)out;
    placed->handing = NULL;
    placed->bringing = false;
    if (came) {
        run_slurm_brought(run);
    } else {
        (void)slurm_refusal_read(buf_bytes(err), buf_len(err), &words);
        said = buf_len(err) > 0 ? words.text : said;
        (void)errmsg_set(
            &why, 0, "it has ended; its files could not be brought here: %.700s", said);
        log_warning(run->engine->server->log, "job %" PRId64 ": %s", run->job->id,
                    why.text);
        /* Who does not want the job any more does not wait for its files for ever. */
        bool hopeful = run->job->state != JOB_CANCELLING &&
                       run_slurm_may_pass(outcome, exit_status, err);
        if (hopeful || placed->bringing_failed++ < BRINGS) {
            run_slurm_note(run, why.text);
            queue_soon(placed->queue);
            return;
        }
        placed->stays_there = true;
    }
    conclude(run, placed->end, came ? NULL : said);
}

static void bring_and_conclude(struct run *run, const struct slurm_end *end) {
    struct placed *placed = run->placed;
    struct slurm_end *copy = placed->bringing ? NULL : malloc(sizeof *copy);
    if (placed->bringing || !copy) {
        return; /* its end is asked for again */
    }
    *copy = *end;
    free(placed->end);
    placed->end = copy;
    placed->bringing = true;
    if (run_slurm_bring(run) < 0) {
        placed->bringing = false;
    }
}

void run_slurm_ends(struct run *run, const struct slurm_end *end) {
    if (run_slurm_is_far(run)) {
        bring_and_conclude(run, end);
    } else {
        conclude(run, end, NULL);
    }
}

enum missing run_slurm_missing(struct run *run, bool denies, bool sacct_fails) {
    struct placed *placed = run->placed;
    int64_t now = clock_monotonic_ms();
    if (placed->missing_since == 0) {
        placed->missing_since = now;
        placed->missing_asks = 0;
    }
    placed->missing_asks++;
    if (placed->missing_asks < LOST_ASKS || now < placed->missing_since + LOST_MS) {
        return MISSING_YET;
    }
    bool unsure = sacct_fails && run->job->state != JOB_CANCELLING &&
                  now < placed->missing_since + LOST_UNSURE_MS;
    return denies && !unsure ? MISSING_FOR_GOOD : MISSING_LONG;
}

/* Nobody knows of it: not the script, not sacct, not the controller. */
static void is_missing(struct run *run, const struct slurm_end *end) {
    enum missing how = run_slurm_missing(run, end->slurm_denies, end->sacct_fails);
    run_slurm_note(run, "has left the queue; its end is not known yet");
    if (how == MISSING_YET) {
        return;
    }
    if (end->has_end) {
        run_slurm_ends(run, end);
    } else if (how == MISSING_FOR_GOOD && run->job->state == JOB_CANCELLING) {
        struct slurm_end assumed = *end;
        assumed.slurm_knows = true;
        assumed.state = SLURM_CANCELLED;
        run_slurm_ends(run, &assumed);
    } else if (how == MISSING_FOR_GOOD) {
        run_lose(run, "Slurm does not know it any more, and its batch script has left "
                      "no word of its end. The output shows how far it came; submit it "
                      "again");
    }
}

/* A late answer has made two of its name, and the other one was the first to run: that
 * is the job, and the one that was asked for has done nothing. */
static void follow_the_first(struct run *run, int64_t number) {
    log_warning(run->engine->server->log,
                "job %" PRId64 " is there twice, as %" PRId64 " and %" PRId64
                "; the second is the one that runs",
                run->job->id, run->placed->number, number);
    queue_leave(run->placed->queue, run);
    run->placed->end_due = false;
    run->placed->missing_since = 0;
    run_slurm_take_number(run, number);
}

void run_slurm_end(struct run *run, const struct slurm_end *told) {
    if (told->owner > 0 && told->owner != told->number) {
        follow_the_first(run, told->owner);
        return;
    }
    struct slurm_end ours = *told;
    const struct slurm_end *end = &ours;
    int64_t shift = queue_clock_shift(run->placed->queue);
    ours.started_at += ours.started_at > 0 ? shift : 0;
    ours.finished_at += ours.finished_at > 0 ? shift : 0;
    bool final = end->slurm_knows && slurm_state_is_final(end->state);
    bool again = end->slurm_knows && end->state == SLURM_PENDING;
    if (final || (end->has_end && end->exit_code == 0)) {
        run_slurm_ends(run, end);
    } else if (again || (end->slurm_knows && !end->has_end)) {
        run->placed->missing_since = 0; /* it goes on; squeue will tell */
    } else {
        is_missing(run, end);
    }
}

static void on_tidied(void *arg, enum remote_outcome outcome, int exit_status,
                      const struct buf *out, const struct buf *err) {
    /* What is left over hurts nobody. */
    (void)arg;
    (void)outcome;
    (void)exit_status;
    (void)out;
    (void)err;
}

void run_slurm_tidy(struct run *run) {
    static const char *const argv[] = {"sh", NULL};
    const struct job *job = run->job;
    struct queue *queue = clusters_find(run->engine->server->clusters, job->cluster);
    _cleanup_buf_ struct buf program = BUF_NULL;
    char name[PLACEMENT_VALUE_SIZE];
    char there[PLACEMENT_VALUE_SIZE];
    if (!queue || job->state != JOB_COMPLETED || run->files_away ||
        !*run_slurm_name_of(run, name) ||
        slurm_tidy_program(&program, run_slurm_directory(run, there), name) < 0) {
        return;
    }
    const struct remote_command command = {
        .argv = argv, .in = buf_bytes(&program), .in_len = buf_len(&program)};
    (void)remote_run(queue_remote(queue), &command, on_tidied, NULL, NULL);
}
