/* Tags are a sorted vector of strings, so that two jobs' tags compare member by member
 * and the order in which they were given does not matter. */
#include "job/tags.h"

#include "base/str.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

bool tag_is_valid(const char *tag) {
    size_t n = strlen(tag);
    if (n == 0 || n > TAG_SIZE_MAX || tag[0] == ' ' || tag[n - 1] == ' ') {
        return false;
    }
    for (const char *at = tag; *at; at++) {
        if ((unsigned char)*at < 0x20 || *at == 0x7F || *at == ',') {
            return false;
        }
    }
    return true;
}

static int compare(const void *a, const void *b) {
    return strcmp(*(char *const *)a, *(char *const *)b);
}

void tags_sort(char **tags) {
    size_t n = tags ? strv_length(tags) : 0;
    if (n < 2) {
        return;
    }
    qsort(tags, n, sizeof *tags, compare);
    size_t kept = 1;
    for (size_t i = 1; i < n; i++) {
        if (strcmp(tags[i], tags[kept - 1]) == 0) {
            free(tags[i]);
        } else {
            tags[kept++] = tags[i];
        }
    }
    tags[kept] = NULL;
}

static size_t length(char *const *strings) {
    return strings ? strv_length(strings) : 0;
}

static bool has(char *const *strings, const char *string) {
    for (; strings && *strings; strings++) {
        if (strcmp(*strings, string) == 0) {
            return true;
        }
    }
    return false;
}

/* Copy those that `without` (may be NULL) does not have behind the n that are there. */
static int copy(char **to, size_t *n, char *const *from, char *const *without) {
    for (; from && *from; from++) {
        if (has(without, *from)) {
            continue;
        }
        to[*n] = strdup(*from);
        if (!to[(*n)++]) {
            return -ENOMEM;
        }
    }
    return 0;
}

int tags_change(char *const *tags, char *const *add, char *const *drop, char ***out) {
    size_t n = 0;
    char **all = calloc(length(tags) + length(add) + 1, sizeof *all);
    int r = all ? copy(all, &n, tags, drop) : -ENOMEM;
    r = r ? r : copy(all, &n, add, NULL);
    if (r == 0) {
        tags_sort(all);
        r = length(all) > TAGS_MAX ? TAGS_E_TOO_MANY : 0;
    }
    if (r != 0) {
        (void)strv_free(all);
        return r;
    }
    *out = all;
    return 0;
}
