/* SHA-256 (FIPS 180-4), as 64 lower-case hexadecimal digits. */
#pragma once

#include <stddef.h>
#include <stdint.h>

enum { SHA256_HEX_SIZE = 65 }; /* with the NUL */

void sha256_hex(const void *bytes, size_t n, char out[SHA256_HEX_SIZE]);

/* Of what a descriptor still has to give, from where it stands to its end; it is left
 * there. `size` (may be NULL) tells how many bytes that was. 0 or a negative errno;
 * nothing is written then. */
int sha256_file(int fd, char out[SHA256_HEX_SIZE], int64_t *size);
