/* Bytes as text of 64 characters (RFC 4648, section 4), with its padding. */
#pragma once

#include <stddef.h>

struct buf;

/* Append the text of n bytes. 0, -ENOMEM or -EOVERFLOW: nothing is appended then. */
int base64_encode(struct buf *out, const void *bytes, size_t n);
/* Append the bytes of a text of n characters. 0, -EINVAL for what is no such text,
 * -ENOMEM or -EOVERFLOW: nothing is appended then. */
int base64_decode(struct buf *out, const char *text, size_t n);
