/* Tags. */
#include "job/tags.h"

#include "base/str.h"
#include "support/alloc_fault.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
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

static char **changed(const char *const *tags, const char *const *add,
                      const char *const *drop) {
    char **out = NULL;
    assert_int_equal(
        tags_change((char *const *)tags, (char *const *)add, (char *const *)drop, &out),
        0);
    return out;
}

static void tags_come_and_go_at_once(void **state) {
    (void)state;
    static const char *const old[] = {"a", "b", NULL};
    static const char *const add[] = {"c", "a", NULL};
    static const char *const drop[] = {"b", "a", "never", NULL};
    char **tags = changed(old, add, drop);
    assert_int_equal(strv_length(tags), 2);
    assert_string_equal(tags[0], "a");
    assert_string_equal(tags[1], "c");
    (void)strv_free(tags);
    tags = changed(NULL, NULL, drop);
    assert_int_equal(strv_length(tags), 0);
    (void)strv_free(tags);
}

static void one_tag_too_many_is_refused(void **state) {
    (void)state;
    char space[TAGS_MAX + 1][8];
    char *all[TAGS_MAX + 2] = {NULL};
    for (int i = 0; i <= TAGS_MAX; i++) {
        (void)snprintf(space[i], sizeof space[i], "t%03d", i);
        all[i] = space[i];
    }
    char *last[] = {all[TAGS_MAX], NULL};
    char **out = NULL;
    all[TAGS_MAX] = NULL;
    assert_int_equal(tags_change(all, last, NULL, &out), TAGS_E_TOO_MANY);
    assert_null(out);
    /* One goes for it. */
    assert_int_equal(tags_change(all, last, (char *[]){all[0], NULL}, &out), 0);
    assert_int_equal(strv_length(out), TAGS_MAX);
    (void)strv_free(out);
}

static int attempt_change(void *data) {
    static const char *const old[] = {"a", "b", NULL};
    static const char *const add[] = {"c", NULL};
    char **out = NULL;
    (void)data;
    int r = tags_change((char *const *)old, (char *const *)add, NULL, &out);
    assert_true(r == 0 || !out);
    (void)strv_free(out);
    return r;
}

static void no_memory_changes_no_tags(void **state) {
    (void)state;
    assert_true(alloc_fault_sweep(attempt_change, NULL, -ENOMEM) > 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_tag_is_a_visible_word),
        cmocka_unit_test(tags_are_sorted_and_stand_there_once),
        cmocka_unit_test(tags_come_and_go_at_once),
        cmocka_unit_test(one_tag_too_many_is_refused),
        cmocka_unit_test(no_memory_changes_no_tags),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
