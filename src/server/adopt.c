/* One walk over the folder of run folders gives each job's last try; the rest is asked
 * of exec/. No job is ever put into a state here from which it would be started without
 * a person: what has records is "starting", which the next server resolves by them, as
 * it does for a server that was killed. */
#include "server/adopt.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/path.h"
#include "base/str.h"
#include "exec/local.h"
#include "server/json_buf.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* A job's last try that has a folder. */
struct folder {
    int64_t id;
    int attempt;
};

/* In order of their jobs. */
struct folders {
    const char *runs_dir; /* borrowed */
    struct folder *of;    /* owned */
    size_t n, cap;
};

static void folders_deinit(struct folders *folders) {
    free(folders->of);
}

int adopted_init(struct adopted *out) {
    *out = (struct adopted){json_array(), json_array(), json_array(), json_array(),
                            json_array()};
    return out->found && out->resumed && out->held && out->lost && out->skipped
               ? 0
               : -ENOMEM;
}

void adopted_deinit(struct adopted *adopted) {
    json_decref(adopted->found);
    json_decref(adopted->resumed);
    json_decref(adopted->held);
    json_decref(adopted->lost);
    json_decref(adopted->skipped);
}

/* 0 or -ENOMEM. */
static int note(json_t *ids, int64_t id) {
    return json_array_append_new(ids, json_integer((json_int_t)id)) < 0 ? -ENOMEM : 0;
}

/* ---- the folders ---- */

/* "7" or "7.2". */
static bool read_name(const char *name, struct folder *out) {
    char id[24];
    int64_t attempt = 1;
    size_t n = strcspn(name, ".");
    if (n == 0 || n >= sizeof id || !isdigit((unsigned char)name[0])) {
        return false;
    }
    memcpy(id, name, n);
    id[n] = '\0';
    if (str_to_int64(id, 1, INT64_MAX - 1, &out->id) < 0 ||
        (name[n] && str_to_int64(name + n + 1, 2, INT32_MAX, &attempt) < 0)) {
        return false;
    }
    out->attempt = (int)attempt;
    return true;
}

static int add_folder(struct folders *folders, struct folder folder) {
    if (folders->n == folders->cap) {
        size_t cap = folders->cap ? folders->cap * 2 : 64;
        struct folder *grown = realloc(folders->of, cap * sizeof *grown);
        if (!grown) {
            return -ENOMEM;
        }
        folders->of = grown;
        folders->cap = cap;
    }
    folders->of[folders->n++] = folder;
    return 0;
}

/* The last try of each first. */
static int in_order(const void *a, const void *b) {
    const struct folder *x = a;
    const struct folder *y = b;
    if (x->id != y->id) {
        return x->id < y->id ? -1 : 1;
    }
    return (x->attempt < y->attempt) - (x->attempt > y->attempt);
}

static void keep_last_tries(struct folders *folders) {
    size_t n = 0;
    if (folders->n > 0) {
        qsort(folders->of, folders->n, sizeof folders->of[0], in_order);
    }
    for (size_t i = 0; i < folders->n; i++) {
        if (n == 0 || folders->of[n - 1].id != folders->of[i].id) {
            folders->of[n++] = folders->of[i];
        }
    }
    folders->n = n;
}

static int find_folders(const char *runs_dir, struct folders *out) {
    DIR *dir = opendir(runs_dir);
    const struct dirent *entry = NULL;
    int r = 0;
    out->runs_dir = runs_dir;
    if (!dir) {
        return errno == ENOENT ? 0 : -errno;
    }
    for (errno = 0; r == 0 && (entry = readdir(dir)); errno = 0) {
        struct folder folder;
        if (read_name(entry->d_name, &folder)) {
            r = add_folder(out, folder);
        }
    }
    r = r == 0 && errno ? -errno : r; /* a number that is missed is given out again */
    (void)closedir(dir);
    keep_last_tries(out);
    return r;
}

static const struct folder *folder_of(const struct folders *folders, int64_t id) {
    const struct folder key = {id, INT32_MAX};
    size_t low = 0;
    size_t high = folders->n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (in_order(&folders->of[middle], &key) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < folders->n && folders->of[low].id == id ? &folders->of[low] : NULL;
}

/* Freed by the caller. 0 or -ENOMEM. */
static int path_of(const struct folders *folders, const struct folder *folder,
                   char **out) {
    return folder->attempt > 1
               ? str_printf(out, "%s/%" PRId64 ".%d", folders->runs_dir, folder->id,
                            folder->attempt)
               : str_printf(out, "%s/%" PRId64, folders->runs_dir, folder->id);
}

/* An enum local_trace, or a negative errno. */
static int trace_of(const struct folders *folders, const struct folder *folder) {
    _cleanup_free_ char *path = NULL;
    int r = path_of(folders, folder, &path);
    return r == 0 ? local_trace(path) : r;
}

int adopt_find_alive(const char *runs_dir, json_t *ids) {
    _cleanup_(folders_deinit) struct folders folders = {0};
    int r = find_folders(runs_dir, &folders);
    for (size_t i = 0; r == 0 && i < folders.n; i++) {
        _cleanup_free_ char *path = NULL;
        r = path_of(&folders, &folders.of[i], &path);
        int alive = r == 0 ? local_is_alive(path) : 0;
        r = alive < 0 ? alive : r;
        if (r == 0 && alive) {
            r = note(ids, folders.of[i].id);
        }
    }
    return r;
}

/* ---- jobs that are in no list ---- */

static int set_text(char **to, const char *text) {
    char *copy = strdup(text);
    if (copy) {
        free(*to);
        *to = copy;
    }
    return copy ? 0 : -ENOMEM;
}

/* What is known of it: little from an older supervisor's record, nothing where only the
 * output is left. */
static int describe(struct job *job, const char *run_dir) {
    struct local_about about = {0};
    _cleanup_free_ char *name = NULL;
    int r = local_about_read(run_dir, &about);
    if (r == -ENOMEM) {
        return r;
    }
    r = str_printf(&name, "job-%" PRId64, job->id);
    r = r ? r : set_text(&job->name, name);
    r = r ? r : set_text(&job->code, "command");
    r = r ? r
          : set_text(&job->directory, about.directory[0] ? about.directory : run_dir);
    if (r == 0 && about.output[0]) {
        free(TAKE_PTR(job->output));
        r = path_join(&job->output, job->directory, about.output);
    } else if (r == 0) {
        r = set_text(&job->output, "");
    }
    if (r == 0 && about.error_output[0]) {
        r = path_join(&job->error_output, job->directory, about.error_output);
    }
    char *const words[] = {about.command, NULL};
    if (r == 0 && about.command[0]) {
        job->argv = strv_copy(words);
        job->env = calloc(1, sizeof *job->env);
        r = job->argv && job->env ? 0 : -ENOMEM;
    }
    return r;
}

/* 0 or -ENOMEM. */
static int date(struct job *job, const char *run_dir) {
    struct local_started started;
    struct stat st;
    int64_t at = stat(run_dir, &st) == 0 ? (int64_t)st.st_mtim.tv_sec * 1000
                                         : clock_realtime_ms();
    int r = local_started_read(run_dir, &started);
    if (r == 0) {
        job->started_at = started.started_at;
        job->created_at = started.started_at;
    } else {
        job->created_at = at;
    }
    if (job_state_is_final(job->state)) {
        job->finished_at = at;
    }
    return r == -ENOMEM ? r : 0;
}

static int insert(struct store *store, const struct folders *folders,
                  const struct folder *folder, bool remains) {
    _cleanup_(job_freep) struct job *job = NULL;
    _cleanup_free_ char *run_dir = NULL;
    int r = path_of(folders, folder, &run_dir);
    r = r ? r : job_new(&job);
    if (r < 0) {
        return r;
    }
    job->id = folder->id;
    job->attempt = folder->attempt;
    job->retries = 0;
    job->cores = 1;
    job->state = remains ? JOB_LOST : JOB_STARTING;
    r = describe(job, run_dir);
    r = r ? r
          : set_text(&job->reason,
                     remains ? "found again by what it wrote, when the list of jobs "
                               "was gone; how it ended is not known"
                             : "found again by its run folder, when the list of jobs "
                               "was gone");
    r = r ? r : date(job, run_dir);
    r = r ? r : store_ids_reserve(store, folder->id - 1);
    r = r ? r : store_job_insert(store, job);
    return r > 0 || (r == 0 && job->id != folder->id) ? -EIO : r;
}

int adopt_unknown(struct store *store, const char *runs_dir, struct adopted *out) {
    _cleanup_(folders_deinit) struct folders folders = {0};
    int64_t highest = 0;
    int r = find_folders(runs_dir, &folders);
    r = r ? r : store_ids_highest(store, &highest);
    for (size_t i = 0; r == 0 && i < folders.n; i++) {
        const struct folder *folder = &folders.of[i];
        if (folder->id <= highest) {
            continue;
        }
        int trace = trace_of(&folders, folder);
        bool is_job = trace == LOCAL_TRACE_RECORDS || trace == LOCAL_TRACE_REMAINS;
        if (trace == -ENOMEM) {
            return trace;
        }
        r = is_job ? insert(store, &folders, folder, trace == LOCAL_TRACE_REMAINS)
                   : store_ids_reserve(store, folder->id);
        if (r == 0 && out && trace != LOCAL_TRACE_NONE) {
            r = note(is_job ? out->found : out->skipped, folder->id);
        }
    }
    return r;
}

/* ---- jobs of an older list ---- */

static int64_t finished_at(const struct job *job) {
    return job_state_is_final(job->state) ? clock_realtime_ms() : job->finished_at;
}

/* What becomes of it, with the reason. */
static const char *judge(struct job *job, const struct folder *folder, int trace) {
    if (trace != LOCAL_TRACE_NONE) {
        job->attempt = folder->attempt;
        job->retries = job->retries < job->attempt ? job->retries : job->attempt - 1;
    }
    if (trace == LOCAL_TRACE_RECORDS) {
        job->state = JOB_STARTING;
        return "the list of jobs was put back from a copy; its run folder tells how it "
               "went on";
    }
    if (trace == LOCAL_TRACE_REMAINS || job_state_is_active(job->state)) {
        job->state = JOB_LOST;
        return "the list of jobs was put back from a copy that was made before its "
               "end; "
               "how it ended is not known, its output shows how far it came";
    }
    job->state = JOB_HELD;
    return "the list of jobs was put back from a copy that was made before its start, "
           "and it may have run since: look at its output first";
}

static int adopt_one(struct store *store, const struct folders *folders, int64_t id,
                     struct adopted *out) {
    _cleanup_(job_freep) struct job *job = NULL;
    const struct folder *folder = folder_of(folders, id);
    int trace = folder ? trace_of(folders, folder) : LOCAL_TRACE_NONE;
    int r = trace < 0 ? trace : store_job_get(store, id, &job);
    if (r != 0) {
        return r < 0 ? r : -EIO;
    }
    const char *reason = judge(job, folder, trace);
    job->finished_at = finished_at(job);
    r = set_text(&job->reason, reason);
    r = r ? r : store_job_update(store, job, clock_realtime_ms(), NULL);
    json_t *list = job->state == JOB_HELD   ? out->held
                   : job->state == JOB_LOST ? out->lost
                                            : out->resumed;
    return r ? (r < 0 ? r : -EIO) : note(list, id);
}

struct ids {
    const struct store_joined *joined;
    json_t *of;
};

static int by_number(const void *a, const void *b) {
    int64_t x = *(const int64_t *)a;
    int64_t y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static int collect(const struct job *job, void *data) {
    struct ids *ids = data;
    const struct store_joined *joined = ids->joined;
    return joined && joined->n_known > 0 &&
                   bsearch(&job->id, joined->known, joined->n_known, sizeof job->id,
                           by_number)
               ? 0
               : note(ids->of, job->id);
}

int adopt_unfinished(struct store *store, const char *runs_dir,
                     const struct store_joined *joined, struct adopted *out) {
    _cleanup_(folders_deinit) struct folders folders = {0};
    _cleanup_json_ json_t *list = json_array();
    struct ids ids = {joined, list};
    int r = list ? find_folders(runs_dir, &folders) : -ENOMEM;
    /* The walk reads what the changes would write. */
    r = r ? r : store_job_unfinished(store, collect, &ids);
    for (size_t i = 0; r == 0 && i < json_array_size(list); i++) {
        r = adopt_one(store, &folders, json_integer_value(json_array_get(list, i)),
                      out);
    }
    return r;
}
