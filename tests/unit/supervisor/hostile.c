/* Jobs that nobody would write on purpose: whatever they do, the end is known and
 * nothing of them is left. They go on for ever, or until this program is gone: one that
 * is killed with a test leaves them to a supervisor that knows nothing of it. */
#include "exec/harness.h"

#include "base/cleanup.h"
#include "base/str.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    NAME_LENGTH = 255,
    COMETS = 4,
};

/* A process that is gone as soon as it is seen: it forks, in a session of its own each
 * time, and ends. */
__attribute__((noreturn)) static void be_a_comet(void) {
    while (access(getenv("TEST"), F_OK) == 0) {
        pid_t pid = fork();
        if (pid > 0) {
            _exit(0);
        }
        if (pid == 0) {
            (void)setsid();
        }
    }
    _exit(0);
}

static int run_comets(void) {
    (void)signal(SIGTERM, SIG_IGN);
    for (int i = 0; i < COMETS; i++) {
        if (fork() == 0) {
            be_a_comet();
        }
    }
    FILE *ready = fopen("ready", "we");
    if (ready) {
        (void)fclose(ready);
    }
    while (access(getenv("TEST"), F_OK) == 0) {
        (void)sleep(1);
    }
    return 0;
}

static struct local_exit cancel_when_ready(struct harness *harness, char *const *argv) {
    struct local_spec spec = harness_spec(harness, argv);
    spec.grace_seconds = 1;
    harness_start(harness, &spec);
    harness_wait_file(harness, "ready");
    assert_int_equal(local_cancel(harness->run_dir), 0);
    struct local_exit how = harness_end(harness);
    assert_true(how.cancelled);
    assert_int_equal(how.survivors, 0);
    assert_int_equal(harness_count_processes(harness), 0);
    return how;
}

static void processes_that_flee_by_forking_are_caught(void **state) {
    struct harness *harness = *state;
    char self[PATH_MAX];
    assert_non_null(realpath("/proc/self/exe", self));
    char *argv[] = {self, (char *)"comets", NULL};
    (void)cancel_when_ready(harness, argv);
}

static void a_crowd_that_ignores_everything_is_ended(void **state) {
    struct harness *harness = *state;

    char *argv[] = {
        (char *)"sh", (char *)"-c",
        (char
             *)"trap '' TERM; n=0; while [ $n -lt 60 ]; do n=$((n + 1));"
               "(trap '' TERM; setsid sh -c 'while [ -d $TEST ]; do sleep 0.1; done') &"
               "done; touch ready; wait",
        NULL};
    assert_int_equal(cancel_when_ready(harness, argv).signal, SIGKILL);
}

static void closed_outputs_do_not_matter(void **state) {
    struct harness *harness = *state;
    struct local_exit how =
        harness_run_shell(harness, "exec <&- >&- 2>&-; sleep 0.1; exit 9");
    assert_int_equal(how.exit_code, 9);
}

static void a_job_may_delete_its_folder(void **state) {
    struct harness *harness = *state;
    struct local_exit how = harness_run_shell(harness, "rm -r \"$PWD\"; exit 5");
    assert_int_equal(how.exit_code, 5);
    assert_int_equal(how.survivors, 0);
}

static void a_deleted_run_folder_leaves_no_process(void **state) {
    struct harness *harness = *state;
    harness_start_shell(harness, "sleep 600 & rm -r \"${CRYSTALMATH_RUN%/*}\"; exit 5");
    harness_wait_end(harness);
    assert_int_equal(harness_count_processes(harness), 0);
    struct local_exit how;
    assert_int_equal(local_exit_read(harness->run_dir, &how), -ENOENT);
}

static void much_output_is_written_whole(void **state) {
    struct harness *harness = *state;
    struct local_exit how =
        harness_run_shell(harness, "head -c 50000000 /dev/zero; exit 2");
    assert_int_equal(how.exit_code, 2);
    char path[512];
    (void)snprintf(path, sizeof path, "%s/out", harness->work);
    struct stat st;
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_size, 50000000);
}

static void names_of_255_bytes_that_are_no_text_pass_unchanged(void **state) {
    struct harness *harness = *state;
    char name[NAME_LENGTH + 1];
    static const char odd[] = "a \xff\xfe'\"\n\t$(x)`;\\&*?";
    for (size_t i = 0; i < NAME_LENGTH; i++) {
        name[i] = odd[i % (sizeof odd - 1)];
    }
    name[NAME_LENGTH] = '\0';
    _cleanup_free_ char *folder = NULL;
    _cleanup_free_ char *out = NULL;
    assert_int_equal(str_printf(&folder, "%s/%s", harness->work, name), 0);
    assert_int_equal(str_printf(&out, "%s/%s", name, name), 0);
    assert_int_equal(mkdir(folder, 0755), 0);
    char *argv[] = {(char *)"printf", (char *)"%s", name, NULL};
    struct local_spec spec = harness_spec(harness, argv);
    spec.directory = folder;
    spec.output = name;
    harness_start(harness, &spec);
    assert_int_equal(harness_end(harness).exit_code, 0);
    _cleanup_free_ char *text = harness_read(harness, out);
    assert_string_equal(text, name);
}

int main(int argc, char **argv) {
    if (argc > 1 && strcmp(argv[1], "comets") == 0) {
        return run_comets();
    }
    const struct CMUnitTest tests[] = {
        WITH_HARNESS(processes_that_flee_by_forking_are_caught),
        WITH_HARNESS(a_crowd_that_ignores_everything_is_ended),
        WITH_HARNESS(closed_outputs_do_not_matter),
        WITH_HARNESS(a_job_may_delete_its_folder),
        WITH_HARNESS(a_deleted_run_folder_leaves_no_process),
        WITH_HARNESS(much_output_is_written_whole),
        WITH_HARNESS(names_of_255_bytes_that_are_no_text_pass_unchanged),
    };
    return cmocka_run_group_tests_name("supervisor: hostile jobs", tests, NULL, NULL);
}
