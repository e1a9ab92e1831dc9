#include "reading.h"

#include "base/cleanup.h"
#include "support/alloc_fault.h"

#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static int read_text(reading_fn *fn, const char *bytes, size_t n, struct structure *out,
                     struct errmsg *msg) {
    const struct structure_text text = {"f", bytes, n};
    return fn(&text, out, msg);
}

void reading_ok(reading_fn *fn, const char *text, struct structure *out) {
    struct errmsg msg = ERRMSG_NULL;
    int r = read_text(fn, text, strlen(text), out, &msg);
    assert_string_equal(msg.text, "");
    assert_int_equal(r, 0);
}

void reading_refused(reading_fn *fn, const char *text, const char *words) {
    struct errmsg msg = ERRMSG_NULL;
    struct structure structure = {.n_notes = 0, .periodic = 7};
    assert_int_equal(read_text(fn, text, strlen(text), &structure, &msg),
                     STRUCTURE_E_INPUT);
    assert_string_equal(msg.text, words);
    assert_int_equal(structure.periodic, 7);
    assert_null(structure.atoms);
}

void reading_atom(const struct structure *structure, size_t i, const char *element,
                  double x, double y, double z) {
    const double want[3] = {x, y, z};
    assert_true(i < structure->n_atoms);
    const struct atom *atom = &structure->atoms[i];
    assert_string_equal(atom->element, element);
    for (int k = 0; k < 3; k++) {
        if (!(fabs(atom->position[k] - want[k]) < 1e-6)) {
            fail_msg("atom %zu (%s) is at %.8f %.8f %.8f, not %.8f %.8f %.8f", i,
                     element, atom->position[0], atom->position[1], atom->position[2],
                     x, y, z);
        }
    }
}

void reading_cell(const struct structure *structure, double a, double b, double c,
                  double alpha, double beta, double gamma) {
    struct cell_parameters p = cell_parameters(&structure->cell);
    const double got[6] = {p.a, p.b, p.c, p.alpha, p.beta, p.gamma};
    const double want[6] = {a, b, c, alpha, beta, gamma};
    for (int i = 0; i < 6; i++) {
        if (!(fabs(got[i] - want[i]) < 1e-6)) {
            fail_msg("number %d of the cell is %.9f, not %.9f", i + 1, got[i], want[i]);
        }
    }
}

static void survive(reading_fn *fn, const char *bytes, size_t n) {
    _cleanup_structure_ struct structure structure = STRUCTURE_NULL;
    struct errmsg msg = ERRMSG_NULL;
    int r = read_text(fn, bytes, n, &structure, &msg);
    assert_true(r == 0 || (r == STRUCTURE_E_INPUT && msg.text[0] != '\0'));
    assert_true(r == 0 || structure.atoms == NULL);
}

struct attempt {
    reading_fn *fn;
    const char *text;
};

static int attempt_read(void *data) {
    const struct attempt *attempt = data;
    _cleanup_structure_ struct structure structure = STRUCTURE_NULL;
    return read_text(attempt->fn, attempt->text, strlen(attempt->text), &structure,
                     NULL);
}

void reading_hostile(reading_fn *fn, const char *text) {
    static const char bytes[] = {'\0', '\n', '9', '-', '.', '\'', ';', '_', (char)0xFF};
    size_t n = strlen(text);
    for (size_t i = 0; i <= n; i++) {
        /* A copy that is no longer, so that reading behind its end is seen. */
        _cleanup_free_ char *copy = malloc(n ? n : 1);
        assert_non_null(copy);
        memcpy(copy, text, n);
        survive(fn, copy, n);
        _cleanup_free_ char *cut = malloc(i ? i : 1);
        assert_non_null(cut);
        memcpy(cut, text, i);
        survive(fn, cut, i);
        for (size_t k = 0; i < n && k < sizeof bytes; k++) {
            copy[i] = bytes[k];
            survive(fn, copy, n);
        }
    }
    struct attempt attempt = {fn, text};
    assert_true(alloc_fault_sweep(attempt_read, &attempt, -ENOMEM) > 0);
}
