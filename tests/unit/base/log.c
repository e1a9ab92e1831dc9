/* The log. */
#include "base/log.h"

#include "base/cleanup.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

struct piped {
    int fds[2];
    struct log *log;
};

static int set_up(void **state) {
    struct piped *piped = calloc(1, sizeof *piped);
    *state = piped;
    return pipe2(piped->fds, O_NONBLOCK) < 0 ||
           log_new(&piped->log, piped->fds[1], LOG_LEVEL_INFO) < 0;
}

static int tear_down(void **state) {
    struct piped *piped = *state;
    (void)log_free(piped->log);
    (void)close(piped->fds[0]);
    (void)close(piped->fds[1]);
    free(piped);
    return 0;
}

static void a_line_carries_time_level_and_text(void **state) {
    struct piped *piped = *state;
    char line[256] = "";
    log_warning(piped->log, "disk at %d %%", 99);
    assert_true(read(piped->fds[0], line, sizeof line - 1) > 0);
    assert_non_null(strstr(line, "Z warning disk at 99 %\n"));
}

static void lines_below_the_level_are_not_written(void **state) {
    struct piped *piped = *state;
    char line[16];
    log_debug(piped->log, "%s", "quiet");
    assert_int_equal(read(piped->fds[0], line, sizeof line), -1);
}

static void an_event_is_one_line_whatever_is_in_it(void **state) {
    struct piped *piped = *state;
    char line[256] = "";
    log_info(piped->log, "%s",
             "a\nb\r\nc\033]0;d\a\xC2\x9B"
             "31m\x7F");
    assert_true(read(piped->fds[0], line, sizeof line - 1) > 0);
    assert_ptr_equal(strchr(line, '\n'), line + strlen(line) - 1);
    assert_non_null(strstr(line, "a b  c?]0;d???31m?\n"));
}

static void a_full_pipe_is_not_waited_for(void **state) {
    struct piped *piped = *state;
    /* The writing end blocks, as the stderr that a client hands to its server does. */
    assert_int_equal(fcntl(piped->fds[1], F_SETFL, 0), 0);
    for (int i = 0; i < 5000; i++) {
        log_info(piped->log, "%0100d", i);
    }
}

static void no_log_swallows_the_line(void **state) {
    (void)state;
    log_error(NULL, "%s", "nothing");
    assert_null(log_free(NULL));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_line_carries_time_level_and_text, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(lines_below_the_level_are_not_written, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(an_event_is_one_line_whatever_is_in_it, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_full_pipe_is_not_waited_for, set_up,
                                        tear_down),
        cmocka_unit_test(no_log_swallows_the_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
