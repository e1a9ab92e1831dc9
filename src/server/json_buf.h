/* JSON values of the library, as text in our buffers. */
#pragma once

#include "base/buf.h"

#include <jansson.h>

/* json_decrefp is jansson's own. */
#define _cleanup_json_ _cleanup_(json_decrefp)

/* Append any value as compact text. 0 or -ENOMEM. */
int json_buf_append(struct buf *out, const json_t *value);
