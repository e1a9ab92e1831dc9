/* Tags of a job: words by which people find it. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum {
    TAG_SIZE_MAX = 64, /* bytes */
    TAGS_MAX = 64,     /* of one job */
};

/* Whether it can be one: 1 to TAG_SIZE_MAX bytes, among them no comma and nothing that
 * cannot be seen, and no blank at either end. */
bool tag_is_valid(const char *tag);

/* Bring a vector (may be NULL) into order, each tag once; what goes is freed. */
void tags_sort(char **tags);
