/* The closest pair, compared with looking at all of them. */
#include "structure/contact.h"

#include "reading.h"
#include "structure/poscar.h"
#include "structure/xyz.h"
#include "support/alloc_fault.h"

#include <errno.h>
#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void closest(const struct structure *structure, size_t one, size_t other,
                    double distance) {
    struct contact contact;
    assert_int_equal(contact_closest(structure, NULL, &contact), 0);
    assert_int_equal(contact.one, one);
    assert_int_equal(contact.other, other);
    assert_float_equal(contact.distance, distance, 1e-6);
}

static void images_in_other_cells_count(void **state) {
    (void)state;
    _cleanup_structure_ struct structure got = STRUCTURE_NULL;
    reading_ok(poscar_read, "t\n1\n9 0 0\n0 9 0\n0 0 9\nH\n2\nD\n.05 0 0\n.95 0 0\n",
               &got);
    closest(&got, 0, 1, 0.9);
    reading_ok(poscar_read, "t\n1\n0 2 2\n2 0 2\n2 2 0\nCu\n1\nD\n0 0 0\n", &got);
    closest(&got, 0, 0, sqrt(8));
}

static void a_molecule_has_no_images(void **state) {
    (void)state;
    _cleanup_structure_ struct structure got = STRUCTURE_NULL;
    reading_ok(xyz_read, "3\n\nH 0 0 0\nH 100 0 0\nO -3 0 0\n", &got);
    closest(&got, 0, 2, 3);
    reading_ok(xyz_read, "2\n\nH 0 0 0\nH 700 0 0\n", &got);
    closest(&got, 0, 1, 700);
}

static void a_slab_repeats_along_two_vectors_only(void **state) {
    (void)state;
    _cleanup_structure_ struct structure got = STRUCTURE_NULL;
    reading_ok(xyz_read,
               "2\nLattice=\"8 0 0 0 9 0 0 0 2\" pbc=\"T T F\"\nH 0.5 0 0\nO 7 0 40\n",
               &got);
    closest(&got, 0, 0, 8);
}

static double by_element(const char *element) {
    return strcmp(element, "H") == 0 ? 0.3 : 1.2;
}

static void radii_decide_which_pair_is_closest(void **state) {
    (void)state;
    _cleanup_structure_ struct structure got = STRUCTURE_NULL;
    struct contact contact;
    reading_ok(xyz_read, "4\n\nH 0 0 0\nH 0.7 0 0\nFe 9 0 0\nFe 9 1.5 0\n", &got);
    assert_int_equal(contact_closest(&got, by_element, &contact), 0);
    assert_int_equal(contact.one, 2);
    assert_int_equal(contact.other, 3);
    assert_float_equal(contact.distance, 1.5, 1e-9);
}

static void one_atom_alone_has_no_pair(void **state) {
    (void)state;
    _cleanup_structure_ struct structure got = STRUCTURE_NULL;
    struct contact contact;
    assert_int_equal(contact_closest(&got, NULL, &contact), -ENOENT);
    reading_ok(xyz_read, "1\n\nH 0 0 0\n", &got);
    assert_int_equal(contact_closest(&got, NULL, &contact), -ENOENT);
}

static double shortest_of_all(const struct structure *structure) {
    double best = DBL_MAX;
    for (size_t i = 0; i < structure->n_atoms; i++) {
        for (size_t j = 0; j < structure->n_atoms; j++) {
            for (int image = 0; image < 9 * 9 * 9; image++) {
                const double shift[3] = {image / 81 - 4, image / 9 % 9 - 4,
                                         image % 9 - 4};
                double at[3];
                double square = 0;
                cell_to_cartesian(&structure->cell, shift, at);
                for (int k = 0; k < 3; k++) {
                    double d = structure->atoms[j].position[k] + at[k] -
                               structure->atoms[i].position[k];
                    square += d * d;
                }
                best = square > 1e-12 && square < best ? square : best;
            }
        }
    }
    return sqrt(best);
}

static uint32_t next(uint32_t *seed) {
    *seed = *seed * 1664525U + 1013904223U;
    return *seed >> 8;
}

static void skew_cells_of_any_size_agree_with_all_pairs(void **state) {
    (void)state;
    uint32_t seed = 7;
    for (int round = 0; round < 60; round++) {
        _cleanup_structure_ struct structure got = {.periodic = 3};
        struct contact contact;
        struct cell_inverse inverse;
        do {
            for (int k = 0; k < 9; k++) {
                got.cell.vector[k / 3][k % 3] =
                    (next(&seed) % 1000) / 90.0 - 5 + (k % 4 == 0 ? 5 : 0);
            }
        } while (cell_invert(&got.cell, &inverse) ||
                 cell_parameters(&got.cell).volume < 20);
        size_t n = next(&seed) % 12 + 1;
        for (size_t i = 0; i < n; i++) {
            double at[3];
            double position[3];
            for (int k = 0; k < 3; k++) {
                at[k] = next(&seed) % 1000 / 1000.0;
            }
            cell_to_cartesian(&got.cell, at, position);
            assert_int_equal(structure_add(&got, "H", position), 0);
        }
        assert_int_equal(contact_closest(&got, NULL, &contact), 0);
        assert_float_equal(contact.distance, shortest_of_all(&got), 1e-6);
    }
}

static int attempt(void *data) {
    struct contact contact;
    return contact_closest(data, NULL, &contact);
}

/* Its images are in so many boxes that they are not all looked into. */
static void the_search_in_a_cell_that_is_almost_flat_ends(void **state) {
    (void)state;
    _cleanup_structure_ struct structure flat = {
        .periodic = 3, .cell = {{{1, 0, 0}, {1, 1e-5, 0}, {0, 1, 1e-5}}}};
    for (int i = 0; i < 50; i++) {
        const double position[3] = {0.01 * i, 0, 0};
        assert_int_equal(structure_add(&flat, "C", position), 0);
    }
    struct contact contact;
    int r = contact_closest(&flat, NULL, &contact);
    assert_true(r == 0 || r == -ENOENT);
}

static void failed_allocations_are_reported(void **state) {
    (void)state;
    _cleanup_structure_ struct structure got = STRUCTURE_NULL;
    reading_ok(xyz_read, "2\n\nH 0 0 0\nH 1 0 0\n", &got);
    assert_int_equal(alloc_fault_sweep(attempt, &got, -ENOMEM), 4);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(images_in_other_cells_count),
        cmocka_unit_test(a_molecule_has_no_images),
        cmocka_unit_test(a_slab_repeats_along_two_vectors_only),
        cmocka_unit_test(radii_decide_which_pair_is_closest),
        cmocka_unit_test(one_atom_alone_has_no_pair),
        cmocka_unit_test(skew_cells_of_any_size_agree_with_all_pairs),
        cmocka_unit_test(the_search_in_a_cell_that_is_almost_flat_ends),
        cmocka_unit_test(failed_allocations_are_reported),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
