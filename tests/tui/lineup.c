/* The queue of a cluster, to choose a job of it. */
#include "tui/lineup.h"

#include "support/alloc_fault.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define WAITS(id)                                                                      \
    "{\"id\":\"" id "\",\"number\":12,\"job\":null,\"name\":\"by hand\","              \
    "\"partition\":\"short\",\"state\":\"PENDING\",\"time_used\":0,"                   \
    "\"time_limit\":null,\"node_list\":null,\"reason\":\"Resources\","                 \
    "\"why\":\"waits for free nodes\"}"
#define RUNS(id)                                                                       \
    "{\"id\":\"" id                                                                    \
    "\",\"number\":11,\"job\":3,\"name\":\"si\",\"partition\":\"long\","               \
    "\"state\":\"RUNNING\",\"time_used\":61,\"time_limit\":600,"                       \
    "\"node_list\":\"n[1-2]\",\"reason\":null,\"why\":null}"

static json_t *answer(const char *jobs) {
    char text[2048];
    (void)snprintf(text, sizeof text, "{\"cluster\":\"big\",\"jobs\":[%s]}", jobs);
    json_t *json = json_loads(text, 0, NULL);
    assert_non_null(json);
    return json;
}

static void set(struct lineup *lineup, const char *jobs) {
    json_t *json = answer(jobs);
    assert_int_equal(lineup_set(lineup, json), 0);
    json_decref(json);
}

static void begin(struct lineup *lineup) {
    lineup_init(lineup);
    lineup_reset(lineup, "big");
}

static void a_job_is_told_with_where_it_is_or_why_it_is_not(void **state) {
    (void)state;
    struct lineup lineup;
    begin(&lineup);
    assert_string_equal(lineup.cluster, "big");
    assert_false(lineup.loaded);
    assert_null(lineup_selected(&lineup));
    set(&lineup, RUNS("11") "," WAITS("12"));
    assert_true(lineup.loaded);
    assert_int_equal(lineup.n, 2);
    const struct lineup_job *job = &lineup.jobs[0];
    assert_string_equal(job->state, "running");
    assert_string_equal(job->where, "n[1-2]");
    assert_int_equal(job->job, 3);
    assert_int_equal(job->used, 61);
    assert_int_equal(job->limit, 600);
    job = &lineup.jobs[1];
    assert_string_equal(job->where, "waits for free nodes");
    assert_int_equal(job->job, 0);
    assert_int_equal(job->limit, -1);
    lineup_deinit(&lineup);
}

static void the_selection_stays_on_its_job(void **state) {
    (void)state;
    struct lineup lineup;
    begin(&lineup);
    set(&lineup, RUNS("1") "," RUNS("2") "," RUNS("3"));
    lineup_move(&lineup, 1);
    set(&lineup, RUNS("0") "," RUNS("1") "," RUNS("2"));
    assert_string_equal(lineup_selected(&lineup)->id, "2");
    set(&lineup, RUNS("0"));
    assert_string_equal(lineup_selected(&lineup)->id, "0");
    set(&lineup, "");
    assert_null(lineup_selected(&lineup));
    lineup_deinit(&lineup);
}

static void one_that_does_not_answer_keeps_what_was_told(void **state) {
    (void)state;
    struct lineup lineup;
    begin(&lineup);
    set(&lineup, RUNS("1"));
    lineup_fail(&lineup, "big cannot be asked now");
    assert_int_equal(lineup.n, 1);
    assert_string_equal(lineup.trouble, "big cannot be asked now");
    set(&lineup, RUNS("1"));
    assert_string_equal(lineup.trouble, "");
    lineup_deinit(&lineup);
}

static void tasks_of_an_array_are_named_as_scancel_has_them(void **state) {
    static const char *const cases[][2] = {
        {"12_3", "3"}, {"12_[4-9]", "4-9"}, {"12_[1,5-7%2]", "1,5-7"}};
    (void)state;
    char out[32] = "";
    struct lineup_job job = {.id = (char *)"12"};
    assert_false(lineup_task(&job, out, sizeof out));
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        job.id = (char *)cases[i][0];
        assert_true(lineup_task(&job, out, sizeof out));
        assert_string_equal(out, cases[i][1]);
    }
}

static void what_is_missing_in_the_answer_breaks_nothing(void **state) {
    (void)state;
    struct lineup lineup;
    begin(&lineup);
    set(&lineup, "{},7,null");
    assert_int_equal(lineup.n, 3);
    assert_string_equal(lineup.jobs[1].id, "");
    lineup_deinit(&lineup);
}

static int fill(void *data) {
    struct lineup lineup;
    begin(&lineup);
    int r = lineup_set(&lineup, data);
    assert_int_equal(lineup.n, r == 0 ? 2 : 0);
    lineup_deinit(&lineup);
    return r;
}

static void without_memory_there_are_none(void **state) {
    (void)state;
    json_t *json = answer(RUNS("11") "," WAITS("12"));
    assert_true(alloc_fault_sweep(fill, json, -ENOMEM) > 0);
    json_decref(json);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_job_is_told_with_where_it_is_or_why_it_is_not),
        cmocka_unit_test(the_selection_stays_on_its_job),
        cmocka_unit_test(one_that_does_not_answer_keeps_what_was_told),
        cmocka_unit_test(tasks_of_an_array_are_named_as_scancel_has_them),
        cmocka_unit_test(what_is_missing_in_the_answer_breaks_nothing),
        cmocka_unit_test(without_memory_there_are_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
