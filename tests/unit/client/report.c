/* The readiness line: what it may say, and what is made of the rest. */
#include "client/report.h"

#include "base/clock.h"
#include "base/fd.h"
#include "base/platform.h"
#include "support/alloc_fault.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum { PATIENCE_MS = 20000 };

static void expect(const char *line, enum report_kind kind, pid_t pid,
                   const char *text) {
    struct report report = REPORT_NULL;
    assert_int_equal(report_parse(&report, line), 0);
    assert_int_equal(report.kind, kind);
    assert_int_equal(report.pid, pid);
    assert_string_equal(report.text, text);
    report_deinit(&report);
}

static void every_kind_of_line_is_understood(void **state) {
    (void)state;
    expect("READY 42 /run/user/1/crystalmath.sock", REPORT_READY, 42,
           "/run/user/1/crystalmath.sock");
    expect("READY 42 /a folder/s", REPORT_READY, 42, "/a folder/s");
    expect("ALREADY_RUNNING 7 /tmp/s", REPORT_ALREADY_RUNNING, 7, "/tmp/s");
    expect("BUSY another server is going down", REPORT_BUSY, 0,
           "another server is going down");
    expect("FAILED no space left", REPORT_FAILED, 0, "no space left");
    expect("FAILED", REPORT_FAILED, 0, "without a reason");
}

static void any_other_line_is_refused(void **state) {
    (void)state;
    static const char *const wrong[] = {
        "",
        "READY",
        "READY /tmp/s",
        "READY 0 /tmp/s",
        "READY x /tmp/s",
        "READY 1 s",
        "READY 1",
        "READYX 1 /s",
        "ready 1 /tmp/s",
        "REA",
        "READY 1 ",
        "READY -1 /tmp",
        "Usage: x",
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct report report = REPORT_NULL;
        assert_int_equal(report_parse(&report, wrong[i]), -EPROTO);
        assert_null(report.text);
    }
}

static int parse_ready(void *data) {
    (void)data;
    struct report report = REPORT_NULL;
    int r = report_parse(&report, "READY 42 /tmp/s");
    report_deinit(&report);
    return r;
}

static void a_line_without_memory_for_it_is_reported_as_such(void **state) {
    (void)state;
    assert_int_equal(alloc_fault_sweep(parse_ready, NULL, -ENOMEM), 2);
}

static int read_after_writing(const char *bytes, bool close_it, int64_t deadline_ms,
                              struct report *report) {
    int ends[2] = {-1, -1};
    assert_int_equal(platform_pipe(ends), 0);
    assert_int_equal(fd_set_nonblock(ends[0], true), 0);
    assert_int_equal(write(ends[1], bytes, strlen(bytes)), (ssize_t)strlen(bytes));
    if (close_it) {
        (void)close(ends[1]);
    }
    int r = report_read(report, ends[0], deadline_ms);
    (void)close(ends[0]);
    if (!close_it) {
        (void)close(ends[1]);
    }
    return r;
}

static void a_line_is_read_up_to_its_newline(void **state) {
    (void)state;
    struct report report = REPORT_NULL;
    int64_t later = clock_monotonic_ms() + PATIENCE_MS;
    assert_int_equal(read_after_writing("BUSY a\nmore", false, later, &report), 0);
    assert_string_equal(report.text, "a");
    report_deinit(&report);
}

static void an_end_before_the_newline_means_death(void **state) {
    (void)state;
    struct report report = REPORT_NULL;
    int64_t later = clock_monotonic_ms() + PATIENCE_MS;
    assert_int_equal(read_after_writing("", true, later, &report), REPORT_E_END);
    assert_int_equal(read_after_writing("READY 1 /s", true, later, &report),
                     REPORT_E_END);
}

static void silence_until_the_deadline_is_a_timeout(void **state) {
    (void)state;
    struct report report = REPORT_NULL;
    int64_t now = clock_monotonic_ms();
    assert_int_equal(read_after_writing("READY", false, now, &report),
                     REPORT_E_TIMEOUT);
    assert_null(report.text);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_of_line_is_understood),
        cmocka_unit_test(any_other_line_is_refused),
        cmocka_unit_test(a_line_without_memory_for_it_is_reported_as_such),
        cmocka_unit_test(a_line_is_read_up_to_its_newline),
        cmocka_unit_test(an_end_before_the_newline_means_death),
        cmocka_unit_test(silence_until_the_deadline_is_a_timeout),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
