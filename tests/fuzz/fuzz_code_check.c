/* An input and every file beside it that may be anything. */
#include "codes/code_check.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

struct bytes {
    const uint8_t *data;
    size_t n;
};

static int give(void *data, const char *name, size_t most, struct buf *out) {
    const struct bytes *bytes = data;
    (void)name;
    return buf_append(out, bytes->data, bytes->n < most ? bytes->n : most);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n) {
    static const char *const codes[] = {"quantum_espresso", "vasp", "crystal"};
    struct bytes bytes = {data, n};
    const struct code_beside beside = {give, &bytes};
    char *env[] = {NULL};
    for (size_t i = 0; i < 3; i++) {
        struct code_findings findings = {NULL, 0, 0};
        const struct code *code = code_by_name(codes[i]);
        int r = code_check(code, i == 2 ? "x.d12" : "x", (const char *)data, n, env,
                           &beside, &findings);
        if (r != 0 || findings.errors > findings.n) {
            abort();
        }
        code_findings_deinit(&findings);
        (void)code_programs(code, (const char *)data, n, &beside, 1);
    }
    return 0;
}
