/* A job as the wire shows it. */
#include "server/job_json.h"

#include "base/cleanup.h"
#include "support/alloc_fault.h"

#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static struct job *some_job(void) {
    struct job *job = NULL;
    assert_int_equal(job_new(&job), 0);
    job->id = 7;
    job->name = strdup("si \xff");
    job->code = strdup("command");
    job->directory = strdup("/here");
    job->output = strdup("");
    job->created_at = 1700000000123;
    return job;
}

static void what_is_not_known_is_null(void **state) {
    (void)state;
    _cleanup_(job_freep) struct job *job = some_job();
    json_auto_t *json = job_summary_json(job, "/runs");
    const char *const nulls[] = {"reason",    "input",  "started_at", "finished_at",
                                 "exit_code", "signal", "progress",   "forecast"};
    for (size_t i = 0; i < sizeof nulls / sizeof nulls[0]; i++) {
        assert_true(json_is_null(json_object_get(json, nulls[i])));
    }
    assert_string_equal(json_string_value(json_object_get(json, "created_at")),
                        "2023-11-14T22:13:20.123Z");
}

static void text_that_is_not_utf8_is_mended(void **state) {
    (void)state;
    _cleanup_(job_freep) struct job *job = some_job();
    json_auto_t *json = job_summary_json(job, "/runs");
    assert_string_equal(json_string_value(json_object_get(json, "name")),
                        "si \xEF\xBF\xBD");
}

static void a_commands_output_is_in_the_jobs_folder(void **state) {
    (void)state;
    _cleanup_(job_freep) struct job *job = some_job();
    _cleanup_free_ char *path = NULL;
    assert_int_equal(job_output_path(job, "/runs", &path), 0);
    assert_string_equal(path, "/runs/7/output");
}

static void progress_has_numbers_and_nulls(void **state) {
    (void)state;
    _cleanup_(job_freep) struct job *job = some_job();
    job->progress.scf = 1;
    job->progress.cycle = 3;
    job->progress.energy_ev = -215.25;
    job->progress.converged = 0;
    json_auto_t *json = job_summary_json(job, "/runs");
    const json_t *progress = json_object_get(json, "progress");
    assert_int_equal(json_integer_value(json_object_get(progress, "cycle")), 3);
    assert_true(json_real_value(json_object_get(progress, "energy_ev")) == -215.25);
    assert_true(json_is_null(json_object_get(progress, "delta_ev")));
    assert_true(json_is_false(json_object_get(progress, "converged")));
    assert_true(json_is_null(json_number_or_null(INFINITY)));
}

static void a_forecast_has_what_it_is_measured_by(void **state) {
    (void)state;
    _cleanup_(job_freep) struct job *job = some_job();
    free(job->code);
    job->code = strdup("vasp");
    job->progress.forecast = (struct job_forecast){.badge = 1,
                                                   .cycles_low = 4,
                                                   .seconds_low = 2.5,
                                                   .seconds_high = NAN,
                                                   .cycles_left = 0,
                                                   .seconds_left = NAN,
                                                   .threshold_ev = NAN};
    json_auto_t *json = job_forecast_json(job);
    _cleanup_free_ char *text = json_dumps(json, JSON_COMPACT);
    assert_string_equal(text,
                        "{\"badge\":\"converging\",\"cycles_low\":4,\"cycles_high\":"
                        "null,\"seconds_low\":2.5,\"seconds_high\":null,\"cycles_left\""
                        ":0,\"cycle_limit_name\":\"NELM\",\"seconds_left\":null,"
                        "\"threshold_ev\":null,\"forces\":null}");
}

static int make_it(void *data) {
    json_t *json = job_summary_json(data, "/runs");
    json_decref(json);
    return json ? 0 : -ENOMEM;
}

static void without_memory_there_is_nothing(void **state) {
    (void)state;
    _cleanup_(job_freep) struct job *job = some_job();
    job->progress.scf = 1;
    job->progress.forecast.badge = 1;
    json_set_alloc_funcs(malloc, free);
    /* Text is tried a second time, as if it were not UTF-8, so one failure may go
     * unnoticed. */
    size_t refused = 0;
    for (size_t n = 0;; n++) {
        alloc_fault_arm(n);
        int r = make_it(job);
        if (!alloc_fault_disarm()) {
            break;
        }
        refused += r == -ENOMEM;
    }
    assert_true(refused > 20);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_not_known_is_null),
        cmocka_unit_test(text_that_is_not_utf8_is_mended),
        cmocka_unit_test(a_commands_output_is_in_the_jobs_folder),
        cmocka_unit_test(progress_has_numbers_and_nulls),
        cmocka_unit_test(a_forecast_has_what_it_is_measured_by),
        cmocka_unit_test(without_memory_there_is_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
