/* The command line as somebody meets it who calls the program by hand. */
#include "exec/harness.h"

#include "base/buf.h"
#include "base/cleanup.h"

#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MAX_ARGS = 24 };

/* Run the program with arguments divided by blanks; its output and its exit status. */
static int run(const char *arguments, struct buf *output) {
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    char *program = getenv("CRYSTALMATH_SUPERVISOR");
    assert_non_null(program);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        char *copy = strdup(arguments);
        char *argv[MAX_ARGS] = {program};
        int n = 1;
        for (char *word = strtok(copy, " "); word && n < MAX_ARGS - 1;
             word = strtok(NULL, " ")) {
            argv[n++] = word;
        }
        (void)dup2(ends[1], STDOUT_FILENO);
        (void)dup2(ends[1], STDERR_FILENO);
        (void)execv(program, argv);
        _exit(99);
    }
    (void)close(ends[1]);
    char piece[1024];
    ssize_t n;
    while ((n = read(ends[0], piece, sizeof piece)) > 0) {
        assert_int_equal(buf_append(output, piece, (size_t)n), 0);
    }
    assert_int_equal(buf_append(output, "", 1), 0);
    (void)close(ends[0]);
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static void assert_refused(const char *arguments, const char *because) {
    _cleanup_buf_ struct buf output = BUF_NULL;
    assert_int_equal(run(arguments, &output), 2);
    if (!strstr(buf_bytes(&output), because)) {
        fail_msg("%s: '%s' does not say '%s'", arguments, buf_bytes(&output), because);
    }
    assert_non_null(strstr(buf_bytes(&output), "usage: crystalmath-supervisor"));
}

static void help_and_version_are_shown(void **state) {
    (void)state;
    _cleanup_buf_ struct buf help = BUF_NULL;
    _cleanup_buf_ struct buf version = BUF_NULL;
    assert_int_equal(run("--help", &help), 0);
    assert_non_null(strstr(buf_bytes(&help), "--record DIR"));
    assert_int_equal(run("--version", &version), 0);
    assert_string_equal(buf_bytes(&version),
                        "crystalmath-supervisor " CRYSTALMATH_VERSION "\n");
}

static void every_option_a_job_depends_on_is_required(void **state) {
    (void)state;
    assert_refused("", "--record is missing");
    assert_refused("--record /x", "--lock-fd is missing");
    assert_refused("--record /x --lock-fd 9", "not an open descriptor");
    assert_refused("--record /x --cwd / --output o -- true", "--lock-fd is missing");
}

static void nonsense_is_named(void **state) {
    (void)state;
    assert_refused("--lock-fd two", "--lock-fd is 'two'");
    assert_refused("--lock-fd 1", "--lock-fd is '1'");
    assert_refused("--umask 9", "--umask is '9'");
    assert_refused("--umask 00022", "--umask is '00022'");
    assert_refused("--grace -1", "--grace is '-1'");
    assert_refused("--grace 1.5", "--grace is '1.5'");
    assert_refused("--time-limit 0", "--time-limit is '0'");
    assert_refused("--frobnicate", "unknown");
    assert_refused("--record", "argument");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(help_and_version_are_shown),
        cmocka_unit_test(every_option_a_job_depends_on_is_required),
        cmocka_unit_test(nonsense_is_named),
    };
    return cmocka_run_group_tests_name("supervisor: command line", tests, NULL, NULL);
}
