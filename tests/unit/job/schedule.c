/* Which job runs next. */
#include "job/schedule.h"

#include "base/cleanup.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* Jobs from "state:cores" letters: q1 r2 … ; checks which index is chosen, -1 for none.
 */
static int chosen(const char *spec, int cores) {
    struct job jobs[8] = {0};
    struct job *list[8] = {0};
    size_t n = 0;
    for (const char *at = spec; *at; at += at[2] ? 3 : 2) {
        jobs[n].state = at[0] == 'q'   ? JOB_QUEUED
                        : at[0] == 's' ? JOB_STARTING
                        : at[0] == 'c' ? JOB_CANCELLING
                                       : JOB_RUNNING;
        jobs[n].cores = at[1] - '0';
        list[n] = &jobs[n];
        n++;
    }
    struct job *next = schedule_next(list, n, cores);
    return next ? (int)(next - jobs) : -1;
}

static void nothing_waits_nothing_starts(void **state) {
    (void)state;
    assert_int_equal(chosen("", 2), -1);
    assert_int_equal(chosen("r1", 2), -1);
}

static void the_oldest_waiting_job_starts_when_its_cores_are_free(void **state) {
    (void)state;
    assert_int_equal(chosen("q1 q1", 2), 0);
    assert_int_equal(chosen("r1 q1 q1", 2), 1);
    assert_int_equal(chosen("r1 q2", 4), 1);
}

static void jobs_on_their_way_up_or_down_hold_their_cores(void **state) {
    (void)state;
    assert_int_equal(chosen("r2 q1", 2), -1);
    assert_int_equal(chosen("s2 q1", 2), -1);
    assert_int_equal(chosen("c2 q1", 2), -1);
}

static void no_small_job_overtakes_a_big_one(void **state) {
    (void)state;
    assert_int_equal(chosen("r1 q2 q1", 2), -1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_waits_nothing_starts),
        cmocka_unit_test(the_oldest_waiting_job_starts_when_its_cores_are_free),
        cmocka_unit_test(jobs_on_their_way_up_or_down_hold_their_cores),
        cmocka_unit_test(no_small_job_overtakes_a_big_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
