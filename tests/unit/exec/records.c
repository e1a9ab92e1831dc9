/* The records as read: complete, damaged, of another version. */
#include "exec/harness.h"

#include "support/alloc_fault.h"

#include <errno.h>
#include <string.h>

static int read_exit(struct harness *harness, const char *text,
                     struct local_exit *how) {
    harness_write(harness->run_dir, "exit", text);
    return local_exit_read(harness->run_dir, how);
}

static void a_complete_record_is_read(void **state) {
    struct harness *harness = *state;
    struct local_exit how;
    assert_int_equal(
        read_exit(harness,
                  "signal=11\ncore_dumped=1\ncancelled=1\nstarted_at=1000\n"
                  "finished_at=2500\ncpu_ms=1234\n"
                  "peak_memory_bytes=5000000000\nsurvivors=2\nerror=why\n",
                  &how),
        0);
    assert_int_equal(how.exit_code, -1);
    assert_int_equal(how.signal, 11);
    assert_true(how.core_dumped);
    assert_true(how.cancelled);
    assert_int_equal(how.started_at, 1000);
    assert_int_equal(how.finished_at, 2500);
    assert_float_equal(how.cpu_seconds, 1.234, 1e-9);
    assert_true(how.peak_memory_bytes == INT64_C(5000000000));
    assert_int_equal(how.survivors, 2);
    assert_string_equal(how.error.text, "why");
}

static void what_is_missing_has_its_neutral_value(void **state) {
    struct harness *harness = *state;
    struct local_exit how;
    assert_int_equal(read_exit(harness, "exit_code=0\n", &how), 0);
    assert_int_equal(how.exit_code, 0);
    assert_int_equal(how.signal, 0);
    assert_false(how.core_dumped);
    assert_false(how.cancelled);
    assert_int_equal(how.started_at, 0);
    assert_string_equal(how.error.text, "");
}

static void keys_of_a_newer_supervisor_are_skipped(void **state) {
    struct harness *harness = *state;
    struct local_exit how;
    assert_int_equal(
        read_exit(harness, "exit_codes=9\nnews\n=\nexit_code=3\nx=y=z\n", &how), 0);
    assert_int_equal(how.exit_code, 3);
}

static void escapes_are_undone(void **state) {
    struct harness *harness = *state;
    struct local_exit how;
    assert_int_equal(read_exit(harness, "error=a\\nb\\\\n\\rc\nexit_code=1\n", &how),
                     0);
    assert_string_equal(how.error.text, "a\nb\\n\rc");
}

static void a_long_sentence_is_cut(void **state) {
    struct harness *harness = *state;
    char text[5000];
    memset(text, 'x', sizeof text);
    memcpy(text, "error=", 6);
    memcpy(text + sizeof text - 2, "\n", 2);
    struct local_exit how;
    assert_int_equal(read_exit(harness, text, &how), 0);
    assert_int_equal(strlen(how.error.text), sizeof how.error.text - 1);
}

static void damaged_records_are_refused(void **state) {
    struct harness *harness = *state;
    static const char *const damaged[] = {
        "",
        "\n",
        "exit_code=0", /* cut */
        "started_at=5\nfinished_at=6\n",
        "exit_code=\n",
        "exit_code=zero\n",
        "exit_code=-1\n",
        "exit_code=256\n",
        "exit_code=00000000000000000000000000000000000000000000\n",
        "signal=0\n",
        "exit_code=0\ncancelled=yes\n",
        "exit_code=0\ncpu_ms=99999999999999999999\n",
    };
    for (size_t i = 0; i < sizeof damaged / sizeof damaged[0]; i++) {
        struct local_exit how = {.exit_code = 77};
        assert_int_equal(read_exit(harness, damaged[i], &how), -EBADMSG);
        assert_int_equal(how.exit_code, 77);
    }
}

static void a_missing_record_is_no_damaged_one(void **state) {
    struct harness *harness = *state;
    struct local_exit how;
    struct local_started started;
    assert_int_equal(local_exit_read(harness->run_dir, &how), -ENOENT);
    assert_int_equal(local_started_read(harness->run_dir, &started), -ENOENT);
}

static int exit_code_of(const struct harness *harness) {
    struct local_exit how;
    assert_int_equal(local_exit_read(harness->run_dir, &how), 0);
    return how.exit_code;
}

static void started_records_are_checked(void **state) {
    struct harness *harness = *state;
    struct local_started started = {.job = 77};
    static const char *const damaged[] = {
        "pid=12\njob_pid=13\n",
        "pid=12\nstarted_at=5\n",
        "job_pid=13\nstarted_at=5\n",
        "pid=1\njob_pid=13\nstarted_at=5\n",
        "pid=0\njob_pid=13\nstarted_at=5\n",
    };
    for (size_t i = 0; i < sizeof damaged / sizeof damaged[0]; i++) {
        harness_write(harness->run_dir, "started", damaged[i]);
        assert_int_equal(local_started_read(harness->run_dir, &started), -EBADMSG);
        assert_int_equal(started.job, 77);
    }
    harness_write(harness->run_dir, "started", "pid=12\njob_pid=13\nstarted_at=5\n");
    assert_int_equal(local_started_read(harness->run_dir, &started), 0);
    assert_int_equal(started.supervisor, 12);
    assert_int_equal(started.job, 13);
    assert_int_equal(started.started_at, 5);
}

static void the_record_of_the_end_tells_what_was_started(void **state) {
    struct harness *harness = *state;
    struct local_started started = {.job = 77};
    struct local_about about;
    harness_write(harness->run_dir, "exit",
                  "pid=12\njob_pid=13\nstarted_at=5\ncommand=a b\n...\nexit_code=3\n");
    assert_int_equal(local_started_read(harness->run_dir, &started), 0);
    assert_int_equal(started.supervisor, 12);
    assert_int_equal(local_about_read(harness->run_dir, &about), 0);
    assert_string_equal(about.command, "a b");
    assert_int_equal(exit_code_of(harness), 3);
}

static void a_record_of_an_older_supervisor_stands_beside_its_end(void **state) {
    struct harness *harness = *state;
    struct local_started started;
    harness_write(harness->run_dir, "started", "pid=12\njob_pid=13\nstarted_at=5\n");
    harness_write(harness->run_dir, "exit", "exit_code=3\nstarted_at=5\n");
    assert_int_equal(local_started_read(harness->run_dir, &started), 0);
    assert_int_equal(started.supervisor, 12);
    assert_int_equal(exit_code_of(harness), 3);
}

static void the_record_of_a_failed_start_tells_of_nothing_started(void **state) {
    struct harness *harness = *state;
    struct local_started started;
    struct local_about about;
    harness_write(harness->run_dir, "exit", "error=no\nstage=setup\nerrno=5\n");
    assert_int_equal(local_started_read(harness->run_dir, &started), -ENOENT);
    assert_int_equal(local_about_read(harness->run_dir, &about), -ENOENT);
}

/* As the machine may leave it when it goes down. */
static void a_record_without_its_end_is_damaged(void **state) {
    struct harness *harness = *state;
    struct local_exit how;
    assert_int_equal(
        read_exit(harness, "pid=12\njob_pid=13\nstarted_at=5\n...\n", &how), -EBADMSG);
}

static int attempt_exit(void *data) {
    const struct harness *harness = data;
    struct local_exit how;
    return local_exit_read(harness->run_dir, &how);
}

static int attempt_started(void *data) {
    const struct harness *harness = data;
    struct local_started started;
    return local_started_read(harness->run_dir, &started);
}

static void memory_failure_is_reported(void **state) {
    struct harness *harness = *state;
    harness_write(harness->run_dir, "exit", "exit_code=0\n");
    harness_write(harness->run_dir, "started", "pid=12\njob_pid=13\nstarted_at=5\n");
    assert_true(alloc_fault_sweep(attempt_exit, harness, -ENOMEM) > 0);
    assert_true(alloc_fault_sweep(attempt_started, harness, -ENOMEM) > 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        WITH_HARNESS(a_complete_record_is_read),
        WITH_HARNESS(what_is_missing_has_its_neutral_value),
        WITH_HARNESS(keys_of_a_newer_supervisor_are_skipped),
        WITH_HARNESS(escapes_are_undone),
        WITH_HARNESS(a_long_sentence_is_cut),
        WITH_HARNESS(damaged_records_are_refused),
        WITH_HARNESS(a_missing_record_is_no_damaged_one),
        WITH_HARNESS(started_records_are_checked),
        WITH_HARNESS(the_record_of_the_end_tells_what_was_started),
        WITH_HARNESS(a_record_of_an_older_supervisor_stands_beside_its_end),
        WITH_HARNESS(the_record_of_a_failed_start_tells_of_nothing_started),
        WITH_HARNESS(a_record_without_its_end_is_damaged),
        WITH_HARNESS(memory_failure_is_reported),
    };
    return cmocka_run_group_tests_name("exec: records", tests, NULL, NULL);
}
