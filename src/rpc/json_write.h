/* JSON text, written behind what a buffer holds. Each returns 0, -ENOMEM or -EOVERFLOW.
 */
#pragma once

#include "base/buf.h"

/* A string in quotes, with what has to be escaped escaped. `text` is UTF-8. */
int json_write_string(struct buf *out, const char *text, size_t n);
int json_write_int(struct buf *out, int64_t value);
/* null for what is not finite. */
int json_write_real(struct buf *out, double value);
