/* jobs.log: a part of one of a job's files, by offset or from its end. Never more than
 * the limit is in memory, however large the file. */
#include "server/methods/methods.h"

#include "base/str.h"
#include "server/job_json.h"
#include "server/server.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

enum { LOG_LIMIT = 64 * 1024 };

struct part {
    char *bytes; /* owned */
    size_t n;
    int64_t offset;
    int64_t size;
};

static int path_of(struct request *request, const struct job *job, char **out) {
    const char *which = request_string(request, "file");
    if (!which || strcmp(which, "output") == 0) {
        return job_output_path(job, request->server->options->runs_dir, out);
    }
    if (strcmp(which, "error") == 0) {
        if (!job->error_output) {
            return request_fail(request, RPC_SERVER_ERROR,
                                "the job's errors go into its output; ask for that");
        }
        *out = strdup(job->error_output);
    } else if (strcmp(which, "input") == 0) {
        if (!job->input) {
            return request_fail(request, RPC_SERVER_ERROR,
                                "this job is a command and has no input file");
        }
        return str_printf(out, "%s/%s", job->directory, job->input);
    } else {
        return request_fail(request, RPC_INVALID_PARAMS,
                            "'file' is output, error or input, not '%.50s'", which);
    }
    return *out ? 0 : -ENOMEM;
}

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

static int read_part(int fd, int64_t limit, int64_t tail_lines, struct part *part) {
    if (tail_lines >= 0) {
        part->offset = part->size > limit ? part->size - limit : 0;
    }
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
    if (part->offset + (int64_t)part->n < part->size) {
        size_t whole = str_utf8_uncut(part->bytes, part->n);
        part->n = whole > 0 ? whole : part->n; /* a tiny limit must still get on */
    }
    if (tail_lines >= 0) {
        size_t skip = before_last_lines(part->bytes, part->n, tail_lines);
        memmove(part->bytes, part->bytes + skip, part->n - skip);
        part->n -= skip;
        part->offset += (int64_t)skip;
    }
    return 0;
}

static int answer_part(struct request *request, const char *path,
                       const struct part *part) {
    int64_t next = part->offset + (int64_t)part->n;
    _cleanup_free_ char *text = str_to_utf8(part->bytes ? part->bytes : "", part->n);
    request->result =
        text ? json_pack("{s:s, s:I, s:I, s:I, s:o, s:b}", "text", text, "offset",
                         (json_int_t)part->offset, "next_offset", (json_int_t)next,
                         "size", (json_int_t)part->size, "path",
                         json_text_or_null(path), "eof", (int)(next >= part->size))
             : NULL;
    return request->result ? 0 : -ENOMEM;
}

static int answer_file(struct request *request, const char *path) {
    struct part part = {.offset = request_integer(request, "offset", 0)};
    _cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0 && errno == ENOENT) {
        return answer_part(request, path, &part); /* nothing was written yet */
    }
    struct stat st;
    if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode)) {
        return request_fail(request, RPC_SERVER_ERROR, "%s cannot be read: %s", path,
                            fd < 0 ? strerror(errno) : "it is not a regular file");
    }
    part.size = (int64_t)st.st_size;
    int r = read_part(fd, request_integer(request, "limit", LOG_LIMIT),
                      request_integer(request, "tail_lines", -1), &part);
    if (r == 0) {
        r = answer_part(request, path, &part);
    } else if (r != -ENOMEM) {
        r = request_fail(request, RPC_SERVER_ERROR, "%s cannot be read: %s", path,
                         strerror(-r));
    }
    free(part.bytes);
    return r;
}

int method_jobs_log(struct request *request) {
    _cleanup_(job_freep) struct job *stored = NULL;
    const struct job *job = NULL;
    int r = method_find_job(request, request_integer(request, "id", 0), &job, &stored);
    if (r != 0) {
        return r;
    }
    _cleanup_free_ char *path = NULL;
    r = path_of(request, job, &path);
    return r == 0 ? answer_file(request, path) : r;
}
