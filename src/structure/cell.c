/* Lattice geometry and chemical formulae. Pure arithmetic on what the caller owns. */
#include "structure/cell.h"

#include "base/buf.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static double dot(const double u[3], const double v[3]) {
    return u[0] * v[0] + u[1] * v[1] + u[2] * v[2];
}

static double angle_degrees(const double u[3], const double v[3]) {
    double lengths = sqrt(dot(u, u)) * sqrt(dot(v, v));
    /* Rounding may leave the cosine of parallel vectors a little outside [-1, 1]. */
    double cosine = fmax(-1.0, fmin(1.0, dot(u, v) / lengths));
    return lengths > 0 ? acos(cosine) * 180.0 / M_PI : NAN;
}

double cell_determinant(const struct cell *cell) {
    const double *a = cell->vector[0];
    const double *b = cell->vector[1];
    const double *c = cell->vector[2];
    return a[0] * (b[1] * c[2] - b[2] * c[1]) + a[1] * (b[2] * c[0] - b[0] * c[2]) +
           a[2] * (b[0] * c[1] - b[1] * c[0]);
}

struct cell_parameters cell_parameters(const struct cell *cell) {
    const double *a = cell->vector[0];
    const double *b = cell->vector[1];
    const double *c = cell->vector[2];
    return (struct cell_parameters){
        .a = sqrt(dot(a, a)),
        .b = sqrt(dot(b, b)),
        .c = sqrt(dot(c, c)),
        .alpha = angle_degrees(b, c),
        .beta = angle_degrees(c, a),
        .gamma = angle_degrees(a, b),
        .volume = fabs(cell_determinant(cell)),
    };
}

/* Whether the vectors span a volume that can be divided by. */
static bool is_flat(const struct cell *cell, double volume) {
    const double *a = cell->vector[0];
    const double *b = cell->vector[1];
    const double *c = cell->vector[2];
    double edges = sqrt(dot(a, a)) * sqrt(dot(b, b)) * sqrt(dot(c, c));
    return !isfinite(edges) || !isfinite(volume) || !(edges > 1e-9) ||
           !(fabs(volume) > 1e-7 * edges);
}

/* Cosines that are meant to be 0 or 1/2 are so to the last digit. */
static double cosine_degrees(double angle) {
    return angle == 90    ? 0
           : angle == 60  ? 0.5
           : angle == 120 ? -0.5
                          : cos(angle * M_PI / 180.0);
}

int cell_of_parameters(const struct cell_parameters *p, struct cell *out) {
    double ca = cosine_degrees(p->alpha);
    double cb = cosine_degrees(p->beta);
    double cg = cosine_degrees(p->gamma);
    double sg = sqrt(1 - cg * cg);
    double y = (ca - cb * cg) / sg;
    double z = 1 - cb * cb - y * y;
    if (!(p->a > 0 && p->b > 0 && p->c > 0) || !(z > 0) || !isfinite(z)) {
        return CELL_E_FLAT;
    }
    struct cell cell = {{{p->a, 0, 0},
                         {p->b * cg, p->b * sg, 0},
                         {p->c * cb, p->c * y, p->c * sqrt(z)}}};
    if (is_flat(&cell, cell_determinant(&cell))) {
        return CELL_E_FLAT;
    }
    *out = cell;
    return 0;
}

int cell_invert(const struct cell *cell, struct cell_inverse *out) {
    double volume = cell_determinant(cell);
    if (is_flat(cell, volume)) {
        return CELL_E_FLAT;
    }
    for (int i = 0; i < 3; i++) {
        const double *u = cell->vector[(i + 1) % 3];
        const double *v = cell->vector[(i + 2) % 3];
        out->column[0][i] = (u[1] * v[2] - u[2] * v[1]) / volume;
        out->column[1][i] = (u[2] * v[0] - u[0] * v[2]) / volume;
        out->column[2][i] = (u[0] * v[1] - u[1] * v[0]) / volume;
    }
    return 0;
}

void cell_to_fractional(const struct cell_inverse *inverse, const double position[3],
                        double out[3]) {
    for (int i = 0; i < 3; i++) {
        out[i] = position[0] * inverse->column[0][i] +
                 position[1] * inverse->column[1][i] +
                 position[2] * inverse->column[2][i];
    }
}

void cell_to_cartesian(const struct cell *cell, const double fractional[3],
                       double out[3]) {
    for (int i = 0; i < 3; i++) {
        out[i] = fractional[0] * cell->vector[0][i] +
                 fractional[1] * cell->vector[1][i] +
                 fractional[2] * cell->vector[2][i];
    }
}

/* The order of Hill's system: carbon, hydrogen, alphabet; or alphabet alone. */
static int hill_rank(const char *element, bool organic) {
    if (organic && strcmp(element, "C") == 0) {
        return 0;
    }
    if (organic && strcmp(element, "H") == 0) {
        return 1;
    }
    return 2;
}

static int compare_elements(const void *left, const void *right, void *organic) {
    const char *one = left;
    const char *other = right;
    int ranks = hill_rank(one, *(bool *)organic) - hill_rank(other, *(bool *)organic);
    return ranks ? ranks : strcmp(one, other);
}

static int append_element(struct buf *buf, const char *element, size_t count) {
    return count > 1 ? buf_printf(buf, "%s%zu", element, count)
                     : buf_append_str(buf, element);
}

char *cell_formula(const struct atom *atoms, size_t n) {
    typedef char element[ATOM_ELEMENT_SIZE];
    _cleanup_free_ element *sorted = calloc(n ? n : 1, sizeof(*sorted));
    if (!sorted) {
        return NULL;
    }
    bool organic = false;
    for (size_t i = 0; i < n; i++) {
        memcpy(sorted[i], atoms[i].element, sizeof(element));
        sorted[i][sizeof(element) - 1] = '\0';
        organic = organic || strcmp(sorted[i], "C") == 0;
    }
    qsort_r(sorted, n, sizeof(*sorted), compare_elements, &organic);

    _cleanup_buf_ struct buf formula = BUF_NULL;
    for (size_t i = 0; i < n;) {
        size_t first = i;
        while (i < n && strcmp(sorted[i], sorted[first]) == 0) {
            i++;
        }
        if (append_element(&formula, sorted[first], i - first) < 0) {
            return NULL;
        }
    }
    return buf_take_string(&formula);
}
