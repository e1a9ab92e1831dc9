/* What a submission has to do before it is a job, and that takes long: noted here, done
 * by copy_work.c.
 *
 * A job in a fresh folder finds the input there, and those files it names that lie in
 * its own folder, under the same names. Other files stay where they are and are named
 * so that the run finds them. Of what an earlier run left nothing is taken along. Until
 * the job is submitted the folder is the request's, then it is the user's: nothing here
 * ever looks at it again. */
#include "server/submit.h"

#include "base/path.h"
#include "base/str.h"
#include "job/job.h"
#include "server/server.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Of a larger file the loop does not make the checksum. */
#define READ_BY_LOOP_MAX (INT64_C(8) * 1024 * 1024)

static bool is_large(const struct request *request, const char *path) {
    struct stat st;
    return stat(path, &st) == 0 && S_ISREG(st.st_mode) &&
           st.st_size > READ_BY_LOOP_MAX &&
           (uint64_t)st.st_size > submit_bytes_kept(request->server);
}

static bool any_leads_out(char *const *names) {
    for (; *names; names++) {
        if (**names != '/' && path_leads_out(*names)) {
            return true;
        }
    }
    return false;
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

/* With a file outside of the folder the input is changed to name whole paths, and
 * nothing needs to be copied. */
static int take_input(struct request *request, const struct submission *submission,
                      bool move) {
    const struct job *job = submission->job;
    const struct buf *text = &submission->text;
    struct copy_work *work = submission->work;
    struct errmsg msg = ERRMSG_NULL;
    work->input = strdup(job->input);
    if (!work->input) {
        return -ENOMEM;
    }
    if (!move) {
        return buf_append(&work->text, buf_bytes(text), buf_len(text));
    }
    int r = code_move_input(submission->code, job->input, buf_bytes(text),
                            buf_len(text), job->origin, &work->text, &msg);
    return r > 0 ? request_fail(request, RPC_INVALID_PARAMS, "%s", msg.text) : r;
}

static int plan_folder(struct request *request, struct submission *submission) {
    struct job *job = submission->job;
    const char *stop_file = submission->files.stop_file;
    const char *top =
        config_text(request->server->options->config, CONFIG_JOBS_COPY_DIRECTORY);
    if (stop_file && stop_file[0] != '/' && path_leads_out(stop_file)) {
        return refuse_scratch(request, stop_file);
    }
    if (str_empty(top)) {
        return request_fail(request, RPC_SERVER_ERROR,
                            "a folder for the copy cannot be made, because there is no "
                            "home folder; name a place with copy_directory in [jobs] "
                            "of config.ini (`crystalmath config`)");
    }
    int r = copy_work_new(&submission->work, top, job->name);
    if (r < 0) {
        return r;
    }
    job->origin = TAKE_PTR(job->directory);
    job->directory = strdup(submission->work->folder);
    return job->directory ? 0 : -ENOMEM;
}

static int add(struct request *request, struct submission *submission,
               enum copy_kind kind, const char *name) {
    const struct job *job = submission->job;
    _cleanup_free_ char *path = NULL;
    int r = path_join(&path, job->origin ? job->origin : job->directory, name);
    if (r < 0) {
        return r;
    }
    path_clean(path);
    if (kind == COPY_READ && !is_large(request, path)) {
        return 0;
    }
    if (!submission->work) {
        r = copy_work_new(&submission->work, NULL, NULL);
    }
    return r ? r
             : copy_work_add(submission->work, kind, path,
                             kind == COPY_READ ? NULL : name);
}

int submit_plan(struct request *request, struct submission *submission, bool copy) {
    const struct code_files *files = &submission->files;
    bool move = any_leads_out(files->read);
    int r = 0;
    if (copy) {
        r = plan_folder(request, submission);
        r = r ? r : take_input(request, submission, move);
    }
    for (char *const *name = files->read; r == 0 && *name; name++) {
        bool taken = copy && !move && **name != '/';
        r = add(request, submission, taken ? COPY_FILE : COPY_READ, *name);
    }
    for (char *const *name = files->licensed; r == 0 && name && *name; name++) {
        r = add(request, submission, COPY_READ, *name);
        r = r == 0 && copy && !move ? add(request, submission, COPY_LINK, *name) : r;
    }
    return r;
}
