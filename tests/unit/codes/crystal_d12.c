/* The geometry in inputs of CRYSTAL, its fort.34, and what is written for it. */
#include "codes/crystal/crystal_d12.h"

#include "base/cleanup.h"
#include "codes/crystal/crystal_point_group.h"
#include "codes/structure_file.h"
#include "reading.h"
#include "structure/contact.h"
#include "structure/expand.h"
#include "structure/layer_group.h"
#include "structure/symmetry.h"
#include "support/alloc_fault.h"

#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static int read_alone(const struct structure_text *text, struct structure *out,
                      struct errmsg *msg) {
    return crystal_d12_read(text, NULL, out, msg);
}

static void expect(const char *text, const char *formula, double volume,
                   double shortest, struct structure *got) {
    struct contact contact;
    reading_ok(read_alone, text, got);
    _cleanup_free_ char *found = cell_formula(got->atoms, got->n_atoms);
    assert_string_equal(found, formula);
    if (volume > 0) {
        assert_true(fabs(cell_parameters(&got->cell).volume - volume) < 0.01);
    }
    assert_int_equal(contact_closest(got, NULL, &contact), 0);
    if (!(fabs(contact.distance - shortest) < 5e-4)) {
        fail_msg("the shortest distance is %f", contact.distance);
    }
}

static int group_of(const struct structure *structure) {
    struct symmetry found;
    assert_int_equal(symmetry_find(structure, 0.01, &found, NULL), 0);
    return found.number;
}

/* ---- bulk ---- */

static void a_group_by_number_makes_the_atoms_of_the_primitive_cell(void **state) {
    (void)state;
    _cleanup_structure_ struct structure got = STRUCTURE_NULL;
    expect("salt\nCRYSTAL\n0 0 0\n225\n5.64\n2\n11 0 0 0\n17 .5 .5 .5\nEND\n", "ClNa",
           44.8515, 2.82, &got);
    assert_string_equal(got.title, "salt");
    reading_cell(&got, 3.988082, 3.988082, 3.988082, 60, 60, 60);
    reading_atom(&got, 1, "Cl", 2.82, 2.82, 2.82);
}

static void of_two_origins_the_third_flag_chooses(void **state) {
    (void)state;
    _cleanup_structure_ struct structure got = STRUCTURE_NULL;
    expect("d\nCRYSTAL\n0 0 0\n227\n3.57\n1\n6 .125 .125 .125\nEND\n", "C2", 11.3748,
           1.5459, &got);
    expect("d\nCRYSTAL\n0 0 1\n227\n3.57\n1\n6 0 0 0\nEND\n", "C2", 11.3748, 1.5459,
           &got);
    assert_int_equal(group_of(&got), 227);
}

static void a_symbol_stands_for_the_group_where_the_first_flag_says_so(void **state) {
    (void)state;
    static const char *const symbols[] = {"F D -3 M", "F D 3 M", "f d -3 m"};
    for (size_t i = 0; i < 3; i++) {
        char text[200];
        _cleanup_structure_ struct structure got = STRUCTURE_NULL;
        (void)snprintf(text, sizeof text,
                       "d\nCRYSTAL\n1 0 0\n%s\n3.57\n1\n6 .125 .125 .125\nEND\n",
                       symbols[i]);
        expect(text, "C2", 11.3748, 1.5459, &got);
    }
    _cleanup_structure_ struct structure got = STRUCTURE_NULL;
    reading_ok(read_alone,
               "m\nCRYSTAL\n1 0 0\nP 1 1 21/B\n5 6 7 100\n1\n8 .1 .2 .3\nEND\n", &got);
    assert_int_equal(got.n_atoms, 4);
    reading_cell(&got, 5, 6, 7, 90, 90, 100);
}

static void rhombohedral_groups_have_either_axes(void **state) {
    (void)state;
    _cleanup_structure_ struct structure got = STRUCTURE_NULL;
    expect("calcite\nCRYSTAL\n0 0 0\n167\n4.99 17.06\n3\n20 0 0 0\n6 0 0 .25\n"
           "8 .2578 0 .25\nEND\n",
           "C2Ca2O6", 122.627, 1.2864, &got);
    assert_int_equal(group_of(&got), 167);
    struct cell_parameters p = cell_parameters(&got.cell);
    char text[200];
    (void)snprintf(text, sizeof text,
                   "calcite\nCRYSTAL\n0 1 0\n167\n%.8f %.8f\n3\n20 0 0 0\n"
                   "6 .25 .25 .25\n8 .5078 -.0078 .25\nEND\n",
                   p.a, p.alpha);
    expect(text, "C2Ca2O6", 122.627, 1.2864, &got);
    assert_int_equal(group_of(&got), 167);
}

/* Quartz as it is written with the origin moved by -8/24 along c. */
static void an_origin_is_shifted_in_parts_of_24(void **state) {
    (void)state;
    _cleanup_structure_ struct structure got = STRUCTURE_NULL;
    expect("q\nCRYSTAL\n0 0 2\n0 0 -8\n154\n4.916 5.4054\n2\n14 .4697 0 0\n"
           "8 .4135 .2669 .1191\nEND\n",
           "O6Si3", 113.131, 1.6046, &got);
    assert_int_equal(group_of(&got), 154);
}

static void each_lattice_takes_as_many_numbers_as_it_leaves_open(void **state) {
    (void)state;
    static const struct {
        const char *group, *cell;
        double volume;
    } want[] = {{"1", "3 4 5 80 85 95", 58.5428},
                {"2", "3 4 5 90 90 90", 60},
                {"14", "3 4 5 100", 59.0885},
                {"62", "3 4 5", 60},
                {"71", "3 4 5", 30},
                {"136", "3 5", 45},
                {"194", "3 5", 38.9711},
                {"229", "3", 13.5}};
    for (size_t i = 0; i < sizeof want / sizeof *want; i++) {
        char text[200];
        _cleanup_structure_ struct structure got = STRUCTURE_NULL;
        (void)snprintf(text, sizeof text,
                       "t\nCRYSTAL\n0 0 0\n%s\n%s\n1\n8 0 0 0\nEND\n", want[i].group,
                       want[i].cell);
        reading_ok(read_alone, text, &got);
        double volume = cell_parameters(&got.cell).volume;
        if (!(fabs(volume - want[i].volume) < 1e-3)) {
            fail_msg("group %s has a cell of %f", want[i].group, volume);
        }
    }
}

/* ---- less than three directions ---- */

static void a_slab_has_the_symmetry_of_its_layer_group(void **state) {
    (void)state;
    _cleanup_structure_ struct structure got = STRUCTURE_NULL;
    expect("graphene\nSLAB\n80\n2.46\n1\n6 .333333333333 .666666666667 0\nEND\n", "C2",
           0, 1.4203, &got);
    assert_int_equal(got.periodic, 2);
    expect("MgO, two layers\nSLAB\n61\n2.98\n2\n12 0 0 1.05\n8 .5 .5 1.05\nEND\n",
           "Mg2O2", 0, 2.1, &got);
    reading_atom(&got, 0, "Mg", 0, 0, 1.05);
    reading_atom(&got, 1, "Mg", 0, 0, -1.05);
    expect("centred\nSLAB\n47\n4 5\n1\n8 0 0 0\nEND\n", "O", 0, 3.2016, &got);
    assert_int_equal(got.n_notes, 0);
    reading_ok(read_alone, "t\nSLAB\n64\n4\n1\n8 .25 .25 1\nEND\n", &got);
    assert_string_equal(got.notes[0],
                        "of layer group 64 tables have different origins; this is with "
                        "that of space group P 4/n m m, at an inversion where it has "
                        "one");
    expect("oblique\nSLAB\n1\n3 4 100\n2\n8 0 0 0\n8 0 0 -1.5\nEND\n", "O2", 0, 1.5,
           &got);
    reading_atom(&got, 1, "O", 0, 0, -1.5);
}

static void a_polymer_repeats_along_x(void **state) {
    (void)state;
    _cleanup_structure_ struct structure got = STRUCTURE_NULL;
    expect("chain\nPOLYMER\n1\n2.5\n2\n6 0 0 -.5\n6 .5 0 .5\nEND\n", "C2", 0, 1.6008,
           &got);
    assert_int_equal(got.periodic, 1);
    reading_atom(&got, 0, "C", 0, 0, -0.5);
    reading_atom(&got, 1, "C", 1.25, 0, 0.5);
}

static void a_molecule_has_the_symmetry_of_its_point_group(void **state) {
    (void)state;
    _cleanup_structure_ struct structure got = STRUCTURE_NULL;
    expect("w\nMOLECULE\n15\n2\n8 0 0 0\n1 0 .76 .59\nEND\n", "H2O", 0, 0.9621, &got);
    assert_int_equal(got.periodic, 0);
    expect("w\nMOLECULE\n1\n3\n8 0 0 0\n1 0 .76 .59\n1 0 -.76 .59\nEND\n", "H2O", 0,
           0.9621, &got);
    expect("m\nMOLECULE\n44\n2\n6 0 0 0\n1 .629 .629 .629\nEND\n", "CH4", 0, 1.0895,
           &got);
    expect("b\nMOLECULE\n40\n2\n6 1.39 0 0\n1 2.48 0 0\nEND\n", "C6H6", 0, 1.09, &got);
}

static void each_point_group_has_its_order(void **state) {
    (void)state;
    static const int orders[POINT_GROUPS + 1] = {
        [1] = 1,   [2] = 2,   [3] = 2,   [4] = 2,   [5] = 2,   [9] = 4,   [10] = 4,
        [11] = 4,  [12] = 4,  [13] = 4,  [14] = 4,  [15] = 4,  [16] = 8,  [17] = 4,
        [18] = 4,  [19] = 8,  [20] = 8,  [21] = 8,  [24] = 16, [25] = 3,  [26] = 6,
        [33] = 6,  [34] = 6,  [35] = 12, [36] = 12, [37] = 12, [40] = 24, [41] = 12,
        [42] = 24, [43] = 24, [44] = 24, [45] = 48};
    double operations[POINT_GROUP_OPERATIONS][3][3];
    for (int i = 0; i <= POINT_GROUPS; i++) {
        assert_int_equal(crystal_point_group(i, operations), orders[i]);
    }
    assert_int_equal(crystal_point_group(POINT_GROUPS + 1, operations), 0);
}

/* ---- atoms and keywords ---- */

static void numbers_above_100_are_elements_with_another_basis_set(void **state) {
    (void)state;
    _cleanup_structure_ struct structure got = STRUCTURE_NULL;
    expect("p\nCRYSTAL\n0 0 0\n221\n4\n2\n256 0 0 0\n108 .5 .5 .5\nEND\n", "BaO", 64,
           3.4641, &got);
}

static void supercells_are_made_and_other_changes_told(void **state) {
    (void)state;
    _cleanup_structure_ struct structure got = STRUCTURE_NULL;
    expect("s\nCRYSTAL\n0 0 0\n225\n5.64\n2\n11 0 0 0\n17 .5 .5 .5\n# larger\n"
           "SUPERCEL\n2 0 0\n0 1 0\n0 0 1\nOPTGEOM\nENDOPT\nEND\n",
           "Cl2Na2", 89.703, 2.82, &got);
    expect("s\nCRYSTAL\n0 0 0\n225\n5.64\n2\n11 0 0 0\n17 .5 .5 .5\nSUPERCON\n1 0 0\n"
           "0 1 0\n0 0 1\nEND\n",
           "Cl4Na4", 179.406, 2.82, &got);
    assert_int_equal(got.n_notes, 0);
    expect(
        "s\nSLAB\n61\n2.98\n2\n12 0 0 1.05\n8 .5 .5 1.05\nSUPERCEL\n1 1\n-1 1\nEND\n",
        "Mg4O4", 0, 2.1, &got);
    expect("s\nCRYSTAL\n0 0 0\n225\n5.64\n2\n11 0 0 0\n17 .5 .5 .5\nSLABCUT\n1 0 0\n"
           "1 3\nEND\n",
           "ClNa", 44.8515, 2.82, &got);
    assert_string_equal(got.notes[0],
                        "SLABCUT (line 9) changes the structure and is not followed; "
                        "this is the structure before it");
}

static void a_mistake_is_told_with_its_line(void **state) {
    (void)state;
    reading_refused(read_alone, "t\nBULK\n",
                    "f:2: CRYSTAL, SLAB, POLYMER, MOLECULE or EXTERNAL is expected "
                    "here, in the second line");
    reading_refused(
        read_alone, "t\nCRYSTAL\n0 0\n",
        "f:3: three numbers are expected behind CRYSTAL, such as 0 0 0: how "
        "the group is named, rhombohedral axes, and the origin");
    reading_refused(read_alone, "t\nCRYSTAL\n0 0 0\n231\n",
                    "f:4: the number of a space group is expected here, 1 to 230 (a "
                    "symbol where the line above begins with 1)");
    reading_refused(
        read_alone, "t\nCRYSTAL\n1 0 0\nF M M\n",
        "f:4: this is no symbol of a space group that is known, such as F M "
        "-3 M");
    reading_refused(read_alone, "t\nCRYSTAL\n0 0 0\n62\n3 4\n",
                    "f:5: the cell is expected here: a, b and c");
    reading_refused(read_alone, "t\nCRYSTAL\n0 0 0\n225\n-4\n1\n",
                    "f:5: no cell has such edges and angles");
    reading_refused(read_alone, "t\nCRYSTAL\n0 0 0\n225\n4\n0\n",
                    "f:6: how many atoms follow is expected here");
    reading_refused(read_alone, "t\nCRYSTAL\n0 0 0\n225\n4\n2\n8 0 0 0\nEND\n",
                    "f:8: an atom is expected here, its atomic number and three "
                    "coordinates (atom 2)");
    reading_refused(read_alone, "t\nSLAB\n81\n",
                    "f:3: the number of a layer group is expected here, 1 to 80");
    reading_refused(
        read_alone, "t\nPOLYMER\n4\n",
        "f:3: of the rod groups only 1 is read, all atoms without symmetry; "
        "the output of CRYSTAL for this input can be read instead");
    reading_refused(read_alone, "t\nMOLECULE\n47\n",
                    "f:3: the axes of this point group are not known here; write all "
                    "atoms with group 1, or read the output of CRYSTAL");
    reading_refused(read_alone, "t\nEXTERNAL\nEND\n",
                    "f:2: EXTERNAL takes the structure from fort.34 beside this file, "
                    "which cannot be read");
    reading_refused(read_alone,
                    "t\nCRYSTAL\n0 0 0\n225\n4\n1\n8 0 0 0\nSUPERCEL\n1 0 0\n1 0 0\n"
                    "0 0 1\n",
                    "f:11: this matrix makes no cell, or one too large");
}

/* ---- fort.34 ---- */

#define GUI_CELL "3 5 6\n0 2 2\n2 0 2\n2 2 0\n"
#define GUI_ONE "1\n1 0 0\n0 1 0\n0 0 1\n0 0 0\n"
#define GUI_TWO "2\n1 0 0\n0 1 0\n0 0 1\n0 0 0\n-1 0 0\n0 -1 0\n0 0 -1\n1 1 1\n"

static void a_gui_file_has_all_atoms_or_what_makes_them(void **state) {
    (void)state;
    _cleanup_structure_ struct structure got = STRUCTURE_NULL;
    reading_ok(crystal_gui_read, GUI_CELL GUI_ONE "2\n14 0 0 0\n14 1 1 1\n227 2\n",
               &got);
    assert_int_equal(got.n_atoms, 2);
    reading_ok(crystal_gui_read, GUI_CELL GUI_TWO "1\n14 0 0 0\n", &got);
    assert_int_equal(got.n_atoms, 2);
    reading_atom(&got, 1, "Si", 1, 1, 1);
    reading_ok(crystal_gui_read, GUI_CELL GUI_TWO "2\n14 0 0 0\n14 -1 -1 1\n", &got);
    assert_int_equal(got.n_atoms, 2);
    assert_int_equal(got.n_notes, 0);
    reading_ok(crystal_gui_read,
               GUI_CELL GUI_TWO "3\n14 0 0 0\n14 1 1 1\n14 .3 .4 .5\n", &got);
    assert_int_equal(got.n_atoms, 3);
    assert_string_equal(got.notes[0],
                        "the symmetry operations of this file do not fit its atoms; "
                        "these are all that it lists");
    reading_ok(
        crystal_gui_read,
        "3 5 6\n0 2 2\n2 0 2\n2 3 0\n2\n1 0 0\n0 1 0\n0 0 1\n0 0 0\n0 1 0\n-1 0 0\n"
        "0 0 1\n0 0 0\n2\n12 0 0 0\n8 1 2 2.5\n",
        &got);
    assert_int_equal(got.n_atoms, 2);
    assert_int_equal(got.n_notes, 1);
    reading_ok(crystal_gui_read,
               "0 1 1\n500 0 0\n0 500 0\n0 0 500\n" GUI_ONE "1\n2 0 0 7\n", &got);
    assert_int_equal(got.periodic, 0);
    reading_refused(crystal_gui_read, "4 1 1\n",
                    "f:1: along how many directions it repeats is expected here, 0 to "
                    "3");
    reading_refused(crystal_gui_read, GUI_CELL "1\n1 0 0\n",
                    "f:7: a symmetry operation is expected here: three lines of its "
                    "matrix and one of its translation");
    reading_refused(crystal_gui_read, GUI_CELL GUI_ONE "1\nSi 0 0 0\n",
                    "f:11: an atom is expected here, its atomic number and three "
                    "coordinates in angstrom (atom 1)");
}

static int give_gui(void *data, const char *name, size_t most, struct buf *out) {
    static const char text[] = GUI_CELL GUI_TWO "1\n14 0 0 0\n";
    (void)most;
    return strcmp(name, data) == 0 ? buf_append_str(out, text) : -ENOENT;
}

static void external_takes_it_from_beside(void **state) {
    (void)state;
    static const char input[] = "t\nEXTERNAL\nSUPERCEL\n1 0 0\n0 1 0\n0 0 2\nEND\n";
    static char own[] = "si.gui";
    static char fort[] = "fort.34";
    const struct structure_text text = {"si.d12", input, strlen(input)};
    char *const names[] = {own, fort};
    for (size_t i = 0; i < 2; i++) {
        _cleanup_structure_ struct structure got = STRUCTURE_NULL;
        const struct code_beside beside = {give_gui, names[i]};
        assert_int_equal(crystal_d12_read(&text, &beside, &got, NULL), 0);
        assert_int_equal(got.n_atoms, 4);
    }
}

/* ---- writing ---- */

static const struct {
    int most;
    struct cell_parameters cell;
} systems[] = {{2, {5, 6, 7, 80, 85, 95, 0}},    {15, {5, 6, 7, 90, 100, 90, 0}},
               {74, {5, 6, 7, 90, 90, 90, 0}},   {142, {6, 6, 7, 90, 90, 90, 0}},
               {194, {6, 6, 7, 90, 90, 120, 0}}, {230, {8, 8, 8, 90, 90, 90, 0}}};

/* A crystal of the group: an atom in a general place, one on the axes. */
static void make_crystal(int number, struct structure *out) {
    static const double places[2][3] = {{0.11, 0.23, 0.37}, {0, 0, 0.19}};
    struct structure conventional = {.periodic = 3};
    struct setting setting;
    size_t i = 0;
    while (systems[i].most < number) {
        i++;
    }
    assert_int_equal(cell_of_parameters(&systems[i].cell, &conventional.cell), 0);
    assert_true(symmetry_setting(symmetry_by_number(number, ""), &setting));
    const struct expansion expansion = {.frame = conventional.cell,
                                        .cell = conventional.cell,
                                        .operations = setting.operations,
                                        .n = setting.n};
    assert_int_equal(expand_atom(&expansion, "Si", places[0], &conventional), 0);
    assert_int_equal(expand_atom(&expansion, "O", places[1], &conventional), 0);
    assert_int_equal(symmetry_standard(&conventional, 1e-4, true, out, NULL), 0);
    structure_deinit(&conventional);
}

static void all_space_groups_are_written_by_their_atoms_and_read_back(void **state) {
    (void)state;
    for (int number = 1; number <= 230; number++) {
        _cleanup_structure_ struct structure want = STRUCTURE_NULL;
        _cleanup_structure_ struct structure got = STRUCTURE_NULL;
        _cleanup_buf_ struct buf text = BUF_NULL;
        struct contact one;
        struct contact other;
        make_crystal(number, &want);
        assert_int_equal(crystal_d12_write(&want, number > 1, &text), 0);
        assert_int_equal(buf_append(&text, "", 1), 0);
        reading_ok(read_alone, buf_bytes(&text), &got);
        assert_int_equal(got.n_atoms, want.n_atoms);
        assert_true(fabs(cell_parameters(&got.cell).volume -
                         cell_parameters(&want.cell).volume) < 1e-3);
        assert_int_equal(group_of(&got), group_of(&want));
        assert_int_equal(contact_closest(&want, NULL, &one), 0);
        assert_int_equal(contact_closest(&got, NULL, &other), 0);
        assert_true(fabs(one.distance - other.distance) < 1e-4);
    }
}

/* A slab of the group: two atoms in general places. */
static void make_slab(int number, struct structure *out) {
    static const char *const cells[] = {[LAYER_OBLIQUE] = "5 6.5 100",
                                        [LAYER_RECTANGULAR] = "5 6.5",
                                        [LAYER_SQUARE] = "6",
                                        [LAYER_HEXAGONAL] = "7"};
    char text[200];
    (void)snprintf(text, sizeof text,
                   "s\nSLAB\n%d\n%s\n2\n14 .13 .21 1.3\n8 .32 .07 2.9\nEND\n", number,
                   cells[layer_group_lattice(number)]);
    reading_ok(read_alone, text, out);
}

static void all_layer_groups_are_written_by_their_atoms_and_read_back(void **state) {
    (void)state;
    int group = 0;
    _cleanup_structure_ struct structure probe = STRUCTURE_NULL;
    make_slab(61, &probe);
    if (symmetry_layer(&probe, 0.01, &group, &probe) == SYMMETRY_E_NONE) {
        skip(); /* a spglib without layer groups */
    }
    int by_group = 0;
    for (int number = 2; number <= LAYER_GROUPS; number++) {
        _cleanup_structure_ struct structure want = STRUCTURE_NULL;
        _cleanup_structure_ struct structure got = STRUCTURE_NULL;
        _cleanup_buf_ struct buf text = BUF_NULL;
        struct contact one;
        struct contact other;
        struct errmsg note = ERRMSG_NULL;
        char head[32];
        make_slab(number, &want);
        assert_int_equal(structure_file_write(&want, STRUCTURE_D12, &text, &note, NULL),
                         0);
        assert_int_equal(buf_append(&text, "", 1), 0);
        (void)snprintf(head, sizeof head, "s\nSLAB\n%d\n", number);
        by_group += strncmp(buf_bytes(&text), head, strlen(head)) == 0;
        reading_ok(read_alone, buf_bytes(&text), &got);
        assert_int_equal(got.n_atoms % want.n_atoms, 0);
        assert_int_equal(contact_closest(&want, NULL, &one), 0);
        assert_int_equal(contact_closest(&got, NULL, &other), 0);
        assert_true(fabs(one.distance - other.distance) < 1e-4);
    }
    /* Where spglib has another origin all atoms are written. */
    assert_true(by_group >= 70);
}

static void only_atoms_that_symmetry_does_not_make_are_written(void **state) {
    (void)state;
    _cleanup_structure_ struct structure salt = STRUCTURE_NULL;
    _cleanup_buf_ struct buf text = BUF_NULL;
    struct errmsg note = ERRMSG_NULL;
    reading_ok(read_alone,
               "salt\nCRYSTAL\n0 0 0\n225\n5.64\n2\n11 0 0 0\n17 .5 .5 .5\nEND\n",
               &salt);
    assert_int_equal(structure_file_write(&salt, STRUCTURE_D12, &text, &note, NULL), 0);
    assert_int_equal(buf_append(&text, "", 1), 0);
    assert_string_equal(
        buf_bytes(&text),
        "salt\nCRYSTAL\n0 0 0\n225\n5.6400000000\n2\n"
        " 11    0.000000000000    0.000000000000    0.000000000000\n"
        " 17    0.500000000000    0.000000000000    0.000000000000\nEND\n");
}

/* ---- hostile ---- */

static void it_is_recognised_by_its_second_line(void **state) {
    (void)state;
    assert_true(crystal_d12_recognise("t\nSLAB \n1\n", 10));
    assert_true(crystal_d12_recognise("t\nslab\n1\n", 9));
    assert_false(crystal_d12_recognise("SLAB\n1\n", 7));
    assert_false(crystal_d12_recognise("t\nSLABS\n", 8));
    assert_true(crystal_gui_recognise(GUI_CELL GUI_ONE, strlen(GUI_CELL GUI_ONE)));
    assert_false(crystal_gui_recognise(GUI_CELL, strlen(GUI_CELL)));
    assert_false(crystal_gui_recognise("3\n", 2));
}

static void hostile_bytes_and_missing_memory_are_survived(void **state) {
    (void)state;
    reading_hostile(read_alone,
                    "t\nCRYSTAL\n1 1 2\n0 0 8\nR -3\n5 90.5\n1\n108 .1 0 0\n"
                    "SUPERCON\n1 0 0\n0 2 0\n0 0 1\nEND\n");
    reading_hostile(read_alone, "t\nSLAB\n47\n4 5\n1\n8 0 0 -1\nATOMROT\n");
    reading_hostile(read_alone, "t\nMOLECULE\n44\n1\n8 .5 .5 .5\nEND\n");
    reading_hostile(crystal_gui_read, GUI_CELL GUI_TWO "1\n14 0 0 0\n");
}

static int attempt_write(void *data) {
    _cleanup_buf_ struct buf text = BUF_NULL;
    struct errmsg note = ERRMSG_NULL;
    return structure_file_write(data, STRUCTURE_D12, &text, &note, NULL);
}

static void missing_memory_is_told_in_writing(void **state) {
    (void)state;
    _cleanup_structure_ struct structure slab = STRUCTURE_NULL;
    reading_ok(read_alone, "s\nSLAB\n61\n2.98\n1\n12 0 0 1.05\nEND\n", &slab);
    assert_true(alloc_fault_sweep(attempt_write, &slab, -ENOMEM) > 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_group_by_number_makes_the_atoms_of_the_primitive_cell),
        cmocka_unit_test(of_two_origins_the_third_flag_chooses),
        cmocka_unit_test(a_symbol_stands_for_the_group_where_the_first_flag_says_so),
        cmocka_unit_test(rhombohedral_groups_have_either_axes),
        cmocka_unit_test(an_origin_is_shifted_in_parts_of_24),
        cmocka_unit_test(each_lattice_takes_as_many_numbers_as_it_leaves_open),
        cmocka_unit_test(a_slab_has_the_symmetry_of_its_layer_group),
        cmocka_unit_test(a_polymer_repeats_along_x),
        cmocka_unit_test(a_molecule_has_the_symmetry_of_its_point_group),
        cmocka_unit_test(each_point_group_has_its_order),
        cmocka_unit_test(numbers_above_100_are_elements_with_another_basis_set),
        cmocka_unit_test(supercells_are_made_and_other_changes_told),
        cmocka_unit_test(a_mistake_is_told_with_its_line),
        cmocka_unit_test(a_gui_file_has_all_atoms_or_what_makes_them),
        cmocka_unit_test(external_takes_it_from_beside),
        cmocka_unit_test(all_space_groups_are_written_by_their_atoms_and_read_back),
        cmocka_unit_test(all_layer_groups_are_written_by_their_atoms_and_read_back),
        cmocka_unit_test(only_atoms_that_symmetry_does_not_make_are_written),
        cmocka_unit_test(it_is_recognised_by_its_second_line),
        cmocka_unit_test(hostile_bytes_and_missing_memory_are_survived),
        cmocka_unit_test(missing_memory_is_told_in_writing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
