/* Forces and stress in pw.x's output. */
#include "codes/qe/pwx_scan.h"

#include "base/fortran.h"

#include <math.h>
#include <string.h>

/* ---- forces ---- */

/* The table counts as soon as it is over; what follows it are its contributions. */
static void end_forces(struct pwx_scan *scan) {
    struct step *step = results_last_step(scan->results);
    scan->section = NULL;
    if (scan->geometry.n_forces == 0) {
        return;
    }
    double force = sqrt(scan->geometry.largest_force) * (PWX_RYDBERG_EV / PWX_BOHR_ANG);
    scan->results->max_force_ev_per_ang = force;
    if (step) {
        step->max_force_ev_per_ang = force;
    }
}

/* "atom    1 type  2   force =    -0.06858972    0.01765138    0.01964435" */
static int force_row(struct pwx_scan *scan, const char *text) {
    struct pwx_geometry *geometry = &scan->geometry;
    double f[3];
    const char *equals = pwx_behind(text, "atom") ? strstr(text, "force =") : NULL;
    if (!equals && geometry->n_forces == 0 && geometry->n_before++ < 10) {
        return PWX_PASSED; /* blank lines and warnings may stand before the table */
    }
    if (!equals) {
        end_forces(scan);
        return PWX_DECLINED;
    }
    const char *at = strchr(equals, '=') + 1;
    double square =
        NAN; /* once a force does not fit its field, the largest is unknown */
    if (fortran_reals(&at, f, 3)) {
        square = f[0] * f[0] + f[1] * f[1] + f[2] * f[2];
    }
    if (isnan(square) || square > geometry->largest_force) {
        geometry->largest_force = square;
    }
    geometry->n_forces++;
    if (scan->results->natoms > 0 &&
        geometry->n_forces == (size_t)scan->results->natoms) {
        end_forces(scan);
    }
    return 0;
}

static int take_forces(struct pwx_scan *scan, const char *rest) {
    (void)rest;
    scan->geometry.largest_force = 0;
    scan->geometry.n_forces = 0;
    scan->geometry.n_before = 0;
    scan->section = force_row;
    return 0;
}

/* ---- stress ---- */

/* Three numbers in Ry/bohr³, the same in kbar. */
static int stress_row(struct pwx_scan *scan, const char *text) {
    struct pwx_geometry *geometry = &scan->geometry;
    const char *at = text;
    if (!fortran_reals(&at, geometry->rows[geometry->n_rows], 6)) {
        return PWX_DECLINED;
    }
    if (++geometry->n_rows < 3) {
        return 0;
    }
    static const size_t voigt[6][2] = {{0, 0}, {1, 1}, {2, 2}, {0, 1}, {1, 2}, {0, 2}};
    for (size_t i = 0; i < 6; i++) {
        scan->results->stress_gpa[i] =
            geometry->rows[voigt[i][0]][3 + voigt[i][1]] / PWX_KBAR_PER_GPA;
    }
    scan->results->has_stress = true;
    scan->section = NULL;
    return 0;
}

/* "total   stress  (Ry/bohr**3)                   (kbar)     P=      -47.90" */
static int take_stress(struct pwx_scan *scan, const char *rest) {
    const char *stress = pwx_behind(rest + strspn(rest, " "), "stress");
    const char *at = stress ? strstr(stress, "P=") : NULL;
    if (!at) {
        return PWX_DECLINED;
    }
    at += 2;
    double kbar;
    struct step *step = results_last_step(scan->results);
    scan->results->pressure_gpa =
        fortran_real(&at, &kbar) ? kbar / PWX_KBAR_PER_GPA : NAN;
    scan->results->has_stress = false;
    if (step) {
        step->pressure_gpa = scan->results->pressure_gpa;
    }
    scan->geometry.n_rows = 0;
    scan->section = stress_row;
    return 0;
}

const struct pwx_rule pwx_table_rules[] = {
    {"Forces acting on atoms", take_forces},
    {"total ", take_stress},
    {NULL, NULL},
};
