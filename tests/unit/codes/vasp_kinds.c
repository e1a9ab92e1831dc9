/* What the outputs of other versions of VASP, and of rarer kinds of run, say:
 * hand-written excerpts in the order in which those print. */
#include "samples.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define assert_near(got, want) assert_close(got, want, 1.0e-7)

static json_t *scan(const char *text) {
    return samples_scan_as("vasp", text, strlen(text));
}

#define BEGIN(version)                                                                 \
    " vasp." version " 15Apr09 complex\n"                                              \
    " executed on             LinuxIFC date 2030.01.01  00:00:00\n"

#define MOTION(nsw, ibrion)                                                            \
    "   NELM   =     60;   NELMIN=  2; NELMDL= -5     # of ELM steps\n"                \
    "   EDIFF  = 0.1E-03   stopping-criterion for ELM\n"                               \
    "   NSW    =     " nsw "    number of steps for IOM\n"                             \
    "   IBRION =     " ibrion "    ionic relax: 0-MD 1-quasi-New 2-CG\n"

#define TWO_ATOMS                                                                      \
    "   number of dos      NEDOS =    301   number of ions     NIONS =      2\n"       \
    "   ions per type =               1   1\n"

#define CYCLE(step)                                                                    \
    "----------------------------------------- Iteration    " step "(   1)  "          \
    "---------------------------------------\n"                                        \
    "  free energy    TOTEN  =       -7.0 eV\n"

#define ENERGY(free, without, sigma0)                                                  \
    "  free  energy   TOTEN  =       " free " eV\n"                                    \
    "  energy  without entropy=      " without "  energy(sigma->0) =      " sigma0     \
    "\n"

#define STEP(energy) ENERGY(energy, energy, energy)

#define FORCES(largest)                                                                \
    " POSITION                                       TOTAL-FORCE (eV/Angst)\n"         \
    " --------------------------------------------------------------\n"                \
    "  0.0 0.0 0.0  " largest " 0.0 0.0\n"                                             \
    "  1.0 1.0 1.0  0.0 0.0 0.0\n"                                                     \
    " --------------------------------------------------------------\n"

#define PRESSURE(kbar)                                                                 \
    "  external pressure =       " kbar " kB  Pullay stress =  0.00 kB\n"

#define END                                                                            \
    " General timing and accounting informations for this job:\n"                      \
    "                         Elapsed time (sec):        8.668\n"

static double of_step(const json_t *r, size_t i, const char *key) {
    return samples_number(samples_item(r, "steps", i), key);
}

/* ---- the order of things ---- */

static void forces_behind_the_energy_are_of_that_step(void **state) {
    (void)state;
    _cleanup_json_ json_t *r =
        scan(BEGIN("5.2.2") MOTION("9", "2") TWO_ATOMS CYCLE("1") STEP("-7.0")
                 PRESSURE("10.0") FORCES("0.3") CYCLE("2") STEP("-7.1") PRESSURE("20.0")
                     FORCES("0.2") END);
    assert_near(of_step(r, 0, "max_force_ev_per_ang"), 0.3);
    assert_near(of_step(r, 1, "max_force_ev_per_ang"), 0.2);
    assert_near(of_step(r, 0, "pressure_gpa"), 1.0);
    assert_near(of_step(r, 1, "pressure_gpa"), 2.0);
    assert_near(samples_number(r, "max_force_ev_per_ang"), 0.2);
    assert_near(samples_number(r, "pressure_gpa"), 2.0);
}

static void forces_before_the_energy_are_of_the_step_that_follows(void **state) {
    (void)state;
    _cleanup_json_ json_t *r =
        scan(BEGIN("5.4.4") MOTION("9", "2") TWO_ATOMS CYCLE("1") FORCES("******")
                 STEP("-7.0") CYCLE("2") FORCES("0.2") STEP("-7.1") FORCES("0.1"));
    assert_true(isnan(of_step(r, 0, "max_force_ev_per_ang")));
    assert_near(of_step(r, 1, "max_force_ev_per_ang"), 0.2);
    assert_near(samples_number(r, "max_force_ev_per_ang"), 0.2);
}

/* Such as the exact exchange in a run of ACFDT. */
static void forces_of_no_step_are_not_told(void **state) {
    (void)state;
    _cleanup_json_ json_t *r =
        scan(BEGIN("6.2.1") MOTION("0", "-1") TWO_ATOMS CYCLE("1") FORCES("4.8") END);
    assert_true(isnan(samples_number(r, "max_force_ev_per_ang")));
}

static void the_pressure_that_was_asked_for_is_part_of_that_of_a_step(void **state) {
    (void)state;
    _cleanup_json_ json_t *r = scan(BEGIN("6.3.0") MOTION("9", "2") TWO_ATOMS CYCLE(
        "1") "  in kB     700.11000   699.87000   699.62000     0.0     0.0     0.0\n"
             "  external pressure =       -0.13 kB  Pullay stress =      700.00 "
             "kB\n" STEP("-7.0") END);
    assert_near(of_step(r, 0, "pressure_gpa"), 69.987);
    assert_near(samples_number(r, "pressure_gpa"), 69.987);
}

#define CELL(a)                                                                        \
    "      direct lattice vectors                 reciprocal lattice vectors\n"        \
    "     " a ".000000000  0.000000000  0.000000000     0.1  0.0  0.0\n"               \
    "     0.000000000  2.000000000  0.000000000     0.0  0.5  0.0\n"                   \
    "     0.000000000  0.000000000  2.000000000     0.0  0.0  0.5\n\n"

static void the_cell_behind_the_pressure_of_a_step_is_that_of_the_step(void **state) {
    (void)state;
    _cleanup_json_ json_t *behind =
        scan(BEGIN("5.2.2") MOTION("9", "2") CELL("2") CYCLE("1") STEP("-7.0") PRESSURE(
            "10.0") CELL("2") CYCLE("2") STEP("-7.1") PRESSURE("20.0") CELL("3") END);
    assert_near(of_step(behind, 0, "volume_ang3"), 8);
    assert_near(of_step(behind, 1, "volume_ang3"), 12);
    _cleanup_json_ json_t *before = scan(
        BEGIN("5.4.4") MOTION("9", "2") CELL("2") CYCLE("1") PRESSURE("10.0") CELL("2")
            STEP("-7.0") CYCLE("2") PRESSURE("20.0") CELL("3") STEP("-7.1") END);
    assert_near(of_step(before, 0, "volume_ang3"), 8);
    assert_near(of_step(before, 1, "volume_ang3"), 12);
}

/* ---- what it was told ---- */

#define TWELVE_TYPES                                                                   \
    "   VRHFIN =Sc: d1\n   VRHFIN =Ti: d2\n   VRHFIN =V: d3\n   VRHFIN =Cr: d4\n"      \
    "   VRHFIN =Mn: d5\n   VRHFIN =Fe: d6\n   VRHFIN =Co: d7\n   VRHFIN =Ni: d8\n"     \
    "   VRHFIN =Cu: d9\n   VRHFIN =Zn: d10\n   VRHFIN =Y: d1\n   VRHFIN =Zr: d2\n"

static void counts_of_more_than_ten_types_are_found_under_other_names(void **state) {
    (void)state;
    _cleanup_json_ json_t *r = scan(
        BEGIN("6.3.0") TWELVE_TYPES
        " Dimension of arrays:\n"
        "   k-points           NKPTS =      1   k-points in BZ     NKDIM =      1   "
        "number of bands    NBANDS=      2\n"
        "   number of dos      NEDOS =    301   number of ions     NIONS =     13\n"
        "   ions per type =               1   1   1   1   1   1   1   1   1   1\n"
        "\n\n\n"
        " Dimension of arrays:\n"
        "   k-points           NKPTS =      2   k-points in BZ     NKDIM =      1   "
        "number of bands    NBANDS=\n"
        "   NGX,Y,Z   is equivalent  to a cutoff of  12.42, 12.42, 12.42 a.u.\n"
        " position of ions in cartesian coordinates  (Angst):\n"
        " 0. 0. 0.\n 1. 0. 0.\n 2. 0. 0.\n 3. 0. 0.\n 4. 0. 0.\n 5. 0. 0.\n 6. 0. 0.\n"
        " 7. 0. 0.\n 8. 0. 0.\n 9. 0. 0.\n 0. 1. 0.\n 1. 1. 0.\n 2. 1. 0.\n\n"
        " E-fermi :   1.0\n"
        "  band No.  band energies     occupation \n"
        "      1      0.5      2.00000\n      2      2.0      0.00000\n\n");
    assert_near(samples_number(r, "natoms"), 13);
    assert_string_equal(samples_text(r, "formula"), "CoCrCuFeMnNiScTiVY2ZnZr");
    assert_near(samples_number(r, "gap_ev"), 1.5);
}

static void version_4_6_has_its_own_spelling_of_the_k_points(void **state) {
    (void)state;
    _cleanup_json_ json_t *r = scan(
        BEGIN("4.6.36") "   k-Points           NKPTS =      1   number of bands    "
                        "NBANDS=      2\n E-fermi :   1.0\n"
                        "  band No.  band energies     occupation \n"
                        "      1      0.5      2.00000\n"
                        "      2      2.0     -0.00000\n\n");
    assert_near(samples_number(r, "gap_ev"), 1.5);
}

static void a_path_of_a_vasprun_is_no_mesh(void **state) {
    (void)state;
#define MESH(param)                                                                    \
    "<modeling><kpoints><generation param=\"" param "\"/></kpoints><parameters>"       \
    "<i name=\"ICHARG\">11</i><i name=\"NSW\">0</i><i name=\"IBRION\">-1</i>"          \
    "</parameters></modeling>"
    _cleanup_json_ json_t *mesh = scan(MESH("Gamma"));
    _cleanup_json_ json_t *path = scan(MESH("listgenerated"));
#undef MESH
    assert_string_equal(samples_text(mesh, "calculation"), "nscf");
    assert_string_equal(samples_text(path, "calculation"), "bands");
}

static void
a_vasprun_does_not_tell_whether_the_last_step_of_nsw_was_enough(void **state) {
    (void)state;
    _cleanup_json_ json_t *r =
        scan("<modeling><parameters><i name=\"IBRION\">2</i><i name=\"NSW\">2</i>"
             "<i name=\"EDIFFG\">0.01</i></parameters><calculation><energy>"
             "<i name=\"e_fr_energy\">-3.0</i><i name=\"e_0_energy\">-3.0</i></energy>"
             "</calculation><calculation><energy><i name=\"e_fr_energy\">-3.1</i>"
             "<i name=\"e_0_energy\">-3.1</i></energy></calculation></modeling>");
    samples_check_verdict(r, "geometry_optimization", "finished", 0);
    assert_string_equal(samples_text(samples_item(r, "problems", 0), "message"),
                        "2 steps were made, as many as NSW allows, and the XML does "
                        "not tell whether that was enough");
}

static void the_row_of_a_run_with_algo_none_is_a_cycle(void **state) {
    (void)state;
    _cleanup_json_ json_t *r =
        scan("       N       E                     dE             d eps       ncg\n"
             "NONE   1    -0.263000000000E+02   -0.26300E+02    0.00000E+00     0\n"
             "   1 F= -.26300000E+02 E0= -.26200000E+02  d E =-.200000E+00\n");
    assert_int_equal(samples_count(r, "scf"), 1);
    assert_near(samples_number(samples_item(r, "scf", 0), "cycles"), 1);
    assert_near(
        samples_at(json_object_get(samples_item(r, "scf", 0), "energies_ev"), 0),
        -26.3);
}

/* ---- large cells ---- */

static void numbers_of_a_long_cell_touch_and_are_told_apart(void **state) {
    (void)state;
    _cleanup_json_ json_t *r = scan(
        BEGIN("6.2.1") "   VRHFIN =Ga: s2p1\n   VRHFIN =As: s2p3\n" MOTION("0", "-1")
            TWO_ATOMS
        "  volume of cell :     1600.00\n"
        "      direct lattice vectors                 reciprocal lattice vectors\n"
        "     4.000000000  0.000000000  0.000000000     0.25  0.0  0.0\n"
        "     0.000000000  0.000000000100.000000000     0.0   0.0  0.01\n"
        "  -100.000000000-104.000000000  0.000000000     0.0   0.25 0.0\n"
        "\n"
        " position of ions in cartesian coordinates  (Angst):\n"
        "   0.00000000-101.50000000102.25000000\n"
        "   2.10000000  0.00000000  0.00000000\n\n" CYCLE("1") STEP("-7.0") END);
    json_t *cell = json_object_get(r, "cell");
    assert_near(samples_number(cell, "b"), 100.0);
    assert_near(samples_number(cell, "c"), sqrt(100.0 * 100 + 104.0 * 104));
    assert_near(samples_number(cell, "volume"), 4.0 * 100 * 104);
    json_t *atom = samples_item(r, "atoms", 0);
    assert_near(samples_number(atom, "y"), -101.5);
    assert_near(samples_number(atom, "z"), 102.25);
}

/* ---- elements ---- */

static void the_titles_of_the_potcars_name_the_elements_for_want_of_more(void **state) {
    (void)state;
    _cleanup_json_ json_t *r = scan(
        BEGIN("5.4.4") " POTCAR:    PAW_PBE Na_pv 19Sep2006               \n"
                       " POTCAR:    PAW_PBE Cl 06Sep2000                  \n"
                       " POTCAR:    PAW_PBE Na_pv 19Sep2006               \n"
                       " POTCAR:    PAW_PBE Cl 06Sep2000                  \n" TWO_ATOMS
                           FORCES("0.1") STEP("-7.0") END);
    assert_string_equal(samples_text(r, "formula"), "ClNa");
    assert_string_equal(samples_text(samples_item(r, "atoms", 0), "element"), "Na");
}

static void the_same_element_may_have_two_potcars(void **state) {
    (void)state;
    _cleanup_json_ json_t *r = scan(BEGIN(
        "5.4.4") " POTCAR:    PAW_PBE Ti 08Apr2002\n POTCAR:    PAW_PBE Ti 08Apr2002\n"
                 " POTCAR:    PAW_PBE Ti 08Apr2002\n POTCAR:    PAW_PBE Ti "
                 "08Apr2002\n" TWO_ATOMS FORCES("0.1") STEP("-7.0") END);
    assert_string_equal(samples_text(r, "formula"), "Ti2");
}

static void what_a_potcar_holds_counts_before_its_title(void **state) {
    (void)state;
    _cleanup_json_ json_t *r = scan(BEGIN(
        "5.4.4") " POTCAR:    PAW_PBE Na 19Sep2006\n POTCAR:    PAW_PBE Cl 06Sep2000\n"
                 "   VRHFIN =Na: s1p0\n   VRHFIN =F : s2p5\n" TWO_ATOMS FORCES("0.1")
                                        STEP("-7.0") END);
    assert_string_equal(samples_text(r, "formula"), "FNa");
}

/* ---- linear response ---- */

static void the_cycles_behind_the_step_of_a_run_with_lchimag_are_no_scf(void **state) {
    (void)state;
    _cleanup_json_ json_t *r =
        scan(BEGIN("5.4.4")
                 MOTION("0", "-1") "   LCHIMAG   =     T  perturbation theory with "
                                   "respect to B field\n" CYCLE("1") STEP("-7.0")
                                       CYCLE("3") CYCLE("3") CYCLE("2") END);
    assert_int_equal(json_array_size(json_object_get(r, "scf")), 1);
    assert_near(samples_number(r, "energy_ev"), -7.0);
    assert_string_equal(samples_text(r, "calculation"), "scf");
}

#define HEADLINE                                                                       \
    "       N       E                     dE             d eps       ncg     rms\n"
#define ROW(n)                                                                         \
    "DAV:   " n "    -0.700000000000E+01   -0.100E-05   -0.110E-05  2400   "           \
    "0.118E+00\n"
#define SUMMARY(n) "   " n " F= -.70000000E+01 E0= -.70000000E+01  d E =0.000000E+00\n"

static void rows_behind_a_step_that_have_no_headline_are_no_scf(void **state) {
    (void)state;
    _cleanup_json_ json_t *r = scan(HEADLINE ROW("1") ROW("2") SUMMARY("1") ROW("1")
                                        ROW("2") HEADLINE ROW("1"));
    assert_int_equal(json_array_size(json_object_get(r, "scf")), 1);
    _cleanup_json_ json_t *moved =
        scan(HEADLINE ROW("1") ROW("2") SUMMARY("1") HEADLINE ROW("1") ROW("2"));
    assert_int_equal(json_array_size(json_object_get(moved, "scf")), 2);
}

/* ---- modes in XML ---- */

#define DYNMAT(unit, values)                                                           \
    "<modeling><calculation/><dynmat>" unit "<varray name=\"hessian\"><v>1 2</v>"      \
    "</varray><v name=\"eigenvalues\"> " values " </v><varray name=\"eigenvectors\">"  \
    "<v>3</v></varray></dynmat></modeling>"

static void a_vasprun_tells_frequencies_by_the_dynamical_matrix(void **state) {
    (void)state;
    _cleanup_json_ json_t *r = scan(DYNMAT("", "-4.0 -1.00\n0.25"));
    const json_t *modes = json_object_get(r, "frequencies_cm1");
    const double sqrt_of_ev = 521.47089837;
    assert_int_equal(json_array_size(modes), 3);
    assert_near(samples_at(modes, 0), 2 * sqrt_of_ev);
    assert_near(samples_at(modes, 1), sqrt_of_ev);
    assert_near(samples_at(modes, 2), -0.5 * sqrt_of_ev);
}

static void version_6_tells_them_in_terahertz(void **state) {
    (void)state;
    _cleanup_json_ json_t *r =
        scan(DYNMAT("<i type=\"string\" name=\"unit\">THz^2 </i>", "-225.0 100.0"));
    const json_t *modes = json_object_get(r, "frequencies_cm1");
    assert_near(samples_at(modes, 0), 15 * 33.35640952);
    assert_near(samples_at(modes, 1), -10 * 33.35640952);
}

static void modes_that_can_not_be_read_are_not_told(void **state) {
    (void)state;
    _cleanup_json_ json_t *r = scan(DYNMAT("", "-4.0 ********** -1.0"));
    assert_true(samples_is_null(r, "frequencies_cm1"));
}

/* ---- several runs in one text ---- */

static void of_several_runs_in_a_text_the_last_is_judged(void **state) {
    (void)state;
    _cleanup_json_ json_t *r = scan(
        BEGIN("5.4.4") MOTION("2", "2") CYCLE("1") STEP("-7.0") CYCLE("2") STEP("-7.1")
            END BEGIN("5.4.4") MOTION("2", "2") CYCLE("1")
                STEP("-7.2") " reached required accuracy - stopping structural energy "
                             "minimisation\n" END);
    assert_string_equal(samples_text(r, "status"), "finished");
    assert_true(json_is_true(json_object_get(r, "converged")));
    assert_null(samples_problem(r, 0));
    _cleanup_json_ json_t *again = scan(BEGIN("5.4.4") MOTION("2", "2") CYCLE("1") STEP(
        "-7.0") END BEGIN("5.4.4") MOTION("2", "2") CYCLE("1") STEP("-7.2") END);
    const json_t *problem = samples_item(again, "problems", 0);
    assert_string_equal(samples_text(problem, "category"), "geometry_not_converged");
    assert_string_equal(samples_text(problem, "message"),
                        "1 steps were made, without \"reached required accuracy\"");
}

/* ---- doubts ---- */

static void an_scf_on_the_way_may_fail_when_the_last_one_does_not(void **state) {
    (void)state;
#define NOT_ACHIEVED                                                                   \
    "|     The electronic self-consistency was not achieved in the given           "   \
    "|\n"                                                                              \
    "|     number of steps (NELM).                                                 "   \
    "|\n"                                                                              \
    " ---------------------------------------------------------------------------\n"
#define ARRIVED                                                                        \
    " reached required accuracy - stopping structural energy minimisation\n" END
    _cleanup_json_ json_t *r = scan(BEGIN("6.3.2") MOTION("9", "2") CYCLE(
        "1") NOT_ACHIEVED STEP("-7.0") CYCLE("2") STEP("-7.1") ARRIVED);
    assert_true(json_is_true(json_object_get(r, "converged")));
    assert_true(json_is_false(json_object_get(samples_item(r, "scf", 0), "converged")));
    assert_null(samples_problem(r, 0));
    _cleanup_json_ json_t *last = scan(BEGIN("6.3.2") MOTION("9", "2") CYCLE("1") STEP(
        "-7.0") CYCLE("2") NOT_ACHIEVED STEP("-7.1") ARRIVED);
    assert_true(json_is_false(json_object_get(last, "converged")));
    assert_string_equal(samples_problem(last, 0), "scf_not_converged");
}

#define SMEARING                                                                       \
    "   ISMEAR =     1;   SIGMA  =   0.20  broadening in eV -4-tet -1-fermi 0-gaus\n"

static void a_large_entropy_is_a_problem_of_the_smearing(void **state) {
    (void)state;
    _cleanup_json_ json_t *r =
        scan(BEGIN("5.4.4") MOTION("0", "-1") SMEARING TWO_ATOMS CYCLE("1")
                 ENERGY("-7.003", "-7.0", "-7.002") END);
    assert_string_equal(samples_problem(r, 0), "large_sigma");
    assert_true(json_is_true(json_object_get(r, "converged")));
    _cleanup_json_ json_t *small =
        scan(BEGIN("5.4.4") MOTION("0", "-1") SMEARING TWO_ATOMS CYCLE("1")
                 ENERGY("-7.0019", "-7.0", "-7.001") END);
    assert_null(samples_problem(small, 0));
}

static void a_positive_energy_is_a_problem(void **state) {
    (void)state;
    _cleanup_json_ json_t *r =
        scan(BEGIN("5.4.4") MOTION("0", "-1") TWO_ATOMS CYCLE("1") STEP("18.25") END);
    assert_string_equal(samples_problem(r, 0), "positive_energy");
}

static void
an_energy_that_leaps_up_is_a_problem_until_the_atoms_came_to_rest(void **state) {
    (void)state;
#define LEAP                                                                           \
    BEGIN("5.4.4")                                                                     \
    MOTION("9", "2") TWO_ATOMS CYCLE("1") STEP("-7.0") CYCLE("2") STEP("-4.5")
    _cleanup_json_ json_t *r = scan(LEAP END);
    assert_string_equal(samples_problem(r, 0), "geometry_not_converged");
    assert_string_equal(samples_problem(r, 1), "potim");
    _cleanup_json_ json_t *rest =
        scan(LEAP " reached required accuracy - stopping structural energy "
                  "minimisation\n" END);
    assert_null(samples_problem(rest, 0));
}

static void words_that_only_advise_are_told_behind_what_went_wrong(void **state) {
    (void)state;
    _cleanup_json_ json_t *r = scan(BEGIN(
        "5.4.4") " WARNING: small aliasing (wrap around) errors must be expected\n"
                 " LAPACK: Routine ZPOTRF failed!           1\n");
    assert_string_equal(samples_problem(r, 0), "zpotrf");
    assert_string_equal(samples_problem(r, 1), "aliasing");
}

static void k_points_of_another_lattice_are_advice(void **state) {
    (void)state;
    _cleanup_json_ json_t *r = scan(BEGIN("5.2.11") MOTION(
        "9", "2") " VERY BAD NEWS! internal error in subroutine "
                  "IBZKPT:\n"
                  " Reciprocal lattice and k-lattice belong to "
                  "different class of lattices. Often results "
                  "are still useful...     168\n" CYCLE("1") STEP("-7.0") END);
    assert_string_equal(samples_text(r, "status"), "finished");
    assert_string_equal(samples_problem(r, 0), "geometry_not_converged");
    assert_string_equal(samples_problem(r, 1), "mesh_symmetry");
}

static void a_correlation_energy_is_part_of_the_total(void **state) {
    (void)state;
    _cleanup_json_ json_t *r = scan(BEGIN("6.2.1") MOTION("0", "-1") TWO_ATOMS CYCLE(
        "1") "  HF-free energy      FHF    =       -17.25000000 eV\n"
             "  HF+RPA corr. energy TOTEN  =       -38.50000000 eV\n"
             "  HF+E_corr(extrapolated)    =       -41.75000000 eV\n" END);
    samples_check_verdict(r, "scf", "finished", 1);
    assert_near(samples_number(r, "energy_ev"), -38.5);
    assert_near(samples_number(r, "free_energy_ev"), -38.5);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(forces_behind_the_energy_are_of_that_step),
        cmocka_unit_test(forces_before_the_energy_are_of_the_step_that_follows),
        cmocka_unit_test(forces_of_no_step_are_not_told),
        cmocka_unit_test(the_pressure_that_was_asked_for_is_part_of_that_of_a_step),
        cmocka_unit_test(the_cell_behind_the_pressure_of_a_step_is_that_of_the_step),
        cmocka_unit_test(counts_of_more_than_ten_types_are_found_under_other_names),
        cmocka_unit_test(version_4_6_has_its_own_spelling_of_the_k_points),
        cmocka_unit_test(a_path_of_a_vasprun_is_no_mesh),
        cmocka_unit_test(
            a_vasprun_does_not_tell_whether_the_last_step_of_nsw_was_enough),
        cmocka_unit_test(the_row_of_a_run_with_algo_none_is_a_cycle),
        cmocka_unit_test(the_titles_of_the_potcars_name_the_elements_for_want_of_more),
        cmocka_unit_test(the_same_element_may_have_two_potcars),
        cmocka_unit_test(what_a_potcar_holds_counts_before_its_title),
        cmocka_unit_test(the_cycles_behind_the_step_of_a_run_with_lchimag_are_no_scf),
        cmocka_unit_test(rows_behind_a_step_that_have_no_headline_are_no_scf),
        cmocka_unit_test(a_vasprun_tells_frequencies_by_the_dynamical_matrix),
        cmocka_unit_test(version_6_tells_them_in_terahertz),
        cmocka_unit_test(modes_that_can_not_be_read_are_not_told),
        cmocka_unit_test(of_several_runs_in_a_text_the_last_is_judged),
        cmocka_unit_test(an_scf_on_the_way_may_fail_when_the_last_one_does_not),
        cmocka_unit_test(a_large_entropy_is_a_problem_of_the_smearing),
        cmocka_unit_test(a_positive_energy_is_a_problem),
        cmocka_unit_test(
            an_energy_that_leaps_up_is_a_problem_until_the_atoms_came_to_rest),
        cmocka_unit_test(words_that_only_advise_are_told_behind_what_went_wrong),
        cmocka_unit_test(k_points_of_another_lattice_are_advice),
        cmocka_unit_test(numbers_of_a_long_cell_touch_and_are_told_apart),
        cmocka_unit_test(a_correlation_energy_is_part_of_the_total),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
