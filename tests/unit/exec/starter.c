/* local_starter: what it starts is as if it had been spawned, and nothing is lost with
 * it.
 *
 * The starter has our environment, and so it is found as if it were a process of the
 * run that is named there; so are the supervisors that it makes, until they have ended.
 */
#include "exec/harness.h"

#include "base/cleanup.h"
#include "base/str.h"
#include "support/alloc_fault.h"

#include <errno.h>
#include <signal.h>
#include <string.h>

static struct local_starter *new_starter(const struct harness *harness) {
    struct local_starter *starter = NULL;
    assert_int_equal(local_starter_new(&starter), 0);
    assert_int_equal(setenv("CRYSTALMATH_RUN", harness->root, 1), 0);
    return starter;
}

static size_t signal_starters(const void *data, int number) {
    const struct harness *harness = data;
    size_t found = 0;
    assert_int_equal(local_orphans_signal(harness->root, number, &found), 0);
    return found;
}

static bool none_is_left(const void *data) {
    return signal_starters(data, 0) == 0;
}

static bool one_is_left(const void *data) {
    return signal_starters(data, 0) == 1;
}

static void start_shell(struct harness *harness, struct local_starter *starter,
                        const char *script) {
    char *argv[] = {(char *)"sh", (char *)"-c", (char *)script, NULL};
    struct local_spec spec = harness_spec(harness, argv);
    spec.starter = starter;
    spec.open_files = 77;
    spec.umask = 027;
    harness_start(harness, &spec);
}

static void run_shell(struct harness *harness, struct local_starter *starter,
                      const char *script) {
    start_shell(harness, starter, script);
    assert_int_equal(harness_end(harness).exit_code, 0);
}

static void a_job_is_as_one_whose_supervisor_was_spawned(void **state) {
    static const char script[] =
        "unset CRYSTALMATH_RUN; env | sort; umask; pwd; cat;"
        "ls /proc/self/fd; readlink /proc/$$/fd/0 /proc/$$/fd/2 /proc/$$/exe;"
        "grep 'Sig[BIC]' /proc/self/status";
    struct harness *harness = *state;
    struct local_starter *starter = new_starter(harness);
    free(harness->env[1]);
    harness->env[1] = strdup("HOME=\xff a\n\"b'\\$");
    run_shell(harness, NULL, script);
    _cleanup_free_ char *spawned = harness_read(harness, "out");
    harness_next_run(harness, "starter", 2);
    run_shell(harness, starter, script);
    _cleanup_free_ char *forked = harness_read(harness, "out");
    assert_string_equal(forked, spawned);
    /* By itself: what is spawned from under valgrind has valgrind's limit. */
    harness_next_run(harness, "starter", 3);
    run_shell(harness, starter, "ulimit -n");
    _cleanup_free_ char *limit = harness_read(harness, "out");
    assert_string_equal(limit, "77\n");
    (void)local_starter_free(starter);
}

static void one_starter_serves_all_and_ends_with_us(void **state) {
    struct harness *harness = *state;
    struct local_starter *starter = new_starter(harness);
    assert_int_equal(signal_starters(harness, 0), 0);
    for (int i = 1; i <= 3; i++) {
        harness_next_run(harness, "starter", i);
        run_shell(harness, starter, "exit 0");
        harness_wait(one_is_left, harness);
    }
    (void)local_starter_free(starter);
    harness_wait(none_is_left, harness);
}

static void a_starter_that_was_killed_is_replaced(void **state) {
    struct harness *harness = *state;
    struct local_starter *starter = new_starter(harness);
    run_shell(harness, starter, "exit 0");
    harness_wait(one_is_left, harness);
    assert_int_equal(signal_starters(harness, SIGKILL), 1);
    harness_wait(none_is_left, harness);
    harness_next_run(harness, "starter", 2);
    run_shell(harness, starter, "exit 0");
    harness_wait(one_is_left, harness);
    (void)local_starter_free(starter);
}

static void supervisors_outlive_it(void **state) {
    struct harness *harness = *state;
    struct local_starter *starter = new_starter(harness);
    start_shell(harness, starter, "until [ -e go ]; do sleep 0.01; done");
    struct local_started started = harness_wait_started(harness);
    (void)local_starter_free(starter);
    /* The supervisor alone has its environment. */
    harness_wait(one_is_left, harness);
    assert_true(harness_process_exists(started.supervisor));
    harness_write(harness->work, "go", "");
    assert_int_equal(harness_end(harness).exit_code, 0);
    harness_wait(none_is_left, harness);
}

/* Stopped in the middle of a start, which it takes up when it goes on. */
static void a_start_that_is_not_answered_is_told_by_its_fifo(void **state) {
    struct harness *harness = *state;
    struct local_starter *starter = new_starter(harness);
    run_shell(harness, starter, "exit 0");
    harness_wait(one_is_left, harness);
    assert_int_equal(signal_starters(harness, SIGSTOP), 1);
    harness_next_run(harness, "starter", 2);
    start_shell(harness, starter, "echo once >>lines");
    assert_int_equal(local_is_alive(harness->run_dir), 1);
    assert_int_equal(signal_starters(harness, SIGCONT), 1);
    assert_int_equal(harness_end(harness).exit_code, 0);
    _cleanup_free_ char *lines = harness_read(harness, "lines");
    assert_string_equal(lines, "once\n");
    (void)local_starter_free(starter);
}

static void a_start_that_goes_with_its_starter_was_never_one(void **state) {
    struct harness *harness = *state;
    struct local_starter *starter = new_starter(harness);
    run_shell(harness, starter, "exit 0");
    harness_wait(one_is_left, harness);
    assert_int_equal(signal_starters(harness, SIGSTOP), 1);
    harness_next_run(harness, "starter", 2);
    start_shell(harness, starter, "echo once >>lines");
    assert_int_equal(signal_starters(harness, SIGKILL), 1);
    harness_wait_end(harness);
    harness_wait(none_is_left, harness);
    int fd = -1;
    assert_int_equal(local_attach(harness->run_dir, &fd), LOCAL_NEVER_STARTED);
    closep(&harness->alive);
    harness->alive = -1;
    run_shell(harness, starter, "echo again >>lines");
    _cleanup_free_ char *lines = harness_read(harness, "lines");
    assert_string_equal(lines, "again\n");
    (void)local_starter_free(starter);
}

static void what_is_too_long_for_it_is_started_without(void **state) {
    enum { LENGTH = 100 * 1000 };
    struct harness *harness = *state;
    struct local_starter *starter = new_starter(harness);
    free(harness->env[1]);
    harness->env[1] = malloc(LENGTH + 1);
    assert_non_null(harness->env[1]);
    memset(harness->env[1], 'x', LENGTH);
    memcpy(harness->env[1], "LONG=", 5);
    harness->env[1][LENGTH] = '\0';
    run_shell(harness, starter, "[ ${#LONG} = 99995 ]");
    harness_wait(none_is_left, harness);
    (void)local_starter_free(starter);
}

struct attempt {
    struct harness *harness;
    struct local_starter *starter;
};

static int attempt_start(void *data) {
    const struct attempt *attempt = data;
    char *argv[] = {(char *)"true", NULL};
    struct local_spec spec = harness_spec(attempt->harness, argv);
    spec.starter = attempt->starter;
    return local_start(&spec, &attempt->harness->alive, NULL);
}

static int attempt_new(void *data) {
    struct local_starter *starter = NULL;
    (void)data;
    int r = local_starter_new(&starter);
    (void)local_starter_free(starter);
    return r;
}

static void memory_failure_starts_nothing(void **state) {
    struct attempt attempt = {*state, new_starter(*state)};
    assert_true(alloc_fault_sweep(attempt_start, &attempt, -ENOMEM) > 0);
    assert_int_equal(harness_end(attempt.harness).exit_code, 0);
    assert_true(alloc_fault_sweep(attempt_new, NULL, -ENOMEM) > 0);
    (void)local_starter_free(attempt.starter);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        WITH_HARNESS(a_job_is_as_one_whose_supervisor_was_spawned),
        WITH_HARNESS(one_starter_serves_all_and_ends_with_us),
        WITH_HARNESS(a_starter_that_was_killed_is_replaced),
        WITH_HARNESS(supervisors_outlive_it),
        WITH_HARNESS(a_start_that_is_not_answered_is_told_by_its_fifo),
        WITH_HARNESS(a_start_that_goes_with_its_starter_was_never_one),
        WITH_HARNESS(what_is_too_long_for_it_is_started_without),
        WITH_HARNESS(memory_failure_starts_nothing),
    };
    return cmocka_run_group_tests_name("exec: starter", tests, NULL, NULL);
}
