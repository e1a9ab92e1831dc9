/* Hashes of bytes and of open files; libmd does the arithmetic. A file is read piece by
 * piece and never held. */
#include "base/sha256.h"

#include <errno.h>
#include <sha2.h>
#include <unistd.h>

enum { PIECE = 64 * 1024 };

void sha256_hex(const void *bytes, size_t n, char out[SHA256_HEX_SIZE]) {
    (void)SHA256Data(bytes, n, out);
}

int sha256_file(int fd, char out[SHA256_HEX_SIZE], int64_t *size) {
    unsigned char piece[PIECE];
    SHA2_CTX context;
    SHA256Init(&context);
    int64_t total = 0;
    for (;;) {
        ssize_t n = read(fd, piece, sizeof piece);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n < 0) {
            return -errno;
        }
        if (n == 0) {
            break;
        }
        SHA256Update(&context, piece, (size_t)n);
        total += n;
    }
    (void)SHA256End(&context, out);
    if (size) {
        *size = total;
    }
    return 0;
}
