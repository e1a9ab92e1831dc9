/* Pointers in order. */
#include "base/sorted.h"

#include "support/alloc_fault.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { N = 300 };

static int by_value(const void *a, const void *b) {
    int x = *(const int *)a;
    int y = *(const int *)b;
    return (x > y) - (x < y);
}

static void in_order(const struct sorted *sorted) {
    for (size_t i = 1; i < sorted->n; i++) {
        assert_true(by_value(sorted_at(sorted, i - 1), sorted_at(sorted, i)) < 0);
    }
    assert_null(sorted_at(sorted, sorted->n));
}

static void whatever_comes_and_goes_the_order_holds(void **state) {
    (void)state;
    int values[N];
    bool there[N] = {false};
    struct sorted sorted = SORTED_BY(by_value);
    unsigned seed = 7;
    for (int i = 0; i < N; i++) {
        values[i] = i;
    }
    size_t n = 0;
    for (int round = 0; round < 20000; round++) {
        seed = seed * 1103515245U + 12345U;
        unsigned i = (seed >> 8) % N;
        if (there[i]) {
            assert_true(sorted_take(&sorted, &values[i]));
        } else {
            assert_int_equal(sorted_put(&sorted, &values[i]), 0);
        }
        there[i] = !there[i];
        n += there[i] ? 1 : (size_t)-1;
        assert_int_equal(sorted.n, n);
        assert_ptr_equal(sorted_find(&sorted, &values[i]),
                         there[i] ? &values[i] : NULL);
    }
    in_order(&sorted);
    for (int i = 0; i < N; i++) {
        assert_ptr_equal(sorted_find(&sorted, &values[i]),
                         there[i] ? &values[i] : NULL);
    }
    sorted_deinit(&sorted);
}

static void a_queue_does_not_grow_with_what_went_through_it(void **state) {
    (void)state;
    static int values[10000];
    struct sorted sorted = SORTED_BY(by_value);
    for (int i = 0; i < 10000; i++) {
        values[i] = i;
        assert_int_equal(sorted_put(&sorted, &values[i]), 0);
        if (i >= 10) {
            assert_ptr_equal(sorted_at(&sorted, 0), &values[i - 10]);
            assert_true(sorted_take(&sorted, &values[i - 10]));
        }
    }
    assert_true(sorted.cap < 100);
    sorted_deinit(&sorted);
}

static void an_equal_is_refused_and_what_is_not_there_cannot_be_taken(void **state) {
    (void)state;
    int one = 1;
    int other = 1;
    struct sorted sorted = SORTED_BY(by_value);
    assert_false(sorted_take(&sorted, &one));
    assert_null(sorted_find(&sorted, &one));
    assert_int_equal(sorted_put(&sorted, &one), 0);
    assert_int_equal(sorted_put(&sorted, &other), -EEXIST);
    assert_int_equal(sorted.n, 1);
    sorted_deinit(&sorted);
    assert_int_equal(sorted.n, 0);
}

static int put_one(void *data) {
    int one = 1;
    struct sorted *sorted = data;
    int r = sorted_put(sorted, &one);
    sorted_deinit(sorted);
    return r;
}

static void without_memory_nothing_is_put_in_unless_room_was_reserved(void **state) {
    (void)state;
    int one = 1;
    struct sorted sorted = SORTED_BY(by_value);
    assert_int_equal(alloc_fault_sweep(put_one, &sorted, -ENOMEM), 1);
    assert_int_equal(sorted_reserve(&sorted, 1), 0);
    alloc_fault_arm(0);
    assert_int_equal(sorted_put(&sorted, &one), 0);
    assert_false(alloc_fault_disarm());
    sorted_deinit(&sorted);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whatever_comes_and_goes_the_order_holds),
        cmocka_unit_test(a_queue_does_not_grow_with_what_went_through_it),
        cmocka_unit_test(an_equal_is_refused_and_what_is_not_there_cannot_be_taken),
        cmocka_unit_test(without_memory_nothing_is_put_in_unless_room_was_reserved),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
