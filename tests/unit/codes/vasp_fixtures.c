/* Outputs of other people's runs of VASP with values that others established. They lie
 * beside the checkout, not in it. */
#include "samples.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define assert_near(got, want) assert_close(got, want, 1.0e-4)

static void relaxation_of_version_5_2(void **state) {
    (void)state;
    _cleanup_json_ json_t *r = samples_fixture("vasp", "vasp/relax_5212/OUTCAR");
    samples_check_verdict(r, "geometry_optimization", "finished", 1);
    assert_near(samples_number(r, "energy_ev"), -1.92459954);
    assert_near(samples_number(r, "wall_seconds"), 12.567);
    _cleanup_json_ json_t *xml = samples_fixture("vasp", "vasp/relax_5212/vasprun.xml");
    samples_check_verdict(xml, "geometry_optimization", "finished", 1);
    assert_near(samples_number(xml, "energy_ev"), samples_number(r, "energy_ev"));
    static const double volumes[] = {21.57, 21.15, 20.34};
    for (size_t i = 0; i < 3; i++) {
        assert_close(samples_number(samples_item(r, "steps", i), "volume_ang3"),
                     volumes[i], 5.0e-3 + 1.0e-9);
        assert_close(samples_number(samples_item(xml, "steps", i), "volume_ang3"),
                     volumes[i], 5.0e-3 + 1.0e-9);
    }
    assert_near(samples_number(xml, "gap_ev"), samples_number(r, "gap_ev"));
}

static void spin_in_version_6_2(void **state) {
    (void)state;
    _cleanup_json_ json_t *r = samples_fixture("vasp", "vasp/relax_spin_620/OUTCAR");
    samples_check_verdict(r, "geometry_optimization", "finished", 1);
    assert_int_equal(samples_count(r, "steps"), 5);
    assert_near(samples_number(r, "magnetization_mub"), 2.0);
    assert_near(samples_number(r, "fermi_ev"), 0.3518);
}

static void nelm_that_version_5_4_passes_over_in_silence(void **state) {
    (void)state;
    _cleanup_json_ json_t *r = samples_fixture("vasp", "vasp/elec_unconverged/OUTCAR");
    samples_check_verdict(r, "scf", "finished", 0);
    assert_string_equal(samples_problem(r, 0), "scf_not_converged");
}

static void finite_displacements(void **state) {
    (void)state;
    _cleanup_json_ json_t *r = samples_fixture("vasp", "vasp/phonon_fd_5212/OUTCAR");
    samples_check_verdict(r, "frequencies", "finished", 1);
    assert_int_equal(samples_count(r, "scf"), 17);
    assert_int_equal(samples_count(r, "frequencies_cm1"), 36);
    const json_t *modes = json_object_get(r, "frequencies_cm1");
    assert_near(json_number_value(json_array_get(modes, 0)), 712.892411);
    assert_near(json_number_value(json_array_get(modes, 35)), -3.041786);
}

static void linear_response_behind_the_scf(void **state) {
    (void)state;
    static const char *const files[] = {"vasp/dfpt_born/OUTCAR",
                                        "vasp/dfpt_born/OSZICAR",
                                        "vasp/dfpt_born/vasprun.xml"};
    for (size_t i = 0; i < 3; i++) {
        _cleanup_json_ json_t *r = samples_fixture("vasp", files[i]);
        assert_int_equal(samples_count(r, "scf"), 1);
        const json_t *scf = json_array_get(json_object_get(r, "scf"), 0);
        assert_near(samples_number(scf, "cycles"), 22);
        assert_near(samples_number(r, "energy_ev"), -115.01775);
    }
}

static void xml_that_just_ends(void **state) {
    (void)state;
    _cleanup_json_ json_t *r =
        samples_fixture("vasp", "vasp/relax_truncated/vasprun.xml");
    samples_check_verdict(r, "geometry_optimization", "truncated", -1);
    assert_string_equal(samples_problem(r, 0), "truncated");
    assert_int_equal(samples_count(r, "steps"), 18);
    assert_near(samples_number(r, "energy_ev"), -43.39044584);
}

static void memory_that_ran_out(void **state) {
    (void)state;
    _cleanup_json_ json_t *r =
        samples_fixture("vasp", "vasp/stdout_errors/std_err.txt.oom");
    assert_string_equal(samples_text(r, "status"), "failed");
    assert_string_equal(samples_problem(r, 0), "out_of_memory");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(relaxation_of_version_5_2),
        cmocka_unit_test(spin_in_version_6_2),
        cmocka_unit_test(nelm_that_version_5_4_passes_over_in_silence),
        cmocka_unit_test(finite_displacements),
        cmocka_unit_test(linear_response_behind_the_scf),
        cmocka_unit_test(xml_that_just_ends),
        cmocka_unit_test(memory_that_ran_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
