/* The time limit: asked softly first where the code has a way, then ended. The limits
 * are short, and the jobs either end by them or would run for ten minutes. */
#include "exec/harness.h"

#include "base/cleanup.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum {
    TOO_SHORT_TO_ASK = 1,
    LONG_ENOUGH_TO_ASK = 4,
    NEVER_REACHED = 600,
};

static char *stop_path(const struct harness *harness) {
    static char path[512];
    (void)snprintf(path, sizeof path, "%s/pwscf.EXIT", harness->work);
    return path;
}

static void start(struct harness *harness, const char *script, int limit) {
    char *argv[] = {(char *)"sh", (char *)"-c", (char *)script, NULL};
    struct local_spec spec = harness_spec(harness, argv);
    spec.time_limit_seconds = limit;
    spec.grace_seconds = 1;
    spec.stop_file = stop_path(harness);
    spec.stop_text = "LSTOP = .TRUE.";
    harness_start(harness, &spec);
}

static struct local_exit run(struct harness *harness, const char *script, int limit) {
    start(harness, script, limit);
    struct local_exit how = harness_end(harness);
    assert_int_equal(harness_count_processes(harness), 0);
    assert_false(how.cancelled);
    return how;
}

static void a_job_is_ended_at_its_limit(void **state) {
    struct harness *harness = *state;
    struct local_exit how =
        run(harness, "sleep 600 & setsid sleep 600 & exec sleep 600", TOO_SHORT_TO_ASK);
    assert_true(how.timed_out);
    assert_int_equal(how.signal, SIGTERM);
    assert_true(how.finished_at - how.started_at >= TOO_SHORT_TO_ASK * 1000 - 100);
}

static void what_ignores_its_limit_is_killed(void **state) {
    struct harness *harness = *state;
    struct local_exit how =
        run(harness, "trap '' TERM; while [ -d $TEST ]; do sleep 0.05; done",
            TOO_SHORT_TO_ASK);
    assert_true(how.timed_out);
    assert_int_equal(how.signal, SIGKILL);
}

static void a_limit_that_is_not_reached_changes_nothing(void **state) {
    struct harness *harness = *state;
    struct local_exit how = run(harness, "exit 3", NEVER_REACHED);
    assert_false(how.timed_out);
    assert_false(how.soft_stopped);
    assert_int_equal(how.exit_code, 3);
}

static void cancelling_before_the_limit_is_cancelling(void **state) {
    struct harness *harness = *state;
    start(harness, "touch ready; exec sleep 600", NEVER_REACHED);
    harness_wait_file(harness, "ready");
    assert_int_equal(local_cancel(harness->run_dir), 0);
    struct local_exit how = harness_end(harness);
    assert_true(how.cancelled);
    assert_false(how.timed_out);
}

static void a_code_is_asked_softly_before_its_limit(void **state) {
    struct harness *harness = *state;
    struct local_exit how = run(harness,
                                "until [ -s pwscf.EXIT ]; do sleep 0.05; done;"
                                "cat pwscf.EXIT; exit 5",
                                LONG_ENOUGH_TO_ASK);
    assert_true(how.soft_stopped);
    assert_false(how.timed_out);
    assert_int_equal(how.exit_code, 5);
    _cleanup_free_ char *text = harness_read(harness, "out");
    assert_string_equal(text, "LSTOP = .TRUE.\n");
    assert_false(harness_exists(harness->work, "pwscf.EXIT"));
}

static void a_code_that_does_not_heed_that_is_ended(void **state) {
    struct harness *harness = *state;
    struct local_exit how = run(harness,
                                "trap '[ -e pwscf.EXIT ]; exit $?' TERM; while [ -d "
                                "$TEST ]; do sleep 0.05; done",
                                LONG_ENOUGH_TO_ASK);
    assert_true(how.soft_stopped);
    assert_true(how.timed_out);
    assert_int_equal(how.exit_code, 0);
    assert_false(harness_exists(harness->work, "pwscf.EXIT"));
}

static void a_short_limit_leaves_no_time_to_ask(void **state) {
    struct harness *harness = *state;
    struct local_exit how = run(harness,
                                "trap '[ -e pwscf.EXIT ]; exit $?' TERM; while [ -d "
                                "$TEST ]; do sleep 0.05; done",
                                TOO_SHORT_TO_ASK);
    assert_true(how.timed_out);
    assert_false(how.soft_stopped);
    assert_int_equal(how.exit_code, 1);
}

static void a_file_left_from_an_earlier_run_does_not_end_this_one(void **state) {
    struct harness *harness = *state;
    harness_write(harness->work, "pwscf.EXIT", "");
    struct local_exit how = run(harness, "[ -e pwscf.EXIT ]", NEVER_REACHED);
    assert_int_equal(how.exit_code, 1);
}

static void a_link_in_its_place_is_not_followed(void **state) {
    struct harness *harness = *state;
    harness_write(harness->work, "precious", "wave functions");
    struct local_exit how =
        run(harness, "ln -s precious pwscf.EXIT; exec sleep 600", LONG_ENOUGH_TO_ASK);
    assert_true(how.timed_out);
    assert_false(how.soft_stopped);
    _cleanup_free_ char *text = harness_read(harness, "precious");
    assert_string_equal(text, "wave functions");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        WITH_HARNESS(a_job_is_ended_at_its_limit),
        WITH_HARNESS(what_ignores_its_limit_is_killed),
        WITH_HARNESS(a_limit_that_is_not_reached_changes_nothing),
        WITH_HARNESS(cancelling_before_the_limit_is_cancelling),
        WITH_HARNESS(a_code_is_asked_softly_before_its_limit),
        WITH_HARNESS(a_code_that_does_not_heed_that_is_ended),
        WITH_HARNESS(a_short_limit_leaves_no_time_to_ask),
        WITH_HARNESS(a_file_left_from_an_earlier_run_does_not_end_this_one),
        WITH_HARNESS(a_link_in_its_place_is_not_followed),
    };
    return cmocka_run_group_tests_name("supervisor: time limit", tests, NULL, NULL);
}
