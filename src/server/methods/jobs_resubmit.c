/* jobs.resubmit, and jobs.restart_plan, which tells the same and does nothing. A job of
 * a cluster behind ssh is answered when its files there were looked at; until the
 * moment in which it is, nothing has been done. */
#include "server/methods/methods.h"
#include "server/methods/shapes.h"

#include "base/cleanup.h"
#include "base/path.h"
#include "base/str.h"
#include "server/engine_internal.h"
#include "server/job_json.h"
#include "server/later.h"
#include "server/resubmit.h"
#include "server/resubmit_far.h"
#include "server/server.h"
#include "server/submit.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What is asked for of the new job. */
struct wishes {
    char *token; /* owned; NULL: none */
    int chain;
    int64_t time_limit; /* 0: that of the job before */
    bool plan;          /* tell only what would be done */
};

static int take_wishes(const struct request *request, bool plan, struct wishes *out) {
    const char *token = request_string(request, "token");
    out->chain = (int)request_integer(request, "chain", 0);
    out->time_limit = request_integer(request, "time_limit", 0);
    out->plan = plan;
    out->token = token ? strdup(token) : NULL;
    return token && !out->token ? -ENOMEM : 0;
}

static int set_wishes(const struct wishes *wishes, struct job *job) {
    job->chain = wishes->chain;
    job->time_limit_seconds =
        wishes->time_limit ? wishes->time_limit : job->time_limit_seconds;
    job->token = wishes->token ? strdup(wishes->token) : NULL;
    return wishes->token && !job->token ? -ENOMEM : 0;
}

/* Into the folder and onto the disk, or neither. */
static int go_on(struct request *request, const struct job *old,
                 struct resubmission *made, int64_t *id) {
    struct engine *engine = request->server->engine;
    struct job **job = &made->submission.job;
    struct errmsg msg = ERRMSG_NULL;
    int64_t other = engine_claimed_by(engine, *job);
    if (other > 0) {
        return method_refuse_conflict(request, *job, other);
    }
    int r = resubmit_begin(request->server, made, &msg);
    if (r != 0) {
        return r > 0 ? request_fail(request, RPC_SERVER_ERROR, "%s", msg.text)
                     : method_store_failed(request, r);
    }
    r = engine_submit(engine, job, false, id);
    if (r != 0) {
        resubmit_undo(made, old->directory);
        return method_store_failed(request, r < 0 ? r : -EIO);
    }
    return 0;
}

/* One that is not there needs no other name; on a cluster that is not looked at. */
static bool is_kept(const struct job *old, const struct code_step *step) {
    _cleanup_free_ char *path = NULL;
    return old->cluster || path_join(&path, old->directory, step->from) < 0 ||
           access(path, F_OK) == 0;
}

/* All that get another name in one sentence, for of VASP they are many. */
static int add_kept(json_t *steps, const struct job *old,
                    const struct code_restart *restart) {
    _cleanup_buf_ struct buf words = BUF_NULL;
    int r = 0;
    for (size_t i = 0; r == 0 && i < restart->n_steps; i++) {
        const struct code_step *step = &restart->steps[i];
        if (step->kind == CODE_STEP_KEEP && is_kept(old, step)) {
            r = buf_printf(&words, "%s%s as %s",
                           buf_len(&words) == 0 ? "kept where they are there: " : ", ",
                           step->from, step->to);
        }
    }
    if (r < 0 || buf_len(&words) == 0) {
        return r;
    }
    _cleanup_free_ char *text = buf_take_string(&words);
    return text && json_array_append_new(steps, json_text_or_null(text)) == 0 ? 0
                                                                              : -ENOMEM;
}

static int add_step(json_t *steps, const struct code_step *step) {
    _cleanup_free_ char *words = NULL;
    int r = step->kind == CODE_STEP_LINK
                ? str_printf(&words, "%s is taken for %s", step->from, step->to)
                : str_printf(&words, "%s is written", step->to);
    return r == 0 && json_array_append_new(steps, json_text_or_null(words)) < 0
               ? -ENOMEM
               : r;
}

static int answer_plan(struct request *request, const struct job *old,
                       const struct resubmission *made) {
    const struct code_restart *restart = &made->restart;
    json_t *steps = json_array();
    int r = steps ? add_kept(steps, old, restart) : -ENOMEM;
    for (size_t i = 0; r == 0 && i < restart->n_steps; i++) {
        if (restart->steps[i].kind != CODE_STEP_KEEP) {
            r = add_step(steps, &restart->steps[i]);
        }
    }
    if (r < 0) {
        json_decref(steps);
        return r;
    }
    request->result =
        json_pack("{s:o, s:o, s:o}", "input", json_text_or_null(restart->input),
                  "output", json_text_or_null(restart->output), "steps", steps);
    return request->result ? 0 : -ENOMEM;
}

static int finish(struct request *request, const struct wishes *wishes,
                  const struct job *old, struct resubmission *made) {
    int64_t id = 0;
    if (wishes->plan) {
        return answer_plan(request, old, made);
    }
    int r = set_wishes(wishes, made->submission.job);
    r = r ? r : go_on(request, old, made, &id);
    return r ? r : method_answer_summary(request, id);
}

/* Whether this request was made before: then it is answered in the same way, with *ret.
 */
static bool is_repeated(struct request *request, const char *token, int *ret) {
    int64_t id = 0;
    int r =
        token ? store_token_find(request->server->store, token, &id) : STORE_E_MISSING;
    if (r == STORE_E_MISSING) {
        return false;
    }
    *ret =
        r == 0 ? method_answer_summary(request, id) : method_store_failed(request, r);
    return true;
}

/* ---- behind ssh ---- */

struct going {
    struct later *later;   /* owned */
    struct far_plan *plan; /* owned */
    struct wishes wishes;
    /* What came of the plan, while it is answered; borrowed. */
    int result;
    struct job *old;
    struct resubmission *made;
    const struct errmsg *msg;
};

static void going_free(struct going *going) {
    (void)far_plan_free(going->plan);
    (void)later_free(going->later);
    free(going->wishes.token);
    free(going);
}

static void on_gone(void *data) {
    going_free(data);
}

/* The same request may have been made once more meanwhile. */
static int answer(struct request *request, void *data) {
    struct going *going = data;
    int r = 0;
    if (is_repeated(request, going->wishes.token, &r)) {
        return r;
    }
    if (going->result != 0) {
        return going->result > 0
                   ? request_fail(request,
                                  going->result == RESUBMIT_E_AWAY ? RPC_SSH_ERROR
                                                                   : RPC_SERVER_ERROR,
                                  "%s", going->msg->text)
                   : method_store_failed(request, going->result);
    }
    return finish(request, &going->wishes, going->old, going->made);
}

static void on_planned(void *arg, int r, struct job *old, struct resubmission *made,
                       const struct errmsg *msg) {
    struct going *going = arg;
    going->result = r;
    going->old = old;
    going->made = made;
    going->msg = msg;
    later_answer(going->later, answer, going);
    going_free(going);
}

static int ask_there(struct request *request, int64_t id, bool plan) {
    struct going *going = calloc(1, sizeof *going);
    if (!going) {
        return -ENOMEM;
    }
    int r = take_wishes(request, plan, &going->wishes);
    r = r ? r : far_plan_new(&going->plan, request->server, id, on_planned, going);
    r = r ? r : later_new(&going->later, request, on_gone, going);
    if (r != 0) {
        going_free(going);
        return r;
    }
    return REQUEST_E_LATER;
}

/* ---- the method ---- */

static int resubmit(struct request *request, const struct job *old, bool plan) {
    _cleanup_(resubmission_deinit) struct resubmission made = RESUBMISSION_NULL;
    struct errmsg msg = ERRMSG_NULL;
    struct wishes wishes = {NULL, 0, 0, plan};
    int r = resubmit_prepare(request->server, old, NULL, &made, &msg);
    if (r == RESUBMIT_E_ASK) {
        return ask_there(request, old->id, plan);
    }
    if (r != 0) {
        return r > 0 ? request_fail(request, RPC_SERVER_ERROR, "%s", msg.text)
                     : method_store_failed(request, r);
    }
    r = take_wishes(request, plan, &wishes);
    r = r ? r : finish(request, &wishes, old, &made);
    free(wishes.token);
    return r;
}

static int jobs_resubmit(struct request *request) {
    _cleanup_(job_freep) struct job *old = NULL;
    int r = 0;
    if (is_repeated(request, request_string(request, "token"), &r)) {
        return r;
    }
    r = method_stored_job(request, request_integer(request, "id", 0), &old);
    return r ? r : resubmit(request, old, false);
}

static int jobs_restart_plan(struct request *request) {
    _cleanup_(job_freep) struct job *old = NULL;
    int r = method_stored_job(request, request_integer(request, "id", 0), &old);
    return r ? r : resubmit(request, old, true);
}

static const struct param resubmit_params[] = {
    METHOD_PARAM_JOB,
    {.name = "token",
     .type = PARAM_STRING,
     .text = "names this request: repeated, it gives the same job"},
    {.name = "time_limit",
     .type = PARAM_INTEGER,
     .min = 1,
     .max = SUBMIT_TIME_LIMIT_MAX,
     .text = "end it after so many seconds; default that of the job before"},
    {.name = "chain",
     .type = PARAM_INTEGER,
     .min = 0,
     .max = SUBMIT_CHAIN_MAX,
     .text = "how often its run is continued by itself when its time limit ends it; "
             "default 0"},
};

const struct method methods_resubmit[] = {
    {.name = "jobs.resubmit",
     .text = "Go on with the run of a job that has ended, from its restart files, as a "
             "new job in the same folder.",
     .result = &shape_job,
     METHOD_PARAMS(resubmit_params),
     .run = jobs_resubmit},
    {.name = "jobs.restart_plan",
     .text =
         "Tell what jobs.resubmit would do in the folder of a job; nothing is done.",
     .result = &result_restart_plan,
     .params = resubmit_params,
     .n_params = 1,
     .run = jobs_restart_plan},
};
const size_t methods_resubmit_count =
    sizeof methods_resubmit / sizeof methods_resubmit[0];
