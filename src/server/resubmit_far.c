/* One question after the other through the cluster's connection; behind each answer the
 * plan is made from its beginning, of the job as it is by then, until nothing is
 * missing any more: so that what is answered with is true at that moment, and nothing
 * has to be remembered but the files. */
#include "server/resubmit_far.h"

#include "exec/remote.h"
#include "job/cluster.h"
#include "job/placement.h"
#include "server/clusters.h"
#include "server/queue.h"
#include "server/resubmit.h"
#include "server/server.h"
#include "slurm/answer.h"
#include "slurm/look.h"
#include "slurm/script.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { ANSWER_MAX = 16 * 1024 * 1024, DEADLINE_MS = 120 * 1000 };

struct far_plan {
    struct server *server; /* borrowed */
    struct queue *queue;   /* borrowed: it is held */
    struct slurm_look *look;
    size_t charged;           /* for what that holds */
    struct remote_call *call; /* NULL: nothing is being asked */
    int64_t id;
    far_planned *done;
    void *arg;
};

struct far_plan *far_plan_free(struct far_plan *plan) {
    if (plan) {
        (void)remote_call_cancel(plan->call);
        (void)slurm_look_free(plan->look);
        (void)server_charge(plan->server, plan->charged, 0);
        if (plan->queue) {
            queue_release(plan->queue);
        }
        free(plan);
    }
    return NULL;
}

static void on_answer(void *arg, enum remote_outcome outcome, int exit_status,
                      const struct buf *out, const struct buf *err);

static int ask(struct far_plan *plan) {
    static const char *const argv[] = {"sh", NULL};
    _cleanup_buf_ struct buf program = BUF_NULL;
    int r = slurm_look_program(plan->look, &program);
    const struct remote_command command = {.argv = argv,
                                           .in = buf_bytes(&program),
                                           .in_len = buf_len(&program),
                                           .out_max = ANSWER_MAX,
                                           .deadline_ms = DEADLINE_MS};
    return r ? r
             : remote_run(queue_remote(plan->queue), &command, on_answer, plan,
                          &plan->call);
}

/* As far as it goes with what is known. RESUBMIT_E_ASK: the rest is being asked for. */
static int advance(struct far_plan *plan, struct job **old, struct resubmission *made,
                   struct errmsg *msg) {
    int r = store_job_get(plan->server->store, plan->id, old);
    if (r == STORE_E_MISSING) {
        return errmsg_set(msg, RESUBMIT_E_REFUSED,
                          "there is no job %" PRId64 " any more", plan->id);
    }
    r = r ? r : resubmit_prepare(plan->server, *old, plan->look, made, msg);
    if (r == RESUBMIT_E_ASK) {
        int asked = ask(plan);
        r = asked < 0 ? asked : r;
    }
    return r;
}

static void say_away(const struct far_plan *plan, const char *why, struct errmsg *msg) {
    (void)errmsg_set(msg, 0,
                     "the files of job %" PRId64
                     " are on %s, which cannot be asked now: "
                     "%.600s. Later: crystalmath resubmit %" PRId64,
                     plan->id, queue_record(plan->queue)->name, why, plan->id);
}

/* What there was instead of an answer. */
static int no_answer(const struct far_plan *plan, enum remote_outcome outcome,
                     int exit_status, const struct buf *err, struct errmsg *msg) {
    struct errmsg words = ERRMSG_NULL;
    if (outcome == REMOTE_RAN && exit_status == SLURM_X_FOLDER) {
        return errmsg_set(msg, RESUBMIT_E_REFUSED,
                          "job %" PRId64 " cannot go on: its folder is not on %s any "
                          "more",
                          plan->id, queue_record(plan->queue)->name);
    }
    if (outcome == REMOTE_UNREACHABLE) {
        say_away(plan, remote_status(queue_remote(plan->queue)).why, msg);
    } else if (outcome == REMOTE_RAN && buf_len(err) > 0) {
        (void)slurm_refusal_read(buf_bytes(err), buf_len(err), &words);
        say_away(plan, words.text, msg);
    } else {
        say_away(plan, "there is no answer", msg);
    }
    return RESUBMIT_E_AWAY;
}

/* What was answered is held until the plan is made. */
static int charge(struct far_plan *plan, struct errmsg *msg) {
    size_t held = slurm_look_held(plan->look);
    if (!server_charge(plan->server, plan->charged, held)) {
        say_away(plan, "the server is busy with other large requests", msg);
        return RESUBMIT_E_AWAY;
    }
    plan->charged = held;
    return 0;
}

static void on_answer(void *arg, enum remote_outcome outcome, int exit_status,
                      const struct buf *out, const struct buf *err) {
    struct far_plan *plan = arg;
    _cleanup_(job_freep) struct job *old = NULL;
    _cleanup_(resubmission_deinit) struct resubmission made = RESUBMISSION_NULL;
    struct errmsg msg = ERRMSG_NULL;
    int r = 0;
    plan->call = NULL;
    if (outcome != REMOTE_RAN || exit_status != 0) {
        r = no_answer(plan, outcome, exit_status, err, &msg);
    } else {
        r = slurm_look_answer(plan->look, buf_bytes(out), buf_len(out));
        if (r == -EBADMSG) {
            say_away(plan, "its files are being written to, or the answer was cut",
                     &msg);
            r = RESUBMIT_E_AWAY;
        }
        r = r ? r : charge(plan, &msg);
        r = r ? r : advance(plan, &old, &made, &msg);
    }
    if (r != RESUBMIT_E_ASK) {
        plan->done(plan->arg, r, old, &made, &msg);
    }
}

static int begin(struct far_plan *plan) {
    _cleanup_(job_freep) struct job *old = NULL;
    _cleanup_(resubmission_deinit) struct resubmission made = RESUBMISSION_NULL;
    struct errmsg msg = ERRMSG_NULL;
    char there[PLACEMENT_VALUE_SIZE];
    int r = store_job_get(plan->server->store, plan->id, &old);
    struct queue *queue =
        r == 0 ? clusters_find(plan->server->clusters, old->cluster) : NULL;
    if (!queue) {
        return r < 0 ? r : -ENOENT;
    }
    plan->queue = queue;
    queue_hold(queue);
    r = slurm_look_new(&plan->look,
                       placement_get(old->placement, PLACEMENT_DIRECTORY, there));
    r = r ? r : resubmit_prepare(plan->server, old, plan->look, &made, &msg);
    return r == RESUBMIT_E_ASK ? ask(plan) : r < 0 ? r : -EINVAL;
}

int far_plan_new(struct far_plan **out, struct server *server, int64_t id,
                 far_planned *done, void *arg) {
    struct far_plan *plan = calloc(1, sizeof *plan);
    if (!plan) {
        return -ENOMEM;
    }
    *plan = (struct far_plan){.server = server, .id = id, .done = done, .arg = arg};
    int r = begin(plan);
    if (r < 0) {
        (void)far_plan_free(plan);
        return r;
    }
    *out = plan;
    return 0;
}
