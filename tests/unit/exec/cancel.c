/* local_cancel: whom it signals, and above all whom it does not. */
#include "exec/harness.h"

#include "base/cleanup.h"
#include "base/file.h"
#include "base/path.h"
#include "support/alloc_fault.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

static void take_lock(struct harness *harness, int *lock) {
    _cleanup_free_ char *path = NULL;
    assert_int_equal(path_make_private(harness->run_dir), 0);
    assert_int_equal(path_join(&path, harness->run_dir, "lock"), 0);
    assert_int_equal(file_lock(path, lock), 0);
}

static void a_running_job_is_cancelled(void **state) {
    struct harness *harness = *state;
    harness_start_shell(harness, "touch ready; exec sleep 600");
    harness_wait_file(harness, "ready");
    assert_int_equal(local_cancel(harness->run_dir), 0);
    struct local_exit how = harness_end(harness);
    assert_true(how.cancelled);
    assert_int_equal(how.signal, SIGTERM);
    assert_int_equal(how.exit_code, -1);
    assert_int_equal(harness_count_processes(harness), 0);
}

static void asking_twice_does_no_harm(void **state) {
    struct harness *harness = *state;
    harness_start_shell(harness,
                        "trap 'until [ -e go ]; do sleep 0.05; done; exit 4' TERM;"
                        "touch ready; while [ -d $TEST ]; do sleep 0.05; done");
    harness_wait_file(harness, "ready");
    assert_int_equal(local_cancel(harness->run_dir), 0);
    assert_int_equal(local_cancel(harness->run_dir), 0);
    harness_write(harness->work, "go", "");
    struct local_exit how = harness_end(harness);
    assert_true(how.cancelled);
    assert_int_equal(how.exit_code, 4);
}

static int cancel_when_possible(struct harness *harness) {
    int r;
    do {
        r = local_cancel(harness->run_dir);
    } while (r == LOCAL_E_NOT_YET);
    return r;
}

static void a_job_is_cancelled_in_the_moment_of_its_start(void **state) {
    struct harness *harness = *state;
    enum { TIMES = 20 };
    for (int i = 0; i < TIMES; i++) {
        harness_next_run(harness, "early", i);
        harness_start_shell(harness, "exec sleep 600");
        assert_int_equal(cancel_when_possible(harness), 0);
        struct local_exit how = harness_end(harness);
        assert_true(how.cancelled);
        assert_int_equal(how.signal, SIGTERM);
        assert_string_equal(how.error.text, "");
        assert_int_equal(harness_count_processes(harness), 0);
    }
}

static void a_job_that_has_ended_is_gone(void **state) {
    struct harness *harness = *state;
    (void)harness_run_shell(harness, ":");
    assert_int_equal(local_cancel(harness->run_dir), LOCAL_E_GONE);
}

static void a_job_that_never_was_is_gone(void **state) {
    struct harness *harness = *state;
    assert_int_equal(local_cancel(harness->run_dir), LOCAL_E_GONE);
}

static void a_job_whose_folder_was_deleted_is_ended(void **state) {
    struct harness *harness = *state;
    harness_start_shell(harness, "sleep 600 & rm -r \"$CRYSTALMATH_RUN\"; touch ready;"
                                 "wait");
    harness_wait_file(harness, "ready");
    assert_int_equal(local_cancel(harness->run_dir), 0);
    harness_wait_end(harness);
    assert_int_equal(harness_count_processes(harness), 0);
    assert_int_equal(local_cancel(harness->run_dir), LOCAL_E_GONE);
}

static void a_stopped_supervisor_hears_it(void **state) {
    struct harness *harness = *state;
    harness_start_shell(harness, "kill -STOP $PPID; touch ready; exec sleep 600");
    harness_wait_file(harness, "ready");
    assert_int_equal(local_cancel(harness->run_dir), 0);
    assert_true(harness_end(harness).cancelled);
}

static void between_lock_and_record_it_is_not_yet(void **state) {
    struct harness *harness = *state;
    _cleanup_close_ int lock = -1;
    take_lock(harness, &lock);
    assert_int_equal(local_cancel(harness->run_dir), LOCAL_E_NOT_YET);
}

static void the_new_owner_of_an_old_number_is_left_alone(void **state) {
    struct harness *harness = *state;
    pid_t stranger = harness_start_stranger("");
    char record[128];
    (void)snprintf(record, sizeof record, "pid=%ld\njob_pid=%ld\nstarted_at=5\n",
                   (long)stranger, (long)stranger);
    harness_write(harness->run_dir, "lock", "");
    harness_write(harness->run_dir, "started", record);
    assert_int_equal(local_cancel(harness->run_dir), LOCAL_E_GONE);
    harness_end_stranger(stranger);
}

static void a_number_of_another_machine_means_nothing_here(void **state) {
    struct harness *harness = *state;
    pid_t stranger = harness_start_stranger("");
    char record[128];
    (void)snprintf(record, sizeof record,
                   "pid=%ld\njob_pid=%ld\nstarted_at=5\nhost=not.this.machine\n",
                   (long)stranger, (long)stranger);
    _cleanup_close_ int lock = -1;
    take_lock(harness, &lock);
    harness_write(harness->run_dir, "started", record);
    assert_int_equal(local_cancel(harness->run_dir), LOCAL_E_ELSEWHERE);
    harness_end_stranger(stranger);
}

static void a_damaged_record_signals_nobody(void **state) {
    struct harness *harness = *state;
    _cleanup_close_ int lock = -1;
    take_lock(harness, &lock);
    harness_write(harness->run_dir, "started", "pid=-1\njob_pid=-1\nstarted_at=5\n");
    assert_int_equal(local_cancel(harness->run_dir), -EBADMSG);
}

static int attempt_cancel(void *data) {
    const struct harness *harness = data;
    return local_cancel(harness->run_dir);
}

static void memory_failure_is_reported(void **state) {
    struct harness *harness = *state;
    harness_start_shell(harness, "touch ready; exec sleep 600");
    harness_wait_file(harness, "ready");
    assert_true(alloc_fault_sweep(attempt_cancel, harness, -ENOMEM) > 0);
    assert_true(harness_end(harness).cancelled);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        WITH_HARNESS(a_running_job_is_cancelled),
        WITH_HARNESS(asking_twice_does_no_harm),
        WITH_HARNESS(a_job_is_cancelled_in_the_moment_of_its_start),
        WITH_HARNESS(a_job_that_has_ended_is_gone),
        WITH_HARNESS(a_job_that_never_was_is_gone),
        WITH_HARNESS(a_job_whose_folder_was_deleted_is_ended),
        WITH_HARNESS(a_stopped_supervisor_hears_it),
        WITH_HARNESS(between_lock_and_record_it_is_not_yet),
        WITH_HARNESS(the_new_owner_of_an_old_number_is_left_alone),
        WITH_HARNESS(a_number_of_another_machine_means_nothing_here),
        WITH_HARNESS(a_damaged_record_signals_nobody),
        WITH_HARNESS(memory_failure_is_reported),
    };
    return cmocka_run_group_tests_name("exec: cancel", tests, NULL, NULL);
}
