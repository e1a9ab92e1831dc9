/* Tags. */
#include "job/tags.h"

#include "base/str.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void a_tag_is_a_visible_word(void **state) {
    (void)state;
    static const char *const good[] = {"a", "sweep:si", "with blank", "größe", "#1"};
    static const char *const bad[] = {"",    " ",    " a",    "a ",
                                      "a,b", "a\nb", "a\x7f", "\t"};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        assert_true(tag_is_valid(good[i]));
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_false(tag_is_valid(bad[i]));
    }
    char longest[TAG_SIZE_MAX + 2];
    memset(longest, 'x', sizeof longest);
    longest[TAG_SIZE_MAX] = '\0';
    assert_true(tag_is_valid(longest));
    longest[TAG_SIZE_MAX] = 'x';
    longest[TAG_SIZE_MAX + 1] = '\0';
    assert_false(tag_is_valid(longest));
}

static void tags_are_sorted_and_stand_there_once(void **state) {
    (void)state;
    static const char *const given[] = {"b", "a", "b", "c", "a", "b", NULL};
    char **tags = strv_copy((char *const *)given);
    assert_non_null(tags);
    tags_sort(tags);
    assert_int_equal(strv_length(tags), 3);
    assert_string_equal(tags[0], "a");
    assert_string_equal(tags[1], "b");
    assert_string_equal(tags[2], "c");
    tags = strv_free(tags);
    tags_sort(tags);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_tag_is_a_visible_word),
        cmocka_unit_test(tags_are_sorted_and_stand_there_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
