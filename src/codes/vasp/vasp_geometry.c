/* Cell, atoms, forces and stress as OUTCAR prints them: the start geometry, then with
 * each step the geometry whose energy follows. A list of atoms is collected aside and
 * takes the place of the one before it when it is complete. */
#include "codes/vasp/vasp_scan.h"

#include "base/fortran.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <string.h>

/* VASP prints vectors as 3F13.9 and positions as 3F12.8: from 100 angstrom on, the
 * numbers touch. */
enum { CELL_DECIMALS = 9, POSITION_DECIMALS = 8 };

/* ---- the cell ---- */

/* Three components of the direct vector and three of the reciprocal. */
static int cell_row(struct vasp_scan *scan, const char *text) {
    struct vasp_geometry *geometry = &scan->geometry;
    if (!fortran_fixed_reals(&text, CELL_DECIMALS, geometry->rows[geometry->n_rows],
                             3)) {
        return VASP_DECLINED;
    }
    if (++geometry->n_rows == 3) {
        memcpy(scan->results->cell.vector, geometry->rows, sizeof(geometry->rows));
        scan->results->has_cell = true;
        scan->section = NULL;
        vasp_note_cell(scan);
    }
    return 0;
}

static int take_cell(struct vasp_scan *scan, const char *rest) {
    (void)rest;
    scan->geometry.n_rows = 0;
    scan->section = cell_row;
    return 0;
}

/* ---- atoms ---- */

static const char *element_of_type(const struct vasp_types *types, size_t *type,
                                   long *left) {
    while (*left == 0 && *type < types->counted) {
        *left = types->list[(*type)++].count;
    }
    if (*left == 0) {
        return NULL;
    }
    (*left)--;
    return types->list[*type - 1].element;
}

void vasp_geometry_take_atoms(struct vasp_scan *scan) {
    struct vasp_geometry *geometry = &scan->geometry;
    struct results *results = scan->results;
    bool complete =
        geometry->n_pending > 0 && !geometry->pending_wrong &&
        (results->natoms == 0 || (size_t)results->natoms == geometry->n_pending);
    size_t type = 0;
    long left = 0;
    for (size_t i = 0; complete && i < geometry->n_pending; i++) {
        const char *element = element_of_type(&scan->types, &type, &left);
        complete = element != NULL;
        memcpy(geometry->pending[i].element, complete ? element : "X\0\0",
               ATOM_ELEMENT_SIZE);
    }
    if (complete) {
        struct atom *old = results->atoms;
        size_t old_cap = results->atoms_cap;
        results->atoms = geometry->pending;
        results->atoms_cap = geometry->pending_cap;
        results->n_atoms = geometry->n_pending;
        geometry->pending = old;
        geometry->pending_cap = old_cap;
    }
    geometry->n_pending = 0;
    geometry->pending_wrong = false;
}

static int add_atom(struct vasp_geometry *geometry, const double position[3]) {
    return results_push_atom(&geometry->pending, &geometry->n_pending,
                             &geometry->pending_cap, NULL, position);
}

static void begin_atoms(struct vasp_scan *scan, vasp_section_fn *section) {
    scan->geometry.n_pending = 0;
    scan->geometry.pending_wrong = false;
    scan->section = section;
}

static int position_row(struct vasp_scan *scan, const char *text) {
    double position[3];
    if (!fortran_fixed_reals(&text, POSITION_DECIMALS, position, 3)) {
        vasp_geometry_take_atoms(scan);
        return VASP_DECLINED;
    }
    return add_atom(&scan->geometry, position);
}

static int take_positions(struct vasp_scan *scan, const char *rest) {
    (void)rest;
    begin_atoms(scan, position_row);
    return 0;
}

static void take_forces(struct vasp_scan *scan) {
    struct vasp_geometry *geometry = &scan->geometry;
    vasp_note_force(scan, geometry->forces_wrong ? NAN : sqrt(geometry->largest_force));
    vasp_geometry_take_atoms(scan);
}

/* "x y z fx fy fz", between two lines of dashes. */
static int force_row(struct vasp_scan *scan, const char *text) {
    struct vasp_geometry *geometry = &scan->geometry;
    double position[3], force[3];
    if (text[0] == '-' && text[1] == '-') {
        if (geometry->n_pending == 0 && !geometry->pending_wrong) {
            return 0; /* the first of the two */
        }
        take_forces(scan);
        scan->section = NULL;
        return 0;
    }
    if (!*text || isalpha((unsigned char)*text)) {
        return VASP_DECLINED; /* cut short: nothing of it is taken */
    }
    if (!fortran_reals(&text, position, 3)) {
        geometry->pending_wrong = true;
        geometry->forces_wrong = true;
        return 0;
    }
    if (!fortran_reals(&text, force, 3)) {
        geometry->forces_wrong = true;
    } else {
        double size = force[0] * force[0] + force[1] * force[1] + force[2] * force[2];
        geometry->largest_force = fmax(geometry->largest_force, size);
    }
    return add_atom(geometry, position);
}

static int take_force_table(struct vasp_scan *scan, const char *rest) {
    if (!strstr(rest, "TOTAL-FORCE")) {
        return VASP_DECLINED;
    }
    scan->geometry.largest_force = 0;
    scan->geometry.forces_wrong = false;
    begin_atoms(scan, force_row);
    return 0;
}

/* ---- stress ---- */

static int take_stress(struct vasp_scan *scan, const char *rest) {
    double kbar[6];
    struct results *results = scan->results;
    if (!fortran_reals(&rest, kbar, 6)) {
        results->has_stress = false;
        return 0;
    }
    for (size_t i = 0; i < 6; i++) {
        results->stress_gpa[i] = kbar[i] / VASP_KBAR_PER_GPA;
    }
    results->has_stress = true;
    return 0;
}

/* "external pressure =       -0.92 kB  Pullay stress =        1.00 kB": the second is
 * PSTRESS, which has been taken from the first, and not from the stress. */
static int take_pressure(struct vasp_scan *scan, const char *rest) {
    double kbar, target = 0;
    rest += strspn(rest, " =");
    bool known = fortran_real(&rest, &kbar);
    const char *at = strstr(rest, "Pullay stress");
    if (known && at) {
        at += strlen("Pullay stress");
        at += strspn(at, " =");
        known = fortran_real(&at, &target);
    }
    if (known && target != 0) {
        kbar = round((kbar + target) * 100) / 100; /* as many digits as are printed */
    }
    vasp_note_pressure(scan, known ? kbar / VASP_KBAR_PER_GPA : NAN);
    return 0;
}

const struct vasp_rule vasp_geometry_rules[] = {
    {"direct lattice vectors", take_cell},
    {"position of ions in cartesian coordinates", take_positions},
    {"POSITION", take_force_table},
    {"in kB", take_stress},
    {"external pressure", take_pressure},
    {NULL, NULL},
};
