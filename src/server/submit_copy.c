/* A job in a fresh folder: the input is put there, and those files it names that lie
 * in its own folder, under the same names. Other files stay where they are and are
 * named so that the run finds them. All is on the disk before the job is, and the loop
 * waits for it, so that there is a limit. Of what an earlier run left nothing is taken
 * along. Until the job is submitted the folder is the request's, then it is the user's:
 * nothing here ever looks at it again. */
#include "server/submit.h"

#include "base/buf.h"
#include "base/file.h"
#include "base/path.h"
#include "base/str.h"
#include "codes/code.h"
#include "job/job.h"
#include "server/server.h"

#include <errno.h>
#include <ftw.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Names in a file system end at 255 bytes, and a part comes behind. */
enum { NAME_SHOWN_MAX = 200 };

/* Of all files of one job together. */
#define COPIED_MAX (INT64_C(64) * 1024 * 1024)

static int refuse(struct request *request, const char *path, int r) {
    char space[128];
    return r == -ENOMEM
               ? r
               : request_fail(request, RPC_SERVER_ERROR, "%s cannot be made: %s", path,
                              errmsg_errno(r, space, sizeof space));
}

static int make_folder(struct request *request, const char *name, char **out) {
    const char *top =
        config_text(request->server->options->config, CONFIG_JOBS_COPY_DIRECTORY);
    _cleanup_free_ char *path = NULL;
    char space[128];
    int r = str_empty(top) ? -ENOENT : path_make_private(top);
    if (r == 0) {
        size_t n = strnlen(name, NAME_SHOWN_MAX);
        r = str_printf(&path, "%s/%.*s-XXXXXX", top, (int)str_utf8_uncut(name, n),
                       name);
    }
    if (r == 0 && !mkdtemp(path)) {
        r = -errno;
    }
    if (r < 0) {
        return r == -ENOMEM
                   ? r
                   : request_fail(
                         request, RPC_SERVER_ERROR,
                         "a folder for the copy cannot be made in %s: %s; name "
                         "another place with copy_directory in [jobs] of "
                         "config.ini (`crystalmath config`)",
                         str_empty(top) ? "$XDG_DATA_HOME" : top,
                         errmsg_errno(r, space, sizeof space));
    }
    *out = TAKE_PTR(path);
    return 0;
}

/* One file of the input's folder. What is not there is said by the code. */
static int copy_file(struct request *request, const struct job *job, const char *name,
                     int64_t *left) {
    _cleanup_free_ char *from = NULL;
    _cleanup_free_ char *to = NULL;
    _cleanup_free_ char *folder = NULL;
    int64_t size = 0;
    int r = path_join(&from, job->origin, name);
    r = r ? r : path_join(&to, job->directory, name);
    if (r == 0) {
        path_clean(to);
        r = path_dirname(&folder, to);
    }
    r = r ? r : path_make_private(folder);
    if (r < 0) {
        return refuse(request, folder ? folder : name, r);
    }
    r = file_copy(from, to, *left, &size);
    *left -= size;
    if (r == -EFBIG) {
        return request_fail(request, RPC_INVALID_PARAMS,
                            "%s is too large: at most %" PRId64 " MiB are copied for a "
                            "job. Name its folder by its whole path in the input; then "
                            "it is read where it is",
                            from, COPIED_MAX / 1024 / 1024);
    }
    /* Named twice, or not there. */
    return r == -EEXIST || r == FILE_COPY_E_SOURCE ? 0
           : r < 0                                 ? refuse(request, to, r)
                                                   : 0;
}

static int put_input(struct request *request, const struct job *job,
                     const struct buf *text) {
    _cleanup_free_ char *path = NULL;
    int r = path_join(&path, job->directory, job->input);
    r = r ? r : file_write_atomic(path, buf_bytes(text), buf_len(text));
    return r < 0 ? refuse(request, path ? path : job->input, r) : 0;
}

static bool any_leads_out(char *const *names) {
    for (; *names; names++) {
        if (**names != '/' && path_leads_out(*names)) {
            return true;
        }
    }
    return false;
}

/* What may not be copied is read where it is. */
static int link_file(struct request *request, const struct job *job, const char *name) {
    _cleanup_free_ char *from = NULL;
    _cleanup_free_ char *to = NULL;
    int r = path_join(&from, job->origin, name);
    r = r ? r : path_join(&to, job->directory, name);
    r = r == 0 && access(from, F_OK) == 0 && symlink(from, to) < 0 ? -errno : r;
    return r < 0 ? refuse(request, to ? to : name, r) : 0;
}

/* With a file outside of the folder the input is changed to name whole paths, and
 * nothing needs to be copied. */
static int fill_folder(struct request *request, const struct job *job,
                       const struct code *code, const struct code_files *files,
                       const struct buf *text) {
    _cleanup_buf_ struct buf moved = BUF_NULL;
    struct errmsg msg = ERRMSG_NULL;
    int64_t left = COPIED_MAX;
    if (any_leads_out(files->read)) {
        int r = code_move_input(code, job->input, buf_bytes(text), buf_len(text),
                                job->origin, &moved, &msg);
        return r > 0    ? request_fail(request, RPC_INVALID_PARAMS, "%s", msg.text)
               : r == 0 ? put_input(request, job, &moved)
                        : r;
    }
    int r = put_input(request, job, text);
    for (char *const *name = files->read; r == 0 && *name; name++) {
        r = **name == '/' ? 0 : copy_file(request, job, *name, &left);
    }
    for (char *const *name = files->licensed; r == 0 && name && *name; name++) {
        r = link_file(request, job, *name);
    }
    return r;
}

static int refuse_scratch(struct request *request, const char *stop_file) {
    _cleanup_free_ char *folder = NULL;
    int r = path_dirname(&folder, stop_file);
    return r ? r
             : request_fail(
                   request, RPC_INVALID_PARAMS,
                   "the run would write to %s, which leads out of its fresh "
                   "folder; make outdir a folder below that of the input, such "
                   "as './tmp', or a whole path",
                   folder);
}

static bool was_submitted(const struct request *request, const struct job *job) {
    int64_t id = 0;
    return job->token && store_token_find(request->server->store, job->token, &id) == 0;
}

int submit_copy(struct request *request, struct job *job, const struct code *code,
                const struct buf *text) {
    _cleanup_(code_files_deinit) struct code_files files = {NULL, NULL, NULL, NULL};
    _cleanup_free_ char *folder = NULL;
    if (was_submitted(request, job)) {
        return 0;
    }
    int r =
        code_files(code, job->input, buf_bytes(text), buf_len(text), job->env, &files);
    if (r < 0) {
        return r;
    }
    if (files.stop_file && files.stop_file[0] != '/' &&
        path_leads_out(files.stop_file)) {
        return refuse_scratch(request, files.stop_file);
    }
    r = make_folder(request, job->name, &folder);
    if (r != 0) {
        return r;
    }
    job->origin = job->directory;
    job->directory = TAKE_PTR(folder);
    r = fill_folder(request, job, code, &files, text);
    return r ? r : file_sync_folder_of(job->directory);
}

static int remove_one(const char *path, const struct stat *st, int kind,
                      struct FTW *at) {
    (void)st;
    (void)kind;
    (void)at;
    (void)remove(path);
    return 0;
}

void submit_copy_undo(const struct job *job) {
    enum { FOLDERS_OPEN = 8 };
    if (job && job->origin) {
        (void)nftw(job->directory, remove_one, FOLDERS_OPEN, FTW_DEPTH | FTW_PHYS);
    }
}
