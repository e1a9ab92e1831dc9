/* A feed reads its file by itself, from wherever its client wants, apart from the
 * reading that the engine does for the results. It ends with its job: what the file has
 * by then is sent, but no more than a client can take at once; the rest it has to ask
 * for. A job that is tried again writes its output into another file: the feed goes
 * over to that. */
#include "server/feed.h"

#include "base/cleanup.h"
#include "job/job.h"
#include "server/follow.h"
#include "server/job_file.h"
#include "server/lines.h"
#include "server/server.h"

#include <errno.h>
#include <string.h>

enum { AT_END = 1024 * 1024 };

struct feed {
    struct server *server; /* borrowed */
    int64_t job;
    char *file; /* owned; as the client calls it */
    char *path; /* owned */
    struct follow *follow;
    struct lines lines;
    feed_fn fn;
    void *data;
};

static void tell(struct feed *feed, json_t *params_take) {
    if (params_take) {
        feed->fn(params_take, feed->data);
    }
    json_decref(params_take);
}

static void on_bytes(const char *bytes, size_t n, int64_t offset, bool again,
                     void *data) {
    struct feed *feed = data;
    if (again) {
        tell(feed, lines_again(&feed->lines, feed->job, feed->file));
        return;
    }
    size_t whole = lines_add(&feed->lines, bytes, n, offset);
    if (whole > 0) {
        tell(feed, lines_take(&feed->lines, whole, feed->job, feed->file));
    }
}

static int find_path(const struct feed *feed, const struct job *job, char **out,
                     struct errmsg *msg) {
    return job_file_path(job, feed->server->options->runs_dir, feed->file, out, msg);
}

/* Something else than a file is said at once, as it would be by jobs.log. */
static int look(const char *path, struct errmsg *msg) {
    struct platform_file state;
    _cleanup_close_ int fd = -1;
    return job_file_open(path, &fd, &state, msg) == JOB_FILE_E_REFUSED ? FEED_E_REFUSED
                                                                       : 0;
}

int feed_new(struct feed **out, struct server *server, const struct job *job,
             const char *file, int64_t offset, feed_fn fn, void *data,
             struct errmsg *msg) {
    struct feed *feed = calloc(1, sizeof *feed);
    if (!feed) {
        return -ENOMEM;
    }
    feed->server = server;
    feed->job = job->id;
    feed->fn = fn;
    feed->data = data;
    feed->file = strdup(file ? file : "output");
    int r = feed->file ? find_path(feed, job, &feed->path, msg) : -ENOMEM;
    r = r > 0 ? FEED_E_REFUSED : r;
    r = r ? r : look(feed->path, msg);
    r = r ? r
          : follow_new(&feed->follow, server->follower, feed->path, offset, on_bytes,
                       feed);
    if (r != 0) {
        (void)feed_free(feed);
        return r;
    }
    *out = feed;
    return 0;
}

struct feed *feed_free(struct feed *feed) {
    if (feed) {
        feed->follow = follow_free(feed->follow);
        lines_deinit(&feed->lines);
        free(feed->file);
        free(feed->path);
        free(feed);
    }
    return NULL;
}

static void send_rest(struct feed *feed, bool *more) {
    *more = !follow_read_some(feed->follow, AT_END);
    size_t left = buf_len(&feed->lines.text);
    if (left > 0) {
        tell(feed, lines_take(&feed->lines, left, feed->job, feed->file));
    }
}

static void go_over(struct feed *feed, char *path_take) {
    struct follow *follow = NULL;
    if (follow_new(&follow, feed->server->follower, path_take, 0, on_bytes, feed) < 0) {
        free(path_take); /* at the job's next change once more */
        return;
    }
    (void)follow_free(feed->follow);
    feed->follow = follow;
    free(feed->path);
    feed->path = path_take;
    tell(feed, lines_again(&feed->lines, feed->job, feed->file));
}

bool feed_job_changed(struct feed *feed, const struct job *job, bool *more) {
    struct errmsg msg = ERRMSG_NULL;
    char *path = NULL;
    if (job_state_is_final(job->state)) {
        send_rest(feed, more);
        return true;
    }
    if (find_path(feed, job, &path, &msg) == 0) {
        if (strcmp(path, feed->path) == 0) {
            free(path);
        } else {
            go_over(feed, path);
        }
    }
    return false;
}
