/* What an input of pw.x says of other files; inputs with one thing changed. */
#include "codes/code.h"

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/str.h"
#include "support/alloc_fault.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define HEAD                                                                           \
    "&CONTROL ! first\n  calculation='scf'\n  PSEUDO_DIR = './ps' , "                  \
    "prefix=\"it''s\"\n"
#define MORE "/\n&system\n ibrav = 2, celldm(1) = 10.2 nat=2, ntyp = 1\n"
#define CUTOFF " EcutWFC=12.0d0 ! Ry\n"
#define ELECTRONS " /\n&electrons mixing_beta = 0.3 /\n"
#define CARDS                                                                          \
    "ATOMIC_SPECIES\n Si 28.086 Si.pz-vbc.UPF\nATOMIC_POSITIONS alat\nSi 0 0 0\n"      \
    "Si 0.25 0.25 0.25\nK_POINTS automatic\n"
#define GRID " 2  2\t2 1 1 1\n"

static const char input[] = HEAD MORE CUTOFF ELECTRONS CARDS GRID;

static const struct code *pwx(void) {
    return code_by_name("quantum_espresso");
}

/* The input as it became, or NULL with the message; freed by the caller. */
static char *set(const char *text, const char *name, const char *value,
                 struct errmsg *msg) {
    _cleanup_buf_ struct buf out = BUF_NULL;
    size_t n = strlen(text);
    /* On the heap without a NUL behind it, so that valgrind sees reading too far. */
    _cleanup_free_ char *copy = malloc(n);
    assert_non_null(copy);
    memcpy(copy, text, n);
    int r = code_set_value(pwx(), "si.in", copy, n, name, value, &out, msg);
    assert_true(r == 0 || r == CODE_E_INPUT);
    return r == 0 ? buf_take_string(&out) : NULL;
}

static void becomes(const char *text, const char *name, const char *value,
                    const char *want) {
    struct errmsg msg = ERRMSG_NULL;
    _cleanup_free_ char *got = set(text, name, value, &msg);
    assert_string_equal(msg.text, "");
    assert_non_null(got);
    assert_string_equal(got, want);
    long line = 0;
    assert_int_equal(code_check_input(pwx(), "x", got, strlen(got), &line, &msg), 0);
}

static void a_value_that_is_there_is_replaced_and_nothing_else(void **state) {
    (void)state;
    becomes(input, "ecutwfc", "20",
            HEAD MORE " EcutWFC=20 ! Ry\n" ELECTRONS CARDS GRID);
    becomes(input, "ECUTWFC", "2.0d1",
            HEAD MORE " EcutWFC=2.0d1 ! Ry\n" ELECTRONS CARDS GRID);
    becomes(input, "celldm(1)", "10.3",
            HEAD "/\n&system\n ibrav = 2, celldm(1) = 10.3 nat=2, ntyp = 1\n" CUTOFF
                ELECTRONS CARDS GRID);
    becomes(input, "mixing_beta", "0.5",
            HEAD MORE CUTOFF " /\n&electrons mixing_beta = 0.5 /\n" CARDS GRID);
}

static void a_string_gets_quotes_and_may_have_them(void **state) {
    (void)state;
    const char *want =
        "&CONTROL ! first\n  calculation='scf'\n  PSEUDO_DIR = '/p q/o''x' , "
        "prefix=\"it''s\"\n" MORE CUTOFF ELECTRONS CARDS GRID;
    becomes(input, "pseudo_dir", "/p q/o'x", want);
    becomes(input, "pseudo_dir", "'/p q/o''x'", want);
}

static void a_value_that_is_not_there_comes_to_the_end_of_its_namelist(void **state) {
    (void)state;
    becomes(input, "ecutrho", "80",
            HEAD MORE CUTOFF
            "   ecutrho = 80\n/\n&electrons mixing_beta = 0.3 /\n" CARDS GRID);
    becomes(input, "conv_thr", "1e-9",
            HEAD MORE CUTOFF
            " /\n&electrons mixing_beta = 0.3   conv_thr = 1e-9\n/\n" CARDS GRID);
    becomes(input, "celldm( 3 )", "1.6",
            HEAD MORE CUTOFF
            "   celldm(3) = 1.6\n/\n&electrons mixing_beta = 0.3 /\n" CARDS GRID);
}

static void of_a_variable_that_stands_twice_the_last_counts(void **state) {
    (void)state;
    becomes(HEAD MORE CUTOFF " ecutwfc = 14\n" ELECTRONS CARDS GRID, "ecutwfc", "20",
            HEAD MORE CUTOFF " ecutwfc = 20\n" ELECTRONS CARDS GRID);
}

static void kpoints_sets_the_numbers_of_the_grid(void **state) {
    (void)state;
    becomes(input, "kpoints", "4", HEAD MORE CUTOFF ELECTRONS CARDS " 4 4 4 1 1 1\n");
    becomes(input, "K_Points", "6x6x1",
            HEAD MORE CUTOFF ELECTRONS CARDS " 6 6 1 1 1 1\n");
}

static void what_cannot_be_set_is_refused_with_a_reason(void **state) {
    (void)state;
    static const struct {
        const char *name, *value, *why;
    } cases[] = {
        {"ecutwf", "20", "pw.x has no variable ecutwf; did you mean ecutwfc?"},
        {"", "20", "'' is no name of a variable"},
        {"celldm()", "20", "'celldm()' is no name of a variable"},
        {"celldm", "20", "celldm needs its index, as in celldm(1)"},
        {"ecutwfc", "high", "ecutwfc = high: ecutwfc takes a number"},
        {"ecutwfc", "", "ecutwfc = : ecutwfc takes a number"},
        {"ecutwfc", "20 /", "ecutwfc = 20 /: ecutwfc takes one value, on one line"},
        {"prefix", "a\nb", "prefix = a\nb: prefix takes one value, on one line"},
        {"ion_dynamics", "bfgs",
         "si.in: ion_dynamics belongs in &ions, which this calculation does not read"},
        {"kpoints", "0",
         "kpoints takes a number of points such as 4, or three such as "
         "4x4x2, not 0"},
        {"kpoints", "4x4", NULL},
        {"kpoints", "4x", NULL},
        {"kpoints", "4x4x0", NULL},
        {"kpoints", "4x4x4x", NULL},
        {"kpoints", "", NULL},
        {"kpoints", "4 4 4", NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct errmsg msg = ERRMSG_NULL;
        assert_null(set(input, cases[i].name, cases[i].value, &msg));
        const char *why = cases[i].why ? cases[i].why : "kpoints takes a number";
        if (strncmp(msg.text, why, strlen(why)) != 0) {
            assert_string_equal(msg.text, why);
        }
    }
    struct errmsg msg = ERRMSG_NULL;
    assert_null(
        set(HEAD MORE CUTOFF ELECTRONS
            "ATOMIC_SPECIES\nSi 28 Si.UPF\nATOMIC_POSITIONS\nSi 0 0 0\nSi 1 1 1\n"
            "K_POINTS gamma\n",
            "kpoints", "4", &msg));
    assert_string_equal(msg.text, "si.in: kpoints sets the numbers of \"K_POINTS "
                                  "automatic\"; this input has other k points");
}

static void moves_to(const char *text, const char *want) {
    _cleanup_buf_ struct buf out = BUF_NULL;
    struct errmsg msg = ERRMSG_NULL;
    assert_int_equal(
        code_move_input(pwx(), "si.in", text, strlen(text), "/home/me", &out, &msg), 0);
    _cleanup_free_ char *got = buf_take_string(&out);
    assert_string_equal(got, want);
}

static void a_moved_input_finds_its_pseudopotentials(void **state) {
    (void)state;
    moves_to("&control pseudo_dir='ps'\n" MORE CUTOFF ELECTRONS CARDS GRID,
             "&control pseudo_dir='/home/me/ps'\n" MORE CUTOFF ELECTRONS CARDS GRID);
}

static void a_folder_that_is_absolute_or_not_named_stays(void **state) {
    (void)state;
    static const char absolute[] =
        "&control pseudo_dir='/ps'\n" MORE CUTOFF ELECTRONS CARDS GRID;
    static const char none[] = "&control\n" MORE CUTOFF ELECTRONS CARDS GRID;
    moves_to(absolute, absolute);
    moves_to(none, none);
}

static void files_are(const char *text, const char *stop, const char *pseudo) {
    static const char *const env[] = {"HOME=/home/me", "X=y", NULL};
    struct code_files files;
    assert_int_equal(
        code_files(pwx(), "si.in", text, strlen(text), (char *const *)env, &files), 0);
    assert_string_equal(files.stop_file, stop);
    assert_string_equal(files.stop_text, "");
    assert_int_equal(strv_length(files.read), 1);
    assert_string_equal(files.read[0], pseudo);
    code_files_deinit(&files);
}

static void the_files_of_a_run_are_known(void **state) {
    (void)state;
    files_are(input, "./it''s.EXIT", "./ps/Si.pz-vbc.UPF");
    files_are(
        "&control outdir=' /tmp/x ' prefix='it''s'\n" MORE CUTOFF ELECTRONS CARDS GRID,
        "/tmp/x/it's.EXIT", "/home/me/espresso/pseudo/Si.pz-vbc.UPF");
}

static void defaults_come_from_the_environment(void **state) {
    (void)state;
    static const char *const env[] = {"ESPRESSO_TMPDIR=/scratch", "ESPRESSO_PSEUDO=/ps",
                                      NULL};
    static const char text[] = "&control\n" MORE CUTOFF ELECTRONS CARDS GRID;
    struct code_files files;
    assert_int_equal(
        code_files(pwx(), "si.in", text, strlen(text), (char *const *)env, &files), 0);
    assert_string_equal(files.stop_file, "/scratch/pwscf.EXIT");
    assert_string_equal(files.read[0], "/ps/Si.pz-vbc.UPF");
    code_files_deinit(&files);
}

static int name_files(void *data) {
    struct code_files files;
    int r = code_files(pwx(), "si.in", input, strlen(input), data, &files);
    if (r == 0) {
        code_files_deinit(&files);
    }
    return r;
}

static int set_text(void *data) {
    _cleanup_buf_ struct buf out = BUF_NULL;
    (void)data;
    return code_set_value(pwx(), "x", input, strlen(input), "outdir", "/tmp/it's", &out,
                          NULL);
}

static void failed_allocations_are_told(void **state) {
    (void)state;
    assert_true(alloc_fault_sweep(name_files, NULL, -ENOMEM) > 5);
    assert_true(alloc_fault_sweep(set_text, NULL, -ENOMEM) > 2);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_value_that_is_there_is_replaced_and_nothing_else),
        cmocka_unit_test(a_string_gets_quotes_and_may_have_them),
        cmocka_unit_test(a_value_that_is_not_there_comes_to_the_end_of_its_namelist),
        cmocka_unit_test(of_a_variable_that_stands_twice_the_last_counts),
        cmocka_unit_test(kpoints_sets_the_numbers_of_the_grid),
        cmocka_unit_test(what_cannot_be_set_is_refused_with_a_reason),
        cmocka_unit_test(a_moved_input_finds_its_pseudopotentials),
        cmocka_unit_test(a_folder_that_is_absolute_or_not_named_stays),
        cmocka_unit_test(the_files_of_a_run_are_known),
        cmocka_unit_test(defaults_come_from_the_environment),
        cmocka_unit_test(failed_allocations_are_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
