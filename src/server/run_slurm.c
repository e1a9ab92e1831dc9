/* From the line of a cluster to the end there.
 *
 *   in line ──► handed over ──► there (has a number) ──► pending, running, … ──► end
 *      ▲             │
 *      └─────────────┘  refused, or not known what came of it
 *
 * The name is on the disk before anything is asked, and the program that hands a job
 * over does nothing twice for one name: so it is simply run again when no answer came,
 * and by the next server after a crash. The job's state is "queued" until Slurm runs
 * it. */
#include "server/run_slurm.h"

#include "base/clock.h"
#include "base/path.h"
#include "base/platform.h"
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
#include <sys/stat.h>

enum {
    SUBMIT_DEADLINE_MS = 120 * 1000, /* a busy controller takes its time */
};

bool run_is_placed(const struct run *run) {
    return run->job->cluster != NULL;
}

bool run_slurm_is_there(const struct run *run) {
    return run->placed &&
           (run->placed->begun || run->placed->asked || run->placed->number != 0);
}

/* ---- coming and going ---- */

static int place(struct run *run) {
    struct queue *queue = NULL;
    int r = clusters_of_job(run->engine->server->clusters, run->job->cluster, &queue);
    if (r == 0 && run->placed && run->placed->queue != queue) {
        run_slurm_rest(run); /* its cluster was described anew while it waited */
    }
    if (r < 0 || run->placed) {
        return r;
    }
    run->placed = calloc(1, sizeof *run->placed);
    if (!run->placed) {
        return -ENOMEM;
    }
    run->placed->queue = queue;
    return run_array_new(run);
}

int run_slurm_ready(struct run *run) {
    if (placement_id(run->job->placement) > 0) {
        run_slurm_attach(run); /* it is there: it was handed over by hand */
        return 0;
    }
    int r = place(run);
    if (r < 0) {
        return r;
    }
    run->placed->begun = run->earlier;
    return queue_add(run->placed->queue, run);
}

void run_slurm_unready(struct run *run) {
    queue_drop(run->placed->queue, run);
}

void run_slurm_rest(struct run *run) {
    struct placed *placed = run->placed;
    if (!placed) {
        return;
    }
    placed->handing = remote_call_cancel(placed->handing);
    placed->cancelling = remote_call_cancel(placed->cancelling);
    if (placed->asked) {
        queue_handed_over(placed->queue);
    }
    if (placed->number != 0) {
        queue_leave(placed->queue, run);
    }
    free(placed->end);
    run_array_free(run);
    free(TAKE_PTR(run->placed));
}

/* Of one that is not there, as far as is known. */
static void say_line(const struct run *run, struct errmsg *out) {
    const struct placed *placed = run->placed;
    const char *name = run->job->cluster;
    struct errmsg why = ERRMSG_NULL;
    queue_obstacle(placed->queue, &why);
    if (placed->asked) {
        (void)errmsg_set(out, 0, "is being handed to %s", name);
    } else if (why.text[0]) {
        (void)errmsg_set(out, 0, "waits to be handed to %s: %.600s", name, why.text);
    } else if (placed->begun) {
        (void)errmsg_set(out, 0, "is looked for on %s", name);
    } else {
        (void)errmsg_set(out, 0, "waits for its turn on %s", name);
    }
}

void run_slurm_reason(const struct run *run, struct errmsg *out) {
    const struct placed *placed = run->placed;
    const char *name = run->job->cluster;
    struct errmsg why = ERRMSG_NULL;
    out->text[0] = '\0';
    if (!placed) {
        return;
    }
    if (placed->number == 0) {
        say_line(run, out);
        return;
    }
    queue_trouble(placed->queue, &why);
    if (why.text[0]) {
        (void)errmsg_set(out, 0,
                         "on %s as job %" PRId64
                         ", as it was last seen; it cannot be asked now: %.600s",
                         name, placed->number, why.text);
    } else if (placed->note.text[0]) {
        (void)errmsg_set(out, 0, "on %s as job %" PRId64 ": %.600s", name,
                         placed->number, placed->note.text);
    } else if (run->job->state == JOB_QUEUED) {
        (void)errmsg_set(out, 0, "on %s as job %" PRId64, name, placed->number);
    }
}

/* ---- handing over ---- */

/* A command's output lies in a folder of ours, which has to be there. */
static int make_output_folder(const struct run *run, const char *output) {
    _cleanup_free_ char *folder = NULL;
    if (!str_empty(run->job->output)) {
        return 0;
    }
    int r = path_dirname(&folder, output);
    return r ? r : path_make_private(folder);
}

/* What the script writes to, as it is called there. */
struct paths {
    char *output, *error_output, *stop_file; /* owned */
};

static void paths_deinit(struct paths *paths) {
    free(paths->output);
    free(paths->error_output);
    free(paths->stop_file);
}

static int name_there(const struct run *run, bool far, const char *path, char **out) {
    if (far) {
        return run_slurm_name_there(run, path, out);
    }
    *out = strdup(path);
    return *out ? 0 : -ENOMEM;
}

static int name_paths(const struct run *run, const struct job *whole, bool far,
                      struct paths *out) {
    _cleanup_free_ char *output = NULL;
    int r = job_output_path(run->job, run->engine->server->options->runs_dir, &output);
    r = r || run->job->id == 0 ? r : make_output_folder(run, output);
    r = r ? r : name_there(run, far, output, &out->output);
    if (r == 0 && whole->error_output) {
        r = name_there(run, far, whole->error_output, &out->error_output);
    }
    if (r == 0 && whole->stop_file) {
        _cleanup_free_ char *home = NULL;
        r = far ? path_resolve(&home, whole->directory) : 0;
        size_t n = home ? strlen(home) : 0;
        /* Of an outdir elsewhere it is not known where that is there. */
        bool below = !far || (r == 0 && strncmp(whole->stop_file, home, n) == 0 &&
                              whole->stop_file[n] == '/');
        if (r == 0 && below) {
            out->stop_file = strdup(whole->stop_file + (far ? n + 1 : 0));
            r = out->stop_file ? 0 : -ENOMEM;
        }
    }
    return r;
}

/* What slurm/ makes of it: a script, or the program that hands that over. */
static int describe(const struct run *run, const struct job *whole,
                    const enum slurm_submit *what, struct buf *out,
                    struct errmsg *msg) {
    const struct cluster *cluster = queue_record(run->placed->queue);
    _cleanup_(paths_deinit) struct paths paths = {NULL, NULL, NULL};
    char name[PLACEMENT_VALUE_SIZE];
    char directory[PLACEMENT_VALUE_SIZE];
    bool far = run_slurm_is_far(run);
    int r = name_paths(run, whole, far, &paths);
    if (r < 0) {
        return r;
    }
    const struct slurm_job job = {
        .name = run_slurm_name_of(run, name),
        .directory = run_slurm_directory(run, directory),
        .placement = run->job->placement,
        .setup = cluster_text(cluster, CLUSTER_SETUP),
        .options = cluster_text(cluster, CLUSTER_OPTIONS),
        .template = cluster_text(cluster, CLUSTER_TEMPLATE),
        .argv = whole->argv,
        .env = far ? NULL : whole->env, /* this machine's means nothing there */
        .output = paths.output,
        .error_output = paths.error_output,
        .stop_file = paths.stop_file,
        .stop_text = whole->stop_text,
        .umask = whole->umask,
        .time_limit_seconds = whole->time_limit_seconds,
        .time = cluster_text(cluster, CLUSTER_TIME),
        .seconds = far ? 0 : clock_realtime_ms() / 1000,
    };
    return what ? slurm_submit_program(&job, *what, out, msg)
                : slurm_script(&job, out, msg);
}

int run_slurm_script(struct engine *engine, struct job *whole, bool trial,
                     struct buf *out, struct errmsg *msg) {
    const enum slurm_submit what = SLURM_TEST;
    struct placed placed = {
        .queue = clusters_find(engine->server->clusters, whole->cluster)};
    const struct run run = {.engine = engine, .job = whole, .placed = &placed};
    char name[PLACEMENT_VALUE_SIZE];
    slurm_name(name, whole->name, 0, 1, 0);
    int r = placement_set(&whole->placement, PLACEMENT_NAME, name);
    return r ? r : describe(&run, whole, trial ? &what : NULL, out, msg);
}

/* Back into the line. */
static void line_up(struct run *run, bool begun) {
    run->placed->begun = begun;
    int r = queue_add(run->placed->queue, run);
    run->ready = r == 0;
    if (r < 0) {
        log_error(run->engine->server->log,
                  "no memory to hand over job %" PRId64
                  "; the next start of the server does",
                  run->job->id);
    }
}

static bool is_adopted(const struct run *run) {
    char space[PLACEMENT_VALUE_SIZE];
    return *placement_get(run->job->placement, PLACEMENT_ADOPTED, space);
}

/* It has a number under which it cannot be followed: another has it, or there is no
 * memory. A script of somebody else is handed to nobody. */
static void cannot_be_watched(struct run *run, int64_t number, int r) {
    struct errmsg why = ERRMSG_NULL;
    (void)errmsg_set(&why, 0, "job %" PRId64 " of %s is followed as job %" PRId64,
                     number, run->job->cluster, queue_job(run->placed->queue, number));
    run->placed->number = 0;
    if (r == -EEXIST && is_adopted(run)) {
        engine_finish(run->engine, run, JOB_FAILED, why.text, NULL);
    } else if (is_adopted(run)) {
        log_error(run->engine->server->log, "no memory to look after job %" PRId64,
                  run->job->id);
    } else {
        queue_refused(run->placed->queue, r == -EEXIST ? why.text : "no memory");
        line_up(run, true);
    }
}

void run_slurm_take_number(struct run *run, int64_t number) {
    struct placed *placed = run->placed;
    char text[32];
    (void)snprintf(text, sizeof text, "%" PRId64, number);
    int r = placement_set(&run->job->placement, PLACEMENT_ID, text);
    placed->number = number;
    r = r ? r : queue_watch(placed->queue, run);
    if (r < 0) {
        cannot_be_watched(run, number, r);
        return;
    }
    placed->begun = false;
    log_info(run->engine->server->log, "job %" PRId64 " is job %" PRId64 " of %s",
             run->job->id, number, run->job->cluster);
    engine_write_soon(run->engine, run);
    hub_job_changed(run->engine->server->hub, run->job);
    if (run->job->state == JOB_CANCELLING) {
        run_slurm_cancel(run);
    }
}

static void was_refused(struct run *run, const struct buf *err) {
    struct errmsg words = ERRMSG_NULL;
    struct errmsg why = ERRMSG_NULL;
    enum slurm_refusal kind = slurm_refusal_read(buf_bytes(err), buf_len(err), &words);
    /* A controller whose answer was lost may have taken it. */
    bool absent = kind == SLURM_REFUSAL_ABSENT;
    if (run->job->state == JOB_CANCELLING && !absent) {
        engine_finish(run->engine, run, JOB_CANCELLED, "cancelled before it started",
                      NULL);
    } else if (kind == SLURM_REFUSAL_FINAL) {
        (void)errmsg_set(
            &why, 0,
            "sbatch on %s refused it: %.700s. Submit it again with other "
            "options (`crystalmath cluster show %s` tells what the cluster "
            "sets)",
            run->job->cluster, words.text, run->job->cluster);
        engine_finish(run->engine, run, JOB_FAILED, why.text, NULL);
    } else {
        (void)errmsg_set(&why, 0, "%s: %.700s",
                         kind == SLURM_REFUSAL_LIMIT ? "Slurm takes no more now"
                                                     : "Slurm does not answer",
                         words.text);
        queue_refused(run->placed->queue, why.text);
        line_up(run, absent);
    }
}

/* The job's folder is not to be had: full for a while, or not there. */
static void had_no_folder(struct run *run, const struct buf *err) {
    struct errmsg words = ERRMSG_NULL;
    struct errmsg why = ERRMSG_NULL;
    (void)slurm_refusal_read(buf_bytes(err), buf_len(err), &words);
    bool full = strstr(words.text, "No space left") || strstr(words.text, "quota");
    (void)errmsg_set(&why, 0, "the job's folder on %s cannot be written: %.700s",
                     run->job->cluster, words.text);
    if (run->job->state == JOB_CANCELLING || !full) {
        bool cancelled = run->job->state == JOB_CANCELLING;
        engine_finish(run->engine, run, cancelled ? JOB_CANCELLED : JOB_FAILED,
                      cancelled ? "cancelled before it started" : why.text, NULL);
        return;
    }
    queue_refused(run->placed->queue, why.text);
    line_up(run, false);
}

/* Whether it is there is not known: the same is asked again, later. */
static void not_answered(struct run *run, enum remote_outcome outcome,
                         const struct buf *err) {
    struct errmsg why = ERRMSG_NULL;
    const char *words = outcome == REMOTE_TIMED_OUT ? "sbatch does not answer"
                        : outcome == REMOTE_UNREACHABLE
                            ? remote_status(queue_remote(run->placed->queue)).why
                            : NULL;
    if (words) {
        (void)errmsg_set(&why, 0, "%s", words);
    } else {
        (void)slurm_refusal_read(buf_bytes(err), buf_len(err), &why);
    }
    queue_refused(run->placed->queue, why.text);
    line_up(run, true);
}

/* The shell there does not understand what it is given: it never will. */
static bool is_no_program(int exit_status, const struct buf *err) {
    return exit_status == 2 && buf_len(err) > 0 &&
           memmem(buf_bytes(err), buf_len(err), "yntax error", strlen("yntax error"));
}

static void is_not_there(struct run *run) {
    run->earlier = false;
    if (run->job->state == JOB_CANCELLING) {
        engine_finish(run->engine, run, JOB_CANCELLED, "cancelled before it started",
                      NULL);
    } else {
        line_up(run, false);
    }
}

static void on_handed_over(void *arg, enum remote_outcome outcome, int exit_status,
                           const struct buf *out, const struct buf *err) {
    struct run *run = arg;
    struct placed *placed = run->placed;
    bool looked = placed->looking_up;
    int64_t number = slurm_id_read(buf_bytes(out), buf_len(out));
    placed->handing = NULL;
    placed->asked = false;
    placed->looking_up = false;
    queue_handed_over(placed->queue);
    if (outcome == REMOTE_RAN && exit_status == 0 && number > 0) {
        run_slurm_take_number(run, number);
    } else if (outcome == REMOTE_RAN &&
               (exit_status == SLURM_X_REFUSED || is_no_program(exit_status, err))) {
        was_refused(run, err);
    } else if (outcome == REMOTE_RAN && (exit_status == SLURM_X_NOT_THERE ||
                                         (looked && exit_status == SLURM_X_FOLDER))) {
        is_not_there(run);
    } else if (outcome == REMOTE_RAN && exit_status == SLURM_X_FOLDER) {
        had_no_folder(run, err);
    } else {
        not_answered(run, outcome, err);
    }
}

static void cannot_be_described(struct run *run, int r, const struct errmsg *msg) {
    char space[128];
    struct errmsg why = ERRMSG_NULL;
    run->placed->asked = false;
    queue_handed_over(run->placed->queue);
    (void)errmsg_set(&why, 0, "it cannot be handed to %s: %.700s", run->job->cluster,
                     msg->text[0] ? msg->text : errmsg_errno(r, space, sizeof space));
    if (r == -EINVAL) {
        engine_finish(run->engine, run, JOB_FAILED, why.text, NULL);
    } else {
        queue_refused(run->placed->queue, why.text);
        line_up(run, run->placed->begun);
    }
}

void run_slurm_sent(void *arg, enum remote_outcome outcome, int exit_status,
                    const struct buf *out, const struct buf *err) {
    struct run *run = arg;
    struct placed *placed = run->placed;
    struct errmsg words = ERRMSG_NULL;
    struct errmsg why = ERRMSG_NULL;
    (void)out;
    placed->handing = NULL;
    if (outcome == REMOTE_RAN && exit_status == 0) {
        placed->sent = true;
        run_slurm_hand_over(run);
        return;
    }
    placed->asked = false;
    queue_handed_over(placed->queue);
    (void)slurm_refusal_read(buf_bytes(err), buf_len(err), &words);
    (void)errmsg_set(&why, 0, "its files could not be brought to %s: %.700s",
                     run->job->cluster,
                     buf_len(err) > 0 ? words.text : "the connection was lost");
    if (run->job->state == JOB_CANCELLING ||
        run_slurm_may_pass(outcome, exit_status, err)) {
        queue_refused(placed->queue, why.text);
        line_up(run, run->job->state == JOB_CANCELLING);
    } else {
        engine_finish(run->engine, run, JOB_FAILED, why.text, NULL);
    }
}

/* The script's own folder, which its program makes where this does not. */
static void make_own_folder(const struct run *run) {
    _cleanup_free_ char *path = NULL;
    char name[PLACEMENT_VALUE_SIZE];
    if (str_printf(&path, "%s/.crystalmath/%s", run->job->directory,
                   run_slurm_name_of(run, name)) < 0) {
        return;
    }
    char *slash = strrchr(path, '/');
    *slash = '\0';
    (void)mkdir(path, 0777);
    *slash = '/';
    (void)mkdir(path, 0777);
}

/* What there is to do next: look whether it is there already, bring its files there, or
 * hand it over. */
static int take_step(struct run *run, const struct job *whole, struct errmsg *msg) {
    static const char *const argv[] = {"sh", NULL};
    struct placed *placed = run->placed;
    _cleanup_buf_ struct buf program = BUF_NULL;
    bool far = run_slurm_is_far(run);
    bool may_be_there = placed->begun && (run->earlier || (far && !placed->sent));
    placed->looking_up = run->job->state == JOB_CANCELLING || may_be_there;
    if (far && !placed->sent && !placed->looking_up) {
        return run_slurm_send(run, whole, msg);
    }
    const enum slurm_submit what = placed->looking_up ? SLURM_LOOK_UP : SLURM_SUBMIT;
    if (!far && !placed->looking_up) {
        make_own_folder(run);
    }
    int r = describe(run, whole, &what, &program, msg);
    const struct remote_command command = {.argv = argv,
                                           .in = buf_bytes(&program),
                                           .in_len = buf_len(&program),
                                           .deadline_ms = SUBMIT_DEADLINE_MS};
    return r ? r
             : remote_run(queue_remote(placed->queue), &command, on_handed_over, run,
                          &placed->handing);
}

void run_slurm_hand_over(struct run *run) {
    struct store *store = run->engine->server->store;
    _cleanup_(job_freep) struct job *whole = NULL;
    struct errmsg msg = ERRMSG_NULL;
    run->placed->asked = true;
    int r = store_job_get(store, run->job->id, &whole);
    if (r != 0) {
        r = r > 0 ? -EIO : r;
        (void)errmsg_set(&msg, r, "its record cannot be read: %s", store_error(store));
    }
    r = r ? r : run_wake(run);
    if (r == 0 && !run->placed->begun) {
        run_sources_note(run->live);
    }
    r = r ? r : take_step(run, whole, &msg);
    if (r < 0) {
        cannot_be_described(run, r, &msg);
    }
}

/* ---- after an earlier server ---- */

void run_slurm_attach(struct run *run) {
    int r = place(run);
    int64_t number = placement_id(run->job->placement);
    if (r < 0) {
        log_error(run->engine->server->log, "no memory to look after job %" PRId64,
                  run->job->id);
        return;
    }
    if (number == 0) {
        line_up(run, true);
        return;
    }
    run->placed->number = number;
    r = queue_watch(run->placed->queue, run);
    if (r < 0) {
        cannot_be_watched(run, number, r);
        return;
    }
    if (run->job->state == JOB_RUNNING && run_wake(run) == 0) {
        run->quiet = true;
        run_slurm_mirror_begin(run, true);
        run_follow(run);
        run_sources_read(run->live);
        run->quiet = false;
    }
}
