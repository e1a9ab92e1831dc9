/* Files as they were at submission: the input and what it names, each by its SHA-256,
 * the bytes in the database once. */
#include "server/submit.h"

#include "base/fd.h"
#include "base/file.h"
#include "base/path.h"
#include "base/sha256.h"
#include "base/str.h"
#include "job/job.h"
#include "server/job_json.h"
#include "server/server.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

/* A larger file is not read again to see whether it has changed. */
#define LOOKED_AT_MAX (INT64_C(16) * 1024 * 1024)

static int add_input(struct job *job, const char *path, const char *sha256,
                     int64_t size) {
    char *copy = strdup(path);
    if (!copy) {
        return -ENOMEM;
    }
    struct job_input *input = &job->inputs[job->n_inputs++];
    *input = (struct job_input){.path = copy, .size = size};
    (void)snprintf(input->sha256, sizeof input->sha256, "%s", sha256);
    return 0;
}

size_t submit_bytes_kept(const struct server *server) {
    return (size_t)config_number(server->options->config, CONFIG_JOBS_KEEP_INPUTS_MAX);
}

static int hash_only(struct job *job, const char *path) {
    char sha256[SHA256_HEX_SIZE];
    int64_t size = 0;
    _cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    /* What cannot be read is said by the code, with its own words. */
    if (fd < 0 || sha256_file(fd, sha256, &size) < 0) {
        return 0;
    }
    return add_input(job, path, sha256, size);
}

static int keep(struct server *server, struct job *job, const char *path,
                const struct buf *bytes) {
    char sha256[SHA256_HEX_SIZE];
    int r = store_content_put(server->store, buf_bytes(bytes), buf_len(bytes), sha256);
    return r ? r : add_input(job, path, sha256, (int64_t)buf_len(bytes));
}

/* A copy is the run's; what people go on to work at is what it was made of. */
static const char *home_of(const struct job *job) {
    return job->origin ? job->origin : job->directory;
}

/* A file that was copied is read as it is in the copy, and one that was read before is
 * not read again where only its checksum is wanted. */
static int keep_file(struct server *server, const struct submission *submission,
                     const char *name, bool bytes_too) {
    struct job *job = submission->job;
    _cleanup_buf_ struct buf bytes = BUF_NULL;
    _cleanup_free_ char *path = NULL;
    _cleanup_free_ char *copy = NULL;
    int r = path_join(&path, home_of(job), name);
    if (r < 0) {
        return r;
    }
    path_clean(path);
    const struct copy_file *known = copy_work_find(submission->work, path);
    if (known && !known->there) {
        return 0;
    }
    if (known && known->kind == COPY_FILE) {
        r = path_join(&copy, job->directory, name);
    }
    r = r            ? r
        : !bytes_too ? -EFBIG
                     : file_read(copy ? copy : path, submit_bytes_kept(server), &bytes);
    if (r == 0) {
        return keep(server, job, path, &bytes);
    }
    return r == -EFBIG && known ? add_input(job, path, known->sha256, known->size)
           : r == -EFBIG        ? hash_only(job, path)
           : r == -ENOMEM       ? r
                                : 0;
}

int submit_keep_inputs(struct server *server, struct submission *submission) {
    struct job *job = submission->job;
    const struct code_files *files = &submission->files;
    _cleanup_free_ char *path = NULL;
    int r = path_join(&path, home_of(job), job->input);
    size_t n = strv_length(files->read);
    size_t licensed = files->licensed ? strv_length(files->licensed) : 0;
    job->inputs = calloc(n + licensed + 1, sizeof *job->inputs);
    if (r < 0 || !job->inputs) {
        return -ENOMEM;
    }
    r = keep(server, job, path, &submission->text);
    for (size_t i = 0; r == 0 && i < n; i++) {
        r = keep_file(server, submission, files->read[i], true);
    }
    for (size_t i = 0; r == 0 && i < licensed; i++) {
        r = keep_file(server, submission, files->licensed[i], false);
    }
    return r;
}

json_t *submit_input_changed(const struct job_input *input) {
    char sha256[SHA256_HEX_SIZE];
    struct stat st;
    _cleanup_close_ int fd =
        open(input->path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0) {
        return errno == ENOENT || errno == ENOTDIR ? json_true() : json_null();
    }
    if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode)) {
        return json_null();
    }
    if (st.st_size != input->size) {
        return json_true();
    }
    return st.st_size > LOOKED_AT_MAX || sha256_file(fd, sha256, NULL) < 0
               ? json_null()
               : json_boolean(strcmp(sha256, input->sha256) != 0);
}

json_t *submit_inputs_json(const struct job *job) {
    json_t *array = json_array();
    for (size_t i = 0; array && i < job->n_inputs; i++) {
        const struct job_input *one = &job->inputs[i];
        json_t *path = json_text_or_null(one->path);
        json_t *object = json_pack("{s:o, s:s, s:I, s:o}", "path", path, "sha256",
                                   one->sha256, "size", (json_int_t)one->size,
                                   "changed", submit_input_changed(one));
        if (!object || json_array_append_new(array, object) < 0) {
            json_decref(array);
            return NULL;
        }
    }
    return array;
}
