/* Elements in labels. */
#include "structure/element.h"
#include "structure/element_data.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void check_label(const char *label, const char *want) {
    char element[ATOM_ELEMENT_SIZE];
    memset(element, 'z', sizeof(element));
    element_of_label(label, element);
    assert_string_equal(element, want);
}

static void a_symbol_is_its_own_label(void **state) {
    (void)state;
    check_label("H", "H");
    check_label("Si", "Si");
    check_label("Og", "Og");
}

static void case_and_what_follows_a_symbol_do_not_matter(void **state) {
    (void)state;
    check_label("SI", "Si");
    check_label("fe", "Fe");
    check_label("Fe1", "Fe");
    check_label("O_h", "O");
    check_label("C-up", "C");
    check_label("Hup", "H");
    check_label("Si  1.0 2.0", "Si");
}

static void a_label_without_an_element_is_x(void **state) {
    (void)state;
    check_label("", "X");
    check_label("1", "X");
    check_label("Q", "X");
    check_label("\xc3\xa9", "X");
}

static void radii_and_masses_stand_at_their_elements(void **state) {
    (void)state;
    static const struct {
        const char *element;
        double radius, mass;
    } want[] = {{"H", 0.31, 1.008},   {"C", 0.76, 12.011},  {"Fe", 1.32, 55.845},
                {"La", 2.07, 138.91}, {"Au", 1.36, 196.97}, {"Cm", 1.69, 247},
                {"Og", 0, 294},       {"X", 0, 0}};
    for (size_t i = 0; i < sizeof want / sizeof *want; i++) {
        assert_true(element_covalent_radius(want[i].element) == want[i].radius);
        assert_true(element_mass(want[i].element) == want[i].mass);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_symbol_is_its_own_label),
        cmocka_unit_test(case_and_what_follows_a_symbol_do_not_matter),
        cmocka_unit_test(a_label_without_an_element_is_x),
        cmocka_unit_test(radii_and_masses_stand_at_their_elements),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
