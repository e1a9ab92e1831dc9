/* Reading and scanning what tests are made of. */
#include "samples.h"

#include "base/file.h"
#include "base/path.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum {
    LARGEST = 16 * 1024 * 1024,
};

bool samples_read(const char *folder_variable, const char *name, struct buf *out) {
    const char *folder = getenv(folder_variable);
    _cleanup_free_ char *path = NULL;
    return folder && path_join(&path, folder, name) == 0 &&
           file_read(path, LARGEST, out) == 0;
}

void samples_read_own(const char *name, struct buf *out) {
    assert_true(samples_read("CRYSTALMATH_SAMPLES", name, out));
}

json_t *samples_scan_as(const char *code, const char *text, size_t n) {
    struct scanner *scanner = NULL;
    assert_int_equal(scanner_new(&scanner, code_by_name(code)), 0);
    assert_int_equal(scanner_feed(scanner, text, n), 0);
    assert_int_equal(scanner_finish(scanner), 0);
    json_t *json = results_to_json(scanner_results(scanner));
    assert_non_null(json);
    (void)scanner_free(scanner);
    return json;
}

json_t *samples_scan(const char *text, size_t n) {
    return samples_scan_as("quantum_espresso", text, n);
}

json_t *samples_scan_text(const char *text) {
    return samples_scan(text, strlen(text));
}

json_t *samples_scan_own(const char *name) {
    _cleanup_buf_ struct buf buf = BUF_NULL;
    samples_read_own(name, &buf);
    return samples_scan(buf_bytes(&buf), buf_len(&buf));
}

double samples_number(const json_t *object, const char *key) {
    const json_t *value = json_object_get(object, key);
    assert_non_null(value);
    return json_is_number(value) ? json_number_value(value) : NAN;
}

const char *samples_text(const json_t *object, const char *key) {
    const json_t *value = json_object_get(object, key);
    assert_non_null(value);
    return json_string_value(value);
}

const char *samples_problem(const json_t *results, size_t i) {
    const json_t *problem = json_array_get(json_object_get(results, "problems"), i);
    return problem ? samples_text(problem, "category") : NULL;
}
