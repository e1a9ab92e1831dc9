/* What is done with the geometry in CRYSTAL's output: optimisations and whether they
 * came to rest, forces, stress, frequencies, elastic constants. */
#include "codes/crystal/crystal_scan.h"

#include "base/fortran.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

void crystal_name_calculation(struct crystal_scan *scan) {
    const struct crystal_motion *motion = &scan->motion;
    struct results *results = scan->results;
    if (motion->elastic) {
        results->calculation = "elastic";
    } else if (motion->frequencies) {
        results->calculation = "frequencies";
    } else if (motion->started) {
        results->calculation = "geometry_optimization";
    } else if (scan->end.scf) {
        results->calculation = "scf";
    } else if (scan->end.properties) {
        results->calculation = scan->end.bands ? "bands" : "properties";
    }
}

/* ---- optimisations ---- */

static int take_optimisation(struct crystal_scan *scan, const char *rest) {
    (void)rest;
    crystal_begin_computing(scan);
    scan->motion.started = true;
    crystal_name_calculation(scan);
    return 0;
}

/* "COORDINATE AND CELL OPTIMIZATION - POINT    3" */
static int take_point(struct crystal_scan *scan, const char *rest) {
    if (!strstr(rest, "OPTIMIZATION - POINT")) {
        return CRYSTAL_DECLINED;
    }
    scan->scf.stale = true;
    scan->scf.in_summary = false;
    (void)take_optimisation(scan, "");
    scan->motion.open = true;
    scan->motion.has_step = false;
    return 0;
}

static int take_named_point(struct crystal_scan *scan, const char *rest) {
    (void)rest;
    return take_point(scan, "OPTIMIZATION - POINT");
}

static void note_force(struct crystal_scan *scan, double ev_per_ang) {
    struct step *step = results_last_step(scan->results);
    scan->results->max_force_ev_per_ang = ev_per_ang;
    if (step) {
        step->max_force_ev_per_ang = ev_per_ang;
    }
}

/* "0.008282  THRESHOLD              0.000450 CONVERGED NO", Hartree/bohr. */
static int take_gradient(struct crystal_scan *scan, const char *rest) {
    double gradient = NAN;
    (void)fortran_real(&rest, &gradient);
    note_force(scan, gradient * CRYSTAL_HARTREE_EV / CRYSTAL_BOHR_ANG);
    return 0;
}

/* "   1  12    -1.922330569253E-15 -1.921607767804E-15 -1.937857502550E-15" */
static int force_row(struct crystal_scan *scan, const char *text) {
    long number, element;
    double row[3];
    const char *at = text;
    if (!fortran_int(&at, &number) || !fortran_int(&at, &element)) {
        bool head = crystal_behind(text, "ATOM ") && scan->motion.n_rows == 0;
        return head ? 0 : CRYSTAL_DECLINED;
    }
    if (!fortran_reals(&at, row, 3)) {
        note_force(scan, NAN); /* it may be the largest */
        return CRYSTAL_DECLINED;
    }
    double force = sqrt(row[0] * row[0] + row[1] * row[1] + row[2] * row[2]) *
                   CRYSTAL_HARTREE_EV / CRYSTAL_BOHR_ANG;
    if (scan->motion.n_rows++ == 0 || force > scan->results->max_force_ev_per_ang) {
        note_force(scan, force);
    }
    return 0;
}

/* Of one geometry (GRADCAL, FREQCALC). An optimiser has its own measure, and
 * SCFOUT.LOG is an optimiser's. */
static int take_forces(struct crystal_scan *scan, const char *rest) {
    (void)rest;
    bool log = !scan->end.banner && scan->end.programs == 0;
    if (log || scan->motion.started) {
        return CRYSTAL_DECLINED;
    }
    scan->motion.n_rows = 0;
    scan->section = force_row;
    return 0;
}

static int note_failure(struct crystal_scan *scan, const char *message) {
    scan->motion.failed = true;
    return results_add_problem(
        scan->results, "geometry_not_converged", message, scan->line,
        "Suggestions: go on from the last geometry (RESTART in OPTGEOM, with "
        "OPTINFO.DAT and HESSOPT.DAT of this run, or EXTERNAL with fort.34), raise "
        "MAXCYCLE in OPTGEOM, tighten TOLDEE, and try a smaller MAXTRADIUS.");
}

/* "CONVERGED * E(AU):  -1.903384361394E+02  POINTS    5 *" */
static int take_opt_end(struct crystal_scan *scan, const char *rest) {
    double hartree;
    const char *word = strstr(rest, "E(AU):");
    const char *at = word ? word + strlen("E(AU):") : "";
    if (fortran_real(&at, &hartree)) {
        crystal_note_energy(scan, hartree);
        crystal_correct_energy(scan);
    }
    (void)take_optimisation(scan, "");
    scan->motion.open = false;
    scan->motion.converged = crystal_behind(rest, "CONVERGED") != NULL;
    if (scan->motion.converged) {
        return 0;
    }
    char message[160];
    (void)snprintf(message, sizeof(message), "* OPT END - %.120s", rest);
    return note_failure(scan, message);
}

/* ---- stress ---- */

/* Nine numbers behind their order. CRYSTAL's sign is that of the energy's derivative;
 * here, as for other codes, the pressure is the mean of the diagonal. */
static int stress_row(struct crystal_scan *scan, const char *text) {
    struct crystal_motion *motion = &scan->motion;
    const char *at = text;
    bool order = crystal_behind(text, "ORDER:") || !strchr(text, '.');
    if (order && *text && motion->n_rows == 0) {
        return CRYSTAL_PASSED;
    }
    if (!fortran_reals(&at, motion->rows[motion->n_rows], 3)) {
        return CRYSTAL_DECLINED;
    }
    if (++motion->n_rows < 3) {
        return 0;
    }
    static const size_t voigt[6][2] = {{0, 0}, {1, 1}, {2, 2}, {0, 1}, {1, 2}, {0, 2}};
    const double unit = -CRYSTAL_HARTREE_EV /
                        (CRYSTAL_BOHR_ANG * CRYSTAL_BOHR_ANG * CRYSTAL_BOHR_ANG) *
                        CRYSTAL_EV_PER_ANG3_GPA;
    for (size_t i = 0; i < 6; i++) {
        scan->results->stress_gpa[i] = motion->rows[voigt[i][0]][voigt[i][1]] * unit;
    }
    scan->results->has_stress = true;
    scan->section = NULL;
    return 0;
}

static int take_stress(struct crystal_scan *scan, const char *rest) {
    if (!strstr(rest, "HARTREE/BOHR^3")) {
        return CRYSTAL_DECLINED;
    }
    scan->results->has_stress = false;
    scan->results->pressure_gpa = NAN;
    scan->motion.n_rows = 0;
    scan->section = stress_row;
    return 0;
}

static int take_pressure(struct crystal_scan *scan, const char *rest) {
    double gpa = NAN;
    struct step *step = results_last_step(scan->results);
    (void)fortran_real(&rest, &gpa);
    scan->results->pressure_gpa = gpa;
    if (step) {
        step->pressure_gpa = gpa;
    }
    return 0;
}

/* ---- frequencies ---- */

static int take_frequencies(struct crystal_scan *scan, const char *rest) {
    (void)rest;
    crystal_begin_computing(scan);
    scan->motion.frequencies = true;
    scan->motion.other_k_point = false;
    crystal_name_calculation(scan);
    return 0;
}

/* "FREQUENCY CALCULATION" stands alone as a headline. */
static int take_frequency_headline(struct crystal_scan *scan, const char *rest) {
    return rest[strspn(rest, " ")] ? CRYSTAL_DECLINED : take_frequencies(scan, "");
}

/* "4-   6    0.1156E-06     74.6367    2.2376  (Fu )   A (     2.07)   I": modes of the
 * same frequency share a row. */
static int mode_row(struct crystal_scan *scan, const char *text) {
    long first, last;
    double row[2];
    const char *at = text;
    bool range = fortran_int(&at, &first);
    at += strspn(at, " ");
    if (!range || *at++ != '-' || !fortran_int(&at, &last) ||
        !fortran_reals(&at, row, 2)) {
        bool head = *text == '(' || *text == '\0';
        return head && scan->motion.n_rows == 0 ? CRYSTAL_PASSED : CRYSTAL_DECLINED;
    }
    /* At most as many as an atom with its images may have. */
    if (last < first || last - first > 1000) {
        return CRYSTAL_DECLINED;
    }
    scan->motion.n_rows++;
    for (long i = first; i <= last; i++) {
        int r = results_add_frequency(scan->results, row[1]);
        if (r < 0) {
            return r;
        }
    }
    return 0;
}

/* "EIGV          FREQUENCIES     IRREP  IR   INTENS    RAMAN", of version 03 "EV". A
 * table with SHIFTS is of the longitudinal modes that some of these split into. */
static int take_modes(struct crystal_scan *scan, const char *rest) {
    const char *text = rest + strspn(rest, " ");
    bool head = crystal_behind(text, "EIGV ") || crystal_behind(text, "EV ");
    if (!head || strstr(text, "SHIFTS") || scan->motion.other_k_point) {
        return CRYSTAL_DECLINED;
    }
    bool other = scan->motion.other_k_point;
    (void)take_frequencies(scan, "");
    scan->motion.other_k_point = other;
    results_drop_frequencies(scan->results);
    scan->motion.n_rows = 0;
    scan->section = mode_row;
    return 0;
}

/* "    2 COORD:  C(   2   2   0 )    WEIGHT:    1.": the first is the zone's centre.
 * With the printing of modes turned off its rows follow without a headline. */
static int take_k_point(struct crystal_scan *scan, const char *rest) {
    long number;
    bool other = fortran_int(&rest, &number) && number != 1;
    if (!other) {
        (void)take_frequencies(scan, "");
        results_drop_frequencies(scan->results);
        scan->motion.n_rows = 0;
        scan->section = mode_row;
    }
    scan->motion.other_k_point = other;
    return 0;
}

/* ---- elastic constants ---- */

static int take_elastic(struct crystal_scan *scan, const char *rest) {
    (void)rest;
    crystal_begin_computing(scan);
    scan->motion.elastic = true;
    crystal_name_calculation(scan);
    return 0;
}

const struct crystal_rule crystal_motion_rules[] = {
    {"OPTOPTOPT", take_optimisation},
    {"COORDINATE AND CELL ", take_point},
    {"COORDINATE ", take_point},
    {"CELL ", take_point},
    {"ATOMS ", take_point},
    {"INTERNAL ", take_point},
    {"REDUNDANT ", take_point},
    {"OPTIMIZATION - POINT", take_named_point},
    {"MAX GRADIENT ", take_gradient},
    {"CARTESIAN FORCES IN HARTREE/BOHR", take_forces},
    {"* OPT END - ", take_opt_end},
    {"EQUATION OF STATE CALCULATION", take_optimisation},
    {"STRESS TENSOR, IN", take_stress},
    {"PRESSURE IN GIGAPASCAL:", take_pressure},
    {"FRQFRQ", take_frequencies},
    {"FREQUENCY CALCULATION", take_frequency_headline},
    {"* CALCULATION OF PHONON FREQUENCIES AT", take_frequencies},
    {"MODES ", take_modes},
    {"DISPERSION K POINT NUMBER", take_k_point},
    {"ELASTIC CALCULATION", take_elastic},
    {"* ELASTCON OPTION", take_elastic},
    {NULL, NULL},
};
