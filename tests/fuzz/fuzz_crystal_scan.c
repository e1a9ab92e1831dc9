/* An output of CRYSTAL, of whatever kind, that may be anything. Read whole and in
 * pieces, it must yield the same, and the results must be such that JSON can be made of
 * them.
 */
#include "codes/code.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static json_t *scan(const char *text, size_t n, size_t piece) {
    struct scanner *scanner = NULL;
    if (scanner_new(&scanner, code_by_name("crystal")) < 0) {
        abort();
    }
    for (size_t i = 0; i < n; i += piece) {
        size_t some = n - i < piece ? n - i : piece;
        if (scanner_feed(scanner, text + i, some) < 0) {
            abort();
        }
    }
    if (scanner_finish(scanner) < 0) {
        abort();
    }
    json_t *json = results_to_json(scanner_results(scanner));
    (void)scanner_free(scanner);
    if (!json) {
        abort();
    }
    return json;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n) {
    const char *text = (const char *)data;
    (void)code_of_output(text, n);
    (void)code_of_input(text, n);
    json_t *whole = scan(text, n, n + 1);
    json_t *pieces = scan(text, n, 1 + (n > 0 ? data[n - 1] % 97 : 0));
    if (!json_equal(whole, pieces)) {
        abort();
    }
    json_decref(whole);
    json_decref(pieces);
    return 0;
}
