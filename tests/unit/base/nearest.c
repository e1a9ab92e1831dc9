/* Suggestions. */
#include "base/nearest.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const char *guess(const char *word) {
    static const char *const names[] = {"ecutwfc", "ecutrho", "nat",      "ntyp",
                                        "nbnd",    "ibrav",   "conv_thr", "degauss"};
    struct nearest nearest;
    nearest_init(&nearest, word, strlen(word));
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        nearest_offer(&nearest, names[i]);
    }
    return nearest.best;
}

static void slips_are_forgiven(void **state) {
    (void)state;
    assert_string_equal(guess("ecutwcf"), "ecutwfc");
    assert_string_equal(guess("ecutfwc"), "ecutwfc");
    assert_string_equal(guess("ecutrh"), "ecutrho");
    assert_string_equal(guess("convthr"), "conv_thr");
    assert_string_equal(guess("IBARV"), "ibrav");
}

static void the_nearest_is_taken_wherever_it_stands(void **state) {
    static const char *const orders[][3] = {{"EDIFFG", "EDIFF", "ENINI"},
                                            {"ENINI", "EDIFF", "EDIFFG"},
                                            {"EDIFF", "ENINI", "EDIFFG"}};
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        struct nearest nearest;
        nearest_init(&nearest, "EDFIF", 5);
        for (size_t k = 0; k < 3; k++) {
            nearest_offer(&nearest, orders[i][k]);
        }
        assert_string_equal(nearest.best, "EDIFF");
    }
}

static void a_beginning_is_a_hint(void **state) {
    (void)state;
    assert_string_equal(guess("deg"), "degauss");
    assert_string_equal(guess("ecut"), "ecutwfc");
}

static void what_is_far_gets_no_suggestion(void **state) {
    (void)state;
    assert_null(guess(""));
    assert_null(guess("x"));
    assert_null(guess("title"));
    assert_null(guess("a_word_that_is_much_too_long_to_be_a_slip_of_any_kind"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(slips_are_forgiven),
        cmocka_unit_test(the_nearest_is_taken_wherever_it_stands),
        cmocka_unit_test(a_beginning_is_a_hint),
        cmocka_unit_test(what_is_far_gets_no_suggestion),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
