/* Structures in inputs of pw.x. */
#include "codes/qe/pwx_input.h"
#include "structure/structure.h"

#include "reading.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define BOHR 0.529177210903
#define POSITIONS "ATOMIC_POSITIONS crystal\nSi1 0 0 0 1 0 0\n Si 1/4 .25 0.25 ! c\n"

static void a_lattice_by_number_takes_celldm_or_angstroms(void **state) {
    (void)state;
    _cleanup_structure_ struct structure got = STRUCTURE_NULL;
    reading_ok(pwx_structure_read,
               "&control\n/\n&system\n ibrav=2, celldm(1)=10.2, nat=2\n/\n" POSITIONS,
               &got);
    assert_int_equal(got.n_atoms, 2);
    double half = 10.2 * BOHR / 2;
    reading_atom(&got, 1, "Si", -half / 2, half / 2, half / 2);
    reading_ok(pwx_structure_read, "&SYSTEM ibrav=4 A=3 C=5 nat=2 /\n" POSITIONS, &got);
    reading_cell(&got, 3, 3, 5, 90, 90, 120);
    reading_ok(pwx_structure_read,
               "&SYSTEM ibrav=8 celldm = 10, 2*2.0 ,nat=2 odd='x' /\n" POSITIONS, &got);
    reading_cell(&got, 10 * BOHR, 20 * BOHR, 20 * BOHR, 90, 90, 90);
}

static void a_free_cell_has_units(void **state) {
    (void)state;
    static const struct {
        const char *system, *unit;
        double edge;
    } cases[] = {{"", "angstrom", 2},
                 {"", "{bohr}", 2 * BOHR},
                 {"celldm(1)=3", "alat", 6 * BOHR},
                 {"A=3", "(alat)", 6},
                 {"", "", 2 * BOHR},
                 {"A=3", "", 6}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        _cleanup_structure_ struct structure got = STRUCTURE_NULL;
        char text[512];
        (void)strcpy(text, "&system ibrav=0 nat=2 ");
        (void)strcat(text, cases[i].system);
        (void)strcat(text, "\n/\n" POSITIONS "# c\nCELL_PARAMETERS ");
        (void)strcat(text, cases[i].unit);
        (void)strcat(text, "\n2 0 0\n0,2,0\n\n0 0 2\n");
        reading_ok(pwx_structure_read, text, &got);
        double e = cases[i].edge;
        reading_cell(&got, e, e, e, 90, 90, 90);
        reading_atom(&got, 1, "Si", e / 4, e / 4, e / 4);
    }
}

static void positions_have_units(void **state) {
    (void)state;
    static const struct {
        const char *unit;
        double scale;
    } cases[] = {{"angstrom", 1}, {"bohr", BOHR}, {"alat", 4}, {"", 4}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        _cleanup_structure_ struct structure got = STRUCTURE_NULL;
        char text[256];
        (void)strcpy(text, "&system ibrav=1 A=4 nat=1 /\nATOMIC_POSITIONS ");
        (void)strcat(text, cases[i].unit);
        (void)strcat(text, "\nFe_up 0.5 -.25 1d-1\n");
        reading_ok(pwx_structure_read, text, &got);
        double s = cases[i].scale;
        reading_atom(&got, 0, "Fe", 0.5 * s, -0.25 * s, 0.1 * s);
    }
}

static void a_space_group_makes_all_atoms(void **state) {
    (void)state;
    _cleanup_structure_ struct structure got = STRUCTURE_NULL;
    reading_ok(pwx_structure_read,
               "&system space_group=136 A=4.6 C=2.95 nat=2 /\n"
               "ATOMIC_POSITIONS crystal_sg\nTi 0 0 0\nO .3053 .3053 0\n",
               &got);
    assert_int_equal(got.n_atoms, 6);
    reading_cell(&got, 4.6, 4.6, 2.95, 90, 90, 90);
    reading_ok(pwx_structure_read,
               "&system space_group=227 origin_choice=1 A=5.43 nat=1 /\n"
               "ATOMIC_POSITIONS crystal_sg\nSi 0 0 0\n",
               &got);
    assert_int_equal(got.n_atoms, 2);
    reading_ok(pwx_structure_read,
               "&system space_group=166 rhombohedral=.false. A=4.5 C=11.8 nat=1 /\n"
               "ATOMIC_POSITIONS crystal_sg\nBi 0 0 0.234\n",
               &got);
    assert_int_equal(got.n_atoms, 2);
    assert_float_equal(cell_parameters(&got.cell).volume,
                       4.5 * 4.5 * 0.8660254037844386 * 11.8 / 3, 1e-6);
}

static void a_mistake_is_told_with_its_line(void **state) {
    (void)state;
    reading_refused(pwx_structure_read, "&system\n nat=1\n/\n" POSITIONS,
                    "f:1: &system has no ibrav (the Bravais lattice)");
    reading_refused(
        pwx_structure_read, "\n&system ibrav=15 A=1 /\n" POSITIONS,
        "f:2: there is no lattice ibrav = 15; 0 takes free CELL_PARAMETERS");
    reading_refused(pwx_structure_read, "&system ibrav=4 A=1 /\n" POSITIONS,
                    "f:1: the lattice ibrav = 4 needs celldm(3) (or A, B, C in "
                    "angstrom), which is missing or out of range");
    reading_refused(pwx_structure_read, "&system ibrav=0 /\n" POSITIONS,
                    "f:1: ibrav = 0 needs the card CELL_PARAMETERS");
    reading_refused(
        pwx_structure_read,
        "&system ibrav=0 /\nCELL_PARAMETERS alat\n1 0 0\n0 1 0\n0 0 1\n",
        "f:1: CELL_PARAMETERS alat needs celldm(1) or A in &system; or write "
        "bohr or angstrom");
    reading_refused(pwx_structure_read,
                    "&system ibrav=0 /\nCELL_PARAMETERS bohr\n1 0 0\n0 1\n0 0 1\n",
                    "f:4: a vector of the cell is expected here: three numbers");
    reading_refused(pwx_structure_read,
                    "&system ibrav=0 /\nCELL_PARAMETERS bohr\n1 0 0\n1 0 0\n0 0 1\n",
                    "f:1: the three vectors of CELL_PARAMETERS span no volume");
    reading_refused(pwx_structure_read, "&system ibrav=1 A=1 /\n",
                    "f: the card ATOMIC_POSITIONS is missing");
    reading_refused(pwx_structure_read, "&system ibrav=1 A=1 nat=3 /\n" POSITIONS,
                    "f:2: ATOMIC_POSITIONS has 2 atoms, but nat = 3");
    reading_refused(pwx_structure_read,
                    "&system ibrav=1 A=1 nat=1 /\nATOMIC_POSITIONS bohr\nH 0 0\n",
                    "f:3: three coordinates are expected behind the label (atom 1)");
    reading_refused(
        pwx_structure_read,
        "&system space_group=225 A=4 /\nATOMIC_POSITIONS crystal_sg\nH 1a\n",
        "f:3: three coordinates are expected behind the label (atom 1); "
        "letters of Wyckoff positions are not read");
    reading_refused(pwx_structure_read, "&system space_group=231 A=4 /\n" POSITIONS,
                    "f:1: space_group is a number from 1 to 230");
    reading_refused(pwx_structure_read,
                    "&system ibrav=1 A=4 /\nATOMIC_POSITIONS crystal_sg\nH 0 0 0\n",
                    "f:2: crystal_sg needs space_group in &system");
}

static void hostile_bytes_and_missing_memory_are_survived(void **state) {
    (void)state;
    reading_hostile(pwx_structure_read,
                    "&system\n ibrav=0, nat=2, x='y' z=2*.t.\n/\nATOMIC_POSITIONS "
                    "bohr\nSi 0 0 0\nSi 1/4 sqrt(2) .25\nCELL_PARAMETERS bohr\n9 0 0\n"
                    "0 9 0\n0 0 9\n");
    reading_hostile(pwx_structure_read, "&system space_group=136 A=4.6 C=2.95 nat=1 /\n"
                                        "ATOMIC_POSITIONS crystal_sg\nO .3 .3 0\n");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_lattice_by_number_takes_celldm_or_angstroms),
        cmocka_unit_test(a_free_cell_has_units),
        cmocka_unit_test(positions_have_units),
        cmocka_unit_test(a_space_group_makes_all_atoms),
        cmocka_unit_test(a_mistake_is_told_with_its_line),
        cmocka_unit_test(hostile_bytes_and_missing_memory_are_survived),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
