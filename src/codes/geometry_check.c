/* Contacts and vacuum. A gap is looked for between the planes that two of the vectors
 * span: atoms are sorted by their coordinate along the third. */
#include "codes/geometry_check.h"

#include "base/cleanup.h"
#include "structure/contact.h"
#include "structure/element_data.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* For what is no element, or has no radius known; smaller than any other. */
#define RADIUS_UNKNOWN 0.2
/* Parts of a bond. Nearer than the first atoms are hardly ever put on purpose. Nearer
 * than the second no two atoms are in what is at rest, and it is where a bond in
 * angstrom that is read as one in bohr ends up (0.53). */
#define NO_ATOMS 0.5
#define NO_BOND 0.6

static double radius_of(const char *element) {
    double radius = element_covalent_radius(element);
    return radius > 0 ? radius : RADIUS_UNKNOWN;
}

int geometry_check_contacts(const struct structure *structure, const char *file,
                            long line, struct code_findings *out) {
    struct contact contact;
    int r = contact_closest(structure, radius_of, &contact);
    if (r != 0) {
        return r == -ENOMEM ? r : 0;
    }
    const char *one = structure->atoms[contact.one].element;
    const char *other = structure->atoms[contact.other].element;
    double bond = radius_of(one) + radius_of(other);
    bool error = contact.distance < bond * NO_ATOMS;
    return contact.distance >= bond * NO_BOND
               ? 0
               : code_find(out, error, file, line,
                           "atoms %zu (%s) and %zu (%s)%s are %.3f Å apart, %s a bond "
                           "between them (%.2f Å); look at the cell, the units (bohr, "
                           "Å) and the coordinates",
                           contact.one + 1, one, contact.other + 1, other,
                           contact.one == contact.other ? " of the next cell" : "",
                           contact.distance, error ? "less than half of" : "little for",
                           bond);
}

static int compare(const void *left, const void *right) {
    double a = *(const double *)left;
    double b = *(const double *)right;
    return (a > b) - (a < b);
}

/* Of coordinates within [0, 1), sorted. */
static double largest_gap(const double *x, size_t n) {
    double gap = 1 - x[n - 1] + x[0];
    for (size_t i = 1; i < n; i++) {
        gap = fmax(gap, x[i] - x[i - 1]);
    }
    return gap;
}

double geometry_gap(const struct structure *structure, int vector) {
    struct cell_inverse inverse;
    size_t n = structure->n_atoms;
    if (vector >= structure->periodic || n == 0 ||
        cell_invert(&structure->cell, &inverse)) {
        return 0;
    }
    _cleanup_free_ double *x = calloc(n, sizeof *x);
    if (!x) {
        return -ENOMEM;
    }
    for (size_t i = 0; i < n; i++) {
        double at[3];
        cell_to_fractional(&inverse, structure->atoms[i].position, at);
        x[i] = at[vector] - floor(at[vector]);
    }
    qsort(x, n, sizeof *x, compare);
    const double *normal[3] = {inverse.column[0], inverse.column[1], inverse.column[2]};
    double reciprocal =
        hypot(hypot(normal[vector][0], normal[vector][1]), normal[vector][2]);
    return largest_gap(x, n) / reciprocal;
}

int geometry_check_mesh(const struct structure *structure, const long mesh[3],
                        const char *file, long line, struct code_findings *out) {
    int r = 0;
    for (int i = 0; r == 0 && i < 3; i++) {
        double gap = mesh[i] > 1 ? geometry_gap(structure, i) : 0;
        if (gap < 0) {
            return -ENOMEM;
        }
        if (gap > GEOMETRY_VACUUM) {
            r = code_find(out, false, file, line,
                          "%ld k points along %c, where %.1f Å are without atoms: "
                          "across vacuum 1 gives the same energy in less time",
                          mesh[i], "abc"[i], gap);
        }
    }
    return r;
}
