/* Files that go from a run folder that is over into one that is new. */
#include "exec/harness.h"

#include "base/cleanup.h"
#include "base/path.h"
#include "base/str.h"
#include "support/alloc_fault.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MANY = 70 }; /* more than are kept */

static char *const run_true[] = {(char *)"true", NULL};

static struct local_spares *new_spares(const struct harness *harness) {
    _cleanup_free_ char *dir = NULL;
    struct local_spares *spares = NULL;
    assert_int_equal(str_printf(&dir, "%s/runs/spare", harness->root), 0);
    assert_int_equal(local_spares_new(&spares, dir), 0);
    return spares;
}

static ino_t inode_of(const struct harness *harness, const char *name) {
    char path[512];
    struct stat st;
    (void)snprintf(path, sizeof path, "%s/%s", harness->run_dir, name);
    assert_int_equal(lstat(path, &st), 0);
    return st.st_ino;
}

static void run_next(struct harness *harness, struct local_spares *spares, int number) {
    harness_next_run(harness, "spares", number);
    struct local_spec spec = harness_spec(harness, run_true);
    spec.spares = spares;
    harness_start(harness, &spec);
    assert_int_equal(harness_end(harness).exit_code, 0);
}

static void the_files_of_a_run_that_is_over_serve_the_next(void **state) {
    struct harness *harness = *state;
    struct local_spares *spares = new_spares(harness);
    static const char *const names[] = {"lock", "alive", "exit"};
    ino_t inodes[3];
    run_next(harness, spares, 1);
    for (size_t i = 0; i < 3; i++) {
        inodes[i] = inode_of(harness, names[i]);
    }
    local_tidy(harness->run_dir, spares);
    assert_int_equal(access(harness->run_dir, F_OK), -1);
    run_next(harness, spares, 2);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(inode_of(harness, names[i]), inodes[i]);
    }
    (void)local_spares_free(spares);
}

static void nothing_of_the_record_before_is_told(void **state) {
    struct harness *harness = *state;
    struct local_spares *spares = new_spares(harness);
    char word[3000];
    memset(word, 'x', sizeof word - 1);
    word[sizeof word - 1] = '\0';
    char *argv[] = {(char *)"/opt/none/program", word, word, word, NULL};
    struct local_spec spec = harness_spec(harness, argv);
    harness_start(harness, &spec);
    assert_string_equal(harness_end(harness).stage, "command");
    local_tidy(harness->run_dir, spares);

    run_next(harness, spares, 2);
    struct local_about about;
    assert_int_equal(local_about_read(harness->run_dir, &about), 0);
    assert_string_equal(about.command, "true");
    char path[512];
    struct stat st;
    (void)snprintf(path, sizeof path, "%s/exit", harness->run_dir);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_size, 8192);
    (void)local_spares_free(spares);
}

/* Into the folder of a second run, whose supervisor is not there. */
static void put_spares(struct harness *harness, struct local_spares *spares) {
    run_next(harness, spares, 1);
    local_tidy(harness->run_dir, spares);
    harness_next_run(harness, "spares", 2);
    struct local_spec spec = harness_spec(harness, run_true);
    spec.spares = spares;
    spec.supervisor_program = "/opt/none/supervisor";
    assert_int_equal(local_start(&spec, &harness->alive, NULL), -ENOENT);
}

/* Wherever the server that put them there was killed. */
static void spares_in_a_folder_say_nothing_of_a_job(void **state) {
    struct harness *harness = *state;
    struct local_spares *spares = new_spares(harness);
    put_spares(harness, spares);
    assert_true(harness_exists(harness->run_dir, "started.new"));
    assert_int_equal(local_attach(harness->run_dir, &harness->alive),
                     LOCAL_NEVER_STARTED);
    struct local_started started;
    struct local_exit how;
    assert_int_equal(local_started_read(harness->run_dir, &started), -ENOENT);
    assert_int_equal(local_exit_read(harness->run_dir, &how), -ENOENT);
    local_tidy(harness->run_dir, NULL);
    assert_int_equal(access(harness->run_dir, F_OK), -1);
    (void)local_spares_free(spares);
}

/* As the machine leaves it when it goes down after the name was written and before what
 * stands in the file. */
static void the_record_of_another_job_is_no_start(void **state) {
    struct harness *harness = *state;
    struct local_spares *spares = new_spares(harness);
    put_spares(harness, spares);
    _cleanup_free_ char *from = NULL;
    _cleanup_free_ char *to = NULL;
    assert_int_equal(path_join(&from, harness->run_dir, "started.new"), 0);
    assert_int_equal(path_join(&to, harness->run_dir, "started"), 0);
    assert_int_equal(rename(from, to), 0);
    assert_int_equal(local_attach(harness->run_dir, &harness->alive),
                     LOCAL_NEVER_STARTED);
    struct local_spec spec = harness_spec(harness, run_true);
    spec.spares = spares;
    assert_int_equal(local_start(&spec, &harness->alive, NULL), 0);
    harness_wait_end(harness);
    struct local_exit how;
    assert_int_equal(local_exit_read(harness->run_dir, &how), 0);
    assert_int_equal(how.exit_code, 0);
    (void)local_spares_free(spares);
}

static void a_folder_that_has_a_lock_keeps_it(void **state) {
    struct harness *harness = *state;
    struct local_spares *spares = new_spares(harness);
    run_next(harness, spares, 1);
    local_tidy(harness->run_dir, spares);
    harness_next_run(harness, "spares", 2);
    harness_write(harness->run_dir, "lock", "");
    ino_t lock = inode_of(harness, "lock");
    run_next(harness, spares, 2);
    assert_int_equal(inode_of(harness, "lock"), lock);
    (void)local_spares_free(spares);
}

static void spares_that_are_gone_are_made(void **state) {
    struct harness *harness = *state;
    struct local_spares *spares = new_spares(harness);
    run_next(harness, spares, 1);
    local_tidy(harness->run_dir, spares);
    struct local_spares *other = new_spares(harness);
    (void)local_spares_free(other);
    run_next(harness, spares, 2);
    run_next(harness, spares, 3);
    (void)local_spares_free(spares);
}

static void what_is_too_much_is_removed_and_in_the_end_all(void **state) {
    struct harness *harness = *state;
    struct local_spares *spares = new_spares(harness);
    for (int i = 0; i < MANY; i++) {
        harness_next_run(harness, "made", i);
        harness_write(harness->run_dir, "lock", "");
        harness_write(harness->run_dir, "exit", "exit_code=0\n");
        local_tidy(harness->run_dir, spares);
        assert_int_equal(access(harness->run_dir, F_OK), -1);
    }
    char path[512];
    (void)snprintf(path, sizeof path, "%s/runs/spare", harness->root);
    assert_int_equal(access(path, F_OK), 0);
    (void)local_spares_free(spares);
    assert_int_equal(access(path, F_OK), -1);
}

static int attempt_run(void *data) {
    struct harness *harness = data;
    struct local_spares *spares = NULL;
    int r = local_spares_new(&spares, harness->root);
    if (r == 0) {
        local_tidy(harness->run_dir, spares);
    }
    (void)local_spares_free(spares);
    return r;
}

static void without_memory_there_are_none(void **state) {
    struct harness *harness = *state;
    struct local_spares *spares = NULL;
    alloc_fault_arm(0);
    assert_int_equal(local_spares_new(&spares, harness->root), -ENOMEM);
    assert_true(alloc_fault_disarm());
    harness_write(harness->run_dir, "lock", "");
    for (size_t n = 0;; n++) {
        alloc_fault_arm(n);
        (void)attempt_run(harness);
        if (!alloc_fault_disarm()) {
            break;
        }
    }
    assert_int_equal(access(harness->run_dir, F_OK), -1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        WITH_HARNESS(the_files_of_a_run_that_is_over_serve_the_next),
        WITH_HARNESS(nothing_of_the_record_before_is_told),
        WITH_HARNESS(spares_in_a_folder_say_nothing_of_a_job),
        WITH_HARNESS(the_record_of_another_job_is_no_start),
        WITH_HARNESS(a_folder_that_has_a_lock_keeps_it),
        WITH_HARNESS(spares_that_are_gone_are_made),
        WITH_HARNESS(what_is_too_much_is_removed_and_in_the_end_all),
        WITH_HARNESS(without_memory_there_are_none),
    };
    return cmocka_run_group_tests_name("exec: spares", tests, NULL, NULL);
}
