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

struct cell_parameters cell_parameters(const struct cell *cell) {
    const double *a = cell->vector[0];
    const double *b = cell->vector[1];
    const double *c = cell->vector[2];
    double triple = a[0] * (b[1] * c[2] - b[2] * c[1]) +
                    a[1] * (b[2] * c[0] - b[0] * c[2]) +
                    a[2] * (b[0] * c[1] - b[1] * c[0]);
    return (struct cell_parameters){
        .a = sqrt(dot(a, a)),
        .b = sqrt(dot(b, b)),
        .c = sqrt(dot(c, c)),
        .alpha = angle_degrees(b, c),
        .beta = angle_degrees(c, a),
        .gamma = angle_degrees(a, b),
        .volume = fabs(triple),
    };
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
