/* A file that a person asked for. */
#pragma once

#include <stddef.h>

/* Write these bytes there. What lies there is replaced as a whole, or stays when this
 * fails. CLI_OK, or CLI_FAILED and said why. */
int save_file(const char *path, const char *bytes, size_t n);
