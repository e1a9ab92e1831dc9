/* What a job finds when it starts, and what is said when it cannot. */
#include "exec/harness.h"

#include "base/cleanup.h"
#include "base/str.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static struct local_exit run(struct harness *harness, const struct local_spec *spec) {
    harness_start(harness, spec);
    return harness_end(harness);
}

static void assert_output(const struct harness *harness, const char *name,
                          const char *expected) {
    _cleanup_free_ char *text = harness_read(harness, name);
    assert_string_equal(text, expected);
}

static void assert_told(const struct local_exit *how, const char *what) {
    if (!strstr(how->error.text, what)) {
        fail_msg("'%s' does not say '%s'", how->error.text, what);
    }
    assert_int_equal(how->exit_code, -1);
    assert_int_equal(how->signal, 0);
}

static void assert_stage(const struct local_exit *how, const char *stage, int code) {
    assert_string_equal(how->stage, stage);
    assert_int_equal(how->error_code, code);
}

static void a_start_that_went_well_has_no_stage(void **state) {
    struct harness *harness = *state;
    struct local_exit how = harness_run_shell(harness, "exit 127");
    assert_stage(&how, "", 0);
    assert_int_equal(how.exit_code, 127);
}

static void output_and_errors_go_to_their_files(void **state) {
    struct harness *harness = *state;
    struct local_exit how = harness_run_shell(harness, "echo one; echo two >&2");
    assert_int_equal(how.exit_code, 0);
    assert_output(harness, "out", "one\n");
    assert_output(harness, "err", "two\n");
}

static void without_a_file_errors_go_with_the_output(void **state) {
    struct harness *harness = *state;
    char *argv[] = {(char *)"sh", (char *)"-c",
                    (char *)"echo one; echo two >&2; echo three", NULL};
    struct local_spec spec = harness_spec(harness, argv);
    spec.error_output = NULL;
    (void)run(harness, &spec);
    assert_output(harness, "out", "one\ntwo\nthree\n");
}

static void one_file_for_both_keeps_all_lines(void **state) {
    struct harness *harness = *state;
    char *argv[] = {(char *)"sh", (char *)"-c",
                    (char *)"echo one; echo two >&2; echo three", NULL};
    struct local_spec spec = harness_spec(harness, argv);
    spec.error_output = "out";
    (void)run(harness, &spec);
    assert_output(harness, "out", "one\ntwo\nthree\n");
}

static void an_empty_file_for_both_stays(void **state) {
    struct harness *harness = *state;
    char *argv[] = {(char *)"true", NULL};
    struct local_spec spec = harness_spec(harness, argv);
    spec.error_output = "out";
    (void)run(harness, &spec);
    assert_output(harness, "out", "");
}

static void files_of_an_earlier_run_are_made_empty(void **state) {
    struct harness *harness = *state;
    harness_write(harness->work, "out", "old and long output\n");
    harness_write(harness->work, "err", "old and long errors\n");
    (void)harness_run_shell(harness, "echo new; echo new >&2");
    assert_output(harness, "out", "new\n");
    assert_output(harness, "err", "new\n");
}

static void output_is_appended_to_wherever_the_end_is(void **state) {
    struct harness *harness = *state;
    (void)harness_run_shell(harness, "echo one; : > out; echo two");
    assert_output(harness, "out", "two\n");
}

static void an_empty_error_file_is_removed(void **state) {
    struct harness *harness = *state;
    (void)harness_run_shell(harness, "test -e err && echo was there");
    assert_output(harness, "out", "was there\n");
    assert_false(harness_exists(harness->work, "err"));
}

static void an_empty_output_file_stays(void **state) {
    struct harness *harness = *state;
    (void)harness_run_shell(harness, ":");
    assert_output(harness, "out", "");
}

static void absolute_output_paths_are_used_as_they_are(void **state) {
    struct harness *harness = *state;
    char *argv[] = {(char *)"echo", (char *)"there", NULL};
    char path[512];
    (void)snprintf(path, sizeof path, "%s/elsewhere", harness->root);
    struct local_spec spec = harness_spec(harness, argv);
    spec.output = path;
    (void)run(harness, &spec);
    assert_output(harness, "../elsewhere", "there\n");
}

static void the_job_runs_in_its_folder(void **state) {
    struct harness *harness = *state;
    (void)harness_run_shell(harness, "pwd -P; cd /proc/self/cwd");
    _cleanup_free_ char *expected = NULL;
    char resolved[4096];
    assert_non_null(realpath(harness->work, resolved));
    assert_int_equal(str_printf(&expected, "%s\n", resolved), 0);
    assert_output(harness, "out", expected);
}

static void the_environment_is_the_jobs_and_the_run_folders_name(void **state) {
    struct harness *harness = *state;
    char *argv[] = {(char *)"/usr/bin/env", NULL};
    char *env[] = {(char *)"OMP_NUM_THREADS=2", (char *)"ODD=a b\"c'd", NULL};
    struct local_spec spec = harness_spec(harness, argv);
    spec.env = env;
    (void)run(harness, &spec);
    _cleanup_free_ char *expected = NULL;
    assert_int_equal(str_printf(&expected,
                                "OMP_NUM_THREADS=2\nODD=a b\"c'd\nCRYSTALMATH_RUN=%s\n",
                                harness->run_dir),
                     0);
    assert_output(harness, "out", expected);
}

static void the_umask_is_the_jobs(void **state) {
    struct harness *harness = *state;
    char *argv[] = {(char *)"sh", (char *)"-c", (char *)"umask", NULL};
    struct local_spec spec = harness_spec(harness, argv);
    spec.umask = 027;
    (void)run(harness, &spec);
    assert_output(harness, "out", "0027\n");
    char path[512];
    (void)snprintf(path, sizeof path, "%s/out", harness->work);
    struct stat st;
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0640);
}

static void a_negative_umask_is_the_callers(void **state) {
    struct harness *harness = *state;
    char *argv[] = {(char *)"sh", (char *)"-c", (char *)"umask", NULL};
    struct local_spec spec = harness_spec(harness, argv);
    spec.umask = -1;
    mode_t before = umask(0035);
    harness_start(harness, &spec);
    (void)umask(before);
    (void)harness_end(harness);
    assert_output(harness, "out", "0035\n");
}

static void standard_input_is_empty(void **state) {
    struct harness *harness = *state;
    struct local_exit how = harness_run_shell(harness, "cat; exit 5");
    assert_int_equal(how.exit_code, 5);
    assert_output(harness, "out", "");
}

static void no_other_descriptor_is_inherited(void **state) {
    struct harness *harness = *state;
    char *argv[] = {(char *)"ls", (char *)"/proc/self/fd", NULL};
    struct local_spec spec = harness_spec(harness, argv);
    int leaked = dup(STDIN_FILENO);
    assert_true(leaked > 2);
    (void)run(harness, &spec);
    (void)close(leaked);
    /* The fourth is the one ls reads the folder with. */
    assert_output(harness, "out", "0\n1\n2\n3\n");
}

/* Of a line of /proc/PID/status. Two signals belong to the C library, which lets nobody
 * change them. */
static unsigned long long signal_set(const char *status, const char *name) {
    enum { LIBRARY_FIRST = 32, LIBRARY_LAST = 33 };
    const char *line = strstr(status, name);
    assert_non_null(line);
    unsigned long long set = strtoull(line + strlen(name), NULL, 16);
    for (int number = LIBRARY_FIRST; number <= LIBRARY_LAST; number++) {
        set &= ~(1ULL << (number - 1));
    }
    return set;
}

static void no_signal_is_blocked_or_ignored(void **state) {
    struct harness *harness = *state;
    char *argv[] = {(char *)"cat", (char *)"/proc/self/status", NULL};
    struct local_spec spec = harness_spec(harness, argv);
    sigset_t mask;
    sigset_t before;
    (void)sigemptyset(&mask);
    (void)sigaddset(&mask, SIGTERM);
    (void)sigprocmask(SIG_BLOCK, &mask, &before);
    void (*pipe_before)(int) = signal(SIGPIPE, SIG_IGN);
    harness_start(harness, &spec);
    (void)signal(SIGPIPE, pipe_before);
    (void)sigprocmask(SIG_SETMASK, &before, NULL);
    (void)harness_end(harness);
    _cleanup_free_ char *status = harness_read(harness, "out");
    assert_int_equal(signal_set(status, "SigBlk:"), 0);
    assert_int_equal(signal_set(status, "SigIgn:"), 0);
}

static void the_job_leads_its_group_in_the_supervisors_session(void **state) {
    struct harness *harness = *state;
    harness_start_shell(harness, "touch ready; exec sleep 600");
    harness_wait_file(harness, "ready");
    struct local_started started = harness_wait_started(harness);
    assert_int_equal(getpgid(started.job), started.job);
    assert_int_equal(getsid(started.job), started.supervisor);
    assert_int_equal(getpgid(started.supervisor), started.supervisor);
    assert_int_not_equal(getsid(started.supervisor), getsid(0));
}

static void odd_names_and_arguments_pass_unchanged(void **state) {
    struct harness *harness = *state;
    _cleanup_free_ char *odd = NULL;
    assert_int_equal(str_printf(&odd, "%s/a b'c\"d\n$(e) \\f", harness->work), 0);
    assert_int_equal(mkdir(odd, 0755), 0);
    char *argv[] = {(char *)"printf",   (char *)"<%s>",  (char *)"",  (char *)"a b",
                    (char *)"--record", (char *)"'\"\n", (char *)"*", NULL};
    struct local_spec spec = harness_spec(harness, argv);
    spec.directory = odd;
    spec.output = "-o \n\"ut'";
    struct local_exit how = run(harness, &spec);
    assert_string_equal(how.error.text, "");
    assert_output(harness, "a b'c\"d\n$(e) \\f/-o \n\"ut'",
                  "<><a b><--record><'\"\n><*>");
}

static void an_odd_run_folder_works(void **state) {
    struct harness *harness = *state;
    free(harness->run_dir);
    assert_int_equal(str_printf(&harness->run_dir, "%s/r u'n\n\"=7", harness->root), 0);
    assert_int_equal(harness_run_shell(harness, "exit 3").exit_code, 3);
    int fd = -1;
    assert_int_equal(local_attach(harness->run_dir, &fd), LOCAL_ENDED);
}

static void a_command_is_looked_up_in_the_jobs_path(void **state) {
    struct harness *harness = *state;
    harness_write(harness->work, "my-code", "#!/bin/sh\nexit 42\n");
    char program[512];
    char path[600];
    (void)snprintf(program, sizeof program, "%s/my-code", harness->work);
    (void)snprintf(path, sizeof path, "PATH=/nowhere:%s", harness->work);
    assert_int_equal(chmod(program, 0755), 0);
    char *argv[] = {(char *)"my-code", NULL};
    char *env[] = {path, NULL};
    struct local_spec spec = harness_spec(harness, argv);
    spec.env = env;
    assert_int_equal(run(harness, &spec).exit_code, 42);
}

static void a_relative_command_is_meant_from_the_jobs_folder(void **state) {
    struct harness *harness = *state;
    harness_write(harness->work, "job.sh", "#!/bin/sh\nexit 41\n");
    char program[512];
    (void)snprintf(program, sizeof program, "%s/job.sh", harness->work);
    assert_int_equal(chmod(program, 0755), 0);
    char *argv[] = {(char *)"./job.sh", NULL};
    struct local_spec spec = harness_spec(harness, argv);
    assert_int_equal(run(harness, &spec).exit_code, 41);
}

static void an_unknown_command_is_told_with_the_path(void **state) {
    struct harness *harness = *state;
    char *argv[] = {(char *)"no-such-code.x", NULL};
    char *env[] = {(char *)"PATH=/opt/none:/opt/never", NULL};
    struct local_spec spec = harness_spec(harness, argv);
    spec.env = env;
    struct local_exit how = run(harness, &spec);
    assert_told(&how, "cannot run no-such-code.x");
    assert_told(&how, "/opt/none:/opt/never");
    assert_stage(&how, "command", ENOENT);
    assert_false(harness_exists(harness->work, "err"));
}

static void a_missing_program_is_told_with_its_name(void **state) {
    struct harness *harness = *state;
    char *argv[] = {(char *)"/opt/none/pw.x", NULL};
    struct local_spec spec = harness_spec(harness, argv);
    struct local_exit how = run(harness, &spec);
    assert_told(&how, "cannot run /opt/none/pw.x: No such file or directory");
}

static void a_missing_interpreter_is_not_taken_for_a_missing_script(void **state) {
    struct harness *harness = *state;
    harness_write(harness->work, "job.sh", "#!/opt/none/python9\n");
    char program[512];
    (void)snprintf(program, sizeof program, "%s/job.sh", harness->work);
    assert_int_equal(chmod(program, 0755), 0);
    char *argv[] = {program, NULL};
    struct local_spec spec = harness_spec(harness, argv);
    struct local_exit how = run(harness, &spec);
    assert_told(&how, "interpreter");
    assert_stage(&how, "command", ENOENT);
}

static void a_script_without_permission_is_told_what_to_do(void **state) {
    struct harness *harness = *state;
    harness_write(harness->work, "job.sh", "#!/bin/sh\n");
    char *argv[] = {(char *)"./job.sh", NULL};
    struct local_spec spec = harness_spec(harness, argv);
    struct local_exit how = run(harness, &spec);
    assert_told(&how, "cannot run ./job.sh: Permission denied");
    assert_told(&how, "chmod +x");
    assert_stage(&how, "command", EACCES);
}

static void a_missing_folder_is_named(void **state) {
    struct harness *harness = *state;
    char *argv[] = {(char *)"true", NULL};
    struct local_spec spec = harness_spec(harness, argv);
    spec.directory = "/nowhere/at all";
    struct local_exit how = run(harness, &spec);
    assert_told(&how, "folder /nowhere/at all: No such file or directory");
    assert_stage(&how, "directory", ENOENT);
    assert_true(how.finished_at >= how.started_at);
    assert_true(how.started_at > 0);
}

static void an_output_file_that_cannot_be_opened_is_named(void **state) {
    struct harness *harness = *state;
    char *argv[] = {(char *)"touch", (char *)"ran", NULL};
    struct local_spec spec = harness_spec(harness, argv);
    spec.output = "missing/out";
    struct local_exit how = run(harness, &spec);
    assert_told(&how, "output file missing/out: No such file or directory");
    assert_stage(&how, "output", ENOENT);
    assert_false(harness_exists(harness->work, "ran"));
}

static void an_error_file_that_cannot_be_opened_is_named(void **state) {
    struct harness *harness = *state;
    char *argv[] = {(char *)"touch", (char *)"ran", NULL};
    struct local_spec spec = harness_spec(harness, argv);
    spec.error_output = ".";
    struct local_exit how = run(harness, &spec);
    assert_told(&how, "error output file .: Is a directory");
    assert_stage(&how, "error_output", EISDIR);
    assert_false(harness_exists(harness->work, "ran"));
}

static void a_job_stuck_before_its_command_can_be_cancelled(void **state) {
    struct harness *harness = *state;
    char path[512];
    (void)snprintf(path, sizeof path, "%s/fifo", harness->work);
    assert_int_equal(mkfifo(path, 0600), 0);
    char *argv[] = {(char *)"true", NULL};
    struct local_spec spec = harness_spec(harness, argv);
    /* Opening it for writing waits for a reader that never comes. */
    spec.output = "fifo";
    harness_start(harness, &spec);
    (void)harness_wait_started(harness);
    assert_int_equal(local_cancel(harness->run_dir), 0);
    struct local_exit how = harness_end(harness);
    assert_true(how.cancelled);
    assert_int_equal(how.signal, SIGTERM);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        WITH_HARNESS(a_start_that_went_well_has_no_stage),
        WITH_HARNESS(output_and_errors_go_to_their_files),
        WITH_HARNESS(without_a_file_errors_go_with_the_output),
        WITH_HARNESS(one_file_for_both_keeps_all_lines),
        WITH_HARNESS(an_empty_file_for_both_stays),
        WITH_HARNESS(files_of_an_earlier_run_are_made_empty),
        WITH_HARNESS(output_is_appended_to_wherever_the_end_is),
        WITH_HARNESS(an_empty_error_file_is_removed),
        WITH_HARNESS(an_empty_output_file_stays),
        WITH_HARNESS(absolute_output_paths_are_used_as_they_are),
        WITH_HARNESS(the_job_runs_in_its_folder),
        WITH_HARNESS(the_environment_is_the_jobs_and_the_run_folders_name),
        WITH_HARNESS(the_umask_is_the_jobs),
        WITH_HARNESS(a_negative_umask_is_the_callers),
        WITH_HARNESS(standard_input_is_empty),
        WITH_HARNESS(no_other_descriptor_is_inherited),
        WITH_HARNESS(no_signal_is_blocked_or_ignored),
        WITH_HARNESS(the_job_leads_its_group_in_the_supervisors_session),
        WITH_HARNESS(odd_names_and_arguments_pass_unchanged),
        WITH_HARNESS(an_odd_run_folder_works),
        WITH_HARNESS(a_command_is_looked_up_in_the_jobs_path),
        WITH_HARNESS(a_relative_command_is_meant_from_the_jobs_folder),
        WITH_HARNESS(an_unknown_command_is_told_with_the_path),
        WITH_HARNESS(a_missing_program_is_told_with_its_name),
        WITH_HARNESS(a_missing_interpreter_is_not_taken_for_a_missing_script),
        WITH_HARNESS(a_script_without_permission_is_told_what_to_do),
        WITH_HARNESS(a_missing_folder_is_named),
        WITH_HARNESS(an_output_file_that_cannot_be_opened_is_named),
        WITH_HARNESS(an_error_file_that_cannot_be_opened_is_named),
        WITH_HARNESS(a_job_stuck_before_its_command_can_be_cancelled),
    };
    return cmocka_run_group_tests_name("supervisor: launching", tests, NULL, NULL);
}
