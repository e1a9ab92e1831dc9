/* local_attach: what a server finds when it comes back. */
#include "exec/harness.h"

#include "base/cleanup.h"
#include "base/file.h"
#include "base/path.h"
#include "support/alloc_fault.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>

static int attach(struct harness *harness) {
    closep(&harness->alive);
    harness->alive = -1;
    int r;
    do {
        r = local_attach(harness->run_dir, &harness->alive);
    } while (r == -EAGAIN);
    return r;
}

static void take_lock(struct harness *harness, int *lock) {
    _cleanup_free_ char *path = NULL;
    assert_int_equal(path_make_private(harness->run_dir), 0);
    assert_int_equal(path_join(&path, harness->run_dir, "lock"), 0);
    assert_int_equal(file_lock(path, lock), 0);
}

static void a_run_folder_that_does_not_exist_never_started(void **state) {
    struct harness *harness = *state;
    assert_int_equal(attach(harness), LOCAL_NEVER_STARTED);
    assert_int_equal(harness->alive, -1);
}

static void a_start_that_got_no_further_than_the_lock_never_started(void **state) {
    struct harness *harness = *state;
    harness_write(harness->run_dir, "lock", "");
    assert_int_equal(attach(harness), LOCAL_NEVER_STARTED);
}

static void an_empty_record_left_by_a_crash_means_never_started(void **state) {
    struct harness *harness = *state;
    harness_write(harness->run_dir, "lock", "");
    harness_write(harness->run_dir, "started", "");
    assert_int_equal(attach(harness), LOCAL_NEVER_STARTED);
    assert_int_equal(harness_run_shell(harness, "exit 7").exit_code, 7);
    assert_int_equal(attach(harness), LOCAL_ENDED);
}

static void a_damaged_record_means_lost_and_never_twice(void **state) {
    struct harness *harness = *state;
    harness_write(harness->run_dir, "lock", "");
    harness_write(harness->run_dir, "started", "pi");
    assert_int_equal(attach(harness), LOCAL_LOST);
}

/* As a machine leaves it that went down: nobody holds the lock, nobody has the FIFO
 * open, and the numbers in the record are those of others by now. */
static void after_the_machines_end_a_lock_file_is_not_a_lock(void **state) {
    struct harness *harness = *state;
    harness_start_shell(harness, "exec sleep 600");
    struct local_started started = harness_wait_started(harness);
    assert_int_equal(kill(started.supervisor, SIGKILL), 0);
    assert_int_equal(kill(started.job, SIGKILL), 0);
    harness_wait_end(harness);
    harness_wait_processes(harness, 0);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(attach(harness), LOCAL_LOST);
        assert_true(harness_exists(harness->run_dir, "lock"));
        assert_true(harness_exists(harness->run_dir, "alive"));
    }
    assert_int_equal(local_cancel(harness->run_dir), LOCAL_E_GONE);
}

static void a_running_job_is_found_and_its_end_is_heard(void **state) {
    struct harness *harness = *state;
    harness_start_shell(harness, "until [ -e go ]; do sleep 0.05; done; exit 8");
    assert_int_equal(attach(harness), LOCAL_RUNNING);
    assert_true(fcntl(harness->alive, F_GETFL) & O_NONBLOCK);
    assert_true(fcntl(harness->alive, F_GETFD) & FD_CLOEXEC);
    harness_write(harness->work, "go", "");
    assert_int_equal(harness_end(harness).exit_code, 8);
}

static void an_ended_job_is_told_from_its_record(void **state) {
    struct harness *harness = *state;
    (void)harness_run_shell(harness, "exit 2");
    assert_int_equal(attach(harness), LOCAL_ENDED);
    assert_int_equal(harness->alive, -1);
}

static void the_end_of_the_fifo_means_that_the_answer_is_final(void **state) {
    struct harness *harness = *state;
    enum { TIMES = 50 };
    for (int i = 0; i < TIMES; i++) {
        harness_next_run(harness, "often", i);
        harness_start_shell(harness, ":");
        harness_wait_end(harness);
        assert_int_equal(attach(harness), LOCAL_ENDED);
    }
}

static void attaching_again_and_again_meets_only_running_then_ended(void **state) {
    struct harness *harness = *state;
    enum { TIMES = 20 };
    for (int i = 0; i < TIMES; i++) {
        harness_next_run(harness, "race", i);
        harness_start_shell(harness, ":");
        int r;
        while ((r = attach(harness)) == LOCAL_RUNNING) {
        }
        assert_int_equal(r, LOCAL_ENDED);
    }
}

static void a_killed_supervisor_means_lost(void **state) {
    struct harness *harness = *state;
    harness_start_shell(harness, "sleep 600");
    struct local_started started = harness_wait_started(harness);
    assert_int_equal(kill(started.supervisor, SIGKILL), 0);
    harness_wait_end(harness);
    assert_int_equal(attach(harness), LOCAL_LOST);
    assert_int_equal(harness->alive, -1);
}

static void the_lock_is_held_for_life_and_free_afterwards(void **state) {
    struct harness *harness = *state;
    _cleanup_free_ char *lock = NULL;
    assert_int_equal(path_join(&lock, harness->run_dir, "lock"), 0);
    harness_start_shell(harness, "until [ -e go ]; do sleep 0.05; done");
    assert_int_equal(file_lock_probe(lock), FILE_LOCK_E_HELD);
    (void)harness_wait_started(harness);
    assert_int_equal(file_lock_probe(lock), FILE_LOCK_E_HELD);
    harness_write(harness->work, "go", "");
    harness_wait_end(harness);
    assert_int_equal(file_lock_probe(lock), 0);
}

static bool lock_is_free(const void *path) {
    return file_lock_probe(path) == 0;
}

static void the_job_does_not_hold_the_lock(void **state) {
    struct harness *harness = *state;
    _cleanup_free_ char *lock = NULL;
    assert_int_equal(path_join(&lock, harness->run_dir, "lock"), 0);
    harness_start_shell(harness, "touch ready; sleep 600");
    harness_wait_file(harness, "ready");
    assert_int_equal(kill(harness_wait_started(harness).supervisor, SIGKILL), 0);
    harness_wait_end(harness);
    assert_true(harness_count_processes(harness) > 0);
    harness_wait(lock_is_free, lock);
}

static void a_lock_held_on_another_machine_is_told_apart(void **state) {
    struct harness *harness = *state;
    _cleanup_close_ int lock = -1;
    take_lock(harness, &lock);
    harness_write(harness->run_dir, "started",
                  "pid=1234\njob_pid=1235\nstarted_at=5\nhost=not.this.machine\n");
    assert_int_equal(attach(harness), LOCAL_ELSEWHERE);
}

static void a_held_lock_without_a_fifo_is_undecided(void **state) {
    struct harness *harness = *state;
    _cleanup_close_ int lock = -1;
    take_lock(harness, &lock);
    assert_int_equal(local_attach(harness->run_dir, &harness->alive), -EAGAIN);
}

static int attempt_attach(void *data) {
    int r = attach(data);
    return r == LOCAL_RUNNING ? 0 : r;
}

static void memory_failure_is_no_answer(void **state) {
    struct harness *harness = *state;
    harness_start_shell(harness, "sleep 600");
    assert_true(alloc_fault_sweep(attempt_attach, harness, -ENOMEM) > 0);
}

static int attempt_attach_to_ended(void *data) {
    int r = attach(data);
    return r == LOCAL_ENDED ? 0 : r;
}

static void memory_failure_loses_no_record(void **state) {
    struct harness *harness = *state;
    (void)harness_run_shell(harness, ":");
    assert_true(alloc_fault_sweep(attempt_attach_to_ended, harness, -ENOMEM) > 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        WITH_HARNESS(a_run_folder_that_does_not_exist_never_started),
        WITH_HARNESS(a_start_that_got_no_further_than_the_lock_never_started),
        WITH_HARNESS(an_empty_record_left_by_a_crash_means_never_started),
        WITH_HARNESS(a_damaged_record_means_lost_and_never_twice),
        WITH_HARNESS(after_the_machines_end_a_lock_file_is_not_a_lock),
        WITH_HARNESS(a_running_job_is_found_and_its_end_is_heard),
        WITH_HARNESS(an_ended_job_is_told_from_its_record),
        WITH_HARNESS(the_end_of_the_fifo_means_that_the_answer_is_final),
        WITH_HARNESS(attaching_again_and_again_meets_only_running_then_ended),
        WITH_HARNESS(a_killed_supervisor_means_lost),
        WITH_HARNESS(the_lock_is_held_for_life_and_free_afterwards),
        WITH_HARNESS(the_job_does_not_hold_the_lock),
        WITH_HARNESS(a_lock_held_on_another_machine_is_told_apart),
        WITH_HARNESS(a_held_lock_without_a_fifo_is_undecided),
        WITH_HARNESS(memory_failure_is_no_answer),
        WITH_HARNESS(memory_failure_loses_no_record),
    };
    return cmocka_run_group_tests_name("exec: attach", tests, NULL, NULL);
}
