/* The codes behind one interface. */
#include "codes/code.h"

#include "base/str.h"
#include "samples.h"
#include "support/alloc_fault.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const struct code *pwx(void) {
    return code_by_name("quantum_espresso");
}

static void pwx_is_known_by_its_name(void **state) {
    (void)state;
    assert_non_null(pwx());
    assert_string_equal(code_name(pwx()), "quantum_espresso");
    assert_string_equal(code_title(pwx()), "Quantum ESPRESSO");
    assert_string_equal(code_program(pwx()), "pw.x");
}

static void an_unknown_name_has_no_code(void **state) {
    (void)state;
    assert_null(code_by_name("gaussian"));
    assert_null(code_by_name(""));
    assert_null(code_by_name(NULL));
}

static void check_command(int cores, const char *want) {
    char number[16];
    (void)snprintf(number, sizeof number, "%d", cores);
    char first[] = "mpirun", second[] = "-np";
    char *const mpirun[] = {first, second, number, NULL};
    const struct code_start start = {
        .input = "si.in", .cores = cores, .launcher = cores > 1 ? mpirun : NULL};
    char **argv = code_command(pwx(), &start);
    assert_non_null(argv);
    _cleanup_buf_ struct buf line = BUF_NULL;
    for (char **word = argv; *word; word++) {
        assert_int_equal(buf_printf(&line, "%s%s", word == argv ? "" : " ", *word), 0);
    }
    _cleanup_free_ char *got = buf_take_string(&line);
    assert_string_equal(got, want);
    (void)strv_free(argv);
}

static void one_core_needs_no_mpirun(void **state) {
    (void)state;
    check_command(1, "pw.x -in si.in");
}

static void several_cores_run_under_mpirun(void **state) {
    (void)state;
    check_command(16, "mpirun -np 16 pw.x -in si.in");
}

static void check_output(const char *input, const char *want) {
    _cleanup_free_ char *name = code_output_name(pwx(), input);
    assert_non_null(name);
    assert_string_equal(name, want);
}

static void the_output_is_named_after_the_input(void **state) {
    (void)state;
    check_output("si.in", "si.out");
    check_output("si.pwi", "si.out");
    check_output("si.inp", "si.out");
    check_output("si.pw", "si.out");
    check_output("si.pw.in", "si.pw.out");
    check_output("run.d/si", "run.d/si.out");
    check_output("a.in/si", "a.in/si.out");
}

static void the_output_is_never_the_input(void **state) {
    (void)state;
    check_output("si.out", "si.out.out");
    check_output(".in", ".in.out");
    check_output("dir/.in", "dir/.in.out");
}

static int make_names(void *data) {
    (void)data;
    const struct code_start start = {.input = "si.in", .cores = 1, .setup = "true"};
    char **argv = code_command(pwx(), &start);
    _cleanup_free_ char *name = argv ? code_output_name(pwx(), "si.in") : NULL;
    (void)strv_free(argv);
    return name ? 0 : -ENOMEM;
}

static void commands_and_names_without_memory_are_null(void **state) {
    (void)state;
    assert_true(alloc_fault_sweep(make_names, NULL, -ENOMEM) > 1);
}

static bool is_output(const char *text) {
    return code_of_output(text, strlen(text)) == pwx();
}

static void outputs_are_recognised_by_the_banner_or_without_it(void **state) {
    (void)state;
    assert_true(is_output("srun: job 1 queued\n     Program PWSCF v.7.1 starts on\n"));
    assert_true(is_output("# cut\n     bravais-lattice index     =            0\n"));
    assert_true(is_output(" %%%%%%\n     Error in routine cdiaghg (668):\n"));
}

static void what_mpi_says_before_does_not_hide_an_output(void **state) {
    (void)state;
    _cleanup_buf_ struct buf text = BUF_NULL;
    while (buf_len(&text) < (size_t)100 * 1024) {
        assert_int_equal(buf_append_str(&text, "[7] MPI startup(): Gather: 3: 0-0\n"),
                         0);
    }
    assert_int_equal(buf_append_str(&text, "     Program PWSCF v.7.1 starts on\n"), 0);
    assert_ptr_equal(code_of_output(buf_bytes(&text), buf_len(&text)), pwx());
}

static void outputs_of_other_programs_are_not_taken(void **state) {
    (void)state;
    assert_null(code_of_output("", 0));
    assert_false(is_output("     Program PHONON v.7.1 starts on 12Jul2017\n"
                           "     bravais-lattice index     =            0\n"));
    assert_false(is_output("     Program PHONON    v.4.1a   starts ...\n"
                           "     bravais-lattice index     =            0\n"));
    assert_false(is_output("hello\n"));
}

static void inputs_of_other_programs_are_not_taken(void **state) {
    (void)state;
    const char *const others[] = {
        "",
        "hello",
        "phonons\n&inputph\n tr2_ph = 1e-14\n/\n0 0 0\n",
        "&control\n calculation = 'cp'\n/\n&system\n/\n&electrons\n/\nATOMIC_SPECIES\n",
        "BEGIN\nBEGIN_PATH_INPUT\n&PATH\n/\nEND_PATH_INPUT\n&control\n/\n&system\n/\n",
        "&inputpp\n prefix = 'x'\n/\n&plot\n/\n",
    };
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        assert_null(code_of_input(others[i], strlen(others[i])));
    }
}

static void inputs_are_recognised_even_when_faulty(void **state) {
    (void)state;
    const char text[] = " &CONTORL\n /\n &SYSTEM\n/\n&electrons\n/\nK_POINTS gamma\n";
    assert_ptr_equal(code_of_input(text, strlen(text)), pwx());
    const char dollars[] = "$control\n$end\n$system\n$end\n$electrons\n$end\n";
    assert_ptr_equal(code_of_input(dollars, strlen(dollars)), pwx());
}

static void freeing_no_scanner_is_fine(void **state) {
    (void)state;
    assert_null(scanner_free(NULL));
}

static void finishing_twice_changes_nothing(void **state) {
    (void)state;
    struct scanner *scanner = NULL;
    assert_int_equal(scanner_new(&scanner, pwx()), 0);
    assert_int_equal(scanner_feed(scanner, "x", 1), 0);
    assert_int_equal(scanner_finish(scanner), 0);
    assert_int_equal(scanner_finish(scanner), 0);
    assert_int_equal(scanner_results(scanner)->n_problems, 1);
    (void)scanner_free(scanner);
}

static int scan_sample(void *data) {
    const struct buf *text = data;
    struct scanner *scanner = NULL;
    int r = scanner_new(&scanner, pwx());
    if (r == 0) {
        r = scanner_feed(scanner, buf_bytes(text), buf_len(text));
        r = r == 0 ? scanner_finish(scanner) : r;
    }
    (void)scanner_free(scanner);
    return r;
}

static void every_allocation_of_a_scan_may_fail(void **state) {
    (void)state;
    const char *const names[] = {"si_scf.out", "si_relax.out", "si_not_converged.out",
                                 "si_input_error.out", "si_relax.xml"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        _cleanup_buf_ struct buf text = BUF_NULL;
        samples_read_own(names[i], &text);
        assert_true(alloc_fault_sweep(scan_sample, &text, -ENOMEM) > 3);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pwx_is_known_by_its_name),
        cmocka_unit_test(an_unknown_name_has_no_code),
        cmocka_unit_test(one_core_needs_no_mpirun),
        cmocka_unit_test(several_cores_run_under_mpirun),
        cmocka_unit_test(the_output_is_named_after_the_input),
        cmocka_unit_test(the_output_is_never_the_input),
        cmocka_unit_test(commands_and_names_without_memory_are_null),
        cmocka_unit_test(outputs_are_recognised_by_the_banner_or_without_it),
        cmocka_unit_test(what_mpi_says_before_does_not_hide_an_output),
        cmocka_unit_test(outputs_of_other_programs_are_not_taken),
        cmocka_unit_test(inputs_of_other_programs_are_not_taken),
        cmocka_unit_test(inputs_are_recognised_even_when_faulty),
        cmocka_unit_test(freeing_no_scanner_is_fine),
        cmocka_unit_test(finishing_twice_changes_nothing),
        cmocka_unit_test(every_allocation_of_a_scan_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
