/* What is read from pw.x's XML: the one that the run of a sample left beside its
 * output, which must tell the same, and the corners that it does not have. */
#include "samples.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define HARTREE 27.211386245988
#define BOHR 0.529177210903

#define assert_near(got, want) assert_close(got, want, 1.0e-5)

/* Numbers of the standard output have as many digits as it prints. */
static void check_same(const json_t *out, const json_t *xml, const char *key,
                       double digits) {
    assert_close(samples_number(xml, key), samples_number(out, key), digits);
}

static void the_xml_tells_what_the_output_tells(void **state) {
    (void)state;
    _cleanup_json_ json_t *out = samples_scan_own("si_relax.out");
    _cleanup_json_ json_t *xml = samples_scan_own("si_relax.xml");
    static const char *const same[] = {"code",   "version", "calculation", "status",
                                       "natoms", "formula", "converged",   "problems"};
    for (size_t i = 0; i < sizeof(same) / sizeof(*same); i++) {
        assert_true(
            json_equal(json_object_get(out, same[i]), json_object_get(xml, same[i])));
    }
    check_same(out, xml, "energy_ev", 1.0e-7);
    check_same(out, xml, "vbm_ev", 6.0e-5);
    check_same(out, xml, "pressure_gpa", 6.0e-4);
    check_same(out, xml, "max_force_ev_per_ang", 4.0e-7);
    assert_true(samples_is_null(out, "fermi_ev") && samples_is_null(xml, "fermi_ev"));
    check_same(json_object_get(out, "cell"), json_object_get(xml, "cell"), "volume",
               1.0e-3);
    for (size_t i = 0; i < 6; i++) {
        assert_close(json_number_value(samples_item(xml, "stress_gpa", i)),
                     json_number_value(samples_item(out, "stress_gpa", i)), 6.0e-4);
    }
}

static void the_xml_tells_of_every_geometry(void **state) {
    (void)state;
    _cleanup_json_ json_t *out = samples_scan_own("si_relax.out");
    _cleanup_json_ json_t *xml = samples_scan_own("si_relax.xml");
    size_t n = json_array_size(json_object_get(out, "steps"));
    assert_true(n > 1);
    assert_int_equal(json_array_size(json_object_get(xml, "steps")), n);
    assert_int_equal(json_array_size(json_object_get(xml, "scf")), n);
    for (size_t i = 0; i < n; i++) {
        check_same(samples_item(out, "steps", i), samples_item(xml, "steps", i),
                   "energy_ev", 1.0e-7);
        check_same(samples_item(out, "steps", i), samples_item(xml, "steps", i),
                   "max_force_ev_per_ang", 4.0e-7);
        check_same(samples_item(out, "scf", i), samples_item(xml, "scf", i), "cycles",
                   0);
        check_same(samples_item(out, "scf", i), samples_item(xml, "scf", i),
                   "final_energy_ev", 1.0e-7);
        check_same(samples_item(out, "scf", i), samples_item(xml, "scf", i),
                   "final_accuracy_ev", 1.0e-7);
    }
    for (size_t i = 0; i < 2; i++) {
        check_same(samples_item(out, "atoms", i), samples_item(xml, "atoms", i), "x",
                   2.0e-7);
        check_same(samples_item(out, "atoms", i), samples_item(xml, "atoms", i), "z",
                   2.0e-7);
    }
}

/* ---- corners ---- */

#define HEAD(calculation)                                                              \
    "<?xml version=\"1.0\"?>\n<qes:espresso xmlns:qes=\"q\"><general_info>"            \
    "<creator NAME=\"PWSCF\" VERSION=\"7.2\">x</creator></general_info>\n<input>"      \
    "<control_variables><calculation>" calculation                                     \
    "</calculation></control_variables><electron_control><conv_thr>1.0e-6"             \
    "</conv_thr></electron_control></input>\n"
#define CONV(achieved, error)                                                          \
    "<scf_conv><convergence_achieved>" achieved                                        \
    "</convergence_achieved><n_scf_steps>7</n_scf_steps><scf_error>" error             \
    "</scf_error></scf_conv>\n"
#define ENERGY(value) "<total_energy><etot>" value "</etot></total_energy>\n"
#define TAIL "</output></qes:espresso>\n"
#define BANDS_OF(head, first, second)                                                  \
    "<band_structure>" head "<ks_energies><eigenvalues>" first                         \
    "</eigenvalues></ks_energies><ks_energies><eigenvalues>" second                    \
    "</eigenvalues></ks_energies></band_structure>"

static void an_scf_yields_its_energy(void **state) {
    (void)state;
    _cleanup_json_ json_t *r =
        samples_scan_text(HEAD("scf") "<output>" CONV("true", "1e-9") ENERGY(
            "-1.5") "<timing_info><total label=\"PWSCF\"><cpu>1.5</cpu><wall>2.5</wall>"
                    "</total><partial><cpu>9</cpu></partial></timing_info>" TAIL);
    samples_check_verdict(r, "scf", "finished", 1);
    assert_near(samples_number(r, "energy_ev"), -1.5 * HARTREE);
    assert_near(samples_number(json_object_get(r, "energy"), "value"), -1.5);
    assert_string_equal(samples_text(json_object_get(r, "energy"), "unit"), "Ha");
    assert_near(samples_number(r, "wall_seconds"), 2.5);
    assert_near(samples_number(r, "cpu_seconds"), 1.5);
    assert_true(samples_is_null(r, "stress_gpa") &&
                samples_is_null(r, "max_force_ev_per_ang"));
}

static void an_scf_that_is_not_converged_has_no_energy(void **state) {
    (void)state;
    _cleanup_json_ json_t *r = samples_scan_text(
        HEAD("scf") "<output>" CONV("false", "1e-3") ENERGY("-1.5") TAIL);
    samples_check_verdict(r, "scf", "finished", 0);
    assert_true(samples_is_null(r, "energy_ev"));
    assert_string_equal(samples_problem(r, 0), "scf_not_converged");
}

static void an_error_above_the_threshold_is_no_convergence(void **state) {
    (void)state;
    _cleanup_json_ json_t *r = samples_scan_text(
        HEAD("scf") "<output>" CONV("true", "1e-3") ENERGY("-1.5") TAIL);
    samples_check_verdict(r, "scf", "finished", 0);
    assert_near(samples_number(r, "energy_ev"), -1.5 * HARTREE);
    assert_string_equal(samples_problem(r, 0), "scf_not_converged");
    _cleanup_json_ json_t *hybrid = samples_scan_text(
        HEAD("scf") "<output><dft><hybrid></hybrid></dft>" CONV("true", "1e-3")
            ENERGY("-1.5") TAIL);
    samples_check_verdict(hybrid, "scf", "finished", 1);
}

static void the_first_versions_are_judged_by_the_error(void **state) {
    (void)state;
    _cleanup_json_ json_t *r = samples_scan_text(
        HEAD("scf") "<output><scf_conv><n_scf_steps>5</n_scf_steps><scf_error>1e-8"
                    "</scf_error></scf_conv>" ENERGY("-1.5") TAIL);
    samples_check_verdict(r, "scf", "finished", 1);
}

static void an_optimisation_out_of_steps_is_not_converged(void **state) {
    (void)state;
    _cleanup_json_ json_t *r = samples_scan_text(
        HEAD("relax") "<step>" CONV("true", "1e-9")
            ENERGY("-1.5") "</step><output>" CONV(
                "true", "1e-9") "<opt_conv><convergence_achieved>false"
                                "</convergence_achieved></opt_conv>" ENERGY("-1.5")
                                    TAIL);
    samples_check_verdict(r, "geometry_optimization", "finished", 0);
    assert_int_equal(json_array_size(json_object_get(r, "steps")), 1);
    assert_string_equal(samples_problem(r, 0), "geometry_not_converged");
    assert_null(samples_problem(r, 1));
}

static void a_stop_on_request_is_no_fault_of_the_scf(void **state) {
    (void)state;
    _cleanup_json_ json_t *r = samples_scan_text(
        HEAD("scf") "<output>" CONV("false", "1e-3")
            ENERGY("-1.5") "</output><exit_status>255</exit_status></qes:espresso>");
    samples_check_verdict(r, "scf", "finished", 0);
    assert_string_equal(samples_problem(r, 0), "out_of_time");
    assert_null(samples_problem(r, 1));
}

static void an_scf_with_cycles_left_was_stopped(void **state) {
    (void)state;
#define CUT(most)                                                                      \
    HEAD("scf")                                                                        \
    "<input><electron_control><max_nstep>" most "</max_nstep></electron_control>"      \
    "</input><output><scf_conv><convergence_achieved>false</convergence_achieved>"     \
    "<n_scf_steps>3</n_scf_steps><scf_error>1e-3</scf_error></scf_conv>" ENERGY(       \
        "-1.5") TAIL
    _cleanup_json_ json_t *r = samples_scan_text(CUT("100"));
    samples_check_verdict(r, "scf", "finished", 0);
    assert_string_equal(samples_problem(r, 0), "out_of_time");
    assert_null(samples_problem(r, 1));
    _cleanup_json_ json_t *used_up = samples_scan_text(CUT("3"));
    assert_string_equal(samples_problem(used_up, 0), "scf_not_converged");
}

static void the_xml_of_a_step_on_the_way_is_not_that_of_the_end(void **state) {
    (void)state;
#define STEPPED(calculation)                                                           \
    HEAD(calculation)                                                                  \
    "<step>" CONV("true", "1e-9")                                                      \
        ENERGY("-1.5") "</step><output>" CONV("true", "1e-9")                          \
            ENERGY("-1.5") "</output><exit_status>255</exit_status>"                   \
                           "</qes:espresso>"
    static const char *const texts[] = {STEPPED("vc-relax"), STEPPED("md")};
    for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
        _cleanup_json_ json_t *r = samples_scan_text(texts[i]);
        assert_string_equal(samples_text(r, "status"), "truncated");
        assert_true(samples_is_null(r, "converged"));
        assert_near(samples_number(r, "energy_ev"), -1.5 * HARTREE);
        assert_string_equal(samples_problem(r, 0), "truncated");
        assert_null(samples_problem(r, 1));
    }
}

static void a_gap_is_seen_about_the_fermi_energy(void **state) {
    (void)state;
    _cleanup_json_ json_t *r = samples_scan_text(HEAD("nscf") "<output>" BANDS_OF(
        "<fermi_energy>0.2</fermi_energy>", "0.0 0.1\n 0.3", "0.05 0.15 0.4") TAIL);
    samples_check_verdict(r, "nscf", "finished", 1);
    assert_near(samples_number(r, "fermi_ev"), 0.2 * HARTREE);
    assert_near(samples_number(r, "vbm_ev"), 0.15 * HARTREE);
    assert_near(samples_number(r, "cbm_ev"), 0.3 * HARTREE);
    assert_near(samples_number(r, "gap_ev"), 0.15 * HARTREE);
}

static void a_band_that_crosses_the_fermi_energy_closes_the_gap(void **state) {
    (void)state;
    _cleanup_json_ json_t *r = samples_scan_text(HEAD("nscf") "<output>" BANDS_OF(
        "<fermi_energy>0.2</fermi_energy>", "0.0 0.1 0.3", "0.0 0.25 0.4") TAIL);
    assert_near(samples_number(r, "gap_ev"), 0);
    assert_true(samples_is_null(r, "vbm_ev") && samples_is_null(r, "cbm_ev"));
    /* One level more of one spin, one less of the other. */
    _cleanup_json_ json_t *spins = samples_scan_text(HEAD("nscf") "<output>" BANDS_OF(
        "<nbnd_up>2</nbnd_up><fermi_energy>0.2</fermi_energy>", "0.0 0.1 0.1 0.3",
        "0.0 0.3 0.1 0.15") TAIL);
    assert_near(samples_number(spins, "gap_ev"), 0);
}

static void half_full_levels_and_no_numbers_leave_the_gap_unknown(void **state) {
    (void)state;
    _cleanup_json_ json_t *r = samples_scan_text(
        HEAD("nscf") "<output><band_structure><fermi_energy>0.2</fermi_energy>"
                     "<ks_energies><eigenvalues>0.1 0.2 0.3</eigenvalues>"
                     "<occupations>1 0.5 0</occupations></ks_energies>"
                     "</band_structure>" TAIL);
    assert_true(samples_is_null(r, "gap_ev"));
    _cleanup_json_ json_t *wrong = samples_scan_text(HEAD("nscf") "<output>" BANDS_OF(
        "<fermi_energy>0.2</fermi_energy>", "0.0 **** 0.3", "0.0 0.1 0.4") TAIL);
    assert_true(samples_is_null(wrong, "gap_ev"));
    assert_near(samples_number(wrong, "fermi_ev"), 0.2 * HARTREE);
}

static void forces_that_are_no_numbers_are_unknown(void **state) {
    (void)state;
    _cleanup_json_ json_t *r =
        samples_scan_text(HEAD("scf") "<output>" CONV("true", "1e-9") ENERGY(
            "-1.5") "<forces>\n 0 3e-2 4e-2\n 0 NaN 0\n</forces><stress>0 0 0 0 0 0 "
                    "0 0 0</stress>" TAIL);
    assert_true(samples_is_null(r, "max_force_ev_per_ang") &&
                samples_is_null(r, "stress_gpa"));
    _cleanup_json_ json_t *known = samples_scan_text(
        HEAD("scf") "<output>" CONV("true", "1e-9")
            ENERGY("-1.5") "<forces>\n 0 3e-2 4e-2\n 0 0 1e-2\n</forces>" TAIL);
    assert_near(samples_number(known, "max_force_ev_per_ang"), 5e-2 * HARTREE / BOHR);
}

static void moments_are_those_of_spins(void **state) {
    (void)state;
#define MOMENT(lsda, more)                                                             \
    HEAD("scf")                                                                        \
    "<output>" CONV("true", "1e-9") "<magnetization><lsda>" lsda                       \
                                    "</lsda><total>1.5</total>" more                   \
                                    "</magnetization>" TAIL
    _cleanup_json_ json_t *spin = samples_scan_text(MOMENT("true", ""));
    assert_near(samples_number(spin, "magnetization_mub"), 1.5);
    /* Of non-collinear runs early versions leave nothing in it. */
    _cleanup_json_ json_t *none = samples_scan_text(MOMENT("false", ""));
    assert_true(samples_is_null(none, "magnetization_mub"));
    _cleanup_json_ json_t *vector =
        samples_scan_text(MOMENT("false", "<total_vec>0.0\n 3.0 -4.0</total_vec>"));
    assert_near(samples_number(vector, "magnetization_mub"), 5);
}

/* ---- what is not whole, or not ours ---- */

static void an_xml_that_just_ends_is_truncated(void **state) {
    (void)state;
    static const char text[] =
        HEAD("scf") "<output>" CONV("true", "1e-9") ENERGY("-1.5") TAIL;
    for (size_t n = 40; n < strlen(text) - 2; n++) {
        _cleanup_json_ json_t *r = samples_scan(text, n);
        assert_string_equal(samples_text(r, "status"), "truncated");
        assert_string_equal(samples_problem(r, 0), "truncated");
        assert_true(!json_is_true(json_object_get(r, "converged")));
    }
}

static void an_xml_that_is_broken_is_read_up_to_there(void **state) {
    (void)state;
    _cleanup_json_ json_t *r = samples_scan_text(HEAD("relax") "<step>" CONV(
        "true", "1e-9") ENERGY("-1.5") "</step><output></x>");
    assert_near(samples_number(r, "energy_ev"), -1.5 * HARTREE);
    assert_string_equal(samples_problem(r, 0), "read_error");
    assert_null(samples_problem(r, 1));
    _cleanup_json_ json_t *doctype = samples_scan_text(
        "<?xml version='1.0'?><!DOCTYPE m [<!ENTITY a 'ha'>]><espresso>&a;</espresso>");
    assert_string_equal(samples_problem(doctype, 0), "read_error");
}

/* As ph.x and open_grid.x leave it. */
static void where_no_scf_was_made_none_is_told(void **state) {
    (void)state;
#define NO_SCF(achieved)                                                               \
    "<?xml version=\"1.0\"?>\n<qes:espresso xmlns:qes=\"q\"><general_info>"            \
    "<creator NAME=\"PWSCF\" VERSION=\"7.2\">x</creator></general_info>\n<output>"     \
    "<scf_conv><convergence_achieved>" achieved                                        \
    "</convergence_achieved><n_scf_steps>0</n_scf_steps><scf_error>0.0</scf_error>"    \
    "</scf_conv>\n" ENERGY("0.0e0") TAIL
    static const char *const texts[] = {NO_SCF("true"), NO_SCF("false")};
#undef NO_SCF
    for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
        _cleanup_json_ json_t *r = samples_scan_text(texts[i]);
        assert_true(samples_is_null(r, "energy_ev"));
        assert_true(samples_is_null(r, "converged"));
        assert_int_equal(samples_count(r, "scf"), 0);
        assert_int_equal(samples_count(r, "problems"), 0);
    }
}

static void it_is_known_by_who_wrote_it(void **state) {
    (void)state;
    const char *ours = HEAD("scf");
    const struct code *code = code_of_output(ours, strlen(ours));
    assert_non_null(code);
    assert_string_equal(code_name(code), "quantum_espresso");
    const char *cp = "<?xml version=\"1.0\"?>\n<qes:espresso><general_info>"
                     "<creator NAME=\"CP\" VERSION=\"7.2\">x</creator></general_info>";
    assert_null(code_of_output(cp, strlen(cp)));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_xml_tells_what_the_output_tells),
        cmocka_unit_test(the_xml_tells_of_every_geometry),
        cmocka_unit_test(an_scf_yields_its_energy),
        cmocka_unit_test(an_scf_that_is_not_converged_has_no_energy),
        cmocka_unit_test(an_error_above_the_threshold_is_no_convergence),
        cmocka_unit_test(the_first_versions_are_judged_by_the_error),
        cmocka_unit_test(an_optimisation_out_of_steps_is_not_converged),
        cmocka_unit_test(a_stop_on_request_is_no_fault_of_the_scf),
        cmocka_unit_test(an_scf_with_cycles_left_was_stopped),
        cmocka_unit_test(the_xml_of_a_step_on_the_way_is_not_that_of_the_end),
        cmocka_unit_test(a_gap_is_seen_about_the_fermi_energy),
        cmocka_unit_test(a_band_that_crosses_the_fermi_energy_closes_the_gap),
        cmocka_unit_test(half_full_levels_and_no_numbers_leave_the_gap_unknown),
        cmocka_unit_test(forces_that_are_no_numbers_are_unknown),
        cmocka_unit_test(moments_are_those_of_spins),
        cmocka_unit_test(an_xml_that_just_ends_is_truncated),
        cmocka_unit_test(an_xml_that_is_broken_is_read_up_to_there),
        cmocka_unit_test(where_no_scf_was_made_none_is_told),
        cmocka_unit_test(it_is_known_by_who_wrote_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
