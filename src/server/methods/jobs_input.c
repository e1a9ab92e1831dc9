/* jobs.input: a file as it was when its job was submitted, piece by piece, so that no
 * more than a piece of it is in memory. What is not UTF-8 goes over the wire as base64:
 * the bytes are those that ran, or they would be of no use. */
#include "server/methods/methods.h"
#include "server/methods/shapes.h"

#include "base/base64.h"
#include "base/str.h"
#include "job/job.h"
#include "server/job_json.h"
#include "server/server.h"
#include "server/submit.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

enum { PIECE = 64 * 1024, PIECE_MAX = 1024 * 1024 };

/* Names as they are told: a file is asked for by what jobs.get calls it. */
static int is_called(const struct job_input *input, const char *name, bool *out) {
    _cleanup_free_ char *path = str_to_utf8(input->path, strlen(input->path));
    if (!path) {
        return -ENOMEM;
    }
    size_t n = strlen(path);
    size_t end = strlen(name);
    *out = strcmp(path, name) == 0 ||
           (end > 0 && end < n && name[0] != '/' && path[n - end - 1] == '/' &&
            strcmp(path + n - end, name) == 0);
    return 0;
}

/* Names for a message, as many as there is room for. */
static int list_names(const struct job *job, struct buf *out) {
    int r = 0;
    for (size_t i = 0; r == 0 && i < job->n_inputs; i++) {
        const char *path = job->inputs[i].path;
        _cleanup_free_ char *text = str_to_utf8(path, strlen(path));
        r = text ? buf_printf(out, "%s%s", i > 0 ? ", " : "", text) : -ENOMEM;
    }
    return r ? r : buf_append(out, "", 1);
}

static int no_such_input(struct request *request, const struct job *job,
                         const char *name, size_t matches) {
    _cleanup_buf_ struct buf names = BUF_NULL;
    if (job->n_inputs == 0) {
        return request_fail(request, RPC_SERVER_ERROR,
                            "job %" PRId64 " %s; no input of it was kept", job->id,
                            job->imported ? "ran elsewhere and was imported"
                            : job->input  ? "was submitted to an older version"
                                          : "runs a command");
    }
    int r = list_names(job, &names);
    return r ? r
             : request_fail(request, RPC_INVALID_PARAMS,
                            matches > 1 ? "several inputs of job %" PRId64
                                          " are called %s; name one by its path: %s"
                                        : "job %" PRId64
                                          " has no input %s; kept at submission "
                                          "were: %s",
                            job->id, name, buf_bytes(&names));
}

/* The first is the input itself, the others are what it names. */
static int choose(struct request *request, const struct job *job,
                  const struct job_input **out) {
    const char *name = request_string(request, "file");
    size_t matches = 0;
    for (size_t i = 0; i < job->n_inputs; i++) {
        bool called = !name;
        int r = name ? is_called(&job->inputs[i], name, &called) : 0;
        if (r < 0) {
            return r;
        }
        if (called) {
            *out = &job->inputs[i];
            matches++;
        }
        if (called && (!name || strcmp(name, job->inputs[i].path) == 0)) {
            return 0;
        }
    }
    return matches == 1 ? 0 : no_such_input(request, job, name ? name : "", matches);
}

static int not_kept(struct request *request, const struct job_input *input) {
    return request_fail(
        request, RPC_SERVER_ERROR,
        "of %s only the SHA-256 was kept, %s: the file is under a licence, or was "
        "larger than keep_inputs_max in [jobs] of config.ini",
        input->path, input->sha256);
}

static int answer(struct request *request, const struct job_input *input,
                  int64_t offset, int64_t size, const struct buf *bytes) {
    _cleanup_buf_ struct buf text = BUF_NULL;
    size_t n = buf_len(bytes);
    bool last = offset + (int64_t)n >= size;
    size_t whole = last ? n : str_utf8_uncut(buf_bytes(bytes), n);
    n = whole > 0 ? whole : n;
    bool plain = str_is_utf8(buf_bytes(bytes), n);
    int r = plain ? buf_append(&text, buf_bytes(bytes), n)
                  : base64_encode(&text, buf_bytes(bytes), n);
    if (r < 0) {
        return r;
    }
    int64_t next = offset + (int64_t)n;
    json_t *object =
        json_pack("{s:o, s:s, s:I, s:o, s:o, s:b, s:I, s:I, s:b}", "path",
                  json_text_or_null(input->path), "sha256", input->sha256, "size",
                  (json_int_t)size, "changed", submit_input_changed(input), "text",
                  json_stringn(buf_bytes(&text), buf_len(&text)), "base64", (int)!plain,
                  "offset", (json_int_t)offset, "next_offset", (json_int_t)next, "eof",
                  (int)(next >= size));
    request->result = object;
    return object ? 0 : -ENOMEM;
}

static int jobs_input(struct request *request) {
    _cleanup_(job_freep) struct job *job = NULL;
    _cleanup_buf_ struct buf bytes = BUF_NULL;
    const struct job_input *input = NULL;
    int64_t offset = request_integer(request, "offset", 0);
    int64_t size = 0;
    int r = method_stored_job(request, request_integer(request, "id", 0), &job);
    r = r ? r : choose(request, job, &input);
    if (r != 0) {
        return r;
    }
    r = store_content_get(request->server->store, input->sha256, offset,
                          (size_t)request_integer(request, "limit", PIECE), &bytes,
                          &size);
    if (r != 0) {
        return r == STORE_E_MISSING ? not_kept(request, input)
                                    : method_store_failed(request, r);
    }
    return answer(request, input, offset < size ? offset : size, size, &bytes);
}

static const struct param input_params[] = {
    METHOD_PARAM_JOB,
    {.name = "file",
     .type = PARAM_STRING,
     .text = "one of the paths in `inputs` of jobs.get, or the end of one that no "
             "other has; default: the job's input"},
    {.name = "offset",
     .type = PARAM_INTEGER,
     .min = 0,
     .max = INT64_MAX,
     .text = "first byte wanted; default 0"},
    {.name = "limit",
     .type = PARAM_INTEGER,
     .min = 1,
     .max = PIECE_MAX,
     .text = "at most so many bytes; default 65536"},
};

const struct method methods_input[] = {
    {.name = "jobs.input",
     .text = "Read a part of an input as it was when the job was submitted.",
     .result = &result_input,
     METHOD_PARAMS(input_params),
     .run = jobs_input},
};
const size_t methods_input_count = sizeof methods_input / sizeof methods_input[0];
