/* CIF: words, names old and new, groups by operations, symbol and number. */
#include "structure/cif.h"

#include "reading.h"
#include "structure/cif_token.h"
#include "structure/expand.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define CUBE                                                                           \
    "_cell_length_a 4.0(1)\n_cell_length_b 4.0\n_cell_length_c '4.0'\n"                \
    "_cell_angle_alpha 90\n_cell_angle_beta 90.\n_cell_angle_gamma 90.0(2)\n"
#define SITES                                                                          \
    "loop_\n_atom_site_label\n_atom_site_fract_x\n_atom_site_fract_y\n"                \
    "_atom_site_fract_z\n"

static void words_are_cut_by_quotes_blanks_and_text_fields(void **state) {
    (void)state;
    static const char text[] = "data_x # c\n_Tag 'it's one' \"a b\"\n;line 1\n; "
                               "x;y ;z\nloop_ save_f stop_ 'open\n?";
    static const struct {
        enum cif_kind kind;
        const char *text;
        long line;
    } want[] = {
        {CIF_DATA, "x", 1},      {CIF_TAG, "_Tag", 2},       {CIF_VALUE, "it's one", 2},
        {CIF_VALUE, "a b", 2},   {CIF_VALUE, "line 1\n", 3}, {CIF_VALUE, "x;y", 4},
        {CIF_VALUE, ";z", 4},    {CIF_LOOP, "loop_", 5},     {CIF_OTHER, "save_f", 5},
        {CIF_OTHER, "stop_", 5}, {CIF_VALUE, "open", 5},     {CIF_VALUE, "?", 6},
        {CIF_END, "", 6},
    };
    struct cif_reader reader;
    cif_begin(&reader, text, strlen(text));
    for (size_t i = 0; i < sizeof want / sizeof *want; i++) {
        struct cif_token token = cif_next(&reader);
        assert_int_equal(token.kind, want[i].kind);
        assert_int_equal(token.n, strlen(want[i].text));
        assert_memory_equal(token.text, want[i].text, token.n);
        assert_int_equal(token.line, want[i].line);
    }
}

static void operations_are_read_as_people_write_them(void **state) {
    (void)state;
    static const char *const bad[] = {"",       "x,y",     "x,y,q", "x,x,z",
                                      "x,y,z+", "x,y,1/2", "1,2,3", "x,,z"};
    struct operation got;
    assert_true(expand_parse(" -X+Y , 1/2 - y, z+.25 ", 23, &got));
    const int want[3][3] = {{-1, 1, 0}, {0, -1, 0}, {0, 0, 1}};
    assert_memory_equal(got.rotation, want, sizeof want);
    assert_float_equal(got.translation[1], 0.5, 1e-12);
    assert_float_equal(got.translation[2], 0.25, 1e-12);
    assert_true(expand_parse("x,y,z,+1", 8, &got));
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_false(expand_parse(bad[i], strlen(bad[i]), &got));
    }
}

static void operations_of_the_file_come_before_its_symbol(void **state) {
    (void)state;
    _cleanup_structure_ struct structure got = STRUCTURE_NULL;
    reading_ok(cif_read,
               "data_a\n" CUBE "_symmetry_space_group_name_H-M 'F m -3 m'\n"
               "loop_\n_symmetry_equiv_pos_site_id\n_symmetry_equiv_pos_as_xyz\n"
               "1 x,y,z\n2 '-x, -y, -z+1/2'\n" SITES "Fe1 .1 0 0\n",
               &got);
    assert_int_equal(got.n_atoms, 2);
    assert_int_equal(got.periodic, 3);
    assert_string_equal(got.title, "a");
    reading_cell(&got, 4, 4, 4, 90, 90, 90);
    reading_atom(&got, 0, "Fe", 0.4, 0, 0);
    reading_atom(&got, 1, "Fe", 3.6, 0, 2);
}

static void a_group_is_made_of_symbol_number_or_hall_symbol(void **state) {
    (void)state;
    static const char *const groups[] = {
        "_symmetry_space_group_name_H-M 'F m -3 m'\n",
        "_space_group_name_H-M_alt ?\n_space_group_IT_number 225\n",
        "_space_group_name_Hall '-F 4 2 3'\n",
        "_space_group.name_H-M_full '?'\n_space_group.IT_number '225'\n",
    };
    for (size_t i = 0; i < sizeof groups / sizeof *groups; i++) {
        _cleanup_structure_ struct structure got = STRUCTURE_NULL;
        char text[1024];
        (void)strcpy(text, "data_\n" CUBE);
        (void)strcat(text, groups[i]);
        (void)strcat(text, SITES "Na 0 0 0\nCl 1/2 .5 .5\n");
        reading_ok(cif_read, text, &got);
        assert_int_equal(got.n_atoms, 8);
        assert_string_equal(got.atoms[7].element, "Cl");
    }
}

static void rhombohedral_axes_are_told_by_the_cell(void **state) {
    (void)state;
    _cleanup_structure_ struct structure got = STRUCTURE_NULL;
    reading_ok(cif_read,
               "data_\n_cell_length_a 5\n_cell_length_b 5\n_cell_length_c 5\n"
               "_cell_angle_alpha 55\n_cell_angle_beta 55\n_cell_angle_gamma 55\n"
               "_symmetry_space_group_name_H-M 'R -3 m'\n" SITES "Bi .23 .23 .23\n",
               &got);
    assert_int_equal(got.n_atoms, 2);
    reading_ok(cif_read,
               "data_\n_cell_length_a 4.5\n_cell_length_b 4.5\n_cell_length_c 11.8\n"
               "_cell_angle_alpha 90\n_cell_angle_beta 90\n_cell_angle_gamma 120\n"
               "_symmetry_space_group_name_H-M 'R -3 m'\n" SITES "Bi 0 0 .23\n",
               &got);
    assert_int_equal(got.n_atoms, 6);
}

static void images_in_one_place_are_one_atom(void **state) {
    (void)state;
    _cleanup_structure_ struct structure got = STRUCTURE_NULL;
    reading_ok(cif_read,
               "data_\n" CUBE "_space_group_IT_number 221\n" SITES
               "A1 0 0 0\nPb1 .5 .5 .5\nPb2 .5 .5 .4999\n",
               &got);
    assert_int_equal(got.n_atoms, 2);
    assert_string_equal(got.atoms[0].element, "X");
}

static void elements_come_of_types_before_labels(void **state) {
    (void)state;
    _cleanup_structure_ struct structure got = STRUCTURE_NULL;
    reading_ok(cif_read,
               "data_\n" CUBE "loop_\n_atom_site.label\n_atom_site.type_symbol\n"
               "_atom_site.fract_x\n_atom_site.fract_y\n_atom_site.fract_z\n"
               "_atom_site.calc_flag\n_atom_site.occupancy\n"
               "M1 Fe3+ 0 0 0 . 1\nO1W ? 0 0 .5 . 1.0\nD2 D 0 .5 0 . .\n"
               "Cg . 0 .5 .5 dum 1\nZn1 Zn ? ? ? . 1\n",
               &got);
    assert_int_equal(got.n_atoms, 3);
    reading_atom(&got, 0, "Fe", 0, 0, 0);
    reading_atom(&got, 1, "O", 0, 0, 2);
    reading_atom(&got, 2, "H", 0, 2, 0);
    assert_string_equal(got.notes[0],
                        "the site Zn1 (line 20) has no coordinates and is left out");
}

static void
the_formula_decides_what_a_label_means_that_names_two_elements(void **state) {
    (void)state;
    _cleanup_structure_ struct structure got = STRUCTURE_NULL;
    reading_ok(cif_read,
               "data_\n_chemical_formula_sum 'Ca2 H3 O'\n" CUBE SITES
               "Ca1 0 0 0\nHO1 0 0 .5\n",
               &got);
    assert_string_equal(got.atoms[0].element, "Ca");
    assert_string_equal(got.atoms[1].element, "H");
    reading_ok(cif_read,
               "data_\n_chemical_formula_sum Ho2O3\n" CUBE SITES
               "HO1 0 0 0\nO1 0 0 .5\n",
               &got);
    assert_string_equal(got.atoms[0].element, "Ho");
}

static void a_site_of_water_is_oxygen(void **state) {
    (void)state;
    _cleanup_structure_ struct structure got = STRUCTURE_NULL;
    reading_ok(cif_read,
               "data_\n" CUBE SITES "Wat1 0 0 0\nWatOW 0 0 .5\nOW .5 0 0\nW1 0 .5 0\n",
               &got);
    reading_atom(&got, 0, "O", 0, 0, 0);
    reading_atom(&got, 1, "O", 0, 0, 2);
    reading_atom(&got, 2, "O", 2, 0, 0);
    reading_atom(&got, 3, "W", 0, 2, 0);
}

static void the_first_block_with_atoms_counts(void **state) {
    (void)state;
    _cleanup_structure_ struct structure got = STRUCTURE_NULL;
    reading_ok(cif_read,
               "data_global\n_publ_author ;x\n;\ntext\n;\ndata_one\n"
               "_chemical_formula_sum 'H2'\n" CUBE SITES
               "H1 0 0 0\ndata_two\n" CUBE SITES "He 0 0 0\n",
               &got);
    assert_string_equal(got.title, "H2");
    assert_string_equal(got.atoms[0].element, "H");
    assert_string_equal(got.notes[0],
                        "the first data block with atoms; more blocks follow");
}

static void blanks_without_quotes_and_centrings_of_magcif_are_read(void **state) {
    (void)state;
    _cleanup_structure_ struct structure got = STRUCTURE_NULL;
    reading_ok(cif_read,
               "data_\n" CUBE
               "loop_\n_symmetry_equiv_pos_as_xyz\nx, y, z\n-x, -y, -z\n" SITES
               "H .1 0 0\n",
               &got);
    assert_int_equal(got.n_atoms, 2);
    reading_ok(cif_read,
               "data_\n" CUBE "loop_\n_space_group_symop_magn_operation.xyz\nx,y,z,+1\n"
               "-x,-y,-z,+1\nloop_\n_space_group_symop_magn_centering.xyz\nx,y,z,+1\n"
               "x+1/2,y+1/2,z+1/2,-1\n" SITES "H .1 0 0\n",
               &got);
    assert_int_equal(got.n_atoms, 4);
}

static void cartesian_positions_without_a_cell_are_a_molecule(void **state) {
    (void)state;
    _cleanup_structure_ struct structure got = STRUCTURE_NULL;
    reading_ok(cif_read,
               "data_m\nloop_\n_atom_site_type_symbol\n_atom_site_Cartn_x\n"
               "_atom_site_Cartn_y\n_atom_site_Cartn_z\nO 1 2 3\n",
               &got);
    assert_int_equal(got.periodic, 0);
    reading_atom(&got, 0, "O", 1, 2, 3);
}

static void a_mistake_is_told_with_its_line(void **state) {
    (void)state;
    reading_refused(cif_read, "", "f: there is no data block (data_NAME) in it");
    reading_refused(cif_read, "data_x\n" CUBE,
                    "f: no data block in it has atoms with coordinates "
                    "(_atom_site_fract_x, _y, _z)");
    reading_refused(cif_read, "data_\n" CUBE SITES "Fe1 0 0\n",
                    "f:14: the loop above ends in the middle of a row");
    reading_refused(cif_read, "data_\n_cell_length_a abc\n",
                    "f:2: a number of the cell is no number: \"abc\"");
    reading_refused(cif_read, "data_\n_cell_length_a 4\n" SITES "H 0 0 0\n",
                    "f:1: the cell is not whole: _cell_length_a, _b, _c and "
                    "_cell_angle_alpha, _beta, _gamma belong to it");
    reading_refused(cif_read, "data_\n" SITES "H 0 0 0\n",
                    "f:1: the cell is not whole: _cell_length_a, _b, _c and "
                    "_cell_angle_alpha, _beta, _gamma belong to it");
    reading_refused(cif_read, "data_\n" CUBE "_cell_length_c -3\n" SITES "H 0 0 0\n",
                    "f:1: no cell has such edges and angles");
    reading_refused(
        cif_read, "data_\n" CUBE "_symmetry_equiv_pos_as_xyz x,y,w\n" SITES "H 0 0 0\n",
        "f:8: \"x,y,w\" is no symmetry operation such as \"x, 1/2-y, z\"");
    reading_refused(
        cif_read, "data_\n" CUBE "_space_group_name_H-M_alt 'Q 7'\n" SITES "H 0 0 0\n",
        "f:1: no symmetry operations are listed, and \"Q 7\" is no symbol of "
        "a space group that is known; add a loop of "
        "_space_group_symop_operation_xyz");
    reading_refused(
        cif_read,
        "data_\n" CUBE "loop_\n_atom_site_label\n_atom_site_fract_x\n"
        "_atom_site_fract_y\n_atom_site_fract_z\n_atom_site_occupancy\n"
        "Fe1 0 0 0 0.5(1)\n",
        "f:14: the site Fe1 is occupied by 0.5 only: a disordered structure "
        "is an average of several; choose one of them, in a larger cell "
        "where it takes one, and leave its atoms at occupancy 1");
}

static void a_point_for_a_coordinate_is_zero(void **state) {
    (void)state;
    _cleanup_structure_ struct structure got = STRUCTURE_NULL;
    reading_ok(cif_read, "data_\n" CUBE SITES "F1 .5 . .\n", &got);
    reading_atom(&got, 0, "F", 2, 0, 0);
}

static void several_elements_on_one_site_are_refused(void **state) {
    (void)state;
    reading_refused(
        cif_read,
        "data_\n" CUBE "loop_\n_atom_site_label\n_atom_site_type_symbol\n"
        "_atom_site_fract_x\n_atom_site_fract_y\n_atom_site_fract_z\n"
        "M '0.8Nb + 0.2Zr' 0 0 0\n",
        "f:14: the site M holds several elements (0.8Nb + 0.2Zr): a "
        "disordered structure is an average of several; choose one of them, "
        "in a larger cell where it takes one");
}

static void hostile_bytes_and_missing_memory_are_survived(void **state) {
    (void)state;
    reading_hostile(cif_read,
                    "data_a\n" CUBE "_space_group_IT_number 2\nloop_\n"
                    "_symmetry_equiv_pos_as_xyz\n'x,y,z'\n-x, -y, -z\nloop_\n"
                    "_space_group_symop_magn_centering.xyz\nx,y,z\nx+1/2,y,z\n" SITES
                    "H1 .1 0 0\nO ? 0 0\n");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_are_cut_by_quotes_blanks_and_text_fields),
        cmocka_unit_test(operations_are_read_as_people_write_them),
        cmocka_unit_test(operations_of_the_file_come_before_its_symbol),
        cmocka_unit_test(a_group_is_made_of_symbol_number_or_hall_symbol),
        cmocka_unit_test(rhombohedral_axes_are_told_by_the_cell),
        cmocka_unit_test(images_in_one_place_are_one_atom),
        cmocka_unit_test(elements_come_of_types_before_labels),
        cmocka_unit_test(
            the_formula_decides_what_a_label_means_that_names_two_elements),
        cmocka_unit_test(a_site_of_water_is_oxygen),
        cmocka_unit_test(the_first_block_with_atoms_counts),
        cmocka_unit_test(blanks_without_quotes_and_centrings_of_magcif_are_read),
        cmocka_unit_test(cartesian_positions_without_a_cell_are_a_molecule),
        cmocka_unit_test(a_mistake_is_told_with_its_line),
        cmocka_unit_test(a_point_for_a_coordinate_is_zero),
        cmocka_unit_test(several_elements_on_one_site_are_refused),
        cmocka_unit_test(hostile_bytes_and_missing_memory_are_survived),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
