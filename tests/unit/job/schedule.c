/* Which job runs next. */
#include "job/schedule.h"

#include "base/cleanup.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum { MANY = 10000 };

struct queue {
    struct schedule schedule;
    struct job *jobs; /* MANY of them; ids from 1 */
    struct schedule_entry *entries;
};

static void queue_begin(struct queue *queue, int cores, int64_t memory) {
    queue->jobs = calloc(MANY + 1, sizeof *queue->jobs);
    queue->entries = calloc(MANY + 1, sizeof *queue->entries);
    schedule_init(&queue->schedule, cores, memory);
}

static void queue_end(struct queue *queue) {
    schedule_deinit(&queue->schedule);
    free(queue->jobs);
    free(queue->entries);
}

#define _cleanup_queue_ _cleanup_(queue_end)

static void wait_for_turn(struct queue *queue, int id, int cores, int priority) {
    struct job *job = &queue->jobs[id];
    job->id = id;
    job->cores = cores;
    job->priority = priority;
    queue->entries[id].job = job;
    assert_int_equal(schedule_add(&queue->schedule, &queue->entries[id]), 0);
}

/* The id of the job that starts now; 0: none. */
static int next(struct queue *queue) {
    struct schedule_entry *entry = schedule_next(&queue->schedule);
    return entry ? (int)entry->job->id : 0;
}

static void ends(struct queue *queue, int id) {
    schedule_vacate(&queue->schedule, &queue->jobs[id]);
}

static void nothing_waits_nothing_starts(void **state) {
    (void)state;
    _cleanup_queue_ struct queue queue;
    queue_begin(&queue, 2, 0);
    assert_int_equal(next(&queue), 0);
}

static void
jobs_start_in_the_order_of_their_submission_as_cores_become_free(void **state) {
    (void)state;
    _cleanup_queue_ struct queue queue;
    queue_begin(&queue, 2, 0);
    wait_for_turn(&queue, 2, 1, 0);
    wait_for_turn(&queue, 1, 1, 0);
    wait_for_turn(&queue, 3, 1, 0);
    assert_int_equal(next(&queue), 1);
    assert_int_equal(next(&queue), 2);
    assert_int_equal(next(&queue), 0);
    ends(&queue, 1);
    assert_int_equal(next(&queue), 3);
}

static void a_larger_priority_goes_first(void **state) {
    (void)state;
    _cleanup_queue_ struct queue queue;
    queue_begin(&queue, 1, 0);
    wait_for_turn(&queue, 1, 1, -5);
    wait_for_turn(&queue, 2, 1, 0);
    wait_for_turn(&queue, 3, 1, 7);
    const int wanted[] = {3, 2, 1};
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(next(&queue), wanted[i]);
        ends(&queue, wanted[i]);
    }
}

static void a_priority_is_changed_between_drop_and_add(void **state) {
    (void)state;
    _cleanup_queue_ struct queue queue;
    queue_begin(&queue, 1, 0);
    wait_for_turn(&queue, 1, 1, 0);
    wait_for_turn(&queue, 2, 1, 0);
    assert_true(schedule_drop(&queue.schedule, &queue.entries[2]));
    assert_false(schedule_drop(&queue.schedule, &queue.entries[2]));
    wait_for_turn(&queue, 2, 1, 1);
    assert_int_equal(schedule_add(&queue.schedule, &queue.entries[2]), -EEXIST);
    assert_int_equal(next(&queue), 2);
}

static void a_small_job_passes_a_big_one_that_does_not_fit(void **state) {
    (void)state;
    _cleanup_queue_ struct queue queue;
    queue_begin(&queue, 4, 0);
    wait_for_turn(&queue, 1, 3, 0);
    wait_for_turn(&queue, 2, 4, 0);
    wait_for_turn(&queue, 3, 1, 0);
    assert_int_equal(next(&queue), 1);
    assert_int_equal(next(&queue), 3);
    assert_int_equal(next(&queue), 0);
}

static void a_big_job_is_passed_so_often_and_then_waited_for(void **state) {
    (void)state;
    _cleanup_queue_ struct queue queue;
    queue_begin(&queue, 2, 0);
    wait_for_turn(&queue, 1, 1, 0);
    wait_for_turn(&queue, 2, 2, 0);
    for (int id = 3; id < 103; id++) {
        wait_for_turn(&queue, id, 1, 0);
    }
    /* One of the small ones always runs: without a bound the big one never starts. */
    assert_int_equal(next(&queue), 1);
    int running = 1;
    for (int i = 0; i < SCHEDULE_PASSES_MAX; i++) {
        assert_null(schedule_blocking(&queue.schedule));
        int passing = next(&queue);
        assert_int_equal(passing, 3 + i);
        ends(&queue, running);
        running = passing;
    }
    assert_ptr_equal(schedule_blocking(&queue.schedule), &queue.jobs[2]);
    assert_int_equal(next(&queue), 0);
    ends(&queue, running);
    assert_int_equal(next(&queue), 2);
    assert_int_equal(next(&queue), 0);
    ends(&queue, 2);
    assert_int_equal(next(&queue), 3 + SCHEDULE_PASSES_MAX);
}

static void who_was_passed_is_remembered_while_others_go_first(void **state) {
    (void)state;
    _cleanup_queue_ struct queue queue;
    queue_begin(&queue, 2, 0);
    wait_for_turn(&queue, 1, 1, 0);
    wait_for_turn(&queue, 2, 2, 0);
    assert_int_equal(next(&queue), 1);
    queue.entries[2].passed = SCHEDULE_PASSES_MAX;
    wait_for_turn(&queue, 3, 1, 9);
    wait_for_turn(&queue, 4, 1, 0);
    assert_int_equal(next(&queue), 3); /* its priority puts it in front */
    ends(&queue, 3);
    assert_int_equal(next(&queue), 0);
    ends(&queue, 1);
    assert_int_equal(next(&queue), 2);
}

static void memory_is_a_slot_for_those_that_ask_for_it(void **state) {
    (void)state;
    _cleanup_queue_ struct queue queue;
    queue_begin(&queue, 8, 100);
    const int64_t wants[] = {0, 60, 60, 0, 40};
    for (int id = 1; id <= 4; id++) {
        queue.jobs[id].memory_bytes = wants[id];
        wait_for_turn(&queue, id, 1, 0);
    }
    assert_int_equal(next(&queue), 1);
    assert_int_equal(next(&queue), 3);
    assert_int_equal(next(&queue), 4);
    assert_int_equal(schedule_memory_free(&queue.schedule), 0);
    assert_int_equal(next(&queue), 0);
    ends(&queue, 1);
    assert_int_equal(next(&queue), 2);
}

static void where_memory_is_not_counted_it_stops_nobody(void **state) {
    (void)state;
    _cleanup_queue_ struct queue queue;
    queue_begin(&queue, 2, 0);
    queue.jobs[1].memory_bytes = INT64_MAX;
    queue.jobs[2].memory_bytes = INT64_MAX;
    wait_for_turn(&queue, 1, 1, 0);
    wait_for_turn(&queue, 2, 1, 0);
    assert_int_equal(next(&queue), 1);
    assert_int_equal(next(&queue), 2);
}

static void a_job_from_a_larger_machine_takes_all_of_this_one(void **state) {
    (void)state;
    _cleanup_queue_ struct queue queue;
    queue_begin(&queue, 2, 50);
    queue.jobs[2].memory_bytes = 1000;
    wait_for_turn(&queue, 1, 1, 0);
    wait_for_turn(&queue, 2, 64, 0);
    assert_int_equal(next(&queue), 1);
    assert_int_equal(next(&queue), 0);
    ends(&queue, 1);
    assert_int_equal(next(&queue), 2);
    assert_int_equal(schedule_cores_free(&queue.schedule), 0);
    ends(&queue, 2);
    assert_int_equal(schedule_cores_free(&queue.schedule), 2);
}

static void what_runs_already_takes_its_cores(void **state) {
    (void)state;
    _cleanup_queue_ struct queue queue;
    queue_begin(&queue, 2, 0);
    struct job running = {.cores = 2};
    schedule_occupy(&queue.schedule, &running);
    schedule_occupy(&queue.schedule, &running);
    wait_for_turn(&queue, 1, 1, 0);
    assert_int_equal(schedule_cores_free(&queue.schedule), 0);
    assert_int_equal(next(&queue), 0);
    schedule_vacate(&queue.schedule, &running);
    assert_int_equal(next(&queue), 0);
    schedule_vacate(&queue.schedule, &running);
    assert_int_equal(next(&queue), 1);
}

static void ten_thousand_jobs_go_through_in_order(void **state) {
    (void)state;
    _cleanup_queue_ struct queue queue;
    queue_begin(&queue, 4, 0);
    for (int id = MANY; id >= 1; id--) {
        wait_for_turn(&queue, id, 1, 0);
    }
    for (int id = 1; id <= MANY; id++) {
        assert_int_equal(next(&queue), id);
        ends(&queue, id);
    }
    assert_int_equal(next(&queue), 0);
    assert_int_equal(schedule_cores_free(&queue.schedule), 4);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_waits_nothing_starts),
        cmocka_unit_test(
            jobs_start_in_the_order_of_their_submission_as_cores_become_free),
        cmocka_unit_test(a_larger_priority_goes_first),
        cmocka_unit_test(a_priority_is_changed_between_drop_and_add),
        cmocka_unit_test(a_small_job_passes_a_big_one_that_does_not_fit),
        cmocka_unit_test(a_big_job_is_passed_so_often_and_then_waited_for),
        cmocka_unit_test(who_was_passed_is_remembered_while_others_go_first),
        cmocka_unit_test(memory_is_a_slot_for_those_that_ask_for_it),
        cmocka_unit_test(where_memory_is_not_counted_it_stops_nobody),
        cmocka_unit_test(a_job_from_a_larger_machine_takes_all_of_this_one),
        cmocka_unit_test(what_runs_already_takes_its_cores),
        cmocka_unit_test(ten_thousand_jobs_go_through_in_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
