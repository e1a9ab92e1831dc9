/* The lattices of pw.x: each has the edges and angles that its numbers say. */
#include "structure/bravais.h"

#include "structure/expression.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define BOHR 0.529177210903

static const double celldm[6] = {10, 1.25, 1.5, 0.1, 0.2, 0.3};

/* Volumes are those of the conventional cell divided by its lattice points. */
static void every_primitive_cell_is_its_part_of_the_conventional_one(void **state) {
    (void)state;
    static const struct {
        long ibrav;
        double points;
    } lattices[] = {{1, 1},  {2, 4},  {3, 2},   {-3, 2}, {4, 1},   {5, 1},  {-5, 1},
                    {6, 1},  {7, 2},  {8, 1},   {9, 2},  {-9, 2},  {91, 2}, {10, 4},
                    {11, 2}, {12, 1}, {-12, 1}, {13, 2}, {-13, 2}, {14, 1}};
    for (size_t i = 0; i < sizeof lattices / sizeof *lattices; i++) {
        struct cell primitive;
        struct cell whole;
        int missing = 0;
        long ibrav = lattices[i].ibrav;
        assert_int_equal(bravais_cell(ibrav, celldm, &primitive, &missing), 0);
        assert_int_equal(bravais_conventional(ibrav, celldm, &whole, &missing), 0);
        double ratio =
            cell_parameters(&whole).volume / cell_parameters(&primitive).volume;
        if (!(fabs(ratio - lattices[i].points) < 1e-9)) {
            fail_msg("ibrav %ld: %.9f", ibrav, ratio);
        }
    }
}

static void check(long ibrav, double a, double b, double c, double alpha, double beta,
                  double gamma) {
    struct cell cell;
    int missing = 0;
    assert_int_equal(bravais_cell(ibrav, celldm, &cell, &missing), 0);
    struct cell_parameters p = cell_parameters(&cell);
    assert_float_equal(p.a, a, 1e-9);
    assert_float_equal(p.b, b, 1e-9);
    assert_float_equal(p.c, c, 1e-9);
    assert_float_equal(p.alpha, alpha, 1e-9);
    assert_float_equal(p.beta, beta, 1e-9);
    assert_float_equal(p.gamma, gamma, 1e-9);
}

static double degrees(double cosine) {
    return acos(cosine) * 180 / M_PI;
}

static void edges_and_angles_are_those_asked_for(void **state) {
    (void)state;
    double a = 10 * BOHR;
    check(1, a, a, a, 90, 90, 90);
    check(2, a / sqrt(2), a / sqrt(2), a / sqrt(2), 60, 60, 60);
    check(4, a, a, 1.5 * a, 90, 90, 120);
    check(5, a, a, a, degrees(0.1), degrees(0.1), degrees(0.1));
    check(-5, a, a, a, degrees(0.1), degrees(0.1), degrees(0.1));
    check(8, a, 1.25 * a, 1.5 * a, 90, 90, 90);
    check(12, a, 1.25 * a, 1.5 * a, 90, 90, degrees(0.1));
    check(-12, a, 1.25 * a, 1.5 * a, 90, degrees(0.2), 90);
    check(14, a, 1.25 * a, 1.5 * a, degrees(0.1), degrees(0.2), degrees(0.3));
}

static void what_is_missing_or_impossible_is_named(void **state) {
    (void)state;
    struct cell cell;
    int missing = 0;
    const double bare[6] = {10, 0, 0, 0, 0, 0};
    const double skew[6] = {10, 1, 1, -0.9, -0.9, -0.9};
    assert_int_equal(bravais_cell(99, celldm, &cell, &missing), BRAVAIS_E_UNKNOWN);
    assert_int_equal(bravais_cell(4, bare, &cell, &missing), BRAVAIS_E_MISSING);
    assert_int_equal(missing, 3);
    assert_int_equal(bravais_cell(8, bare, &cell, &missing), BRAVAIS_E_MISSING);
    assert_int_equal(missing, 2);
    assert_int_equal(bravais_cell(14, skew, &cell, &missing), BRAVAIS_E_MISSING);
    assert_int_equal(missing, 4);
}

static void angstroms_and_cosines_become_celldm(void **state) {
    (void)state;
    const double abc[3] = {BOHR * 2, BOHR * 3, BOHR * 4};
    const double cosines[3] = {0.1, 0.2, 0.3};
    double got[6];
    bravais_celldm(14, abc, cosines, got);
    const double all[6] = {2, 1.5, 2, 0.3, 0.2, 0.1};
    for (int i = 0; i < 6; i++) {
        assert_float_equal(got[i], all[i], 1e-12);
    }
    bravais_celldm(-12, abc, cosines, got);
    assert_float_equal(got[4], 0.2, 1e-12);
    bravais_celldm(12, abc, cosines, got);
    assert_float_equal(got[3], 0.1, 1e-12);
}

static void groups_have_the_lattice_of_their_system(void **state) {
    (void)state;
    assert_int_equal(bravais_of_group(2, 'P', false), 14);
    assert_int_equal(bravais_of_group(14, 'P', false), 12);
    assert_int_equal(bravais_of_group(15, 'C', true), -13);
    assert_int_equal(bravais_of_group(38, 'A', false), 91);
    assert_int_equal(bravais_of_group(70, 'F', false), 10);
    assert_int_equal(bravais_of_group(136, 'P', false), 6);
    assert_int_equal(bravais_of_group(166, 'R', false), 5);
    assert_int_equal(bravais_of_group(194, 'P', false), 4);
    assert_int_equal(bravais_of_group(229, 'I', false), 3);
}

static void coordinates_may_be_sums(void **state) {
    (void)state;
    static const struct {
        const char *text;
        double value;
    } good[] = {{"1/3", 1.0 / 3},  {"-0.5", -0.5},
                {"2*(1+3)^2", 32}, {"sqrt(3)/2", 0.8660254037844386},
                {"1d-1", 0.1},     {"--1", 1},
                {"2^-1", 0.5},     {"COS(0)", 1}};
    static const char *const bad[] = {
        "",      "1/0", "1+",
        "(1",    "1)",  "x",
        "sqrt2", "1 2", "((((((((((((((((((((((((((((((((((((1"};
    double value = 0;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        assert_true(expression_value(good[i].text, strlen(good[i].text), &value));
        assert_float_equal(value, good[i].value, 1e-12);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_false(expression_value(bad[i], strlen(bad[i]), &value));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_primitive_cell_is_its_part_of_the_conventional_one),
        cmocka_unit_test(edges_and_angles_are_those_asked_for),
        cmocka_unit_test(what_is_missing_or_impossible_is_named),
        cmocka_unit_test(angstroms_and_cosines_become_celldm),
        cmocka_unit_test(groups_have_the_lattice_of_their_system),
        cmocka_unit_test(coordinates_may_be_sums),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
