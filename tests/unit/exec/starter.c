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
#include <poll.h>
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

/* ---- supervisors that serve one job after the other ---- */

/* Whether one of them is there for the next start depends on who is quicker. So tests
 * run pairs of jobs until both have had the same one. */
enum { READY_MS = 20 };

struct pair {
    struct harness *harness;
    struct local_starter *starter;
    const char *first;
    const char *second;
    void (*between)(pid_t supervisor); /* NULL: nothing */
    int n;                             /* so many runs there were */
    struct local_exit how;             /* of the last one */
};

static pid_t run_next(struct pair *pair, const char *script) {
    struct local_started started;
    harness_next_run(pair->harness, "pair", ++pair->n);
    start_shell(pair->harness, pair->starter, script);
    pair->how = harness_end(pair->harness);
    assert_int_equal(local_started_read(pair->harness->run_dir, &started), 0);
    return started.supervisor;
}

static bool pair_had_one(const void *data) {
    struct pair *pair = (struct pair *)data;
    pid_t first = run_next(pair, pair->first);
    if (pair->between) {
        pair->between(first);
    }
    /* Long enough in most cases for it to be ready. */
    (void)poll(NULL, 0, READY_MS);
    return run_next(pair, pair->second) == first;
}

static void a_job_that_comes_second_is_as_the_first(void **state) {
    static const char script[] =
        "umask; pwd; ulimit -n; cat; ls /proc/self/fd; grep 'Sig[BIC]' "
        "/proc/self/status;"
        "cut -d' ' -f5 /proc/$$/stat | grep -c $$; exec env -u CRYSTALMATH_RUN";
    struct pair pair = {*state, new_starter(*state), script, script, NULL, 0, {0}};
    (void)run_next(&pair, script);
    _cleanup_free_ char *first = harness_read(pair.harness, "out");
    harness_wait(pair_had_one, &pair);
    _cleanup_free_ char *second = harness_read(pair.harness, "out");
    assert_string_equal(second, first);
    assert_int_equal(pair.how.exit_code, 0);
    (void)local_starter_free(pair.starter);
}

static void what_a_job_used_is_not_put_to_the_next(void **state) {
    static const char large[] = "dd if=/dev/zero of=/dev/null bs=30000000 count=1";
    struct pair pair = {*state, new_starter(*state), large, "exit 4", NULL, 0, {0}};
    (void)run_next(&pair, large);
    assert_int_equal(pair.how.exit_code, 0);
    assert_true(pair.how.peak_memory_bytes > 30 * 1000 * 1000);
    harness_wait(pair_had_one, &pair);
    assert_int_equal(pair.how.exit_code, 4);
    assert_true(pair.how.peak_memory_bytes < 15 * 1000 * 1000);
    (void)local_starter_free(pair.starter);
}

static void ask_to_end(pid_t supervisor) {
    (void)kill(supervisor, SIGTERM);
}

static void a_cancel_that_comes_late_does_not_hit_the_next_job(void **state) {
    struct pair pair = {*state, new_starter(*state), "exit 0", "exit 5", ask_to_end, 0,
                        {0}};
    harness_wait(pair_had_one, &pair);
    assert_int_equal(pair.how.exit_code, 5);
    assert_false(pair.how.cancelled);
    (void)local_starter_free(pair.starter);
}

static bool job_runs_under_the_one_before(const void *data) {
    struct pair *pair = (struct pair *)data;
    if (pair->harness->alive >= 0) {
        (void)local_cancel(pair->harness->run_dir);
        harness_wait_end(pair->harness);
    }
    pid_t before = run_next(pair, pair->first);
    (void)poll(NULL, 0, READY_MS);
    harness_next_run(pair->harness, "pair", ++pair->n);
    start_shell(pair->harness, pair->starter, pair->second);
    return harness_wait_started(pair->harness).supervisor == before;
}

static void a_job_that_comes_second_can_be_cancelled(void **state) {
    struct harness *harness = *state;
    struct pair pair = {harness, new_starter(harness), "exit 0", "sleep 1000", NULL, 0,
                        {0}};
    harness_wait(job_runs_under_the_one_before, &pair);
    assert_int_equal(local_cancel(harness->run_dir), 0);
    struct local_exit how = harness_end(harness);
    assert_true(how.cancelled);
    assert_int_equal(how.signal, SIGTERM);
    (void)local_starter_free(pair.starter);
}

static void kill_it(pid_t supervisor) {
    (void)kill(supervisor, SIGKILL);
    harness_wait_gone(supervisor);
}

static void one_that_was_killed_as_it_waited_is_done_without(void **state) {
    struct pair pair = {*state, new_starter(*state), "exit 0", "exit 6", kill_it, 0,
                        {0}};
    assert_false(pair_had_one(&pair));
    assert_int_equal(pair.how.exit_code, 6);
    (void)local_starter_free(pair.starter);
}

static void behind_a_long_job_comes_another_supervisor(void **state) {
    struct pair pair = {*state, new_starter(*state), "sleep 1.1", "exit 0", NULL, 0,
                        {0}};
    assert_false(pair_had_one(&pair));
    assert_false(pair_had_one(&pair));
    (void)local_starter_free(pair.starter);
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
        WITH_HARNESS(a_job_that_comes_second_is_as_the_first),
        WITH_HARNESS(what_a_job_used_is_not_put_to_the_next),
        WITH_HARNESS(a_cancel_that_comes_late_does_not_hit_the_next_job),
        WITH_HARNESS(a_job_that_comes_second_can_be_cancelled),
        WITH_HARNESS(one_that_was_killed_as_it_waited_is_done_without),
        WITH_HARNESS(behind_a_long_job_comes_another_supervisor),
        WITH_HARNESS(memory_failure_starts_nothing),
    };
    return cmocka_run_group_tests_name("exec: starter", tests, NULL, NULL);
}
