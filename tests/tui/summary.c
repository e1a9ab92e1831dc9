/* A job summary from the wire. */
#include "tui/summary.h"

#include "base/cleanup.h"

#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#define _cleanup_summary_ _cleanup_(summary_deinit)

static void read_job(struct summary *job, const char *text) {
    json_t *json = json_loads(text, 0, NULL);

    assert_non_null(json);
    assert_int_equal(summary_from_json(job, json), 0);
    json_decref(json);
}

static void a_summary_is_read_into_plain_fields(void **state) {
    _cleanup_summary_ struct summary job = {0};

    (void)state;
    read_job(&job,
             "{\"id\": 7, \"name\": \"si\", \"state\": \"running\", \"cores\": 4,"
             " \"started_at\": \"1970-01-01T00:00:02.500Z\", \"finished_at\": null,"
             " \"signal\": 9, \"exit_code\": null, \"progress\": {\"scf\": 1,"
             " \"cycle\": 3, \"energy_ev\": -2.5, \"delta_ev\": null,"
             " \"converged\": false}}");
    assert_int_equal(job.id, 7);
    assert_int_equal(job.state, SUMMARY_RUNNING);
    assert_int_equal(job.cores, 4);
    assert_int_equal(job.started_ms, 2500);
    assert_int_equal(job.finished_ms, 0);
    assert_true(job.has_signal);
    assert_false(job.has_exit_code);
    assert_int_equal(job.cycle, 3);
    assert_true(isnan(job.delta_ev));
    assert_int_equal(job.converged, 0);
}

static void numbers_that_make_no_sense_are_none(void **state) {
    _cleanup_summary_ struct summary job = {0};

    (void)state;
    read_job(&job,
             "{\"id\": 1, \"cores\": -4, \"started_at\": \"yesterday\", \"progress\":"
             " {\"cycle\": 99999999999999, \"scf\": \"2\"}}");
    assert_int_equal(job.cores, 0);
    assert_int_equal(job.started_ms, 0);
    assert_int_equal(job.cycle, 0);
    assert_int_equal(job.scf, 0);
}

static void tags_stand_in_a_line_and_are_found_by_the_filter(void **state) {
    _cleanup_summary_ struct summary job = {0};
    _cleanup_summary_ struct summary plain = {0};

    (void)state;
    read_job(&job,
             "{\"id\": 1, \"tags\": [\"a b\", \"größe\"], \"note\": \"one\\ntwo\"}");
    assert_string_equal(job.tags, "a b, größe");
    assert_string_equal(job.note, "one\ntwo");
    assert_true(summary_matches(&job, "größe"));
    assert_false(summary_matches(&job, "two"));
    read_job(&plain, "{\"id\": 1, \"tags\": [], \"note\": null}");
    assert_null(plain.tags);
    assert_null(plain.note);
}

static void what_has_no_number_is_no_job(void **state) {
    struct summary job = {0};
    json_t *json = json_object();

    (void)state;
    assert_int_equal(summary_from_json(&job, json), -EINVAL);
    assert_int_equal(summary_from_json(&job, NULL), -EINVAL);
    json_decref(json);
}

static void time_runs_from_start_to_end(void **state) {
    _cleanup_summary_ struct summary job = {0};
    char out[FORMAT_SIZE];

    (void)state;
    read_job(&job, "{\"id\": 1, \"state\": \"queued\"}");
    assert_string_equal(summary_elapsed(&job, 9000, out), "");
    job.state = SUMMARY_RUNNING;
    job.started_ms = 1000;
    assert_true(summary_is_active(&job));
    assert_string_equal(summary_elapsed(&job, 9000, out), "0:08");
    assert_string_equal(summary_elapsed(&job, 500, out), "0:00");
    job.state = SUMMARY_COMPLETED;
    job.finished_ms = 1800;
    assert_false(summary_is_active(&job));
    assert_string_equal(summary_elapsed(&job, 9000, out), "0.8 s");
    job.finished_ms = 66000;
    assert_string_equal(summary_elapsed(&job, 999000, out), "1:05");
}

static void of_a_lost_job_nobody_knows_how_long_it_ran(void **state) {
    _cleanup_summary_ struct summary job = {0};
    char out[FORMAT_SIZE];

    (void)state;
    read_job(&job, "{\"id\": 1, \"state\": \"lost\"}");
    job.started_ms = 1000;
    assert_false(summary_is_active(&job));
    assert_string_equal(summary_elapsed(&job, 9000, out), "");
}

static void each_word_of_a_filter_must_be_there(void **state) {
    _cleanup_summary_ struct summary job = {0};

    (void)state;
    read_job(&job,
             "{\"id\": 42, \"name\": \"Si-bulk\", \"state\": \"completed\", \"code\":"
             " \"quantum_espresso\", \"directory\": \"/home/me/silicon\","
             " \"input\": \"relax.in\"}");
    assert_true(summary_matches(&job, ""));
    assert_true(summary_matches(&job, "   "));
    assert_true(summary_matches(&job, "si-BULK"));
    assert_true(summary_matches(&job, "complete espresso"));
    assert_true(summary_matches(&job, " 42  silicon relax "));
    assert_false(summary_matches(&job, "bulk failed"));
    assert_false(summary_matches(&job, "43"));
    /* What all folders of a user have in common selects nothing. */
    assert_false(summary_matches(&job, "home"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tags_stand_in_a_line_and_are_found_by_the_filter),
        cmocka_unit_test(a_summary_is_read_into_plain_fields),
        cmocka_unit_test(numbers_that_make_no_sense_are_none),
        cmocka_unit_test(what_has_no_number_is_no_job),
        cmocka_unit_test(time_runs_from_start_to_end),
        cmocka_unit_test(of_a_lost_job_nobody_knows_how_long_it_ran),
        cmocka_unit_test(each_word_of_a_filter_must_be_there),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
