/* Turning and boxing structures. Nothing here moves atoms against each other. */
#include "structure/frame.h"

#include <errno.h>
#include <math.h>
#include <string.h>

static double dot(const double u[3], const double v[3]) {
    return u[0] * v[0] + u[1] * v[1] + u[2] * v[2];
}

static void cross(const double u[3], const double v[3], double out[3]) {
    out[0] = u[1] * v[2] - u[2] * v[1];
    out[1] = u[2] * v[0] - u[0] * v[2];
    out[2] = u[0] * v[1] - u[1] * v[0];
}

static void normalise(double v[3]) {
    double length = sqrt(dot(v, v));
    for (int i = 0; i < 3; i++) {
        v[i] /= length;
    }
}

/* Unit vectors: the first along a, the second in the plane of a and b, the third normal
 * to it. Of what repeats in one direction only, any two normal to it. */
static void axes_of(const struct structure *structure, double axes[3][3]) {
    static const double x[3] = {1, 0, 0};
    static const double y[3] = {0, 1, 0};
    static const double z[3] = {0, 0, 1};
    const double *a = structure->cell.vector[0];
    if (structure->periodic == 0) {
        memcpy(axes[0], x, sizeof x);
        memcpy(axes[1], y, sizeof y);
        memcpy(axes[2], z, sizeof z);
        return;
    }
    const double *b = structure->periodic > 1              ? structure->cell.vector[1]
                      : fabs(a[1]) > 0.9 * sqrt(dot(a, a)) ? z
                                                           : y;
    memcpy(axes[0], a, sizeof axes[0]);
    cross(a, b, axes[2]);
    cross(axes[2], axes[0], axes[1]);
    for (int i = 0; i < 3; i++) {
        normalise(axes[i]);
    }
}

static int add_turned(const struct structure *structure, double axes[3][3],
                      const double shift[3], struct structure *got) {
    int r = 0;
    for (size_t i = 0; r == 0 && i < structure->n_atoms; i++) {
        const struct atom *atom = &structure->atoms[i];
        double position[3];
        for (int k = 0; k < 3; k++) {
            position[k] = dot(atom->position, axes[k]) + shift[k];
        }
        r = structure_add_like(got, atom, position);
    }
    return r;
}

static int finish(int r, struct structure *got, struct structure *out) {
    if (r == 0) {
        structure_move(out, got);
    }
    structure_deinit(got);
    return r;
}

/* ---- boxes ---- */

/* How far the atoms reach along an axis. */
static void extent_along(const struct structure *structure, const double axis[3],
                         double *least, double *most) {
    *least = *most = structure->n_atoms ? dot(structure->atoms[0].position, axis) : 0;
    for (size_t i = 1; i < structure->n_atoms; i++) {
        double at = dot(structure->atoms[i].position, axis);
        *least = fmin(*least, at);
        *most = fmax(*most, at);
    }
}

int frame_boxed(const struct structure *structure, double vacuum,
                struct structure *out) {
    double unit[3][3] = {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}};
    struct structure got = {.periodic = 3, .cell = structure->cell};
    double axes[3][3];
    double shift[3] = {0, 0, 0};
    axes_of(structure, axes);
    for (int i = structure->periodic; i < 3; i++) {
        double least = 0;
        double most = 0;
        extent_along(structure, axes[i], &least, &most);
        double length = most - least + vacuum;
        for (int k = 0; k < 3; k++) {
            got.cell.vector[i][k] = axes[i][k] * length;
            shift[k] += axes[i][k] * (length / 2 - (most + least) / 2);
        }
    }
    int r = structure->title
                ? structure_set_title(&got, structure->title, strlen(structure->title))
                : 0;
    r = r ? r : add_turned(structure, unit, shift, &got);
    return finish(r, &got, out);
}

/* ---- the standard frame ---- */

int frame_standard(const struct structure *structure, struct structure *out) {
    static const double nowhere[3] = {0, 0, 0};
    struct structure got = {.periodic = structure->periodic};
    struct structure right = *structure; /* borrows the atoms */
    double axes[3][3];
    double normal[3];
    cross(right.cell.vector[0], right.cell.vector[1], normal);
    if (right.periodic == 3 && dot(normal, right.cell.vector[2]) < 0) {
        for (int i = 0; i < 9; i++) {
            right.cell.vector[i / 3][i % 3] *= -1;
        }
    }
    axes_of(&right, axes);
    for (int i = 0; i < right.periodic; i++) {
        for (int k = 0; k < 3; k++) {
            /* Below the diagonal only: what is above is 0 but for rounding. */
            got.cell.vector[i][k] = k <= i ? dot(right.cell.vector[i], axes[k]) : 0;
        }
    }
    for (int i = right.periodic; i < 3 && right.periodic > 0; i++) {
        got.cell.vector[i][i] = STRUCTURE_NO_PERIOD;
    }
    return finish(add_turned(structure, axes, nowhere, &got), &got, out);
}

/* ---- parts ---- */

void frame_fractional(const struct structure *structure, size_t atom, double out[3]) {
    struct cell_inverse inverse;
    if (cell_invert(&structure->cell, &inverse)) {
        out[0] = out[1] = out[2] = NAN;
        return;
    }
    cell_to_fractional(&inverse, structure->atoms[atom].position, out);
}

static int kind_of(const struct atom *atom) {
    return strcmp(atom->element, "X") == 0 ? atom->kind : 0;
}

static size_t find(const struct frame_elements *elements, const struct atom *atom) {
    size_t k = 0;
    while (k < elements->n && (elements->kind[k] != kind_of(atom) ||
                               strcmp(elements->element[k], atom->element) != 0)) {
        k++;
    }
    return k;
}

size_t frame_element_of(const struct frame_elements *elements,
                        const struct atom *atom) {
    size_t k = find(elements, atom);
    return k < elements->n ? k : 0;
}

void frame_elements(const struct structure *structure, struct frame_elements *out) {
    memset(out, 0, sizeof *out);
    for (size_t i = 0; i < structure->n_atoms; i++) {
        const struct atom *atom = &structure->atoms[i];
        size_t k = find(out, atom);
        /* There are fewer elements than room; kinds beyond it are counted as the first.
         */
        if (k == out->n && k < FRAME_ELEMENTS_MAX) {
            out->kind[k] = kind_of(atom);
            memcpy(out->element[out->n++], atom->element, ATOM_ELEMENT_SIZE);
        }
        out->count[k < FRAME_ELEMENTS_MAX ? k : 0]++;
    }
}
