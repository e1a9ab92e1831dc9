/* Follow a file as it grows. */
#pragma once

#include "base/cleanup.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

struct follow;

/* New bytes of the file, from this offset on. When the file was cut or replaced,
 * reading begins again: the first call after that has `again` set, with offset 0. */
typedef void (*follow_fn)(const char *bytes, size_t n, int64_t offset, bool again,
                          void *data);

/* Begin at an offset. Nothing is read before the loop runs or follow_read is called. A
 * file that cannot be watched is still read by follow_read. 0 or a negative errno. */
int follow_new(struct follow **out, uv_loop_t *loop, const char *path, int64_t offset,
               follow_fn fn, void *data);

/* Read to the present end, now. */
void follow_read(struct follow *follow);

/* Stops at once; the memory goes when the loop has closed its handles. Returns NULL. */
struct follow *follow_free(struct follow *follow);
