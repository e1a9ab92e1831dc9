/* What moves the atoms in pw.x's output, and whether it came to rest. The calculation's
 * keyword is not printed; it shows in what is done. */
#include "codes/qe/pwx_scan.h"

#include "base/fortran.h"

#include <string.h>

void pwx_name_calculation(struct pwx_scan *scan) {
    const struct pwx_end *end = &scan->end;
    if (end->motion == PWX_MOVING) {
        scan->results->calculation = "molecular_dynamics";
    } else if (end->motion == PWX_RELAXING) {
        scan->results->calculation = "geometry_optimization";
    } else if (end->bands) {
        /* Band edges and Fermi energy are left out of a path through the zone. */
        bool path = end->done && !scan->scf.levels;
        scan->results->calculation = path ? "bands" : "nscf";
    } else if (end->scf) {
        scan->results->calculation = "scf";
    }
}

static void set_motion(struct pwx_scan *scan, enum pwx_motion motion) {
    scan->end.motion = motion;
    pwx_name_calculation(scan);
}

static int take_relaxation(struct pwx_scan *scan, const char *rest) {
    (void)rest;
    set_motion(scan, PWX_RELAXING);
    return 0;
}

static int take_dynamics(struct pwx_scan *scan, const char *rest) {
    (void)rest;
    set_motion(scan, PWX_MOVING);
    return 0;
}

/* Steps are announced, of either kind; optimisations are by far the more frequent. */
static int take_some_motion(struct pwx_scan *scan, const char *rest) {
    (void)rest;
    if (scan->end.motion == PWX_STILL) {
        set_motion(scan, PWX_RELAXING);
    }
    return 0;
}

/* "     nstep                     =           50" */
static int take_nstep(struct pwx_scan *scan, const char *rest) {
    rest += strspn(rest, " =");
    (void)fortran_int(&rest, &scan->end.nstep);
    return take_some_motion(scan, rest);
}

/* A time step, also of the damped dynamics that some optimisers are. */
static int take_time_step(struct pwx_scan *scan, const char *rest) {
    (void)rest;
    scan->geometry.moved = true;
    if (scan->end.motion == PWX_STILL || !scan->end.damped) {
        set_motion(scan, PWX_MOVING);
    }
    return 0;
}

static int take_damped(struct pwx_scan *scan, const char *rest) {
    scan->end.damped = true;
    if (strstr(rest, "convergence achieved")) {
        scan->end.geometry_converged = true;
    }
    return take_relaxation(scan, rest);
}

/* "Wentzcovitch Damped Cell Dynamics Minimization:", "… Cell Dynamics" */
static int take_cell_dynamics(struct pwx_scan *scan, const char *rest) {
    if (strcasestr(rest, "damped") || strcasestr(rest, "minimization")) {
        return take_damped(scan, rest);
    }
    return take_dynamics(scan, rest);
}

static int take_converged(struct pwx_scan *scan, const char *rest) {
    scan->end.geometry_converged = true;
    return take_some_motion(scan, rest);
}

static int note_failure(struct pwx_scan *scan, const char *message,
                        const char *remedy) {
    scan->end.geometry_failed = true;
    return results_add_problem(scan->results, "geometry_not_converged", message,
                               scan->line, remedy);
}

#define BFGS_REMEDY                                                                    \
    "Start again from the last geometry, slightly rattled, with a tighter conv_thr "   \
    "and "                                                                             \
    "a smaller trust_radius_max, or with ion_dynamics = 'damp'."

static int take_history(struct pwx_scan *scan, const char *rest) {
    (void)rest;
    return note_failure(scan, "history already reset at previous step: stopping",
                        BFGS_REMEDY);
}

static int take_bfgs_failed(struct pwx_scan *scan, const char *rest) {
    (void)rest;
    return note_failure(scan, "bfgs failed, convergence not achieved", BFGS_REMEDY);
}

/* Dynamics end so every time. */
static int end_of_steps(struct pwx_scan *scan, const char *message) {
    if (scan->end.motion == PWX_MOVING) {
        return 0;
    }
    return note_failure(scan, message,
                        "Raise nstep in &control and continue from the last geometry, "
                        "which the output holds.");
}

static int take_last_step(struct pwx_scan *scan, const char *rest) {
    (void)rest;
    return end_of_steps(scan, "The maximum number of steps has been reached.");
}

static int take_last_iteration(struct pwx_scan *scan, const char *rest) {
    (void)rest;
    return end_of_steps(scan, "Maximum number of iterations reached, stopping");
}

/* "(criteria: energy <  1.0E-04 Ry, force <  1.0E-03Ry/Bohr, cell <  5.0E-01kbar)" */
static int take_criteria(struct pwx_scan *scan, const char *rest) {
    const char *cell = strstr(rest, "cell <");
    const char *at = cell ? cell + 6 : "";
    double kbar;
    if (fortran_real(&at, &kbar)) {
        scan->end.threshold_gpa = kbar / PWX_KBAR_PER_GPA;
    }
    return 0;
}

/* The basis set is made anew for the cell that was found. */
static int take_final_scf(struct pwx_scan *scan, const char *rest) {
    (void)rest;
    scan->geometry.moved = true;
    scan->end.final_scf = true;
    scan->end.relaxed_gpa = scan->results->pressure_gpa;
    return 0;
}

const struct pwx_rule pwx_motion_rules[] = {
    {"nstep ", take_nstep},
    {"NEW-OLD atomic charge density", take_some_motion},
    {"BFGS Geometry Optimization", take_relaxation},
    {"number of bfgs steps", take_relaxation},
    {"bfgs converged in", take_converged},
    {"bfgs failed after", take_bfgs_failed},
    {"(criteria:", take_criteria},
    {"history already reset at previous step", take_history},
    {"Begin final coordinates", take_converged},
    {"Damped Dynamics", take_damped},
    {"End of damped dynamics", take_damped},
    {"Beeman", take_cell_dynamics},
    {"Minimization using the FIRE", take_damped},
    {"Entering FIRE", take_damped},
    {"FIRE: convergence achieved", take_converged},
    {"convergence achieved, Efinal", take_converged},
    {"Molecular Dynamics Calculation", take_dynamics},
    {"Over-damped Langevin Dynamics", take_dynamics},
    {"Entering Dynamics", take_time_step},
    {"Wentzcovitch", take_cell_dynamics},
    {"Parrinello-Rahman", take_cell_dynamics},
    {"The maximum number of steps has been reached", take_last_step},
    {"Maximum number of iterations reached, stopping", take_last_iteration},
    {"Final scf calculation at", take_final_scf},
    {"A final scf calculation at", take_final_scf},
    {NULL, NULL},
};
