/* The job record and the table of its transitions. Nothing here knows of files,
 * processes or time; whoever moves a job sets the times. */
#include "job/job.h"

#include "base/str.h"

#include <errno.h>
#include <math.h>
#include <string.h>

static const char *const state_names[JOB_STATES] = {
    [JOB_HELD] = "held",
    [JOB_QUEUED] = "queued",
    [JOB_STARTING] = "starting",
    [JOB_RUNNING] = "running",
    [JOB_CANCELLING] = "cancelling",
    [JOB_COMPLETED] = "completed",
    [JOB_FAILED] = "failed",
    [JOB_CANCELLED] = "cancelled",
    [JOB_LOST] = "lost",
};

static const char *const after_names[] = {
    [JOB_AFTER_OK] = "ok",
    [JOB_AFTER_ANY] = "any",
    [JOB_AFTER_NOT_OK] = "not-ok",
};

#define TO(state) (1U << (state))
enum {
    ENDS = TO(JOB_COMPLETED) | TO(JOB_FAILED) | TO(JOB_CANCELLED) | TO(JOB_LOST),
};

static const unsigned transitions[JOB_STATES] = {
    [JOB_HELD] = TO(JOB_QUEUED) | TO(JOB_CANCELLED) | TO(JOB_FAILED),
    /* To cancelling, an end of any kind, or another try: it waits in the queue of a
     * cluster, and nobody looked while it ran. */
    [JOB_QUEUED] =
        TO(JOB_HELD) | TO(JOB_QUEUED) | TO(JOB_STARTING) | TO(JOB_CANCELLING) | ENDS,
    /* Back to queued: the server ended before the job was started. Straight to an end:
     * the job started and ended while no server looked. */
    [JOB_STARTING] = TO(JOB_QUEUED) | TO(JOB_RUNNING) | TO(JOB_CANCELLING) | ENDS,
    /* Back to queued: this try failed, and there is another one. */
    [JOB_RUNNING] = TO(JOB_QUEUED) | TO(JOB_CANCELLING) | ENDS,
    [JOB_CANCELLING] = ENDS,
};

int job_new(struct job **out) {
    struct job *job = calloc(1, sizeof *job);
    if (!job) {
        return -ENOMEM;
    }
    job->state = JOB_QUEUED;
    job->cores = 1;
    job->attempt = 1;
    job->umask = 022;
    job->exit_code = JOB_NO_EXIT_CODE;
    job->cpu_seconds = NAN;
    job->progress = (struct job_progress){
        .energy_ev = NAN, .delta_ev = NAN, .accuracy_ev = NAN, .converged = -1};
    *out = job;
    return 0;
}

struct job *job_free(struct job *job) {
    if (job) {
        free(job->name);
        free(job->code);
        free(job->reason);
        free(job->directory);
        free(job->input);
        free(job->output);
        free(job->error_output);
        free(job->token);
        free(job->stop_file);
        free(job->stop_text);
        free(job->note);
        free(job->cluster);
        free(job->placement);
        free(job->origin);
        free(job->after);
        strv_free(job->tags);
        job_forget_start(job);
        free(job);
    }
    return NULL;
}

const char *job_state_name(enum job_state state) {
    return state_names[state];
}

int job_state_from_name(const char *name, enum job_state *out) {
    for (unsigned i = JOB_HELD; i < JOB_STATES; i++) {
        if (strcmp(name, state_names[i]) == 0) {
            *out = (enum job_state)i;
            return 0;
        }
    }
    return -EINVAL;
}

const char *job_after_name(enum job_after kind) {
    return after_names[kind];
}

int job_after_from_name(const char *name, enum job_after *out) {
    for (unsigned i = 0; i < sizeof after_names / sizeof after_names[0]; i++) {
        if (strcmp(name, after_names[i]) == 0) {
            *out = (enum job_after)i;
            return 0;
        }
    }
    return -EINVAL;
}

enum job_fate job_after_fate(enum job_after kind, const struct job *other) {
    if (!job_state_is_final(other->state)) {
        return JOB_FATE_OPEN;
    }
    /* What was imported tells no exit status. */
    bool ok =
        other->state == JOB_COMPLETED && (other->exit_code == 0 || other->imported);
    return kind == JOB_AFTER_ANY || ok == (kind == JOB_AFTER_OK) ? JOB_FATE_MET
                                                                 : JOB_FATE_NEVER;
}

void job_forget_start(struct job *job) {
    for (size_t i = 0; i < job->n_inputs; i++) {
        free(job->inputs[i].path);
    }
    free(job->inputs);
    job->inputs = NULL;
    job->n_inputs = 0;
    job->argv = strv_free(job->argv);
    job->env = strv_free(job->env);
}

bool job_state_is_final(enum job_state state) {
    return transitions[state] == 0;
}

bool job_state_is_active(enum job_state state) {
    return state == JOB_STARTING || state == JOB_RUNNING || state == JOB_CANCELLING;
}

bool job_transition_allowed(enum job_state from, enum job_state to) {
    return (transitions[from] & TO(to)) != 0;
}

int job_transition(struct job *job, enum job_state to, const char *reason) {
    if (!job_transition_allowed(job->state, to)) {
        return JOB_E_FORBIDDEN;
    }
    char *copy = NULL;
    if (reason) {
        copy = strdup(reason);
        if (!copy) {
            return -ENOMEM;
        }
    }
    free(job->reason);
    job->reason = copy;
    job->state = to;
    return 0;
}
