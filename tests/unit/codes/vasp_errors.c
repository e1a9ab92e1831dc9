/* What went wrong in VASP, by the words of its outputs; and what of VASP is refused. */
#include "samples.h"

#include "base/str.h"
#include "codes/vasp/vasp_scan.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static json_t *scan(const char *text) {
    return samples_scan_as("vasp", text, strlen(text));
}

static void check(const char *text, const char *status, const char *category,
                  const char *message, double line) {
    _cleanup_json_ json_t *r = scan(text);
    assert_string_equal(samples_text(r, "status"), status);
    assert_string_equal(samples_problem(r, 0), category);
    const json_t *problem = json_array_get(json_object_get(r, "problems"), 0);
    assert_string_equal(samples_text(problem, "message"), message);
    assert_close(samples_number(problem, "line"), line, 0);
    assert_non_null(samples_text(problem, "remedy"));
    assert_non_null(code_of_output(text, strlen(text)));
}

static void an_error_in_a_frame_is_told_with_all_its_lines(void **state) {
    (void)state;
    _cleanup_buf_ struct buf text = BUF_NULL;
    samples_read_own("../vasp/stdout", &text);
    _cleanup_json_ json_t *r =
        samples_scan_as("vasp", buf_bytes(&text), buf_len(&text));
    assert_string_equal(samples_text(r, "status"), "failed");
    assert_string_equal(samples_problem(r, 0), "brmix");
    assert_string_equal(samples_problem(r, 1), "read_error");
    assert_string_equal(samples_problem(r, 2), "amin");
    const json_t *problem = json_array_get(json_object_get(r, "problems"), 1);
    assert_string_equal(
        samples_text(problem, "message"),
        "Error reading item NSW from file INCAR. Error code was IERR= 5 ... .");
    assert_close(samples_number(problem, "line"), 28, 0);
}

#define FRAME(words)                                                                   \
    " ---------------------------------------------\n"                                 \
    "|     EEEEEEE  RRRRRR   RRRRRR               |\n"                                 \
    "|     E        R     R  R     R              |\n"                                 \
    "|                                            |\n"                                 \
    "|     " words "     |\n"                                                          \
    "|                                            |\n"                                 \
    "|   ---->  I REFUSE TO CONTINUE WITH THIS SICK JOB ... BYE!!! <----   |\n"        \
    " ---------------------------------------------\n"

static void an_error_that_nobody_knows_is_told_all_the_same(void **state) {
    (void)state;
    check(FRAME("The lattice is upside down in POSCAR."), "failed", "input_error",
          "The lattice is upside down in POSCAR.", 5);
    check(FRAME("The electrons are on strike."), "failed", "internal_error",
          "The electrons are on strike.", 5);
}

static void what_stops_before_the_first_cycle_is_known_by_its_words(void **state) {
    (void)state;
    check(" M_divide: can not subdivide           28 nodes by           3\n", "failed",
          "input_error",
          "M_divide: can not subdivide           28 nodes by           3", 1);
    check(FRAME("HDF5 call in vhdf5.F:129 produced error: 2"), "failed",
          "internal_error", "HDF5 call in vhdf5.F:129 produced error: 2", 5);
    check(" The linear tetrahedron method can not be used with the KPOINTS file\n",
          "failed", "tet",
          "The linear tetrahedron method can not be used with the KPOINTS file", 1);
    check(" vasp.6.3.0 20Jan22 complex\n"
          " VERY BAD NEWS! internal error in subroutine SGRGEN: Too many elements 49\n",
          "failed", "internal_error",
          "VERY BAD NEWS! internal error in subroutine SGRGEN: Too many elements 49",
          2);
}

static void bad_news_stand_in_two_lines(void **state) {
    (void)state;
    check(" VERY BAD NEWS! internal error in subroutine IBZKPT:\n"
          " Fatal error: unable to match k-point 3\n",
          "failed", "ksymm",
          "VERY BAD NEWS! internal error in subroutine IBZKPT: Fatal error: unable to "
          "match k-point 3",
          1);
    check(" VERY BAD NEWS! internal error in subroutine SGRCON:\n"
          " Found some non-integer element in rotation matrix           2\n",
          "failed", "rot_matrix",
          "VERY BAD NEWS! internal error in subroutine SGRCON: Found some non-integer "
          "element in rotation matrix           2",
          1);
}

static void the_same_from_every_process_is_told_once(void **state) {
    (void)state;
    _cleanup_json_ json_t *r =
        scan(" WARNING: Sub-Space-Matrix is not hermitian in DAV            1  -0.1\n"
             " WARNING: Sub-Space-Matrix is not hermitian in DAV            2  -0.2\n"
             " WARNING: Sub-Space-Matrix is not hermitian in DAV            3  -0.3\n");
    assert_string_equal(samples_problem(r, 0), "subspacematrix");
    assert_null(samples_problem(r, 1));
}

static void the_batch_system_and_the_runtime_are_heard(void **state) {
    (void)state;
#define STARTED "srun: remote command    : `/opt/vasp/bin/vasp_std'\n"
    check(STARTED "Allocation would exceed memory limit\n", "failed", "out_of_memory",
          "Allocation would exceed memory limit", 2);
    check(STARTED "slurmstepd: error: *** JOB 1 ON n1 CANCELLED AT 2030-01-01T00:00:00 "
                  "DUE TO TIME LIMIT ***\n",
          "truncated", "out_of_time",
          "slurmstepd: error: *** JOB 1 ON n1 CANCELLED AT 2030-01-01T00:00:00 DUE TO "
          "TIME LIMIT ***",
          2);
    check(STARTED "forrtl: severe (174): SIGSEGV, segmentation fault occurred\n",
          "failed", "internal_error",
          "forrtl: severe (174): SIGSEGV, segmentation fault occurred", 2);
}

static void
a_line_that_begins_with_error_is_told_and_ends_what_goes_not_on(void **state) {
    (void)state;
#define OWN_HEAD " vasp.5.4.1 24Jun15 (build Jan 01 2030) complex\n"
#define MISSING "ERROR: the following files does not exist POSCAR"
    check(OWN_HEAD " " MISSING "\n", "failed", "input_error", MISSING, 2);
    check(OWN_HEAD MISSING "\n", "failed", "input_error", MISSING, 2);
    check(OWN_HEAD " ERROR in an unheard of place\n", "failed", "internal_error",
          "ERROR in an unheard of place", 2);
}

static void advice_is_moot_when_all_went_well(void **state) {
    (void)state;
    static const char advice[] =
        "|     ALGO=A and IALGO=5X tend to fail with the tetrahedron method     |\n\n";
    _cleanup_json_ json_t *alone = scan(advice);
    assert_string_equal(samples_problem(alone, 0), "truncated");
    assert_string_equal(samples_problem(alone, 1), "algo_tet");
    _cleanup_buf_ struct buf text = BUF_NULL;
    assert_int_equal(buf_append_str(&text, advice), 0);
    samples_read_own("../vasp/OUTCAR", &text);
    _cleanup_json_ json_t *r =
        samples_scan_as("vasp", buf_bytes(&text), buf_len(&text));
    assert_true(json_is_true(json_object_get(r, "converged")));
    assert_null(samples_problem(r, 0));
}

static void how_the_optimiser_fared_is_moot_when_it_arrived(void **state) {
    (void)state;
#define STEPS                                                                          \
    " vasp.6.3.0 20Jan22 complex\n"                                                    \
    "DAV:   1    -0.200000000000E+01   -0.2E+01   -0.1E+01   10   0.1E+00\n"           \
    "   1 F= -.20000000E+01 E0= -.20000000E+01  d E =-.200000E+01\n"                   \
    " BRION: g(F)=  0.1E-44 g(S)=  0.3E-06 BRIONS problems: POTIM should be "          \
    "increased\n"
    _cleanup_json_ json_t *r =
        scan(STEPS " reached required accuracy - stopping structural energy "
                   "minimisation\n writing wavefunctions\n");
    samples_check_verdict(r, "geometry_optimization", "finished", 1);
    assert_null(samples_problem(r, 0));
    _cleanup_json_ json_t *other = scan(STEPS " writing wavefunctions\n");
    assert_string_equal(samples_problem(other, 0), "brions");
}

/* The table is searched by the first letter, so its order matters. */
static void every_trouble_is_found_by_its_own_words(void **state) {
    (void)state;
    static const struct {
        const char *words, *category;
    } known[] = {
        {"Tetrahedron method fails for NKPT<4", "tet"},
        {"Fatal error detecting k-mesh", "ksymm"},
        {"inverse of rotation matrix was not found (increase SYMPREC)", "inv_rot_mat"},
        {"BRMIX: very serious problems", "brmix"},
        {"WARNING: Sub-Space-Matrix is not hermitian in DAV", "subspacematrix"},
        {"Routine TETIRR needs special values", "tetirr"},
        {"Could not get correct shifts", "incorrect_shift"},
        {"REAL_OPTLAY: internal error (1)", "real_optlay"},
        {"REAL_OPT: internal ERROR:", "real_optlay"},
        {"ERROR RSPHER", "rspher"},
        {"RSPHER: internal ERROR:           0         -31", "rspher"},
        {"WARNING: DENTET: can't reach specified precision", "dentet"},
        {"TOO FEW BANDS", "too_few_bands"},
        {"ERROR: the triple product of the basis vectors", "triple_product"},
        {"BRIONS problems: POTIM should be increased", "brions"},
        {"internal error in subroutine PRICEL", "pricel"},
        {"subroutinePRICEL (probably precision problem, try to change", "pricel"},
        {"LAPACK: Routine ZPOTRF failed!", "zpotrf"},
        {"scaLAPACK: Routine ZPOTRF failed!", "zpotrf"},
        {"LAPACK: Routine ZTRTRI failed!", "zpotrf"},
        {"ZBRENT: fatal error in bracketing", "zbrent"},
        {"ERROR in subspace rotation PSSYEVX: not enough eigenvalues found", "pssyevx"},
        {"ERROR in subspace rotation PDSYEVX: not enough eigenvalues found", "pdsyevx"},
        {"WARNING in EDDRMM: call to ZHEGV failed, returncode =", "eddrmm"},
        {"Error EDDDAV: Call to ZHEGV failed. Returncode =", "edddav"},
        {"EDWAV: internal error, the gradient is not orthogonal", "grad_not_orth"},
        {"ERROR: SBESSELITER : nicht konvergent", "nicht_konv"},
        {"ERROR EDDIAG: Call to routine ZHEEV failed! Error code was", "zheev"},
        {"ELF: KPAR>1 not implemented, sorry.", "elf_kpar"},
        {"WARNING: ELF not implemented for non collinear case", "elf_ncl"},
        {"RHOSYG internal error: stars are not distinct", "rhosyg"},
        {"POSMAP internal error: symmetry equivalent atom not found", "posmap"},
        {"ERROR: point group operation missing", "point_group"},
        {"PRICELV: current lattice and primitive lattice are incommensurate",
         "pricelv"},
        {"Inconsistent Bravais lattice types found", "bravais"},
        {"number of bands is not sufficient to hold all electrons",
         "nbands_not_sufficient"},
        {"HNFORM: k-point generating lattice", "hnform"},
        {"ERROR: while reading WAVECAR, plane wave coefficients changed", "coef"},
        {"internal error in SET_CORE_WF", "set_core_wf"},
        {"ERROR FEXCF: supplied exchange-correlation table", "fexcf"},
        {"LRF_COMMUTATOR internal error: the vector", "lrf_comm"},
        {"internal error in GENERATE_KPOINTS_TRANS: number of G-vector",
         "kpoints_trans"},
        {"VASP: internal error in routine nobody has heard of", "internal_error"},
    };
    struct vasp_trouble_index index;
    vasp_trouble_index(&index);
    for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++) {
        const struct vasp_trouble *trouble = vasp_trouble_own(&index, known[i].words);
        assert_non_null(trouble);
        assert_string_equal(trouble->category, known[i].category);
        assert_non_null(trouble->remedy);
    }
    /* A frame may join a subroutine's name to the word before it. */
    assert_string_equal(
        vasp_trouble_own(&index, "internal error in subroutinePOSMAP:symmetry")
            ->category,
        "posmap");
    assert_string_equal(
        vasp_trouble_own(&index, "internal error in subroutineRHOSYG:stars")->category,
        "rhosyg");
    assert_null(
        vasp_trouble_own(&index, "BZINTS: Fermi energy:  5.907473; 44.000 electrons"));
    assert_null(vasp_trouble_own(&index, "the SUBRHOSYG of it"));
}

/* ---- recognising ---- */

static bool is_vasp(const char *text) {
    return code_of_output(text, strlen(text)) == code_by_name("vasp");
}

static void outputs_are_recognised_by_what_only_vasp_writes(void **state) {
    (void)state;
    static const char *const names[] = {"../vasp/OUTCAR", "../vasp/OSZICAR",
                                        "../vasp/vasprun.xml", "../vasp/stdout"};
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
        _cleanup_buf_ struct buf text = BUF_NULL;
        samples_read_own(names[i], &text);
        assert_ptr_equal(code_of_output(buf_bytes(&text), buf_len(&text)),
                         code_by_name("vasp"));
    }
    assert_true(
        is_vasp("RMM:   7    -0.55E+01   -0.5E-05   -0.55E-05    16   0.1E-01\n"));
    assert_true(is_vasp("   1 F= -.61E+01 E0= -.61E+01  d E =-.899990E-01\n"));
}

static void texts_of_others_are_not_taken(void **state) {
    (void)state;
    assert_false(is_vasp("hello\n"));
    assert_false(is_vasp("database: internal error\nSegmentation fault\n"));
    assert_false(is_vasp("<?xml version=\"1.0\"?><html></html>\n"));
    _cleanup_buf_ struct buf text = BUF_NULL;
    samples_read_own("si_scf.out", &text);
    assert_ptr_equal(code_of_output(buf_bytes(&text), buf_len(&text)),
                     code_by_name("quantum_espresso"));
}

/* ---- running it ---- */

static void an_incar_is_known_and_nothing_can_be_set_in_it(void **state) {
    (void)state;
    static const char incar[] = "# LiH\n\nSYSTEM = LiH\nencut=400 ! eV\n ISMEAR = 0\n";
    const struct code *code = code_of_input(incar, strlen(incar));
    assert_ptr_equal(code, code_by_name("vasp"));
    struct errmsg msg = ERRMSG_NULL;
    _cleanup_buf_ struct buf out = BUF_NULL;
    assert_int_equal(
        code_set_value(code, "INCAR", incar, strlen(incar), "ENCUT", "500", &out, &msg),
        CODE_E_INPUT);
    assert_int_equal(buf_len(&out), 0);
    assert_int_equal(
        code_move_input(code, "INCAR", incar, strlen(incar), "/", &out, &msg), 0);
    assert_int_equal(buf_len(&out), strlen(incar));
}

static void what_is_no_incar_is_not_taken_for_one(void **state) {
    (void)state;
    static const char *const others[] = {
        "", "SYSTEM = one tag is not enough\n", "key = value\nother = value\n",
        "first line\nENCUT = 1\nNSW = 2\n", "[ini]\nencut = 1\nnsw = 2\n"};
    for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++) {
        assert_null(code_of_input(others[i], strlen(others[i])));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_error_in_a_frame_is_told_with_all_its_lines),
        cmocka_unit_test(an_error_that_nobody_knows_is_told_all_the_same),
        cmocka_unit_test(bad_news_stand_in_two_lines),
        cmocka_unit_test(what_stops_before_the_first_cycle_is_known_by_its_words),
        cmocka_unit_test(the_same_from_every_process_is_told_once),
        cmocka_unit_test(the_batch_system_and_the_runtime_are_heard),
        cmocka_unit_test(
            a_line_that_begins_with_error_is_told_and_ends_what_goes_not_on),
        cmocka_unit_test(advice_is_moot_when_all_went_well),
        cmocka_unit_test(how_the_optimiser_fared_is_moot_when_it_arrived),
        cmocka_unit_test(every_trouble_is_found_by_its_own_words),
        cmocka_unit_test(outputs_are_recognised_by_what_only_vasp_writes),
        cmocka_unit_test(texts_of_others_are_not_taken),
        cmocka_unit_test(an_incar_is_known_and_nothing_can_be_set_in_it),
        cmocka_unit_test(what_is_no_incar_is_not_taken_for_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
