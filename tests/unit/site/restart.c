/* The steps by which a run goes on, in a folder. */
#include "site/restart.h"

#include "base/cleanup.h"
#include "base/file.h"
#include "support/alloc_fault.h"
#include "support/scratch.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

enum { MODE = 0640 };

static int set_up(void **state) {
    *state = scratch_make();
    return 0;
}

static int tear_down(void **state) {
    *state = scratch_remove(*state);
    return 0;
}

static void put(void *scratch, const char *name, const char *text) {
    _cleanup_free_ char *path = scratch_path(scratch, name);
    assert_int_equal(file_write_atomic(path, text, strlen(text)), 0);
}

/* "-" where there is none. */
static void expect(void *scratch, const char *name, const char *want) {
    _cleanup_free_ char *path = scratch_path(scratch, name);
    _cleanup_buf_ struct buf text = BUF_NULL;
    int r = file_read(path, 1024, &text);
    if (r == -ENOENT) {
        assert_string_equal("-", want);
        return;
    }
    assert_int_equal(r, 0);
    _cleanup_free_ char *got = buf_take_string(&text);
    assert_string_equal(got, want);
}

static int plan(struct code_restart *restart) {
    int r = code_step_keep(restart, "OUTCAR", "OUTCAR.1");
    r = r ? r : code_step_keep(restart, "absent", "absent.1");
    r = r ? r : code_step_keep(restart, "POSCAR", "POSCAR.1");
    r = r ? r : code_step_write(restart, "POSCAR", "new", 3);
    return r ? r : code_step_link(restart, "wave", "fort.20");
}

static void fill(void *scratch) {
    put(scratch, "OUTCAR", "out");
    put(scratch, "POSCAR", "old");
    put(scratch, "wave", "w");
}

static void expect_untouched(void *scratch) {
    expect(scratch, "OUTCAR", "out");
    expect(scratch, "OUTCAR.1", "-");
    expect(scratch, "POSCAR", "old");
    expect(scratch, "POSCAR.1", "-");
}

static void steps_are_taken_and_taken_back(void **state) {
    _cleanup_free_ char *folder = scratch_path(*state, "");
    struct code_restart restart = {.text = BUF_NULL};
    struct errmsg msg = ERRMSG_NULL;
    struct stat st;
    fill(*state);
    assert_int_equal(plan(&restart), 0);
    assert_int_equal(site_restart_take(folder, &restart, MODE, &msg), 0);
    expect(*state, "OUTCAR", "-");
    expect(*state, "OUTCAR.1", "out");
    expect(*state, "POSCAR", "new");
    expect(*state, "POSCAR.1", "old");
    expect(*state, "fort.20", "w");
    expect(*state, "absent.1", "-");
    _cleanup_free_ char *written = scratch_path(*state, "POSCAR");
    assert_int_equal(stat(written, &st), 0);
    assert_int_equal(st.st_mode & 07777, MODE);
    site_restart_undo(folder, &restart);
    expect_untouched(*state);
    expect(*state, "fort.20", "-");
    expect(*state, "wave", "w");
    code_restart_deinit(&restart);
}

static void a_step_that_fails_leaves_all_as_it_was(void **state) {
    _cleanup_free_ char *folder = scratch_path(*state, "");
    struct code_restart restart = {.text = BUF_NULL};
    struct errmsg msg = ERRMSG_NULL;
    fill(*state);
    put(*state, "fort.20", "another's");
    assert_int_equal(plan(&restart), 0);
    assert_int_equal(site_restart_take(folder, &restart, MODE, &msg), -EEXIST);
    assert_non_null(strstr(msg.text, "fort.20 cannot be made: "));
    expect_untouched(*state);
    expect(*state, "fort.20", "another's");
    code_restart_deinit(&restart);
}

static void files_are_looked_at_without_waiting(void **state) {
    _cleanup_free_ char *folder = scratch_path(*state, "");
    _cleanup_free_ char *fifo = scratch_path(*state, "fifo");
    _cleanup_buf_ struct buf text = BUF_NULL;
    int64_t size = 0;
    int64_t at = 0;
    put(*state, "file", "abcdef");
    assert_int_equal(mkfifo(fifo, 0600), 0);
    assert_int_equal(site_look_state(folder, "file", &size, &at), 0);
    assert_int_equal(size, 6);
    assert_true(at > 0);
    assert_int_equal(site_look_state(folder, "none", &size, &at), -ENOENT);
    assert_int_equal(site_look_state(folder, "file/below", &size, &at), -ENOENT);
    assert_int_equal(site_look_state(folder, "fifo", &size, &at), -EINVAL);
    assert_int_equal(site_look_read(folder, "fifo", 0, 4, &text), -EINVAL);
    assert_int_equal(site_look_read(folder, "none", 0, 4, &text), -ENOENT);
    assert_int_equal(site_look_read(folder, "file", 2, 3, &text), 0);
    assert_int_equal(buf_len(&text), 3);
    assert_memory_equal(buf_bytes(&text), "cde", 3);
    assert_int_equal(site_look_read(folder, "file", 7, 3, &text), 0);
    assert_int_equal(buf_len(&text), 3);
}

static int look_and_take(void *data) {
    struct code_restart restart = {.text = BUF_NULL};
    struct errmsg msg = ERRMSG_NULL;
    _cleanup_buf_ struct buf text = BUF_NULL;
    int64_t size = 0;
    int64_t at = 0;
    int r = site_look_state(data, "POSCAR", &size, &at);
    r = r ? r : site_look_read(data, "POSCAR", 0, 2, &text);
    r = r ? r : plan(&restart);
    r = r ? r : site_restart_take(data, &restart, MODE, &msg);
    code_restart_deinit(&restart);
    return r;
}

/* Each try that fails leaves the folder as the next one needs it. */
static void without_memory_nothing_is_begun(void **state) {
    _cleanup_free_ char *folder = scratch_path(*state, "");
    fill(*state);
    assert_true(alloc_fault_sweep(look_and_take, folder, -ENOMEM) > 10);
    expect(*state, "POSCAR", "new");
    expect(*state, "POSCAR.1", "old");
}

#define WITH_FOLDER(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        WITH_FOLDER(steps_are_taken_and_taken_back),
        WITH_FOLDER(a_step_that_fails_leaves_all_as_it_was),
        WITH_FOLDER(files_are_looked_at_without_waiting),
        WITH_FOLDER(without_memory_nothing_is_begun),
    };
    return cmocka_run_group_tests_name("restart", tests, NULL, NULL);
}
