/* Whether a terminal's characters are UTF-8 is told by the environment. */
#include "base/charset.h"

#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <wchar.h>

#include <cmocka.h>

static void set(const char *all, const char *type, const char *lang) {
    assert_int_equal(setenv("LC_ALL", all, 1), 0);
    assert_int_equal(setenv("LC_CTYPE", type, 1), 0);
    assert_int_equal(setenv("LANG", lang, 1), 0);
}

static void a_locale_of_utf8_is_taken(void **state) {
    (void)state;
    set("", "", "C.UTF-8");
    assert_true(charset_init());
    wchar_t c = 0;
    assert_int_equal(mbrtowc(&c, "─", 3, &(mbstate_t){0}), 3);
    assert_int_equal(c, 0x2500);
}

static void the_first_variable_that_is_set_counts(void **state) {
    (void)state;
    set("C", "C.UTF-8", "C.UTF-8");
    assert_false(charset_init());
    set("", "C", "C.UTF-8");
    assert_false(charset_init());
}

static void numbers_keep_their_point(void **state) {
    (void)state;
    set("C.UTF-8", "", "");
    assert_true(charset_init());
    assert_string_equal(localeconv()->decimal_point, ".");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_locale_of_utf8_is_taken),
        cmocka_unit_test(the_first_variable_that_is_set_counts),
        cmocka_unit_test(numbers_keep_their_point),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
