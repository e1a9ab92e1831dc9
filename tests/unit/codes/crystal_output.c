/* What the outputs of CRYSTAL say, read from hand-written excerpts. */
#include "samples.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define HARTREE 27.211386245988
#define assert_near(got, want) assert_close(got, want, 1.0e-7)

static json_t *scan(const char *text) {
    return samples_scan_as("crystal", text, strlen(text));
}

static json_t *scan_own(const char *name) {
    _cleanup_buf_ struct buf text = BUF_NULL;
    samples_read_own(name, &text);
    assert_ptr_equal(code_of_output(buf_bytes(&text), buf_len(&text)),
                     code_by_name("crystal"));
    return samples_scan_as("crystal", buf_bytes(&text), buf_len(&text));
}

static void check_atom(const json_t *r, size_t i, const char *element, double x,
                       double y, double z) {
    const json_t *atom = samples_item(r, "atoms", i);
    assert_string_equal(samples_text(atom, "element"), element);
    assert_near(samples_number(atom, "x"), x);
    assert_near(samples_number(atom, "y"), y);
    assert_near(samples_number(atom, "z"), z);
}

static void check_cell(const json_t *r, double a, double c, double volume) {
    const json_t *cell = json_object_get(r, "cell");
    assert_near(samples_number(cell, "a"), a);
    assert_near(samples_number(cell, "c"), c);
    assert_near(samples_number(cell, "gamma"), 90);
    assert_close(samples_number(cell, "volume"), volume, 1.0e-5);
}

/* ---- whole runs ---- */

static void a_single_point_tells_energy_and_electrons(void **state) {
    (void)state;
    _cleanup_json_ json_t *r = scan_own("../crystal/scf.out");
    samples_check_verdict(r, "scf", "finished", 1);
    assert_string_equal(samples_text(r, "version"), "CRYSTAL23 1.0.9");
    assert_near(samples_number(r, "energy_ev"), -8.2500000001 * HARTREE);
    assert_near(samples_number(r, "energy_with_corrections_ev"),
                -8.5000000001 * HARTREE);
    const json_t *energy = json_object_get(r, "energy");
    assert_close(samples_number(energy, "value"), -8.2500000001, 0);
    assert_string_equal(samples_text(energy, "unit"), "Ha");
    assert_near(samples_number(r, "magnetization_mub"), 2);
    assert_int_equal(samples_count(r, "scf"), 1);
    const json_t *run = samples_item(r, "scf", 0);
    assert_near(samples_number(run, "cycles"), 2);
    const json_t *energies = json_object_get(run, "energies_ev");
    assert_int_equal(json_array_size(energies), 3); /* from 0 to 2 */
    assert_near(samples_at(energies, 0), -8 * HARTREE);
    assert_near(samples_at(energies, 2), -8.2500000001 * HARTREE);
    assert_int_equal(samples_count(r, "steps"), 1);
    assert_int_equal(samples_count(r, "problems"), 0);
    assert_close(samples_number(r, "wall_seconds"), 14.6, 0); /* over midnight */
    assert_close(samples_number(r, "cpu_seconds"), 12.5, 0);
}

static void the_gap_may_be_between_the_spins(void **state) {
    (void)state;
    _cleanup_json_ json_t *r = scan_own("../crystal/scf.out");
    assert_near(samples_number(r, "vbm_ev"), -0.25 * HARTREE);
    assert_near(samples_number(r, "cbm_ev"), -0.1 * HARTREE);
    assert_near(samples_number(r, "gap_ev"), 0.15 * HARTREE);
    assert_true(samples_is_null(r, "fermi_ev")); /* that of a cycle before is history */
}

static void atoms_are_where_the_lattice_vectors_put_them(void **state) {
    (void)state;
    _cleanup_json_ json_t *r = scan_own("../crystal/scf.out");
    check_cell(r, 3, 4, 36);
    assert_string_equal(samples_text(r, "formula"), "HLi");
    check_atom(r, 0, "Li", 0, 0, 0); /* printed with a pseudopotential, as 203 */
    check_atom(r, 1, "H", 1.5, 1.5, 1);
}

static void an_optimisation_without_onelog_tells_its_last_geometry(void **state) {
    (void)state;
    _cleanup_json_ json_t *r = scan_own("../crystal/slab_opt.out");
    samples_check_verdict(r, "geometry_optimization", "finished", 1);
    assert_int_equal(samples_count(r, "scf"), 1);
    assert_int_equal(samples_count(r, "steps"), 2);
    const json_t *first = samples_item(r, "steps", 0),
                 *second = samples_item(r, "steps", 1);
    const double force = HARTREE / 0.529177210903;
    assert_near(samples_number(first, "energy_ev"), -8.1 * HARTREE);
    assert_near(samples_number(first, "max_force_ev_per_ang"), 0.02 * force);
    assert_near(samples_number(first, "pressure_gpa"), -5.884);
    assert_near(samples_number(second, "energy_ev"), -8.3 * HARTREE);
    assert_near(samples_number(second, "max_force_ev_per_ang"), 0.0001 * force);
    assert_true(samples_is_null(second, "pressure_gpa"));
    assert_near(samples_number(r, "energy_ev"), -8.3 * HARTREE);
    assert_near(samples_number(r, "energy_with_corrections_ev"), -8.3 * HARTREE);
    assert_near(samples_number(r, "max_force_ev_per_ang"), 0.0001 * force);
    assert_near(samples_number(r, "gap_ev"), 9.25);
    assert_true(
        samples_is_null(r, "vbm_ev")); /* that of the first geometry is history */
}

static void directions_that_are_not_periodic_are_in_angstrom(void **state) {
    (void)state;
    _cleanup_json_ json_t *r = scan_own("../crystal/slab_opt.out");
    check_cell(r, 3.1, 500, 4805);
    check_atom(r, 0, "Li", 0, 0, -1.25);
    check_atom(r, 1, "H", 1.55, 1.55, 1.25);
}

static void stress_has_the_sign_of_the_pressure_and_is_of_its_geometry(void **state) {
    (void)state;
    _cleanup_buf_ struct buf text = BUF_NULL;
    samples_read_own("../crystal/slab_opt.out", &text);
    const char *bytes = buf_bytes(&text);
    static const char point[] = " COORDINATE AND CELL OPTIMIZATION - POINT    2";
    const char *second = memmem(bytes, buf_len(&text), point, strlen(point));
    assert_non_null(second);
    _cleanup_json_ json_t *r =
        samples_scan_as("crystal", bytes, (size_t)(second - bytes));
    const double unit = 29421.0157; /* Hartree/bohr³ in GPa */
    const double want[6] = {-1e-4, -2e-4, -3e-4, -2e-5, 0, 0};
    for (size_t i = 0; i < 6; i++) {
        assert_close(samples_at(json_object_get(r, "stress_gpa"), i), want[i] * unit,
                     1.0e-4);
    }
    assert_near(samples_number(r, "pressure_gpa"), -5.884);
    _cleanup_json_ json_t *whole = scan_own("../crystal/slab_opt.out");
    assert_true(samples_is_null(whole, "pressure_gpa"));
    assert_true(samples_is_null(whole, "stress_gpa"));
}

static void frequencies_are_told_for_each_mode(void **state) {
    (void)state;
    _cleanup_json_ json_t *r = scan_own("../crystal/freq.out");
    samples_check_verdict(r, "frequencies", "finished", 1);
    const json_t *modes = json_object_get(r, "frequencies_cm1");
    assert_int_equal(json_array_size(modes), 9);
    assert_near(samples_at(modes, 0), -12.5);
    assert_near(samples_at(modes, 1), 0);
    assert_near(samples_at(modes, 6), 1600.25);
    assert_near(samples_at(modes, 8), 3700.5);
    assert_near(samples_number(r, "gap_ev"), 0.5 * HARTREE);
}

static void a_molecule_has_no_cell(void **state) {
    (void)state;
    _cleanup_json_ json_t *r = scan_own("../crystal/freq.out");
    assert_true(samples_is_null(r, "cell"));
    assert_string_equal(samples_text(r, "formula"), "H2O");
    check_atom(r, 2, "H", 0, -0.75, 0.5);
}

static void the_properties_program_tells_bands_and_geometry(void **state) {
    (void)state;
    _cleanup_json_ json_t *r = scan_own("../crystal/bands.out");
    samples_check_verdict(r, "bands", "finished", 1);
    assert_near(samples_number(r, "fermi_ev"), -0.25 * HARTREE);
    assert_true(samples_is_null(r, "energy_ev"));
    check_cell(r, 4, 4, 64);
    check_atom(r, 1, "H", 2, 2, 2);
}

static void a_log_of_cycles_has_no_status(void **state) {
    (void)state;
    _cleanup_json_ json_t *r = scan_own("../crystal/SCFOUT.LOG");
    assert_true(samples_is_null(r, "status"));
    assert_int_equal(samples_count(r, "scf"), 2);
    assert_true(json_is_true(json_object_get(samples_item(r, "scf", 0), "converged")));
    assert_true(json_is_false(json_object_get(samples_item(r, "scf", 1), "converged")));
    assert_true(json_is_false(json_object_get(r, "converged")));
    assert_near(samples_number(r, "energy_ev"), -8.35 * HARTREE);
    assert_string_equal(samples_problem(r, 0), "scf_not_converged");
}

/* ---- pieces ---- */

#define START " EEEEEEEEEE STARTING  DATE 02 03 2032 TIME 10:00:00.0\n"
#define END " EEEEEEEEEE TERMINATION  DATE 02 03 2032 TIME 10:00:01.0\n"
#define CYCLE(n, energy)                                                               \
    " CYC   " n " ETOT(AU) " energy " DETOT -1.00E+00 tst  0.00E+00 PX  1.00E+00\n"
#define CONVERGED(energy, n)                                                           \
    " == SCF ENDED - CONVERGENCE ON ENERGY      E(AU) " energy " CYCLES   " n "\n"
#define POINT(n)                                                                       \
    " COORDINATE OPTIMIZATION - POINT    " n "\n"                                      \
    " TOTAL ENERGY(HF)(AU)(  10) -2.0000000000000E+00     DE (AU)   -1.0E-03\n"
#define EDGES(top, bottom)                                                             \
    " INSULATING STATE\n"                                                              \
    " TOP OF VALENCE BANDS -    BAND      3; K    1; EIG " top " AU\n"                 \
    " BOTTOM OF VIRTUAL BANDS - BAND      4; K    5; EIG " bottom " AU\n"

static void an_scf_that_ran_out_of_cycles_ends_in_good_order(void **state) {
    (void)state;
    _cleanup_json_ json_t *r = scan(START CYCLE("0", "-1.0E+00") CYCLE(
        "1", "-1.5E+00") " == SCF ENDED - TOO MANY CYCLES            E(AU) -1.5E+00 "
                         "CYCLES   1\n" END);
    samples_check_verdict(r, "scf", "finished", 0);
    assert_string_equal(samples_problem(r, 0), "scf_not_converged");
    assert_near(samples_number(r, "energy_ev"), -1.5 * HARTREE);
    assert_null(samples_problem(r, 1));
}

static void a_text_that_just_ends_is_truncated(void **state) {
    (void)state;
    _cleanup_json_ json_t *r = scan(START CYCLE("0", "-1.0E+00"));
    samples_check_verdict(r, "scf", "truncated", -1);
    assert_string_equal(samples_problem(r, 0), "truncated");
    assert_near(samples_number(samples_item(r, "problems", 0), "line"), 2);
    assert_true(samples_is_null(r, "energy_ev"));
    assert_int_equal(samples_count(samples_item(r, "scf", 0), "energies_ev"), 1);
}

static void other_terminations_are_not_the_end(void **state) {
    (void)state;
    _cleanup_json_ json_t *r = scan(
        START
        " EEEEEEEEEE INT_CALC TERMINATION  DATE 02 03 2032 TIME 10:00:00.5\n" CYCLE(
            "0", "-1.0E+00")
            CONVERGED(
                "-1.0E+00",
                "0") " EEEEEEEEEE SCF TERMINATION  DATE 02 03 2032 TIME 10:00:01.0\n");
    samples_check_verdict(r, "scf", "truncated", -1);
    _cleanup_json_ json_t *cut = scan(START CYCLE("0", "-1.0E+00") CONVERGED(
        "-1.0E+00", "0") " EEEEEEEEEE TERMINATION  DATE 02 03 20");
    samples_check_verdict(cut, "scf", "finished", 1);
}

static void onelog_tells_the_scf_of_each_geometry(void **state) {
    (void)state;
    _cleanup_json_ json_t *r =
        scan(START
             " COORDINATE OPTIMIZATION - POINT    1\n" CYCLE("0", "-1.0E+00") CONVERGED(
                 "-1.0E+00",
                 "0") " TOTAL ENERGY(HF)(AU)(   0) -1.0000000000000E+00 DE-2.7E-06 "
                      "tester 1.3E-10\n"
                      " COORDINATE OPTIMIZATION - POINT    2\n" CYCLE("0", "-1.1E+00")
                          CYCLE("1", "-1.2E+00") CONVERGED(
                              "-1.2E+00",
                              "1") " TOTAL ENERGY(HF)(AU)(   1) -1.2000000000000E+00 "
                                   "DE-2.7E-06 tester 1.3E-10\n"
                                   " TOTAL ENERGY(HF)(AU)(   1) -1.2500000000000E+00   "
                                   "  DE (AU)   -2.5E-01\n"
                                   " * OPT END - CONVERGED * E(AU):  "
                                   "-1.250000000000E+00  POINTS    2 *\n" END);
    samples_check_verdict(r, "geometry_optimization", "finished", 1);
    assert_int_equal(samples_count(r, "scf"), 2);
    assert_int_equal(samples_count(r, "steps"), 2);
    assert_near(samples_number(samples_item(r, "steps", 0), "energy_ev"), -HARTREE);
    assert_near(samples_number(samples_item(r, "steps", 1), "energy_ev"),
                -1.25 * HARTREE);
}

static void an_optimisation_that_gave_up_has_not_converged(void **state) {
    (void)state;
    _cleanup_json_ json_t *r = scan(START POINT("1") POINT(
        "2") " * OPT END - FAILED    * E(AU):  -2.000000000000E+00  POINTS    2 *\n"
             " ERROR **** OPTGEOM **** GEOMETRY OPTIMIZATION FAILED - OPTGEOM STOP\n");
    samples_check_verdict(r, "geometry_optimization", "failed", 0);
    assert_string_equal(samples_problem(r, 0), "geometry_not_converged");
    assert_string_equal(
        samples_text(samples_item(r, "problems", 0), "message"),
        "* OPT END - FAILED    * E(AU):  -2.000000000000E+00  POINTS    "
        "2 *");
    assert_null(samples_problem(r, 1));
    _cleanup_json_ json_t *silent = scan(START POINT("1") END);
    samples_check_verdict(silent, "geometry_optimization", "finished", 0);
}

static void a_gap_has_the_printed_digits(void **state) {
    (void)state;
    _cleanup_json_ json_t *r = scan(START CYCLE("0", "-1.0E+00") EDGES(
        "-2.0000000E-01", "1.0000000E-01") " DIRECT ENERGY BAND GAP:   8.1634 eV\n");
    assert_close(samples_number(r, "gap_ev"), 8.1634, 0);
    assert_near(samples_number(r, "cbm_ev"), 0.1 * HARTREE);
}

static void a_shifted_level_is_no_edge(void **state) {
    (void)state;
    _cleanup_json_ json_t *r = scan(
        START CYCLE("0", "-1.0E+00") " INSULATING STATE - LEVEL SHIFTER    0.60 au\n"
                                     " TOP OF VALENCE BANDS -    BAND      3; K    1; "
                                     "EIG -2.0000000E-01 AU\n"
                                     " BOTTOM OF VIRTUAL BANDS - BAND      4; K    5; "
                                     "EIG  1.0000000E-01 AU\n");
    assert_true(samples_is_null(r, "gap_ev"));
    assert_true(samples_is_null(r, "cbm_ev"));
}

#define SHIFTED(top, bottom, gap)                                                      \
    " INSULATING STATE - LEVEL SHIFTER    0.50 au\n"                                   \
    " TOP OF VALENCE BANDS -    BAND      3; K    1; EIG " top " AU\n"                 \
    " BOTTOM OF VIRTUAL BANDS - BAND      4; K    5; EIG " bottom " AU\n"              \
    " INDIRECT ENERGY BAND GAP: " gap " eV\n"

static void a_printed_gap_is_without_the_level_shifter(void **state) {
    (void)state;
    _cleanup_json_ json_t *r = scan(START CYCLE("0", "-1.0E+00") SHIFTED(
        "-7.0000000E-01", "-1.0000000E-01", "  2.7211"));
    assert_close(samples_number(r, "gap_ev"), 2.7211, 0);
    assert_true(samples_is_null(r, "vbm_ev"));
    _cleanup_json_ json_t *spins =
        scan(START CYCLE("0", "-1.0E+00") "    ALPHA      ELECTRONS\n" SHIFTED(
            "-7.0000000E-01", "-1.0000000E-01",
            "  2.7211") "    BETA       ELECTRONS\n" SHIFTED("-8.0000000E-01",
                                                             "-1.2000000E-01",
                                                             "  4.8981"));
    assert_near(samples_number(spins, "gap_ev"), 0.08 * HARTREE);
    _cleanup_json_ json_t *overlap = scan(START CYCLE("0", "-1.0E+00") SHIFTED(
        "-7.0000000E-01", "-2.1000000E-01", " -0.2721"));
    assert_close(samples_number(overlap, "gap_ev"), -0.2721, 0);
}

static void a_metal_has_a_fermi_energy_and_no_gap(void **state) {
    (void)state;
    _cleanup_json_ json_t *r = scan(START CYCLE("0", "-1.0E+00") EDGES(
        "-2.0000000E-01", "1.0000000E-01") " POSSIBLY CONDUCTING STATE - EFERMI(AU) "
                                           "-1.0000000E-01 (RES. CHARGE  "
                                           "1.45E-03;IT.  8)\n");
    assert_near(samples_number(r, "fermi_ev"), -0.1 * HARTREE);
    assert_true(samples_is_null(r, "gap_ev"));
    assert_true(samples_is_null(r, "vbm_ev"));
}

static void spins_with_different_gaps_leave_that_between_them_open(void **state) {
    (void)state;
#define BEFORE                                                                         \
    START " COORDINATE OPTIMIZATION - POINT    1\n" CYCLE("0", "-1.0E+00")             \
        CONVERGED("-1.0E+00", "0") POINT("2") " * OPT END - CONVERGED * E(AU):  "      \
                                              "-2.000000000000E+00  POINTS    2 *\n"
    _cleanup_json_ json_t *differ =
        scan(BEFORE "   ALPHA BAND GAP:                5.9497  eV\n"
                    "   BETA BAND GAP:                 4.6668  eV\n" END);
    assert_true(samples_is_null(differ, "gap_ev"));
    _cleanup_json_ json_t *mirror =
        scan(BEFORE "   ALPHA BAND GAP:                4.6668  eV\n"
                    "   BETA BAND GAP:                 4.6668  eV\n" END);
    assert_close(samples_number(mirror, "gap_ev"), 4.6668, 0);
    _cleanup_json_ json_t *metal =
        scan(BEFORE "   FERMI ENERGY:                 -1.0000000E-01 Ha\n" END);
    assert_near(samples_number(metal, "fermi_ev"), -0.1 * HARTREE);
}

static void smearing_has_a_free_energy(void **state) {
    (void)state;
    _cleanup_json_ json_t *r = scan(START CYCLE("0", "-1.0E+00") CONVERGED(
        "-1.0E+00", "0") " ENERGY           (E)   -1.000000000000E+00\n"
                         " ENTROPY          (S)    1.000000000000E-03\n"
                         " FREE ENERGY      (F)   -1.001000000000E+00\n" END);
    assert_near(samples_number(r, "free_energy_ev"), -1.001 * HARTREE);
    assert_near(samples_number(r, "energy_ev"), -HARTREE);
}

static void elastic_constants_are_an_elastic_run(void **state) {
    (void)state;
    _cleanup_json_ json_t *r = scan(
        START "                        ELASTIC CALCULATION\n" CYCLE("0", "-1.0E+00")
            CONVERGED("-1.0E+00", "0") END);
    samples_check_verdict(r, "elastic", "finished", 1);
}

static void
frequencies_elsewhere_in_the_zone_are_not_those_of_the_centre(void **state) {
    (void)state;
#define MODES(value)                                                                   \
    "    MODES         EIGV          FREQUENCIES     IRREP\n"                          \
    "             (HARTREE**2)   (CM**-1)     (THZ)\n"                                 \
    "    1-   1    0.1000E-06    " value "    2.0000  (A   )\n\n"
    _cleanup_json_ json_t *r = scan(
        START
        "                       FREQUENCY CALCULATION\n"
        "  DISPERSION K POINT NUMBER     1 COORD:  R(   0   0   0 )    "
        "WEIGHT:    1.\n" MODES(
            "100.0000") "  DISPERSION K POINT NUMBER     2 COORD:  C(   1   0   0 )    "
                        "WEIGHT:    1.\n" MODES("200.0000") END);
    assert_int_equal(samples_count(r, "frequencies_cm1"), 1);
    assert_near(samples_at(json_object_get(r, "frequencies_cm1"), 0), 100);
}

static void the_properties_program_tells_the_fermi_energy_of_its_run(void **state) {
    (void)state;
#define PROPERTIES START " CRYSTAL - PROPERTIES - TYPE OF CALCULATION :  RESTRICTED\n"
#define PARENT(fermi)                                                                  \
    " N. OF SCF CYCLES               11  FERMI ENERGY              " fermi "\n"
    _cleanup_json_ json_t *rough = scan(PROPERTIES PARENT("-0.125E+00") END);
    assert_near(samples_number(rough, "fermi_ev"), -0.125 * HARTREE);
    _cleanup_json_ json_t *fine =
        scan(PROPERTIES PARENT("-0.125E+00") " ENERGY RANGE (A.U.)   -6.86664 - "
                                             "118.05289 EFERMI  -0.12511\n" END);
    assert_near(samples_number(fine, "fermi_ev"), -0.12511 * HARTREE);
    /* What CRYSTAL begins with is none. */
    _cleanup_json_ json_t *none = scan(PROPERTIES PARENT("-0.100E+01") END);
    assert_true(samples_is_null(none, "fermi_ev"));
    /* Behind an SCF its own has more digits. */
    _cleanup_json_ json_t *after = scan(
        START " CRYSTAL - SCF - TYPE OF CALCULATION :  RESTRICTED\n"
              " POSSIBLY CONDUCTING STATE - EFERMI(AU) -1.2511000E-01 (RES. CHARGE "
              " 4.46E-13;IT. 12)\n" END PROPERTIES PARENT("-0.125E+00") END);
    assert_near(samples_number(after, "fermi_ev"), -0.12511 * HARTREE);
}

static void the_properties_program_tells_the_spin_of_the_last_geometry(void **state) {
    (void)state;
    _cleanup_json_ json_t *r = scan(START CYCLE(
        "0",
        "-1.0E+00") " SUMMED SPIN DENSITY           2.70534649\n" CONVERGED("-1.0E+00",
                                                                            "0")
                                        END START
                                    " CRYSTAL - PROPERTIES - TYPE OF CALCULATION :  "
                                    "UNRESTRICTED OPEN SHELL\n"
                                    " SPIN POLARIZED SYSTEM: SUMMED SPIN DENSITY    "
                                    "2.85349352\n" END);
    assert_near(samples_number(r, "magnetization_mub"), 2.85349352);
}

static void forces_and_frequencies_are_those_of_the_last_run(void **state) {
    (void)state;
    _cleanup_json_ json_t *r =
        scan(START CYCLE("0", "-1.0E+00") CONVERGED(
            "-1.0E+00",
            "0") " MAX GRADIENT      0.008282  THRESHOLD              0.000450 "
                 "CONVERGED NO\n"
                 " PRESSURE IN GIGAPASCAL:   1.5\n FREQUENCY CALCULATION\n"
                 "    MODES         EIGV          FREQUENCIES     IRREP\n"
                 "    1-   1    0.1156E-06     74.6367    2.2376  (A  )\n\n" END START
                     CYCLE("0", "-2.0E+00") CONVERGED("-2.0E+00", "0") END);
    samples_check_verdict(r, "scf", "finished", 1);
    assert_true(samples_is_null(r, "max_force_ev_per_ang") &&
                samples_is_null(r, "pressure_gpa") &&
                samples_is_null(r, "frequencies_cm1"));
}

static void a_run_without_a_head_behind_an_end_is_not_at_its_end(void **state) {
    (void)state;
    _cleanup_json_ json_t *r = scan(START CYCLE("0", "-1.0E+00") CONVERGED(
        "-1.0E+00", "0") END CYCLE("0", "-2.0E+00"));
    assert_string_equal(samples_text(r, "status"), "truncated");
    assert_true(!json_is_true(json_object_get(r, "converged")));
}

static void properties_behind_an_scf_add_to_it(void **state) {
    (void)state;
    _cleanup_json_ json_t *r = scan(START CYCLE("0", "-1.0E+00") CONVERGED(
        "-1.0E+00",
        "0") " TTTTTTTTTTTTTTTTTTTTTTTTTTTTTT END         TELAPSE        1.00 TCPU  "
             "      0.75\n" END START
             " CRYSTAL - PROPERTIES - TYPE OF CALCULATION :  RESTRICTED CLOSED SHELL\n"
             " ENERGY RANGE (A.U.)   -2.5000 -    1.5000 EFERMI   -0.25000\n" END);
    samples_check_verdict(r, "scf", "finished", 1);
    assert_near(samples_number(r, "energy_ev"), -HARTREE);
    assert_true(samples_is_null(r, "fermi_ev"));
}

static void stars_and_no_numbers_yield_nothing(void **state) {
    (void)state;
    _cleanup_json_ json_t *r = scan(START CYCLE("0", "*******************") CYCLE(
        "1", "                NaN") CONVERGED("****************", "***") END);
    samples_check_verdict(r, "scf", "finished", 1);
    assert_true(samples_is_null(r, "energy_ev"));
    assert_true(
        json_is_null(samples_item(samples_item(r, "scf", 0), "energies_ev", 0)));
}

static void outputs_are_known_by_their_own_words(void **state) {
    (void)state;
    static const char *const texts[] = {
        START,
        "junk\n *                               CRYSTAL06                 *\n",
        CYCLE("0", "-1.0E+00"),
        " ERROR **** INPBAS **** BASIS SET IN INPUT\n",
        " == SCF ENDED - TOO MANY CYCLES            E(AU) -1.5E+00 CYCLES   1\n",
    };
    for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
        assert_ptr_equal(code_of_output(texts[i], strlen(texts[i])),
                         code_by_name("crystal"));
    }
    static const char *const others[] = {"", "THE CRYSTAL09 OF MY GRANDMOTHER\n",
                                         " ERROR **** IN A **** b\n",
                                         "**** ERROR ****\n"};
    for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++) {
        assert_null(code_of_output(others[i], strlen(others[i])));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_single_point_tells_energy_and_electrons),
        cmocka_unit_test(the_gap_may_be_between_the_spins),
        cmocka_unit_test(atoms_are_where_the_lattice_vectors_put_them),
        cmocka_unit_test(an_optimisation_without_onelog_tells_its_last_geometry),
        cmocka_unit_test(directions_that_are_not_periodic_are_in_angstrom),
        cmocka_unit_test(stress_has_the_sign_of_the_pressure_and_is_of_its_geometry),
        cmocka_unit_test(frequencies_are_told_for_each_mode),
        cmocka_unit_test(a_molecule_has_no_cell),
        cmocka_unit_test(the_properties_program_tells_bands_and_geometry),
        cmocka_unit_test(a_log_of_cycles_has_no_status),
        cmocka_unit_test(an_scf_that_ran_out_of_cycles_ends_in_good_order),
        cmocka_unit_test(a_text_that_just_ends_is_truncated),
        cmocka_unit_test(other_terminations_are_not_the_end),
        cmocka_unit_test(onelog_tells_the_scf_of_each_geometry),
        cmocka_unit_test(an_optimisation_that_gave_up_has_not_converged),
        cmocka_unit_test(a_gap_has_the_printed_digits),
        cmocka_unit_test(a_shifted_level_is_no_edge),
        cmocka_unit_test(a_printed_gap_is_without_the_level_shifter),
        cmocka_unit_test(a_metal_has_a_fermi_energy_and_no_gap),
        cmocka_unit_test(spins_with_different_gaps_leave_that_between_them_open),
        cmocka_unit_test(smearing_has_a_free_energy),
        cmocka_unit_test(elastic_constants_are_an_elastic_run),
        cmocka_unit_test(frequencies_elsewhere_in_the_zone_are_not_those_of_the_centre),
        cmocka_unit_test(the_properties_program_tells_the_fermi_energy_of_its_run),
        cmocka_unit_test(the_properties_program_tells_the_spin_of_the_last_geometry),
        cmocka_unit_test(forces_and_frequencies_are_those_of_the_last_run),
        cmocka_unit_test(a_run_without_a_head_behind_an_end_is_not_at_its_end),
        cmocka_unit_test(properties_behind_an_scf_add_to_it),
        cmocka_unit_test(stars_and_no_numbers_yield_nothing),
        cmocka_unit_test(outputs_are_known_by_their_own_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
