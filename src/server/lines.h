/* The whole lines in what comes in pieces, as subscribers are told of them. */
#pragma once

#include "base/buf.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

struct lines {
    struct buf text; /* since the last whole line; owned */
    int64_t offset;  /* where that begins in the file */
};

#define LINES_NULL                                                                     \
    { .text = BUF_NULL }

void lines_deinit(struct lines *lines);

/* Add what comes next in the file, from this offset on. Returns how many of the bytes
 * gathered make whole lines, or a line that is too long to be waited for; 0: none yet,
 * or memory ran out and the line is lost. */
size_t lines_add(struct lines *lines, const char *bytes, size_t n, int64_t offset);

/* The parameters of jobs.log for the first `n` bytes, which are then let go of. NULL
 * when memory runs out. */
json_t *lines_take(struct lines *lines, size_t n, int64_t job, const char *file);
/* Those that say that a file is sent from its beginning again; what was gathered is
 * dropped. */
json_t *lines_again(struct lines *lines, int64_t job, const char *file);
