/* Frames: whatever comes, in pieces of any size, gives the same frames as in one piece.
 */
#include "rpc/frame.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Feed in pieces; a hash of all bodies and of how it ended. */
static uint64_t bodies(const uint8_t *data, size_t size, size_t piece) {
    _cleanup_buf_ struct buf in = BUF_NULL;
    struct frame frame = FRAME_NULL;
    uint64_t hash = 1469598103934665603U;
    for (size_t at = 0; at < size; at += piece) {
        size_t n = size - at < piece ? size - at : piece;
        if (buf_append(&in, data + at, n) < 0) {
            abort();
        }
        const char *body = NULL;
        size_t len = 0;
        int r = 0;
        while ((r = frame_next(&frame, &in, &body, &len)) == 0) {
            if (len == 0 || len > FRAME_BODY_MAX || len > buf_len(&in)) {
                abort();
            }
            for (size_t i = 0; i < len; i++) {
                hash = (hash ^ (unsigned char)body[i]) * 1099511628211U;
            }
            hash = (hash ^ 0x1FF) * 1099511628211U;
            frame_consume(&frame, &in);
        }
        if (r != FRAME_E_AGAIN) {
            return hash ^ (uint64_t)r;
        }
    }
    return hash;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size < 1) {
        return 0;
    }
    size_t piece = 1 + data[0] % 32;
    if (bodies(data + 1, size - 1, size) != bodies(data + 1, size - 1, piece)) {
        abort();
    }
    return 0;
}
