/* A walk with a list of folders that are still to be seen instead of recursion: a tree
 * may be deeper than a stack. No link is followed, so that none leads in a circle. */
#include "cli/import_tree.h"

#include "base/cleanup.h"
#include "base/path.h"
#include "base/str.h"
#include "cli/command.h"
#include "cli/parse_output.h"
#include "cli/say.h"

#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

struct stack {
    char **paths; /* owned, n of them; the next one is the last */
    size_t n, cap;
};

static void stack_deinit(struct stack *stack) {
    while (stack->n > 0) {
        free(stack->paths[--stack->n]);
    }
    free(stack->paths);
}

static void push(struct stack *stack, char *path_take) {
    if (stack->n == stack->cap) {
        stack->cap = stack->cap ? stack->cap * 2 : 64;
        stack->paths = say_need(reallocarray(stack->paths, stack->cap, sizeof(char *)));
    }
    stack->paths[stack->n++] = path_take;
}

static bool is_folder(const struct dirent *entry, const char *path) {
    struct stat st;
    return entry->d_type == DT_DIR || (entry->d_type == DT_UNKNOWN &&
                                       lstat(path, &st) == 0 && S_ISDIR(st.st_mode));
}

static int compare_backwards(const void *a, const void *b) {
    return strcmp(*(char *const *)b, *(char *const *)a);
}

/* 0 or a negative errno. */
static int push_folders_in(struct stack *stack, const char *folder) {
    DIR *dir = opendir(folder);
    if (!dir) {
        return -errno;
    }
    size_t first = stack->n;
    for (const struct dirent *entry = readdir(dir); entry; entry = readdir(dir)) {
        _cleanup_free_ char *path = NULL;
        if (entry->d_name[0] == '.' || str_ends_with(entry->d_name, ".save")) {
            continue;
        }
        if (path_join(&path, folder, entry->d_name) < 0) {
            say_no_memory();
        }
        if (is_folder(entry, path)) {
            push(stack, TAKE_PTR(path));
        }
    }
    (void)closedir(dir);
    if (stack->n > first) {
        qsort(stack->paths + first, stack->n - first, sizeof(char *),
              compare_backwards);
    }
    return 0;
}

int import_tree(const char *folder, int (*fn)(const char *folder, void *data),
                void *data) {
    _cleanup_(stack_deinit) struct stack stack = {NULL, 0, 0};
    int status = CLI_OK;
    push(&stack, say_need(strdup(folder)));
    while (stack.n > 0) {
        _cleanup_free_ char *path = stack.paths[--stack.n];
        int r = push_folders_in(&stack, path);
        if (r == -ENOTDIR) {
            say_error("%s is no folder, and import takes folders with runs in them; to "
                      "read one file: crystalmath parse %s",
                      path, path);
            status = CLI_FAILED;
            continue;
        }
        if (r < 0) {
            status = parse_say_system(path, r);
            continue;
        }
        int own = fn(path, data);
        if (own != CLI_OK) {
            return own;
        }
    }
    return status;
}
