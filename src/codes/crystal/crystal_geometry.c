/* Cell and atoms in CRYSTAL's output: the geometry of the wave function and each one
 * that an optimiser prints behind it. In each of them the cell comes as lengths and
 * angles and the atoms in units of it (in Å along directions that are not periodic);
 * lattice vectors and Cartesian atoms come with the first and the last only. So for
 * those between, the orientation is that of the vectors printed last. A list of atoms
 * is collected aside and takes the place of the one before it when it is complete.
 *
 * Directions that are not periodic have the formal length 500; a molecule has no cell.
 */
#include "codes/crystal/crystal_scan.h"

#include "base/fortran.h"
#include "structure/element.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <string.h>

static const double pi = 3.14159265358979323846;

enum {
    MOST_BEFORE = 6, /* lines between a headline and its first row */
};

static void multiply(double a[3][3], double b[3][3], double out[3][3]) {
    for (size_t i = 0; i < 3; i++) {
        for (size_t k = 0; k < 3; k++) {
            out[i][k] = a[i][0] * b[0][k] + a[i][1] * b[1][k] + a[i][2] * b[2][k];
        }
    }
}

/* Exactly none for a right angle. */
static double cosine(double degrees) {
    return degrees == 90 ? 0 : cos(degrees * pi / 180);
}

/* The vectors for lengths (Å) and angles (degrees), the first along x, the second in
 * the plane of x and y. False where there are none. */
static bool standard_vectors(const double p[6], double out[3][3]) {
    double cos_a = cosine(p[3]);
    double cos_b = cosine(p[4]);
    double cos_g = cosine(p[5]);
    double sin_g = sin(p[5] * pi / 180);
    double y = (cos_a - cos_b * cos_g) / sin_g;
    double z = sqrt(1 - cos_b * cos_b - y * y);
    double vectors[3][3] = {
        {p[0], 0, 0},
        {p[1] * cos_g, p[1] * sin_g, 0},
        {p[2] * cos_b, p[2] * y, p[2] * z},
    };
    if (!(p[0] > 0 && p[1] > 0 && p[2] > 0 && sin_g > 1.0e-6 && z > 1.0e-6)) {
        return false;
    }
    memcpy(out, vectors, sizeof(vectors));
    return isfinite(p[0] + p[1] + p[2] + y + z);
}

/* Of a lower triangular matrix, as the standard vectors are one. */
static void invert_lower(double a[3][3], double out[3][3]) {
    double inverse[3][3] = {
        {1 / a[0][0], 0, 0},
        {-a[1][0] / (a[0][0] * a[1][1]), 1 / a[1][1], 0},
        {(a[1][0] * a[2][1] - a[2][0] * a[1][1]) / (a[0][0] * a[1][1] * a[2][2]),
         -a[2][1] / (a[1][1] * a[2][2]), 1 / a[2][2]},
    };
    memcpy(out, inverse, sizeof(inverse));
}

/* ---- the cell ---- */

static void set_lengths(struct crystal_scan *scan, const double p[6]) {
    struct results *results = scan->results;
    double standard[3][3];
    if (scan->geometry.molecule || !standard_vectors(p, standard)) {
        return;
    }
    if (scan->geometry.framed) {
        multiply(standard, scan->geometry.frame, results->cell.vector);
    } else {
        memcpy(results->cell.vector, standard, sizeof(standard));
    }
    results->has_cell = true;
}

/* Atoms that are there stay where they are in the cell. */
static void turn_atoms(struct results *results, double turn[3][3]) {
    for (size_t i = 0; i < results->n_atoms; i++) {
        double *at = results->atoms[i].position;
        double old[3] = {at[0], at[1], at[2]};
        for (size_t k = 0; k < 3; k++) {
            at[k] = old[0] * turn[0][k] + old[1] * turn[1][k] + old[2] * turn[2][k];
        }
    }
}

static void set_vectors(struct crystal_scan *scan, double vectors[3][3]) {
    struct results *results = scan->results;
    struct crystal_geometry *geometry = &scan->geometry;
    struct cell cell;
    memcpy(cell.vector, vectors, sizeof(cell.vector));
    struct cell_parameters p = cell_parameters(&cell);
    const double lengths[6] = {p.a, p.b, p.c, p.alpha, p.beta, p.gamma};
    double standard[3][3], inverse[3][3];
    if (geometry->molecule || !standard_vectors(lengths, standard)) {
        return;
    }
    bool before = results->has_cell;
    double old[3][3] = {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}};
    if (geometry->framed) {
        memcpy(old, geometry->frame, sizeof(old));
    }
    invert_lower(standard, inverse);
    multiply(inverse, vectors, geometry->frame);
    geometry->framed = true;
    results->cell = cell;
    results->has_cell = true;
    if (before) {
        /* A rotation's inverse is its transpose. */
        double back[3][3], turn[3][3];
        for (size_t i = 0; i < 3; i++) {
            for (size_t k = 0; k < 3; k++) {
                back[i][k] = old[k][i];
            }
        }
        multiply(back, geometry->frame, turn);
        turn_atoms(results, turn);
    }
}

static int begin(struct crystal_scan *scan, crystal_section_fn *row, double scale) {
    scan->geometry.n_rows = 0;
    scan->geometry.n_before = 0;
    scan->geometry.n_pending = 0;
    scan->geometry.scale = scale;
    scan->section = row;
    return 0;
}

/* Whether a line without numbers may still stand before the first row. */
static int before_rows(struct crystal_scan *scan) {
    bool early = scan->geometry.n_rows == 0 && scan->geometry.n_pending == 0;
    bool go_on = early && scan->geometry.n_before++ < MOST_BEFORE;
    return go_on ? CRYSTAL_PASSED : CRYSTAL_DECLINED;
}

/* "     2.97691955     2.97691955     2.97691955    60.000000  60.000000  60.000000" */
static int lengths_row(struct crystal_scan *scan, const char *text) {
    double p[6];
    const char *at = text;
    if (!fortran_reals(&at, p, 6)) {
        return before_rows(scan);
    }
    for (size_t i = 0; i < 3; i++) {
        /* 500 is formal in any unit. */
        p[i] *= p[i] == 500 ? 1 : scan->geometry.scale;
    }
    set_lengths(scan, p);
    scan->section = NULL;
    return 0;
}

static int vector_row(struct crystal_scan *scan, const char *text) {
    struct crystal_geometry *geometry = &scan->geometry;
    double *row = geometry->rows[geometry->n_rows];
    const char *at = text;
    if (!fortran_reals(&at, row, 3)) {
        return before_rows(scan);
    }
    for (size_t k = 0; k < 3; k++) {
        row[k] *= row[k] == 500 ? 1 : geometry->scale;
    }
    if (++geometry->n_rows < 3) {
        return 0;
    }
    set_vectors(scan, geometry->rows);
    scan->section = NULL;
    return 0;
}

static int take_primitive_cell(struct crystal_scan *scan, const char *rest) {
    (void)rest;
    return begin(scan, lengths_row, 1);
}

/* "(ANGSTROMS AND DEGREES) - PRIMITIVE CELL" of the input, and of the properties
 * program, which may say "(BOHR AND DEGREES)". */
static int take_lattice(struct crystal_scan *scan, const char *rest) {
    if (!strstr(rest, "- PRIMITIVE CELL") || crystal_is_afterthought(scan)) {
        return CRYSTAL_DECLINED;
    }
    bool bohr = strstr(rest, "(BOHR") != NULL;
    return begin(scan, lengths_row, bohr ? CRYSTAL_BOHR_ANG : 1);
}

/* "S CARTESIAN COMPONENTS (ANGSTROM)", and of the properties program
 * " COMPONENTS (ANGSTROM)" or "(BOHR)", with few digits. */
static int take_vectors(struct crystal_scan *scan, const char *rest) {
    bool computed = crystal_behind(rest, "S CARTESIAN COMPONENTS (ANGSTROM)") != NULL;
    bool analysed = crystal_behind(rest, " COMPONENTS (") != NULL;
    if (!computed && (!analysed || crystal_is_afterthought(scan))) {
        return CRYSTAL_DECLINED;
    }
    bool bohr = strstr(rest, "(BOHR") != NULL;
    return begin(scan, vector_row, bohr ? CRYSTAL_BOHR_ANG : 1);
}

/* "- DIMENSIONALITY OF THE SYSTEM    3" */
static int take_dimensions(struct crystal_scan *scan, const char *rest) {
    const char *word = strstr(rest, "SYSTEM");
    const char *at = word ? word + strlen("SYSTEM") : "";
    long dimensions;
    crystal_begin_computing(scan);
    if (fortran_int(&at, &dimensions)) {
        scan->geometry.molecule = dimensions == 0;
        scan->results->has_cell &= dimensions != 0;
    }
    return 0;
}

static int take_optimized(struct crystal_scan *scan, const char *rest) {
    scan->motion.open = false;
    return take_dimensions(scan, rest);
}

/* ---- the atoms ---- */

static int add_atom(struct crystal_scan *scan, const char *label, const double at[3]) {
    struct crystal_geometry *geometry = &scan->geometry;
    return results_push_atom(&geometry->pending, &geometry->n_pending,
                             &geometry->pending_cap, label, at);
}

/* A column in Å runs along its lattice vector, which is formal there. */
static void place(const struct crystal_scan *scan, struct atom *atom) {
    double place[3] = {0, 0, 0};
    for (size_t i = 0; i < 3; i++) {
        const double *v = scan->results->cell.vector[i];
        double x = atom->position[i];
        if (!scan->geometry.fractional[i]) {
            x /= sqrt(v[0] * v[0] + v[1] * v[1] + v[2] * v[2]);
        }
        for (size_t k = 0; k < 3; k++) {
            place[k] += x * v[k];
        }
    }
    memcpy(atom->position, place, sizeof(place));
}

static bool is_fractional(const struct crystal_geometry *geometry) {
    return geometry->fractional[0] || geometry->fractional[1] ||
           geometry->fractional[2];
}

/* The list is at its end: it becomes the geometry, or, being short, is forgotten. */
static void end_atoms(struct crystal_scan *scan) {
    struct crystal_geometry *geometry = &scan->geometry;
    struct results *results = scan->results;
    bool whole = results->natoms > 0 && geometry->n_pending == (size_t)results->natoms;
    bool relative = is_fractional(geometry);
    scan->section = NULL;
    if (!whole || (relative && !results->has_cell)) {
        geometry->n_pending = 0;
        return;
    }
    for (size_t i = 0; relative && i < geometry->n_pending; i++) {
        place(scan, &geometry->pending[i]);
    }
    struct atom *old = results->atoms;
    size_t old_cap = results->atoms_cap;
    results->atoms = geometry->pending;
    results->n_atoms = geometry->n_pending;
    results->atoms_cap = geometry->pending_cap;
    geometry->pending = old;
    geometry->pending_cap = old_cap;
    geometry->n_pending = 0;
}

static int keep_atom(struct crystal_scan *scan, const char *label, const double at[3]) {
    int r = add_atom(scan, label, at);
    if (r == 0 && scan->results->natoms > 0 &&
        scan->geometry.n_pending >= (size_t)scan->results->natoms) {
        end_atoms(scan);
    }
    return r;
}

/* "12 MG    0.000000000000E+00  0.000000000000E+00  0.000000000000E+00", behind the
 * atom's number and, in a list of irreducible atoms, its letter. */
static bool read_atom(const char *text, const char **label, double at[3]) {
    long number;
    if (!fortran_int(&text, &number)) {
        return false;
    }
    text += strspn(text, " ");
    *label = text;
    if (!isalpha((unsigned char)*text)) {
        return false;
    }
    text += strcspn(text, " ");
    return fortran_reals(&text, at, 3);
}

/* What is not a row may be the head of the table, or the end of a short one. */
static int not_an_atom(struct crystal_scan *scan) {
    int r = before_rows(scan);
    if (r == CRYSTAL_DECLINED) {
        end_atoms(scan);
    }
    return r;
}

/* "1 T  12 MG    0.000000000000E+00  0.000000000000E+00  0.000000000000E+00" */
static int listed_row(struct crystal_scan *scan, const char *text) {
    const char *at = text, *label;
    long number;
    double position[3];
    bool row = fortran_int(&at, &number);
    at += strspn(at, " ");
    if (row && (*at == 'T' || *at == 'F') && read_atom(at + 1, &label, position)) {
        return keep_atom(scan, label, position);
    }
    /* "ATOM    X/A    Y/B    Z(ANGSTROM)" */
    if (crystal_behind(text, "ATOM ") && scan->geometry.n_pending == 0) {
        scan->geometry.fractional[0] = strstr(text, "X/A") != NULL;
        scan->geometry.fractional[1] = strstr(text, "Y/B") != NULL;
        scan->geometry.fractional[2] = strstr(text, "Z/C") != NULL;
    }
    return not_an_atom(scan);
}

/* "1    12 MG    0.000000000000E+00  0.000000000000E+00  0.000000000000E+00" */
static int cartesian_row(struct crystal_scan *scan, const char *text) {
    const char *at = text, *label;
    long number;
    double position[3];
    if (fortran_int(&at, &number) && read_atom(at, &label, position)) {
        return keep_atom(scan, label, position);
    }
    return not_an_atom(scan);
}

/* The properties program: "1   12 MG    3     0.000     0.000     0.000   4.0E-01 …",
 * where the number of shells comes before the place. */
static int analysed_row(struct crystal_scan *scan, const char *text) {
    const char *at = text, *label;
    long number;
    double row[4];
    if (!fortran_int(&at, &number) || !fortran_int(&at, &number)) {
        return not_an_atom(scan);
    }
    at += strspn(at, " ");
    label = at;
    at += strcspn(at, " ");
    if (!isalpha((unsigned char)*label) || !fortran_reals(&at, row, 4)) {
        return not_an_atom(scan);
    }
    for (size_t i = 1; i < 4; i++) {
        row[i] *= scan->geometry.scale;
    }
    return keep_atom(scan, label, row + 1);
}

static int begin_atoms(struct crystal_scan *scan, crystal_section_fn *row,
                       double scale) {
    memset(scan->geometry.fractional, 0, sizeof(scan->geometry.fractional));
    return begin(scan, row, scale);
}

static void set_natoms(struct crystal_scan *scan, const char *at) {
    long natoms;
    if (fortran_int(&at, &natoms) && natoms > 0 && natoms < 1000000000) {
        scan->results->natoms = natoms;
    }
}

/* "    2 - ATOMS IN THE UNIT CELL:    2" */
static int take_asymmetric(struct crystal_scan *scan, const char *rest) {
    const char *word = strstr(rest, "UNIT CELL:");
    set_natoms(scan, word ? word + strlen("UNIT CELL:") : "");
    return begin_atoms(scan, listed_row, 1);
}

static int take_natoms(struct crystal_scan *scan, const char *rest) {
    if (!crystal_is_afterthought(scan)) {
        set_natoms(scan, rest);
    }
    return 0;
}

static int take_cartesian(struct crystal_scan *scan, const char *rest) {
    (void)rest;
    return begin_atoms(scan, cartesian_row, 1);
}

static int take_analysed(struct crystal_scan *scan, const char *rest) {
    if (crystal_is_afterthought(scan)) {
        return 0;
    }
    bool bohr = strstr(rest, "X(AU)") != NULL;
    return begin_atoms(scan, analysed_row, bohr ? CRYSTAL_BOHR_ANG : 1);
}

const struct crystal_rule crystal_geometry_rules[] = {
    {"PRIMITIVE CELL", take_primitive_cell},
    {"LATTICE PARAMETERS ", take_lattice},
    {"DIRECT LATTICE VECTOR", take_vectors},
    {"GEOMETRY FOR WAVE FUNCTION", take_dimensions},
    {"FINAL OPTIMIZED GEOMETRY", take_optimized},
    {"ATOMS IN THE ASYMMETRIC UNIT", take_asymmetric},
    {"CARTESIAN COORDINATES - PRIMITIVE CELL", take_cartesian},
    {"N. OF ATOMS PER CELL", take_natoms},
    {"ATOM N.AT.", take_analysed},
    {NULL, NULL},
};
