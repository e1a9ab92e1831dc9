/* Cell parameters and formulae. */
#include "structure/cell.h"

#include "base/cleanup.h"
#include "support/alloc_fault.h"

#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define assert_near(got, want) assert_float_equal(got, want, 1.0e-5)

static void a_cubic_cell_has_equal_edges_and_right_angles(void **state) {
    (void)state;
    struct cell cell = {{{4, 0, 0}, {0, 4, 0}, {0, 0, 4}}};
    struct cell_parameters p = cell_parameters(&cell);
    assert_near(p.a, 4);
    assert_near(p.b, 4);
    assert_near(p.c, 4);
    assert_near(p.alpha, 90);
    assert_near(p.beta, 90);
    assert_near(p.gamma, 90);
    assert_near(p.volume, 64);
}

static void each_angle_lies_between_the_other_two_vectors(void **state) {
    (void)state;
    /* b and c 60 degrees apart, c and a 90, a and b 120 */
    struct cell cell = {{{2, 0, 0}, {-1.5, 1.5 * sqrt(3), 0}, {0, 0, 0}}};
    double y = cos(M_PI / 3) / cos(M_PI / 6); /* c·b/|b| = cos 60 with c·a = 0 */
    cell.vector[2][1] = 5 * y;
    cell.vector[2][2] = 5 * sqrt(1 - y * y);
    struct cell_parameters p = cell_parameters(&cell);
    assert_near(p.a, 2);
    assert_near(p.b, 3);
    assert_near(p.c, 5);
    assert_near(p.alpha, 60);
    assert_near(p.beta, 90);
    assert_near(p.gamma, 120);
}

static void a_left_handed_cell_has_a_positive_volume(void **state) {
    (void)state;
    struct cell cell = {{{0, 1, 0}, {1, 0, 0}, {0, 0, 1}}};
    assert_near(cell_parameters(&cell).volume, 1);
}

static void the_angle_to_a_vector_without_length_is_unknown(void **state) {
    (void)state;
    struct cell cell = {{{0, 0, 0}, {0, 1, 0}, {0, 0, 1}}};
    struct cell_parameters p = cell_parameters(&cell);
    assert_near(p.a, 0);
    assert_near(p.alpha, 90);
    assert_true(isnan(p.beta));
    assert_true(isnan(p.gamma));
}

static void check_formula(const char *elements, const char *want) {
    struct atom atoms[32] = {0};
    size_t n = 0;
    while (*elements) {
        size_t length = strcspn(elements, " ");
        memcpy(atoms[n++].element, elements, length);
        elements += length + (elements[length] ? 1 : 0);
    }
    _cleanup_free_ char *formula = cell_formula(atoms, n);
    assert_string_equal(formula, want);
}

static void carbon_and_hydrogen_come_first_in_organic_matter(void **state) {
    (void)state;
    check_formula("H O C H H H", "CH4O");
    check_formula("N C Br", "CBrN");
}

static void without_carbon_the_alphabet_decides(void **state) {
    (void)state;
    check_formula("Si O O", "O2Si");
    check_formula("H Cl", "ClH");
    check_formula("Si Si", "Si2");
    check_formula("Ti Ba O O O", "BaO3Ti");
}

static void no_atoms_have_an_empty_formula(void **state) {
    (void)state;
    check_formula("", "");
}

static int make_formula(void *data) {
    struct atom atoms[2] = {{.element = "Si"}, {.element = "O"}};
    (void)data;
    _cleanup_free_ char *formula = cell_formula(atoms, 2);
    return formula ? 0 : -ENOMEM;
}

static void a_formula_without_memory_is_null(void **state) {
    (void)state;
    assert_true(alloc_fault_sweep(make_formula, NULL, -ENOMEM) > 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_cubic_cell_has_equal_edges_and_right_angles),
        cmocka_unit_test(each_angle_lies_between_the_other_two_vectors),
        cmocka_unit_test(a_left_handed_cell_has_a_positive_volume),
        cmocka_unit_test(the_angle_to_a_vector_without_length_is_unknown),
        cmocka_unit_test(carbon_and_hydrogen_come_first_in_organic_matter),
        cmocka_unit_test(without_carbon_the_alphabet_decides),
        cmocka_unit_test(no_atoms_have_an_empty_formula),
        cmocka_unit_test(a_formula_without_memory_is_null),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
