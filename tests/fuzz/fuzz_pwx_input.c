/* An input of pw.x that may be anything. A refusal names a line that the input has. */
#include "codes/code.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n) {
    const char *text = (const char *)data;
    long lines = 1;
    for (size_t i = 0; i < n; i++) {
        lines += text[i] == '\n';
    }
    struct errmsg msg = ERRMSG_NULL;
    long line = 0;
    (void)code_of_input(text, n);
    int r = code_check_input(code_by_name("quantum_espresso"), "x.in", text, n, &line,
                             &msg);
    if (r != 0 && (r != CODE_E_INPUT || line < 1 || line > lines || !msg.text[0])) {
        abort();
    }
    return 0;
}
