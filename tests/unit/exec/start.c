/* local_start: what it makes, what it refuses, and that nobody is needed afterwards. */
#include "exec/harness.h"

#include "base/cleanup.h"
#include "base/path.h"
#include "support/alloc_fault.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

static char *const run_true[] = {(char *)"true", NULL};

static size_t open_descriptors(void) {
    DIR *dir = opendir("/proc/self/fd");
    assert_non_null(dir);
    size_t count = 0;
    while (readdir(dir)) {
        count++;
    }
    (void)closedir(dir);
    return count;
}

static void the_run_folder_is_private_and_holds_lock_and_fifo(void **state) {
    struct harness *harness = *state;
    harness_start_shell(harness, ":");
    struct stat st;
    assert_int_equal(stat(harness->run_dir, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0700);
    assert_true(harness_exists(harness->run_dir, "lock"));
    assert_true(harness_exists(harness->run_dir, "alive"));
    (void)harness_end(harness);
}

static void the_fifo_is_nonblocking_and_not_inherited(void **state) {
    struct harness *harness = *state;
    harness_start_shell(harness, ":");
    assert_true(fcntl(harness->alive, F_GETFL) & O_NONBLOCK);
    assert_true(fcntl(harness->alive, F_GETFD) & FD_CLOEXEC);
    (void)harness_end(harness);
}

static void no_child_and_no_descriptor_is_left_to_the_caller(void **state) {
    struct harness *harness = *state;
    size_t before = open_descriptors();
    harness_start_shell(harness, "sleep 600");
    assert_int_equal(open_descriptors(), before + 1);
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
    assert_int_equal(errno, ECHILD);
}

static void a_running_job_is_not_started_again(void **state) {
    struct harness *harness = *state;
    harness_start_shell(harness, "sleep 600");
    struct local_spec spec = harness_spec(harness, run_true);
    struct errmsg msg = ERRMSG_NULL;
    int fd = -1;
    assert_int_equal(local_start(&spec, &fd, &msg), LOCAL_E_ALREADY);
    assert_int_equal(fd, -1);
    assert_non_null(strstr(msg.text, harness->run_dir));
}

static void an_ended_job_is_not_started_again(void **state) {
    struct harness *harness = *state;
    (void)harness_run_shell(harness, ":");
    struct local_spec spec = harness_spec(harness, run_true);
    int fd = -1;
    assert_int_equal(local_start(&spec, &fd, NULL), LOCAL_E_ALREADY);
    assert_int_equal(fd, -1);
}

static void what_an_interrupted_start_left_is_used(void **state) {
    struct harness *harness = *state;
    harness_write(harness->run_dir, "lock", "");
    char path[512];
    (void)snprintf(path, sizeof path, "%s/alive", harness->run_dir);
    assert_int_equal(mkfifo(path, 0600), 0);
    assert_int_equal(harness_run_shell(harness, "exit 3").exit_code, 3);
}

static void a_file_in_the_place_of_the_fifo_is_refused(void **state) {
    struct harness *harness = *state;
    harness_write(harness->run_dir, "alive", "not a fifo");
    struct local_spec spec = harness_spec(harness, run_true);
    struct errmsg msg = ERRMSG_NULL;
    int fd = -1;
    assert_int_equal(local_start(&spec, &fd, &msg), -EEXIST);
    assert_int_equal(fd, -1);
    assert_non_null(strstr(msg.text, "alive"));
}

static void relative_paths_and_empty_commands_are_refused(void **state) {
    struct harness *harness = *state;
    char *const nothing[] = {NULL};
    struct local_spec relative_run = harness_spec(harness, run_true);
    struct local_spec relative_dir = relative_run;
    struct local_spec no_command = harness_spec(harness, nothing);
    relative_run.run_dir = "runs/7";
    relative_dir.directory = "work";
    int fd = -1;
    assert_int_equal(local_start(&relative_run, &fd, NULL), -EINVAL);
    assert_int_equal(local_start(&relative_dir, &fd, NULL), -EINVAL);
    assert_int_equal(local_start(&no_command, &fd, NULL), -EINVAL);
    assert_false(harness_exists(harness->root, "runs"));
}

static void a_missing_supervisor_is_named(void **state) {
    struct harness *harness = *state;
    struct local_spec spec = harness_spec(harness, run_true);
    spec.supervisor_program = "/nowhere/crystalmath-supervisor";
    struct errmsg msg = ERRMSG_NULL;
    int fd = -1;
    assert_int_equal(local_start(&spec, &fd, &msg), -ENOENT);
    assert_non_null(strstr(msg.text, "/nowhere/crystalmath-supervisor"));
    assert_non_null(strstr(msg.text, "No such file"));
}

static void a_supervisor_that_fails_at_once_is_told(void **state) {
    struct harness *harness = *state;
    struct local_spec spec = harness_spec(harness, run_true);
    _cleanup_free_ char *program = NULL;
    assert_int_equal(path_find_executable(&program, "false", getenv("PATH")), 0);
    spec.supervisor_program = program;
    struct errmsg msg = ERRMSG_NULL;
    int fd = -1;
    assert_int_equal(local_start(&spec, &fd, &msg), -ECHILD);
    assert_non_null(strstr(msg.text, "status 1"));
    assert_int_equal(local_attach(harness->run_dir, &fd), LOCAL_NEVER_STARTED);
}

static void a_failed_start_can_be_repeated(void **state) {
    struct harness *harness = *state;
    struct local_spec spec = harness_spec(harness, run_true);
    spec.supervisor_program = "/nowhere/crystalmath-supervisor";
    int fd = -1;
    assert_int_equal(local_start(&spec, &fd, NULL), -ENOENT);
    assert_int_equal(harness_run_shell(harness, "exit 4").exit_code, 4);
}

static void a_run_folder_that_cannot_be_made_is_named(void **state) {
    struct harness *harness = *state;
    harness_write(harness->root, "runs", "a file, not a folder");
    struct local_spec spec = harness_spec(harness, run_true);
    struct errmsg msg = ERRMSG_NULL;
    int fd = -1;
    assert_int_equal(local_start(&spec, &fd, &msg), -ENOTDIR);
    assert_non_null(strstr(msg.text, harness->run_dir));
}

static void an_environment_beyond_the_systems_limit_is_explained(void **state) {
    struct harness *harness = *state;
    /* Under valgrind posix_spawn does not report why exec failed. */
    const char *preload = getenv("LD_PRELOAD");
    if (preload && strstr(preload, "vgpreload")) {
        print_message("# not tested under valgrind\n");
        return;
    }
    enum { TOO_LONG = 3 * 1024 * 1024 };
    _cleanup_free_ char *huge = malloc(TOO_LONG + 1);
    assert_non_null(huge);
    memset(huge, 'x', TOO_LONG);
    huge[TOO_LONG] = '\0';
    char *argv[] = {(char *)"true", huge, NULL};
    struct local_spec spec = harness_spec(harness, argv);
    struct errmsg msg = ERRMSG_NULL;
    int fd = -1;
    assert_int_equal(local_start(&spec, &fd, &msg), -E2BIG);
    assert_non_null(strstr(msg.text, "ARG_MAX"));
}

static void a_caller_that_ignores_sigchld_can_start_jobs(void **state) {
    struct harness *harness = *state;
    void (*before)(int) = signal(SIGCHLD, SIG_IGN);
    struct local_exit how = harness_run_shell(harness, "exit 5");
    (void)signal(SIGCHLD, before);
    assert_int_equal(how.exit_code, 5);
}

static void low_descriptors_in_use_do_not_matter(void **state) {
    struct harness *harness = *state;
    /* With these free, lock and FIFO get just the numbers that they have in the
     * supervisor, and the other way round. */
    int low[8];
    for (size_t i = 0; i < 8; i++) {
        low[i] = open("/dev/null", O_RDONLY | O_CLOEXEC);
    }
    for (size_t i = 8; i > 0; i--) {
        (void)close(low[i - 1]);
    }
    assert_int_equal(harness_run_shell(harness, "exit 6").exit_code, 6);
}

static int start_and_exit(struct harness *harness) {
    char *argv[] = {(char *)"sh", (char *)"-c",
                    (char *)"until [ -e go ]; do sleep 0.05; done; exit 9", NULL};
    struct local_spec spec = harness_spec(harness, argv);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        int fd = -1;
        _exit(local_start(&spec, &fd, NULL) == 0 ? 0 : 1);
    }
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return status;
}

static void the_starter_may_die_at_once(void **state) {
    struct harness *harness = *state;
    assert_int_equal(start_and_exit(harness), 0);
    assert_int_equal(local_attach(harness->run_dir, &harness->alive), LOCAL_RUNNING);
    harness_write(harness->work, "go", "");
    assert_int_equal(harness_end(harness).exit_code, 9);
}

static void jobs_started_together_do_not_mix(void **state) {
    struct harness *harness = *state;
    enum { MANY = 20 };
    int alive[MANY];
    for (int i = 0; i < MANY; i++) {
        char script[64];
        char out[16];
        (void)snprintf(script, sizeof script, "echo %d; exit %d", i, i);
        (void)snprintf(out, sizeof out, "out%d", i);
        char *argv[] = {(char *)"sh", (char *)"-c", script, NULL};
        harness_next_run(harness, "many", i);
        struct local_spec spec = harness_spec(harness, argv);
        spec.output = out;
        spec.error_output = NULL;
        assert_int_equal(local_start(&spec, &alive[i], NULL), 0);
    }
    for (int i = 0; i < MANY; i++) {
        char out[16];
        char expected[16];
        (void)snprintf(out, sizeof out, "out%d", i);
        (void)snprintf(expected, sizeof expected, "%d\n", i);
        harness_next_run(harness, "many", i);
        harness->alive = alive[i];
        assert_int_equal(harness_end(harness).exit_code, i);
        _cleanup_free_ char *text = harness_read(harness, out);
        assert_string_equal(text, expected);
    }
}

static int attempt_start(void *data) {
    struct harness *harness = data;
    struct local_spec spec = harness_spec(harness, run_true);
    return local_start(&spec, &harness->alive, NULL);
}

static void memory_failure_starts_nothing(void **state) {
    struct harness *harness = *state;
    assert_true(alloc_fault_sweep(attempt_start, harness, -ENOMEM) > 0);
    assert_int_equal(harness_end(harness).exit_code, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        WITH_HARNESS(the_run_folder_is_private_and_holds_lock_and_fifo),
        WITH_HARNESS(the_fifo_is_nonblocking_and_not_inherited),
        WITH_HARNESS(no_child_and_no_descriptor_is_left_to_the_caller),
        WITH_HARNESS(a_running_job_is_not_started_again),
        WITH_HARNESS(an_ended_job_is_not_started_again),
        WITH_HARNESS(what_an_interrupted_start_left_is_used),
        WITH_HARNESS(a_file_in_the_place_of_the_fifo_is_refused),
        WITH_HARNESS(relative_paths_and_empty_commands_are_refused),
        WITH_HARNESS(a_missing_supervisor_is_named),
        WITH_HARNESS(a_supervisor_that_fails_at_once_is_told),
        WITH_HARNESS(a_failed_start_can_be_repeated),
        WITH_HARNESS(a_run_folder_that_cannot_be_made_is_named),
        WITH_HARNESS(an_environment_beyond_the_systems_limit_is_explained),
        WITH_HARNESS(a_caller_that_ignores_sigchld_can_start_jobs),
        WITH_HARNESS(low_descriptors_in_use_do_not_matter),
        WITH_HARNESS(the_starter_may_die_at_once),
        WITH_HARNESS(jobs_started_together_do_not_mix),
        WITH_HARNESS(memory_failure_starts_nothing),
    };
    return cmocka_run_group_tests_name("exec: start", tests, NULL, NULL);
}
