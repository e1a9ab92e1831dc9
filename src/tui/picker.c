/* A folder read once, when it is opened. */
#include "tui/picker.h"

#include "base/cleanup.h"
#include "base/path.h"
#include "base/str.h"
#include "codes/code.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum {
    LOOK_BYTES = 64 << 10,
};

void picker_init(struct picker *picker) {
    *picker = (struct picker){0};
}

static void free_entries(struct picker_entry *entries, size_t n) {
    for (size_t i = 0; i < n; i++) {
        free(entries[i].name);
    }
    free(entries);
}

void picker_deinit(struct picker *picker) {
    free_entries(picker->entries, picker->n);
    free(picker->folder);
    picker_init(picker);
}

static DIR *closedir_any(DIR *dir) {
    (void)closedir(dir);
    return NULL;
}
DEFINE_CLEANUP(DIR *, closedir_any);

static int add_entry(struct picker *picker, const char *name, bool is_folder,
                     off_t size) {
    if (picker->n == picker->cap) {
        size_t cap = picker->cap ? picker->cap * 2 : 64;
        struct picker_entry *entries = realloc(picker->entries, cap * sizeof *entries);
        if (!entries) {
            return -ENOMEM;
        }
        picker->entries = entries;
        picker->cap = cap;
    }
    char *copy = strdup(name);
    if (!copy) {
        return -ENOMEM;
    }
    picker->entries[picker->n++] = (struct picker_entry){
        .name = copy, .is_folder = is_folder, .looked_at = is_folder, .size = size};
    return 0;
}

static bool is_shown(const struct picker *picker, const char *name) {
    if (strcmp(name, ".") == 0) {
        return false;
    }
    if (strcmp(name, "..") == 0) {
        return strcmp(picker->folder, "/") != 0;
    }
    return picker->hidden || name[0] != '.';
}

/* Folders before files, the way up first of all, else by name without regard to case.
 */
static int compare_entries(const void *left, const void *right) {
    const struct picker_entry *a = left;
    const struct picker_entry *b = right;

    if (a->is_folder != b->is_folder) {
        return a->is_folder ? -1 : 1;
    }
    bool a_is_up = strcmp(a->name, "..") == 0;
    bool b_is_up = strcmp(b->name, "..") == 0;
    if (a_is_up != b_is_up) {
        return a_is_up ? -1 : 1;
    }
    int order = strcasecmp(a->name, b->name);
    return order ? order : strcmp(a->name, b->name);
}

static int read_entries(struct picker *picker, DIR *dir) {
    const struct dirent *entry;
    struct stat status;

    while ((entry = readdir(dir))) {
        if (!is_shown(picker, entry->d_name) ||
            fstatat(dirfd(dir), entry->d_name, &status, 0) < 0 ||
            !(S_ISDIR(status.st_mode) || S_ISREG(status.st_mode))) {
            continue;
        }
        int r =
            add_entry(picker, entry->d_name, S_ISDIR(status.st_mode), status.st_size);
        if (r < 0) {
            return r;
        }
    }
    if (picker->n > 0) {
        qsort(picker->entries, picker->n, sizeof *picker->entries, compare_entries);
    }
    return 0;
}

/* Behind the way up there is something more likely to be wanted. */
static void select_name(struct picker *picker, const char *name) {
    picker->selected =
        picker->n > 1 && strcmp(picker->entries[0].name, "..") == 0 ? 1 : 0;
    for (size_t i = 0; name && i < picker->n; i++) {
        if (strcmp(picker->entries[i].name, name) == 0) {
            picker->selected = i;
            return;
        }
    }
}

int picker_open(struct picker *picker, const char *folder, const char *select,
                struct errmsg *msg) {
    struct picker fresh = {.hidden = picker->hidden};
    char space[128];
    _cleanup_(closedir_anyp) DIR *dir = opendir(folder);

    if (!dir) {
        int code = -errno;
        return errmsg_set(msg, code, "The folder %s cannot be read: %s.", folder,
                          errmsg_errno(code, space, sizeof space));
    }
    fresh.folder = strdup(folder);
    int r = fresh.folder ? read_entries(&fresh, dir) : -ENOMEM;
    if (r < 0) {
        picker_deinit(&fresh);
        return errmsg_set(msg, r, "Memory ran out while reading %s.", folder);
    }
    select_name(&fresh, select);
    picker_deinit(picker);
    *picker = fresh;
    return 0;
}

int picker_up(struct picker *picker, struct errmsg *msg) {
    _cleanup_free_ char *above = NULL;
    _cleanup_free_ char *name = strdup(path_basename(picker->folder));

    if (!name || path_dirname(&above, picker->folder) < 0) {
        return errmsg_set(msg, -ENOMEM, "Memory ran out.");
    }
    return picker_open(picker, above, name, msg);
}

int picker_enter(struct picker *picker, struct errmsg *msg) {
    const struct picker_entry *entry = picker_selected(picker);
    _cleanup_free_ char *path = NULL;

    if (entry && strcmp(entry->name, "..") == 0) {
        return picker_up(picker, msg);
    }
    if (picker_path(picker, &path) < 0) {
        return errmsg_set(msg, -ENOMEM, "Memory ran out.");
    }
    return picker_open(picker, path, NULL, msg);
}

int picker_toggle_hidden(struct picker *picker, struct errmsg *msg) {
    const struct picker_entry *entry = picker_selected(picker);
    _cleanup_free_ char *name = entry ? strdup(entry->name) : NULL;
    _cleanup_free_ char *folder = strdup(picker->folder);

    if (!folder) {
        return errmsg_set(msg, -ENOMEM, "Memory ran out.");
    }
    picker->hidden = !picker->hidden;
    return picker_open(picker, folder, name, msg);
}

const struct picker_entry *picker_selected(const struct picker *picker) {
    return picker->selected < picker->n ? &picker->entries[picker->selected] : NULL;
}

void picker_move(struct picker *picker, long by) {
    if (picker->n == 0) {
        return;
    }
    if (by < 0 && (size_t)-by > picker->selected) {
        picker->selected = 0;
    } else {
        picker->selected = (size_t)((long)picker->selected + by);
    }
    if (picker->selected >= picker->n) {
        picker->selected = picker->n - 1;
    }
}

int picker_path(const struct picker *picker, char **out) {
    const struct picker_entry *entry = picker_selected(picker);

    return path_join(out, picker->folder, entry ? entry->name : "");
}

static ssize_t read_head(const char *path, char *bytes, size_t size) {
    _cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    size_t used = 0;

    while (fd >= 0 && used < size) {
        ssize_t n = read(fd, bytes + used, size - used);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n <= 0) {
            break;
        }
        used += (size_t)n;
    }
    return (ssize_t)used;
}

void picker_look(struct picker *picker, size_t place) {
    struct picker_entry *entry = &picker->entries[place];
    _cleanup_free_ char *path = NULL;
    _cleanup_free_ char *bytes = NULL;

    if (entry->looked_at) {
        return;
    }
    entry->looked_at = true;
    bytes = malloc(LOOK_BYTES);
    if (!bytes || path_join(&path, picker->folder, entry->name) < 0) {
        return;
    }
    ssize_t n = read_head(path, bytes, LOOK_BYTES);
    entry->code = n > 0 ? code_of_input(bytes, (size_t)n) : NULL;
}
