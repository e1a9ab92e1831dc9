/* Messages: whatever decodes is read or refused, and what is built from it encodes. */
#include "rpc/message.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void answer(json_t *json) {
    struct rpc_message message;
    const char *why = NULL;
    int r = rpc_message_read(json, &message, &why);
    if (r != 0 && !why) {
        abort();
    }
    if (r == 0 && message.kind != RPC_KIND_RESPONSE && !message.method) {
        abort();
    }
    _cleanup_buf_ struct buf out = BUF_NULL;
    _cleanup_json_ json_t *reply = rpc_result(message.id, json_true());
    if (!reply || rpc_encode_frame(&out, reply) != 0) {
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    char why[256] = "";
    _cleanup_json_ json_t *json = NULL;
    int r = rpc_decode((const char *)data, size, &json, why, sizeof why);
    if (r == RPC_E_PARSE) {
        if (json || !why[0]) {
            abort();
        }
        return 0;
    }
    answer(json);
    for (size_t i = 0; i < json_array_size(json); i++) {
        answer(json_array_get(json, i));
    }
    return 0;
}
