/* Space groups of structures, and the tables of settings. */
#include "structure/symmetry.h"

#include "reading.h"
#include "structure/poscar.h"
#include "support/alloc_fault.h"

#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define SILICON                                                                        \
    "Si\n5.43\n0 .5 .5\n.5 0 .5\n.5 .5 0\nSi\n2\nDirect\n0 0 0\n.25 .25 .25\n"

static void the_space_group_of_silicon_is_found(void **state) {
    (void)state;
    _cleanup_structure_ struct structure silicon = STRUCTURE_NULL;
    struct symmetry found;
    reading_ok(poscar_read, SILICON, &silicon);
    assert_int_equal(symmetry_find(&silicon, SYMMETRY_PRECISION, &found, NULL), 0);
    assert_int_equal(found.number, 227);
    assert_string_equal(found.symbol, "Fd-3m");
    assert_string_equal(found.point_group, "m-3m");
}

static void species_without_names_are_told_apart(void **state) {
    (void)state;
    _cleanup_structure_ struct structure nameless = STRUCTURE_NULL;
    struct symmetry found;
    reading_ok(poscar_read,
               "of version 4\n5.6\n0 .5 .5\n.5 0 .5\n.5 .5 0\n1 1\nDirect\n0 0 0\n"
               ".25 .25 .25\n",
               &nameless);
    assert_int_equal(symmetry_find(&nameless, SYMMETRY_PRECISION, &found, NULL), 0);
    assert_string_equal(found.symbol, "F-43m");
}

static void species_without_names_stay_apart_in_the_standard_cell(void **state) {
    (void)state;
    _cleanup_structure_ struct structure nameless = STRUCTURE_NULL;
    _cleanup_structure_ struct structure standard = STRUCTURE_NULL;
    struct symmetry found;
    reading_ok(poscar_read,
               "of version 4\n4.2\n1 0 0\n0 1 0\n0 0 1\n1 1\nDirect\n0 0 0\n.5 .5 .5\n",
               &nameless);
    assert_int_equal(
        symmetry_standard(&nameless, SYMMETRY_PRECISION, false, &standard, NULL), 0);
    assert_string_equal(standard.atoms[0].element, "X");
    assert_int_equal(symmetry_find(&standard, SYMMETRY_PRECISION, &found, NULL), 0);
    assert_string_equal(found.symbol, "Pm-3m");
}

static void equivalent_atoms_share_a_site(void **state) {
    (void)state;
    _cleanup_structure_ struct structure perovskite = STRUCTURE_NULL;
    struct symmetry found;
    struct symmetry_site sites[5];
    reading_ok(poscar_read,
               "t\n4\n1 0 0\n0 1 0\n0 0 1\nSr Ti O\n1 1 3\nDirect\n.5 .5 .5\n0 0 0\n"
               ".5 0 0\n0 .5 0\n0 0 .5\n",
               &perovskite);
    assert_int_equal(symmetry_sites(&perovskite, 0.01, &found, sites, NULL), 0);
    assert_int_equal(found.number, 221);
    static const size_t first[5] = {0, 1, 2, 2, 2};
    for (size_t i = 0; i < 5; i++) {
        assert_int_equal(sites[i].first, first[i]);
    }
    assert_string_equal(sites[0].symmetry, "m-3m");
    assert_int_equal(sites[2].wyckoff, sites[4].wyckoff);
    perovskite.periodic = 2;
    assert_int_equal(symmetry_sites(&perovskite, 0.01, &found, sites, NULL),
                     SYMMETRY_E_NONE);
}

static void the_conventional_cell_has_eight_atoms_the_primitive_two(void **state) {
    (void)state;
    _cleanup_structure_ struct structure silicon = STRUCTURE_NULL;
    _cleanup_structure_ struct structure other = STRUCTURE_NULL;
    reading_ok(poscar_read, SILICON, &silicon);
    assert_int_equal(symmetry_standard(&silicon, 0.01, false, &other, NULL), 0);
    assert_int_equal(other.n_atoms, 8);
    reading_cell(&other, 5.43, 5.43, 5.43, 90, 90, 90);
    assert_int_equal(symmetry_standard(&other, 0.01, true, &other, NULL), 0);
    assert_int_equal(other.n_atoms, 2);
}

static void what_has_no_space_group_says_why(void **state) {
    (void)state;
    _cleanup_structure_ struct structure got = STRUCTURE_NULL;
    struct symmetry found;
    struct errmsg msg = ERRMSG_NULL;
    assert_int_equal(symmetry_find(&got, 0.01, &found, &msg), SYMMETRY_E_NONE);
    assert_string_equal(msg.text,
                        "a space group needs a cell that repeats in three directions");
    reading_ok(poscar_read,
               "t\n1\n4 0 0\n0 4 0\n0 0 4\nSi\n2\nDirect\n0 0 0\n0 0 0.0001\n", &got);
    assert_int_equal(symmetry_find(&got, 0.01, &found, &msg), SYMMETRY_E_NONE);
    assert_string_equal(msg.text,
                        "spglib finds no symmetry: too close distance between atoms");
    assert_int_equal(symmetry_standard(&got, 0.01, true, &got, &msg), SYMMETRY_E_NONE);
}

static int by_number(int number, const char *choice, const char *want) {
    struct setting setting;
    int found = symmetry_by_number(number, choice);
    assert_true(symmetry_setting(found, &setting));
    assert_int_equal(setting.number, number);
    assert_string_equal(setting.choice, want);
    return found;
}

static void settings_are_found_by_number_and_choice(void **state) {
    (void)state;
    (void)by_number(227, "2", "2");
    (void)by_number(227, "", "1");
    (void)by_number(166, "", "H");
    (void)by_number(166, "R", "R");
    (void)by_number(14, "", "b1");
    (void)by_number(225, "2", "");
    assert_int_equal(symmetry_by_number(0, ""), 0);
    assert_int_equal(symmetry_by_number(231, ""), 0);
}

static void by_symbol(const char *symbol, const char *choice, int number,
                      const char *want) {
    struct setting setting;
    int found = symmetry_by_symbol(symbol, choice);
    if (!symmetry_setting(found, &setting)) {
        fail_msg("%s is not found", symbol);
    }
    assert_int_equal(setting.number, number);
    assert_string_equal(setting.choice, want);
}

static void settings_are_found_by_symbols_as_people_write_them(void **state) {
    (void)state;
    by_symbol("F m -3 m", "", 225, "");
    by_symbol("Fm-3m", "", 225, "");
    by_symbol("F M 3 M", "", 225, "");
    by_symbol("P 21/c", "", 14, "b1");
    by_symbol("P 1 21/c 1", "", 14, "b1");
    by_symbol("P2_1/n", "", 14, "b2");
    by_symbol("P2(1)/c", "", 14, "b1");
    by_symbol("C 1 2/c 1", "", 15, "b1");
    by_symbol("P n m a", "", 62, "");
    by_symbol("P b n m", "", 62, "cab");
    by_symbol("C m c a", "", 64, "");
    by_symbol("C m c e", "", 64, "");
    by_symbol("A b m 2", "", 39, "");
    by_symbol("C m m a", "", 67, "");
    by_symbol("C m m b", "", 67, "ba-c");
    by_symbol("C c c a", "2", 68, "2");
    by_symbol("F d -3 m :2", "", 227, "2");
    by_symbol("F d -3 m", "2", 227, "2");
    by_symbol("F d -3 m Z", "", 227, "2");
    by_symbol("R -3 m :R", "", 166, "R");
    by_symbol("R -3 m", "", 166, "H");
    by_symbol("-P 2ybc", "", 14, "b1");
    by_symbol("F 4d 2 3 -1d", "", 227, "1");
    assert_int_equal(symmetry_by_symbol("", ""), 0);
    assert_int_equal(symmetry_by_symbol("Q 17", ""), 0);
}

static void a_setting_has_all_its_operations(void **state) {
    (void)state;
    struct setting setting;
    assert_true(symmetry_setting(symmetry_by_number(225, ""), &setting));
    assert_int_equal(setting.n, 192);
    assert_false(symmetry_setting(0, &setting));
    assert_false(symmetry_setting(531, &setting));
}

static int attempt(void *data) {
    struct symmetry found;
    return symmetry_find(data, 0.01, &found, NULL);
}

static void without_memory_for_the_atoms_nothing_is_found(void **state) {
    (void)state;
    _cleanup_structure_ struct structure silicon = STRUCTURE_NULL;
    reading_ok(poscar_read, SILICON, &silicon);
    /* Those of spglib, a shared library, are not counted. */
    assert_int_equal(alloc_fault_sweep(attempt, &silicon, -ENOMEM), 2);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_space_group_of_silicon_is_found),
        cmocka_unit_test(species_without_names_are_told_apart),
        cmocka_unit_test(species_without_names_stay_apart_in_the_standard_cell),
        cmocka_unit_test(equivalent_atoms_share_a_site),
        cmocka_unit_test(the_conventional_cell_has_eight_atoms_the_primitive_two),
        cmocka_unit_test(what_has_no_space_group_says_why),
        cmocka_unit_test(settings_are_found_by_number_and_choice),
        cmocka_unit_test(settings_are_found_by_symbols_as_people_write_them),
        cmocka_unit_test(a_setting_has_all_its_operations),
        cmocka_unit_test(without_memory_for_the_atoms_nothing_is_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
