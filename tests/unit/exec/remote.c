/* Commands on a cluster: those of this machine, and of a host with a stand-in for ssh
 * that runs here what it is told, so that what only a broken way shows can be shown.
 * The real ssh is in tests/e2e/test_remote.py. */
#include "exec/remote.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/str.h"
#include "support/alloc_fault.h"
#include "support/scratch.h"

#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

struct answer {
    int times;
    enum remote_outcome outcome;
    int status;
    char out[4096], err[1024];
};

struct world {
    uv_loop_t loop;
    struct remote *remote;
    struct answer answer;
    char *folder;
};

static void on_done(void *arg, enum remote_outcome outcome, int status,
                    const struct buf *out, const struct buf *err) {
    struct answer *answer = arg;
    answer->times++;
    answer->outcome = outcome;
    answer->status = status;
    (void)snprintf(answer->out, sizeof answer->out, "%.*s", (int)buf_len(out),
                   buf_bytes(out));
    (void)snprintf(answer->err, sizeof answer->err, "%.*s", (int)buf_len(err),
                   buf_bytes(err));
}

/* By so much the clock on the wall was set back. */
static int64_t set_back_ms;

int64_t __wrap_clock_realtime_ms(void);
int64_t __real_clock_realtime_ms(void);
int64_t __wrap_clock_realtime_ms(void) {
    return __real_clock_realtime_ms() - set_back_ms;
}

static int setup(void **state) {
    struct world *world = calloc(1, sizeof *world);
    (void)signal(SIGPIPE, SIG_IGN);
    set_back_ms = 0;
    assert_int_equal(uv_loop_init(&world->loop), 0);
    world->folder = scratch_make();
    assert_int_equal(setenv("XDG_RUNTIME_DIR", world->folder, 1), 0);
    *state = world;
    return 0;
}

static int teardown(void **state) {
    struct world *world = *state;
    remote_close(world->remote);
    (void)uv_run(&world->loop, UV_RUN_DEFAULT);
    assert_true(!world->remote || remote_is_closed(world->remote));
    remote_free(world->remote);
    assert_int_equal(uv_loop_close(&world->loop), 0);
    (void)scratch_remove(world->folder);
    free(world);
    return 0;
}

static void use(struct world *world, const char *ssh, const char *host) {
    const struct remote_spec spec = {.ssh_command = ssh, .host = host, .pause_ms = 1};
    assert_int_equal(remote_new(&world->remote, &world->loop, &spec), 0);
}

static struct answer run(struct world *world, const struct remote_command *command) {
    world->answer = (struct answer){.times = 0};
    assert_int_equal(remote_run(world->remote, command, on_done, &world->answer, NULL),
                     0);
    assert_int_equal(world->answer.times, 0);
    while (world->answer.times == 0) {
        (void)uv_run(&world->loop, UV_RUN_ONCE);
    }
    return world->answer;
}

#define WORDS(...) ((const char *const[]){__VA_ARGS__, NULL})

static void a_command_answers_with_output_and_status(void **state) {
    struct world *world = *state;
    use(world, "ssh", NULL);
    struct answer answer =
        run(world, &(struct remote_command){
                       .argv = WORDS("sh", "-c", "echo out; echo err >&2; exit 7")});
    assert_int_equal(answer.outcome, REMOTE_RAN);
    assert_int_equal(answer.status, 7);
    assert_string_equal(answer.out, "out\n");
    assert_string_equal(answer.err, "err\n");
}

static void what_is_given_is_its_standard_input(void **state) {
    struct world *world = *state;
    use(world, "ssh", NULL);
    struct answer answer =
        run(world,
            &(struct remote_command){.argv = WORDS("cat"), .in = "a\nb", .in_len = 3});
    assert_string_equal(answer.out, "a\nb");
}

static void one_that_does_not_read_does_no_harm(void **state) {
    struct world *world = *state;
    use(world, "ssh", NULL);
    _cleanup_free_ char *much = calloc(1, 300000);
    struct answer answer = run(
        world, &(struct remote_command){.argv = WORDS("sh", "-c", "exec <&-; echo yes"),
                                        .in = much,
                                        .in_len = 300000});
    assert_string_equal(answer.out, "yes\n");
}

static void a_program_that_is_not_there_is_told_as_by_a_shell(void **state) {
    struct world *world = *state;
    use(world, "ssh", NULL);
    struct answer answer =
        run(world, &(struct remote_command){.argv = WORDS("crystalmath-no-such")});
    assert_int_equal(answer.outcome, REMOTE_RAN);
    assert_int_equal(answer.status, 127);
    assert_string_equal(answer.err, "crystalmath-no-such: not found\n");
}

static void a_signal_counts_from_128(void **state) {
    struct world *world = *state;
    use(world, "ssh", NULL);
    struct answer answer = run(
        world, &(struct remote_command){.argv = WORDS("sh", "-c", "kill -TERM $$")});
    assert_int_equal(answer.status, 128 + SIGTERM);
}

static void an_answer_that_is_too_long_is_cut_and_its_program_killed(void **state) {
    struct world *world = *state;
    use(world, "ssh", NULL);
    struct answer answer =
        run(world, &(struct remote_command){.argv = WORDS("yes"), .out_max = 5});
    assert_int_equal(answer.outcome, REMOTE_TOO_LONG);
    assert_string_equal(answer.out, "y\ny\ny");
}

/* Whether the program and what it started are gone: the pipe that they hold is. */
static void one_that_takes_too_long_is_killed_with_its_process_group(void **state) {
    struct world *world = *state;
    use(world, "ssh", NULL);
    _cleanup_free_ char *fifo = NULL;
    assert_int_equal(str_printf(&fifo, "%s/fifo", world->folder), 0);
    assert_int_equal(mkfifo(fifo, 0600), 0);
    FILE *held = fopen(fifo, "r+");
    struct answer answer =
        run(world,
            &(struct remote_command){
                .argv = WORDS("sh", "-c", "exec 9>\"$1\"; echo here; sleep 600 & wait",
                              "sh", fifo),
                .deadline_ms = 300});
    assert_int_equal(answer.outcome, REMOTE_TIMED_OUT);
    FILE *reader = fopen(fifo, "r");
    (void)fclose(held);
    assert_int_equal(fgetc(reader), EOF);
    (void)fclose(reader);
    (void)uv_run(&world->loop, UV_RUN_NOWAIT);
}

static void nobody_is_told_of_a_cancelled_one(void **state) {
    struct world *world = *state;
    use(world, "ssh", NULL);
    struct remote_call *waits = NULL;
    struct remote_call *runs = NULL;
    struct answer never = {.times = 0};
    const struct remote_command sleeps = {.argv = WORDS("sleep", "600")};
    assert_int_equal(remote_run(world->remote, &sleeps, on_done, &never, &runs), 0);
    (void)run(world, &(struct remote_command){.argv = WORDS("true")});
    assert_int_equal(remote_run(world->remote, &sleeps, on_done, &never, &waits), 0);
    assert_null(remote_call_cancel(waits));
    assert_null(remote_call_cancel(runs));
    assert_null(remote_call_cancel(NULL));
    remote_close(world->remote);
    (void)uv_run(&world->loop, UV_RUN_DEFAULT);
    assert_int_equal(never.times, 0);
}

static void many_are_run_some_at_a_time(void **state) {
    struct world *world = *state;
    use(world, "ssh", NULL);
    struct answer answers[40] = {{.times = 0}};
    for (size_t i = 0; i < 40; i++) {
        assert_int_equal(remote_run(world->remote,
                                    &(struct remote_command){.argv = WORDS("true")},
                                    on_done, &answers[i], NULL),
                         0);
    }
    for (size_t i = 0; i < 40; i++) {
        while (answers[i].times == 0) {
            (void)uv_run(&world->loop, UV_RUN_ONCE);
        }
        assert_int_equal(answers[i].outcome, REMOTE_RAN);
    }
}

/* ---- with a stand-in for ssh ---- */

/* It says its line and fails, whatever it is asked. */
static char *failing_ssh(const struct world *world, const char *line) {
    char *path = NULL;
    assert_int_equal(str_printf(&path, "%s/ssh", world->folder), 0);
    FILE *file = fopen(path, "w");
    (void)fprintf(file,
                  "#!/bin/sh\necho x >>%s/tries\necho 'Welcome' >&2\necho '%s' >&2\n"
                  "exit 255\n",
                  world->folder, line);
    (void)fclose(file);
    (void)chmod(path, 0700);
    return path;
}

static long n_tries(const struct world *world) {
    _cleanup_free_ char *path = NULL;
    struct stat st = {.st_size = 0};
    assert_int_equal(str_printf(&path, "%s/tries", world->folder), 0);
    (void)stat(path, &st);
    return (long)st.st_size / 2;
}

static void a_host_that_is_not_there_is_tried_again_after_a_pause(void **state) {
    struct world *world = *state;
    _cleanup_free_ char *ssh = failing_ssh(world, "ssh: No route to host");
    use(world, ssh, "login1");
    assert_int_equal(remote_status(world->remote).state, REMOTE_UNKNOWN);
    const struct remote_command command = {.argv = WORDS("true")};
    struct answer answer = run(world, &command);
    assert_int_equal(answer.outcome, REMOTE_UNREACHABLE);
    assert_string_equal(answer.err, "ssh: No route to host");
    struct remote_status status = remote_status(world->remote);
    assert_int_equal(status.state, REMOTE_LOST);
    assert_string_equal(status.why, "ssh: No route to host");
    assert_true(status.next_ms > 0);
    /* The pauses of this test are short: the answers themselves wait for the tries. */
    while (remote_status(world->remote).tries < 4) {
        (void)run(world, &command);
    }
    assert_int_equal(n_tries(world), remote_status(world->remote).tries);
}

static void a_clock_that_is_set_back_makes_no_pause_longer(void **state) {
    struct world *world = *state;
    _cleanup_free_ char *ssh = failing_ssh(world, "ssh: No route to host");
    use(world, ssh, "login1");
    const struct remote_command command = {.argv = WORDS("true")};
    (void)run(world, &command);
    set_back_ms = INT64_C(24) * 60 * 60 * 1000;
    assert_int_equal(remote_run(world->remote, &command, on_done, &world->answer, NULL),
                     0);
    for (int i = 0; i < 5000 && n_tries(world) < 2; i++) {
        (void)uv_run(&world->loop, UV_RUN_NOWAIT);
        (void)usleep(1000);
    }
    assert_int_equal(n_tries(world), 2);
}

static void
one_that_wants_a_login_is_not_tried_again_before_somebody_asks(void **state) {
    struct world *world = *state;
    _cleanup_free_ char *ssh =
        failing_ssh(world, "me@login1: Permission denied (publickey,password).");
    use(world, ssh, "login1");
    const struct remote_command command = {.argv = WORDS("true")};
    for (size_t i = 0; i < 5; i++) {
        assert_int_equal(run(world, &command).outcome, REMOTE_UNREACHABLE);
    }
    struct remote_status status = remote_status(world->remote);
    assert_int_equal(status.state, REMOTE_NEEDS_LOGIN);
    assert_int_equal(status.next_ms, 0);
    assert_int_equal(n_tries(world), 1);
    remote_retry(world->remote);
    (void)run(world, &command);
    assert_int_equal(n_tries(world), 2);
    remote_retry(world->remote);
    remote_hold(world->remote, 600000);
    (void)run(world, &command);
    assert_int_equal(n_tries(world), 2);
}

static void no_ssh_here_is_said(void **state) {
    struct world *world = *state;
    use(world, "/nonexistent/ssh", "login1");
    struct answer answer = run(world, &(struct remote_command){.argv = WORDS("true")});
    assert_int_equal(answer.outcome, REMOTE_UNREACHABLE);
    assert_string_equal(answer.err,
                        "/nonexistent/ssh could not be run: No such file or directory");
}

static void what_is_asked_here_does_not_go_to_the_host(void **state) {
    struct world *world = *state;
    use(world, "/nonexistent/ssh", "login1");
    struct answer answer =
        run(world, &(struct remote_command){.argv = WORDS("echo", "x"), .here = true});
    assert_string_equal(answer.out, "x\n");
    assert_int_equal(remote_status(world->remote).tries, 0);
}

static void changed(void *arg) {
    ++*(int *)arg;
}

static void a_change_of_state_is_told(void **state) {
    struct world *world = *state;
    _cleanup_free_ char *ssh = failing_ssh(world, "ssh: No route to host");
    const struct remote_spec spec = {
        .ssh_command = ssh, .host = "login1", .pause_ms = 600000};
    int times = 0;
    assert_int_equal(remote_new(&world->remote, &world->loop, &spec), 0);
    remote_watch(world->remote, changed, &times);
    (void)run(world, &(struct remote_command){.argv = WORDS("true")});
    assert_int_equal(times, 1);
}

static void a_host_that_is_an_option_is_refused(void **state) {
    struct world *world = *state;
    const struct remote_spec spec = {.ssh_command = "ssh", .host = "-oProxyCommand=x"};
    struct remote *remote = NULL;
    assert_int_equal(remote_new(&remote, &world->loop, &spec), -EINVAL);
    assert_null(remote);
    assert_null(remote_free(NULL));
    remote_close(NULL);
}

static void a_call_is_told_when_there_is_nobody_to_answer_any_more(void **state) {
    struct world *world = *state;
    const struct remote_spec spec = {.ssh_command = "ssh", .host = ""};
    const struct remote_command waits = {.argv = WORDS("sleep", "1000")};
    struct remote *remote = NULL;
    struct answer first = {.times = 0};
    struct answer second = {.times = 0};
    assert_int_equal(remote_new(&remote, &world->loop, &spec), 0);
    assert_int_equal(remote_run(remote, &waits, on_done, &first, NULL), 0);
    (void)uv_run(&world->loop, UV_RUN_ONCE);
    assert_int_equal(remote_run(remote, &waits, on_done, &second, NULL), 0);
    remote_close(remote);
    assert_int_equal(first.times, 1);
    assert_int_equal(first.outcome, REMOTE_UNREACHABLE);
    assert_int_equal(second.times, 1);
    assert_int_equal(remote_run(remote, &waits, on_done, &second, NULL), -ESHUTDOWN);
    (void)uv_run(&world->loop, UV_RUN_DEFAULT);
    assert_true(remote_is_closed(remote));
    assert_int_equal(first.times + second.times, 2);
    (void)remote_free(remote);
}

static int make(void *data) {
    struct world *world = data;
    const struct remote_spec spec = {.ssh_command = "ssh", .host = "login1"};
    struct remote *remote = NULL;
    int r = remote_new(&remote, &world->loop, &spec);
    if (r < 0) {
        return r;
    }
    const struct remote_command command = {
        .argv = WORDS("true"), .in = "abc", .in_len = 3};
    struct answer answer = {.times = 0};
    r = remote_run(remote, &command, on_done, &answer, NULL);
    remote_close(remote);
    (void)uv_run(&world->loop, UV_RUN_DEFAULT);
    remote_free(remote);
    return r;
}

static void memory_that_runs_out_is_told(void **state) {
    assert_true(alloc_fault_sweep(make, *state, -ENOMEM) > 4);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(a_command_answers_with_output_and_status),
        TEST(what_is_given_is_its_standard_input),
        TEST(one_that_does_not_read_does_no_harm),
        TEST(a_program_that_is_not_there_is_told_as_by_a_shell),
        TEST(a_signal_counts_from_128),
        TEST(an_answer_that_is_too_long_is_cut_and_its_program_killed),
        TEST(one_that_takes_too_long_is_killed_with_its_process_group),
        TEST(nobody_is_told_of_a_cancelled_one),
        TEST(many_are_run_some_at_a_time),
        TEST(a_host_that_is_not_there_is_tried_again_after_a_pause),
        TEST(a_clock_that_is_set_back_makes_no_pause_longer),
        TEST(one_that_wants_a_login_is_not_tried_again_before_somebody_asks),
        TEST(no_ssh_here_is_said),
        TEST(what_is_asked_here_does_not_go_to_the_host),
        TEST(a_change_of_state_is_told),
        TEST(a_host_that_is_an_option_is_refused),
        TEST(a_call_is_told_when_there_is_nobody_to_answer_any_more),
        TEST(memory_that_runs_out_is_told),
    };
    return cmocka_run_group_tests_name("remote", tests, NULL, NULL);
}
