/* Numbers of jobs: whichever way one asks for them, and through SQL. */
#include "store/ids.h"

#include "support/alloc_fault.h"

#include <errno.h>
#include <setjmp.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

enum { EVERY = 3, COUNT = 300 };

/* The multiples of three, in no order, and each a second time. */
static void fill(struct ids *ids) {
    *ids = (struct ids){0};
    for (int64_t i = 0; i < 2 * COUNT; i++) {
        assert_int_equal(ids_add(ids, EVERY * (1 + i * 7 % COUNT)), 0);
    }
    ids_sort(ids);
}

static void what_is_there_is_found_whichever_way_one_goes(void **state) {
    (void)state;
    struct ids ids;
    fill(&ids);
    for (int64_t id = COUNT * EVERY + 2; id >= 0; id--) {
        assert_int_equal(ids_have(&ids, id),
                         id > 0 && id <= COUNT * EVERY && id % 3 == 0);
    }
    for (int64_t id = 0; id <= COUNT * EVERY + 2; id++) {
        assert_int_equal(ids_have(&ids, id),
                         id > 0 && id <= COUNT * EVERY && id % 3 == 0);
    }
    for (int64_t i = 0; i < COUNT; i++) {
        int64_t id = i * 101 % (COUNT * EVERY) + 1;
        assert_int_equal(ids_have(&ids, id), id % 3 == 0);
    }
    ids_deinit(&ids);
}

static void those_that_come_the_other_way_round_are_turned(void **state) {
    (void)state;
    for (int64_t n = 1; n < 6; n++) {
        struct ids ids = {0};
        for (int64_t id = 1; id <= n; id++) {
            assert_int_equal(ids_add(&ids, id), 0);
        }
        ids_sort(&ids);
        for (int64_t i = 0; i < n; i++) {
            assert_int_equal(ids.list[i], n - i);
        }
        ids_deinit(&ids);
    }
}

static void what_was_added_twice_is_there_once(void **state) {
    (void)state;
    struct ids ids;
    fill(&ids);
    assert_int_equal(ids.n, COUNT);
    for (int64_t i = 0; i < COUNT; i++) {
        assert_int_equal(ids.list[i], EVERY * (COUNT - i));
    }
    ids_deinit(&ids);
}

static void of_none_nothing_is_there(void **state) {
    (void)state;
    struct ids ids = {0};
    ids_sort(&ids);
    assert_false(ids_have(&ids, 0));
    assert_false(ids_have(&ids, 7));
    assert_int_equal(ids_from(&ids, 7), 0);
    ids_deinit(&ids);
}

static void those_that_are_not_older_are_counted(void **state) {
    (void)state;
    struct ids ids = {0};
    for (int64_t id = 10; id > 0; id -= 2) {
        assert_int_equal(ids_add(&ids, id), 0);
    }
    ids_sort(&ids);
    assert_int_equal(ids_from(&ids, 11), 0);
    assert_int_equal(ids_from(&ids, 10), 1);
    assert_int_equal(ids_from(&ids, 9), 1);
    assert_int_equal(ids_from(&ids, 2), 5);
    assert_int_equal(ids_from(&ids, INT64_MIN), 5);
    ids_deinit(&ids);
}

static int ask(sqlite3_stmt *s, int64_t id) {
    assert_int_equal(sqlite3_bind_int64(s, 2, id), SQLITE_OK);
    assert_int_equal(sqlite3_step(s), SQLITE_ROW);
    int there = sqlite3_column_int(s, 0);
    (void)sqlite3_reset(s);
    return there;
}

static void a_statement_asks_for_them_and_what_is_no_list_has_none(void **state) {
    (void)state;
    struct ids ids;
    sqlite3 *db = NULL;
    sqlite3_stmt *s = NULL;
    fill(&ids);
    assert_int_equal(sqlite3_open(":memory:", &db), SQLITE_OK);
    assert_int_equal(ids_register(db), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(db, "SELECT among(?, ?)", -1, &s, NULL),
                     SQLITE_OK);
    assert_int_equal(ids_bind(s, 1, &ids), SQLITE_OK);
    assert_int_equal(ask(s, 9), 1);
    assert_int_equal(ask(s, 10), 0);
    assert_int_equal(sqlite3_bind_int64(s, 1, 9), SQLITE_OK);
    assert_int_equal(ask(s, 9), 0);
    (void)sqlite3_finalize(s);
    (void)sqlite3_close(db);
    ids_deinit(&ids);
}

static void without_memory_one_is_not_added_and_the_others_stay(void **state) {
    (void)state;
    struct ids ids = {0};
    assert_int_equal(ids_add(&ids, 1000), 0);
    while (ids.n < ids.cap) {
        assert_int_equal(ids_add(&ids, 1000 - (int64_t)ids.n), 0);
    }
    size_t n = ids.n;
    alloc_fault_arm(0);
    int r = ids_add(&ids, 1);
    assert_true(alloc_fault_disarm());
    assert_int_equal(r, -ENOMEM);
    assert_int_equal(ids.n, n);
    ids_sort(&ids);
    assert_true(ids_have(&ids, 1000));
    assert_false(ids_have(&ids, 1));
    ids_deinit(&ids);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_there_is_found_whichever_way_one_goes),
        cmocka_unit_test(those_that_come_the_other_way_round_are_turned),
        cmocka_unit_test(what_was_added_twice_is_there_once),
        cmocka_unit_test(of_none_nothing_is_there),
        cmocka_unit_test(those_that_are_not_older_are_counted),
        cmocka_unit_test(a_statement_asks_for_them_and_what_is_no_list_has_none),
        cmocka_unit_test(without_memory_one_is_not_added_and_the_others_stay),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
