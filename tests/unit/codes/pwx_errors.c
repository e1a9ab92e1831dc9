/* Errors in outputs: pw.x's own, and those of others in the same file. */
#include "samples.h"

#include "codes/qe/pwx_scan.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define BANNER "     Program PWSCF v.7.2 starts on 12Dec2023 at 17:15: 9\n"
#define FRAME                                                                          \
    " %%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%"  \
    "\n"

static const json_t *problem(const json_t *r, size_t i) {
    const json_t *item = json_array_get(json_object_get(r, "problems"), i);
    assert_non_null(item);
    return item;
}

static void an_error_of_the_sample_is_told_in_its_own_words(void **state) {
    (void)state;
    _cleanup_json_ json_t *r = samples_scan_own("si_input_error.out");
    assert_string_equal(samples_text(r, "status"), "failed");
    assert_true(json_is_false(json_object_get(r, "converged")));
    assert_string_equal(samples_text(problem(r, 0), "category"), "input_error");
    assert_string_equal(samples_text(problem(r, 0), "message"),
                        "Error in routine read_namelists (1): bad line in namelist "
                        "&system: \"    ibrav "
                        "= 2, celldm(1) = 10.2, nat = 2, ntyp = 1, ecutwf = 12, nbnd = "
                        "8\" (error could "
                        "be in the previous line)");
    assert_true(samples_number(problem(r, 0), "line") == 18);
    assert_non_null(samples_text(problem(r, 0), "remedy"));
    assert_null(samples_problem(r, 1));
}

static void check_category(const char *routine, const char *message,
                           const char *category) {
    char text[1024];
    (void)snprintf(text, sizeof(text),
                   "\n" FRAME "     Error in routine %s (1):\n     %s\n" FRAME, routine,
                   message);
    _cleanup_json_ json_t *r = samples_scan_text(text);
    assert_string_equal(samples_text(r, "status"), "failed");
    if (strcmp(samples_problem(r, 0), category) != 0) {
        fail_msg("%s: %s is %s, not %s", routine, message, samples_problem(r, 0),
                 category);
    }
}

static void check_remedy(const char *routine, const char *message, const char *words) {
    struct pwx_diagnosis diagnosis = pwx_diagnose(routine, message);
    if (!strstr(diagnosis.remedy, words)) {
        fail_msg("%s: %s", message, diagnosis.remedy);
    }
}

static void what_is_worth_trying_fits_the_words(void **state) {
    (void)state;
    check_remedy("davcio", "error while writing to file", "disk_io");
    check_remedy("write_scf", "Writing PAW becsum", "disk_io");
    check_remedy("read_kernel_table", "No vdW_kernel_table file could be found",
                 "vdW_kernel_table");
    check_remedy("gk_sort", "array gk out-of-bounds", "last geometry");
    check_remedy("efermig", "internal error, cannot bracket Ef", "nbnd");
    check_remedy("find_group", "wrong number of elements", "nosym");
}

static void errors_are_sorted_by_what_they_mean(void **state) {
    (void)state;
    check_category("cdiaghg", "problems computing cholesky", "diagonalization_error");
    check_category("memory_report", "more bands than PWs!", "input_error");
    check_category("diag_bands", "too many bands, or too few plane waves",
                   "input_error");
    check_category("check_tempdir", "temporary directory x cannot be created",
                   "input_error");
    check_category("ewald", "optimal alpha not found", "input_error");
    check_category("rrmmdiagg", "cannot solve diis", "diagonalization_error");
    check_category("vhpsi", "DFT+U+V case not implemented for GPU", "input_error");
    check_category("write_rhog", "error writing file", "internal_error");
    check_category("s_psi", "evc not allocated", "internal_error");
    check_category("checkallsym", "not orthogonal operation", "internal_error");
    check_category("sym_rho_init", "internal error: too many G-vectors",
                   "internal_error");
    check_category("c_bands", "too many bands are not converged",
                   "diagonalization_error");
    check_category("cegterg", "S matrix not positive definite",
                   "diagonalization_error");
    check_category("broyden", "factorization", "diagonalization_error");
    check_category("esm_check", "ESM only supports cell_dofree = \"2Dxy\"",
                   "input_error");
    check_category("init_hubbard", "DFT+Hubbard calculation but Hubbard_l not set",
                   "input_error");
    check_category("add_bfield", "local magnetization is zero", "input_error");
    check_category("average_pp", "Fully relativistic PPs, need spin-orbit calc.",
                   "input_error");
    check_category("mp_start_pools", "invalid number of pools, out of range",
                   "input_error");
    check_category("mp_bcast", "error in mpi_bcast 1", "internal_error");
    check_category("opt_tetra_init", "cannot remap grid on k-point list",
                   "input_error");
    check_category("libmbd_interface", "Many-Body Dispersion not compiled",
                   "input_error");
    check_category("rotate_becxx", "Ultrasoft+EXX+noncolin not yet implemented",
                   "input_error");
    check_category("bfgs", "NR step-length unreasonably short",
                   "geometry_not_converged");
    check_category("sym_rho_init_shell", "lone vector", "internal_error");
    check_category("seqopn", "error opening x.update", "read_error");
    check_category("divide_et_impera", "some nodes have no k-points", "input_error");
    check_category("readpp", "file Si.UPF not found", "read_error");
    check_category("davcio", "error while reading from file", "read_error");
    check_category("davcio", "error while writing to file", "internal_error");
    check_category("cegterg", "cannot allocate psi", "out_of_memory");
    check_category("fft_type_set", "there are processes with no planes", "input_error");
    check_category("n_plane_waves", "Some processors have no plane waves!",
                   "input_error");
    check_category("cyc2blk_redist", "number of bands < number of proc", "input_error");
    check_category("good_fft_order", "fft order too large", "input_error");
    check_category("rgen", "too many r-vectors", "input_error");
    check_category("ggen", "Mesh too small?", "input_error");
    check_category("tabd", "pseudopotential not yet inserted", "input_error");
    check_category("xclib_get_id", "input not recognized", "input_error");
    check_category("potinit", "starting and expected charges differ", "input_error");
    check_category("card_kpoints", "end of file while reading", "input_error");
    check_category("iosys", "wrong calculation", "input_error");
    check_category("setup", "the system is metallic, specify occupations",
                   "input_error");
    check_category("electrons", "charge is wrong: smearing is needed", "input_error");
    check_category("check_atoms", "atoms # 1 and 2 overlap!", "input_error");
    check_category("scale_h",
                   "Not enough space allocated for radial FFT: try restarting with a "
                   "larger cell_factor.",
                   "input_error");
    check_category("fft_type_allocate", "cannot allocate more", "out_of_memory");
    check_category("some_routine", "something else", "internal_error");
}

static void the_same_error_of_every_process_counts_once(void **state) {
    (void)state;
    _cleanup_json_ json_t *r = samples_scan_text(
        BANNER FRAME FRAME "     Error in routine cdiaghg (1):\n"
                           "     Error in routine cdiaghg (1):\n"
                           "      problems computing cholesky\n" FRAME FRAME
                           "     Error in routine cdiaghg (1):\n"
                           "      problems computing cholesky\n" FRAME);
    assert_string_equal(samples_text(problem(r, 0), "message"),
                        "Error in routine cdiaghg (1): problems computing cholesky");
    assert_null(samples_problem(r, 1));
}

static void the_form_of_old_versions_is_known(void **state) {
    (void)state;
    _cleanup_json_ json_t *r =
        samples_scan_text(FRAME "     from readpp : error #         1\n"
                                "     file Si.UPF not found\n" FRAME);
    assert_string_equal(samples_text(r, "status"), "failed");
    assert_string_equal(samples_text(problem(r, 0), "message"),
                        "from readpp : error # 1 file Si.UPF not found");
    assert_string_equal(samples_problem(r, 0), "read_error");
}

static void an_error_whose_text_is_cut_off_is_told(void **state) {
    (void)state;
    _cleanup_json_ json_t *r = samples_scan_text(
        BANNER FRAME "     Error in routine cdiaghg (1):\n      problems comp");
    assert_string_equal(samples_text(r, "status"), "failed");
    assert_string_equal(samples_problem(r, 0), "diagonalization_error");
}

static void the_file_crash_is_known_and_goes_with_a_run(void **state) {
    (void)state;
    static const char text[] =
        "\n" FRAME "     task #         0\n     from card_kpoints : error #         1\n"
        "     invalid values for nk1, nk2, nk3\n" FRAME;
    const struct code *code = code_of_output(text, strlen(text));
    assert_ptr_equal(code, code_by_name("quantum_espresso"));
    _cleanup_json_ json_t *r = samples_scan_text(text);
    assert_string_equal(samples_text(r, "status"), "failed");
    assert_string_equal(samples_problem(r, 0), "input_error");
    struct scanner *scanner = NULL;
    assert_int_equal(scanner_new(&scanner, code), 0);
    assert_int_equal(scanner_feed(scanner, text, strlen(text)), 0);
    assert_true(scanner_is_capture(scanner));
    (void)scanner_free(scanner);
}

static void errors_outside_of_a_frame_are_known(void **state) {
    (void)state;
    _cleanup_json_ json_t *qr = samples_scan_text(" [Q, R] = qr(X, 0) failed\n");
    assert_string_equal(samples_problem(qr, 0), "diagonalization_error");
    _cleanup_json_ json_t *g_par = samples_scan_text(
        "  probably because G_par is NOT a reciprocal lattice vector \n");
    assert_string_equal(samples_problem(g_par, 0), "input_error");
    assert_string_equal(samples_text(g_par, "status"), "failed");
}

#define ZHEGVX " ** On entry to ZHEGVX parameter number 13 had an illegal value\n"

static void lapack_may_have_ended_a_run_by_its_last_words(void **state) {
    (void)state;
    _cleanup_json_ json_t *last = samples_scan_text(BANNER ZHEGVX ZHEGVX "\n");
    assert_string_equal(samples_text(last, "status"), "failed");
    assert_string_equal(samples_problem(last, 0), "input_error");
    assert_string_equal(samples_text(problem(last, 0), "message"),
                        "On entry to ZHEGVX parameter number 13 had an illegal value");
    assert_null(samples_problem(last, 1));
    _cleanup_json_ json_t *overcome = samples_scan_text(BANNER ZHEGVX "\n\n\n\n   x\n");
    assert_string_equal(samples_problem(overcome, 0), "truncated");
    _cleanup_json_ json_t *done = samples_scan_text(BANNER ZHEGVX "   JOB DONE.\n");
    assert_null(samples_problem(done, 0));
}

static void check_foreign(const char *line, const char *category, const char *status) {
    char text[1024];
    (void)snprintf(text, sizeof(text), BANNER "%s\n", line);
    _cleanup_json_ json_t *r = samples_scan_text(text);
    if (!samples_problem(r, 0) || strcmp(samples_problem(r, 0), category) != 0) {
        fail_msg("%s is %s, not %s", line, samples_problem(r, 0), category);
    }
    assert_string_equal(samples_text(r, "status"), status);
}

static void the_words_of_others_tell_why_a_run_ended(void **state) {
    (void)state;
    check_foreign("slurmstepd: error: *** JOB 7 ON n1 CANCELLED AT 2024-01-01T00:00:00 "
                  "DUE TO TIME LIMIT ***",
                  "out_of_time", "truncated");
    check_foreign("slurmstepd: error: *** JOB 7 ON n1 CANCELLED AT 2024-01-01T00:00:00 "
                  "***",
                  "killed", "truncated");
    check_foreign("=>> PBS: job killed: walltime 3605 exceeded limit 3600",
                  "out_of_time", "truncated");
    check_foreign("slurmstepd: error: Detected 1 oom-kill event(s) in StepId=7.0",
                  "out_of_memory", "truncated");
    check_foreign("mpirun noticed that process rank 0 with PID 7 on node n1 exited on "
                  "signal 9 (Killed).",
                  "killed", "truncated");
    check_foreign("Fortran runtime error: End of file", "read_error", "failed");
    check_foreign("forrtl: severe (24): end-of-file during read, unit 5", "read_error",
                  "failed");
    check_foreign("Program received signal SIGSEGV: Segmentation fault",
                  "internal_error", "failed");
    check_foreign("forrtl: severe (41): insufficient virtual memory", "out_of_memory",
                  "failed");
}

static void a_known_cause_is_not_called_truncation_as_well(void **state) {
    (void)state;
    _cleanup_json_ json_t *r =
        samples_scan_text(BANNER "slurmstepd: error: Detected 1 oom-kill event(s)\n");
    assert_null(samples_problem(r, 1));
}

static void behind_its_end_nothing_can_stop_it(void **state) {
    (void)state;
    _cleanup_json_ json_t *r = samples_scan_text(
        BANNER "   JOB DONE.\n"
               "cp: error writing 'a.tgz': No space left on device\n"
               "slurmstepd: error: *** JOB 7 ON n1 CANCELLED AT 2031-01-01T00:00:00 "
               "DUE TO TIME LIMIT ***\n");
    assert_string_equal(samples_text(r, "status"), "finished");
    assert_null(samples_problem(r, 0));
}

static void words_of_pwx_itself_are_no_foreign_words(void **state) {
    (void)state;
    _cleanup_json_ json_t *r =
        samples_scan_text(BANNER "     reading from /data/SIGSEGV/oom-kill/signal 9\n"
                                 "   JOB DONE.\n");
    assert_null(samples_problem(r, 0));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_error_of_the_sample_is_told_in_its_own_words),
        cmocka_unit_test(errors_are_sorted_by_what_they_mean),
        cmocka_unit_test(what_is_worth_trying_fits_the_words),
        cmocka_unit_test(the_same_error_of_every_process_counts_once),
        cmocka_unit_test(the_form_of_old_versions_is_known),
        cmocka_unit_test(an_error_whose_text_is_cut_off_is_told),
        cmocka_unit_test(the_file_crash_is_known_and_goes_with_a_run),
        cmocka_unit_test(errors_outside_of_a_frame_are_known),
        cmocka_unit_test(lapack_may_have_ended_a_run_by_its_last_words),
        cmocka_unit_test(the_words_of_others_tell_why_a_run_ended),
        cmocka_unit_test(a_known_cause_is_not_called_truncation_as_well),
        cmocka_unit_test(behind_its_end_nothing_can_stop_it),
        cmocka_unit_test(words_of_pwx_itself_are_no_foreign_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
