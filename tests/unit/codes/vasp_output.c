/* What the outputs of VASP say, read from hand-written excerpts. */
#include "samples.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define assert_near(got, want) assert_close(got, want, 1.0e-7)

static json_t *scan(const char *text) {
    return samples_scan_as("vasp", text, strlen(text));
}

static json_t *scan_own(const char *name) {
    _cleanup_buf_ struct buf text = BUF_NULL;
    samples_read_own(name, &text);
    return samples_scan_as("vasp", buf_bytes(&text), buf_len(&text));
}

static int truth(const json_t *object, const char *key) {
    const json_t *value = json_object_get(object, key);
    return json_is_null(value) ? -1 : json_is_true(value);
}

static void check_relaxation(const json_t *r) {
    assert_string_equal(samples_text(r, "code"), "vasp");
    assert_string_equal(samples_text(r, "calculation"), "geometry_optimization");
    assert_string_equal(samples_text(r, "status"), "finished");
    assert_int_equal(truth(r, "converged"), 1);
    assert_near(samples_number(r, "energy_ev"), -6.09900005);
    assert_near(samples_number(r, "free_energy_ev"), -6.10000005);
    assert_near(samples_number(r, "fermi_ev"), 1.75);
    assert_near(samples_number(r, "vbm_ev"), 1.55);
    assert_near(samples_number(r, "cbm_ev"), 3.85);
    assert_near(samples_number(r, "gap_ev"), 2.3);
    assert_near(samples_number(r, "max_force_ev_per_ang"), sqrt(0.001));
    assert_near(samples_number(r, "pressure_gpa"), -0.125);
    const json_t *stress = json_object_get(r, "stress_gpa");
    const double want[6] = {-0.225, -0.125, -0.025, 0.05, -0.025, 0};
    for (size_t i = 0; i < 6; i++) {
        assert_near(samples_at(stress, i), want[i]);
    }
    assert_near(samples_number(json_object_get(r, "cell"), "a"), 4.1);
    assert_string_equal(samples_text(r, "formula"), "HLi");
    assert_near(samples_number(samples_item(r, "atoms", 1), "x"), 2.0);
    assert_string_equal(samples_text(samples_item(r, "atoms", 1), "element"), "H");
    assert_int_equal(json_array_size(json_object_get(r, "problems")), 0);
}

static void check_cycles(const json_t *r) {
    assert_int_equal(json_array_size(json_object_get(r, "scf")), 2);
    const json_t *first = samples_item(r, "scf", 0);
    assert_near(samples_number(first, "cycles"), 3);
    assert_near(samples_at(json_object_get(first, "energies_ev"), 2), -6.010001);
    assert_int_equal(json_array_size(json_object_get(r, "steps")), 2);
    assert_near(samples_number(samples_item(r, "steps", 0), "energy_ev"), -6.009001);
}

static void an_outcar_tells_all_of_a_relaxation(void **state) {
    (void)state;
    _cleanup_json_ json_t *r = scan_own("../vasp/OUTCAR");
    check_relaxation(r);
    check_cycles(r);
    assert_near(samples_number(r, "magnetization_mub"), 1.5);
    assert_near(samples_number(r, "wall_seconds"), 13.25);
    assert_near(samples_number(r, "cpu_seconds"), 12.5);
    assert_near(samples_number(samples_item(r, "steps", 0), "max_force_ev_per_ang"),
                0.5);
    assert_near(samples_number(samples_item(r, "steps", 0), "pressure_gpa"), 1.25);
    assert_int_equal(truth(samples_item(r, "scf", 0), "converged"), 1);
}

static void a_vasprun_tells_the_same(void **state) {
    (void)state;
    _cleanup_json_ json_t *r = scan_own("../vasp/vasprun.xml");
    check_relaxation(r);
    check_cycles(r);
    assert_string_equal(samples_text(r, "version"), "6.9.9");
    assert_near(samples_number(samples_item(r, "steps", 0), "max_force_ev_per_ang"),
                0.5);
}

static void an_oszicar_tells_cycles_and_energies_and_nothing_of_the_end(void **state) {
    (void)state;
    _cleanup_json_ json_t *r = scan_own("../vasp/OSZICAR");
    check_cycles(r);
    assert_near(samples_number(r, "energy_ev"), -6.099);
    assert_near(samples_number(r, "free_energy_ev"), -6.1);
    assert_near(samples_number(r, "magnetization_mub"), 1.5);
    assert_null(samples_text(r, "status"));
    assert_int_equal(truth(r, "converged"), -1);
    assert_int_equal(json_array_size(json_object_get(r, "problems")), 0);
}

/* ---- settings decide what it was ---- */

#define SETTINGS(icharg, nelm, nsw, ibrion)                                            \
    " vasp.5.4.4.18Apr17-6-g9f103f2a35 (build Jan 01 2030 00:00:00) complex\n"         \
    " executed on             LinuxIFC date 2030.01.01  00:00:00\n"                    \
    "   ICHARG =     " icharg "    charge: 1-file 2-atom 10-const\n"                   \
    "   NELM   =     " nelm ";   NELMIN=  2; NELMDL= -5     # of ELM steps\n"          \
    "   EDIFF  = 0.1E-03   stopping-criterion for ELM\n"                               \
    "   EDIFFG = -.1E-01   stopping-criterion for IOM\n"                               \
    "   NSW    =     " nsw "    number of steps for IOM\n"                             \
    "   IBRION =     " ibrion "    ionic relax: 0-MD 1-quasi-New 2-CG\n"

#define CYCLE(step, cycle, change, energy)                                             \
    "--------------------------------------- Iteration      " step "(   " cycle        \
    ")  ---------------------------------------\n"                                     \
    " total energy-change (2. order) : " change "  (" change ")\n"                     \
    "  free energy    TOTEN  =       " energy " eV\n"

#define REACHED                                                                        \
    "------------------------ aborting loop because EDIFF is reached "                 \
    "----------------------------------------\n"

#define STEP(energy)                                                                   \
    "  free  energy   TOTEN  =       " energy " eV\n"                                  \
    "  energy  without entropy=      " energy "  energy(sigma->0) =      " energy "\n"

#define END                                                                            \
    " General timing and accounting informations for this job:\n"                      \
    "                         Elapsed time (sec):        8.668\n"

static void check_kind(const char *text, const char *calculation, int converged) {
    _cleanup_json_ json_t *r = scan(text);
    assert_string_equal(samples_text(r, "calculation"), calculation);
    assert_int_equal(truth(r, "converged"), converged);
}

#define ONE CYCLE("1", "1", "-0.5E-04", "-3.0") REACHED STEP("-3.0")

static void the_settings_say_what_kind_of_calculation_it_was(void **state) {
    (void)state;
    check_kind(SETTINGS("2", "60", "0", "-1") ONE END, "scf", 1);
    check_kind(SETTINGS("11", "60", "0", "-1") ONE END, "bands", 1);
    check_kind(
        SETTINGS("11", "60", "0", "-1") "Automatic generation of k-mesh.\n" ONE END,
        "nscf", 1);
    check_kind(SETTINGS("2", "60", "1", "0") ONE END, "molecular_dynamics", 1);
    check_kind(SETTINGS("2", "60", "1", "6") ONE END, "frequencies", 1);
    check_kind(SETTINGS("2", "60", "1", "2") ONE END, "scf", 1);
    check_kind(SETTINGS("2", "60", "9", "2") ONE END, "geometry_optimization", 0);
}

static void what_vasp_made_of_the_incar_counts_not_what_stands_in_it(void **state) {
    (void)state;
    check_kind(" INCAR:\n   NSW = 99\n   IBRION = 2\n" SETTINGS("2", "60", "0", "-1")
                   ONE END,
               "scf", 1);
}

static void the_last_cycle_that_nelm_allows_is_judged_by_its_changes(void **state) {
    (void)state;
    check_kind(SETTINGS("2", "1", "0", "-1") ONE END, "scf", 1);
    const char text[] =
        SETTINGS("2", "2", "0", "-1") CYCLE("1", "1", "-0.5E+00", "-3.0")
            CYCLE("1", "2", "-0.2E-03", "-3.0002") REACHED STEP("-3.0002") END;
    check_kind(text, "scf", 0);
    _cleanup_json_ json_t *r = scan(text);
    assert_string_equal(samples_problem(r, 0), "scf_not_converged");
    assert_int_equal(truth(samples_item(r, "scf", 0), "converged"), 0);
}

static void version_6_says_itself_that_nelm_was_not_enough(void **state) {
    (void)state;
    check_kind(
        SETTINGS("2", "9", "0", "-1") CYCLE(
            "1", "1", "-0.5E-05",
            "-3.0") "------------------------ aborting loop EDIFF was not reached "
                    "(unconverged)  ------------\n" STEP("-3.0") END,
        "scf", 0);
}

static void the_cycles_of_a_linear_response_are_no_scf(void **state) {
    (void)state;
    _cleanup_json_ json_t *r = scan(SETTINGS(
        "2", "60", "0",
        "-1") " Linear response parameters\n" ONE
              " Linear response reoptimize wavefunctions\n"
              "----------------------------------------- Iteration    1(   1)  "
              "---------------------------------------\n"
              "  free energy    TOTEN  =      -699.15511933 eV\n" END);
    assert_int_equal(json_array_size(json_object_get(r, "scf")), 1);
    assert_near(
        samples_at(json_object_get(samples_item(r, "scf", 0), "energies_ev"), 0), -3.0);
}

static void a_relaxation_that_used_up_nsw_is_not_converged(void **state) {
    (void)state;
    _cleanup_json_ json_t *r = scan(SETTINGS("2", "60", "2", "2") ONE CYCLE(
        "2", "1", "-0.5E-04", "-3.1") REACHED STEP("-3.1") END);
    assert_string_equal(samples_problem(r, 0), "geometry_not_converged");
    assert_int_equal(truth(r, "converged"), 0);
    assert_near(samples_number(r, "wall_seconds"), 8.668);
}

static void a_stop_that_was_asked_for_is_said(void **state) {
    (void)state;
    _cleanup_json_ json_t *r = scan(SETTINGS("2", "60", "9", "2") ONE
                                    " soft stop encountered!  aborting job ...\n" END);
    assert_string_equal(samples_problem(r, 0), "killed");
    assert_null(samples_problem(r, 1));
    assert_string_equal(samples_text(r, "status"), "finished");
    assert_int_equal(truth(r, "converged"), 0);
}

static void an_outcar_that_just_ends_is_truncated(void **state) {
    (void)state;
    _cleanup_json_ json_t *r =
        scan(SETTINGS("2", "60", "0", "-1") CYCLE("1", "1", "-0.5E-04", "-3.0"));
    assert_string_equal(samples_text(r, "status"), "truncated");
    assert_string_equal(samples_problem(r, 0), "truncated");
    assert_int_equal(truth(r, "converged"), -1);
}

/* ---- numbers ---- */

#define TABLE                                                                          \
    " POSITION                                       TOTAL-FORCE (eV/Angst)\n"         \
    " --------------------------------------------------------------\n"                \
    "%s"                                                                               \
    " --------------------------------------------------------------\n"

static json_t *scan_table(const char *types, const char *rows) {
    char text[2048];
    (void)snprintf(
        text, sizeof(text),
        "   VRHFIN =Fe: d7 s1\n   TITEL  = PAW_PBE Fe 01Jan2030\n"
        "   VRHFIN =made up\n   TITEL  = PAW_PBE O_s 01Jan2030\n"
        "   number of dos      NEDOS =    301   number of ions     NIONS =      2\n"
        "   ions per type = %s\n" TABLE STEP("-3.0"),
        types, rows);
    return scan(text);
}

static void a_type_is_named_by_its_titel_where_vrhfin_names_no_element(void **state) {
    (void)state;
    _cleanup_json_ json_t *r = scan_table(
        "    1   1", "  0.0 0.0 0.0  0.3 0.0 0.4\n  1.0-1.0-2.0 -0.3 0 -0.4\n");
    assert_string_equal(samples_text(r, "formula"), "FeO");
    assert_near(samples_number(samples_item(r, "atoms", 1), "z"), -2.0);
    assert_near(samples_number(r, "max_force_ev_per_ang"), 0.5);
}

static void stars_for_a_force_leave_it_unknown_and_the_atoms_known(void **state) {
    (void)state;
    _cleanup_json_ json_t *r = scan_table(
        "    1   1", "  0.0 0.0 0.0  ****** 0.0 0.4\n  1.0 1.0 2.0 -0.3 0 -0.4\n");
    assert_true(isnan(samples_number(r, "max_force_ev_per_ang")));
    assert_int_equal(json_array_size(json_object_get(r, "atoms")), 2);
}

static void stars_for_a_position_leave_the_atoms_unknown(void **state) {
    (void)state;
    _cleanup_json_ json_t *r = scan_table(
        "    1   1", "  ***** 0.0 0.0  0.0 0.0 0.4\n  1.0 1.0 2.0 -0.3 0 -0.4\n");
    assert_true(json_is_null(json_object_get(r, "atoms")));
    assert_near(samples_number(r, "natoms"), 2);
    assert_near(samples_number(r, "energy_ev"), -3.0);
}

static void counts_that_do_not_fit_the_atoms_leave_them_unknown(void **state) {
    (void)state;
    _cleanup_json_ json_t *r =
        scan_table("    1", "  0.0 0.0 0.0  0.3 0.0 0.4\n  1.0 1.0 2.0 -0.3 0 -0.4\n");
    assert_true(json_is_null(json_object_get(r, "atoms")));
}

static void counts_that_touch_are_told_apart_by_their_columns(void **state) {
    (void)state;
    _cleanup_buf_ struct buf text = BUF_NULL;
    assert_int_equal(
        buf_append_str(&text, "   VRHFIN =Fe: d7 s1\n   VRHFIN =O: s2p4\n"
                              "   number of dos      NEDOS =    301   number of ions   "
                              "  NIONS =   1500\n"
                              "   ions per type =             5001000\n"
                              " position of ions in cartesian coordinates  (Angst):\n"),
        0);
    for (int i = 0; i < 1500; i++) {
        assert_int_equal(buf_printf(&text, "   %d.0 0.0 0.0\n", i), 0);
    }
    assert_int_equal(buf_append_str(&text, "\n"), 0);
    _cleanup_json_ json_t *r =
        samples_scan_as("vasp", buf_bytes(&text), buf_len(&text));
    assert_string_equal(samples_text(r, "formula"), "Fe500O1000");
}

static void numbers_that_are_none_leave_nothing_wrong(void **state) {
    (void)state;
    _cleanup_json_ json_t *r =
        scan(SETTINGS("2", "60", "0", "-1") ONE
             "  in kB  ******** 1.0 2.0 3.0 4.0 5.0\n"
             "  external pressure =     ******** kB  Pullay stress =        0.00 kB\n"
             " E-fermi : ********     XC(G=0):  -6.1327     alpha+bet : -1.8238\n"
             "  free  energy   TOTEN  =              NaN eV\n"
             "  energy  without entropy=     NaN  energy(sigma->0) =      NaN\n" END);
    assert_true(json_is_null(json_object_get(r, "stress_gpa")));
    assert_true(isnan(samples_number(r, "pressure_gpa")));
    assert_true(isnan(samples_number(r, "fermi_ev")));
    assert_near(samples_number(r, "energy_ev"), -3.0);
    assert_int_equal(json_array_size(json_object_get(r, "steps")), 1);
}

static void spinors_have_the_length_of_their_magnetization(void **state) {
    (void)state;
    _cleanup_json_ json_t *r =
        scan(" number of electron      44.0000000 magnetization  "
             "     3.0000000      0.0000000      -4.0000000\n");
    assert_near(samples_number(r, "magnetization_mub"), 5.0);
}

static void overlapping_bands_have_no_gap_and_no_edges(void **state) {
    (void)state;
    _cleanup_json_ json_t *r = scan(
        "   k-points           NKPTS =      2   k-points in BZ     NKDIM =      2   "
        "number of bands    NBANDS=      2\n E-fermi :   1.0\n"
        " k-point     1 :       0.0    0.0    0.0\n"
        "  band No.  band energies     occupation \n"
        "      1      0.5      2.00000\n      2      3.0      2.00000\n\n"
        " k-point     2 :       0.5    0.0    0.0\n"
        "  band No.  band energies     occupation \n"
        "      1      0.4      2.00000\n      2      2.0      0.00000\n\n");
    assert_near(samples_number(r, "gap_ev"), 0);
    assert_true(isnan(samples_number(r, "vbm_ev")));
}

static void a_band_of_spinors_holds_one_electron(void **state) {
    (void)state;
#define TAIL                                                                           \
    "   k-points           NKPTS =      1   k-points in BZ     NKDIM =      1   "      \
    "number of bands    NBANDS=      3\n E-fermi :   1.0\n"                            \
    " k-point     1 :       0.0    0.0    0.0\n"                                       \
    "  band No.  band energies     occupation \n"                                      \
    "      1      0.5      1.00000\n      2      2.0      0.00008\n"                   \
    "      3      3.0      0.00000\n\n"
    _cleanup_json_ json_t *two = scan(TAIL);
    _cleanup_json_ json_t *one =
        scan("   LNONCOLLINEAR =      T non collinear calculations\n" TAIL);
#undef TAIL
    assert_near(samples_number(two, "gap_ev"), 1.5);
    assert_near(samples_number(one, "gap_ev"), 1.0);
}

static void bands_that_are_not_all_there_tell_of_no_gap(void **state) {
    (void)state;
    _cleanup_json_ json_t *r = scan(
        "   k-points           NKPTS =      2   k-points in BZ     NKDIM =      2   "
        "number of bands    NBANDS=      2\n E-fermi :   1.0\n"
        " k-point     1 :       0.0    0.0    0.0\n"
        "  band No.  band energies     occupation \n"
        "      1      0.5      2.00000\n      2      3.0      0.00000\n\n");
    assert_true(isnan(samples_number(r, "gap_ev")));
}

static void modes_are_those_of_the_last_list_imaginary_ones_negative(void **state) {
    (void)state;
    _cleanup_json_ json_t *r = scan(
        "   1 f  =   21.371977 THz   134.284095 2PiTHz  712.892411 cm-1    88.387 meV\n"
        "   2 f/i=    0.091190 THz     0.572967 2PiTHz    3.041786 cm-1     0.377 meV\n"
        "   1 f  =   20.0 THz   130.0 2PiTHz  700.500000 cm-1    88.387 meV\n"
        "   2 f/i=    0.091190 THz     0.572967 2PiTHz    4.500000 cm-1     0.377 "
        "meV\n");
    const json_t *modes = json_object_get(r, "frequencies_cm1");
    assert_int_equal(json_array_size(modes), 2);
    assert_near(samples_at(modes, 0), 700.5);
    assert_near(samples_at(modes, 1), -4.5);
}

/* The first prediction is made before there is anything to make it from. */
static void the_energy_of_a_force_field_is_a_step_unless_an_scf_follows(void **state) {
    (void)state;
#define LEARNED(energy)                                                                \
    "  free  energy ML TOTEN  =      " energy " eV\n"                                  \
    "  ML energy  without entropy=     " energy "  ML energy(sigma->0) =     " energy  \
    "\n"
    _cleanup_json_ json_t *r =
        scan(SETTINGS("2", "60", "4", "0") LEARNED("0.0") ONE LEARNED("-3.5")
                 LEARNED("-3.6") CYCLE("3", "1", "-0.5E-04", "-3.7")
                     REACHED STEP("-3.7") LEARNED("-3.8") END);
    const double want[] = {-3.0, -3.5, -3.7, -3.8};
    assert_int_equal(json_array_size(json_object_get(r, "steps")), 4);
    for (size_t i = 0; i < 4; i++) {
        assert_near(samples_number(samples_item(r, "steps", i), "energy_ev"), want[i]);
    }
    assert_near(samples_number(r, "energy_ev"), -3.8);
}

static void a_force_field_whose_scf_is_under_way_has_no_energy_yet(void **state) {
    (void)state;
    _cleanup_json_ json_t *r = scan(SETTINGS("2", "60", "3", "0") LEARNED("0.0")
                                        CYCLE("1", "1", "-0.5E-04", "-3.0"));
    assert_true(isnan(samples_number(r, "energy_ev")));
    assert_int_equal(json_array_size(json_object_get(r, "steps")), 0);
}

static void steps_of_molecular_dynamics_are_known_in_an_oszicar(void **state) {
    (void)state;
    _cleanup_json_ json_t *r = scan(
        "   1 T=   300. E= -.60000000E+01 F= -.61000000E+01 E0= -.62000000E+01  EK= "
        "0.30000E+00 SP= 0.00E+00 SK= 0.00E+00 mag=     1.0000\n");
    assert_string_equal(samples_text(r, "calculation"), "molecular_dynamics");
    assert_near(samples_number(r, "energy_ev"), -6.2);
    assert_near(samples_number(r, "free_energy_ev"), -6.1);
}

/* ---- XML ---- */

#define XML_ENERGIES(free, sigma0)                                                     \
    "<energy><i name=\"e_fr_energy\">" free "</i><i name=\"e_wo_entrp\">0</i>"         \
    "<i name=\"e_0_energy\">" sigma0 "</i></energy>"

static void a_step_of_a_vasprun_is_as_far_from_sigma_0_as_its_last_cycle(void **state) {
    (void)state;
    _cleanup_json_ json_t *r = scan("<modeling><calculation><scstep>" XML_ENERGIES(
        "-3.0", "-2.9") "</scstep>" XML_ENERGIES("-3.5",
                                                 "-0.1") "</calculation></modeling>");
    assert_near(samples_number(r, "energy_ev"), -3.4);
    assert_near(samples_number(r, "free_energy_ev"), -3.5);
    assert_string_equal(samples_text(r, "status"), "finished");
}

static void the_second_mesh_of_a_vasprun_is_passed_over(void **state) {
    (void)state;
    _cleanup_json_ json_t *r =
        scan("<modeling><calculation><eigenvalues><array><set><set>"
             "<r> 1.0 1.0 </r><r> 2.0 0.0 </r></set></set></array></eigenvalues>"
             "<dos><i name=\"efermi\"> 1.5 </i></dos>"
             "<dos comment=\"kpoints_opt\"><i name=\"efermi\"> 9.5 </i></dos>"
             "<eigenvalues_kpoints_opt><eigenvalues><array><set><set>"
             "<r> 1.9 1.0 </r></set></set></array></eigenvalues>"
             "</eigenvalues_kpoints_opt></calculation></modeling>");
    assert_near(samples_number(r, "gap_ev"), 1.0);
    assert_near(samples_number(r, "fermi_ev"), 1.5);
}

static void xenon_and_zirconium_have_their_names_back(void **state) {
    (void)state;
    _cleanup_json_ json_t *r = scan(
        "<modeling><atominfo><atoms>2</atoms><array name=\"atoms\"><set>"
        "<rc><c>X </c><c>1</c></rc><rc><c>r </c><c>2</c></rc></set></array></atominfo>"
        "<structure><crystal><varray name=\"basis\"><v>1 0 0</v><v>0 1 0</v><v>0 0 "
        "1</v>"
        "</varray></crystal><varray name=\"positions\"><v>0 0 0</v><v>.5 .5 .5</v>"
        "</varray></structure></modeling>");
    assert_string_equal(samples_text(r, "formula"), "XeZr");
}

static void a_vasprun_that_just_ends_is_truncated(void **state) {
    (void)state;
    _cleanup_json_ json_t *r =
        scan("<modeling><calculation><scstep>" XML_ENERGIES("-3.0", "-2.9"));
    assert_string_equal(samples_text(r, "status"), "truncated");
    assert_string_equal(samples_problem(r, 0), "truncated");
}

static void a_broken_vasprun_is_read_as_far_as_it_is_whole(void **state) {
    (void)state;
    _cleanup_json_ json_t *r =
        scan("<modeling>\n<generator><i name=\"version\">6.1.0</i>"
             "</generator>\n<i name=\"SYSTEM\">a < b & c</i>\n");
    assert_null(samples_text(r, "status"));
    assert_string_equal(samples_text(r, "version"), "6.1.0");
    assert_string_equal(samples_problem(r, 0), "read_error");
    assert_near(samples_number(samples_item(r, "problems", 0), "line"), 3);
    assert_null(samples_problem(r, 1));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_outcar_tells_all_of_a_relaxation),
        cmocka_unit_test(a_vasprun_tells_the_same),
        cmocka_unit_test(an_oszicar_tells_cycles_and_energies_and_nothing_of_the_end),
        cmocka_unit_test(the_settings_say_what_kind_of_calculation_it_was),
        cmocka_unit_test(what_vasp_made_of_the_incar_counts_not_what_stands_in_it),
        cmocka_unit_test(the_last_cycle_that_nelm_allows_is_judged_by_its_changes),
        cmocka_unit_test(version_6_says_itself_that_nelm_was_not_enough),
        cmocka_unit_test(the_cycles_of_a_linear_response_are_no_scf),
        cmocka_unit_test(a_relaxation_that_used_up_nsw_is_not_converged),
        cmocka_unit_test(a_stop_that_was_asked_for_is_said),
        cmocka_unit_test(an_outcar_that_just_ends_is_truncated),
        cmocka_unit_test(a_type_is_named_by_its_titel_where_vrhfin_names_no_element),
        cmocka_unit_test(stars_for_a_force_leave_it_unknown_and_the_atoms_known),
        cmocka_unit_test(stars_for_a_position_leave_the_atoms_unknown),
        cmocka_unit_test(counts_that_do_not_fit_the_atoms_leave_them_unknown),
        cmocka_unit_test(counts_that_touch_are_told_apart_by_their_columns),
        cmocka_unit_test(numbers_that_are_none_leave_nothing_wrong),
        cmocka_unit_test(spinors_have_the_length_of_their_magnetization),
        cmocka_unit_test(overlapping_bands_have_no_gap_and_no_edges),
        cmocka_unit_test(a_band_of_spinors_holds_one_electron),
        cmocka_unit_test(bands_that_are_not_all_there_tell_of_no_gap),
        cmocka_unit_test(modes_are_those_of_the_last_list_imaginary_ones_negative),
        cmocka_unit_test(the_energy_of_a_force_field_is_a_step_unless_an_scf_follows),
        cmocka_unit_test(a_force_field_whose_scf_is_under_way_has_no_energy_yet),
        cmocka_unit_test(steps_of_molecular_dynamics_are_known_in_an_oszicar),
        cmocka_unit_test(a_step_of_a_vasprun_is_as_far_from_sigma_0_as_its_last_cycle),
        cmocka_unit_test(the_second_mesh_of_a_vasprun_is_passed_over),
        cmocka_unit_test(xenon_and_zirconium_have_their_names_back),
        cmocka_unit_test(a_vasprun_that_just_ends_is_truncated),
        cmocka_unit_test(a_broken_vasprun_is_read_as_far_as_it_is_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
