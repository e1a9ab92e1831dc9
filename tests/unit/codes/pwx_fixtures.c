/* Outputs of other people's runs with values that others established. They lie beside
 * the checkout, not in it. */
#include "samples.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define assert_near(got, want) assert_close(got, want, 1.0e-4)

static void version_6_1_metal(void **state) {
    (void)state;
    _cleanup_json_ json_t *r =
        samples_fixture("quantum_espresso", "qe/al_metal_scf_61.out");
    samples_check_verdict(r, "scf", "finished", 1);
    assert_near(samples_number(r, "energy_ev"), -56.946216);
    assert_near(samples_number(r, "fermi_ev"), 8.3513);
    assert_near(samples_number(r, "pressure_gpa"), -1.454);
    assert_near(samples_number(json_object_get(r, "cell"), "a"), 2.806386);
}

static void version_7_5_forces(void **state) {
    (void)state;
    _cleanup_json_ json_t *r = samples_fixture("quantum_espresso", "qe/scf_75.out");
    samples_check_verdict(r, "scf", "finished", 1);
    assert_near(samples_number(r, "max_force_ev_per_ang"), 1.889721);
    assert_near(samples_number(r, "natoms"), 8);
}

static void variable_cell_with_final_scf(void **state) {
    (void)state;
    _cleanup_json_ json_t *r =
        samples_fixture("quantum_espresso", "qe/vcrelax_success.out");
    samples_check_verdict(r, "geometry_optimization", "finished", 1);
    assert_int_equal(samples_count(r, "steps"), 3);
    /* 298.3609 (a.u.)^3 before the first move, … */
    assert_near(samples_number(samples_item(r, "steps", 0), "volume_ang3"), 44.2125);
    assert_near(samples_number(samples_item(r, "steps", 2), "volume_ang3"), 44.22863);
    assert_near(samples_number(json_object_get(r, "cell"), "volume"), 44.22863);
    assert_near(samples_number(r, "wall_seconds"), 12.5);
}

static void optimiser_that_gave_up_and_says_converged(void **state) {
    (void)state;
    _cleanup_json_ json_t *r =
        samples_fixture("quantum_espresso", "qe/vcrelax_bfgs_history.out");
    samples_check_verdict(r, "geometry_optimization", "finished", 0);
    assert_string_equal(samples_problem(r, 0), "geometry_not_converged");
}

static void dynamics_of_version_5_3(void **state) {
    (void)state;
    _cleanup_json_ json_t *r = samples_fixture("quantum_espresso", "qe/si_md_530.out");
    samples_check_verdict(r, "molecular_dynamics", "finished", 1);
    assert_int_equal(samples_count(r, "steps"), 50);
    assert_near(samples_number(r, "energy_ev"), -196.574889);
}

static void file_that_just_ends(void **state) {
    (void)state;
    _cleanup_json_ json_t *r =
        samples_fixture("quantum_espresso", "qe/interrupted.out");
    samples_check_verdict(r, "scf", "truncated", -1);
    assert_string_equal(samples_problem(r, 0), "truncated");
    assert_near(samples_number(r, "energy_ev"), -308.191907);
}

static void run_out_of_time(void **state) {
    (void)state;
    _cleanup_json_ json_t *r =
        samples_fixture("quantum_espresso", "qe/out_of_walltime.out");
    samples_check_verdict(r, "geometry_optimization", "finished", 0);
    assert_string_equal(samples_problem(r, 0), "out_of_time");
}

static void error_box_without_banner(void **state) {
    (void)state;
    _cleanup_json_ json_t *r =
        samples_fixture("quantum_espresso", "qe/error_cholesky.out");
    assert_string_equal(samples_text(r, "status"), "failed");
    assert_string_equal(samples_problem(r, 0), "diagonalization_error");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(version_6_1_metal),
        cmocka_unit_test(version_7_5_forces),
        cmocka_unit_test(variable_cell_with_final_scf),
        cmocka_unit_test(optimiser_that_gave_up_and_says_converged),
        cmocka_unit_test(dynamics_of_version_5_3),
        cmocka_unit_test(file_that_just_ends),
        cmocka_unit_test(run_out_of_time),
        cmocka_unit_test(error_box_without_banner),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
