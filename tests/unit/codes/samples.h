/* Outputs to read in tests: files and texts. */
#pragma once

#include "base/buf.h"
#include "codes/code.h"

/* Append a file named in a folder that an environment variable names. False when there
 * is no such file (or no such variable). */
bool samples_read(const char *folder_variable, const char *name, struct buf *out);

/* One of tests/samples/qe, which must be there; "../vasp/OUTCAR" for another code's. */
void samples_read_own(const char *name, struct buf *out);

/* The JSON that comes of a text fed whole to the scanner of pw.x and finished. The
 * caller frees it. */
json_t *samples_scan(const char *text, size_t n);
/* The same with the scanner of another code, by its wire name. */
json_t *samples_scan_as(const char *code, const char *text, size_t n);
json_t *samples_scan_text(const char *text);
json_t *samples_scan_own(const char *name);

/* A number, a text, within an object. The key must be there; a number that is null is
 * NAN. */
double samples_number(const json_t *object, const char *key);
const char *samples_text(const json_t *object, const char *key);
/* The category of problem i, NULL when there are not as many. */
const char *samples_problem(const json_t *results, size_t i);

static inline void samples_decref(json_t **json) {
    json_decref(*json);
}
#define _cleanup_json_ _cleanup_(samples_decref)

/* The results of a file of the fixtures, which is an output of that code; where there
 * is none the test is skipped. */
json_t *samples_fixture(const char *code, const char *name);

/* Parts of results: how many there are in a list; element i of it, which is there; a
 * number of an array, NAN where there is none; whether nothing is known. */
size_t samples_count(const json_t *object, const char *key);
json_t *samples_item(const json_t *object, const char *key, size_t i);
double samples_at(const json_t *array, size_t i);
bool samples_is_null(const json_t *object, const char *key);

/* As assert_float_equal, which takes NAN for equal to everything. */
#define assert_close(got, want, epsilon)                                               \
    do {                                                                               \
        double got_ = (got), want_ = (want);                                           \
        assert_int_equal(isnan(got_), isnan(want_));                                   \
        assert_float_equal(got_, want_, epsilon);                                      \
    } while (0)

/* What was run, how it ended, and whether it converged: 1, 0, or -1 for not known. */
void samples_check_verdict(const json_t *results, const char *calculation,
                           const char *status, int converged);
