/* The list is replaced as a whole by each answer. */
#include "tui/chooser.h"

#include "base/cleanup.h"
#include "base/clock.h"

#include <errno.h>
#include <string.h>

void chooser_init(struct chooser *chooser) {
    *chooser = (struct chooser){0};
}

static void forget_files(struct chooser *chooser) {
    for (size_t i = 0; i < chooser->n; i++) {
        free(chooser->files[i].name);
    }
    free(chooser->files);
    free(chooser->directory);
    chooser->files = NULL;
    chooser->directory = NULL;
    chooser->n = 0;
    chooser->more = false;
}

void chooser_deinit(struct chooser *chooser) {
    forget_files(chooser);
    chooser_init(chooser);
}

void chooser_reset(struct chooser *chooser, int64_t job) {
    chooser_deinit(chooser);
    chooser->job = job;
}

static int read_file(struct chooser_file *out, const json_t *file) {
    const char *name = json_string_value(json_object_get(file, "name"));
    const char *at = json_string_value(json_object_get(file, "modified_at"));
    out->name = strdup(name ? name : "?");
    out->size = json_integer_value(json_object_get(file, "size"));
    out->nameless = !name || json_is_false(json_object_get(file, "representable"));
    out->modified_ms = 0;
    if (at) {
        (void)clock_parse_iso8601(at, &out->modified_ms);
    }
    return out->name ? 0 : -ENOMEM;
}

static int read_all(struct chooser *chooser, const json_t *answer) {
    const json_t *files = json_object_get(answer, "files");
    const char *directory = json_string_value(json_object_get(answer, "directory"));
    size_t n = json_array_size(files);
    chooser->files = calloc(n + 1, sizeof *chooser->files);
    chooser->directory = directory ? strdup(directory) : NULL;
    if (!chooser->files || (directory && !chooser->directory)) {
        return -ENOMEM;
    }
    for (size_t i = 0; i < n; i++) {
        if (read_file(&chooser->files[i], json_array_get(files, i)) < 0) {
            return -ENOMEM;
        }
        chooser->n++;
    }
    chooser->more = json_is_true(json_object_get(answer, "more"));
    return 0;
}

static void select_name(struct chooser *chooser, const char *name) {
    for (size_t i = 0; name && i < chooser->n; i++) {
        if (strcmp(chooser->files[i].name, name) == 0) {
            chooser->selected = i;
            return;
        }
    }
}

int chooser_set(struct chooser *chooser, const json_t *answer) {
    _cleanup_free_ char *name = NULL;
    const struct chooser_file *before = chooser_selected(chooser);
    if (before) {
        name = strdup(before->name);
        if (!name) {
            return -ENOMEM;
        }
    }
    forget_files(chooser);
    int r = read_all(chooser, answer);
    if (r < 0) {
        forget_files(chooser);
    }
    chooser->loaded = true;
    select_name(chooser, name);
    chooser_move(chooser, 0);
    return r;
}

const struct chooser_file *chooser_selected(const struct chooser *chooser) {
    return chooser->selected < chooser->n ? &chooser->files[chooser->selected] : NULL;
}

void chooser_move(struct chooser *chooser, long by) {
    size_t last = chooser->n > 0 ? chooser->n - 1 : 0;
    if (by < 0) {
        size_t back = (size_t)-by;
        chooser->selected = chooser->selected > back ? chooser->selected - back : 0;
    } else {
        chooser->selected += (size_t)by;
    }
    if (chooser->selected > last) {
        chooser->selected = last;
    }
}

void chooser_keep_in_view(struct chooser *chooser, size_t height) {
    if (chooser->selected < chooser->top) {
        chooser->top = chooser->selected;
    } else if (height > 0 && chooser->selected >= chooser->top + height) {
        chooser->top = chooser->selected - height + 1;
    }
}
