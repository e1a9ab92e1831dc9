/* Links, so that nothing is copied on this machine: whatever carries the folder away
 * follows them. Only an input that has to say something else there is written anew. */
#include "server/stage.h"

#include "base/buf.h"
#include "base/file.h"
#include "base/path.h"
#include "base/str.h"
#include "codes/code.h"
#include "job/job.h"
#include "store/store.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define INPUT_MAX ((size_t)16 * 1024 * 1024)

/* The name below the folder that the inputs lie in; NULL: it lies elsewhere. */
static const char *name_below(const struct job *job, const char *path) {
    const char *home = job->origin ? job->origin : job->directory;
    size_t n = strlen(home);
    bool below = strncmp(path, home, n) == 0 && path[n] == '/' && path[n + 1];
    return below ? path + n + 1 : NULL;
}

static int put_link(const char *folder, const char *name, const char *path) {
    _cleanup_free_ char *to = NULL;
    _cleanup_free_ char *parent = NULL;
    int r = path_join(&to, folder, name);
    r = r ? r : path_dirname(&parent, to);
    r = r ? r : path_make_private(parent);
    if (r < 0) {
        return r;
    }
    /* What a try before this one has left. */
    if (unlink(to) < 0 && errno != ENOENT) {
        return -errno;
    }
    return symlink(path, to) < 0 ? -errno : 0;
}

static int read_input(const struct job *job, struct store *store, struct buf *out) {
    int64_t size = 0;
    int r = store_content_get(store, job->inputs[0].sha256, 0, INPUT_MAX, out, &size);
    return r == STORE_E_MISSING ? file_read(job->inputs[0].path, INPUT_MAX, out) : r;
}

/* What it reads from elsewhere lies beside it there. */
static int put_input(const struct job *job, struct store *store, const char *folder,
                     const char *name, struct errmsg *msg) {
    const struct code *code = code_by_name(job->code);
    _cleanup_buf_ struct buf text = BUF_NULL;
    _cleanup_buf_ struct buf changed = BUF_NULL;
    _cleanup_free_ char *to = NULL;
    int r = read_input(job, store, &text);
    r = r ? r : path_join(&to, folder, name);
    if (r < 0) {
        return r;
    }
    r = code_set_value(code, job->input, buf_bytes(&text), buf_len(&text), "pseudo_dir",
                       "./", &changed, msg);
    if (r != 0) {
        return r > 0 ? -EINVAL : r;
    }
    return file_write_atomic(to, buf_bytes(&changed), buf_len(&changed));
}

/* A name with a newline could not stand in the list; it is carried twice then. */
static int note_name(struct buf *list, const char *name) {
    return strchr(name, '\n') ? 0 : buf_printf(list, "%s\n", name);
}

/* What a file is called there. */
static const char *name_there(const struct job *whole, size_t i) {
    const char *below = name_below(whole, whole->inputs[i].path);
    return below ? below : path_basename(whole->inputs[i].path);
}

int stage_names(const struct job *whole, struct buf *out) {
    int r = 0;
    for (size_t i = 0; r == 0 && i < whole->n_inputs; i++) {
        r = note_name(out, name_there(whole, i));
    }
    return r;
}

int stage_make(const struct job *whole, struct store *store, const char *folder,
               const char *names, const struct buf *more, struct errmsg *msg) {
    _cleanup_buf_ struct buf list = BUF_NULL;
    bool elsewhere = false;
    int r = path_make_private(folder);
    for (size_t i = whole->n_inputs; r == 0 && i-- > 0;) {
        const char *path = whole->inputs[i].path;
        const char *name = name_there(whole, i);
        elsewhere = elsewhere || !name_below(whole, path);
        r = i == 0 && elsewhere && strcmp(whole->code, "quantum_espresso") == 0
                ? put_input(whole, store, folder, name, msg)
                : put_link(folder, name, path);
    }
    r = r ? r : stage_names(whole, &list);
    r = r || !more ? r : buf_append(&list, buf_bytes(more), buf_len(more));
    r = r ? r : file_write_atomic(names, buf_bytes(&list), buf_len(&list));
    if (r < 0 && !msg->text[0]) {
        char space[128];
        (void)errmsg_set(msg, r, "its files cannot be made ready in %s: %s", folder,
                         errmsg_errno(r, space, sizeof space));
    }
    return r;
}

void stage_remove(const char *run_dir) {
    _cleanup_free_ char *folder = NULL;
    _cleanup_free_ char *names = NULL;
    if (path_join(&folder, run_dir, STAGE_FOLDER) == 0 &&
        path_join(&names, run_dir, STAGE_NAMES) == 0) {
        path_remove_tree(folder);
        (void)unlink(names);
    }
}
