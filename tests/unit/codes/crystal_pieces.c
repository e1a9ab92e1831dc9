/* Reading CRYSTAL's outputs as they grow: however they are cut, and whatever is in
 * them.
 */
#include "samples.h"

#include "support/alloc_fault.h"

#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char *const names[] = {"../crystal/scf.out", "../crystal/slab_opt.out",
                                    "../crystal/freq.out", "../crystal/bands.out",
                                    "../crystal/SCFOUT.LOG"};

enum {
    NAMES = sizeof(names) / sizeof(names[0]),
};

static struct scanner *begin(void) {
    struct scanner *scanner = NULL;
    assert_int_equal(scanner_new(&scanner, code_by_name("crystal")), 0);
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
    return samples_scan_as("crystal", buf_bytes(text), buf_len(text));
}

/* Numbers that only look random, so that a failure comes again. */
static uint32_t next(uint32_t *seed) {
    *seed = *seed * 1664525U + 1013904223U;
    return *seed >> 8;
}

static void check_cuts(const char *text, size_t n) {
    _cleanup_json_ json_t *want = samples_scan_as("crystal", text, n);
    for (size_t cut = 0; cut <= n; cut++) {
        struct scanner *scanner = begin();
        feed(scanner, text, cut);
        feed(scanner, text + cut, n - cut);
        check_end(scanner, want);
    }
}

static void one_cut_anywhere_changes_nothing(void **state) {
    (void)state;
    for (size_t i = 0; i < NAMES; i++) {
        _cleanup_buf_ struct buf text = BUF_NULL;
        samples_read_own(names[i], &text);
        check_cuts(buf_bytes(&text), buf_len(&text));
    }
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
    static const char *const real[] = {"crystal/bcc_iron_optgeom_scf_failed.out",
                                       "crystal/bii_slab_band_properties.out",
                                       "crystal/carbon_34_2T1_opt.out",
                                       "crystal/co_molecule_opt.out",
                                       "crystal/dryice_freq_ir.out",
                                       "crystal/mackinawite_opt_failed.out",
                                       "crystal/mgo_opt_onelog.out",
                                       "crystal/nio_afm_opt_killed_walltime.out",
                                       "crystal/scf_truncated.out"};
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

/* Whatever is read up to some byte is what the whole says, as far as it goes; of the
 * geometry at hand more may come. */
static void every_prefix_is_read_without_contradiction(void **state) {
    (void)state;
    static const char *const keys[] = {"natoms", "formula"};
    for (size_t i = 0; i < NAMES; i++) {
        _cleanup_buf_ struct buf text = BUF_NULL;
        samples_read_own(names[i], &text);
        _cleanup_json_ json_t *whole = scan(&text);
        for (size_t n = 0; n < buf_len(&text); n += 11) {
            _cleanup_json_ json_t *part =
                samples_scan_as("crystal", buf_bytes(&text), n);
            for (size_t k = 0; k < sizeof(keys) / sizeof(keys[0]); k++) {
                const json_t *value = json_object_get(part, keys[k]);
                if (!json_is_null(value)) {
                    assert_true(json_equal(value, json_object_get(whole, keys[k])));
                }
            }
            const json_t *steps = json_object_get(part, "steps");
            for (size_t k = 0; k + 1 < json_array_size(steps); k++) {
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
    int r = scanner_new(&scanner, code_by_name("crystal"));
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
    feed_words(scanner, " == SCF ENDED - CONVERGENCE ON ENERGY      E(AU) -");
    for (int i = 0; i < 256; i++) {
        feed(scanner, piece, sizeof(piece));
    }
    feed_words(scanner, "\n EEEEEEEEEE TERMINATION  DATE 02 03 2032 TIME 10:00:01.0\n");
    _cleanup_json_ json_t *r = end(scanner);
    assert_true(json_is_null(json_object_get(r, "energy_ev")));
    assert_string_equal(samples_text(r, "status"), "finished");
}

static void more_atoms_than_were_announced_are_passed_over(void **state) {
    (void)state;
    struct scanner *scanner = begin();
    feed_words(scanner,
               " GEOMETRY FOR WAVE FUNCTION - DIMENSIONALITY OF THE SYSTEM    0\n"
               " ATOMS IN THE ASYMMETRIC UNIT    2 - ATOMS IN THE UNIT CELL:    2\n");
    for (int i = 0; i < 1000; i++) {
        feed_words(scanner, "      1 T   8 O     1.0E+00  2.0E+00  3.0E+00\n");
    }
    assert_int_equal(scanner_results(scanner)->n_atoms, 2);
    (void)scanner_free(scanner);
}

static void a_list_of_atoms_that_is_short_leaves_those_before(void **state) {
    (void)state;
    struct scanner *scanner = begin();
    feed_words(scanner,
               " GEOMETRY FOR WAVE FUNCTION - DIMENSIONALITY OF THE SYSTEM    0\n"
               " ATOMS IN THE ASYMMETRIC UNIT    2 - ATOMS IN THE UNIT CELL:    2\n"
               "      1 T   8 O     1.0E+00  2.0E+00  3.0E+00\n"
               "      2 T   8 O     4.0E+00  5.0E+00  6.0E+00\n"
               " ATOMS IN THE ASYMMETRIC UNIT    2 - ATOMS IN THE UNIT CELL:    2\n"
               "      1 T   8 O     7.0E+00  8.0E+00  9.0E+00\n"
               "      2 T   8 O     ********  NaN  9.0E+00\n\n");
    _cleanup_json_ json_t *r = end(scanner);
    const json_t *atom = json_array_get(json_object_get(r, "atoms"), 0);
    assert_close(samples_number(atom, "x"), 1, 0);
}

static void results_are_there_while_the_output_grows(void **state) {
    (void)state;
    struct scanner *scanner = begin();
    static const char *const lines[] = {
        " EEEEEEEEEE STARTING  DATE 02 03 2032 TIME 10:00:00.0\n",
        " CYC   0 ETOT(AU) -1.0E+00 DETOT -1.00E+00 tst  0.00E+00 PX  1.00E+00\n",
        " TTTTTTTTTTTTTTTTTTTTTTTTTTTTTT DIIS        TELAPSE        0.24 TCPU        "
        "0.21\n",
        " CYC   1 ETOT(AU) -1.1E+00 DETOT -1.00E-01 tst  0.00E+00 PX  1.00E+00\n",
        " == SCF ENDED - CONVERGENCE ON ENERGY      E(AU) -1.1E+00 CYCLES   1\n",
    };
    static const size_t runs[] = {0, 1, 1, 1, 1}, cycles[] = {0, 1, 1, 2, 3};
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        feed_words(scanner, lines[i]);
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
        cmocka_unit_test(single_bytes_make_the_same_results),
        cmocka_unit_test(random_pieces_make_the_same_results),
        cmocka_unit_test(random_pieces_of_real_outputs_make_the_same_results),
        cmocka_unit_test(dos_line_ends_make_the_same_results),
        cmocka_unit_test(every_prefix_is_read_without_contradiction),
        cmocka_unit_test(damaged_bytes_never_break_the_scanner),
        cmocka_unit_test(every_allocation_of_a_scan_may_fail),
        cmocka_unit_test(an_endless_line_is_passed_over),
        cmocka_unit_test(more_atoms_than_were_announced_are_passed_over),
        cmocka_unit_test(a_list_of_atoms_that_is_short_leaves_those_before),
        cmocka_unit_test(results_are_there_while_the_output_grows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
