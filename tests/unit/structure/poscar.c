/* POSCAR of either version. */
#include "structure/poscar.h"

#include "reading.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define CUBE "4 0 0\n0 4 0\n0 0 4\n"

static void positions_are_direct_or_cartesian(void **state) {
    (void)state;
    _cleanup_structure_ struct structure got = STRUCTURE_NULL;
    reading_ok(poscar_read, "salt\n1.0\n" CUBE "Na Cl\n1 1\nDirect\n0 0 0\n.5 .5 .25\n",
               &got);
    assert_string_equal(got.title, "salt");
    assert_int_equal(got.periodic, 3);
    assert_int_equal(got.n_atoms, 2);
    assert_int_equal(got.n_notes, 0);
    reading_cell(&got, 4, 4, 4, 90, 90, 90);
    reading_atom(&got, 1, "Cl", 2, 2, 1);
    reading_ok(poscar_read, "salt\n2.0\n" CUBE "Na Cl\n1 1\nKart\n0 0 0\n.5 .5 .25\n",
               &got);
    reading_cell(&got, 8, 8, 8, 90, 90, 90);
    reading_atom(&got, 1, "Cl", 1, 1, 0.5);
}

static void a_negative_scale_is_the_volume_of_the_cell(void **state) {
    (void)state;
    _cleanup_structure_ struct structure got = STRUCTURE_NULL;
    reading_ok(poscar_read, "t\n-125\n1 0 0\n0 1 0\n0 0 1\nH\n1\nC\n.5 0 0\n", &got);
    reading_cell(&got, 5, 5, 5, 90, 90, 90);
    reading_atom(&got, 0, "H", 2.5, 0, 0);
}

static void three_scale_factors_are_for_x_y_and_z(void **state) {
    (void)state;
    _cleanup_structure_ struct structure got = STRUCTURE_NULL;
    reading_ok(poscar_read, "t\n1 2 3\n1 0 0\n0 1 0\n0 0 1\nH\n1\nC\n.5 .5 .5\n", &got);
    reading_cell(&got, 1, 2, 3, 90, 90, 90);
    reading_atom(&got, 0, "H", 0.5, 1, 1.5);
}

static void flags_and_what_follows_the_positions_are_passed_over(void **state) {
    (void)state;
    _cleanup_structure_ struct structure got = STRUCTURE_NULL;
    reading_ok(poscar_read,
               "t\r\n1\r\n" CUBE "Si_pv O/0f3a\r\n1 1 ! two\r\nSelective dynamics\r\n"
               "direct\r\n0 0 0 T T F\r\n.5 .5 .5 F F F O2\r\n\r\n0 0 0\n0 0 0\n",
               &got);
    assert_int_equal(got.n_atoms, 2);
    reading_atom(&got, 0, "Si", 0, 0, 0);
    reading_atom(&got, 1, "O", 2, 2, 2);
}

static void in_version_4_elements_stand_behind_positions_or_in_the_title(void **state) {
    (void)state;
    _cleanup_structure_ struct structure got = STRUCTURE_NULL;
    reading_ok(poscar_read, "x\n1\n" CUBE "1 1\nDirect\n0 0 0 Fe\n.5 .5 .5 F\n", &got);
    reading_atom(&got, 0, "Fe", 0, 0, 0);
    reading_atom(&got, 1, "F", 2, 2, 2);
    assert_int_equal(got.n_notes, 0);
    reading_ok(poscar_read,
               "x\n1\n" CUBE "1 1\nSel\nDirect\n0 0 0 F F F Fe\n.5 .5 .5 T T T F\n",
               &got);
    reading_atom(&got, 1, "F", 2, 2, 2);
    reading_ok(poscar_read, "Ga1 As2\n1\n" CUBE "1 2\nD\n0 0 0\n.5 .5 .5\n0 .5 0\n",
               &got);
    reading_atom(&got, 0, "Ga", 0, 0, 0);
    reading_atom(&got, 2, "As", 0, 2, 0);
    assert_string_equal(
        got.notes[0], "the elements are taken from the title (a POSCAR of version 4)");
    reading_ok(poscar_read, "something\n1\n" CUBE "1\nD\n0 0 0\n", &got);
    reading_atom(&got, 0, "X", 0, 0, 0);
    assert_non_null(strstr(got.notes[0], "the elements are not known"));
}

static void many_species_take_several_lines(void **state) {
    (void)state;
    _cleanup_structure_ struct structure got = STRUCTURE_NULL;
    reading_ok(poscar_read,
               "t\n1\n" CUBE "H He\nLi\n1 1\n 1\nD\n0 0 0\n.5 0 0\n0 .5 0\n", &got);
    assert_int_equal(got.n_atoms, 3);
    reading_atom(&got, 2, "Li", 0, 2, 0);
}

static void more_positions_than_atoms_are_told(void **state) {
    (void)state;
    _cleanup_structure_ struct structure got = STRUCTURE_NULL;
    reading_ok(poscar_read, "t\n1\n" CUBE "H\n1\nD\n0 0 0\n.5 0 0\n", &got);
    assert_string_equal(got.notes[0],
                        "line 10 looks like one more position; the numbers "
                        "of atoms are 1 together");
    reading_ok(poscar_read, "t\n1\n" CUBE "H\n1\nD\n0 0 0\n\n.5 0 0\n", &got);
    assert_int_equal(got.n_notes, 0);
}

static void species_that_are_not_named_stay_apart_when_written(void **state) {
    (void)state;
    _cleanup_structure_ struct structure got = STRUCTURE_NULL;
    _cleanup_buf_ struct buf out = BUF_NULL;
    reading_ok(poscar_read, "t\n1\n" CUBE "1 2\nD\n0 0 0\n.5 .5 .5\n0 .5 0\n", &got);
    assert_int_equal(poscar_write(&got, &out), 0);
    _cleanup_free_ char *text = buf_take_string(&out);
    assert_non_null(strstr(text, "\n    X    X\n    1    2\n"));
}

static void a_mistake_is_told_with_its_line(void **state) {
    (void)state;
    reading_refused(poscar_read, "", "f:1: the file is empty");
    reading_refused(
        poscar_read, "t\nabc\n",
        "f:2: the scale is expected here: a number (negative: the volume of "
        "the cell), or three");
    reading_refused(poscar_read, "t\n0\n" CUBE,
                    "f:2: a scale of 0 leaves no cell; write 1.0 for vectors in "
                    "angstrom");
    reading_refused(poscar_read, "t\n5,64\n" CUBE "H\n1\nD\n0 0 0\n",
                    "f:2: of a number with a comma VASP reads what stands before it; "
                    "write a point");
    reading_refused(poscar_read, "t\n1\n" CUBE "H\n1\nD\n0 \u2212.5 0\n",
                    "f:9: a position is expected here, three numbers (atom 1), not \"0 "
                    "\u2212.5 0\"; U+2212 in it looks like - and is not, type it anew");
    reading_refused(poscar_read, "t\n1 -2 3\n" CUBE,
                    "f:2: three scale factors are all greater than 0");
    reading_refused(poscar_read, "t\n1\n4 0 0\n0 4\n",
                    "f:4: a vector of the cell is expected here: three numbers");
    reading_refused(poscar_read, "t\n1\n4 0 0\n4 0 0\n0 0 4\nH\n1\nD\n0 0 0\n",
                    "f:5: the three vectors above span no volume");
    reading_refused(poscar_read, "t\n1\n" CUBE "\n",
                    "f:6: the symbols of the species, or the numbers of their atoms, "
                    "are expected here");
    reading_refused(poscar_read, "t\n1\n" CUBE "H O\n1.5\n",
                    "f:7: the numbers of atoms are expected here, one for each species "
                    "above");
    reading_refused(poscar_read, "t\n1\n" CUBE "H O\n1\n",
                    "f:7: 1 numbers of atoms for the 2 species named above");
    reading_refused(poscar_read, "t\n1\n" CUBE "H\n1\n0 0 0\n",
                    "f:8: \"Direct\" or \"Cartesian\" is expected here");
    reading_refused(poscar_read, "t\n1\n" CUBE "H\n2\nD\n0 0 0\n",
                    "f:10: a position is expected here, three numbers (atom 2)");
    reading_refused(poscar_read, "t\n1\n" CUBE "H\n999999999\nD\n0 0 0\n",
                    "f:10: a position is expected here, three numbers (atom 2)");
}

static void it_is_recognised_by_numbers_and_what_follows_the_cell(void **state) {
    (void)state;
    const char *good[] = {"t\n1\n" CUBE "H\n1\n", "t\n1 1 1\n" CUBE "1 2\n",
                          "\n-20.5\n" CUBE "Si"};
    const char *bad[] = {"",
                         "t\n",
                         "t\n1\n4 0 0\n",
                         "t\nx\n" CUBE "H\n",
                         "t\n1\n" CUBE "0.5 1\n",
                         "t\n1\n" CUBE};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        assert_true(poscar_recognise(good[i], strlen(good[i])));
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_false(poscar_recognise(bad[i], strlen(bad[i])));
    }
}

static void hostile_bytes_and_missing_memory_are_survived(void **state) {
    (void)state;
    reading_hostile(poscar_read, "Ga As\n1.0\n" CUBE
                                 "1 2\nSel\nDirect\n0 0 0 T T F\n.5 .5 .5\n0 .5 0\n");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(positions_are_direct_or_cartesian),
        cmocka_unit_test(a_negative_scale_is_the_volume_of_the_cell),
        cmocka_unit_test(three_scale_factors_are_for_x_y_and_z),
        cmocka_unit_test(flags_and_what_follows_the_positions_are_passed_over),
        cmocka_unit_test(in_version_4_elements_stand_behind_positions_or_in_the_title),
        cmocka_unit_test(many_species_take_several_lines),
        cmocka_unit_test(more_positions_than_atoms_are_told),
        cmocka_unit_test(species_that_are_not_named_stay_apart_when_written),
        cmocka_unit_test(a_mistake_is_told_with_its_line),
        cmocka_unit_test(it_is_recognised_by_numbers_and_what_follows_the_cell),
        cmocka_unit_test(hostile_bytes_and_missing_memory_are_survived),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
