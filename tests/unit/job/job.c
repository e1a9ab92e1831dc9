/* The job's state machine. */
#include "job/job.h"

#include "base/str.h"
#include "support/alloc_fault.h"

#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* Every pair of states, written out a second time: rows from, columns to. */
static const char *const wanted[JOB_STATES] = {
    /*               h q s r c C F X L */
    [JOB_HELD] = "-q----FX-",       [JOB_QUEUED] = "hqs-cCFXL",
    [JOB_STARTING] = "-q-rcCFXL",   [JOB_RUNNING] = "-q--cCFXL",
    [JOB_CANCELLING] = "-----CFXL", [JOB_COMPLETED] = "---------",
    [JOB_FAILED] = "---------",     [JOB_CANCELLED] = "---------",
    [JOB_LOST] = "---------",
};

static void each_transition_is_allowed_or_forbidden_as_drawn(void **state) {
    (void)state;
    for (unsigned from = JOB_HELD; from < JOB_STATES; from++) {
        for (unsigned to = JOB_HELD; to < JOB_STATES; to++) {
            _cleanup_(job_freep) struct job *job = NULL;
            assert_int_equal(job_new(&job), 0);
            job->state = (enum job_state)from;
            bool allowed = wanted[from][to - JOB_HELD] != '-';
            int r = job_transition(job, (enum job_state)to, "why");
            assert_int_equal(r, allowed ? 0 : JOB_E_FORBIDDEN);
            assert_int_equal(job->state, allowed ? to : from);
            assert_int_equal(job->reason != NULL, allowed);
        }
    }
}

static void an_end_is_final(void **state) {
    (void)state;
    for (unsigned i = JOB_HELD; i < JOB_STATES; i++) {
        assert_int_equal(job_state_is_final((enum job_state)i), i >= JOB_COMPLETED);
    }
}

static void cores_are_taken_from_start_to_end(void **state) {
    (void)state;
    for (unsigned i = JOB_HELD; i < JOB_STATES; i++) {
        assert_int_equal(job_state_is_active((enum job_state)i),
                         i == JOB_STARTING || i == JOB_RUNNING || i == JOB_CANCELLING);
    }
}

static void names_of_states_read_back(void **state) {
    (void)state;
    for (unsigned i = JOB_HELD; i < JOB_STATES; i++) {
        enum job_state back = JOB_LOST;
        assert_int_equal(job_state_from_name(job_state_name((enum job_state)i), &back),
                         0);
        assert_int_equal(back, i);
    }
    enum job_state untouched = JOB_FAILED;
    assert_int_equal(job_state_from_name("asleep", &untouched), -EINVAL);
    assert_int_equal(untouched, JOB_FAILED);
}

static void names_of_dependencies_read_back(void **state) {
    (void)state;
    for (unsigned i = JOB_AFTER_OK; i <= JOB_AFTER_NOT_OK; i++) {
        enum job_after back = JOB_AFTER_OK;
        assert_int_equal(job_after_from_name(job_after_name((enum job_after)i), &back),
                         0);
        assert_int_equal(back, i);
    }
    enum job_after untouched = JOB_AFTER_ANY;
    assert_int_equal(job_after_from_name("soon", &untouched), -EINVAL);
    assert_int_equal(untouched, JOB_AFTER_ANY);
}

static void a_wait_is_met_open_or_in_vain(void **state) {
    (void)state;
    struct job other = {.state = JOB_RUNNING};
    for (unsigned kind = JOB_AFTER_OK; kind <= JOB_AFTER_NOT_OK; kind++) {
        assert_int_equal(job_after_fate((enum job_after)kind, &other), JOB_FATE_OPEN);
    }
    other.state = JOB_COMPLETED;
    assert_int_equal(job_after_fate(JOB_AFTER_OK, &other), JOB_FATE_MET);
    assert_int_equal(job_after_fate(JOB_AFTER_ANY, &other), JOB_FATE_MET);
    assert_int_equal(job_after_fate(JOB_AFTER_NOT_OK, &other), JOB_FATE_NEVER);
    other.exit_code = JOB_NO_EXIT_CODE;
    assert_int_equal(job_after_fate(JOB_AFTER_OK, &other), JOB_FATE_NEVER);
    other.imported = true; /* its exit status is not known, that it finished is */
    assert_int_equal(job_after_fate(JOB_AFTER_OK, &other), JOB_FATE_MET);
    for (unsigned end = JOB_FAILED; end <= JOB_LOST; end++) {
        other.state = (enum job_state)end;
        assert_int_equal(job_after_fate(JOB_AFTER_OK, &other), JOB_FATE_NEVER);
        assert_int_equal(job_after_fate(JOB_AFTER_ANY, &other), JOB_FATE_MET);
        assert_int_equal(job_after_fate(JOB_AFTER_NOT_OK, &other), JOB_FATE_MET);
    }
}

static void what_only_the_start_needs_can_be_forgotten_at_any_time(void **state) {
    (void)state;
    _cleanup_(job_freep) struct job *job = NULL;
    assert_int_equal(job_new(&job), 0);
    job_forget_start(job);
    char *words[] = {(char *)"true", NULL};
    job->argv = strv_copy(words);
    job->env = strv_copy(words);
    job->inputs = calloc(1, sizeof *job->inputs);
    job->inputs[0].path = strdup("/a");
    job->n_inputs = 1;
    job_forget_start(job);
    assert_null(job->argv);
    assert_null(job->env);
    assert_null(job->inputs);
    assert_int_equal(job->n_inputs, 0);
}

static void a_new_job_knows_nothing_yet(void **state) {
    (void)state;
    _cleanup_(job_freep) struct job *job = NULL;
    assert_int_equal(job_new(&job), 0);
    assert_int_equal(job->exit_code, JOB_NO_EXIT_CODE);
    assert_true(isnan(job->progress.energy_ev));
    assert_int_equal(job->progress.converged, -1);
}

static int move_it(void *data) {
    (void)data;
    _cleanup_(job_freep) struct job *job = NULL;
    int r = job_new(&job);
    if (r < 0) {
        return r;
    }
    r = job_transition(job, JOB_STARTING, "its turn");
    assert_int_equal(job->state, r == 0 ? JOB_STARTING : JOB_QUEUED);
    return r;
}

static void without_memory_a_job_stays_where_it_was(void **state) {
    (void)state;
    assert_int_equal(alloc_fault_sweep(move_it, NULL, -ENOMEM), 2);
    assert_null(job_free(NULL));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_transition_is_allowed_or_forbidden_as_drawn),
        cmocka_unit_test(an_end_is_final),
        cmocka_unit_test(cores_are_taken_from_start_to_end),
        cmocka_unit_test(names_of_states_read_back),
        cmocka_unit_test(names_of_dependencies_read_back),
        cmocka_unit_test(a_wait_is_met_open_or_in_vain),
        cmocka_unit_test(what_only_the_start_needs_can_be_forgotten_at_any_time),
        cmocka_unit_test(a_new_job_knows_nothing_yet),
        cmocka_unit_test(without_memory_a_job_stays_where_it_was),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
