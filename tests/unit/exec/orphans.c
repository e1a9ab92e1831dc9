/* local_orphans_signal: what a killed supervisor leaves is found and ended, and nothing
 * else is. */
#include "exec/harness.h"

#include "base/cleanup.h"
#include "base/platform.h"
#include "base/str.h"
#include "support/alloc_fault.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>

static bool is_lost(const void *run_dir) {
    int fd = -1;
    return local_attach(run_dir, &fd) == LOCAL_LOST;
}

static void kill_supervisor(struct harness *harness) {
    assert_int_equal(kill(harness_wait_started(harness).supervisor, SIGKILL), 0);
    harness_wait_end(harness);
    harness_wait(is_lost, harness->run_dir);
}

static bool no_orphans(const void *data) {
    size_t found = 1;
    assert_int_equal(local_orphans_signal(data, 0, &found), 0);
    return found == 0;
}

/* In the tests that count, processes wait at a FIFO and run no other program any more:
 * one that is just about to shows no environment. */
static const char two_at_a_gate[] = "mkfifo gate; (read line <gate) & : >there; "
                                    "read line <gate";

static void processes_of_every_group_and_session_are_ended(void **state) {
    struct harness *harness = *state;
    harness_start_shell(harness, "mkfifo gate; (read line <gate) &"
                                 "setsid sh -c ': >one; read line <gate' &"
                                 "(setsid sh -c ': >two; read line <gate' &);"
                                 ": >three; read line <gate");
    harness_wait_file(harness, "one");
    harness_wait_file(harness, "two");
    harness_wait_file(harness, "three");
    kill_supervisor(harness);
    size_t found = 0;
    assert_int_equal(local_orphans_signal(harness->run_dir, 0, &found), 0);
    assert_int_equal(found, 4);
    assert_int_equal(local_orphans_signal(harness->run_dir, SIGKILL, &found), 0);
    assert_int_equal(found, 4);
    harness_wait(no_orphans, harness->run_dir);
    assert_int_equal(harness_count_processes(harness), 0);
}

static void strangers_are_left_alone(void **state) {
    struct harness *harness = *state;
    char variable[600];
    /* One folder's name begins with the other's. */
    (void)snprintf(variable, sizeof variable, "CRYSTALMATH_RUN=%s7", harness->run_dir);
    pid_t stranger = harness_start_stranger(variable);
    harness_start_shell(harness, "mkfifo gate; : >there; read line <gate");
    harness_wait_file(harness, "there");
    kill_supervisor(harness);
    size_t found = 0;
    assert_int_equal(local_orphans_signal(harness->run_dir, SIGKILL, &found), 0);
    assert_int_equal(found, 1);
    harness_wait(no_orphans, harness->run_dir);
    harness_end_stranger(stranger);
}

static void a_living_supervisor_is_not_interfered_with(void **state) {
    struct harness *harness = *state;
    harness_start_shell(harness, "sleep 600");
    (void)harness_wait_started(harness);
    size_t found = 99;
    assert_int_equal(local_orphans_signal(harness->run_dir, SIGKILL, &found),
                     LOCAL_E_RUNNING);
    assert_int_equal(found, 99);
}

static void a_job_that_never_was_has_none(void **state) {
    struct harness *harness = *state;
    size_t found = 99;
    assert_int_equal(local_orphans_signal(harness->run_dir, SIGKILL, &found), 0);
    assert_int_equal(found, 0);
}

static void without_a_record_they_are_found_all_the_same(void **state) {
    struct harness *harness = *state;
    harness_start_shell(harness, two_at_a_gate);
    harness_wait_file(harness, "there");
    kill_supervisor(harness);
    local_remove(harness->run_dir);
    assert_false(harness_exists(harness->run_dir, "started"));
    size_t found = 0;
    assert_int_equal(local_orphans_signal(harness->run_dir, SIGKILL, &found), 0);
    assert_int_equal(found, 2);
    harness_wait(no_orphans, harness->run_dir);
}

static void a_job_that_deleted_its_records_is_ended_all_the_same(void **state) {
    struct harness *harness = *state;
    _cleanup_free_ char *script = NULL;
    assert_int_equal(
        str_printf(&script, "rm -r \"$CRYSTALMATH_RUN\"; %s", two_at_a_gate), 0);
    harness_start_shell(harness, script);
    harness_wait_file(harness, "there");
    size_t found = 0;
    assert_int_equal(local_orphans_signal(harness->run_dir, 0, &found), 0);
    assert_int_equal(found, 2);
    /* The supervisor still lives. It sees the first one end and ends the other itself,
     * perhaps before that one has been looked at: how many are found is left to chance.
     */
    assert_int_equal(local_orphans_signal(harness->run_dir, SIGKILL, &found), 0);
    assert_in_range(found, 1, 2);
    harness_wait_end(harness);
    assert_int_equal(harness_count_processes(harness), 0);
}

static void those_of_another_machine_are_out_of_reach(void **state) {
    struct harness *harness = *state;
    harness_write(harness->run_dir, "started",
                  "pid=1234\njob_pid=1235\nstarted_at=5\nhost=not.this.machine\n");
    size_t found = 99;
    assert_int_equal(local_orphans_signal(harness->run_dir, SIGKILL, &found),
                     LOCAL_E_ELSEWHERE);
}

static void write_record(const struct harness *harness, const char *host,
                         const char *machine) {
    char record[256];
    (void)snprintf(record, sizeof record,
                   "pid=1234\njob_pid=1235\nstarted_at=5\nhost=%s\nmachine=%s\n", host,
                   machine);
    harness_write(harness->run_dir, "started", record);
}

static int count_orphans(const struct harness *harness) {
    size_t found = 0;
    return local_orphans_signal(harness->run_dir, 0, &found);
}

static void a_machine_is_the_same_by_another_name(void **state) {
    struct harness *harness = *state;
    char machine[PLATFORM_MACHINE_SIZE];
    if (!*platform_machine(machine)) {
        skip();
    }
    write_record(harness, "not.this.machine", machine);
    assert_int_equal(count_orphans(harness), 0);
    write_record(harness, "not.this.machine", "another");
    assert_int_equal(count_orphans(harness), LOCAL_E_ELSEWHERE);
}

static void a_machine_that_was_started_anew_is_known_by_its_name(void **state) {
    struct harness *harness = *state;
    char host[128] = "";
    assert_int_equal(gethostname(host, sizeof host - 1), 0);
    write_record(harness, host, "before");
    assert_int_equal(count_orphans(harness), 0);
}

static int attempt_count(void *data) {
    const struct harness *harness = data;
    size_t found = 0;
    return local_orphans_signal(harness->run_dir, 0, &found);
}

static void memory_failure_is_reported(void **state) {
    struct harness *harness = *state;
    harness_start_shell(harness, "sleep 600");
    kill_supervisor(harness);
    assert_true(alloc_fault_sweep(attempt_count, harness, -ENOMEM) > 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        WITH_HARNESS(processes_of_every_group_and_session_are_ended),
        WITH_HARNESS(strangers_are_left_alone),
        WITH_HARNESS(a_living_supervisor_is_not_interfered_with),
        WITH_HARNESS(a_job_that_never_was_has_none),
        WITH_HARNESS(without_a_record_they_are_found_all_the_same),
        WITH_HARNESS(a_job_that_deleted_its_records_is_ended_all_the_same),
        WITH_HARNESS(those_of_another_machine_are_out_of_reach),
        WITH_HARNESS(a_machine_is_the_same_by_another_name),
        WITH_HARNESS(a_machine_that_was_started_anew_is_known_by_its_name),
        WITH_HARNESS(memory_failure_is_reported),
    };
    return cmocka_run_group_tests_name("exec: orphans", tests, NULL, NULL);
}
