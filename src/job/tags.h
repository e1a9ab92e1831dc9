/* Tags of a job: words by which people find it. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum {
    TAGS_E_TOO_MANY = 1, /* they would be more than TAGS_MAX */
};

enum {
    TAG_SIZE_MAX = 64, /* bytes */
    TAGS_MAX = 64,     /* of one job */
};

/* Whether it can be one: 1 to TAG_SIZE_MAX bytes, among them no comma and nothing that
 * cannot be seen, and no blank at either end. */
bool tag_is_valid(const char *tag);

/* Bring a vector (may be NULL) into order, each tag once; what goes is freed. */
void tags_sort(char **tags);

/* What becomes of a vector (may be NULL) when some tags are taken away and others put
 * to it (each may be NULL; what stands in both is there): a fresh one, in order, which
 * strv_free frees. What cannot be taken away is no error.
 * 0, TAGS_E_TOO_MANY, or -ENOMEM. */
int tags_change(char *const *tags, char *const *add, char *const *drop, char ***out);
