/* XYZ, plain and extended. */
#include "structure/xyz.h"

#include "reading.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void a_plain_file_is_a_molecule(void **state) {
    (void)state;
    _cleanup_structure_ struct structure got = STRUCTURE_NULL;
    reading_ok(xyz_read, "3\n water\nO 0 0 0\n H 0.76 0.59 0 0.1\n1 -0.76 0.59 0\n\n",
               &got);
    assert_int_equal(got.periodic, 0);
    assert_string_equal(got.title, "water");
    assert_int_equal(got.n_atoms, 3);
    reading_atom(&got, 1, "H", 0.76, 0.59, 0);
    reading_atom(&got, 2, "H", -0.76, 0.59, 0);
}

static void the_comment_of_an_extended_one_has_the_cell(void **state) {
    (void)state;
    _cleanup_structure_ struct structure got = STRUCTURE_NULL;
    reading_ok(xyz_read,
               "1\nenergy=-3.5 Lattice=\"4 0 0 0 5 0 0 0 6\" "
               "Properties=id:I:1:species:S:1:forces:R:3:pos:R:3 pbc=\"T T T\"\n"
               "7 Si 9 9 9 1 2 3\n",
               &got);
    assert_int_equal(got.periodic, 3);
    reading_cell(&got, 4, 5, 6, 90, 90, 90);
    reading_atom(&got, 0, "Si", 1, 2, 3);
    reading_ok(xyz_read, "1\nLattice=\"4 0 0 0 5 0 0 0 6\" pbc=\"T T F\"\nH 0 0 0\n",
               &got);
    assert_int_equal(got.periodic, 2);
    reading_ok(xyz_read,
               "1\nLattice=\"4, 0, 0 0, 5, 0 0, 0, 6\" pbc=[T, T, F]\nH 0 0 0\n", &got);
    assert_int_equal(got.periodic, 2);
    reading_ok(xyz_read, "1\nLattice=[[4, 0, 0], [0, 5, 0], [0, 0, 6]] a=1\nH 0 0 0\n",
               &got);
    reading_cell(&got, 4, 5, 6, 90, 90, 90);
    reading_ok(xyz_read, "1\nLattice=\"4 0 0 0 5 0 0 0 6\" pbc=\"F T F\"\nH 0 0 0\n",
               &got);
    assert_int_equal(got.periodic, 3);
    assert_int_equal(got.n_notes, 1);
}

static void of_several_frames_the_last_one_counts(void **state) {
    (void)state;
    _cleanup_structure_ struct structure got = STRUCTURE_NULL;
    reading_ok(xyz_read, "1\na\nH 0 0 0\n2\nb\nO 1 0 0\nO 0 1 0\n", &got);
    assert_int_equal(got.n_atoms, 2);
    assert_string_equal(got.title, "b");
    assert_string_equal(got.notes[0], "the last of 2 frames");
}

static void a_mistake_is_told_with_its_line(void **state) {
    (void)state;
    reading_refused(xyz_read, "", "f: the file is empty");
    reading_refused(xyz_read, "H 0 0 0\n", "f:1: the number of atoms is expected here");
    reading_refused(xyz_read, "-1\n\n",
                    "f:1: this is no number of atoms that can be read");
    reading_refused(xyz_read, "1\n",
                    "f:1: behind the number of atoms a line of comment is expected, be "
                    "it empty");
    reading_refused(xyz_read, "2\n\nH 0 0 0\nH 0 0\n",
                    "f:4: an atom is expected here, a symbol and three numbers (atom 2 "
                    "of this frame)");
    reading_refused(xyz_read, "1\n\nH 0 0 0\nH 1 1 1\n",
                    "f:4: more atoms than are announced, or no number of atoms for "
                    "another frame");
    reading_refused(
        xyz_read, "1\nLattice=\"1 0 0\"\nH 0 0 0\n",
        "f:2: Lattice=\"...\" takes nine numbers, the vectors one behind the "
        "other, in angstrom");
    reading_refused(xyz_read, "1\nLattice=\"1 0 0 1 0 0 0 0 1\"\nH 0 0 0\n",
                    "f:2: the three vectors of Lattice= span no volume");
    reading_refused(xyz_read, "1\nProperties=species\nH 0 0 0\n",
                    "f:2: Properties= is a list of name:type:columns, as in "
                    "species:S:1:pos:R:3");
    reading_refused(xyz_read, "1\nProperties=species:S:1\nH 0 0 0\n",
                    "f:2: Properties= names no species:S:1 and pos:R:3, which are "
                    "element and position");
}

static void it_is_recognised_by_its_count_and_first_atom(void **state) {
    (void)state;
    const char *good[] = {"1\n\nH 0 0 0\n", " 5 \nLattice=\"1\"\n"};
    const char *bad[] = {"", "1\n", "1 2\n\nH 0 0 0\n", "1\n\n0 0 0\n", "x\n\nH 0 0 0"};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        assert_true(xyz_recognise(good[i], strlen(good[i])));
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_false(xyz_recognise(bad[i], strlen(bad[i])));
    }
}

static void hostile_bytes_and_missing_memory_are_survived(void **state) {
    (void)state;
    reading_hostile(xyz_read,
                    "1\nx\nH 0 0 0\n1\nLattice=\"4 0 0 0 5 0 0 0 6\" pbc=\"F T F\" "
                    "Properties=species:S:1:pos:R:3\nSi 1 2 3\n");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_plain_file_is_a_molecule),
        cmocka_unit_test(the_comment_of_an_extended_one_has_the_cell),
        cmocka_unit_test(of_several_frames_the_last_one_counts),
        cmocka_unit_test(a_mistake_is_told_with_its_line),
        cmocka_unit_test(it_is_recognised_by_its_count_and_first_atom),
        cmocka_unit_test(hostile_bytes_and_missing_memory_are_survived),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
