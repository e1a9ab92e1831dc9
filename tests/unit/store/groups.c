/* Groups of changes: on the disk together or not at all. */
#include "unit/store/place.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static int64_t jobs_in(struct place *place) {
    int64_t n = -1;
    assert_int_equal(store_job_count(place->store, 0, &n), 0);
    return n;
}

static void a_group_is_kept_by_its_commit(void **state) {
    struct place *place = *state;
    assert_false(store_in_group(place->store));
    assert_int_equal(store_begin(place->store), 0);
    assert_true(store_in_group(place->store));
    (void)place_insert(place, "a");
    (void)place_insert(place, "b");
    assert_int_equal(store_commit(place->store), 0);
    assert_false(store_in_group(place->store));
    place_reopen(place);
    assert_int_equal(jobs_in(place), 2);
}

static void a_group_without_a_commit_was_never_there(void **state) {
    struct place *place = *state;
    assert_int_equal(store_begin(place->store), 0);
    (void)place_insert(place, "a");
    store_rollback(place->store);
    assert_false(store_in_group(place->store));
    assert_int_equal(jobs_in(place), 0);
    assert_int_equal(store_begin(place->store), 0);
    (void)place_insert(place, "b");
    place_reopen(place);
    assert_int_equal(jobs_in(place), 0);
}

static void a_change_that_fails_leaves_the_others_of_its_group(void **state) {
    struct place *place = *state;
    assert_int_equal(store_begin(place->store), 0);
    int64_t id = place_insert(place, "a");
    _cleanup_(job_freep) struct job *ghost = place_job("ghost");
    ghost->id = 99;
    assert_int_equal(store_job_update(place->store, ghost, 1, "{}"), STORE_E_MISSING);
    (void)place_insert(place, "b");
    assert_int_equal(store_commit(place->store), 0);
    assert_int_equal(jobs_in(place), 2);
    _cleanup_(job_freep) struct job *job = NULL;
    assert_int_equal(store_job_get(place->store, id, &job), 0);
}

static void tokens_are_known_inside_their_group(void **state) {
    struct place *place = *state;
    _cleanup_(job_freep) struct job *one = place_job("a");
    _cleanup_(job_freep) struct job *two = place_job("b");
    one->token = strdup("t-1");
    two->token = strdup("t-1");
    assert_int_equal(store_begin(place->store), 0);
    assert_int_equal(store_job_insert(place->store, one), 0);
    assert_int_equal(store_job_insert(place->store, two), STORE_E_TOKEN);
    assert_int_equal(two->id, one->id);
    assert_int_equal(store_commit(place->store), 0);
    assert_int_equal(jobs_in(place), 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        WITH_PLACE(a_group_is_kept_by_its_commit),
        WITH_PLACE(a_group_without_a_commit_was_never_there),
        WITH_PLACE(a_change_that_fails_leaves_the_others_of_its_group),
        WITH_PLACE(tokens_are_known_inside_their_group),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
