/* Supercells. */
#include "structure/supercell.h"

#include "reading.h"
#include "support/alloc_fault.h"

#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void make(struct structure *out) {
    static const double places[2][3] = {{0, 0, 0}, {1, 1, 1}};
    *out =
        (struct structure){.periodic = 3, .cell = {{{3, 0, 0}, {1, 4, 0}, {0, 0, 5}}}};
    assert_int_equal(structure_add(out, "Na", places[0]), 0);
    assert_int_equal(structure_add(out, "Cl", places[1]), 0);
}

static void a_cell_holds_as_many_atoms_as_its_volume_says(void **state) {
    (void)state;
    static const struct {
        int matrix[3][3];
        size_t cells;
    } want[] = {{{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}, 1},
                {{{2, 0, 0}, {0, 3, 0}, {0, 0, 1}}, 6},
                {{{1, 1, 0}, {-1, 1, 0}, {0, 0, 1}}, 2},
                {{{-1, 1, 1}, {1, -1, 1}, {1, 1, -1}}, 4},
                {{{0, 2, 0}, {2, 0, 0}, {0, 0, 1}}, 4},
                {{{3, 1, -2}, {0, -2, 1}, {5, 0, 1}}, 21}};
    for (size_t i = 0; i < sizeof want / sizeof *want; i++) {
        _cleanup_structure_ struct structure one = STRUCTURE_NULL;
        _cleanup_structure_ struct structure got = STRUCTURE_NULL;
        int matrix[3][3];
        make(&one);
        for (int k = 0; k < 9; k++) {
            matrix[k / 3][k % 3] = want[i].matrix[k / 3][k % 3];
        }
        assert_int_equal(supercell_make(&one, matrix, &got), 0);
        assert_int_equal(got.n_atoms, 2 * want[i].cells);
        assert_true(fabs(cell_parameters(&got.cell).volume -
                         60 * (double)want[i].cells) < 1e-6);
    }
}

static void its_atoms_are_those_of_the_old_cells(void **state) {
    (void)state;
    _cleanup_structure_ struct structure one = STRUCTURE_NULL;
    int matrix[3][3] = {{2, 0, 0}, {0, 1, 0}, {0, 0, 1}};
    make(&one);
    assert_int_equal(supercell_make(&one, matrix, &one), 0);
    reading_atom(&one, 1, "Cl", 1, 1, 1);
    reading_atom(&one, 2, "Na", 3, 0, 0);
    reading_atom(&one, 3, "Cl", 4, 1, 1);
}

static void what_is_no_cell_or_too_large_is_refused(void **state) {
    (void)state;
    _cleanup_structure_ struct structure one = STRUCTURE_NULL;
    int flat[3][3] = {{1, 0, 0}, {1, 0, 0}, {0, 0, 1}};
    int large[3][3] = {{1000, 0, 0}, {0, 1, 0}, {0, 0, 1}};
    int many[3][3] = {{100, 0, 0}, {0, 100, 0}, {0, 0, 100}};
    make(&one);
    assert_int_equal(supercell_make(&one, flat, &one), SUPERCELL_E_MATRIX);
    assert_int_equal(supercell_make(&one, large, &one), SUPERCELL_E_MATRIX);
    assert_int_equal(supercell_make(&one, many, &one), -E2BIG);
    assert_int_equal(one.n_atoms, 2);
}

static int attempt(void *data) {
    _cleanup_structure_ struct structure got = STRUCTURE_NULL;
    int matrix[3][3] = {{4, 0, 0}, {0, 4, 0}, {0, 0, 1}};
    return supercell_make(data, matrix, &got);
}

static void missing_memory_is_told(void **state) {
    (void)state;
    _cleanup_structure_ struct structure one = STRUCTURE_NULL;
    make(&one);
    assert_true(alloc_fault_sweep(attempt, &one, -ENOMEM) > 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_cell_holds_as_many_atoms_as_its_volume_says),
        cmocka_unit_test(its_atoms_are_those_of_the_old_cells),
        cmocka_unit_test(what_is_no_cell_or_too_large_is_refused),
        cmocka_unit_test(missing_memory_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
