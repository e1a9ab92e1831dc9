/* A client names a file of a job by a word, or by a path that begins in the job's
 * directory and does not climb out of it: with "..", or from the root. That keeps a
 * mistyped name from reading elsewhere; it is no wall, since server and client belong
 * to one user. So links are followed: a scratch folder is often one, to another disk.
 */
#include "server/job_file.h"

#include "base/cleanup.h"
#include "base/file.h"
#include "base/str.h"
#include "job/job.h"
#include "job/placement.h"
#include "server/job_json.h"
#include "slurm/array.h"
#include "slurm/script.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { LATE_MS = 2000 }; /* the file system's clock may go before */

static bool climbs(const char *path) {
    for (const char *at = path; *at;) {
        size_t n = strcspn(at, "/");
        if (n == 2 && at[0] == '.' && at[1] == '.') {
            return true;
        }
        at += n + (at[n] ? 1 : 0);
    }
    return false;
}

static int refuse(struct errmsg *msg, const char *why) {
    (void)errmsg_set(msg, 0, "%s", why);
    return JOB_FILE_E_REFUSED;
}

static int path_below(const struct job *job, const char *which, char **out,
                      struct errmsg *msg) {
    size_t n = strlen(job->directory);
    if (strncmp(which, job->directory, n) == 0 && which[n] == '/') {
        which += n + 1;
    }
    if (!*which || which[0] == '/' || climbs(which)) {
        (void)errmsg_set(msg, 0,
                         "'%.200s' is no file in %s, the job's directory: its path "
                         "begins there and has no '..'; `crystalmath log %" PRId64
                         " --files` and the method jobs.files list those that are",
                         which, job->directory, job->id);
        return JOB_FILE_E_REFUSED;
    }
    return str_printf(out, "%s/%s", job->directory, which);
}

static bool has_tasks(const struct job *job) {
    char space[PLACEMENT_VALUE_SIZE];
    return *placement_get(job->placement, PLACEMENT_ARRAY, space);
}

static bool has_task(const struct job *job, int64_t number) {
    struct slurm_array array = {0};
    struct errmsg msg = ERRMSG_NULL;
    char spec[PLACEMENT_VALUE_SIZE];
    /* What cannot be read, for want of memory, is not held against the number. */
    bool found =
        slurm_array_init(&array, placement_get(job->placement, PLACEMENT_ARRAY, spec),
                         &msg) < 0;
    for (size_t i = 0; i < array.n && !found; i++) {
        found = array.tasks[i].id == number;
    }
    slurm_array_deinit(&array);
    return found;
}

/* The output of one task of an array. */
static int path_of_task(const struct job *job, const char *runs_dir, const char *number,
                        char **out, struct errmsg *msg) {
    _cleanup_free_ char *all = NULL;
    if (!has_tasks(job) || !*number || strspn(number, "0123456789") != strlen(number)) {
        return refuse(msg, has_tasks(job)
                               ? "a task is named by its number; `crystalmath show` "
                                 "lists those that there are"
                               : "this job has no tasks; leave --task out");
    }
    if (!has_task(job, strtoll(number, NULL, 10))) {
        char spec[PLACEMENT_VALUE_SIZE];
        (void)errmsg_set(msg, 0, "job %" PRId64 " has no task %.20s; its tasks are %s",
                         job->id, number,
                         placement_get(job->placement, PLACEMENT_ARRAY, spec));
        return JOB_FILE_E_REFUSED;
    }
    int r = job_output_path(job, runs_dir, &all);
    size_t front = r == 0 ? strlen(all) - strlen(SLURM_TASK_OUTPUT) : 0;
    return r ? r : str_printf(out, "%.*s%s.out", (int)front, all, number);
}

static int path_of_output(const struct job *job, const char *runs_dir, char **out,
                          struct errmsg *msg) {
    if (has_tasks(job)) {
        (void)errmsg_set(msg, 0,
                         "job %" PRId64 " has tasks, each with an output of its own: "
                         "crystalmath log %" PRId64 " --task NUMBER (`crystalmath show "
                         "%" PRId64 "` lists them)",
                         job->id, job->id, job->id);
        return JOB_FILE_E_REFUSED;
    }
    return job_output_path(job, runs_dir, out);
}

int job_file_path(const struct job *job, const char *runs_dir, const char *which,
                  char **out, struct errmsg *msg) {
    if (!which || strcmp(which, "output") == 0) {
        return path_of_output(job, runs_dir, out, msg);
    }
    if (str_starts_with(which, "task:")) {
        return path_of_task(job, runs_dir, which + strlen("task:"), out, msg);
    }
    if (strcmp(which, "error") == 0) {
        if (!job->error_output) {
            return refuse(msg, "the job's errors go into its output; ask for that");
        }
        *out = strdup(job->error_output);
        return *out ? 0 : -ENOMEM;
    }
    if (strcmp(which, "input") == 0) {
        return job->input ? str_printf(out, "%s/%s", job->directory, job->input)
                          : refuse(msg, "this job is a command and has no input file");
    }
    return path_below(job, which, out, msg);
}

static int cannot_read(struct errmsg *msg, const char *path, const char *why) {
    (void)errmsg_set(msg, 0, "%s cannot be read: %s", path, why);
    return JOB_FILE_E_REFUSED;
}

int job_file_open(const char *path, int *fd, struct platform_file *state,
                  struct errmsg *msg) {
    /* Looked at before it is opened: opening a fifo lets its writer go on, and opening
     * a device can do anything. */
    int r = platform_file(-1, path, state);
    if (r == -ENOENT) {
        return JOB_FILE_E_MISSING;
    }
    if (r == 0 && !S_ISREG(state->mode)) {
        struct errmsg why = ERRMSG_NULL;
        (void)errmsg_set(&why, 0, "it is %s, not a regular file",
                         file_kind(state->mode));
        return cannot_read(msg, path, why.text);
    }
    if (r < 0) {
        return cannot_read(msg, path, strerror(-r));
    }
    _cleanup_close_ int opened = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (opened < 0) {
        return errno == ENOENT ? JOB_FILE_E_MISSING
                               : cannot_read(msg, path, strerror(errno));
    }
    r = platform_file(opened, NULL, state);
    if (r < 0 || !S_ISREG(state->mode)) {
        return cannot_read(msg, path,
                           r < 0 ? strerror(-r) : "it was replaced just now");
    }
    *fd = TAKE_FD(opened);
    return 0;
}

bool job_file_changed(const struct job *job, const struct platform_file *state) {
    return job_state_is_final(job->state) && job->finished_at > 0 && !job->imported &&
           !job->cluster && state->modified_ms > job->finished_at + LATE_MS;
}

char *job_file_identity(const struct platform_file *state,
                        char out[JOB_FILE_IDENTITY_SIZE]) {
    (void)snprintf(out, JOB_FILE_IDENTITY_SIZE, "%" PRIx64 "-%" PRIx64 "-%" PRIx64,
                   state->device, state->inode, (uint64_t)state->born_ns);
    return out;
}
