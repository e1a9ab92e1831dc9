/* The mirror holds, under the names that the outputs have here, the bytes that have
 * come so far; the followers of these files see them grow. What a file held before is
 * taken away when its first bytes come, for the program there has begun it anew. */
#include "server/run_slurm_files.h"

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/path.h"
#include "base/sorted.h"
#include "base/str.h"
#include "exec/transfer.h"
#include "job/cluster.h"
#include "job/placement.h"
#include "server/engine_internal.h"
#include "server/queue.h"
#include "server/run_slurm.h"
#include "server/server.h"
#include "server/stage.h"
#include "slurm/reading.h"
#include "slurm/steps.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    BRING_MAX_MIB = 64,
    LINKS_MAX = 10000, /* runs that go on with each other */
    RSYNC_STREAM = 12, /* rsync(1), EXIT VALUES: the connection broke */
    RSYNC_TIMEOUT = 30,
    SSH_FAILED = 255,
};

/* Large, and of use only to who goes on there. */
static const char *const large[] = {"wfc*.dat",    "wfc*.hdf5",   "*.wfc[0-9]*",
                                    "*.mix[0-9]*", "*.hub[0-9]*", "WAVECAR",
                                    "CHG",         NULL};

bool run_slurm_is_far(const struct run *run) {
    return *cluster_text(queue_record(run->placed->queue), CLUSTER_SSH);
}

int run_slurm_name_there(const struct run *run, const char *path, char **out) {
    const char *home = run->job->directory;
    char name[PLACEMENT_VALUE_SIZE];
    size_t n = strlen(home);
    if (strncmp(path, home, n) == 0 && path[n] == '/') {
        *out = strdup(path + n + 1);
        return *out ? 0 : -ENOMEM;
    }
    return str_printf(out, ".crystalmath/%s/%s", run_slurm_name_of(run, name),
                      path_basename(path));
}

/* ---- there and back ---- */

static int own_path(const struct run *run, const char *name, char **out) {
    _cleanup_free_ char *folder = NULL;
    int r = run_folder(run, run->job->attempt, &folder);
    return r ? r : path_join(out, folder, name);
}

/* A run that goes on in its folder: what has to be done there before. */
static int put_steps(const struct run *run, const char *there, struct buf *program) {
    size_t n = 0;
    const char *line = placement_find(run->job->placement, PLACEMENT_STEPS, &n);
    _cleanup_free_ char *copy = line ? strndup(line, n) : NULL;
    if (run->job->continues == 0) {
        return 0;
    }
    return line && !copy ? -ENOMEM : slurm_steps_program(program, there, copy);
}

/* Ask the host first, which opens the connection. */
static int ask_first(struct run *run, bool sends, remote_done *then) {
    static const char *const argv[] = {"sh", NULL};
    _cleanup_buf_ struct buf program = BUF_NULL;
    char space[PLACEMENT_VALUE_SIZE];
    const char *there = run_slurm_directory(run, space);
    int r = sends ? put_steps(run, there, &program) : 0;
    r = r ? r : transfer_ask_program(&program, there);
    const struct remote_command command = {
        .argv = argv, .in = buf_bytes(&program), .in_len = buf_len(&program)};
    return r ? r
             : remote_run(queue_remote(run->placed->queue), &command, then, run,
                          &run->placed->handing);
}

/* It could not even begin, for want of memory: told as the shell would. */
static void cannot_begin(struct run *run, remote_done *done) {
    static const struct buf none = BUF_NULL;
    run->placed->handing = NULL;
    done(run, REMOTE_RAN, RSYNC_STREAM, &none, &none);
}

static void on_asked_to_send(void *arg, enum remote_outcome outcome, int exit_status,
                             const struct buf *out, const struct buf *err) {
    struct run *run = arg;
    _cleanup_free_ char *folder = NULL;
    _cleanup_free_ char *there = NULL;
    bool rsync = false;
    if (outcome != REMOTE_RAN || exit_status != 0) {
        run_slurm_sent(run, outcome, exit_status, out, err);
        return;
    }
    int r = own_path(run, STAGE_FOLDER, &folder);
    r = r ? r : transfer_answer_read(out, &there, &rsync);
    const struct transfer transfer = {.here = folder, .there = there, .rsync = rsync};
    r = r ? r
          : transfer_start(queue_remote(run->placed->queue), &transfer, run_slurm_sent,
                           run, &run->placed->handing);
    if (r < 0) {
        cannot_begin(run, run_slurm_sent);
    }
}

/* The names of what the runs before have sent, one a line: what lies there under them
 * is not to come here either. */
static int name_earlier(const struct run *run, const struct job *whole,
                        struct buf *out) {
    int64_t id = whole->continues;
    int r = 0;
    for (int i = 0; r == 0 && id > 0 && i < LINKS_MAX; i++) {
        _cleanup_(job_freep) struct job *before = NULL;
        r = store_job_get(run->engine->server->store, id, &before);
        if (r == STORE_E_MISSING) {
            return 0; /* it was removed */
        }
        r = r ? r : stage_names(before, out);
        id = r == 0 ? before->continues : 0;
    }
    return r;
}

int run_slurm_send(struct run *run, const struct job *whole, struct errmsg *msg) {
    _cleanup_buf_ struct buf earlier = BUF_NULL;
    _cleanup_free_ char *folder = NULL;
    _cleanup_free_ char *names = NULL;
    int r = own_path(run, STAGE_FOLDER, &folder);
    r = r ? r : own_path(run, STAGE_NAMES, &names);
    r = r ? r : name_earlier(run, whole, &earlier);
    r = r ? r
          : stage_make(whole, run->engine->server->store, folder, names, &earlier, msg);
    return r ? r : ask_first(run, true, on_asked_to_send);
}

static void on_asked_to_bring(void *arg, enum remote_outcome outcome, int exit_status,
                              const struct buf *out, const struct buf *err) {
    struct run *run = arg;
    _cleanup_free_ char *names = NULL;
    _cleanup_free_ char *there = NULL;
    bool rsync = false;
    if (outcome != REMOTE_RAN || exit_status != 0) {
        run_slurm_came(run, outcome, exit_status, out, err);
        return;
    }
    int r = own_path(run, STAGE_NAMES, &names);
    r = r ? r : transfer_answer_read(out, &there, &rsync);
    const struct transfer transfer = {.here = run->job->directory,
                                      .there = there,
                                      .home = true,
                                      .rsync = rsync,
                                      .max_mib = BRING_MAX_MIB,
                                      .except = large,
                                      .names = !r && access(names, R_OK) == 0 ? names
                                                                              : NULL};
    r = r ? r
          : transfer_start(queue_remote(run->placed->queue), &transfer, run_slurm_came,
                           run, &run->placed->handing);
    if (r < 0) {
        cannot_begin(run, run_slurm_came);
    }
}

int run_slurm_bring(struct run *run) {
    return ask_first(run, false, on_asked_to_bring);
}

void run_slurm_brought(struct run *run) {
    _cleanup_free_ char *name = NULL;
    _cleanup_free_ char *from = NULL;
    if (!str_empty(run->job->output) || run_wake(run) < 0) {
        return;
    }
    /* What a command printed came with the folder of its script. */
    if (run_slurm_name_there(run, run->live->output, &name) == 0 &&
        path_join(&from, run->job->directory, name) == 0 &&
        rename(from, run->live->output) < 0 && errno != ENOENT) {
        log_warning(run->engine->server->log,
                    "job %" PRId64 ": what it printed stays in %s: %s", run->job->id,
                    from, strerror(errno));
    }
}

bool run_slurm_may_pass(enum remote_outcome outcome, int exit_status,
                        const struct buf *err) {
    static const char *const words[] = {"No space left", "quota", "Connection"};
    bool may = outcome != REMOTE_RAN || exit_status == SSH_FAILED ||
               exit_status == RSYNC_STREAM || exit_status == RSYNC_TIMEOUT;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        may = may || memmem(buf_bytes(err), buf_len(err), words[i], strlen(words[i]));
    }
    return may;
}

/* ---- the mirror ---- */

void run_slurm_mirror_begin(struct run *run, bool again) {
    struct placed *placed = run->placed;
    for (size_t i = 0; i < SOURCES_MAX; i++) {
        struct stat st;
        bool here = again && run->live && i < run->live->n_sources &&
                    stat(run->live->sources[i].path, &st) == 0;
        placed->mirrored[i] = here ? (int64_t)st.st_size : -1;
    }
}

static size_t mirror_files(const struct run *run) {
    return run->live && run->job->started_at != 0 ? run->live->n_sources : 0;
}

static int mirror_ask(const struct run *run, int64_t most, struct buf *program) {
    char there[PLACEMENT_VALUE_SIZE];
    int r = 0;
    for (size_t i = 0; r == 0 && i < run->live->n_sources; i++) {
        _cleanup_free_ char *name = NULL;
        int64_t have = run->placed->mirrored[i];
        r = run_slurm_name_there(run, run->live->sources[i].path, &name);
        r = r ? r
              : slurm_read_program(
                    program, run->placed->number * SOURCES_MAX + (int64_t)i,
                    run_slurm_directory(run, there), name, have > 0 ? have : 0, most);
    }
    return r;
}

int run_slurm_mirror_ask(const struct sorted *runs, int64_t most, struct buf *program) {
    size_t files = 0;
    int r = 0;
    for (size_t i = 0; i < runs->n; i++) {
        files += mirror_files(sorted_at(runs, i));
    }
    for (size_t i = 0; r == 0 && i < runs->n; i++) {
        const struct run *run = sorted_at(runs, i);
        if (mirror_files(run) > 0) {
            r = mirror_ask(run, most / (int64_t)files, program);
        }
    }
    return r;
}

static int append(const char *path, const struct slurm_piece *piece, bool anew) {
    _cleanup_free_ char *folder = NULL;
    int r = path_dirname(&folder, path);
    r = r ? r : path_make_private(folder);
    if (r < 0) {
        return r;
    }
    _cleanup_close_ int fd = open(
        path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW | (anew ? O_TRUNC : 0), 0666);
    if (fd < 0) {
        return -errno;
    }
    for (size_t n = 0; n < piece->n;) {
        ssize_t written = pwrite(fd, piece->bytes + n, piece->n - n,
                                 (off_t)(piece->offset + (int64_t)n));
        if (written < 0 && errno != EINTR) {
            return -errno;
        }
        n += written > 0 ? (size_t)written : 0;
    }
    return 0;
}

bool run_slurm_mirror_take(struct run *run, const struct slurm_piece *piece) {
    struct placed *placed = run->placed;
    size_t i = (size_t)(piece->key % SOURCES_MAX);
    if (!run->live || i >= run->live->n_sources || piece->size < 0 ||
        piece->offset != (placed->mirrored[i] > 0 ? placed->mirrored[i] : 0)) {
        return false;
    }
    if (piece->size < piece->offset) {
        placed->mirrored[i] = -1; /* it was begun anew there */
        return true;
    }
    bool anew = placed->mirrored[i] < 0;
    if (piece->n == 0 && !anew) {
        return false;
    }
    int r = append(run->live->sources[i].path, piece, anew);
    if (r < 0) {
        log_warning(run->engine->server->log,
                    "job %" PRId64 ": its output cannot be written to %s: %s",
                    run->job->id, run->live->sources[i].path, strerror(-r));
        return false;
    }
    placed->mirrored[i] = piece->offset + (int64_t)piece->n;
    return true;
}
