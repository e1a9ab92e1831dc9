/* The queue of notifications: its order, its limit, and the count of what was missed.
 */
#include "client/notices.h"

#include "support/alloc_fault.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct json_span none = JSON_SPAN_NULL;
static const struct json_span small = {"{\"a\":1}", 7};

static void pop_expecting(struct notices *notices, const char *method,
                          const char *params) {
    struct notice *notice = notices_pop(notices);
    assert_non_null(notice);
    assert_string_equal(notice->method, method);
    if (params) {
        assert_string_equal(notice->params, params);
    }
    assert_null(notice_free(notice));
}

static void notices_come_out_in_the_order_they_went_in(void **state) {
    (void)state;
    struct notices notices = {0};
    notices_push(&notices, "one", small);
    notices_push(&notices, "two", none);
    pop_expecting(&notices, "one", "{\"a\":1}");
    notices_push(&notices, "three", none);
    pop_expecting(&notices, "two", NULL);
    pop_expecting(&notices, "three", NULL);
    assert_null(notices_pop(&notices));
    assert_int_equal(notices.bytes, 0);
}

static void what_does_not_fit_is_counted_and_told_behind_the_rest(void **state) {
    (void)state;
    struct notices notices = {0};
    char *text = malloc(1024 * 1024);
    assert_non_null(text);
    (void)memset(text, 'x', 1024 * 1024);
    for (int i = 0; i < 9; i++) {
        notices_push(&notices, "big", (struct json_span){text, 1024 * 1024});
    }
    notices_push(&notices, "small", none);
    free(text);
    assert_true(notices.bytes <= NOTICES_BYTES_MAX);
    for (int i = 0; i < 7; i++) {
        pop_expecting(&notices, "big", NULL);
    }
    pop_expecting(&notices, "client.missed", "{\"count\":3}");
    assert_null(notices_pop(&notices));
    notices_push(&notices, "later", none);
    pop_expecting(&notices, "later", NULL);
}

static void a_notice_there_is_no_memory_for_counts_as_missed(void **state) {
    (void)state;
    struct notices notices = {0};
    for (size_t skip = 0; skip < 2; skip++) {
        alloc_fault_arm(skip);
        notices_push(&notices, "one", small);
        assert_true(alloc_fault_disarm());
        assert_int_equal(notices.missed, 1);
        assert_null(notices.first);
        alloc_fault_arm(skip);
        assert_null(notices_pop(&notices));
        assert_true(alloc_fault_disarm());
        pop_expecting(&notices, "client.missed", "{\"count\":1}");
    }
}

static void clearing_forgets_everything(void **state) {
    (void)state;
    struct notices notices = {.missed = 4};
    notices_clear(&notices);
    assert_null(notices_pop(&notices));
    notices_push(&notices, "one", none);
    notices.missed = 4;
    notices_clear(&notices);
    assert_null(notices_pop(&notices));
    assert_null(notice_free(NULL));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(notices_come_out_in_the_order_they_went_in),
        cmocka_unit_test(what_does_not_fit_is_counted_and_told_behind_the_rest),
        cmocka_unit_test(a_notice_there_is_no_memory_for_counts_as_missed),
        cmocka_unit_test(clearing_forgets_everything),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
