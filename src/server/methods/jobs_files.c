/* jobs.files: the regular files below a job's directory, folder by folder, so that
 * those of the upper folders are told where there are too many. Links to files count,
 * links to folders are not followed: they may lead anywhere, and back. What cannot be
 * looked at is left out. */
#include "server/methods/methods.h"

#include "base/platform.h"
#include "base/str.h"
#include "server/job_json.h"
#include "server/server.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

enum { FILES_LIMIT = 1000 };

struct found {
    char *name; /* owned; from the job's directory */
    bool folder;
    struct platform_file file;
};

/* Files and folders as they were met; folders from `next` on are still to be read. */
struct walk {
    const char *top;
    struct found *found; /* owned */
    size_t n, cap, next;
    size_t limit;
    bool more;
};

static void walk_deinit(struct walk *walk) {
    for (size_t i = 0; i < walk->n; i++) {
        free(walk->found[i].name);
    }
    free(walk->found);
}

static int put(struct walk *walk, const struct found *one) {
    if (walk->n == walk->cap) {
        size_t cap = walk->cap ? walk->cap * 2 : 64;
        struct found *grown = realloc(walk->found, cap * sizeof *grown);
        if (!grown) {
            return -ENOMEM;
        }
        walk->found = grown;
        walk->cap = cap;
    }
    walk->found[walk->n++] = *one;
    return 0;
}

static int meet(struct walk *walk, const char *folder, const char *name) {
    struct found one = {0};
    _cleanup_free_ char *below = NULL;
    _cleanup_free_ char *path = NULL;
    struct stat link;
    int r = str_printf(&below, "%s%s%s", folder, *folder ? "/" : "", name);
    r = r ? r : str_printf(&path, "%s/%s", walk->top, below);
    if (r < 0) {
        return r;
    }
    if (lstat(path, &link) < 0 || platform_file(-1, path, &one.file) < 0) {
        return 0; /* gone, or a link to nothing */
    }
    one.folder = S_ISDIR(link.st_mode);
    if (!one.folder && !S_ISREG(one.file.mode)) {
        return 0;
    }
    one.name = below;
    r = put(walk, &one);
    if (r == 0) {
        below = NULL;
    }
    return r;
}

static int read_folder(struct walk *walk, const char *folder) {
    _cleanup_free_ char *path = NULL;
    int r = str_printf(&path, "%s/%s", walk->top, folder);
    DIR *dir = r == 0 ? opendir(path) : NULL;
    if (!dir) {
        return r < 0 || errno == ENOMEM ? -ENOMEM : 0;
    }
    const struct dirent *entry = NULL;
    while (r == 0 && (entry = readdir(dir))) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) {
            continue;
        }
        if (walk->n >= walk->limit) {
            walk->more = true;
            break;
        }
        r = meet(walk, folder, entry->d_name);
    }
    (void)closedir(dir);
    return r;
}

static int by_name(const void *a, const void *b) {
    return strcmp(((const struct found *)a)->name, ((const struct found *)b)->name);
}

static json_t *found_json(const struct found *one) {
    _cleanup_free_ char *text = str_to_utf8(one->name, strlen(one->name));
    return text ? json_pack("{s:s, s:I, s:o, s:b}", "name", text, "size",
                            (json_int_t)one->file.size, "modified_at",
                            json_time_or_null(one->file.modified_ms), "representable",
                            (int)(strcmp(text, one->name) == 0))
                : NULL;
}

static int answer(struct request *request, struct walk *walk) {
    if (walk->n > 0) {
        qsort(walk->found, walk->n, sizeof *walk->found, by_name);
    }
    _cleanup_json_ json_t *files = json_array();
    for (size_t i = 0; files && i < walk->n; i++) {
        if (!walk->found[i].folder &&
            json_array_append_new(files, found_json(&walk->found[i])) < 0) {
            return -ENOMEM;
        }
    }
    request->result =
        json_pack("{s:o, s:O, s:b}", "directory", json_text_or_null(walk->top), "files",
                  files, "more", (int)walk->more);
    return request->result ? 0 : -ENOMEM;
}

int method_jobs_files(struct request *request) {
    _cleanup_(job_freep) struct job *stored = NULL;
    const struct job *job = NULL;
    int r = method_find_job(request, request_integer(request, "id", 0), &job, &stored);
    if (r != 0) {
        return r;
    }
    _cleanup_(walk_deinit) struct walk walk = {
        .top = job->directory,
        .limit = (size_t)request_integer(request, "limit", FILES_LIMIT),
    };
    r = read_folder(&walk, "");
    for (; r == 0 && walk.next < walk.n; walk.next++) {
        if (walk.found[walk.next].folder) {
            _cleanup_free_ char *folder = strdup(walk.found[walk.next].name);
            r = folder ? read_folder(&walk, folder) : -ENOMEM;
        }
    }
    return r == 0 ? answer(request, &walk) : r;
}
