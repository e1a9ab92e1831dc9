/* When a job has ended nothing of it is left, however it ended and whatever it did. */
#include "exec/harness.h"

#include "base/cleanup.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static struct local_exit run_with_grace(struct harness *harness, const char *script,
                                        int seconds) {
    char *argv[] = {(char *)"sh", (char *)"-c", (char *)script, NULL};
    struct local_spec spec = harness_spec(harness, argv);
    spec.grace_seconds = seconds;
    harness_start(harness, &spec);
    return harness_end(harness);
}

static struct local_exit cancel_when_ready(struct harness *harness, const char *script,
                                           int seconds) {
    char *argv[] = {(char *)"sh", (char *)"-c", (char *)script, NULL};
    struct local_spec spec = harness_spec(harness, argv);
    spec.grace_seconds = seconds;
    harness_start(harness, &spec);
    harness_wait_file(harness, "ready");
    assert_int_equal(local_cancel(harness->run_dir), 0);
    struct local_exit how = harness_end(harness);
    assert_int_equal(harness_count_processes(harness), 0);
    assert_int_equal(how.survivors, 0);
    return how;
}

static void the_exit_status_is_kept(void **state) {
    struct harness *harness = *state;
    static const int codes[] = {0, 1, 42, 127, 255};
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
        char script[32];
        (void)snprintf(script, sizeof script, "exit %d", codes[i]);
        harness_next_run(harness, "code", codes[i]);
        struct local_exit how = harness_run_shell(harness, script);
        assert_int_equal(how.exit_code, codes[i]);
        assert_int_equal(how.signal, 0);
        assert_false(how.cancelled);
        assert_string_equal(how.error.text, "");
    }
}

static void a_death_by_signal_is_told_apart(void **state) {
    struct harness *harness = *state;
    struct local_exit how = harness_run_shell(harness, "kill -SEGV $$; sleep 600");
    assert_int_equal(how.signal, SIGSEGV);
    assert_int_equal(how.exit_code, -1);
    assert_false(how.cancelled);
}

static void a_job_that_kills_itself_softly_is_not_cancelled(void **state) {
    struct harness *harness = *state;
    struct local_exit how = harness_run_shell(harness, "kill -TERM $$; sleep 600");
    assert_int_equal(how.signal, SIGTERM);
    assert_false(how.cancelled);
}

static void leftovers_in_the_background_are_ended(void **state) {
    struct harness *harness = *state;
    struct local_exit how =
        harness_run_shell(harness, "sleep 600 & sleep 600 & (sleep 600 &); exit 7");
    assert_int_equal(how.exit_code, 7);
    assert_false(how.cancelled);
    assert_int_equal(harness_count_processes(harness), 0);
}

static void leftovers_in_sessions_of_their_own_are_ended(void **state) {
    struct harness *harness = *state;
    struct local_exit how = harness_run_shell(
        harness, "(setsid sh -c 'touch ready; sleep 600 & setsid sleep 600' &);"
                 "until [ -e ready ]; do sleep 0.05; done; exit 7");
    assert_int_equal(how.exit_code, 7);
    assert_int_equal(harness_count_processes(harness), 0);
}

static void leftovers_are_asked_before_they_are_killed(void **state) {
    struct harness *harness = *state;
    (void)harness_run_shell(harness,
                            "sh -c 'trap \"echo asked; exit\" TERM; touch ready;"
                            "while [ -d $TEST ]; do sleep 0.05; done' &"
                            "until [ -e ready ]; do sleep 0.05; done");
    _cleanup_free_ char *text = harness_read(harness, "out");
    assert_string_equal(text, "asked\n");
}

static void leftovers_that_ignore_it_are_killed(void **state) {
    struct harness *harness = *state;
    struct local_exit how = run_with_grace(
        harness,
        "sh -c 'trap \"\" TERM; touch ready; while [ -d $TEST ]; do sleep 0.05; done' &"
        "until [ -e ready ]; do sleep 0.05; done; exit 3",
        1);
    assert_int_equal(how.exit_code, 3);
    assert_int_equal(harness_count_processes(harness), 0);
}

static void cancelling_asks_first(void **state) {
    struct harness *harness = *state;
    struct local_exit how =
        cancel_when_ready(harness,
                          "trap 'echo saved; exit 6' TERM; touch ready; while [ -d "
                          "$TEST ]; do sleep 0.05; done",
                          60);
    assert_true(how.cancelled);
    assert_int_equal(how.exit_code, 6);
    _cleanup_free_ char *text = harness_read(harness, "out");
    assert_string_equal(text, "saved\n");
}

static void what_ignores_cancelling_is_killed(void **state) {
    struct harness *harness = *state;
    struct local_exit how = cancel_when_ready(
        harness, "trap '' TERM; touch ready; while [ -d $TEST ]; do sleep 0.05; done",
        1);
    assert_true(how.cancelled);
    assert_int_equal(how.signal, SIGKILL);
}

static void cancelling_reaches_every_descendant(void **state) {
    struct harness *harness = *state;
    struct local_exit how = cancel_when_ready(
        harness,
        "sleep 600 & setsid sleep 600 & (setsid sleep 600 &); (sleep 600 &);"
        "sh -c 'sh -c \"setsid sleep 600 & touch ready; wait\" & wait' & wait",
        60);
    assert_true(how.cancelled);
}

static void stopped_processes_are_ended(void **state) {
    struct harness *harness = *state;
    struct local_exit how = cancel_when_ready(
        harness, "sleep 600 & kill -STOP $!; touch ready; kill -STOP $$; sleep 600",
        60);
    assert_true(how.cancelled);
    assert_int_equal(how.signal, SIGTERM);
}

static void children_born_while_dying_are_ended(void **state) {
    struct harness *harness = *state;
    (void)cancel_when_ready(harness,
                            "trap 'setsid sleep 600 & sleep 600 & exit 1' TERM;"
                            "touch ready; while [ -d $TEST ]; do sleep 0.05; done",
                            1);
}

static void a_process_that_forks_all_the_time_is_ended(void **state) {
    struct harness *harness = *state;
    struct local_exit how = cancel_when_ready(
        harness,
        "trap '' TERM; n=0; while [ -d $TEST ]; do n=$((n + 1)); (sleep 600 & ) ; "
        "[ $n -eq 20 ] && touch ready; [ $n -gt 200 ] && sleep 1; done",
        1);
    assert_true(how.cancelled);
    assert_int_equal(how.signal, SIGKILL);
}

static void an_interrupt_is_a_cancellation(void **state) {
    struct harness *harness = *state;
    harness_start_shell(harness, "touch ready; exec sleep 600");
    harness_wait_file(harness, "ready");
    assert_int_equal(kill(harness_wait_started(harness).supervisor, SIGINT), 0);
    struct local_exit how = harness_end(harness);
    assert_true(how.cancelled);
    assert_int_equal(how.signal, SIGTERM);
}

static void hangups_and_other_signals_are_ignored(void **state) {
    struct harness *harness = *state;
    static const int ignored[] = {SIGHUP,  SIGQUIT, SIGUSR1, SIGUSR2, SIGPIPE,
                                  SIGALRM, SIGTSTP, SIGTTIN, SIGTTOU, SIGCHLD};
    harness_start_shell(harness, "until [ -e go ]; do sleep 0.05; done; exit 8");
    pid_t supervisor = harness_wait_started(harness).supervisor;
    for (size_t i = 0; i < sizeof ignored / sizeof ignored[0]; i++) {
        assert_int_equal(kill(supervisor, ignored[i]), 0);
    }
    harness_write(harness->work, "go", "");
    struct local_exit how = harness_end(harness);
    assert_int_equal(how.exit_code, 8);
    assert_false(how.cancelled);
}

static void cancelling_the_leftovers_does_not_change_how_it_ended(void **state) {
    struct harness *harness = *state;
    harness_start_shell(
        harness, "sh -c 'trap \"until [ -e go ]; do sleep 0.05; done; exit\" TERM;"
                 "touch stubborn; while [ -d $TEST ]; do sleep 0.05; done' &"
                 "until [ -e stubborn ]; do sleep 0.05; done; touch ready; exit 3");
    harness_wait_file(harness, "ready");
    struct local_started started = harness_wait_started(harness);
    harness_wait_gone(started.job);
    assert_int_equal(local_cancel(harness->run_dir), 0);
    harness_write(harness->work, "go", "");
    struct local_exit how = harness_end(harness);
    assert_int_equal(how.exit_code, 3);
    assert_false(how.cancelled);
}

static void the_supervisor_leaves_no_process_of_its_own(void **state) {
    struct harness *harness = *state;
    harness_start_shell(harness, "until [ -e go ]; do sleep 0.05; done");
    pid_t supervisor = harness_wait_started(harness).supervisor;
    assert_true(harness_process_exists(supervisor));
    harness_write(harness->work, "go", "");
    (void)harness_end(harness);
    /* Its parent is init, which may take a moment to bury it. */
    harness_wait_gone(supervisor);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        WITH_HARNESS(the_exit_status_is_kept),
        WITH_HARNESS(a_death_by_signal_is_told_apart),
        WITH_HARNESS(a_job_that_kills_itself_softly_is_not_cancelled),
        WITH_HARNESS(leftovers_in_the_background_are_ended),
        WITH_HARNESS(leftovers_in_sessions_of_their_own_are_ended),
        WITH_HARNESS(leftovers_are_asked_before_they_are_killed),
        WITH_HARNESS(leftovers_that_ignore_it_are_killed),
        WITH_HARNESS(cancelling_asks_first),
        WITH_HARNESS(what_ignores_cancelling_is_killed),
        WITH_HARNESS(cancelling_reaches_every_descendant),
        WITH_HARNESS(stopped_processes_are_ended),
        WITH_HARNESS(children_born_while_dying_are_ended),
        WITH_HARNESS(a_process_that_forks_all_the_time_is_ended),
        WITH_HARNESS(an_interrupt_is_a_cancellation),
        WITH_HARNESS(hangups_and_other_signals_are_ignored),
        WITH_HARNESS(cancelling_the_leftovers_does_not_change_how_it_ended),
        WITH_HARNESS(the_supervisor_leaves_no_process_of_its_own),
    };
    return cmocka_run_group_tests_name("supervisor: ending", tests, NULL, NULL);
}
