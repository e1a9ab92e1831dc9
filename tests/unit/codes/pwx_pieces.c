/* Reading an output as it grows: however it is cut, and whatever is in it. */
#include "samples.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char *const names[] = {
    "si_scf.out",           "fe_spin.out",        "si_relax.out",
    "si_vcrelax.out",       "si_md.out",          "si_bands.out",
    "si_not_converged.out", "si_input_error.out", "si_relax.xml",
};

enum {
    NAMES = sizeof(names) / sizeof(names[0]),
};

static struct scanner *begin(void) {
    struct scanner *scanner = NULL;
    assert_int_equal(scanner_new(&scanner, code_by_name("quantum_espresso")), 0);
    return scanner;
}

static void check_end(struct scanner *scanner, const json_t *want) {
    assert_int_equal(scanner_finish(scanner), 0);
    _cleanup_json_ json_t *got = results_to_json(scanner_results(scanner));
    assert_true(json_equal(got, want));
    (void)scanner_free(scanner);
}

/* Numbers that only look random, so that a failure comes again. */
static uint32_t next(uint32_t *seed) {
    *seed = *seed * 1664525U + 1013904223U;
    return *seed >> 8;
}

static void one_cut_anywhere_changes_nothing(void **state) {
    (void)state;
    _cleanup_buf_ struct buf text = BUF_NULL;
    samples_read_own("si_input_error.out", &text);
    size_t n = buf_len(&text);
    _cleanup_json_ json_t *want = samples_scan(buf_bytes(&text), n);
    for (size_t cut = 0; cut <= n; cut++) {
        struct scanner *scanner = begin();
        assert_int_equal(scanner_feed(scanner, buf_bytes(&text), cut), 0);
        assert_int_equal(scanner_feed(scanner, buf_bytes(&text) + cut, n - cut), 0);
        check_end(scanner, want);
    }
}

static void single_bytes_make_the_same_results(void **state) {
    (void)state;
    for (size_t i = 0; i < NAMES; i++) {
        _cleanup_buf_ struct buf text = BUF_NULL;
        samples_read_own(names[i], &text);
        _cleanup_json_ json_t *want = samples_scan(buf_bytes(&text), buf_len(&text));
        struct scanner *scanner = begin();
        for (size_t k = 0; k < buf_len(&text); k++) {
            assert_int_equal(scanner_feed(scanner, buf_bytes(&text) + k, 1), 0);
        }
        check_end(scanner, want);
    }
}

static void random_pieces_make_the_same_results(void **state) {
    (void)state;
    uint32_t seed = 1;
    for (size_t i = 0; i < NAMES * 8; i++) {
        _cleanup_buf_ struct buf text = BUF_NULL;
        samples_read_own(names[i % NAMES], &text);
        _cleanup_json_ json_t *want = samples_scan(buf_bytes(&text), buf_len(&text));
        struct scanner *scanner = begin();
        for (size_t k = 0; k < buf_len(&text);) {
            size_t some = next(&seed) % 3000;
            size_t left = buf_len(&text) - k;
            some = some < left ? some : left;
            assert_int_equal(scanner_feed(scanner, buf_bytes(&text) + k, some), 0);
            k += some;
        }
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
        _cleanup_json_ json_t *want = samples_scan(buf_bytes(&text), buf_len(&text));
        _cleanup_json_ json_t *got = samples_scan(buf_bytes(&dos), buf_len(&dos));
        assert_true(json_equal(got, want));
    }
}

/* Whatever is read up to some byte is what the whole says, as far as it goes. */
static void every_prefix_is_read_without_contradiction(void **state) {
    (void)state;
    _cleanup_buf_ struct buf text = BUF_NULL;
    samples_read_own("si_scf.out", &text);
    _cleanup_json_ json_t *whole = samples_scan(buf_bytes(&text), buf_len(&text));
    static const char *const keys[] = {"energy_ev", "vbm_ev",       "cbm_ev",
                                       "natoms",    "pressure_gpa", "wall_seconds"};
    for (size_t n = 0; n < buf_len(&text); n += 7) {
        _cleanup_json_ json_t *part = samples_scan(buf_bytes(&text), n);
        for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
            const json_t *value = json_object_get(part, keys[i]);
            if (!json_is_null(value)) {
                assert_true(json_equal(value, json_object_get(whole, keys[i])));
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
        for (size_t k = 0; k < 200; k++) {
            text.data[text.start + next(&seed) % buf_len(&text)] = (char)next(&seed);
        }
        _cleanup_json_ json_t *json = samples_scan(buf_bytes(&text), buf_len(&text));
        assert_true(json_is_object(json));
    }
}

static void an_endless_line_is_passed_over(void **state) {
    (void)state;
    static char piece[65536];
    memset(piece, '7', sizeof(piece));
    struct scanner *scanner = begin();
    assert_int_equal(scanner_feed(scanner, "!    total energy   =   -", 25), 0);
    for (int i = 0; i < 512; i++) {
        assert_int_equal(scanner_feed(scanner, piece, sizeof(piece)), 0);
    }
    assert_int_equal(scanner_feed(scanner, "\n   JOB DONE.\n", 14), 0);
    assert_int_equal(scanner_finish(scanner), 0);
    assert_int_equal(scanner_results(scanner)->n_steps, 0);
    assert_int_equal(scanner_results(scanner)->status, RUN_FINISHED);
    (void)scanner_free(scanner);
}

static void results_are_there_while_the_output_grows(void **state) {
    (void)state;
    struct scanner *scanner = begin();
    const char *const lines[] = {
        "     iteration #  1     ecut=    30.00 Ry     beta= 0.70\n",
        "     total energy              =      -1.00000000 Ry\n",
        "     estimated scf accuracy    <       0.50000000 Ry\n",
        "     iteration #  2     ecut=    30.00 Ry     beta= 0.70\n",
        "!    total energy              =      -1.50000000 Ry\n",
        "     estimated scf accuracy    <       0.00000001 Ry\n",
    };
    const size_t cycles[] = {0, 0, 1, 1, 2, 2};
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        assert_int_equal(scanner_feed(scanner, lines[i], strlen(lines[i])), 0);
        assert_int_equal(scanner_results(scanner)->n_scf, 1);
        assert_int_equal(scanner_results(scanner)->scf[0].n_cycles, cycles[i]);
    }
    assert_int_equal(scanner_results(scanner)->scf[0].counted, 2);
    assert_true(scanner_results(scanner)->scf[0].ended);
    assert_string_equal(scanner_results(scanner)->calculation, "scf");
    (void)scanner_free(scanner);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_cut_anywhere_changes_nothing),
        cmocka_unit_test(single_bytes_make_the_same_results),
        cmocka_unit_test(random_pieces_make_the_same_results),
        cmocka_unit_test(dos_line_ends_make_the_same_results),
        cmocka_unit_test(every_prefix_is_read_without_contradiction),
        cmocka_unit_test(damaged_bytes_never_break_the_scanner),
        cmocka_unit_test(an_endless_line_is_passed_over),
        cmocka_unit_test(results_are_there_while_the_output_grows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
