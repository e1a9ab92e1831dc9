/* slurm.adopt: a job that somebody has handed to Slurm by hand becomes one of the list.
 * Slurm is asked what it is; from then on it is followed like others, but its script is
 * not ours: how it ends is told by sacct and scontrol. */
#include "server/methods/methods.h"
#include "server/methods/shapes.h"

#include "base/file.h"
#include "base/path.h"
#include "base/str.h"
#include "codes/code.h"
#include "job/cluster.h"
#include "job/job.h"
#include "job/placement.h"
#include "server/clusters.h"
#include "server/engine.h"
#include "server/inquiry.h"
#include "server/queue.h"
#include "server/server.h"
#include "slurm/script.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { HEAD = 64 * 1024 };

struct adoption {
    char *cluster; /* owned */
    char *output;  /* owned; NULL: the one that Slurm writes */
    int64_t number;
    struct job *job; /* owned: what Slurm has told */
};

static void adoption_free(void *data) {
    struct adoption *a = data;
    if (a) {
        (void)job_free(a->job);
        free(a->cluster);
        free(a->output);
        free(a);
    }
}

/* ---- what Slurm has told ---- */

/* Of a line "KEY=VALUE KEY=VALUE"; paths may hold blanks, so a value goes on to the
 * next word that has a '='. Freed by the caller. 0, -ENOENT or -ENOMEM. */
static int value_of(const char *text, const char *key, char **out) {
    const char *at = strstr(text, key);
    if (!at) {
        return -ENOENT;
    }
    at += strlen(key);
    const char *end = at + strcspn(at, "\n");
    for (const char *blank = at; (blank = strchr(blank, ' ')) && blank < end; blank++) {
        size_t word = strcspn(blank + 1, " =\n");
        if (blank[1 + word] == '=') {
            end = blank;
            break;
        }
    }
    *out = strndup(at, (size_t)(end - at));
    return *out ? 0 : -ENOMEM;
}

/* Of a code when the output that is there says so. */
static const char *code_of(const char *path) {
    _cleanup_free_ char *head = malloc(HEAD);
    _cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    ssize_t n = head && fd >= 0 ? read(fd, head, HEAD) : -1;
    const struct code *code = n > 0 ? code_of_output(head, (size_t)n) : NULL;
    return code ? code_name(code) : "command";
}

static int place(struct adoption *a) {
    char text[PLACEMENT_VALUE_SIZE];
    struct job *job = a->job;
    (void)snprintf(text, sizeof text, "%" PRId64, a->number);
    int r = placement_set(&job->placement, PLACEMENT_ID, text);
    slurm_name(text, "adopted", a->number, 1, 0);
    r = r ? r : placement_set(&job->placement, PLACEMENT_NAME, text);
    return r ? r : placement_set(&job->placement, PLACEMENT_ADOPTED, "yes");
}

static int describe(struct adoption *a, const char *text) {
    struct job *job = a->job;
    _cleanup_free_ char *told = NULL;
    _cleanup_free_ char *command = NULL;
    int r = value_of(text, "JobName=", &job->name);
    r = r ? r : value_of(text, " WorkDir=", &job->directory);
    r = r ? r : value_of(text, " StdOut=", &told);
    r = r ? r : value_of(text, " Command=", &command);
    r = r ? r : path_join(&job->output, job->directory, a->output ? a->output : told);
    if (r < 0) {
        return r;
    }
    char *const words[] = {command, NULL};
    job->code = strdup(code_of(job->output));
    job->cluster = strdup(a->cluster);
    job->argv = strv_copy(words);
    job->env = calloc(1, sizeof *job->env);
    job->state = JOB_QUEUED;
    job->cores = 0;
    return job->code && job->cluster && job->argv && job->env ? place(a) : -ENOMEM;
}

/* The same job once more would be followed twice. */
static int check_new(struct request *request, const char *cluster, int64_t number) {
    return engine_find_placed(request->server->engine, cluster, number) > 0
               ? request_fail(request, RPC_SERVER_ERROR,
                              "job %" PRId64 " of %s is in the list already", number,
                              cluster)
               : 0;
}

/* ---- the answer ---- */

static int answer(struct request *request, const struct told *told, void *data) {
    struct adoption *a = data;
    struct errmsg words = ERRMSG_NULL;
    int64_t id = 0;
    int r = check_new(request, a->cluster, a->number);
    if (r != 0) {
        return r;
    }
    if (told->outcome == REMOTE_RAN && told->exit_status == SLURM_X_NOT_THERE) {
        return request_fail(request, RPC_SLURM_ERROR,
                            "%s has no job %" PRId64
                            " of yours; squeue --me shows those that there are",
                            a->cluster, a->number);
    }
    if (!told_is_good(told)) {
        told_words(told, &words);
        return request_fail(request, RPC_SLURM_ERROR, "%s cannot be asked now: %.600s",
                            a->cluster, words.text);
    }
    _cleanup_free_ char *text = str_to_utf8(buf_bytes(told->out), buf_len(told->out));
    if (text && strstr(text, " ArrayTaskId=")) {
        return request_fail(request, RPC_SERVER_ERROR,
                            "job %" PRId64 " of %s is an array, whose tasks cannot be "
                            "taken up; crystalmath submit --array follows its own",
                            a->number, a->cluster);
    }
    r = text ? describe(a, text) : -ENOMEM;
    if (r == -ENOENT) {
        return request_fail(request, RPC_SLURM_ERROR,
                            "what scontrol tells of job %" PRId64 " is not understood",
                            a->number);
    }
    r = r ? r : engine_submit(request->server->engine, &a->job, true, &id);
    return r == 0 ? method_answer_summary(request, id)
                  : method_store_failed(request, r);
}

/* ---- asking ---- */

static int check(struct request *request, const struct queue *queue, int64_t number) {
    const char *name = request_string(request, "cluster");
    if (!queue) {
        return method_refuse_cluster(request, name ? name : CLUSTERS_OWN);
    }
    if (*cluster_text(queue_record(queue), CLUSTER_SSH)) {
        return request_fail(
            request, RPC_SERVER_ERROR,
            "jobs are taken up only where this machine sees their files; "
            "do it there: crystalmath --host %s adopt %" PRId64,
            cluster_text(queue_record(queue), CLUSTER_SSH), number);
    }
    return check_new(request, queue_record(queue)->name, number);
}

static int ask(struct request *request, const struct queue *queue, struct adoption *a) {
    _cleanup_buf_ struct buf program = BUF_NULL;
    int r = buf_printf(&program,
                       "[ -n \"$(squeue -h -a -t all -u \"$(id -un)\" -j %" PRId64
                       " -o %%i)\" ] || exit %d\n"
                       "exec scontrol -o show job %" PRId64 "\n",
                       a->number, SLURM_X_NOT_THERE, a->number);
    if (r < 0) {
        adoption_free(a);
        return r;
    }
    return inquiry_begin(request,
                         &(struct inquiry_spec){.remote = queue_remote(queue),
                                                .program = &program,
                                                .answer = answer,
                                                .data_free = adoption_free},
                         a);
}

static int slurm_adopt(struct request *request) {
    const char *name = request_string(request, "cluster");
    const char *output = request_string(request, "output");
    const struct queue *queue =
        clusters_find(request->server->clusters, name ? name : CLUSTERS_OWN);
    int64_t number = request_integer(request, "job", 0);
    int r = check(request, queue, number);
    if (r != 0) {
        return r;
    }
    struct adoption *a = calloc(1, sizeof *a);
    r = a ? job_new(&a->job) : -ENOMEM;
    if (r == 0) {
        a->number = number;
        a->cluster = strdup(queue_record(queue)->name);
        a->output = output ? strdup(output) : NULL;
        r = a->cluster && !a->output == !output ? 0 : -ENOMEM;
    }
    if (r < 0) {
        adoption_free(a);
        return r;
    }
    return ask(request, queue, a);
}

static const struct param adopt_params[] = {
    {.name = "job",
     .type = PARAM_INTEGER,
     .required = true,
     .min = 1,
     .max = INT32_MAX,
     .text = "Slurm's number of it"},
    {.name = "cluster",
     .type = PARAM_STRING,
     .text = "which one; default slurm, that of this machine"},
    {.name = "output",
     .type = PARAM_STRING,
     .text = "file in its folder that its code writes; default what Slurm writes"},
};

const struct method methods_slurm[] = {
    {.name = "slurm.adopt",
     .text = "Take up a job that was handed to Slurm by hand; answered when Slurm has "
             "told what it is.",
     .result = &shape_job,
     METHOD_PARAMS(adopt_params),
     .run = slurm_adopt},
};
const size_t methods_slurm_count = sizeof methods_slurm / sizeof methods_slurm[0];
