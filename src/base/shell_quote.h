/* Words for a shell, so that they reach a program as they are. */
#pragma once

#include "base/buf.h"

/* Append a word as POSIX sh reads it whole: as it is where it holds nothing special,
 * else between single quotes (POSIX.1-2017, Shell Command Language, 2.2.2). Any bytes
 * but NUL. 0, -ENOMEM or -EOVERFLOW. */
int shell_quote(struct buf *out, const char *word);

/* Append the words of a NULL-terminated vector with spaces between. Likewise. */
int shell_quote_all(struct buf *out, char *const *words);
