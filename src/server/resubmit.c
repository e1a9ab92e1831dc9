/* Continuing a run. The new job runs in the folder of the old one, with its environment
 * and its command line; what changes is the input, by as little as lets the code go on,
 * and the names of what it writes, so that nothing of the old run is overwritten. Which
 * files have to be whole, and what is to be done in the folder, is the code's to say.
 *
 * A run on a cluster behind ssh goes on in its folder there: that is looked at, and
 * what has to be done there is noted in the new job, and done when it is handed over.
 * Here the same files get the same names, as far as they have come here. */
#include "server/resubmit.h"

#include "base/path.h"
#include "base/str.h"
#include "codes/code.h"
#include "job/cluster.h"
#include "job/placement.h"
#include "server/clusters.h"
#include "server/queue.h"
#include "server/server.h"
#include "server/submit.h"
#include "site/restart.h"
#include "slurm/look.h"
#include "slurm/steps.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

enum {
    INPUT_MAX = 16 * 1024 * 1024,
    FILE_MODE = 0666,
    LINKS_MAX = 10000, /* runs that go on with each other */
};

void resubmission_deinit(struct resubmission *resubmission) {
    submission_deinit(&resubmission->submission);
    code_restart_deinit(&resubmission->restart);
}

/* ---- which job ---- */

static int check_continued(struct server *server, const struct job *old,
                           struct errmsg *msg) {
    int64_t by = 0;
    int r = store_job_continued(server->store, old->id, &by);
    return r == 0 && by > 0
               ? errmsg_set(msg, RESUBMIT_E_REFUSED,
                            "job %" PRId64 " goes on with job %" PRId64
                            " already; if that one has ended too: crystalmath "
                            "resubmit %" PRId64,
                            by, old->id, by)
               : r;
}

static int check_job(const struct job *old, struct errmsg *msg) {
    if (!job_state_is_final(old->state)) {
        return errmsg_set(msg, RESUBMIT_E_REFUSED,
                          "job %" PRId64
                          " has not ended, so that nothing can go on with it yet; "
                          "`crystalmath wait %" PRId64
                          "` waits for it, `crystalmath cancel %" PRId64 "` ends it",
                          old->id, old->id, old->id);
    }
    if (!old->input || !code_by_name(old->code)) {
        return errmsg_set(msg, RESUBMIT_E_REFUSED,
                          "job %" PRId64
                          " ran a command, of which it is not known how it could go "
                          "on; submit it again",
                          old->id);
    }
    if (old->imported || str_empty(old->argv ? old->argv[0] : NULL)) {
        return errmsg_set(msg, RESUBMIT_E_REFUSED,
                          "job %" PRId64
                          " was imported, and how it was started is not known; submit "
                          "its input: crystalmath submit %s/%s",
                          old->id, old->directory, old->input);
    }
    if (old->state == JOB_COMPLETED && old->progress.converged != 0) {
        return errmsg_set(msg, RESUBMIT_E_REFUSED,
                          "job %" PRId64
                          " came to its end, so that nothing is left to go on with; "
                          "`crystalmath show %" PRId64 "` tells its results",
                          old->id, old->id);
    }
    return 0;
}

static bool is_far(const struct job *old) {
    char space[PLACEMENT_VALUE_SIZE];
    return old->cluster && *placement_get(old->placement, PLACEMENT_DIRECTORY, space);
}

/* Its files have to be where they were. */
static int check_cluster(struct server *server, const struct job *old,
                         struct errmsg *msg) {
    char space[PLACEMENT_VALUE_SIZE];
    if (!old->cluster) {
        return 0;
    }
    if (*placement_get(old->placement, PLACEMENT_ADOPTED, space)) {
        return errmsg_set(msg, RESUBMIT_E_REFUSED,
                          "job %" PRId64 " was submitted to Slurm by hand, and how its "
                          "run goes on is for its own script to say",
                          old->id);
    }
    const struct queue *queue = clusters_find(server->clusters, old->cluster);
    bool far = queue && *cluster_text(queue_record(queue), CLUSTER_SSH);
    return is_far(old) && !far
               ? errmsg_set(msg, RESUBMIT_E_REFUSED,
                            "job %" PRId64
                            " ran on %s, and how that is reached through "
                            "ssh is not described any more: crystalmath cluster add %s "
                            "--ssh HOST",
                            old->id, old->cluster, old->cluster)
               : 0;
}

/* When the first of the runs began that go on with each other: what is older is not
 * theirs. 0 when none of them ever started. */
static int find_begin(struct server *server, const struct job *old, int64_t *since) {
    int64_t id = old->continues;
    int r = 0;
    *since = old->started_at;
    for (int i = 0; r == 0 && id > 0 && i < LINKS_MAX; i++) {
        _cleanup_(job_freep) struct job *before = NULL;
        r = store_job_get(server->store, id, &before);
        if (r == STORE_E_MISSING) {
            return 0; /* it was removed */
        }
        if (r == 0) {
            *since = before->started_at ? before->started_at : *since;
            id = before->continues;
        }
    }
    return r;
}

/* The input as it was submitted; where its bytes were not kept, as it is now. */
static int read_input(struct server *server, const struct job *old, struct buf *out,
                      struct errmsg *msg) {
    int r = old->n_inputs > 0 ? store_content_get(server->store, old->inputs[0].sha256,
                                                  0, INPUT_MAX, out, NULL)
                              : STORE_E_MISSING;
    if (r == STORE_E_MISSING) {
        char space[128];
        r = site_look_read(old->directory, old->input, 0, INPUT_MAX, out);
        return r == 0 || r == -ENOMEM
                   ? r
                   : errmsg_set(msg, RESUBMIT_E_REFUSED, "%s/%s cannot be read: %s",
                                old->directory, old->input,
                                errmsg_errno(r, space, sizeof space));
    }
    return r;
}

/* ---- how it goes on ---- */

static int refuse(const struct job *old, const struct errmsg *why, struct errmsg *msg) {
    return errmsg_set(
        msg, RESUBMIT_E_REFUSED,
        "job %" PRId64 " cannot go on where it stopped%s%s: %s. To begin anew: "
        "crystalmath submit %s%s%s%s/%s",
        old->id, is_far(old) ? " on " : "", is_far(old) ? old->cluster : "", why->text,
        old->cluster ? "--on " : "", old->cluster ? old->cluster : "",
        old->cluster ? " " : "", old->directory, old->input);
}

/* Of files behind ssh of which nothing is known. */
static int not_yet(void *data, const char *name, int64_t *size, int64_t *modified_ms) {
    (void)data;
    (void)name;
    (void)size;
    (void)modified_ms;
    return -EAGAIN;
}

/* The variables of this machine mean nothing on a cluster behind ssh. */
static int plan(struct server *server, const struct job *old, const struct code *code,
                struct slurm_look *far, struct code_restart *out, struct errmsg *msg) {
    const struct code_look here = {site_look_state, site_look_read, old->directory};
    const struct code_look there = {far ? slurm_look_state : not_yet, slurm_look_read,
                                    far};
    _cleanup_buf_ struct buf text = BUF_NULL;
    struct errmsg why = ERRMSG_NULL;
    struct code_stopped stopped = {
        .input = old->input,
        .env = is_far(old) ? NULL : old->env,
        .cores = old->cores,
        /* By our clock; one behind ssh may go before it. */
        .until_ms = is_far(old) ? 0 : old->finished_at,
        .again = old->continues > 0,
        .look = is_far(old) ? &there : &here,
    };
    int r = read_input(server, old, &text, msg);
    r = r ? r : find_begin(server, old, &stopped.since_ms);
    if (r == 0 && stopped.since_ms == 0) {
        return errmsg_set(msg, RESUBMIT_E_REFUSED,
                          "job %" PRId64
                          " never started, so that nothing can go on; crystalmath "
                          "submit %s/%s begins",
                          old->id, old->directory, old->input);
    }
    if (r == 0) {
        stopped.text = buf_bytes(&text);
        stopped.n = buf_len(&text);
        r = code_restart(code, &stopped, out, &why);
        r = r == -EAGAIN ? RESUBMIT_E_ASK : r > 0 ? refuse(old, &why, msg) : r;
    }
    return r;
}

/* ---- the new job ---- */

static int copy_text(const char *from, char **to) {
    *to = from ? strdup(from) : NULL;
    return from && !*to ? -ENOMEM : 0;
}

static int copy_words(char *const *from, char ***to) {
    *to = from ? strv_copy(from) : NULL;
    return from && !*to ? -ENOMEM : 0;
}

/* What it asks for, and where its folder is. */
static int copy_placement(const struct job *old, struct job *job) {
    char space[PLACEMENT_VALUE_SIZE];
    int r = placement_set(&job->placement, PLACEMENT_DIRECTORY,
                          placement_get(old->placement, PLACEMENT_DIRECTORY, space));
    for (size_t i = 0; r == 0 && i < PLACEMENT_WISHES; i++) {
        enum placement_key key = (enum placement_key)i;
        r = placement_set(&job->placement, key,
                          placement_get(old->placement, key, space));
    }
    return r;
}

static int copy_job(const struct job *old, struct job *job) {
    job->umask = old->umask;
    job->cores = old->cores;
    job->memory_bytes = old->memory_bytes;
    job->priority = old->priority;
    job->time_limit_seconds = old->time_limit_seconds;
    job->retries = old->retries;
    job->continues = old->id;
    job->state = JOB_QUEUED;
    int r = copy_text(old->name, &job->name);
    r = r ? r : copy_text(old->code, &job->code);
    r = r ? r : copy_text(old->directory, &job->directory);
    r = r ? r : copy_text(old->note, &job->note);
    r = r ? r : copy_words(old->tags, &job->tags);
    r = r ? r : copy_text(old->cluster, &job->cluster);
    r = r || !job->cluster ? r : copy_placement(old, job);
    return r ? r : copy_words(old->env, &job->env);
}

/* What is to be done there, in a line. What is written comes with the job's files. */
static int put_steps(const struct code_restart *restart, struct buf *line) {
    int r = 0;
    for (size_t i = 0; r == 0 && i < restart->n_steps; i++) {
        const struct code_step *step = &restart->steps[i];
        r = step->kind == CODE_STEP_KEEP   ? slurm_step_keep(line, step->from, step->to)
            : step->kind == CODE_STEP_LINK ? slurm_step_give(line, step->from, step->to)
                                           : 0;
    }
    return r ? r : buf_append(line, "", 1);
}

/* What is linked is linked there alone, so that nothing large goes forth and back. */
static int note_steps(const struct job *old, struct code_restart *restart,
                      struct job *job, struct errmsg *msg) {
    _cleanup_buf_ struct buf line = BUF_NULL;
    int r = put_steps(restart, &line);
    if (r == -EINVAL) {
        return errmsg_set(msg, RESUBMIT_E_REFUSED,
                          "job %" PRId64 " cannot go on on %s: one of its files has a "
                          "name of several lines; give the input another one",
                          old->id, old->cluster);
    }
    code_restart_drop_links(restart);
    return r ? r : placement_set(&job->placement, PLACEMENT_STEPS, buf_bytes(&line));
}

static int make_job(const struct job *old, const struct code *code,
                    struct resubmission *out, struct errmsg *msg) {
    struct code_restart *restart = &out->restart;
    struct submission *made = &out->submission;
    const struct buf *text = &restart->text;
    made->code = code;
    int r = job_new(&made->job);
    struct job *job = made->job;
    r = r ? r : copy_job(old, job);
    r = r ? r : copy_text(restart->input, &job->input);
    r = r ? r
          : code_command_with(code, old->argv, old->input, restart->input, &job->argv);
    if (r == -EINVAL) {
        return errmsg_set(msg, RESUBMIT_E_REFUSED,
                          "job %" PRId64
                          " was started in a way that this version does not know; "
                          "submit its input: crystalmath submit %s/%s",
                          old->id, old->directory, old->input);
    }
    r = r || !is_far(old) ? r : note_steps(old, restart, job, msg);
    r = r ? r : submit_name_outputs(job, code, restart->output);
    r = r ? r : buf_append(&made->text, buf_bytes(text), buf_len(text));
    r = r ? r
          : code_files(code, job->input, buf_bytes(text), buf_len(text), job->env,
                       &made->files);
    return r ? r : submit_name_stop_file(job, &made->files);
}

int resubmit_prepare(struct server *server, const struct job *old,
                     struct slurm_look *far, struct resubmission *out,
                     struct errmsg *msg) {
    const struct code *code = code_by_name(old->code);
    int r = check_job(old, msg);
    r = r ? r : check_cluster(server, old, msg);
    r = r ? r : check_continued(server, old, msg);
    r = r ? r : plan(server, old, code, far, &out->restart, msg);
    return r ? r : make_job(old, code, out, msg);
}

int resubmit_begin(struct server *server, struct resubmission *resubmission,
                   struct errmsg *msg) {
    const struct job *job = resubmission->submission.job;
    int r = site_restart_take(job->directory, &resubmission->restart,
                              FILE_MODE & ~(unsigned)job->umask, msg);
    if (r < 0) {
        return RESUBMIT_E_REFUSED;
    }
    /* What the run reads is there only now. */
    r = submit_keep_inputs(server, &resubmission->submission);
    if (r < 0) {
        site_restart_undo(job->directory, &resubmission->restart);
    }
    return r;
}

void resubmit_undo(const struct resubmission *resubmission, const char *folder) {
    site_restart_undo(folder, &resubmission->restart);
}
