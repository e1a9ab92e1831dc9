/* Rules by their first letter. A line that begins with it tries these alone, where it
 * would have to pass by all of the tables. */
#include "codes/rule_index.h"

#include <assert.h>
#include <string.h>

static void insert(struct rule_index *index, const void *rule, unsigned char letter) {
    size_t n = index->begin[UCHAR_MAX + 1];
    size_t at = index->begin[letter + 1];
    assert(n < RULE_INDEX_ROOM);
    memmove(index->rules + at + 1, index->rules + at, (n - at) * sizeof(rule));
    memmove(index->table + at + 1, index->table + at, n - at);
    index->rules[at] = rule;
    index->table[at] = index->tables;
    for (size_t c = (size_t)letter + 1; c <= UCHAR_MAX + 1; c++) {
        index->begin[c]++;
    }
}

void rule_index_add(struct rule_index *index, const void *table, size_t size) {
    index->tables++;
    for (const char *rule = table;; rule += size) {
        const char *prefix;
        memcpy(&prefix, rule, sizeof(prefix));
        if (!prefix) {
            return;
        }
        insert(index, rule, (unsigned char)*prefix);
    }
}
