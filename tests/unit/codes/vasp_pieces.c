/* Reading VASP's outputs as they grow: however they are cut, and whatever is in them.
 */
#include "samples.h"

#include "support/alloc_fault.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char *const names[] = {"../vasp/OUTCAR", "../vasp/OSZICAR",
                                    "../vasp/vasprun.xml", "../vasp/stdout"};

enum {
    NAMES = sizeof(names) / sizeof(names[0]),
};

static struct scanner *begin(void) {
    struct scanner *scanner = NULL;
    assert_int_equal(scanner_new(&scanner, code_by_name("vasp")), 0);
    return scanner;
}

static void feed(struct scanner *scanner, const char *bytes, size_t n) {
    assert_int_equal(scanner_feed(scanner, bytes, n), 0);
}

static void feed_words(struct scanner *scanner, const char *words) {
    feed(scanner, words, strlen(words));
}

static json_t *end(struct scanner *scanner) {
    assert_int_equal(scanner_finish(scanner), 0);
    json_t *got = results_to_json(scanner_results(scanner));
    assert_non_null(got);
    (void)scanner_free(scanner);
    return got;
}

static void check_end(struct scanner *scanner, const json_t *want) {
    _cleanup_json_ json_t *got = end(scanner);
    assert_true(json_equal(got, want));
}

static json_t *scan(const struct buf *text) {
    return samples_scan_as("vasp", buf_bytes(text), buf_len(text));
}

/* Numbers that only look random, so that a failure comes again. */
static uint32_t next(uint32_t *seed) {
    *seed = *seed * 1664525U + 1013904223U;
    return *seed >> 8;
}

static void check_cuts(const char *text, size_t n) {
    _cleanup_json_ json_t *want = samples_scan_as("vasp", text, n);
    for (size_t cut = 0; cut <= n; cut++) {
        struct scanner *scanner = begin();
        feed(scanner, text, cut);
        feed(scanner, text + cut, n - cut);
        check_end(scanner, want);
    }
}

static void one_cut_anywhere_changes_nothing(void **state) {
    (void)state;
    static const char *const small[] = {"../vasp/OSZICAR", "../vasp/stdout"};
    for (size_t i = 0; i < 2; i++) {
        _cleanup_buf_ struct buf text = BUF_NULL;
        samples_read_own(small[i], &text);
        check_cuts(buf_bytes(&text), buf_len(&text));
    }
}

/* A step of an OUTCAR. */
static void one_cut_anywhere_in_tables_changes_nothing(void **state) {
    (void)state;
    static const char begins[] = "Iteration      2(";
    _cleanup_buf_ struct buf text = BUF_NULL;
    samples_read_own("../vasp/OUTCAR", &text);
    const char *from = memmem(buf_bytes(&text), buf_len(&text), begins, strlen(begins));
    assert_non_null(from);
    size_t before = (size_t)(from - buf_bytes(&text));
    check_cuts(from, (buf_len(&text) - before) / 2);
    check_cuts(from + (buf_len(&text) - before) / 2, (buf_len(&text) - before) / 2);
}

static void one_cut_anywhere_in_xml_changes_nothing(void **state) {
    (void)state;
    static const char xml[] =
        "\n<?xml version='1.0' encoding='ISO-8859-1'?>\n<modeling><!-- a comment -->\n"
        "<generator><i name='version' type='string'>6.1.0 </i></generator>\n"
        "<incar><i name='SYSTEM'>caf\xe9 &amp; more</i><i name='NSW'> 0</i></incar>\n"
        "<atominfo><atoms> 1 </atoms><array "
        "name='atoms'><set><rc><c>Si</c><c>1</c></rc>"
        "</set></array></atominfo>\n<calculation><scstep><energy>"
        "<i name='e_fr_energy'> -3.0 </i><i name='e_0_energy'> -2.5 </i></energy>"
        "</scstep>\n<structure><crystal><varray name='basis'><v> 1 0 0 </v>"
        "<v> 0 1 0 </v><v> 0 0 1 </v></varray></crystal><varray name='positions'>"
        "<v> 0.5 0 0 </v></varray></structure>\n<varray name='forces'>"
        "<v> 3 0 -4 </v></varray><energy><i name='e_fr_energy'> -3.0 </i></energy>"
        "<eigenvalues><array><set><r> 1.0 1.0 </r><r> 2.0 0.0 </r></set></array>"
        "</eigenvalues></calculation></modeling>\n";
    check_cuts(xml, strlen(xml));
}

static void single_bytes_make_the_same_results(void **state) {
    (void)state;
    for (size_t i = 0; i < NAMES; i++) {
        _cleanup_buf_ struct buf text = BUF_NULL;
        samples_read_own(names[i], &text);
        _cleanup_json_ json_t *want = scan(&text);
        struct scanner *scanner = begin();
        for (size_t k = 0; k < buf_len(&text); k++) {
            feed(scanner, buf_bytes(&text) + k, 1);
        }
        check_end(scanner, want);
    }
}

static void feed_at_random(struct scanner *scanner, const struct buf *text,
                           uint32_t *seed, size_t most) {
    for (size_t k = 0; k < buf_len(text);) {
        size_t some = next(seed) % most;
        size_t left = buf_len(text) - k;
        some = some < left ? some : left;
        feed(scanner, buf_bytes(text) + k, some);
        k += some;
    }
}

static void random_pieces_make_the_same_results(void **state) {
    (void)state;
    uint32_t seed = 1;
    for (size_t i = 0; i < NAMES * 8; i++) {
        _cleanup_buf_ struct buf text = BUF_NULL;
        samples_read_own(names[i % NAMES], &text);
        _cleanup_json_ json_t *want = scan(&text);
        struct scanner *scanner = begin();
        feed_at_random(scanner, &text, &seed, 600);
        check_end(scanner, want);
    }
}

static void random_pieces_of_real_outputs_make_the_same_results(void **state) {
    (void)state;
    static const char *const real[] = {
        "vasp/relax_spin_620/OUTCAR", "vasp/relax_spin_620/vasprun.xml",
        "vasp/phonon_fd_5212/OUTCAR", "vasp/dfpt_born/OSZICAR",
        "vasp/dfpt_born/vasprun.xml", "vasp/stdout_errors/vasp.eddiag"};
    uint32_t seed = 3;
    for (size_t i = 0; i < sizeof(real) / sizeof(*real); i++) {
        _cleanup_buf_ struct buf text = BUF_NULL;
        if (!samples_read("CRYSTALMATH_FIXTURES", real[i], &text)) {
            print_message(
                "# SKIP: there is no %s in the fixtures beside the checkout\n",
                real[i]);
            skip();
        }
        _cleanup_json_ json_t *want = scan(&text);
        struct scanner *scanner = begin();
        feed_at_random(scanner, &text, &seed, 20000);
        check_end(scanner, want);
    }
}

static void dos_line_ends_make_the_same_results(void **state) {
    (void)state;
    for (size_t i = 0; i < NAMES; i++) {
        _cleanup_buf_ struct buf text = BUF_NULL;
        _cleanup_buf_ struct buf dos = BUF_NULL;
        samples_read_own(names[i], &text);
        for (size_t k = 0; k < buf_len(&text); k++) {
            const char *c = buf_bytes(&text) + k;
            assert_int_equal(
                *c == '\n' ? buf_append_str(&dos, "\r\n") : buf_append(&dos, c, 1), 0);
        }
        _cleanup_json_ json_t *want = scan(&text);
        _cleanup_json_ json_t *got = scan(&dos);
        assert_true(json_equal(got, want));
    }
}

/* Whatever is read up to some byte is what the whole says, as far as it goes. */
static void every_prefix_is_read_without_contradiction(void **state) {
    (void)state;
    static const char *const keys[] = {"version", "natoms", "formula", "wall_seconds",
                                       "cpu_seconds"};
    for (size_t i = 0; i < NAMES; i++) {
        _cleanup_buf_ struct buf text = BUF_NULL;
        samples_read_own(names[i], &text);
        _cleanup_json_ json_t *whole = scan(&text);
        for (size_t n = 0; n < buf_len(&text); n += 11) {
            _cleanup_json_ json_t *part = samples_scan_as("vasp", buf_bytes(&text), n);
            for (size_t k = 0; k < sizeof(keys) / sizeof(keys[0]); k++) {
                const json_t *value = json_object_get(part, keys[k]);
                if (!json_is_null(value)) {
                    assert_true(json_equal(value, json_object_get(whole, keys[k])));
                }
            }
            const json_t *steps = json_object_get(part, "steps");
            for (size_t k = 0; k < json_array_size(steps); k++) {
                assert_true(
                    json_equal(json_array_get(steps, k),
                               json_array_get(json_object_get(whole, "steps"), k)));
            }
        }
    }
}

static void damaged_bytes_never_break_the_scanner(void **state) {
    (void)state;
    uint32_t seed = 7;
    for (size_t i = 0; i < NAMES * 20; i++) {
        _cleanup_buf_ struct buf text = BUF_NULL;
        samples_read_own(names[i % NAMES], &text);
        for (size_t k = 0; k < 20; k++) {
            text.data[text.start + next(&seed) % buf_len(&text)] = (char)next(&seed);
        }
        _cleanup_json_ json_t *json = scan(&text);
        assert_true(json_is_object(json));
    }
}

static int scan_sample(void *data) {
    const struct buf *text = data;
    struct scanner *scanner = NULL;
    int r = scanner_new(&scanner, code_by_name("vasp"));
    if (r == 0) {
        r = scanner_feed(scanner, buf_bytes(text), buf_len(text));
        r = r == 0 ? scanner_finish(scanner) : r;
    }
    (void)scanner_free(scanner);
    return r;
}

static void every_allocation_of_a_scan_may_fail(void **state) {
    (void)state;
    for (size_t i = 0; i < NAMES; i++) {
        _cleanup_buf_ struct buf text = BUF_NULL;
        samples_read_own(names[i], &text);
        assert_true(alloc_fault_sweep(scan_sample, &text, -ENOMEM) > 3);
    }
}

/* ---- what nobody would write ---- */

static void an_endless_line_is_passed_over(void **state) {
    (void)state;
    static char piece[65536];
    memset(piece, '7', sizeof(piece));
    struct scanner *scanner = begin();
    feed_words(scanner, "  energy  without entropy=  energy(sigma->0) = -");
    for (int i = 0; i < 256; i++) {
        feed(scanner, piece, sizeof(piece));
    }
    feed_words(scanner,
               "\n General timing and accounting informations for this job:\n");
    _cleanup_json_ json_t *r = end(scanner);
    assert_int_equal(json_array_size(json_object_get(r, "steps")), 0);
    assert_string_equal(samples_text(r, "status"), "finished");
}

static json_t *scan_repeated(const char *before, const char *piece, size_t times) {
    struct scanner *scanner = begin();
    feed(scanner, before, strlen(before));
    for (size_t i = 0; i < times; i++) {
        feed(scanner, piece, strlen(piece));
    }
    return end(scanner);
}

static void check_refusal(const json_t *r, const char *words) {
    assert_string_equal(samples_problem(r, 0), "read_error");
    const json_t *problem = json_array_get(json_object_get(r, "problems"), 0);
    assert_non_null(strstr(samples_text(problem, "message"), words));
    assert_null(samples_problem(r, 1));
}

static void a_tag_without_end_is_given_up(void **state) {
    (void)state;
    _cleanup_json_ json_t *r =
        scan_repeated("<modeling><i name='", "0123456789abcdef0123456789abcdef", 8192);
    check_refusal(r, "does not end");
    _cleanup_json_ json_t *comment =
        scan_repeated("<modeling><!--", "0123456789abcdef > 0123456789abc", 8192);
    check_refusal(comment, "does not end");
}

static void text_without_end_is_passed_over(void **state) {
    (void)state;
    _cleanup_json_ json_t *r = scan_repeated("<modeling><i name='x'>",
                                             "0123456789abcdef0123456789abcdef", 8192);
    assert_string_equal(samples_problem(r, 0), "truncated");
}

static void elements_without_ground_are_given_up(void **state) {
    (void)state;
    _cleanup_json_ json_t *r = scan_repeated("<modeling>", "<set>", 1000);
    check_refusal(r, "deeper");
    _cleanup_json_ json_t *empty = scan_repeated("<modeling>", "<set><i/>", 1000);
    check_refusal(empty, "deeper");
}

static void entities_that_multiply_are_not_read(void **state) {
    (void)state;
    _cleanup_json_ json_t *r =
        scan_repeated("<?xml version='1.0'?><!DOCTYPE m [<!ENTITY a 'ha'>"
                      "<!ENTITY b '&a;&a;&a;&a;'><!ENTITY c '&b;&b;&b;&b;'>]>",
                      "<modeling>&c;</modeling>", 1);
    check_refusal(r, "document type");
}

static void results_are_there_while_the_output_grows(void **state) {
    (void)state;
    struct scanner *scanner = begin();
    static const char *const lines[] = {
        "   NELM   =     60;   NELMIN=  2\n",
        "--------------------------------------- Iteration      1(   1)  "
        "------------\n",
        "  free energy    TOTEN  =         1.50000000 eV\n",
        "--------------------------------------- Iteration      1(   2)  "
        "------------\n",
        "  free energy    TOTEN  =         1.25000000 eV\n",
        "------------------------ aborting loop because EDIFF is reached ----------\n",
    };
    static const size_t runs[] = {0, 1, 1, 1, 1, 1}, cycles[] = {0, 0, 1, 1, 2, 2};
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        feed(scanner, lines[i], strlen(lines[i]));
        assert_int_equal(scanner_results(scanner)->n_scf, runs[i]);
        if (runs[i]) {
            assert_int_equal(scanner_results(scanner)->scf[0].n_cycles, cycles[i]);
        }
    }
    assert_int_equal(scanner_results(scanner)->scf[0].converged, TRUTH_YES);
    (void)scanner_free(scanner);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_cut_anywhere_changes_nothing),
        cmocka_unit_test(one_cut_anywhere_in_tables_changes_nothing),
        cmocka_unit_test(one_cut_anywhere_in_xml_changes_nothing),
        cmocka_unit_test(single_bytes_make_the_same_results),
        cmocka_unit_test(random_pieces_make_the_same_results),
        cmocka_unit_test(random_pieces_of_real_outputs_make_the_same_results),
        cmocka_unit_test(dos_line_ends_make_the_same_results),
        cmocka_unit_test(every_prefix_is_read_without_contradiction),
        cmocka_unit_test(damaged_bytes_never_break_the_scanner),
        cmocka_unit_test(every_allocation_of_a_scan_may_fail),
        cmocka_unit_test(an_endless_line_is_passed_over),
        cmocka_unit_test(a_tag_without_end_is_given_up),
        cmocka_unit_test(text_without_end_is_passed_over),
        cmocka_unit_test(elements_without_ground_are_given_up),
        cmocka_unit_test(entities_that_multiply_are_not_read),
        cmocka_unit_test(results_are_there_while_the_output_grows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
