/* Applying the operations of a space group. Images are compared within the cell, across
 * its faces; of those that are one the first stays. */
#include "structure/expand.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <string.h>

enum {
    COMPARED_MAX = 20000, /* atoms from before that a new one is compared with */
};

static void apply(const struct operation *operation, const double from[3],
                  double to[3]) {
    for (int i = 0; i < 3; i++) {
        const int *row = operation->rotation[i];
        to[i] = row[0] * from[0] + row[1] * from[1] + row[2] * from[2] +
                operation->translation[i];
    }
}

/* Into [0, 1), with what is 1 but for rounding as 0. */
static void wrap(double x[3]) {
    for (int i = 0; i < 3; i++) {
        x[i] -= floor(x[i]);
        x[i] = x[i] > 1 - 1e-9 ? 0 : x[i];
    }
}

static double distance_squared(const struct cell *cell, const double one[3],
                               const double other[3]) {
    double apart[3];
    double at[3];
    for (int i = 0; i < 3; i++) {
        apart[i] = one[i] - other[i];
        apart[i] -= round(apart[i]);
    }
    cell_to_cartesian(cell, apart, at);
    return at[0] * at[0] + at[1] * at[1] + at[2] * at[2];
}

/* Whether the same element sits at x among atoms [from, to). */
static bool is_there(const struct structure *out, const struct cell_inverse *inverse,
                     const struct expansion *expansion, const char *element,
                     const double x[3], size_t from, size_t to, double within) {
    for (size_t i = from; i < to; i++) {
        double other[3];
        if (strcmp(out->atoms[i].element, element) != 0) {
            continue;
        }
        cell_to_fractional(inverse, out->atoms[i].position, other);
        if (distance_squared(&expansion->cell, x, other) < within * within) {
            return true;
        }
    }
    return false;
}

int expand_atom(const struct expansion *expansion, const char *element,
                const double fractional[3], struct structure *out) {
    struct cell_inverse inverse;
    size_t before = out->n_atoms;
    int r = cell_invert(&expansion->cell, &inverse) ? -E2BIG : 0;
    for (size_t i = 0; r == 0 && i < expansion->n; i++) {
        double image[3];
        double position[3];
        double x[3];
        apply(&expansion->operations[i], fractional, image);
        cell_to_cartesian(&expansion->frame, image, position);
        cell_to_fractional(&inverse, position, x);
        wrap(x);
        if (i == 0 && before <= COMPARED_MAX && expansion->n > 1 &&
            is_there(out, &inverse, expansion, element, x, 0, before, 0.01)) {
            return 0;
        }
        if (!is_there(out, &inverse, expansion, element, x, before, out->n_atoms,
                      EXPAND_MERGE)) {
            cell_to_cartesian(&expansion->cell, x, position);
            r = structure_add(out, element, position);
        }
    }
    return r;
}

/* ---- as text ---- */

static const char *skip(const char *at, const char *end) {
    while (at < end && isspace((unsigned char)*at)) {
        at++;
    }
    return at;
}

/* A number without a sign, "0.5" or "1/2"; NULL where there is none. */
static const char *number(const char *at, const char *end, double *out) {
    double value = 0;
    double unit = 0.1;
    const char *from = at;
    for (; at < end && isdigit((unsigned char)*at); at++) {
        value = value * 10 + (*at - '0');
    }
    if (at < end && *at == '.') {
        for (at++; at < end && isdigit((unsigned char)*at); at++, unit /= 10) {
            value += unit * (*at - '0');
        }
    }
    if (at == from || value > 1e6) {
        return NULL;
    }
    *out = value;
    return at;
}

/* One signed term of a component. */
static const char *term(const char *at, const char *end, int row[3], double *shift) {
    int sign = 1;
    double value = 0;
    if (at < end && (*at == '+' || *at == '-')) {
        sign = *at++ == '-' ? -1 : 1;
        at = skip(at, end);
    }
    if (at < end && strchr("xyzXYZ", *at) && *at) {
        row[tolower((unsigned char)*at) - 'x'] += sign;
        return at + 1;
    }
    at = number(at, end, &value);
    if (at && skip(at, end) < end && *skip(at, end) == '/') {
        double below = 0;
        at = number(skip(skip(at, end) + 1, end), end, &below);
        value = below > 0 ? value / below : 0;
    }
    *shift += sign * value;
    return at;
}

static bool component(const char *at, const char *end, int row[3], double *shift) {
    bool any = false;
    for (at = skip(at, end); at && at < end; at = at ? skip(at, end) : at) {
        at = term(at, end, row, shift);
        any = at != NULL;
    }
    return any && at;
}

bool expand_parse(const char *text, size_t n, struct operation *out) {
    struct operation got = {.translation = {0, 0, 0}};
    const char *end = text + n;
    for (int i = 0; i < 3; i++) {
        const char *comma = memchr(text, ',', (size_t)(end - text));
        if ((!comma && i < 2) || !component(text, comma ? comma : end, got.rotation[i],
                                            &got.translation[i])) {
            return false;
        }
        text = comma ? comma + 1 : end;
    }
    const int(*r)[3] = (const int(*)[3])got.rotation;
    int determinant = r[0][0] * (r[1][1] * r[2][2] - r[1][2] * r[2][1]) -
                      r[0][1] * (r[1][0] * r[2][2] - r[1][2] * r[2][0]) +
                      r[0][2] * (r[1][0] * r[2][1] - r[1][1] * r[2][0]);
    if (determinant != 1 && determinant != -1) {
        return false;
    }
    *out = got;
    return true;
}
