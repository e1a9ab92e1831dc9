/* The files that tell of a run. The first is what the program prints; others are
 * written by its code, which may find those of an earlier run under the same names.
 * Such a file is not believed before it is another one than it was when the run began,
 * or after a restart of the server, before it has changed since. */
#include "server/engine_internal.h"

#include "base/fd.h"
#include "base/path.h"
#include "base/str.h"
#include "codes/code.h"
#include "server/follow.h"
#include "server/hub.h"
#include "server/server.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    CLOCKS_MS = 1000, /* that a file's time may lie before the run's start */
    PIECE = 64 * 1024,
};

/* ---- their names ---- */

static int add_source(struct live *live, char *path_take, char *moved_take) {
    live->sources[live->n_sources++] =
        (struct source){.run = live->run, .path = path_take, .moved = moved_take};
    return path_take ? 0 : -ENOMEM;
}

static int add_file(struct live *live, const struct code *code, size_t i, bool *more) {
    const struct job *job = live->run->job;
    _cleanup_free_ char *name = NULL;
    _cleanup_free_ char *moved = NULL;
    char *path = NULL;
    char *after = NULL;
    int r = code_live_file(code, job->input, i, &name, &moved);
    *more = r == 0 && name;
    if (!*more) {
        return r;
    }
    r = path_join(&path, job->directory, name);
    if (r == 0 && moved) {
        r = path_join(&after, job->directory, moved);
    }
    if (r < 0) {
        free(path);
        return r;
    }
    return add_source(live, path, after);
}

int run_sources_init(struct run *run) {
    struct live *live = run->live;
    const struct code *code = code_by_name(run->job->code);
    bool more = code && run->job->input;
    int r = add_source(live, strdup(live->output), NULL);
    for (size_t i = 0; r == 0 && more && live->n_sources < SOURCES_MAX; i++) {
        r = add_file(live, code, i, &more);
    }
    return r;
}

void run_sources_rest(struct live *live) {
    for (size_t i = 0; i < live->n_sources; i++) {
        live->sources[i].follow = follow_free(live->sources[i].follow);
    }
}

void run_sources_deinit(struct live *live) {
    for (size_t i = 0; i < live->n_sources; i++) {
        free(live->sources[i].path);
        free(live->sources[i].moved);
        (void)scanner_free(live->sources[i].scanner);
    }
}

/* ---- whose they are ---- */

void run_sources_note(struct live *live) {
    for (size_t i = 0; i < live->n_sources; i++) {
        struct source *source = &live->sources[i];
        bool there = platform_file(-1, source->path, &source->before) == 0;
        source->old = there && i > 0;
    }
}

/* Whether a file that was there before is the run's own by now. */
static bool is_own(const struct source *source) {
    struct platform_file now;
    const struct platform_file *before = &source->before;
    if (platform_file(-1, source->path, &now) < 0) {
        return false;
    }
    if (before->inode == 0) {
        return now.modified_ms + CLOCKS_MS >= source->run->job->started_at;
    }
    return now.device != before->device || now.inode != before->inode ||
           now.size != before->size || now.modified_ms != before->modified_ms;
}

/* ---- reading ---- */

static void renew_scanner(struct source *source) {
    const struct code *code = code_by_name(source->run->job->code);
    source->scanner = scanner_free(source->scanner);
    source->n_read = 0;
    if (code && scanner_new(&source->scanner, code) < 0) {
        log_error(source->run->engine->server->log,
                  "no memory to read the output of job %" PRId64, source->run->job->id);
    }
}

static void feed(struct source *source, const char *bytes, size_t n) {
    source->n_read += (int64_t)n;
    if (source->scanner && scanner_feed(source->scanner, bytes, n) < 0) {
        log_error(source->run->engine->server->log,
                  "no memory to read the output of job %" PRId64, source->run->job->id);
        source->scanner = scanner_free(source->scanner);
    }
}

static void follow_source(struct source *source);

/* From its beginning, once it is the run's own. */
static void believe_own(struct source *source) {
    if (is_own(source)) {
        source->old = false;
        source->follow = follow_free(source->follow);
        follow_source(source);
    }
}

static void on_bytes(const char *bytes, size_t n, int64_t offset, bool again,
                     void *data) {
    struct source *source = data;
    struct run *run = source->run;
    if (source->old) {
        believe_own(source);
        return;
    }
    if (again) {
        renew_scanner(source);
    }
    if (source == run->live->sources) {
        run_output_lines(run, bytes, n, offset, again);
    }
    if (!again) {
        feed(source, bytes, n);
    }
    if (source->scanner && !again) {
        run_output_read(run);
    }
}

/* The output is the run's own from its start. Who looked at it before that has what an
 * earlier run left there. */
static void tell_begun(struct source *source) {
    bool covers = source->before.size > 0;
    source->before = (struct platform_file){0};
    if (covers) {
        run_output_lines(source->run, "", 0, 0, true);
    }
}

static void follow_source(struct source *source) {
    struct run *run = source->run;
    renew_scanner(source);
    if (source == run->live->sources) {
        tell_begun(source);
    }
    int r = follow_new(&source->follow, run->engine->server->follower, source->path, 0,
                       on_bytes, source);
    if (r < 0) {
        log_error(run->engine->server->log, "%s of job %" PRId64 " is not followed: %s",
                  source->path, run->job->id, strerror(-r));
    }
}

void run_sources_follow(struct run *run) {
    struct live *live = run->live;
    for (size_t i = 0; i < live->n_sources; i++) {
        struct source *source = &live->sources[i];
        if (source->follow) {
            continue;
        }
        if (i > 0 && source->before.inode == 0 && !is_own(source)) {
            source->old = access(source->path, F_OK) == 0;
        }
        follow_source(source);
    }
}

void run_sources_read(struct live *live) {
    for (size_t i = 0; i < live->n_sources; i++) {
        if (live->sources[i].follow) {
            follow_read(live->sources[i].follow);
        }
    }
}

/* The rest of a file that was put elsewhere at the end of the run. */
static void read_moved(struct source *source) {
    _cleanup_free_ char *piece = NULL;
    if (!source->moved || access(source->path, F_OK) == 0) {
        return;
    }
    piece = malloc(PIECE);
    _cleanup_close_ int fd = open(source->moved, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    struct platform_file file;
    ssize_t n = piece && fd >= 0 && platform_file(fd, NULL, &file) == 0 &&
                        (source->n_read > 0 ||
                         file.modified_ms + CLOCKS_MS >= source->run->job->started_at)
                    ? 1
                    : 0;
    while (n > 0) {
        n = pread(fd, piece, PIECE, source->n_read);
        if (n > 0) {
            feed(source, piece, (size_t)n);
        }
    }
}

void run_sources_finish(struct live *live) {
    for (size_t i = 0; i < live->n_sources; i++) {
        if (live->sources[i].old) {
            /* Written anew with the same bytes, it brought no news. */
            believe_own(&live->sources[i]);
        }
    }
    run_sources_read(live);
    for (size_t i = 0; i < live->n_sources; i++) {
        struct source *source = &live->sources[i];
        read_moved(source);
        if (source->scanner && scanner_finish(source->scanner) < 0) {
            source->scanner = scanner_free(source->scanner);
        }
    }
}

/* ---- what they say ---- */

bool run_source_speaks(const struct live *live, size_t i) {
    const struct source *source = &live->sources[i];
    return source->scanner && !source->old && (i == 0 || source->n_read > 0);
}

const struct results *run_source_results(const struct live *live, size_t i) {
    return scanner_results(live->sources[i].scanner);
}

/* What says most comes first: the names that the code always uses in their order, then
 * other outputs, then what only goes with them. */
static size_t rank(const struct live *live, size_t i) {
    enum { OTHERS = 100, CAPTURES = 200 };
    const struct source *source = &live->sources[i];
    const char *const *names = code_output_names(code_by_name(live->run->job->code));
    if (scanner_is_capture(source->scanner)) {
        return CAPTURES + i;
    }
    for (size_t k = 0; names[k]; k++) {
        if (strcmp(names[k], path_basename(source->path)) == 0) {
            return k;
        }
    }
    return OTHERS + i;
}

size_t run_sources_order(const struct live *live, size_t out[SOURCES_MAX]) {
    size_t n = 0;
    for (size_t i = 0; i < live->n_sources; i++) {
        if (!run_source_speaks(live, i)) {
            continue;
        }
        size_t at = n++;
        for (; at > 0 && rank(live, out[at - 1]) > rank(live, i); at--) {
            out[at] = out[at - 1];
        }
        out[at] = i;
    }
    /* An output with nothing in it says less than any other. */
    if (n > 1 && live->sources[0].n_read == 0) {
        size_t kept = 0;
        for (size_t i = 0; i < n; i++) {
            if (out[i] != 0) {
                out[kept++] = out[i];
            }
        }
        n = kept;
    }
    return n;
}
