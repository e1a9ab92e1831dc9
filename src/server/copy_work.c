/* A folder grows out of sight, and gets its name when it is whole:
 *
 *     TOP/.partial/NAME/lock      held as long as somebody is at it
 *     TOP/.partial/NAME/folder    becomes TOP/NAME
 *
 * So whatever lies in .partial and is not locked was left by a program that is no more,
 * on this machine or on another one that sees the same files, and can be removed. */
#include "server/copy_work.h"

#include "base/cleanup.h"
#include "base/file.h"
#include "base/file_copy.h"
#include "base/filesystem.h"
#include "base/path.h"
#include "base/platform.h"
#include "base/str.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PARTIAL ".partial"
#define WAY_OUT                                                                        \
    "name another place with copy_directory in [jobs] of config.ini (`crystalmath "    \
    "config`)"

/* Names in a file system end at 255 bytes, and a part comes behind. */
enum { NAME_SHOWN_MAX = 200, TRIES = 3 };

static int fresh_name(const char *name, char **out) {
    static const char digits[] = "abcdefghijklmnopqrstuvwxyzABCDEF";
    unsigned char bytes[6];
    char end[sizeof bytes + 1] = "";
    int r = platform_random(bytes, sizeof bytes);
    for (size_t i = 0; i < sizeof bytes; i++) {
        end[i] = digits[bytes[i] % (sizeof digits - 1)];
    }
    size_t n = strnlen(name, NAME_SHOWN_MAX);
    return r ? r : str_printf(out, "%.*s-%s", (int)str_utf8_uncut(name, n), name, end);
}

int copy_work_new(struct copy_work **out, const char *top, const char *name) {
    struct copy_work *work = calloc(1, sizeof *work);
    int r = work ? 0 : -ENOMEM;
    if (r == 0) {
        work->lock = -1;
        work->max = INT64_MAX;
    }
    if (r == 0 && top) {
        work->top = strdup(top);
        r = work->top ? fresh_name(name, &work->name) : -ENOMEM;
        r = r ? r : str_printf(&work->folder, "%s/%s", top, work->name);
        r = r ? r : str_printf(&work->place, "%s/" PARTIAL "/%s", top, work->name);
        r = r ? r : str_printf(&work->inside, "%s/folder", work->place);
    }
    if (r < 0) {
        (void)copy_work_free(work);
        return r;
    }
    *out = work;
    return 0;
}

struct copy_work *copy_work_free(struct copy_work *work) {
    if (!work) {
        return NULL;
    }
    for (size_t i = 0; i < work->n; i++) {
        free(work->files[i].from);
        free(work->files[i].name);
    }
    if (work->lock >= 0) {
        (void)close(work->lock);
    }
    free(work->files);
    free(work->top);
    free(work->name);
    free(work->input);
    free(work->place);
    free(work->inside);
    free(work->folder);
    buf_deinit(&work->text);
    free(work);
    return NULL;
}

int copy_work_add(struct copy_work *work, enum copy_kind kind, const char *from,
                  const char *name) {
    struct copy_file *more = realloc(work->files, (work->n + 1) * sizeof *work->files);
    if (!more) {
        return -ENOMEM;
    }
    work->files = more;
    struct copy_file *file = &more[work->n];
    *file = (struct copy_file){.kind = kind, .from = strdup(from)};
    file->name = name ? strdup(name) : NULL;
    work->n++;
    return !file->from || (name && !file->name) ? -ENOMEM : 0;
}

const struct copy_file *copy_work_find(const struct copy_work *work, const char *from) {
    for (size_t i = 0; work && i < work->n; i++) {
        if (work->files[i].kind != COPY_LINK &&
            strcmp(work->files[i].from, from) == 0) {
            return &work->files[i];
        }
    }
    return NULL;
}

/* ---- the folder ---- */

static int no_place(struct copy_work *work, int r) {
    char space[128];
    return r == -ENOMEM ? r
                        : errmsg_set(&work->error, r,
                                     "a folder for the copy cannot be made in %s: "
                                     "%s; " WAY_OUT,
                                     work->top, errmsg_errno(r, space, sizeof space));
}

/* Somebody else may remove .partial because it is empty. */
static int make_place(struct copy_work *work) {
    _cleanup_free_ char *lock = NULL;
    _cleanup_free_ char *partial = NULL;
    int r = path_dirname(&partial, work->place);
    r = r ? r : path_join(&lock, work->place, "lock");
    if (r < 0) {
        return r;
    }
    for (int i = 0; i < TRIES; i++) {
        r = path_make_private(partial);
        r = r == 0 && mkdir(work->place, 0700) < 0 ? -errno : r;
        r = r ? r : file_lock(lock, &work->lock);
        if (r != -ENOENT) {
            break;
        }
    }
    r = r > 0 ? -EBUSY : r;
    return r == 0 && mkdir(work->inside, 0700) < 0 ? -errno : r;
}

static void leave_place(struct copy_work *work) {
    _cleanup_free_ char *lock = NULL;
    _cleanup_free_ char *partial = NULL;
    if (path_join(&lock, work->place, "lock") == 0) {
        (void)unlink(lock);
    }
    if (work->lock >= 0) {
        (void)close(TAKE_FD(work->lock));
    }
    (void)rmdir(work->place);
    if (path_dirname(&partial, work->place) == 0) {
        (void)rmdir(partial);
    }
}

/* ---- what goes into it ---- */

static int cannot(struct copy_work *work, const char *path, int r) {
    char space[128];
    return r == -ENOMEM || r == -ECANCELED
               ? r
               : errmsg_set(&work->error, r, "%s cannot be copied to %s: %s; " WAY_OUT,
                            path, work->top, errmsg_errno(r, space, sizeof space));
}

static int unreadable(struct copy_work *work, const char *path, int error) {
    char space[128];
    return errmsg_set(&work->error, -EINVAL, "%s cannot be read: %s", path,
                      error ? errmsg_errno(-error, space, sizeof space)
                            : "it is not a regular file");
}

static int too_large(struct copy_work *work, const char *path) {
    return errmsg_set(&work->error, -EFBIG,
                      "%s is too large: at most %" PRId64 " MiB are copied for a job "
                      "of a batch; submit it in a message of its own",
                      path, work->max / 1024 / 1024);
}

static int path_inside(const struct copy_work *work, const char *name, char **out) {
    _cleanup_free_ char *folder = NULL;
    int r = path_join(out, work->inside, name);
    if (r == 0) {
        path_clean(*out);
        r = path_dirname(&folder, *out);
    }
    return r ? r : path_make_private(folder);
}

static int copy_one(struct copy_work *work, struct copy_file *file, int64_t *left) {
    _cleanup_free_ char *to = NULL;
    struct file_copying how = {.max = INT64_MAX, .stop = &work->stop};
    int r = 0;
    if (file->kind == COPY_FILE) {
        how.max = *left;
        r = path_inside(work, file->name, &to);
    }
    r = r ? r : file_copy(file->from, to, &how);
    if (r == -EEXIST) {
        r = file_copy(file->from, NULL, &how); /* under another name it is there */
    }
    switch (r) {
    case 0:
        file->there = true;
        file->size = how.size;
        memcpy(file->sha256, how.sha256, sizeof file->sha256);
        *left -= to ? how.size : 0;
        return 0;
    case FILE_COPY_E_MISSING: /* that is said by the code */
        return 0;
    case FILE_COPY_E_SOURCE:
        return file->kind == COPY_READ ? 0
                                       : unreadable(work, file->from, how.error_source);
    case -EFBIG:
        return too_large(work, file->from);
    default:
        return cannot(work, file->from, r);
    }
}

/* What may not be copied is read where it is. */
static int link_one(struct copy_work *work, const struct copy_file *file) {
    _cleanup_free_ char *to = NULL;
    int r = path_inside(work, file->name, &to);
    r = r == 0 && access(file->from, F_OK) == 0 && symlink(file->from, to) < 0 ? -errno
                                                                               : r;
    return r < 0 ? cannot(work, file->from, r) : 0;
}

/* Named twice. */
static bool is_repeated(const struct copy_work *work, size_t i) {
    for (size_t j = 0; j < i; j++) {
        if (work->files[j].kind == work->files[i].kind &&
            strcmp(work->files[j].from, work->files[i].from) == 0) {
            return true;
        }
    }
    return false;
}

static int fill(struct copy_work *work) {
    int64_t left = work->max;
    int r = 0;
    if (work->input) {
        _cleanup_free_ char *path = NULL;
        r = path_inside(work, work->input, &path);
        r = r ? r
              : file_write_atomic(path, buf_bytes(&work->text), buf_len(&work->text));
        r = r < 0 ? cannot(work, work->input, r) : 0;
    }
    for (size_t i = 0; r == 0 && i < work->n; i++) {
        struct copy_file *file = &work->files[i];
        if (!is_repeated(work, i)) {
            r = file->kind == COPY_LINK ? link_one(work, file)
                                        : copy_one(work, file, &left);
        }
    }
    return r;
}

/* It is better not to begin than to fill a disk that running jobs write to. */
static int check_room(struct copy_work *work) {
    int64_t needed = 0;
    struct stat st;
    for (size_t i = 0; i < work->n; i++) {
        if (work->files[i].kind == COPY_FILE && !is_repeated(work, i) &&
            stat(work->files[i].from, &st) == 0 && S_ISREG(st.st_mode)) {
            int64_t held = (int64_t)st.st_blocks * 512; /* less, where it has holes */
            needed += held < st.st_size ? held : st.st_size;
        }
    }
    int64_t room = filesystem_free_bytes(work->place);
    enum { MIB = 1024 * 1024 };
    return room < 0 || needed <= room
               ? 0
               : errmsg_set(&work->error, -ENOSPC,
                            "the files to be copied have %" PRId64
                            " MiB, and %s has room for %" PRId64
                            " MiB; make room there, or " WAY_OUT,
                            needed / MIB, work->top, room / MIB);
}

int copy_work_run(struct copy_work *work) {
    if (!work->top) {
        return fill(work);
    }
    int r = make_place(work);
    if (r < 0) {
        leave_place(work);
        return no_place(work, r);
    }
    r = check_room(work);
    r = r ? r : fill(work);
    if (r == 0 && atomic_load(&work->stop)) {
        r = -ECANCELED;
    }
    if (r == 0) {
        r = file_move(work->inside, work->folder, false);
        work->whole = r == 0;
        r = r < 0 ? no_place(work, r) : 0;
    }
    if (r < 0) {
        path_remove_tree(work->inside);
        leave_place(work);
    }
    return r;
}

void copy_work_keep(struct copy_work *work) {
    if (work->whole) {
        work->whole = false;
        leave_place(work);
    }
}

void copy_work_discard(struct copy_work *work) {
    if (work->whole) {
        work->whole = false;
        (void)rename(work->folder, work->inside);
        (void)close(TAKE_FD(work->lock));
    }
}

/* ---- what others left ---- */

static bool remove_left(const char *partial, const char *name) {
    _cleanup_free_ char *place = NULL;
    _cleanup_free_ char *inside = NULL;
    _cleanup_free_ char *lock = NULL;
    _cleanup_close_ int held = -1;
    if (path_join(&place, partial, name) < 0 ||
        path_join(&inside, place, "folder") < 0 ||
        path_join(&lock, place, "lock") < 0 || file_lock(lock, &held) != 0) {
        return false;
    }
    path_remove_tree(inside);
    (void)unlink(lock);
    return rmdir(place) == 0;
}

size_t copy_tidy(const char *top) {
    _cleanup_free_ char *partial = NULL;
    size_t n = 0;
    DIR *dir = path_join(&partial, top, PARTIAL) == 0 ? opendir(partial) : NULL;
    if (!dir) {
        return 0;
    }
    for (struct dirent *entry = readdir(dir); entry; entry = readdir(dir)) {
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0) {
            n += remove_left(partial, entry->d_name) ? 1 : 0;
        }
    }
    (void)closedir(dir);
    (void)rmdir(partial);
    return n;
}

bool copy_needs_tidying(const char *top) {
    _cleanup_free_ char *partial = NULL;
    return top && path_join(&partial, top, PARTIAL) == 0 && access(partial, F_OK) == 0;
}
