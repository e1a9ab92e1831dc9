/* Outputs of other people's runs of CRYSTAL with values that others established. They
 * lie beside the checkout, not in it. */
#include "samples.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define HARTREE 27.211386245988
#define assert_near(got, want) assert_close(got, want, 1.0e-4)

static void optimisation_with_onelog(void **state) {
    (void)state;
    _cleanup_json_ json_t *r = samples_fixture("crystal", "crystal/mgo_opt_onelog.out");
    samples_check_verdict(r, "geometry_optimization", "finished", 1);
    assert_int_equal(samples_count(r, "scf"), 4);
    assert_int_equal(samples_count(r, "steps"), 4);
    assert_near(samples_number(r, "energy_ev"), -275.4486980727 * HARTREE);
    assert_near(samples_number(r, "gap_ev"), 6.9612);
    assert_near(samples_number(r, "pressure_gpa"), -0.004075);
    assert_near(samples_number(samples_item(r, "steps", 0), "volume_ang3"), 18.747822);
    assert_near(samples_number(samples_item(r, "steps", 1), "volume_ang3"), 18.986443);
    assert_near(samples_number(samples_item(r, "steps", 3), "volume_ang3"), 19.059213);
    assert_near(samples_number(json_object_get(r, "cell"), "volume"), 19.059213);
    assert_near(samples_number(r, "wall_seconds"), 43);
}

static void optimisation_of_a_molecule(void **state) {
    (void)state;
    _cleanup_json_ json_t *r =
        samples_fixture("crystal", "crystal/co_molecule_opt.out");
    samples_check_verdict(r, "geometry_optimization", "finished", 1);
    assert_int_equal(samples_count(r, "scf"), 1);
    assert_int_equal(samples_count(r, "steps"), 6);
    assert_near(samples_number(r, "energy_ev"), -111.7202722311 * HARTREE);
    assert_true(samples_is_null(samples_item(r, "steps", 0), "volume_ang3"));
    assert_near(samples_number(r, "gap_ev"), 9.2095); /* of the last geometry */
    assert_true(json_is_null(json_object_get(r, "cell")));
}

static void optimisation_with_dispersion(void **state) {
    (void)state;
    _cleanup_json_ json_t *r =
        samples_fixture("crystal", "crystal/carbon_34_2T1_opt.out");
    samples_check_verdict(r, "geometry_optimization", "finished", 1);
    assert_near(samples_number(r, "energy_ev"), -190.3384361394 * HARTREE);
    assert_near(samples_number(r, "energy_with_corrections_ev"),
                -190.3384361394 * HARTREE);
    assert_near(samples_number(r, "fermi_ev"), -0.11373763 * HARTREE);
}

static void optimisation_whose_scf_failed(void **state) {
    (void)state;
    _cleanup_json_ json_t *r =
        samples_fixture("crystal", "crystal/bcc_iron_optgeom_scf_failed.out");
    samples_check_verdict(r, "geometry_optimization", "failed", 0);
    assert_string_equal(samples_problem(r, 0), "scf_not_converged");
    assert_int_equal(samples_count(r, "steps"), 6);
}

static void optimisation_that_was_killed(void **state) {
    (void)state;
    _cleanup_json_ json_t *r =
        samples_fixture("crystal", "crystal/nio_afm_opt_killed_walltime.out");
    samples_check_verdict(r, "geometry_optimization", "truncated", -1);
    assert_string_equal(samples_problem(r, 0), "killed");
}

static void infrared_spectrum(void **state) {
    (void)state;
    _cleanup_json_ json_t *r = samples_fixture("crystal", "crystal/dryice_freq_ir.out");
    samples_check_verdict(r, "frequencies", "finished", 1);
    assert_int_equal(samples_count(r, "frequencies_cm1"), 36);
    assert_near(samples_number(r, "energy_ev"), -754.22471149753 * HARTREE);
    assert_near(samples_number(r, "energy_with_corrections_ev"),
                -754.27644574029 * HARTREE);
}

static void bands_of_a_slab(void **state) {
    (void)state;
    _cleanup_json_ json_t *r =
        samples_fixture("crystal", "crystal/bii_slab_band_properties.out");
    samples_check_verdict(r, "bands", "finished", 1);
    assert_near(samples_number(r, "fermi_ev"), -0.16446 * HARTREE);
    assert_near(samples_number(json_object_get(r, "cell"), "c"), 500);
}

static void input_that_was_wrong(void **state) {
    (void)state;
    _cleanup_json_ json_t *r =
        samples_fixture("crystal", "crystal/mgo100_slab_input_error.out");
    samples_check_verdict(r, "scf", "failed", 0);
    assert_string_equal(samples_problem(r, 0), "input_error");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(optimisation_with_onelog),
        cmocka_unit_test(optimisation_of_a_molecule),
        cmocka_unit_test(optimisation_with_dispersion),
        cmocka_unit_test(optimisation_whose_scf_failed),
        cmocka_unit_test(optimisation_that_was_killed),
        cmocka_unit_test(infrared_spectrum),
        cmocka_unit_test(bands_of_a_slab),
        cmocka_unit_test(input_that_was_wrong),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
