/* What is written in any format is read back as the same structure. */
#include "codes/structure_file.h"

#include "base/cleanup.h"
#include "structure/bravais.h"
#include "structure/frame.h"
#include "support/alloc_fault.h"

#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const char *const names[STRUCTURE_N_FORMATS] = {
    [STRUCTURE_POSCAR] = "POSCAR", [STRUCTURE_CIF] = "x.cif", [STRUCTURE_PW] = "x.in",
    [STRUCTURE_XYZ] = "x.xyz",     [STRUCTURE_D12] = "x.d12",
};

/* Atoms in general places, so that no symmetry hides a mistake. */
static void fill(struct structure *structure) {
    static const struct {
        const char *element;
        double x[3];
    } atoms[] = {{"Si", {0.01, 0.02, 0.03}},
                 {"O", {0.31, -0.27, 0.45}},
                 {"Si", {0.52, 0.61, 1.23}},
                 {"Fe", {0.8, 0.33, 0.71}}};
    for (size_t i = 0; i < sizeof atoms / sizeof *atoms; i++) {
        double position[3];
        cell_to_cartesian(&structure->cell, atoms[i].x, position);
        assert_int_equal(structure_add(structure, atoms[i].element, position), 0);
    }
}

static void write_and_read(const struct structure *structure,
                           enum structure_format format, struct structure *out) {
    _cleanup_buf_ struct buf text = BUF_NULL;
    struct errmsg note = ERRMSG_NULL;
    struct errmsg msg = ERRMSG_NULL;
    const char *title = NULL;
    int r = structure_file_write(structure, format, &text, &note, &msg);
    assert_string_equal(msg.text, "");
    assert_int_equal(r, 0);
    r = structure_file_read(names[format], buf_bytes(&text), buf_len(&text), NULL, out,
                            &title, &msg);
    assert_string_equal(msg.text, "");
    assert_int_equal(r, 0);
}

static double between(const struct structure *one, size_t i,
                      const struct structure *other, size_t k) {
    double x[3];
    double y[3];
    double far = 0;
    if (one->periodic == 0) {
        memcpy(x, one->atoms[i].position, sizeof x);
        memcpy(y, other->atoms[k].position, sizeof y);
    } else {
        frame_fractional(one, i, x);
        frame_fractional(other, k, y);
    }
    for (int d = 0; d < 3; d++) {
        double apart = x[d] - y[d];
        far = fmax(far, fabs(d < one->periodic ? apart - round(apart) : apart));
    }
    return far;
}

/* The same but for a turn, and the order of atoms. */
static void assert_same(const struct structure *want, const struct structure *got) {
    _cleanup_structure_ struct structure one = STRUCTURE_NULL;
    _cleanup_structure_ struct structure other = STRUCTURE_NULL;
    assert_int_equal(got->periodic, want->periodic);
    assert_int_equal(got->n_atoms, want->n_atoms);
    assert_int_equal(frame_standard(want, &one), 0);
    assert_int_equal(frame_standard(got, &other), 0);
    for (int i = 0; i < 9; i++) {
        double apart = one.cell.vector[i / 3][i % 3] - other.cell.vector[i / 3][i % 3];
        assert_true(fabs(apart) < 1e-6);
    }
    for (size_t i = 0; i < one.n_atoms; i++) {
        double nearest = INFINITY;
        for (size_t k = 0; k < other.n_atoms; k++) {
            if (strcmp(one.atoms[i].element, other.atoms[k].element) == 0) {
                nearest = fmin(nearest, between(&one, i, &other, k));
            }
        }
        if (!(nearest < 1e-6)) {
            fail_msg("atom %zu (%s) is off by %g", i, one.atoms[i].element, nearest);
        }
    }
}

static void assert_round_trip(const struct structure *structure,
                              enum structure_format format) {
    _cleanup_structure_ struct structure got = STRUCTURE_NULL;
    write_and_read(structure, format, &got);
    assert_same(structure, &got);
}

/* ---- */

static void every_lattice_comes_back_from_every_format(void **state) {
    (void)state;
    static const long lattices[] = {1, 2,  3,  -3, 4,  5,  -5,  6,  7,   8,
                                    9, -9, 91, 10, 11, 12, -12, 13, -13, 14};
    static const double celldm[6] = {9.1, 1.13, 1.37, 0.11, 0.17, 0.23};
    for (size_t i = 0; i < sizeof lattices / sizeof *lattices; i++) {
        _cleanup_structure_ struct structure structure = {.periodic = 3};
        int missing = 0;
        assert_int_equal(bravais_cell(lattices[i], celldm, &structure.cell, &missing),
                         0);
        fill(&structure);
        for (int format = 0; format < STRUCTURE_N_FORMATS; format++) {
            assert_round_trip(&structure, (enum structure_format)format);
        }
    }
}

static void a_left_handed_cell_does_not_become_its_mirror_image(void **state) {
    (void)state;
    _cleanup_structure_ struct structure structure = {
        .periodic = 3, .cell = {{{0, 5, 0.3}, {4, 0.5, 0}, {0.2, 0.1, 6}}}};
    fill(&structure);
    for (int format = 0; format < STRUCTURE_N_FORMATS; format++) {
        assert_round_trip(&structure, (enum structure_format)format);
    }
}

static void xyz_and_d12_keep_what_does_not_repeat(void **state) {
    (void)state;
    for (int periodic = 0; periodic < 3; periodic++) {
        _cleanup_structure_ struct structure structure = {
            .periodic = periodic, .cell = {{{4, 0, 0}, {1, 5, 0}, {0, 0, 6}}}};
        fill(&structure);
        if (periodic == 0) {
            memset(&structure.cell, 0, sizeof structure.cell);
        }
        assert_round_trip(&structure, STRUCTURE_XYZ);
        assert_round_trip(&structure, STRUCTURE_D12);
    }
}

static double length(const double v[3]) {
    return sqrt(v[0] * v[0] + v[1] * v[1] + v[2] * v[2]);
}

static void other_formats_put_it_into_a_box_with_vacuum_and_say_so(void **state) {
    (void)state;
    static const double ends[2][3] = {{1, 2, 3}, {1, 2, 4.5}};
    _cleanup_structure_ struct structure molecule = STRUCTURE_NULL;
    _cleanup_structure_ struct structure got = STRUCTURE_NULL;
    _cleanup_buf_ struct buf text = BUF_NULL;
    struct errmsg note = ERRMSG_NULL;
    assert_int_equal(structure_add(&molecule, "C", ends[0]), 0);
    assert_int_equal(structure_add(&molecule, "O", ends[1]), 0);
    write_and_read(&molecule, STRUCTURE_POSCAR, &got);
    assert_int_equal(got.periodic, 3);
    assert_true(fabs(length(got.cell.vector[0]) - 15) < 1e-9);
    assert_true(fabs(length(got.cell.vector[2]) - 16.5) < 1e-9);
    assert_true(fabs(got.atoms[0].position[0] - 7.5) < 1e-9);
    assert_true(fabs(got.atoms[1].position[2] - got.atoms[0].position[2] - 1.5) < 1e-9);
    assert_int_equal(
        structure_file_write(&molecule, STRUCTURE_POSCAR, &text, &note, NULL), 0);
    assert_non_null(strstr(note.text, "15 Å of vacuum"));
}

static void atoms_of_no_element_are_refused_where_an_element_is_needed(void **state) {
    (void)state;
    static const double origin[3] = {0, 0, 0};
    _cleanup_structure_ struct structure structure = STRUCTURE_NULL;
    _cleanup_buf_ struct buf text = BUF_NULL;
    struct errmsg note = ERRMSG_NULL;
    struct errmsg msg = ERRMSG_NULL;
    assert_int_equal(
        structure_file_write(&structure, STRUCTURE_CIF, &text, &note, &msg),
        STRUCTURE_E_INPUT);
    assert_string_equal(msg.text, "there are no atoms to write");
    assert_int_equal(structure_add(&structure, "X", origin), 0);
    assert_int_equal(structure_file_write(&structure, STRUCTURE_PW, &text, &note, &msg),
                     STRUCTURE_E_INPUT);
    assert_string_equal(msg.text, "atom 1 is of no element that is known, and pw.x "
                                  "takes no others; name its element first");
    assert_int_equal(
        structure_file_write(&structure, STRUCTURE_CIF, &text, &note, &msg), 0);
}

static void a_title_that_looks_like_a_key_stays_a_title(void **state) {
    (void)state;
    static const double origin[3] = {0, 0, 0};
    static const char title[] = "Lattice=\"1 2 3\" Properties=x";
    _cleanup_structure_ struct structure structure = STRUCTURE_NULL;
    _cleanup_structure_ struct structure got = STRUCTURE_NULL;
    assert_int_equal(structure_add(&structure, "He", origin), 0);
    assert_int_equal(structure_set_title(&structure, title, strlen(title)), 0);
    write_and_read(&structure, STRUCTURE_XYZ, &got);
    assert_int_equal(got.periodic, 0);
    assert_string_equal(got.title, "Lattice:\"1 2 3\" Properties:x");
}

static void names_say_the_format(void **state) {
    (void)state;
    static const struct {
        const char *name;
        enum structure_format format;
    } want[] = {{"POSCAR", STRUCTURE_POSCAR},  {"CONTCAR.old", STRUCTURE_POSCAR},
                {"POSCAR.cif", STRUCTURE_CIF}, {"si.vasp", STRUCTURE_POSCAR},
                {"si.in", STRUCTURE_PW},       {"a.extxyz", STRUCTURE_XYZ},
                {"mgo.d12", STRUCTURE_D12}};
    enum structure_format got = STRUCTURE_POSCAR;
    for (size_t i = 0; i < sizeof want / sizeof *want; i++) {
        assert_true(structure_format_of_file(want[i].name, &got));
        assert_int_equal(got, want[i].format);
    }
    assert_false(structure_format_of_file("notes.txt", &got));
    for (int i = 0; i < STRUCTURE_N_FORMATS; i++) {
        assert_true(structure_format_by_name(
            structure_format_name((enum structure_format)i), &got));
        assert_int_equal(got, i);
    }
    assert_false(structure_format_by_name("pdb", &got));
}

static int write_all(void *data) {
    struct errmsg note = ERRMSG_NULL;
    int r = 0;
    for (int i = 0; r == 0 && i < STRUCTURE_N_FORMATS; i++) {
        _cleanup_buf_ struct buf text = BUF_NULL;
        r = structure_file_write(data, (enum structure_format)i, &text, &note, NULL);
    }
    return r;
}

static void missing_memory_is_told(void **state) {
    (void)state;
    _cleanup_structure_ struct structure structure = {
        .periodic = 2, .cell = {{{4, 0, 0}, {1, 5, 0}, {0, 0, 6}}}};
    fill(&structure);
    assert_true(alloc_fault_sweep(write_all, &structure, -ENOMEM) > 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_lattice_comes_back_from_every_format),
        cmocka_unit_test(a_left_handed_cell_does_not_become_its_mirror_image),
        cmocka_unit_test(xyz_and_d12_keep_what_does_not_repeat),
        cmocka_unit_test(other_formats_put_it_into_a_box_with_vacuum_and_say_so),
        cmocka_unit_test(atoms_of_no_element_are_refused_where_an_element_is_needed),
        cmocka_unit_test(a_title_that_looks_like_a_key_stays_a_title),
        cmocka_unit_test(names_say_the_format),
        cmocka_unit_test(missing_memory_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
