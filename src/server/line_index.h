/* Where the lines of large files begin. */
#pragma once

#include "base/cleanup.h"
#include "base/platform.h"

#include <stdint.h>

struct line_index;

int line_index_new(struct line_index **out);
struct line_index *line_index_free(struct line_index *index);
DEFINE_CLEANUP(struct line_index *, line_index_free);

enum {
    LINE_INDEX_E_BEHIND = 1, /* not reached in the time of one call; call again */
};

/* Where line *line (from 1; negative: from the end, -1 is the last) begins. When the
 * file has fewer lines, *offset is its size and *line the number of the line that would
 * begin there; or, from the end, that of its first line. On success *line is positive,
 * or 0 where the number is not known. `state` is of `fd`, a regular file, just now.
 * 0, LINE_INDEX_E_BEHIND, or a negative errno. */
int line_index_find(struct line_index *index, int fd, const struct platform_file *state,
                    int64_t *line, int64_t *offset);

/* The number of the line that the byte at `offset` belongs to; 0 while the index has
 * not come so far. It is as good a guess as the last call of line_index_find on this
 * file. */
int64_t line_index_number(struct line_index *index, int fd,
                          const struct platform_file *state, int64_t offset);
