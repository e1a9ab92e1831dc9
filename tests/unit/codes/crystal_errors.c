/* What went wrong in CRYSTAL, by its own words and by those of others in the same text;
 * and what of CRYSTAL is refused. */
#include "samples.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define START " EEEEEEEEEE STARTING  DATE 02 03 2032 TIME 10:00:00.0\n"
#define END " EEEEEEEEEE TERMINATION  DATE 02 03 2032 TIME 10:00:01.0\n"
#define CYCLE                                                                          \
    " CYC   0 ETOT(AU) -1.000000000000E+00 DETOT -1.00E+00 tst  0.00E+00 PX  "         \
    "1.00E+00\n"

static json_t *scan(const char *text) {
    return samples_scan_as("crystal", text, strlen(text));
}

static void check(const char *text, const char *status, const char *category,
                  const char *message, double line) {
    _cleanup_json_ json_t *r = scan(text);
    assert_string_equal(samples_text(r, "status"), status);
    if (!samples_problem(r, 0) || strcmp(samples_problem(r, 0), category) != 0) {
        fail_msg("%s is %s, not %s", message, samples_problem(r, 0), category);
    }
    const json_t *problem = json_array_get(json_object_get(r, "problems"), 0);
    assert_string_equal(samples_text(problem, "message"), message);
    assert_close(samples_number(problem, "line"), line, 0);
    assert_null(samples_problem(r, 1));
}

static void check_remedy(const char *text, const char *words) {
    _cleanup_json_ json_t *r = scan(text);
    const json_t *problem = json_array_get(json_object_get(r, "problems"), 0);
    assert_non_null(strstr(samples_text(problem, "remedy"), words));
}

static void check_own(const char *words, const char *category) {
    char text[512], message[256];
    (void)snprintf(message, sizeof(message), "ERROR **** %s", words);
    (void)snprintf(text, sizeof(text), START " %s\n", message);
    check(text, "failed", category, message, 2);
}

static void an_analysis_that_fails_leaves_what_was_computed(void **state) {
    (void)state;
#define NO_WAVE_FUNCTION                                                               \
    "ERROR **** init_properties_io **** Wavefunction file can not be found"
    check(START CYCLE
          " == SCF ENDED - CONVERGENCE ON ENERGY      E(AU) -1.0E+00 CYCLES "
          "  0\n" END START " " NO_WAVE_FUNCTION "\n",
          "finished", "read_error", NO_WAVE_FUNCTION, 6);
    check(START CYCLE START " " NO_WAVE_FUNCTION "\n", "failed", "read_error",
          NO_WAVE_FUNCTION, 4);
}

/* runcry misses the wave function that nobody asked for. */
static void a_test_of_the_geometry_needs_no_wave_function(void **state) {
    (void)state;
#define NO_FORT9 "SCF abnormal end - no wf written in fort.9"
    _cleanup_json_ json_t *r =
        scan(START " WARNING **** CRYSTA **** TESTGEOM  DIRECTIVE - GEOMETRY EDITING "
                   "COMPLETE\n" END NO_FORT9 "\n");
    assert_string_equal(samples_text(r, "status"), "finished");
    assert_null(samples_problem(r, 0));
    assert_true(samples_is_null(r, "converged"));
    check(START NO_FORT9 "\n", "failed", "internal_error", NO_FORT9, 2);
}

/* That there is no wave function is what became of the run, not why. */
static void
who_ended_the_run_says_more_than_that_no_wave_function_is_there(void **state) {
    (void)state;
#define NOTICED                                                                        \
    "mpirun noticed that process rank 2 with PID 0 on node n1 exited on signal 9 "     \
    "(Killed)."
    check(START CYCLE NOTICED "\n" NO_FORT9 "\n", "truncated", "killed", NOTICED, 3);
    check(START CYCLE NO_FORT9 "\n" NOTICED "\n", "truncated", "killed", NOTICED, 4);
    check(START " ERROR **** NEIGHB **** SMALL DISTANCE\n" NO_FORT9 "\n", "failed",
          "input_error", "ERROR **** NEIGHB **** SMALL DISTANCE", 2);
}

static void errors_are_sorted_by_what_they_mean(void **state) {
    (void)state;
    check_own("INPBAS **** UNIT CELL NOT NEUTRAL", "input_error");
    check_own("CHOLSK **** BASIS SET LINEARLY DEPENDENT", "diagonalization_error");
    check_own("Choleski_real **** PDPOTRF CALL FAILED info =         27",
              "diagonalization_error");
    check_own("NEIGHB **** SMALL DISTANCE BETWEEN ATOMS", "input_error");
    check_own("INPDFT **** END OF DATA IN INPUT DECK", "input_error");
    check_own("READM2 **** FORMAT ERROR IN INPUT DECK", "input_error");
    check_own("ALLOC **** ALLOCATION ERROR OF AN ARRAY", "out_of_memory");
    check_own("RESTART **** WAVEFUNCTION FILE IS NOT THERE", "read_error");
    check_own("OPTGEOM **** SCF FAILED - OPTGEOM STOP", "scf_not_converged");
    check_own("SCF **** TOO MANY ITERATIONS", "scf_not_converged");
    check_own("OPTHES **** PARAMETERS FOR MODEL HESSIAN NOT DEFINED", "input_error");
    check_own("FERMI **** FERMI ENERGY NOT IN INTERVAL", "internal_error");
    check_own("MADEL2 **** INDICES OF THE RECIPROCAL LATTICE", "internal_error");
    check_own("CLASSS **** ILA DIMENSION EXCEEDED - INCREASE ILASIZE",
              "internal_error");
    check_own("INPSCF **** CLOSED SHELL RUN - SPIN POLARIZED SOLUTION", "input_error");
}

static void an_error_that_nobody_knows_is_told_all_the_same(void **state) {
    (void)state;
    check_own("FROBN **** THE DISC IS UPSIDE DOWN", "input_error");
    check(START CYCLE " ERROR **** FROBN **** THE DISC IS UPSIDE DOWN\n", "failed",
          "internal_error", "ERROR **** FROBN **** THE DISC IS UPSIDE DOWN", 3);
}

static void remedies_say_that_they_are_suggestions(void **state) {
    (void)state;
    check_remedy(START " ERROR **** CHOLSK **** BASIS SET LINEARLY DEPENDENT\n",
                 "Suggestion");
    check_remedy(START " ERROR **** INPBAS **** UNIT CELL NOT NEUTRAL\n", "CHARGED");
    check_remedy(START CYCLE " == SCF ENDED - TOO MANY CYCLES            E(AU) "
                             "-1.0E+00 CYCLES   0\n" END,
                 "FMIXING");
    check_remedy(START " ERROR **** X **** BIPO BUFFER TOO SMALL - USE BIPOSIZE\n",
                 "keyword that the message names");
    check_remedy(" ERROR **** X **** END OF DATA IN INPUT DECK\n", "END");
}

static void an_error_in_a_file_of_its_own_is_known(void **state) {
    (void)state;
    static const char text[] = " ERROR **** INPBAS **** UNIT CELL NOT NEUTRAL";
    assert_ptr_equal(code_of_output(text, strlen(text)), code_by_name("crystal"));
    check(text, "failed", "input_error", "ERROR **** INPBAS **** UNIT CELL NOT NEUTRAL",
          1);
}

static void information_and_warnings_are_no_errors(void **state) {
    (void)state;
    _cleanup_json_ json_t *r =
        scan(START " INFORMATION **** GENPOG **** BIPO BUFFER LENGTH (WORDS) = 19100\n"
                   " WARNING **** SCF **** GRADIENT NOT FULLY IMPLEMENTED\n" CYCLE
                   " == SCF ENDED - CONVERGENCE ON ENERGY      E(AU) -1.0E+00 CYCLES   "
                   "0\n" END);
    assert_string_equal(samples_text(r, "status"), "finished");
    assert_null(samples_problem(r, 0));
}

static void check_foreign(const char *words, const char *status, const char *category) {
    char text[512];
    (void)snprintf(text, sizeof(text), START CYCLE "%s\n", words);
    check(text, status, category, words, 3);
}

static void the_words_of_others_tell_how_it_died(void **state) {
    (void)state;
    check_foreign("slurmstepd: error: *** JOB 7 ON n1 CANCELLED AT 2032-03-02T10:00:00 "
                  "DUE TO TIME LIMIT ***",
                  "truncated", "out_of_time");
    check_foreign("=>> PBS: job killed: walltime 3629 exceeded limit 3600", "truncated",
                  "out_of_time");
    check_foreign("slurmstepd: error: Detected 1 oom-kill event(s) in step 7.0",
                  "truncated", "out_of_memory");
    check_foreign("forrtl: error (78): process killed (SIGTERM)", "truncated",
                  "killed");
    check_foreign("forrtl: severe (174): SIGSEGV, segmentation fault occurred",
                  "failed", "internal_error");
    check_foreign("forrtl: No space left on device", "failed", "internal_error");
}

static void mpi_says_it_of_every_run_that_crystal_stops(void **state) {
    (void)state;
#define MPI "MPI_ABORT was invoked on rank 0 in communicator MPI_COMM_WORLD\n"
    check(START " ERROR **** INPBAS **** UNIT CELL NOT NEUTRAL\n" MPI, "failed",
          "input_error", "ERROR **** INPBAS **** UNIT CELL NOT NEUTRAL", 2);
    check(START CYCLE MPI, "failed", "internal_error",
          "MPI_ABORT was invoked on rank 0 in communicator MPI_COMM_WORLD", 3);
}

static void what_a_script_says_behind_the_end_is_not_of_the_run(void **state) {
    (void)state;
    _cleanup_json_ json_t *r =
        scan(START CYCLE " == SCF ENDED - CONVERGENCE ON ENERGY      E(AU) -1.0E+00 "
                         "CYCLES   0\n" END "cp: Segmentation fault\n");
    assert_string_equal(samples_text(r, "status"), "finished");
    assert_null(samples_problem(r, 0));
}

static void problems_without_end_are_counted_no_further(void **state) {
    (void)state;
    struct scanner *scanner = NULL;
    assert_int_equal(scanner_new(&scanner, code_by_name("crystal")), 0);
    for (int i = 0; i < 1000; i++) {
        char line[64];
        int n = snprintf(line, sizeof(line), " ERROR **** R%d **** NO\n", i);
        assert_int_equal(scanner_feed(scanner, line, (size_t)n), 0);
    }
    assert_int_equal(scanner_finish(scanner), 0);
    assert_true(scanner_results(scanner)->n_problems <= 64);
    (void)scanner_free(scanner);
}

/* ---- inputs ---- */

#define INPUT                                                                          \
    "LITHIUM HYDRIDE\nCRYSTAL\n0 0 0\n225\n4.08\n2\n3 0. 0. 0.\n1 .5 .5 .5\nEND\n"     \
    "99 0\nEND\nSHRINK\n8 8\nEND\n"

static void an_input_is_known_and_nothing_can_be_set_in_it(void **state) {
    (void)state;
    const struct code *crystal = code_by_name("crystal");
    assert_ptr_equal(code_of_input(INPUT, strlen(INPUT)), crystal);
    assert_null(code_of_output(INPUT, strlen(INPUT)));
    static const char small[] =
        "lih\nmolecule\n1\n1\n3 0. 0. 0.\nend\n99 0\nend\nend\n";
    assert_ptr_equal(code_of_input(small, strlen(small)), crystal);
    struct errmsg msg = ERRMSG_NULL;
    _cleanup_buf_ struct buf out = BUF_NULL;
    assert_int_equal(code_set_value(crystal, "lih.d12", INPUT, strlen(INPUT), "SHRINK",
                                    "4", &out, &msg),
                     CODE_E_INPUT);
    assert_int_equal(buf_len(&out), 0);
    assert_int_equal(
        code_move_input(crystal, "lih.d12", INPUT, strlen(INPUT), "/", &out, &msg), 0);
    assert_int_equal(buf_len(&out), strlen(INPUT));
}

static void keywords_in_small_letters_are_known_too(void **state) {
    (void)state;
    static const char text[] = "t\nexternal\nend\n99 0\nend\nshrink\n2 2\nend\n";
    assert_ptr_equal(code_of_input(text, strlen(text)), code_by_name("crystal"));
    assert_null(code_of_input("t\n", 2));
    assert_ptr_equal(code_of_input_file("t.d12", "t\n", 2), code_by_name("crystal"));
}

static void what_only_speaks_of_crystals_is_no_input(void **state) {
    (void)state;
    static const char *const texts[] = {"", "CRYSTAL\n", "A TITLE\nCRYSTAL\n",
                                        "A TITLE\nCRYSTALS\nEND\n", INPUT START CYCLE};
    for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
        assert_null(code_of_input(texts[i], strlen(texts[i])));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_analysis_that_fails_leaves_what_was_computed),
        cmocka_unit_test(a_test_of_the_geometry_needs_no_wave_function),
        cmocka_unit_test(
            who_ended_the_run_says_more_than_that_no_wave_function_is_there),
        cmocka_unit_test(errors_are_sorted_by_what_they_mean),
        cmocka_unit_test(an_error_that_nobody_knows_is_told_all_the_same),
        cmocka_unit_test(remedies_say_that_they_are_suggestions),
        cmocka_unit_test(an_error_in_a_file_of_its_own_is_known),
        cmocka_unit_test(information_and_warnings_are_no_errors),
        cmocka_unit_test(the_words_of_others_tell_how_it_died),
        cmocka_unit_test(mpi_says_it_of_every_run_that_crystal_stops),
        cmocka_unit_test(what_a_script_says_behind_the_end_is_not_of_the_run),
        cmocka_unit_test(problems_without_end_are_counted_no_further),
        cmocka_unit_test(an_input_is_known_and_nothing_can_be_set_in_it),
        cmocka_unit_test(keywords_in_small_letters_are_known_too),
        cmocka_unit_test(what_only_speaks_of_crystals_is_no_input),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
