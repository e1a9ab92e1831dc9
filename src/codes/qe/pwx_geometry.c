/* Cell and atoms in pw.x's output: the start geometry (crystal axes and sites, in units
 * of alat) and every geometry that an optimiser or a time step prints behind it. A list
 * of atoms is collected aside and takes the place of the one before it when it is
 * complete. */
#include "codes/qe/pwx_scan.h"

#include "base/fortran.h"
#include "structure/element.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <string.h>

static double alat_ang(const struct pwx_scan *scan) {
    return scan->geometry.alat_bohr * PWX_BOHR_ANG;
}

/* ---- numbers of the summary ---- */

static bool read_value(const char *rest, double *value) {
    const char *equals = strchr(rest, '=');
    const char *at = equals ? equals + 1 : "";
    return fortran_real(&at, value);
}

static int take_natoms(struct pwx_scan *scan, const char *rest) {
    double natoms;
    if (read_value(rest, &natoms) && natoms >= 1 && natoms < 1e9) {
        scan->results->natoms = (long)natoms;
    }
    return 0;
}

static int take_alat(struct pwx_scan *scan, const char *rest) {
    double alat;
    if (read_value(rest, &alat) && alat > 0) {
        scan->geometry.alat_bohr = alat;
    }
    scan->copies.systems++;
    return 0;
}

/* The same length with two digits more, unless celldm(1) was not updated with alat. */
static int take_celldm(struct pwx_scan *scan, const char *rest) {
    double celldm;
    if (read_value(rest, &celldm) && fabs(celldm - scan->geometry.alat_bohr) < 1.0e-3) {
        scan->geometry.alat_bohr = celldm;
    }
    return 0;
}

/* ---- the cell ---- */

static int cell_row(struct pwx_scan *scan, const char *text) {
    struct pwx_geometry *geometry = &scan->geometry;
    const char *axis = pwx_behind(text, "a("); /* "a(1) = ( x y z )" */
    const char *at = axis ? strchr(axis, '(') : text;
    at = axis && at ? at + 1 : at;
    if (!at || !fortran_reals(&at, geometry->rows[geometry->n_rows], 3)) {
        return PWX_DECLINED;
    }
    if (++geometry->n_rows < 3) {
        return 0;
    }
    for (size_t i = 0; i < 3; i++) {
        for (size_t k = 0; k < 3; k++) {
            scan->results->cell.vector[i][k] = geometry->rows[i][k] * geometry->scale;
        }
    }
    scan->results->has_cell = geometry->scale > 0;
    scan->section = NULL;
    return 0;
}

static int begin_cell(struct pwx_scan *scan, double scale) {
    scan->geometry.scale = scale;
    scan->geometry.n_rows = 0;
    scan->section = cell_row;
    return 0;
}

static int take_axes(struct pwx_scan *scan, const char *rest) {
    (void)rest;
    return begin_cell(scan, alat_ang(scan));
}

/* "(angstrom)", "(bohr)", "(alat= 7.25577)", or nothing, which means alat. */
static enum pwx_unit read_unit(const char *rest) {
    static const struct {
        const char *word;
        enum pwx_unit unit;
    } units[] = {
        {"angstrom", PWX_ANGSTROM}, {"bohr", PWX_BOHR}, {"crystal", PWX_CRYSTAL}};
    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
        if (strcasestr(rest, units[i].word)) {
            return units[i].unit;
        }
    }
    return PWX_ALAT;
}

static int take_cell(struct pwx_scan *scan, const char *rest) {
    double alat;
    switch (read_unit(rest)) {
    case PWX_ANGSTROM:
        return begin_cell(scan, 1);
    case PWX_BOHR:
        return begin_cell(scan, PWX_BOHR_ANG);
    case PWX_ALAT:
    case PWX_CRYSTAL:
        break;
    }
    bool given = read_value(rest, &alat) && alat > 0;
    return begin_cell(scan, given ? alat * PWX_BOHR_ANG : alat_ang(scan));
}

/* ---- the atoms ---- */

int pwx_geometry_add(struct pwx_scan *scan, const char *label, const double at[3]) {
    struct pwx_geometry *geometry = &scan->geometry;
    return results_push_atom(&geometry->pending, &geometry->n_pending,
                             &geometry->pending_cap, label, at);
}

/* Units of the output into Cartesian Å. */
static void place(const struct pwx_scan *scan, struct atom *atom) {
    const struct cell *cell = &scan->results->cell;
    double p[3];
    memcpy(p, atom->position, sizeof(p));
    for (size_t k = 0; k < 3; k++) {
        switch (scan->geometry.unit) {
        case PWX_CRYSTAL:
            atom->position[k] = p[0] * cell->vector[0][k] + p[1] * cell->vector[1][k] +
                                p[2] * cell->vector[2][k];
            break;
        case PWX_ALAT:
            atom->position[k] = p[k] * alat_ang(scan);
            break;
        case PWX_BOHR:
            atom->position[k] = p[k] * PWX_BOHR_ANG;
            break;
        case PWX_ANGSTROM:
            break;
        }
    }
}

/* What the units refer to is known. */
static bool units_are_known(const struct pwx_scan *scan) {
    switch (scan->geometry.unit) {
    case PWX_CRYSTAL:
        return scan->results->has_cell;
    case PWX_ALAT:
        return scan->geometry.alat_bohr > 0;
    case PWX_BOHR:
    case PWX_ANGSTROM:
        break;
    }
    return true;
}

/* The list is at its end: it becomes the geometry, or, being short, is forgotten. */
void pwx_geometry_end(struct pwx_scan *scan) {
    struct pwx_geometry *geometry = &scan->geometry;
    struct results *results = scan->results;
    bool whole = results->natoms > 0 ? geometry->n_pending == (size_t)results->natoms
                                     : geometry->n_pending > 0;
    scan->section = NULL;
    if (!whole || !units_are_known(scan)) {
        geometry->n_pending = 0;
        return;
    }
    for (size_t i = 0; i < geometry->n_pending; i++) {
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
    geometry->moved = true;
}

static bool is_complete(const struct pwx_scan *scan) {
    return scan->results->natoms > 0 &&
           scan->geometry.n_pending == (size_t)scan->results->natoms;
}

static int keep_atom(struct pwx_scan *scan, const char *label, const double at[3]) {
    int r = pwx_geometry_add(scan, label, at);
    if (r == 0 && is_complete(scan)) {
        pwx_geometry_end(scan);
    }
    return r;
}

/* "Si   0.0857913094   0.0000000000   0.0000000000   0   1   1" */
static int position_row(struct pwx_scan *scan, const char *text) {
    double at[3];
    size_t label = strcspn(text, " \t");
    const char *numbers = text + label;
    if (!isalpha((unsigned char)*text) || !fortran_reals(&numbers, at, 3)) {
        pwx_geometry_end(scan);
        return PWX_DECLINED;
    }
    return keep_atom(scan, text, at);
}

/* "1   Si  tau(   1) = (   0.0000000   0.0000000   0.0000000  )" */
static int site_row(struct pwx_scan *scan, const char *text) {
    double at[3];
    const char *tau = strstr(text, "tau(");
    const char *open = tau ? strstr(tau, "= (") : NULL;
    const char *numbers = open ? open + 3 : "";
    if (!fortran_reals(&numbers, at, 3)) {
        pwx_geometry_end(scan);
        return PWX_DECLINED;
    }
    const char *label = text + strcspn(text, " \t");
    return keep_atom(scan, label + strspn(label, " \t"), at);
}

void pwx_geometry_begin(struct pwx_scan *scan, enum pwx_unit unit) {
    scan->geometry.unit = unit;
    scan->geometry.n_pending = 0;
}

static int begin_atoms(struct pwx_scan *scan, enum pwx_unit unit, pwx_section_fn *row) {
    pwx_geometry_begin(scan, unit);
    scan->section = row;
    return 0;
}

static int take_positions(struct pwx_scan *scan, const char *rest) {
    return begin_atoms(scan, read_unit(rest), position_row);
}

/* The sites come a second time in crystal coordinates, which say nothing new. */
static int take_sites(struct pwx_scan *scan, const char *rest) {
    return strstr(rest, "cryst") ? 0 : begin_atoms(scan, PWX_ALAT, site_row);
}

const struct pwx_rule pwx_geometry_rules[] = {
    {"number of atoms/cell", take_natoms},
    {"lattice parameter (a", take_alat},
    {"celldm(1)", take_celldm},
    {"crystal axes:", take_axes},
    {"CELL_PARAMETERS", take_cell},
    {"ATOMIC_POSITIONS", take_positions},
    {"site n.     atom", take_sites},
    {NULL, NULL},
};
