/* What the rarer kinds of CRYSTAL's runs print: hand-written excerpts. */
#include "samples.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define HARTREE 27.211386245988
#define assert_near(got, want) assert_close(got, want, 1.0e-7)

#define START " EEEEEEEEEE STARTING  DATE 02 03 2032 TIME 10:00:00.0\n"
#define END " EEEEEEEEEE TERMINATION  DATE 02 03 2032 TIME 10:00:01.0\n"
#define SCF " CRYSTAL - SCF - TYPE OF CALCULATION :  RESTRICTED CLOSED SHELL\n"
#define CYCLE(n, energy)                                                               \
    " CYC   " n " ETOT(AU) " energy " DETOT -1.00E+00 tst  0.00E+00 PX  1.00E+00\n"
#define CONVERGED(energy, n)                                                           \
    " == SCF ENDED - CONVERGENCE ON ENERGY      E(AU) " energy " CYCLES   " n "\n"

static json_t *scan(const char *text) {
    return samples_scan_as("crystal", text, strlen(text));
}

static double frequency(const json_t *r, size_t i) {
    return samples_at(json_object_get(r, "frequencies_cm1"), i);
}

static void modes_at_the_centre_may_have_no_headline(void **state) {
    (void)state;
    _cleanup_json_ json_t *r =
        scan(START "                       FREQUENCY CALCULATION\n"
                   "  DISPERSION K POINT NUMBER     1 COORD:  R(   0   0   0 )    "
                   "WEIGHT:    1.\n\n"
                   "    1-   1   -0.5000E-13     -0.0500   -0.0015  (  1)\n"
                   "    2-   3    0.2000E-04    900.2500   26.9888  (  1)\n\n\n"
                   "  DISPERSION K POINT NUMBER     2 COORD:  C(   2   2   0 )    "
                   "WEIGHT:    1.\n\n"
                   "    1-   1    0.1000E-10      0.7000    0.0200  (  1)\n" END);
    assert_int_equal(samples_count(r, "frequencies_cm1"), 3);
    assert_near(frequency(r, 0), -0.05);
    assert_near(frequency(r, 2), 900.25);
}

#define MODES                                                                          \
    "    MODES         EIGV          FREQUENCIES     IRREP  IR   INTENS    RAMAN\n"    \
    "             (HARTREE**2)   (CM**-1)     (THZ)             (KM/MOL)\n"            \
    "    1-   1    0.1000E-10      0.7000    0.0210  (Au )   A (     0.00)   I\n"      \
    "    2-   3    0.2000E-04    900.2500   26.9888  (Eu )   A (    40.00)   I\n\n"

static void longitudinal_modes_are_not_those_of_the_run(void **state) {
    (void)state;
    _cleanup_json_ json_t *r = scan(
        START MODES
        " THE CORRESPONDING LO-TO SHIFTS ARE INDICATED IN THE LAST COLUMNS.\n\n"
        "    MODES         EIGV          FREQUENCIES    IRREP IR INTENS       SHIFTS\n"
        "             (HARTREE**2)   (CM**-1)     (THZ)       (KM/MOL)  (CM**-1)   "
        "(THZ)\n"
        "    2-   3    0.3000E-04    950.2500   28.4878 (Eu )     40.0   50.000   "
        "1.4990\n" END);
    assert_int_equal(samples_count(r, "frequencies_cm1"), 3);
    assert_near(frequency(r, 2), 900.25);
}

static void modes_of_version_03_have_another_headline(void **state) {
    (void)state;
    _cleanup_json_ json_t *r = scan(
        START
        "                       FREQUENCY CALCULATION\n"
        "    CENTRAL POINT              0.000000000000E+00     0     0.0E+00    6\n"
        "    MODES          EV           FREQUENCIES     IRREP  IR   INTENS    "
        "RAMAN\n"
        "                  (AU)      (CM**-1)     (THZ)             (KM/MOL)\n"
        "    1-   1   -0.00004100    -33.0000   -0.9893  (A2 )   I (     0.00)   "
        "A\n"
        "    2-   2    0.00025000     81.5000    2.4433  (B2 )   A (     2.00)   "
        "A\n" END);
    assert_int_equal(samples_count(r, "frequencies_cm1"), 2);
    assert_near(frequency(r, 0), -33);
    assert_true(samples_is_null(r, "energy_ev"));
}

static void old_versions_tell_the_top_of_the_valence_bands_alone(void **state) {
    (void)state;
    _cleanup_json_ json_t *r = scan(
        START SCF CYCLE("0", "-1.0E+00") " INSULATING STATE - TOP OF VALENCE BANDS "
                                         "(A.U.) -2.5000000E-01\n");
    assert_near(samples_number(r, "vbm_ev"), -0.25 * HARTREE);
    assert_true(samples_is_null(r, "cbm_ev"));
    assert_true(samples_is_null(r, "gap_ev"));
    _cleanup_json_ json_t *shifted =
        scan(START SCF " EIGENVALUE LEVEL SHIFTING OF  0.300 HARTREE\n" CYCLE(
            "0", "-1.0E+00") " INSULATING STATE - TOP OF VALENCE BANDS (A.U.) "
                             "-5.5000000E-01\n");
    assert_true(samples_is_null(shifted, "vbm_ev"));
    _cleanup_json_ json_t *locked = scan(
        START SCF CYCLE("0", "-1.0E+00") " INSULATING STATE - TOP OF VALENCE BANDS "
                                         "(A.U.) -1.0000000E+00\n");
    assert_true(samples_is_null(locked, "vbm_ev"));
}

static void atoms_and_cell_by_turns_are_an_optimisation(void **state) {
    (void)state;
    _cleanup_json_ json_t *r = scan(
        START " ATOMS OPTIMIZATION - POINT    1\n"
              " TOTAL ENERGY(HF)(AU)(  10) -2.0000000000000E+00     DE (AU)   0.0E+00\n"
              " MAX GRADIENT      0.010000  THRESHOLD              0.000450 CONVERGED "
              "NO\n"
              " CELL OPTIMIZATION - POINT    2\n"
              " TOTAL ENERGY(HF)(AU)(  10) -2.5000000000000E+00     DE (AU)  -5.0E-01\n"
              " MAX GRADIENT      0.000100  THRESHOLD              0.000450 CONVERGED "
              "YES\n" END);
    samples_check_verdict(r, "geometry_optimization", "finished", 0);
    assert_int_equal(samples_count(r, "steps"), 2);
    assert_near(samples_number(samples_item(r, "steps", 0), "max_force_ev_per_ang"),
                0.01 * HARTREE / 0.529177210903);
    assert_near(samples_number(r, "energy_ev"), -2.5 * HARTREE);
}

static void a_moment_of_two_components_is_the_length_of_a_vector(void **state) {
    (void)state;
    _cleanup_json_ json_t *r = scan(START SCF CYCLE(
        "0", "-1.0E+00") " TOTAL X-COMP MAGNETIZATION    1.00000000\n"
                         " ATOMIC MX                 :\n"
                         "   1.0000000\n"
                         " TOTAL Y-COMP MAGNETIZATION   -2.00000000\n"
                         " TOTAL Z-COMP MAGNETIZATION    2.00000000\n" CONVERGED(
                             "-1.0E+00", "0") END);
    assert_near(samples_number(r, "magnetization_mub"), 3);
    _cleanup_json_ json_t *stars = scan(
        START SCF CYCLE("0", "-1.0E+00") " TOTAL X-COMP MAGNETIZATION  ********\n"
                                         " TOTAL Y-COMP MAGNETIZATION  0.00000000\n"
                                         " TOTAL Z-COMP MAGNETIZATION  0.00000000\n");
    assert_true(samples_is_null(stars, "magnetization_mub"));
}

static void a_run_whose_head_is_missing_has_the_time_that_it_tells(void **state) {
    (void)state;
    _cleanup_json_ json_t *r =
        scan(START SCF CYCLE("0", "-1.0E+00") CONVERGED("-1.0E+00", "0") END
             " COORDINATE OPTIMIZATION - POINT    9\n"
             " TOTAL ENERGY(HF)(AU)(  10) -3.0000000000000E+00     DE (AU)   0.0E+00\n"
             " * OPT END - CONVERGED * E(AU):  -3.000000000000E+00  POINTS    9 *\n"
             " TTTTTTTTTTTTTTTTTTTTTTTTTTTTTT END         TELAPSE     9000.00 TCPU     "
             "8000.00\n"
             " EEEEEEEEEE TERMINATION  DATE 02 03 2032 TIME 10:20:00.0\n");
    samples_check_verdict(r, "geometry_optimization", "finished", 1);
    assert_near(samples_number(r, "energy_ev"), -3 * HARTREE);
    assert_near(samples_number(r, "wall_seconds"), 9000);
}

#define FORCES                                                                         \
    " CARTESIAN FORCES IN HARTREE/BOHR (ANALYTICAL)\n"                                 \
    "   ATOM                     X                   Y                   Z\n"          \
    "   1   6             1.000000000000E-03  2.000000000000E-03  "                    \
    "2.000000000000E-03\n"
#define SECOND_FORCE                                                                   \
    "   2   8            -4.000000000000E-03  0.000000000000E+00  "                    \
    "3.000000000000E-03\n"                                                             \
    "   3   6             3.000000000000E-03 -2.000000000000E-03 "                     \
    "-5.000000000000E-03\n"
#define RESULTANT                                                                      \
    "\n RESULTANT FORCE     9.000000000000E+00  0.000000000000E+00  0.0E+00\n"

static void forces_of_one_geometry_have_a_largest(void **state) {
    (void)state;
    _cleanup_json_ json_t *r = scan(START SCF CYCLE("0", "-1.0E+00") CONVERGED(
        "-1.0E+00", "0") FORCES SECOND_FORCE RESULTANT END);
    const double largest = sqrt(38.0e-6) * HARTREE / 0.529177210903;
    assert_near(samples_number(r, "max_force_ev_per_ang"), largest);
    assert_near(samples_number(samples_item(r, "steps", 0), "max_force_ev_per_ang"),
                largest);
    _cleanup_json_ json_t *stars =
        scan(START SCF CYCLE("0", "-1.0E+00") CONVERGED("-1.0E+00", "0") FORCES
             "   2   8            ******************  0.000000000000E+00  0.0\n");
    assert_true(samples_is_null(stars, "max_force_ev_per_ang"));
}

static void an_optimiser_measures_its_forces_itself(void **state) {
    (void)state;
    _cleanup_json_ json_t *r = scan(
        START " COORDINATE OPTIMIZATION - POINT    1\n" SCF CYCLE("0", "-1.0E+00")
            CONVERGED("-1.0E+00", "0") " MAX GRADIENT      0.010000  THRESHOLD         "
                                       "     0.000450 CONVERGED NO\n" FORCES END);
    assert_near(samples_number(r, "max_force_ev_per_ang"),
                0.01 * HARTREE / 0.529177210903);
    _cleanup_json_ json_t *log =
        scan(SCF CYCLE("0", "-1.0E+00") CONVERGED("-1.0E+00", "0") FORCES RESULTANT);
    assert_true(samples_is_null(log, "max_force_ev_per_ang"));
}

static void an_old_banner_may_tell_its_release_without_a_colon(void **state) {
    (void)state;
    _cleanup_json_ json_t *r = scan(
        " *                                CRYSTAL06                        *\n"
        " *                          Release 1.0 - v1_0_2\n"
        "                            Sequential executable                *\n" START);
    assert_string_equal(samples_text(r, "version"), "CRYSTAL06 1.0");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(modes_at_the_centre_may_have_no_headline),
        cmocka_unit_test(longitudinal_modes_are_not_those_of_the_run),
        cmocka_unit_test(modes_of_version_03_have_another_headline),
        cmocka_unit_test(old_versions_tell_the_top_of_the_valence_bands_alone),
        cmocka_unit_test(atoms_and_cell_by_turns_are_an_optimisation),
        cmocka_unit_test(a_moment_of_two_components_is_the_length_of_a_vector),
        cmocka_unit_test(a_run_whose_head_is_missing_has_the_time_that_it_tells),
        cmocka_unit_test(forces_of_one_geometry_have_a_largest),
        cmocka_unit_test(an_optimiser_measures_its_forces_itself),
        cmocka_unit_test(an_old_banner_may_tell_its_release_without_a_colon),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
