/* jobs.log: a part of one of a job's files, by offset, by line, or from its end. Never
 * more than the limit is in memory, however large the file, and an answer takes no
 * longer than a few milliseconds of reading: where a line is too far for that, the
 * client is told to ask again. */
#include "server/methods/methods.h"
#include "server/methods/shapes.h"

#include "base/str.h"
#include "job/job.h"
#include "server/job_file.h"
#include "server/job_json.h"
#include "server/line_index.h"
#include "server/server.h"

#include <errno.h>
#include <string.h>

enum { LOG_LIMIT = 64 * 1024, LOG_LIMIT_MAX = 1024 * 1024 };

struct part {
    char *bytes; /* owned */
    size_t n;
    int64_t offset;
    int64_t line; /* number of the first; 0: not known */
    bool pending; /* the line was not reached yet */
    struct platform_file file;
    bool started; /* the job */
    bool changed; /* the file, since the job's end */
};

/* How many of the first `n` bytes lie before the last `lines` lines. */
static size_t before_last_lines(const char *bytes, size_t n, int64_t lines) {
    if (lines == 0) {
        return n;
    }
    /* A newline at the very end closes the last line; it does not begin another. */
    size_t at = n > 0 && bytes[n - 1] == '\n' ? n - 1 : n;
    while (at > 0) {
        if (bytes[at - 1] == '\n' && --lines == 0) {
            return at;
        }
        at--;
    }
    return 0;
}

/* Keep so many lines, and the part of one more that the limit may have cut. */
static void keep_lines(struct part *part, int64_t lines) {
    const char *at = part->bytes;
    const char *end = part->bytes + part->n;
    while (lines-- > 0 && at < end) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        at = newline ? newline + 1 : end;
    }
    part->n = (size_t)(at - part->bytes);
}

static int read_bytes(int fd, int64_t limit, struct part *part) {
    part->bytes = malloc((size_t)limit + 1);
    if (!part->bytes) {
        return -ENOMEM;
    }
    while ((int64_t)part->n < limit) {
        ssize_t n = pread(fd, part->bytes + part->n, (size_t)limit - part->n,
                          (off_t)(part->offset + (int64_t)part->n));
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n < 0) {
            return -errno;
        }
        if (n == 0) {
            break;
        }
        part->n += (size_t)n;
    }
    if (part->offset + (int64_t)part->n < part->file.size) {
        size_t whole = str_utf8_uncut(part->bytes, part->n);
        part->n = whole > 0 ? whole : part->n; /* a tiny limit must still get on */
    }
    return 0;
}

static int read_part(struct request *request, int fd, struct part *part) {
    int64_t limit = request_integer(request, "limit", LOG_LIMIT);
    int64_t tail_lines = request_integer(request, "tail_lines", -1);
    int64_t lines = request_integer(request, "lines", -1);
    part->line = request_integer(request, "line", 0);
    struct line_index *index = request->server->line_index;
    if (part->line != 0) {
        int r = line_index_find(index, fd, &part->file, &part->line, &part->offset);
        part->pending = r == LINE_INDEX_E_BEHIND;
        if (r != 0) {
            part->offset = 0;
            part->line = 0;
            return r < 0 ? r : 0;
        }
    } else if (tail_lines >= 0) {
        part->offset = part->file.size > limit ? part->file.size - limit : 0;
    }
    int r = read_bytes(fd, limit, part);
    if (r < 0) {
        return r;
    }
    if (tail_lines >= 0) {
        size_t skip = before_last_lines(part->bytes, part->n, tail_lines);
        memmove(part->bytes, part->bytes + skip, part->n - skip);
        part->n -= skip;
        part->offset += (int64_t)skip;
    }
    if (lines >= 0) {
        keep_lines(part, lines);
    }
    if (part->line == 0) {
        part->line = line_index_number(index, fd, &part->file, part->offset);
    }
    return 0;
}

static int answer_part(struct request *request, const char *path,
                       const struct part *part, const char *identity) {
    int64_t next = part->offset + (int64_t)part->n;
    _cleanup_free_ char *text = str_to_utf8(part->bytes ? part->bytes : "", part->n);
    request->result =
        text
            ? json_pack("{s:s, s:I, s:I, s:I, s:o, s:b, s:o, s:o, s:b, s:b, s:b}",
                        "text", text, "offset", (json_int_t)part->offset, "next_offset",
                        (json_int_t)next, "size", (json_int_t)part->file.size, "path",
                        json_text_or_null(path), "eof",
                        (int)(!part->pending && next >= part->file.size), "line",
                        part->line > 0 ? json_integer(part->line) : json_null(),
                        "identity", json_text_or_null(identity), "pending",
                        (int)part->pending, "started", (int)part->started, "changed",
                        (int)part->changed)
            : NULL;
    return request->result ? 0 : -ENOMEM;
}

/* Of the files that the server has the run write. */
static bool has_changed(const struct request *request, const struct job *job,
                        const struct platform_file *state) {
    const char *which = request_string(request, "file");
    return (!which || strcmp(which, "output") == 0 || strcmp(which, "error") == 0) &&
           job_file_changed(job, state);
}

/* Of some the time is not known. */
static bool has_started(const struct job *job) {
    return job->started_at != 0 || job->imported || job->state == JOB_RUNNING ||
           job->state == JOB_COMPLETED || job->state == JOB_LOST;
}

static int answer_file(struct request *request, const struct job *job,
                       const char *path) {
    struct part part = {.offset = request_integer(request, "offset", 0),
                        .started = has_started(job)};
    struct errmsg msg = ERRMSG_NULL;
    _cleanup_close_ int fd = -1;
    int r = job_file_open(path, &fd, &part.file, &msg);
    if (r == JOB_FILE_E_MISSING) {
        part.line = 1;
        return answer_part(request, path, &part, NULL); /* nothing was written yet */
    }
    if (r > 0) {
        return request_fail(request, RPC_SERVER_ERROR, "%s", msg.text);
    }
    part.changed = has_changed(request, job, &part.file);
    r = read_part(request, fd, &part);
    if (r == 0) {
        char identity[JOB_FILE_IDENTITY_SIZE];
        r = answer_part(request, path, &part, job_file_identity(&part.file, identity));
    } else if (r != -ENOMEM) {
        r = request_fail(request, RPC_SERVER_ERROR, "%s cannot be read: %s", path,
                         strerror(-r));
    }
    free(part.bytes);
    return r;
}

static int check_place(struct request *request) {
    const json_t *line = json_object_get(request->params, "line");
    int places = 0;
    const char *const names[] = {"offset", "line", "tail_lines"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        places += json_is_integer(json_object_get(request->params, names[i]));
    }
    if (places > 1) {
        return request_fail(request, RPC_INVALID_PARAMS,
                            "Invalid params: one of 'offset', 'line' and 'tail_lines' "
                            "says where to begin, not several");
    }
    if (json_is_integer(line) && json_integer_value(line) == 0) {
        return request_fail(request, RPC_INVALID_PARAMS,
                            "Invalid params: 'line' counts from 1, or from -1 for the "
                            "last; there is no line 0");
    }
    return 0;
}

static int jobs_log(struct request *request) {
    _cleanup_(job_freep) struct job *stored = NULL;
    const struct job *job = NULL;
    int r = check_place(request);
    r = r ? r
          : method_find_job(request, request_integer(request, "id", 0), &job, &stored);
    if (r != 0) {
        return r;
    }
    struct errmsg msg = ERRMSG_NULL;
    _cleanup_free_ char *path = NULL;
    r = job_file_path(job, request->server->options->runs_dir,
                      request_string(request, "file"), &path, &msg);
    if (r > 0) {
        return request_fail(request, RPC_INVALID_PARAMS, "%s", msg.text);
    }
    return r == 0 ? answer_file(request, job, path) : r;
}

static const struct param log_params[] = {
    METHOD_PARAM_JOB,
    {.name = "file",
     .type = PARAM_STRING,
     .text =
         "output (default), error, input, task:N (the output of a task of an array), "
         "or the path of a file in the job's directory"},
    {.name = "offset",
     .type = PARAM_INTEGER,
     .min = 0,
     .max = INT64_MAX,
     .text = "first byte wanted; default 0"},
    {.name = "limit",
     .type = PARAM_INTEGER,
     .min = 1,
     .max = LOG_LIMIT_MAX,
     .text = "at most so many bytes; default 65536"},
    {.name = "tail_lines",
     .type = PARAM_INTEGER,
     .min = 0,
     .max = 1000000,
     .text = "the last so many lines within the limit, instead of an offset"},
    {.name = "line",
     .type = PARAM_INTEGER,
     .min = INT64_MIN + 1,
     .max = INT64_MAX,
     .text = "first line wanted, from 1, or from -1 for the last, instead of an "
             "offset"},
    {.name = "lines",
     .type = PARAM_INTEGER,
     .min = 0,
     .max = 1000000,
     .text = "at most so many lines"},
};

static const struct param files_params[] = {
    METHOD_PARAM_JOB,
    {.name = "limit",
     .type = PARAM_INTEGER,
     .min = 1,
     .max = METHOD_FILES_MAX,
     .text = "at most so many files; default 1000"},
};

const struct method methods_logs[] = {
    {.name = "jobs.log",
     .text = "Read a part of a job's output, or of another of its files.",
     .result = &result_log,
     METHOD_PARAMS(log_params),
     .run = jobs_log},
    {.name = "jobs.files",
     .text = "List the files in a job's directory and in the folders there.",
     .result = &result_files,
     METHOD_PARAMS(files_params),
     .run = method_jobs_files},
};
const size_t methods_logs_count = sizeof methods_logs / sizeof methods_logs[0];
