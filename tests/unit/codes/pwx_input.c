/* Which inputs of pw.x are refused, where, and with what words; and that nothing is
 * refused that pw.x takes. */
#include "codes/code.h"

#include "base/buf.h"
#include "samples.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* A good input in parts, so that a test changes one of them. */
struct parts {
    const char *control;
    const char *system;
    const char *electrons;
    const char *more;
    const char *species;
    const char *positions;
    const char *k_points;
    const char *end;
};

#define GOOD                                                                           \
    .control = "&control\n calculation = 'scf'\n/\n",                                  \
    .system = "&system\n ibrav = 2, celldm(1) = 10.2\n nat = 2, ntyp = 1\n"            \
              " ecutwfc = 12\n/\n",                                                    \
    .electrons = "&electrons\n/\n", .more = "",                                        \
    .species = "ATOMIC_SPECIES\nSi 28.086 Si.pz-vbc.UPF\n",                            \
    .positions = "ATOMIC_POSITIONS alat\nSi 0 0 0\nSi 0.25 0.25 0.25\n",               \
    .k_points = "K_POINTS automatic\n2 2 2 1 1 1\n", .end = ""

/* The lines at which the parts of GOOD begin. */
enum {
    LINE_CONTROL = 1,
    LINE_SYSTEM = 4,
    LINE_ELECTRONS = 9,
    LINE_SPECIES = 11,
    LINE_POSITIONS = 13,
    LINE_K_POINTS = 16,
};

static char *join(const struct parts *p) {
    struct buf buf = BUF_NULL;
    assert_int_equal(buf_printf(&buf, "%s%s%s%s%s%s%s%s", p->control, p->system,
                                p->electrons, p->more, p->species, p->positions,
                                p->k_points, p->end),
                     0);
    char *text = buf_take_string(&buf);
    buf_deinit(&buf);
    return text;
}

static int check(const char *text, long *line, struct errmsg *msg) {
    size_t n = strlen(text);
    /* On the heap without a NUL behind it, so that valgrind sees reading too far. */
    char *copy = malloc(n ? n : 1);
    assert_non_null(copy);
    memcpy(copy, text, n);
    int r =
        code_check_input(code_by_name("quantum_espresso"), "si.in", copy, n, line, msg);
    free(copy);
    return r;
}

static void accepted(const struct parts *parts) {
    _cleanup_free_ char *text = join(parts);
    struct errmsg msg = ERRMSG_NULL;
    long line = 7;
    int r = check(text, &line, &msg);
    if (r != 0) {
        fail_msg("refused: %s\n%s", msg.text, text);
    }
    assert_int_equal(line, 7);
    assert_string_equal(msg.text, "");
}

static void refused(const struct parts *parts, long line, const char *words) {
    _cleanup_free_ char *text = join(parts);
    struct errmsg msg = ERRMSG_NULL;
    long got = 0;
    if (check(text, &got, &msg) != CODE_E_INPUT) {
        fail_msg("accepted:\n%s", text);
    }
    char where[32];
    (void)snprintf(where, sizeof(where), "si.in:%ld: ", line);
    if (got != line || strncmp(msg.text, where, strlen(where)) != 0 ||
        !strstr(msg.text, words)) {
        fail_msg("line %ld: %s\n(not line %ld: … %s …)", got, msg.text, line, words);
    }
    assert_int_equal(check(text, &got, NULL), CODE_E_INPUT);
}

#define ACCEPTED(...) accepted(&(struct parts){GOOD, __VA_ARGS__})
#define REFUSED(line, words, ...)                                                      \
    refused(&(struct parts){GOOD, __VA_ARGS__}, line, words)

/* A parts literal that overrides GOOD is what is meant here. */
#pragma GCC diagnostic ignored "-Woverride-init"

/* ---- what is taken ---- */

static void the_samples_are_accepted(void **state) {
    (void)state;
    const char *const names[] = {"si_scf.in",   "si_relax.in", "si_vcrelax.in",
                                 "si_bands.in", "si_md.in",    "fe_spin.in"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        _cleanup_buf_ struct buf text = BUF_NULL;
        samples_read_own(names[i], &text);
        struct errmsg msg = ERRMSG_NULL;
        long line;
        const struct code *code = code_of_input(buf_bytes(&text), buf_len(&text));
        assert_ptr_equal(code, code_by_name("quantum_espresso"));
        assert_int_equal(code_check_input(code, names[i], buf_bytes(&text),
                                          buf_len(&text), &line, &msg),
                         0);
    }
}

static void structures_of_the_fixtures_are_accepted(void **state) {
    (void)state;
    const char *const names[] = {
        "structures/aiida_vcrelax.pw.in",  "structures/ibrav0_bohr.pw.in",
        "structures/ibrav0_crystal.pw.in", "structures/lattice_ibrav14.pw.in",
        "structures/lattice_ibrav4.pw.in", "structures/tio2_opt.pw.in",
    };
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        _cleanup_buf_ struct buf text = BUF_NULL;
        if (!samples_read("CRYSTALMATH_FIXTURES", names[i], &text)) {
            print_message("# SKIP: no fixtures beside the checkout\n");
            skip();
        }
        struct errmsg msg = ERRMSG_NULL;
        long line;
        const struct code *code = code_of_input(buf_bytes(&text), buf_len(&text));
        assert_non_null(code);
        if (code_check_input(code, names[i], buf_bytes(&text), buf_len(&text), &line,
                             &msg) != 0) {
            fail_msg("%s", msg.text);
        }
    }
}

static void namelists_are_read_as_fortran_reads_them(void **state) {
    (void)state;
    ACCEPTED(.end = "");
    ACCEPTED(.control = "a title\n#!/bin/sh\n  &CONTROL\nCalculation=\"scf\",/ rest\n");
    ACCEPTED(.control = "$control\n$end\n");
    ACCEPTED(.control = "&control\n prefix = 'it''s', outdir = '/a/b', \n &end\n");
    ACCEPTED(.control = "&control title = ' & / ! = ' ! a comment = 3\n/\n");
    ACCEPTED(.system = "&system\n ibrav=2 celldm(1)=10.2 nat=2 ntyp=1 ecutwfc=12 /\n");
    ACCEPTED(.system = "&system\n ibrav=2\n celldm=10.2,5*0.0 nat=+2;ntyp=1,, "
                       "ecutwfc=1.2d1,\n nosym=, starting_magnetization(1:1)=0.1\n/\n");
    ACCEPTED(.system = "&system\n ibrav\n=\n2, celldm( 1 )=.102E2 nat=2 ntyp=1 "
                       "ecutwfc=12.0+0 degauss=1q-2\n noncolin=.f nosym=T\n/\n");
    ACCEPTED(.system = "&system\n ibrav=0\n A=5.4 nat=2 ntyp=1 ecutwfc=12\n/\n",
             .end = "CELL_PARAMETERS alat\n.5 .5 0\n0 .5 .5\n.5 0 .5\n");
    ACCEPTED(.system = "&system\n space_group=227 A=5.4 nat=2 ntyp=1 ecutwfc=12\n/\n");
}

static void other_namelists_are_passed_over(void **state) {
    (void)state;
    ACCEPTED(.system = "&other\n a = 1\n/\n&system\n ibrav=2 celldm(1)=10.2 nat=2 "
                       "ntyp=1 ecutwfc=12\n/\n");
    /* An scf reads neither of these, whatever is in them. */
    ACCEPTED(.more = "&ions\n nonsense = 1\n/\n&cell\n cell_dynamics = 'bfgs'\n/\n");
}

static void cards_are_read_as_pwx_reads_them(void **state) {
    (void)state;
    ACCEPTED(.species = "\n# comment\n ATOMIC_SPECIES\n\nSi, 28.086, Si.UPF more\n");
    ACCEPTED(.positions =
                 "ATOMIC_POSITIONS (crystal)\n# one\nSi 1/3 -.5 (1+1)/8 ! two\n"
                 "\nSi 2^-1 1.0d-1 0.5*0.5 0 1 0\n");
    ACCEPTED(.positions = "ATOMIC_POSITIONS\nSi\t0 0 0\nSi 0 0 1e-1\n");
    ACCEPTED(.positions = "ATOMIC_POSITIONS crystal_sg\nSi 8a\nSi 4f 0.1 1 1 0\n");
    ACCEPTED(.k_points = "K_POINTS {gamma}\n");
    ACCEPTED(.k_points = "K_POINTS (automatic)\n2,2,2,0,0,0 ! mesh\n");
    ACCEPTED(.k_points = "K_POINTS\n2\n0 0 0 1\n0.5 0. 1.d0 1.0 name\n");
    ACCEPTED(.k_points = "K_POINTS crystal_b\n3\nG 10\nX 20\n0.5 0.5 0.5 1\n");
    ACCEPTED(.end = "OCCUPATIONS\n2 2 2 2\nATOMIC_FORCES\nSi 0 0 0\nSi 0 0 0\n");
    ACCEPTED(.end = "HUBBARD (atomic)\nU Si-3p 1.0\n\nsome words below\n");
}

/* As gfortran skips it, before the first namelist. */
static void a_byte_order_mark_is_accepted(void **state) {
    (void)state;
    accepted(&(struct parts){GOOD, .control = "\xEF\xBB\xBF&control\n/\n"});
    accepted(&(struct parts){GOOD, .control = "\xEF\xBB\xBF! made by\n&control\n/\n"});
}

static void dos_line_ends_are_accepted(void **state) {
    (void)state;
    _cleanup_free_ char *text = join(&(struct parts){GOOD});
    struct buf dos = BUF_NULL;
    for (const char *c = text; *c; c++) {
        assert_int_equal(buf_printf(&dos, *c == '\n' ? "\r%c" : "%c", *c), 0);
    }
    _cleanup_free_ char *copy = buf_take_string(&dos);
    long line;
    assert_int_equal(check(copy, &line, NULL), 0);
    buf_deinit(&dos);
}

/* ---- namelists that are refused ---- */

static void unknown_variables_get_the_nearest_name(void **state) {
    (void)state;
    REFUSED(LINE_SYSTEM + 1, "ecutwf is no variable of &system; did you mean ecutwfc?",
            .system = "&system\n ecutwf = 12\n/\n");
    REFUSED(LINE_SYSTEM + 1, "frobnicate is no variable of &system",
            .system = "&system\n frobnicate = 12\n/\n");
    REFUSED(LINE_ELECTRONS + 1, "nstep belongs in &control, not in &electrons",
            .electrons = "&electrons\n nstep = 3\n/\n");
}

static void missing_and_misspelt_namelists_are_named(void **state) {
    (void)state;
    REFUSED(LINE_CONTROL, "&contorl is no namelist of pw.x; write &control",
            .control = "&contorl\n/\n");
    REFUSED(LINE_ELECTRONS - 1, "namelist &electrons is missing", .electrons = "");
    REFUSED(LINE_ELECTRONS + 1, "namelist &ions is missing",
            .control = "&control\n calculation = 'relax'\n/\n");
    REFUSED(LINE_ELECTRONS + 3, "namelist &cell is missing",
            .control = "&control\n calculation = 'vc-relax'\n/\n",
            .more = "&ions\n/\n");
    REFUSED(1, "&electrons comes too early", .control = "&electrons\n/\n&control\n/\n",
            .electrons = "");
}

static void namelists_that_are_not_closed_are_named(void **state) {
    (void)state;
    REFUSED(LINE_SYSTEM, "&system begins inside of &control, which line 1 opens",
            .control = "&control\n calculation = 'scf'\n\n");
    REFUSED(LINE_SPECIES, "ATOMIC_SPECIES begins inside of &electrons",
            .electrons = "&electrons\n conv_thr = 1d-6\n");
    REFUSED(LINE_ELECTRONS, "&electrons is never closed",
            .electrons = "&electrons\n conv_thr = 1d-6\n", .species = "",
            .positions = "", .k_points = "");
}

static void values_of_the_wrong_kind_are_refused(void **state) {
    (void)state;
    REFUSED(5, "nat = 2.0: nat takes a whole number",
            .system = "&system\n nat = 2.0\n/\n");
    REFUSED(5, "ecutwfc = '12': ecutwfc takes a number, without quotes",
            .system = "&system\n ecutwfc = '12'\n/\n");
    REFUSED(5, "ecutwfc = 12Ry: ecutwfc takes a bare number, without a unit",
            .system = "&system\n ecutwfc = 12Ry\n/\n");
    REFUSED(5, "nosym = yes: nosym takes .true. or .false.",
            .system = "&system\n nosym = yes\n/\n");
    REFUSED(5, "nosym = 1: nosym takes", .system = "&system\n nosym = 1\n/\n");
    REFUSED(2, "calculation = scf: calculation takes a text in quotes",
            .control = "&control\n calculation = scf\n/\n");
    REFUSED(2, "the value of outdir is a path and needs quotes",
            .control = "&control\n outdir = /tmp/x\n/\n");
    REFUSED(2, "the quote that opens the value of prefix is not closed",
            .control = "&control\n prefix = 'si\n/\n");
}

static void wrong_numbers_of_values_are_refused(void **state) {
    (void)state;
    REFUSED(5, "nat takes 1 value, not 2", .system = "&system\n nat = 2 2\n/\n");
    REFUSED(5, "ecutwfc takes 1 value, not 4",
            .system = "&system\n ecutwfc = 4*2\n/\n");
    REFUSED(5, "celldm takes 6 values, not 7",
            .system = "&system\n celldm = 10.2 6*0.0\n/\n");
    REFUSED(5, "celldm is indexed from 1 to 6",
            .system = "&system\n celldm(7) = 1\n/\n");
    REFUSED(5, "nat takes no index", .system = "&system\n nat(1) = 1\n/\n");
    REFUSED(5, "no blank may stand between celldm and its index",
            .system = "&system\n celldm (1) = 1\n/\n");
    REFUSED(5, "nat has no \"= value\"", .system = "&system\n nat\n ntyp = 1\n/\n");
}

static void comments_in_namelists_begin_with_an_exclamation_mark(void **state) {
    (void)state;
    REFUSED(5, "begins with !, not with #", .system = "&system\n# comment\n/\n");
    REFUSED(5, "begins with !, not with #",
            .system = "&system\n nat = 2 # comment\n/\n");
}

static void what_must_be_there_is_asked_for(void **state) {
    (void)state;
    REFUSED(LINE_SYSTEM, "&system has no ibrav",
            .system = "&system\n nat=2 ntyp=1 ecutwfc=12\n/\n");
    REFUSED(LINE_SYSTEM, "&system has no nat",
            .system = "&system\n ibrav=2 celldm(1)=10.2 ntyp=1 ecutwfc=12\n/\n");
    REFUSED(LINE_SYSTEM, "&system has no ntyp",
            .system = "&system\n ibrav=2 celldm(1)=10.2 nat=2 ecutwfc=12\n/\n");
    REFUSED(LINE_SYSTEM, "&system has no ecutwfc",
            .system = "&system\n ibrav=2 celldm(1)=10.2 nat=2 ntyp=1\n/\n");
    REFUSED(LINE_SYSTEM + 1, "ecutwfc (the cutoff for wavefunctions, in Ry) must be",
            .system = "&system\n ibrav=2 celldm(1)=10.2 nat=2 ntyp=1 ecutwfc=0\n/\n");
}

static void lattices_that_are_none_are_refused(void **state) {
    (void)state;
    REFUSED(5, "there is no Bravais lattice ibrav = 15",
            .system = "&system\n ibrav=15 celldm(1)=10.2 nat=2 ntyp=1 ecutwfc=12\n/\n");
    REFUSED(5, "ibrav = 2 needs the lattice parameter",
            .system = "&system\n ibrav=2 nat=2 ntyp=1 ecutwfc=12\n/\n");
    REFUSED(5, "given twice",
            .system = "&system\n ibrav=2 celldm(1)=1 A=1 nat=2 ntyp=1 ecutwfc=12\n/\n");
}

static void calculations_that_are_none_are_refused(void **state) {
    (void)state;
    REFUSED(2, "no calculation 'vcrelax'; did you mean 'vc-relax'?",
            .control = "&control\n calculation = 'vcrelax'\n/\n");
    REFUSED(2, "no calculation 'SCF'; did you mean 'scf'?",
            .control = "&control\n calculation = 'SCF'\n/\n");
    REFUSED(2, "no calculation 'foo'; it takes scf, nscf, bands",
            .control = "&control\n calculation = 'foo'\n/\n");
}

/* ---- cards that are refused ---- */

static void species_must_be_as_many_as_ntyp(void **state) {
    (void)state;
    REFUSED(LINE_SPECIES + 1, "ATOMIC_SPECIES has 0 lines, but ntyp = 1",
            .species = "ATOMIC_SPECIES\n");
    REFUSED(LINE_SPECIES + 2, "more lines than ntyp = 1",
            .species = "ATOMIC_SPECIES\nSi 28.086 Si.UPF\nO 16.0 O.UPF\n");
    REFUSED(LINE_SPECIES + 1, "a label, a mass and a pseudopotential's file",
            .species = "ATOMIC_SPECIES\nSi Si.UPF\n");
    REFUSED(LINE_SPECIES + 1, "a label, a mass and a pseudopotential's file",
            .species = "ATOMIC_SPECIES\nSi heavy Si.UPF\n");
    REFUSED(LINE_ELECTRONS + 4, "Si stands twice in ATOMIC_SPECIES",
            .system =
                "&system\n ibrav=2 celldm(1)=10.2\n nat=2 ntyp=2\n ecutwfc=12\n/\n",
            .species = "ATOMIC_SPECIES\nSi 28.086 Si.UPF\nSi 28.086 Si.UPF\n");
}

static void positions_must_be_as_many_as_nat(void **state) {
    (void)state;
    REFUSED(LINE_POSITIONS + 2, "ATOMIC_POSITIONS has 1 atom, but nat = 2",
            .positions = "ATOMIC_POSITIONS alat\nSi 0 0 0\n");
    REFUSED(LINE_POSITIONS + 3, "more atoms than nat = 2",
            .positions = "ATOMIC_POSITIONS alat\nSi 0 0 0\nSi .2 .2 .2\nSi .5 0 0\n");
}

static void positions_must_be_well_formed(void **state) {
    (void)state;
    const long first = LINE_POSITIONS + 1;
    REFUSED(first, "Ge is not in ATOMIC_SPECIES",
            .positions = "ATOMIC_POSITIONS alat\nGe 0 0 0\nSi 0 0 1\n");
    REFUSED(first, "capital and small letters differ",
            .positions = "ATOMIC_POSITIONS alat\nSI 0 0 0\nSi 0 0 1\n");
    REFUSED(first, "not 5 fields",
            .positions = "ATOMIC_POSITIONS alat\nSi 0 0 0 1\nSi 0 0 1\n");
    REFUSED(first, "0.1x is no coordinate",
            .positions = "ATOMIC_POSITIONS alat\nSi 0 0.1x 0\nSi 0 0 1\n");
    REFUSED(first, "if_pos takes 0 or 1, not T",
            .positions = "ATOMIC_POSITIONS alat\nSi 0 0 0 T T T\nSi 0 0 1\n");
    REFUSED(LINE_POSITIONS, "knows no word cartesian",
            .positions = "ATOMIC_POSITIONS {cartesian}\nSi 0 0 0\nSi 0 0 1\n");
    REFUSED(LINE_POSITIONS - 2, "ATOMIC_SPECIES must stand before", .species = "");
    REFUSED(first + 1, "# as the line's first character",
            .positions = "ATOMIC_POSITIONS alat\nSi 0 0 0\n! no\nSi 0 0 1\n");
}

static void k_points_must_be_well_formed(void **state) {
    (void)state;
    const long next = LINE_K_POINTS + 1;
    REFUSED(next, "takes six whole numbers", .k_points = "K_POINTS automatic\n2 2 2\n");
    REFUSED(next, "takes six whole numbers",
            .k_points = "K_POINTS automatic\n2 2 2 0. 0 0\n");
    REFUSED(next, "at least 1", .k_points = "K_POINTS automatic\n0 2 2 0 0 0\n");
    REFUSED(next, "0 or 1", .k_points = "K_POINTS automatic\n2 2 2 2 0 0\n");
    REFUSED(LINE_K_POINTS, "takes six whole numbers",
            .k_points = "K_POINTS automatic\n");
    REFUSED(next + 1, "a k-point has three coordinates and a weight",
            .k_points = "K_POINTS\n1\n0 0 0\n");
    REFUSED(LINE_K_POINTS, "announces 2 points, 1 follow",
            .k_points = "K_POINTS crystal\n2\n0 0 0 1\n");
    REFUSED(next, "takes the number of points on the next line",
            .k_points = "K_POINTS tpiba\nfour\n");
}

static void cells_go_with_ibrav_0_only(void **state) {
    (void)state;
    REFUSED(LINE_K_POINTS + 2, "goes with ibrav = 0 only, but ibrav = 2",
            .end = "CELL_PARAMETERS bohr\n1 0 0\n0 1 0\n0 0 1\n");
    REFUSED(5, "ibrav = 0 needs the card CELL_PARAMETERS",
            .system = "&system\n ibrav=0\n nat=2 ntyp=1\n ecutwfc=12\n/\n");
    REFUSED(LINE_K_POINTS + 2, "given twice",
            .system = "&system\n ibrav=0 celldm(1)=5\n nat=2 ntyp=1\n ecutwfc=12\n/\n",
            .end = "CELL_PARAMETERS bohr\n1 0 0\n0 1 0\n0 0 1\n");
    REFUSED(LINE_K_POINTS + 2, "alat needs celldm(1) or A",
            .system = "&system\n ibrav=0\n nat=2 ntyp=1\n ecutwfc=12\n/\n",
            .end = "CELL_PARAMETERS alat\n1 0 0\n0 1 0\n0 0 1\n");
    REFUSED(LINE_K_POINTS + 5, "three lines of three numbers",
            .system = "&system\n ibrav=0\n nat=2 ntyp=1\n ecutwfc=12\n/\n",
            .end = "CELL_PARAMETERS bohr\n1 0 0\n0 1 0\n0 0\n");
}

static void missing_cards_are_named(void **state) {
    (void)state;
    const long end = LINE_K_POINTS + 2;
    ACCEPTED(.k_points = "");
    REFUSED(end - 3, "card ATOMIC_POSITIONS is missing", .positions = "");
    REFUSED(end - 5, "card ATOMIC_SPECIES is missing", .species = "", .positions = "");
}

static void lines_that_were_meant_as_cards_are_not_passed_over(void **state) {
    (void)state;
    REFUSED(LINE_K_POINTS, "KPOINTS is no card of pw.x; did you mean K_POINTS?",
            .k_points = "KPOINTS automatic\n2 2 2 0 0 0\n");
    REFUSED(LINE_K_POINTS, "a blank must stand between K_POINTS and what follows it",
            .k_points = "K_POINTS{automatic}\n2 2 2 0 0 0\n");
    REFUSED(LINE_K_POINTS + 2, "MY_OWN_CARD is no card of pw.x",
            .end = "MY_OWN_CARD 1\n");
    REFUSED(LINE_K_POINTS + 2, "K_POINTS stands twice, first in line 16",
            .end = "K_POINTS gamma\n");
}

static void words_from_the_input_are_printable(void **state) {
    (void)state;
    REFUSED(5, "stands where a variable's name is expected",
            .system = "&system\n \x01\xff\x1b[2J = 1\n/\n");
    _cleanup_free_ char *text =
        join(&(struct parts){GOOD, .system = "&system\n \x01\xff\x1b[2J = 1\n/\n"});
    struct errmsg msg = ERRMSG_NULL;
    long line;
    assert_int_equal(check(text, &line, &msg), CODE_E_INPUT);
    for (const char *c = msg.text; *c; c++) {
        assert_true(*c >= 0x20 && *c < 0x7f);
    }
}

/* Cut anywhere and damaged anywhere, an input is judged without a fault. */
static void damaged_inputs_never_break_the_check(void **state) {
    (void)state;
    _cleanup_free_ char *text = join(&(struct parts){GOOD});
    size_t n = strlen(text);
    for (size_t i = 0; i < n; i++) {
        char kept = text[i];
        long line;
        const char hostile[] = {'\0', '(', '\'', '/', '*', '\n', '&'};
        for (size_t k = 0; k < sizeof(hostile); k++) {
            text[i] = hostile[k];
            char *copy = malloc(n);
            assert_non_null(copy);
            memcpy(copy, text, n);
            (void)code_check_input(code_by_name("quantum_espresso"), "x", copy, n,
                                   &line, NULL);
            (void)code_check_input(code_by_name("quantum_espresso"), "x", copy, i,
                                   &line, NULL);
            free(copy);
        }
        text[i] = kept;
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_samples_are_accepted),
        cmocka_unit_test(structures_of_the_fixtures_are_accepted),
        cmocka_unit_test(namelists_are_read_as_fortran_reads_them),
        cmocka_unit_test(other_namelists_are_passed_over),
        cmocka_unit_test(cards_are_read_as_pwx_reads_them),
        cmocka_unit_test(a_byte_order_mark_is_accepted),
        cmocka_unit_test(dos_line_ends_are_accepted),
        cmocka_unit_test(unknown_variables_get_the_nearest_name),
        cmocka_unit_test(missing_and_misspelt_namelists_are_named),
        cmocka_unit_test(namelists_that_are_not_closed_are_named),
        cmocka_unit_test(values_of_the_wrong_kind_are_refused),
        cmocka_unit_test(wrong_numbers_of_values_are_refused),
        cmocka_unit_test(comments_in_namelists_begin_with_an_exclamation_mark),
        cmocka_unit_test(what_must_be_there_is_asked_for),
        cmocka_unit_test(lattices_that_are_none_are_refused),
        cmocka_unit_test(calculations_that_are_none_are_refused),
        cmocka_unit_test(species_must_be_as_many_as_ntyp),
        cmocka_unit_test(positions_must_be_as_many_as_nat),
        cmocka_unit_test(positions_must_be_well_formed),
        cmocka_unit_test(k_points_must_be_well_formed),
        cmocka_unit_test(cells_go_with_ibrav_0_only),
        cmocka_unit_test(missing_cards_are_named),
        cmocka_unit_test(lines_that_were_meant_as_cards_are_not_passed_over),
        cmocka_unit_test(words_from_the_input_are_printable),
        cmocka_unit_test(damaged_inputs_never_break_the_check),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
