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

json_t *samples_fixture(const char *code, const char *name) {
    _cleanup_buf_ struct buf text = BUF_NULL;
    if (!samples_read("CRYSTALMATH_FIXTURES", name, &text)) {
        print_message("# SKIP: there is no %s in the fixtures beside the checkout\n",
                      name);
        skip();
    }
    assert_ptr_equal(code_of_output(buf_bytes(&text), buf_len(&text)),
                     code_by_name(code));
    return samples_scan_as(code, buf_bytes(&text), buf_len(&text));
}

size_t samples_count(const json_t *object, const char *key) {
    return json_array_size(json_object_get(object, key));
}

json_t *samples_item(const json_t *object, const char *key, size_t i) {
    json_t *item = json_array_get(json_object_get(object, key), i);
    assert_non_null(item);
    return item;
}

double samples_at(const json_t *array, size_t i) {
    const json_t *value = json_array_get(array, i);
    return json_is_number(value) ? json_number_value(value) : NAN;
}

bool samples_is_null(const json_t *object, const char *key) {
    return json_is_null(json_object_get(object, key));
}

void samples_check_verdict(const json_t *results, const char *calculation,
                           const char *status, int converged) {
    assert_string_equal(samples_text(results, "calculation"), calculation);
    assert_string_equal(samples_text(results, "status"), status);
    const json_t *truth = json_object_get(results, "converged");
    assert_int_equal(json_is_null(truth) ? -1 : json_is_true(truth), converged);
}
