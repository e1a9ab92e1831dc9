/* The rules of a scanner, by the letter that a line must begin with for them. */
#pragma once

#include <limits.h>
#include <stddef.h>

/* More than any scanner has. */
#define RULE_INDEX_ROOM 192

/* Those of letter c are at [begin[c], begin[c + 1]), in the order in which they were
 * added. All zero it is empty. */
struct rule_index {
    const void *rules[RULE_INDEX_ROOM];
    unsigned char table[RULE_INDEX_ROOM]; /* that each comes from, from 1 */
    unsigned char begin[UCHAR_MAX + 2];
    unsigned char tables;
};

/* All rules of a table, which stays where it is: structs of `size` bytes that begin
 * with a `const char *prefix`, which is not empty; NULL ends the table. */
void rule_index_add(struct rule_index *index, const void *table, size_t size);
