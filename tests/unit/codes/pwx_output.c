/* What is read from outputs of pw.x: real ones (tests/samples/qe) and the corners that
 * those do not have. */
#include "samples.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define RYDBERG 13.605693122994
#define BOHR 0.529177210903

#define assert_near(got, want) assert_close(got, want, 1.0e-5)

/* ---- the samples ---- */

static void an_scf_yields_cycles_energy_and_edges(void **state) {
    (void)state;
    _cleanup_json_ json_t *r = samples_scan_own("si_scf.out");
    samples_check_verdict(r, "scf", "finished", 1);
    assert_string_equal(samples_text(r, "code"), "quantum_espresso");
    assert_string_equal(samples_text(r, "version"), "6.7MaX");
    assert_int_equal(samples_count(r, "scf"), 1);
    json_t *scf = samples_item(r, "scf", 0);
    assert_near(samples_number(scf, "cycles"), 5);
    assert_int_equal(samples_count(scf, "energies_ev"), 4);
    assert_int_equal(samples_count(scf, "accuracy_ev"), 4);
    assert_near(samples_number(r, "energy_ev"), -15.79449557 * RYDBERG);
    assert_near(samples_number(scf, "final_energy_ev"), -15.79449557 * RYDBERG);
    assert_near(samples_number(json_object_get(r, "energy"), "value"), -15.79449557);
    assert_string_equal(samples_text(json_object_get(r, "energy"), "unit"), "Ry");
    assert_near(samples_number(r, "vbm_ev"), 5.5366);
    assert_near(samples_number(r, "cbm_ev"), 7.8011);
    assert_near(samples_number(r, "gap_ev"), 7.8011 - 5.5366);
    assert_true(isnan(samples_number(r, "fermi_ev")));
    assert_near(samples_number(r, "wall_seconds"), 0.05);
    assert_near(samples_number(r, "cpu_seconds"), 0.02);
    assert_int_equal(samples_count(r, "problems"), 0);
}

static void an_scf_yields_structure_force_and_stress(void **state) {
    (void)state;
    _cleanup_json_ json_t *r = samples_scan_own("si_scf.out");
    assert_near(samples_number(r, "pressure_gpa"), -3.023);
    assert_near(json_number_value(samples_item(r, "stress_gpa", 0)), -3.023);
    assert_near(json_number_value(samples_item(r, "stress_gpa", 5)), 0);
    assert_near(samples_number(r, "max_force_ev_per_ang"), 0);
    json_t *cell = json_object_get(r, "cell");
    assert_near(samples_number(cell, "a"), 10.2 * BOHR / sqrt(2));
    assert_near(samples_number(cell, "alpha"), 60);
    assert_near(samples_number(r, "natoms"), 2);
    assert_string_equal(samples_text(r, "formula"), "Si2");
    assert_near(samples_number(samples_item(r, "atoms", 1), "x"), 10.2 * BOHR / 4);
}

static void a_spin_polarised_metal_yields_fermi_energy_and_moment(void **state) {
    (void)state;
    _cleanup_json_ json_t *r = samples_scan_own("fe_spin.out");
    samples_check_verdict(r, "scf", "finished", 1);
    assert_near(samples_number(r, "fermi_ev"), 14.4929);
    assert_near(samples_number(r, "magnetization_mub"), 0.18);
    assert_true(isnan(samples_number(r, "gap_ev")));
}

static void a_relaxation_yields_every_geometry(void **state) {
    (void)state;
    _cleanup_json_ json_t *r = samples_scan_own("si_relax.out");
    samples_check_verdict(r, "geometry_optimization", "finished", 1);
    assert_int_equal(samples_count(r, "scf"), 4);
    assert_int_equal(samples_count(r, "steps"), 4);
    assert_near(samples_number(samples_item(r, "steps", 0), "energy_ev"),
                -214.87429978317033);
    assert_near(samples_number(samples_item(r, "steps", 3), "energy_ev"),
                samples_number(r, "energy_ev"));
    assert_near(samples_number(samples_item(r, "steps", 3), "max_force_ev_per_ang"),
                samples_number(r, "max_force_ev_per_ang"));
    assert_true(samples_number(r, "max_force_ev_per_ang") < 1.0e-3);
}

static void a_variable_cell_takes_the_last_cell(void **state) {
    (void)state;
    _cleanup_json_ json_t *r = samples_scan_own("si_vcrelax.out");
    samples_check_verdict(r, "geometry_optimization", "finished", 1);
    assert_int_equal(samples_count(r, "steps"), 5);
    json_t *cell = json_object_get(r, "cell");
    assert_near(samples_number(cell, "volume"), 38.196233933381215);
    assert_near(samples_number(cell, "alpha"), 60);
}

static void a_final_scf_above_the_pressure_threshold_is_a_problem(void **state) {
    (void)state;
    _cleanup_json_ json_t *r = samples_scan_own("si_vcrelax.out");
    assert_string_equal(samples_problem(r, 0), "geometry_not_converged");
    assert_null(samples_problem(r, 1));
}

static void dynamics_end_with_their_last_step_in_peace(void **state) {
    (void)state;
    _cleanup_json_ json_t *r = samples_scan_own("si_md.out");
    samples_check_verdict(r, "molecular_dynamics", "finished", 1);
    assert_int_equal(samples_count(r, "steps"), 4);
    assert_int_equal(samples_count(r, "problems"), 0);
}

static void a_band_structure_has_no_energy(void **state) {
    (void)state;
    _cleanup_json_ json_t *r = samples_scan_own("si_bands.out");
    samples_check_verdict(r, "bands", "finished", 1);
    assert_int_equal(samples_count(r, "scf"), 0);
    assert_true(isnan(samples_number(r, "energy_ev")));
}

static void an_unconverged_scf_is_finished_but_not_converged(void **state) {
    (void)state;
    _cleanup_json_ json_t *r = samples_scan_own("si_not_converged.out");
    samples_check_verdict(r, "scf", "finished", 0);
    assert_true(json_is_false(json_object_get(samples_item(r, "scf", 0), "converged")));
    assert_near(samples_number(samples_item(r, "scf", 0), "cycles"), 3);
    assert_int_equal(samples_count(samples_item(r, "scf", 0), "energies_ev"), 3);
    assert_true(isnan(samples_number(r, "energy_ev")));
    assert_string_equal(samples_problem(r, 0), "scf_not_converged");
    assert_string_equal(samples_text(samples_item(r, "problems", 0), "message"),
                        "convergence NOT achieved after   3 iterations: stopping");
}

static void what_is_run_behind_pwx_has_a_system_of_its_own(void **state) {
    (void)state;
    static const char *const banners[] = {
        "     Program PHONON v.7.1 starts on  1Jan2030 at 10: 0: 0 \n",
        "     Program PHONON    v.4.1a   starts ...\n",
    };
    for (size_t i = 0; i < sizeof(banners) / sizeof(*banners); i++) {
        _cleanup_buf_ struct buf text = BUF_NULL;
        samples_read_own("si_scf.out", &text);
        _cleanup_json_ json_t *alone = samples_scan(buf_bytes(&text), buf_len(&text));
        assert_int_equal(
            buf_printf(&text,
                       "%s     lattice parameter (alat)  =      10.0000  a.u.\n"
                       "     number of atoms/cell      =            7\n"
                       "     convergence has been achieved in   9 iterations\n"
                       "     JOB DONE.\n",
                       banners[i]),
            0);
        _cleanup_json_ json_t *both = samples_scan(buf_bytes(&text), buf_len(&text));
        assert_true(json_equal(alone, both));
    }
}

/* ---- corners ---- */

#define BANNER "     Program PWSCF v.7.2 starts on 12Dec2023 at 17:15: 9\n"
#define SUMMARY                                                                        \
    "     lattice parameter (alat)  =      10.0000  a.u.\n"                            \
    "     number of atoms/cell      =            2\n"                                  \
    "     celldm(1)=  10.000000  celldm(2)=   0.000000  celldm(3)=   0.000000\n"       \
    "     crystal axes: (cart. coord. in units of alat)\n"                             \
    "               a(1) = (   1.000000   0.000000   0.000000 )\n"                     \
    "               a(2) = (   0.000000   1.000000   0.000000 )\n"                     \
    "               a(3) = (   0.000000   0.000000   1.000000 )\n"
#define CYCLE(n, energy)                                                               \
    "     iteration #" n "     ecut=    30.00 Ry     beta= 0.70\n"                     \
    "     total energy              =" energy " Ry\n"                                  \
    "     estimated scf accuracy    <       0.00100000 Ry\n"
#define FINAL(mark, energy)                                                            \
    mark "   total energy              =" energy " Ry\n"                               \
         "     estimated scf accuracy    <          1.5E-09 Ry\n"
#define ACHIEVED(n) "     convergence has been achieved in " n " iterations\n"
#define DONE "   JOB DONE.\n"

#define ENDED_AT(threshold, accuracy)                                                  \
    "     convergence threshold     =      " threshold "\n"                            \
    "     iteration #  1     ecut=    12.00 Ry     beta= 0.70\n"                       \
    "     End of self-consistent calculation\n"                                        \
    "!    total energy              =     -15.79448874 Ry\n"                           \
    "     estimated scf accuracy    <       " accuracy " Ry\n"                         \
    "     convergence has been achieved in   1 iterations\n"                           \
    "   JOB DONE.\n"

static void an_scf_that_ends_above_its_threshold_has_not_converged(void **state) {
    (void)state;
    _cleanup_json_ json_t *r = samples_scan_text(ENDED_AT("1.0E-06", "0.00012345"));
    samples_check_verdict(r, "scf", "finished", 0);
    assert_true(json_is_false(json_object_get(samples_item(r, "scf", 0), "converged")));
    assert_near(samples_number(r, "energy_ev"), -15.79448874 * RYDBERG);
    assert_string_equal(samples_problem(r, 0), "scf_not_converged");
    assert_string_equal(samples_text(samples_item(r, "problems", 0), "message"),
                        "convergence has been achieved in   1 iterations, but the "
                        "estimated scf accuracy is 0.00012 Ry, above the threshold of "
                        "1e-06 Ry");
    assert_near(samples_number(samples_item(r, "problems", 0), "line"), 6);
    /* Both are rounded where they are printed: 1.249E-06 as 1.2E-06. */
    _cleanup_json_ json_t *below = samples_scan_text(ENDED_AT("1.2E-06", "0.00000125"));
    samples_check_verdict(below, "scf", "finished", 1);
}

static void hybrid_functionals_have_one_energy_a_geometry(void **state) {
    (void)state;
    _cleanup_json_ json_t *r = samples_scan_text(
        BANNER "     EXX-fraction              =        0.25\n" CYCLE("  1", "  -46.0")
            FINAL("! ", "  -46.5")
                ACHIEVED("  2") "     EXX: now go back to refine exchange "
                                "calculation\n" CYCLE("  1", "  -45.0")
                                    FINAL("! ", "  -45.1") ACHIEVED("  2")
                                        FINAL("  ", "  -45.2") CYCLE("  1", "  -45.3")
                                            FINAL("! ", "  -45.4") ACHIEVED("  2")
                                                FINAL("!!", "  -45.5") DONE);
    samples_check_verdict(r, "scf", "finished", 1);
    assert_int_equal(samples_count(r, "scf"), 3);
    assert_int_equal(samples_count(r, "steps"), 1);
    assert_near(samples_number(r, "energy_ev"), -45.5 * RYDBERG);
    assert_int_equal(samples_count(samples_item(r, "scf", 1), "energies_ev"), 1);
}

static void energies_that_are_marked_in_every_cycle_are_no_final_ones(void **state) {
    (void)state;
#define MARKED(n, energy)                                                              \
    "     iteration #  " n "     ecut=    50.00 Ry     beta= 0.70\n"                   \
    "!    total energy              =     " energy " Ry\n"                             \
    "     estimated scf accuracy    <       1.0E-0" n " Ry\n"
    _cleanup_json_ json_t *r = samples_scan_text(
        BANNER "     scf convergence threshold =      1.0E-02\n" MARKED("1", "-15.0")
            MARKED("2", "-15.2") MARKED("3", "-15.1") ACHIEVED("3") DONE);
    samples_check_verdict(r, "scf", "finished", 1);
    assert_int_equal(samples_count(r, "steps"), 1);
    assert_int_equal(samples_count(r, "problems"), 0);
    assert_near(samples_number(r, "energy_ev"), -15.1 * RYDBERG);
    json_t *scf = samples_item(r, "scf", 0);
    assert_int_equal(samples_count(scf, "energies_ev"), 2);
    assert_near(samples_number(scf, "final_accuracy_ev"), 1.0e-3 * RYDBERG);
    _cleanup_json_ json_t *running = samples_scan_text(
        BANNER MARKED("1", "-15.0") "     iteration #  2     ecut=    50.00 Ry\n");
    assert_int_equal(samples_count(running, "steps"), 0);
    assert_true(isnan(samples_number(running, "energy_ev")));
}

static void a_stopped_exchange_loop_is_not_converged(void **state) {
    (void)state;
    _cleanup_json_ json_t *r = samples_scan_text(BANNER CYCLE("  1", "  -46.0") FINAL(
        "! ", "  -46.5") ACHIEVED("  2") "     EXX convergence NOT achieved after 100 "
                                         "iterations: stopping\n" DONE);
    samples_check_verdict(r, "scf", "finished", 0);
    assert_string_equal(samples_problem(r, 0), "scf_not_converged");
}

static void an_exchange_loop_out_of_steps_is_not_converged(void **state) {
    (void)state;
#define STOPPED "     Calculation (EXX) stopped after iteration #     2\n"
    _cleanup_json_ json_t *r = samples_scan_text(BANNER CYCLE("  1", "  -46.0") FINAL(
        "! ", "  -46.5") ACHIEVED("  2") STOPPED DONE);
    samples_check_verdict(r, "scf", "finished", 0);
    assert_string_equal(samples_problem(r, 0), "scf_not_converged");
    /* With the whole run it stops for another reason. */
    _cleanup_json_ json_t *late = samples_scan_text(
        BANNER CYCLE("  1", "  -46.0") FINAL("! ", "  -46.5")
            ACHIEVED("  2") "     Maximum CPU time exceeded\n" STOPPED DONE);
    samples_check_verdict(late, "scf", "finished", 0);
    assert_string_equal(samples_problem(late, 0), "out_of_time");
    assert_null(samples_problem(late, 1));
}

static void a_moment_that_is_a_vector_counts_by_its_length(void **state) {
    (void)state;
    _cleanup_json_ json_t *r = samples_scan_text(
        "     total magnetization       =     3.00    -4.00     0.00 Bohr mag/cell\n");
    assert_near(samples_number(r, "magnetization_mub"), 5);
}

static void two_fermi_energies_are_none(void **state) {
    (void)state;
    _cleanup_json_ json_t *r = samples_scan_text(
        "     the spin up/dw Fermi energies are    19.9663   14.2955 ev\n");
    assert_true(isnan(samples_number(r, "fermi_ev")));
}

static void check_clock(const char *line, double cpu, double wall) {
    _cleanup_json_ json_t *r = samples_scan_text(line);
    assert_near(samples_number(r, "cpu_seconds"), cpu);
    assert_near(samples_number(r, "wall_seconds"), wall);
}

static void the_clock_is_read_up_to_days(void **state) {
    (void)state;
    check_clock("     PWSCF        :     0.23s CPU         0.25s WALL\n", 0.23, 0.25);
    check_clock("     PWSCF        :   1m35.45s CPU   1m45.55s WALL\n", 95.45, 105.55);
    check_clock("     PWSCF        :     1h 2m CPU        1h 5m WALL\n", 3720, 3900);
    check_clock("     PWSCF        :  2d 3h10m CPU     2d13h 0m WALL\n", 184200,
                219600);
    check_clock("     PWSCF        :  0m 3.15s CPU time,    4.50s wall time\n", 3.15,
                4.5);
}

static void positions_are_read_in_every_unit(void **state) {
    (void)state;
    static const struct {
        const char *unit;
        double scale;
    } units[] = {{"(alat)", 10 * BOHR},
                 {"(bohr)", BOHR},
                 {"(angstrom)", 1},
                 {"(crystal)", 10 * BOHR},
                 {"", 10 * BOHR}};
    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
        char text[2048];
        (void)snprintf(text, sizeof(text),
                       BANNER SUMMARY "ATOMIC_POSITIONS %s\n"
                                      "Fe1      0.0000000000   0.0   0.0   0   0   0\n"
                                      "O        0.5000000000   0.25 -0.25\n\n",
                       units[i].unit);
        _cleanup_json_ json_t *r = samples_scan_text(text);
        assert_string_equal(samples_text(r, "formula"), "FeO");
        assert_near(samples_number(samples_item(r, "atoms", 1), "x"),
                    0.5 * units[i].scale);
        assert_near(samples_number(samples_item(r, "atoms", 1), "z"),
                    -0.25 * units[i].scale);
    }
}

static void a_list_of_atoms_that_is_cut_off_is_not_the_geometry(void **state) {
    (void)state;
    _cleanup_json_ json_t *r =
        samples_scan_text(BANNER SUMMARY "ATOMIC_POSITIONS (bohr)\n"
                                         "Fe  0.0 0.0 0.0\nO   1.0 0.0 0.0\n\n"
                                         "ATOMIC_POSITIONS (bohr)\n"
                                         "Fe  0.5 0.0 0.0\n");
    assert_near(samples_number(samples_item(r, "atoms", 0), "x"), 0);
    assert_int_equal(samples_count(r, "atoms"), 2);
}

static void cells_are_read_in_every_unit(void **state) {
    (void)state;
    static const struct {
        const char *unit;
        double edge;
    } units[] = {{"(alat= 10.00000000)", 20 * BOHR},
                 {"(alat)", 20 * BOHR},
                 {"(bohr)", 2 * BOHR},
                 {"(angstrom)", 2}};
    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
        char text[2048];
        (void)snprintf(text, sizeof(text),
                       BANNER SUMMARY "CELL_PARAMETERS %s\n"
                                      "   2.000000000   0.000000000   0.000000000\n"
                                      "   0.000000000   2.000000000   0.000000000\n"
                                      "   0.000000000   0.000000000   2.000000000\n",
                       units[i].unit);
        _cleanup_json_ json_t *r = samples_scan_text(text);
        assert_near(samples_number(json_object_get(r, "cell"), "a"), units[i].edge);
    }
}

static void numbers_that_do_not_fit_their_field_are_unknown(void **state) {
    (void)state;
    _cleanup_json_ json_t *r = samples_scan_text(
        BANNER SUMMARY CYCLE("***", "*****************") CYCLE("  2", "  -1.0")
            FINAL("! ", "*****************") ACHIEVED(
                "  3") "     Forces acting on atoms (cartesian axes, Ry/au):\n\n"
                       "     atom    1 type  1   force =     1.00000000    0.0    0.0\n"
                       "     atom    2 type  1   force = "
                       "************************************\n"
                       "          total   stress  (Ry/bohr**3)     (kbar)     "
                       "P=*******\n"
                       "     the Fermi energy is       NaN ev\n" DONE);
    assert_int_equal(samples_count(samples_item(r, "scf", 0), "energies_ev"), 2);
    assert_true(json_is_null(
        json_array_get(json_object_get(samples_item(r, "scf", 0), "energies_ev"), 0)));
    assert_true(isnan(samples_number(r, "energy_ev")));
    assert_true(json_is_null(json_object_get(r, "energy")));
    assert_true(isnan(samples_number(r, "max_force_ev_per_ang")));
    assert_true(isnan(samples_number(r, "pressure_gpa")));
    assert_true(isnan(samples_number(r, "fermi_ev")));
    samples_check_verdict(r, "scf", "finished", 1);
}

static void the_largest_force_is_the_longest_vector(void **state) {
    (void)state;
    _cleanup_json_ json_t *r = samples_scan_text(
        BANNER SUMMARY "     Forces acting on atoms (Ry/au):\n\n\n"
                       "     negative rho (up, down):  2.052E-03 1.758E-03\n"
                       "     atom    1 type  1   force =     0.30000000    0.0  0.4\n"
                       "     atom    2 type  1   force =     0.45000000    0.0  0.0\n"
                       "     The non-local contrib.  to forces\n"
                       "     atom    1 type  1   force =     9.00000000    0.0  0.0\n");
    assert_near(samples_number(r, "max_force_ev_per_ang"), 0.5 * RYDBERG / BOHR);
}

static void numbers_that_touch_are_told_apart(void **state) {
    (void)state;
    _cleanup_json_ json_t *r = samples_scan_text(
        "          total   stress  (Ry/bohr**3)          (kbar)     P=-12345.67\n"
        "  -0.10000000-0.10000000-0.10000000    -1000.00-2000.00-3000.00\n"
        "  -0.10000000-0.10000000-0.10000000    -2000.00-5000.00-6000.00\n"
        "  -0.10000000-0.10000000-0.10000000    -3000.00-6000.00-9000.00\n");
    assert_near(samples_number(r, "pressure_gpa"), -1234.567);
    assert_near(json_number_value(samples_item(r, "stress_gpa", 3)), -200);
    assert_near(json_number_value(samples_item(r, "stress_gpa", 5)), -300);
}

static void a_run_that_just_ends_is_truncated_and_undecided(void **state) {
    (void)state;
    _cleanup_json_ json_t *r =
        samples_scan_text(BANNER CYCLE("  1", "  -1.0") CYCLE("  2", "  -1.1"));
    samples_check_verdict(r, "scf", "truncated", -1);
    assert_true(json_is_null(json_object_get(samples_item(r, "scf", 0), "converged")));
    assert_string_equal(samples_problem(r, 0), "truncated");
}

static void versions_before_job_done_end_with_the_clock(void **state) {
    (void)state;
#define RUN_OF(version)                                                                \
    "     Program PWSCF     v." version "    starts ...\n" CYCLE("  1", "  -46.0")     \
        FINAL("! ", "  -46.5") ACHIEVED("  2") "     PWSCF        :     4.61s CPU "    \
                                               "time,    4.79s wall time\n"
    _cleanup_json_ json_t *old = samples_scan_text(RUN_OF("4.1"));
    samples_check_verdict(old, "scf", "finished", 1);
    assert_near(samples_number(old, "wall_seconds"), 4.79);
    _cleanup_json_ json_t *later = samples_scan_text(RUN_OF("4.3.2"));
    samples_check_verdict(later, "scf", "truncated", -1);
}

static void a_cut_number_is_not_taken_for_a_whole_one(void **state) {
    (void)state;
    _cleanup_json_ json_t *r = samples_scan_text(BANNER CYCLE(
        "  1", "  -1.0") "     iteration # 1\n     the Fermi energy is   1");
    assert_true(isnan(samples_number(r, "fermi_ev")));
    _cleanup_json_ json_t *done = samples_scan_text(BANNER "   JOB DONE.");
    assert_string_equal(samples_text(done, "status"), "finished");
}

static void a_run_out_of_time_is_finished_and_not_converged(void **state) {
    (void)state;
    _cleanup_json_ json_t *r = samples_scan_text(
        BANNER CYCLE("  1", "  -1.0") "     Maximum CPU time exceeded\n" DONE);
    samples_check_verdict(r, "scf", "finished", 0);
    assert_string_equal(samples_problem(r, 0), "out_of_time");
    assert_null(samples_problem(r, 1));
}

static void an_optimiser_that_gives_up_does_not_converge(void **state) {
    (void)state;
    static const char *const words[] = {
        "     The maximum number of steps has been reached.\n",
        "     history already reset at previous step: stopping\n"
        "     bfgs converged in   4 scf cycles and   3 bfgs steps\n",
        "     bfgs failed after   4 scf cycles and   3 bfgs steps, convergence not "
        "achieved\n",
    };
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        char text[2048];
        (void)snprintf(text, sizeof(text), BANNER "%s%s" DONE,
                       CYCLE("  1", "  -1.0") FINAL("! ", "  -1.1")
                           ACHIEVED("  2") "     BFGS Geometry Optimization\n",
                       words[i]);
        _cleanup_json_ json_t *r = samples_scan_text(text);
        samples_check_verdict(r, "geometry_optimization", "finished", 0);
        assert_string_equal(samples_problem(r, 0), "geometry_not_converged");
    }
}

static const char *message(const json_t *r, size_t i) {
    return samples_text(samples_item(r, "problems", i), "message");
}

static void an_optimiser_that_ends_in_silence_does_not_converge(void **state) {
    (void)state;
#define GEOMETRY CYCLE("  1", "  -1.0") FINAL("! ", "  -1.1") ACHIEVED("  2")
#define STEPS "     nstep                     =            2\n"
    _cleanup_json_ json_t *used = samples_scan_text(
        BANNER STEPS GEOMETRY DONE BANNER STEPS GEOMETRY GEOMETRY DONE);
    samples_check_verdict(used, "geometry_optimization", "finished", 0);
    assert_string_equal(samples_problem(used, 0), "geometry_not_converged");
    assert_string_equal(message(used, 0),
                        "2 steps were made, as many as nstep allows, "
                        "and nothing says that the geometry converged");
    _cleanup_json_ json_t *one = samples_scan_text(BANNER STEPS GEOMETRY DONE);
    assert_string_equal(message(one, 0), "1 step was made, and nothing says that the "
                                         "geometry converged");
    _cleanup_json_ json_t *said =
        samples_scan_text(BANNER STEPS GEOMETRY
                          "     The maximum number of steps has been reached.\n" DONE);
    assert_null(samples_problem(said, 1));
}

static void programs_that_print_into_each_other_are_told(void **state) {
    (void)state;
    _cleanup_json_ json_t *r = samples_scan_text(
        BANNER BANNER BANNER SUMMARY SUMMARY SUMMARY GEOMETRY GEOMETRY GEOMETRY DONE);
    assert_string_equal(samples_problem(r, 0), "read_error");
    assert_string_equal(message(r, 0),
                        "3 programs printed into this output at once: cycles and "
                        "geometries of all of them are mixed");
    _cleanup_json_ json_t *again = samples_scan_text(
        BANNER BANNER SUMMARY GEOMETRY DONE BANNER SUMMARY GEOMETRY DONE);
    assert_int_equal(samples_count(again, "problems"), 0);
}

static void a_restart_in_the_same_file_is_judged_alone(void **state) {
    (void)state;
    _cleanup_json_ json_t *r = samples_scan_text(
        BANNER CYCLE("  1", "  -1.0") "     Maximum CPU time exceeded\n" DONE BANNER
            CYCLE("  1", "  -1.0") FINAL("! ", "  -1.1") ACHIEVED("  2") DONE);
    samples_check_verdict(r, "scf", "finished", 1);
    assert_int_equal(samples_count(r, "scf"), 2);
    assert_int_equal(samples_count(r, "problems"), 0);
}

static void iterations_of_the_solvent_are_not_those_of_the_scf(void **state) {
    (void)state;
    _cleanup_json_ json_t *r = samples_scan_text(
        BANNER "     End of 1D-RISM calculation\n" ACHIEVED(" 2900") CYCLE(
            "  1", " -1.0") "     End of Laue-RISM calculation\n" ACHIEVED("   95")
            FINAL("! ", "  -1.1") ACHIEVED("  2") DONE);
    assert_int_equal(samples_count(r, "scf"), 1);
    assert_near(samples_number(samples_item(r, "scf", 0), "cycles"), 2);
}

static void an_empty_output_holds_nothing(void **state) {
    (void)state;
    _cleanup_json_ json_t *r = samples_scan_text("");
    assert_string_equal(samples_text(r, "status"), "truncated");
    assert_true(json_is_null(json_object_get(r, "calculation")));
    assert_string_equal(samples_problem(r, 0), "truncated");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_scf_yields_cycles_energy_and_edges),
        cmocka_unit_test(what_is_run_behind_pwx_has_a_system_of_its_own),
        cmocka_unit_test(an_scf_yields_structure_force_and_stress),
        cmocka_unit_test(a_spin_polarised_metal_yields_fermi_energy_and_moment),
        cmocka_unit_test(a_relaxation_yields_every_geometry),
        cmocka_unit_test(a_variable_cell_takes_the_last_cell),
        cmocka_unit_test(a_final_scf_above_the_pressure_threshold_is_a_problem),
        cmocka_unit_test(dynamics_end_with_their_last_step_in_peace),
        cmocka_unit_test(a_band_structure_has_no_energy),
        cmocka_unit_test(an_unconverged_scf_is_finished_but_not_converged),
        cmocka_unit_test(an_scf_that_ends_above_its_threshold_has_not_converged),
        cmocka_unit_test(hybrid_functionals_have_one_energy_a_geometry),
        cmocka_unit_test(energies_that_are_marked_in_every_cycle_are_no_final_ones),
        cmocka_unit_test(a_stopped_exchange_loop_is_not_converged),
        cmocka_unit_test(an_exchange_loop_out_of_steps_is_not_converged),
        cmocka_unit_test(a_moment_that_is_a_vector_counts_by_its_length),
        cmocka_unit_test(two_fermi_energies_are_none),
        cmocka_unit_test(the_clock_is_read_up_to_days),
        cmocka_unit_test(positions_are_read_in_every_unit),
        cmocka_unit_test(a_list_of_atoms_that_is_cut_off_is_not_the_geometry),
        cmocka_unit_test(cells_are_read_in_every_unit),
        cmocka_unit_test(numbers_that_do_not_fit_their_field_are_unknown),
        cmocka_unit_test(the_largest_force_is_the_longest_vector),
        cmocka_unit_test(numbers_that_touch_are_told_apart),
        cmocka_unit_test(a_run_that_just_ends_is_truncated_and_undecided),
        cmocka_unit_test(versions_before_job_done_end_with_the_clock),
        cmocka_unit_test(a_cut_number_is_not_taken_for_a_whole_one),
        cmocka_unit_test(a_run_out_of_time_is_finished_and_not_converged),
        cmocka_unit_test(an_optimiser_that_gives_up_does_not_converge),
        cmocka_unit_test(an_optimiser_that_ends_in_silence_does_not_converge),
        cmocka_unit_test(programs_that_print_into_each_other_are_told),
        cmocka_unit_test(a_restart_in_the_same_file_is_judged_alone),
        cmocka_unit_test(iterations_of_the_solvent_are_not_those_of_the_scf),
        cmocka_unit_test(an_empty_output_holds_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
