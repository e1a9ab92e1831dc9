/* What the records say, and that they are written whatever stands against it. */
#include "exec/harness.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/str.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#if defined(__linux__)
#include <sys/mount.h>
#endif

static void times_are_those_of_the_main_process(void **state) {
    struct harness *harness = *state;
    int64_t before = clock_realtime_ms();
    struct local_exit how = harness_run_shell(harness, "sleep 0.1");
    int64_t after = clock_realtime_ms();
    assert_true(before <= how.started_at);
    assert_true(how.started_at + 100 <= how.finished_at);
    assert_true(how.finished_at <= after);
    struct local_started started;
    assert_int_equal(local_started_read(harness->run_dir, &started), 0);
    assert_int_equal(started.started_at, how.started_at);
}

static void the_time_of_all_processes_is_counted(void **state) {
    struct harness *harness = *state;
    /* Each of the two burns a second, and is ended by its limit then. */
    struct local_exit how = harness_run_shell(
        harness,
        "for i in 1 2; do timeout 600 sh -c 'ulimit -t 1; while :; do :; done' & "
        "done; wait");
    assert_true(how.cpu_seconds >= 1.5);
}

static void the_memory_of_the_largest_process_is_told(void **state) {
    struct harness *harness = *state;
    struct local_exit how = harness_run_shell(
        harness, "head -c 41943040 /dev/zero | tail -c 41943040 > /dev/null");
    assert_true(how.peak_memory_bytes >= INT64_C(41943040));
    assert_true(how.peak_memory_bytes < INT64_C(41943040) * 4);
}

static void a_sentence_with_line_feeds_stays_one(void **state) {
    struct harness *harness = *state;
    char *argv[] = {(char *)"true", NULL};
    struct local_spec spec = harness_spec(harness, argv);
    spec.directory = "/no\nwhere\\n\r";
    harness_start(harness, &spec);
    struct local_exit how = harness_end(harness);
    assert_non_null(strstr(how.error.text, "/no\nwhere\\n\r: "));
}

static void the_job_finds_its_start_recorded(void **state) {
    struct harness *harness = *state;
    struct local_exit how = harness_run_shell(
        harness, "grep -q ^job_pid=$$'$' \"$CRYSTALMATH_RUN/started\"");
    assert_int_equal(how.exit_code, 0);
}

static void nothing_but_records_is_left_in_the_run_folder(void **state) {
    struct harness *harness = *state;
    (void)harness_run_shell(harness, ":");
    char *argv[] = {(char *)"ls", harness->run_dir, NULL};
    struct local_spec spec = harness_spec(harness, argv);
    harness_next_run(harness, "ls", 1);
    spec.run_dir = harness->run_dir;
    char previous[512];
    (void)snprintf(previous, sizeof previous, "%s/runs/7", harness->root);
    argv[1] = previous;
    harness_start(harness, &spec);
    (void)harness_end(harness);
    _cleanup_free_ char *text = harness_read(harness, "out");
    assert_string_equal(text, "alive\nexit\nlock\n");
}

static void one_byte_says_that_the_job_was_started(void **state) {
    struct harness *harness = *state;
    harness_start_shell(harness, "until [ -e go ]; do sleep 0.05; done");
    struct pollfd waiting = {.fd = harness->alive, .events = POLLIN};
    assert_int_equal(poll(&waiting, 1, -1), 1);
    char bytes[8];
    assert_int_equal(read(harness->alive, bytes, sizeof bytes), 1);
    struct local_started started;
    assert_int_equal(local_started_read(harness->run_dir, &started), 0);
    assert_int_equal(read(harness->alive, bytes, sizeof bytes), -1);
    assert_int_equal(errno, EAGAIN);
    harness_write(harness->work, "go", "");
    (void)harness_end(harness);
}

static void with_the_byte_the_output_is_the_jobs_own(void **state) {
    struct harness *harness = *state;
    harness_write(harness->work, "out", "of an earlier run\n");
    harness_write(harness->work, "err", "of an earlier run\n");
    harness_start_shell(harness, "until [ -e go ]; do sleep 0.05; done");
    struct pollfd waiting = {.fd = harness->alive, .events = POLLIN};
    assert_int_equal(poll(&waiting, 1, -1), 1);
    _cleanup_free_ char *output = harness_read(harness, "out");
    _cleanup_free_ char *errors = harness_read(harness, "err");
    assert_string_equal(output, "");
    assert_string_equal(errors, "");
    harness_write(harness->work, "go", "");
    (void)harness_end(harness);
}

static void the_byte_comes_for_a_job_that_cannot_run_too(void **state) {
    struct harness *harness = *state;
    char *argv[] = {(char *)"/opt/none/pw.x", NULL};
    struct local_spec spec = harness_spec(harness, argv);
    harness_start(harness, &spec);
    struct pollfd waiting = {.fd = harness->alive, .events = POLLIN};
    assert_int_equal(poll(&waiting, 1, -1), 1);
    char byte;
    assert_int_equal(read(harness->alive, &byte, 1), 1);
    assert_int_equal(harness_end(harness).exit_code, -1);
}

static char next_byte(struct harness *harness) {
    struct pollfd waiting = {.fd = harness->alive, .events = POLLIN};
    char byte = 0;
    assert_int_equal(poll(&waiting, 1, -1), 1);
    return read(harness->alive, &byte, 1) == 1 ? byte : '\0';
}

static void a_second_byte_says_that_nothing_of_the_job_is_left(void **state) {
    struct harness *harness = *state;
    harness_start_shell(harness, "sleep 1000 & echo $! >child");
    assert_int_equal(next_byte(harness), LOCAL_NEWS_STARTED);
    assert_int_equal(next_byte(harness), LOCAL_NEWS_OVER);
    _cleanup_free_ char *child = harness_read(harness, "child");
    assert_int_equal(kill((pid_t)atoi(child), 0), -1);
    assert_int_equal(errno, ESRCH);
    assert_int_equal(next_byte(harness), '\0');
}

/* The record cannot be written as long as a folder is in its way. */
static void the_second_byte_does_not_wait_for_the_record(void **state) {
    struct harness *harness = *state;
    char path[512];
    (void)snprintf(path, sizeof path, "%s/exit", harness->run_dir);
    harness_start_shell(harness, "until [ -e go ]; do sleep 0.05; done; exit 6");
    assert_int_equal(next_byte(harness), LOCAL_NEWS_STARTED);
    assert_int_equal(mkdir(path, 0700), 0);
    harness_write(harness->work, "go", "");
    assert_int_equal(next_byte(harness), LOCAL_NEWS_OVER);
    assert_int_equal(rmdir(path), 0);
    assert_int_equal(harness_end(harness).exit_code, 6);
}

static void a_reader_that_went_away_does_not_matter(void **state) {
    struct harness *harness = *state;
    harness_start_shell(harness, "until [ -e go ]; do sleep 0.05; done; exit 4");
    (void)close(harness->alive);
    harness->alive = -1;
    (void)harness_wait_started(harness);
    assert_int_equal(local_attach(harness->run_dir, &harness->alive), LOCAL_RUNNING);
    harness_write(harness->work, "go", "");
    assert_int_equal(harness_end(harness).exit_code, 4);
}

static void a_record_that_cannot_be_written_is_tried_again(void **state) {
    struct harness *harness = *state;
    char path[512];
    (void)snprintf(path, sizeof path, "%s/exit", harness->run_dir);
    harness_start_shell(harness, "until [ -e go ]; do sleep 0.05; done; exit 6");
    struct local_started started = harness_wait_started(harness);
    assert_int_equal(mkdir(path, 0700), 0);
    harness_write(harness->work, "go", "");
    harness_wait_gone(started.job);
    int fd = -1;
    assert_int_equal(local_attach(harness->run_dir, &fd), LOCAL_RUNNING);
    (void)close(fd);
    assert_int_equal(rmdir(path), 0);
    assert_int_equal(harness_end(harness).exit_code, 6);
}

static void a_run_folder_that_is_gone_ends_the_supervisor(void **state) {
    struct harness *harness = *state;
    harness_start_shell(harness, "until [ -e go ]; do sleep 0.05; done");
    (void)harness_wait_started(harness);
    char path[512];
    (void)snprintf(path, sizeof path, "%s/runs/gone", harness->root);
    assert_int_equal(rename(harness->run_dir, path), 0);
    harness_write(harness->work, "go", "");
    harness_wait_end(harness);
}

static void a_job_whose_start_cannot_be_recorded_is_not_run(void **state) {
    struct harness *harness = *state;
    char path[512];
    (void)snprintf(path, sizeof path, "%s/started.new", harness->run_dir);
    harness_write(path, "in the way", "");
    struct local_exit how = harness_run_shell(harness, "touch ran");
    assert_non_null(strstr(how.error.text, "was not started"));
    assert_non_null(strstr(how.error.text, harness->run_dir));
    assert_int_equal(how.exit_code, -1);
    assert_int_equal(how.started_at, 0);
    assert_false(harness_exists(harness->work, "ran"));
    int fd = -1;
    assert_int_equal(local_attach(harness->run_dir, &fd), LOCAL_ENDED);
}

static void a_disk_filled_by_the_job_does_not_hide_its_end(void **state) {
#if defined(__linux__)
    struct harness *harness = *state;
    harness_write(harness->run_dir, "lock", "");
    if (mount("tmpfs", harness->run_dir, "tmpfs", 0, "size=64k") < 0) {
        print_message("# not allowed to mount a small disk: %s\n", strerror(errno));
        return;
    }
    harness_start_shell(harness, "cat /dev/zero > \"$CRYSTALMATH_RUN/core\"");
    struct local_exit how = harness_end(harness);
    bool full = harness_exists(harness->run_dir, "core");
    assert_int_equal(umount2(harness->run_dir, MNT_DETACH), 0);
    assert_true(full);
    assert_true(how.exit_code > 0);
#else
    (void)state;
#endif
}

static void the_supervisor_needs_less_than_a_mebibyte(void **state) {
    struct harness *harness = *state;
    harness_start_shell(harness, "touch ready; exec sleep 600");
    harness_wait_file(harness, "ready");
    char path[64];
    (void)snprintf(path, sizeof path, "/proc/%ld/smaps_rollup",
                   (long)harness_wait_started(harness).supervisor);
    _cleanup_fclose_ FILE *file = fopen(path, "re");
    if (!file) {
        print_message("# the system does not tell how much memory it uses\n");
        return;
    }
    long private = 0;
    char line[256];
    while (fgets(line, sizeof line, file)) {
        if (str_starts_with(line, "Private_")) {
            private += strtol(line + strcspn(line, ":") + 1, NULL, 10);
        }
    }
    print_message("# %ld KiB\n", private);
    assert_true(private > 0);
#if defined(PLAIN_BUILD)
    assert_true(private <= 1024);
#endif
}

int main(void) {
    const struct CMUnitTest tests[] = {
        WITH_HARNESS(times_are_those_of_the_main_process),
        WITH_HARNESS(the_time_of_all_processes_is_counted),
        WITH_HARNESS(the_memory_of_the_largest_process_is_told),
        WITH_HARNESS(a_sentence_with_line_feeds_stays_one),
        WITH_HARNESS(the_job_finds_its_start_recorded),
        WITH_HARNESS(nothing_but_records_is_left_in_the_run_folder),
        WITH_HARNESS(one_byte_says_that_the_job_was_started),
        WITH_HARNESS(with_the_byte_the_output_is_the_jobs_own),
        WITH_HARNESS(the_byte_comes_for_a_job_that_cannot_run_too),
        WITH_HARNESS(a_second_byte_says_that_nothing_of_the_job_is_left),
        WITH_HARNESS(the_second_byte_does_not_wait_for_the_record),
        WITH_HARNESS(a_reader_that_went_away_does_not_matter),
        WITH_HARNESS(a_record_that_cannot_be_written_is_tried_again),
        WITH_HARNESS(a_run_folder_that_is_gone_ends_the_supervisor),
        WITH_HARNESS(a_job_whose_start_cannot_be_recorded_is_not_run),
        WITH_HARNESS(a_disk_filled_by_the_job_does_not_hide_its_end),
        WITH_HARNESS(the_supervisor_needs_less_than_a_mebibyte),
    };
    return cmocka_run_group_tests_name("supervisor: recording", tests, NULL, NULL);
}
