/* Whole files and lock files. */
#include "base/file.h"

#include "support/scratch.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static int set_up(void **state) {
    *state = scratch_make();
    return 0;
}

static int tear_down(void **state) {
    *state = scratch_remove(*state);
    return 0;
}

static void what_is_written_is_read_back(void **state) {
    _cleanup_free_ char *path = scratch_path(*state, "file");
    assert_int_equal(file_write_atomic(path, "hello", 5), 0);
    assert_int_equal(file_write_atomic(path, "world!", 6), 0);
    _cleanup_buf_ struct buf got = BUF_NULL;
    assert_int_equal(file_read(path, 100, &got), 0);
    assert_int_equal(buf_len(&got), 6);
    assert_memory_equal(buf_bytes(&got), "world!", 6);
}

static void a_written_file_is_private(void **state) {
    _cleanup_free_ char *path = scratch_path(*state, "file");
    struct stat st;
    assert_int_equal(file_write_atomic(path, "x", 1), 0);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
}

static void writing_leaves_no_temporary_name_behind(void **state) {
    _cleanup_free_ char *path = scratch_path(*state, "missing/file");
    assert_int_equal(file_write_atomic(path, "x", 1), -ENOENT);
    _cleanup_free_ char *dir = scratch_path(*state, "dir");
    assert_int_equal(mkdir(dir, 0700), 0);
    /* A folder in the way makes the rename fail after the temporary file was written.
     */
    assert_true(file_write_atomic(dir, "x", 1) < 0);
    assert_int_equal(rmdir(dir), 0);
    assert_int_equal(rmdir(*state), 0);
    assert_int_equal(mkdir(*state, 0700), 0);
}

static void the_longest_name_that_there_can_be_is_written_under(void **state) {
    char name[256];
    memset(name, 'n', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    _cleanup_free_ char *path = scratch_path(*state, name);
    _cleanup_buf_ struct buf got = BUF_NULL;
    assert_int_equal(file_write_atomic(path, "x", 1), 0);
    assert_int_equal(file_read(path, 100, &got), 0);
    assert_int_equal(buf_len(&got), 1);
}

static void a_file_over_the_limit_is_refused(void **state) {
    _cleanup_free_ char *path = scratch_path(*state, "file");
    _cleanup_buf_ struct buf got = BUF_NULL;
    assert_int_equal(file_write_atomic(path, "12345", 5), 0);
    assert_int_equal(file_read(path, 4, &got), -EFBIG);
}

static void what_is_no_regular_file_is_refused_without_waiting(void **state) {
    _cleanup_free_ char *fifo = scratch_path(*state, "fifo");
    _cleanup_free_ char *none = scratch_path(*state, "none");
    _cleanup_buf_ struct buf got = BUF_NULL;
    assert_int_equal(mkfifo(fifo, 0600), 0);
    assert_int_equal(file_read(fifo, 100, &got), -EINVAL);
    assert_int_equal(file_read(*state, 100, &got), -EISDIR);
    assert_int_equal(file_read(none, 100, &got), -ENOENT);
}

static void a_lock_is_held_once_until_its_descriptor_is_closed(void **state) {
    _cleanup_free_ char *path = scratch_path(*state, "lock");
    assert_int_equal(file_lock_probe(path), 0);
    int first = -1;
    int second = -1;
    assert_int_equal(file_lock(path, &first), 0);
    assert_int_equal(file_lock(path, &second), FILE_LOCK_E_HELD);
    assert_int_equal(second, -1);
    assert_int_equal(file_lock_probe(path), FILE_LOCK_E_HELD);
    assert_int_equal(close(first), 0);
    assert_int_equal(file_lock_probe(path), 0);
    assert_int_equal(file_lock(path, &second), 0);
    assert_int_equal(close(second), 0);
}

static void a_lock_file_that_is_a_link_is_refused(void **state) {
    _cleanup_free_ char *path = scratch_path(*state, "lock");
    int fd = -1;
    assert_int_equal(symlink("elsewhere", path), 0);
    assert_int_equal(file_lock(path, &fd), -ELOOP);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_is_written_is_read_back, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_written_file_is_private, set_up, tear_down),
        cmocka_unit_test_setup_teardown(writing_leaves_no_temporary_name_behind, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(
            the_longest_name_that_there_can_be_is_written_under, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_file_over_the_limit_is_refused, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(
            what_is_no_regular_file_is_refused_without_waiting, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            a_lock_is_held_once_until_its_descriptor_is_closed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_lock_file_that_is_a_link_is_refused, set_up,
                                        tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
