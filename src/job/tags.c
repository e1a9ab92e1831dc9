/* Tags are a sorted vector of strings, so that two jobs' tags compare member by member
 * and the order in which they were given does not matter. */
#include "job/tags.h"

#include "base/str.h"

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
