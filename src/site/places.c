/* Whether a run could write where it has to: in its folder, and where its input tells
 * it to keep its files. A folder that is not there yet is made by the run, so that what
 * counts is the nearest one above that is there. */
#include "site/site.h"

#include "base/cleanup.h"
#include "base/errmsg.h"
#include "base/path.h"
#include "codes/code_check.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* 0, or the errno of what stands in the way; -ENOMEM. *out is the place it is about. */
static int try_to_write(const char *folder, char **out) {
    _cleanup_free_ char *at = strdup(folder);
    struct stat st;
    while (at && stat(at, &st) < 0) {
        char *above = NULL;
        if (errno != ENOENT || path_dirname(&above, at) < 0) {
            *out = TAKE_PTR(at);
            return *out ? errno : -ENOMEM;
        }
        bool same = strcmp(above, at) == 0;
        free(at);
        at = above;
        if (same) {
            break;
        }
    }
    if (!at) {
        return -ENOMEM;
    }
    int r = !S_ISDIR(st.st_mode) ? ENOTDIR : access(at, W_OK | X_OK) < 0 ? errno : 0;
    *out = TAKE_PTR(at);
    return r;
}

static int check_one(const char *file, const char *folder, const char *what,
                     struct code_findings *out) {
    _cleanup_free_ char *place = NULL;
    _cleanup_free_ char *whole = NULL;
    char space[128];
    int r = path_absolute(&whole, folder);
    if (r < 0) {
        return r;
    }
    path_clean(whole);
    folder = whole;
    r = try_to_write(folder, &place);
    return r <= 0 ? r
                  : code_find(out, true, file, 0,
                              "%s %s cannot be written to: %s%s%s; choose another, or "
                              "see to it that it can",
                              what, folder, strcmp(place, folder) == 0 ? "" : place,
                              strcmp(place, folder) == 0 ? "" : ": ",
                              errmsg_errno(-r, space, sizeof space));
}

int site_check_places(const struct code *code, const char *input, const char *text,
                      size_t n, char *const *env, const char *folder,
                      struct code_findings *out) {
    _cleanup_(code_files_deinit) struct code_files files = {NULL, NULL, NULL, NULL};
    _cleanup_free_ char *kept = NULL;
    _cleanup_free_ char *path = NULL;
    size_t before = out->n;
    int r = check_one(input, folder, "the folder", out);
    r = r ? r : code_files(code, input, text, n, env, &files);
    if (r < 0 || !files.stop_file || out->n > before) {
        return r;
    }
    r = path_dirname(&kept, files.stop_file);
    r = r ? r : path_join(&path, folder, kept);
    return r ? r : check_one(input, path, "the folder for its files", out);
}
