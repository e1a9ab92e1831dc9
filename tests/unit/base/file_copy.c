/* Copies of files. */
#include "base/file_copy.h"

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

#define HELLO_SHA256 "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"

static int set_up(void **state) {
    *state = scratch_make();
    return 0;
}

static int tear_down(void **state) {
    *state = scratch_remove(*state);
    return 0;
}

static struct file_copying up_to(int64_t max) {
    return (struct file_copying){.max = max};
}

static void a_copy_has_the_same_bytes_and_takes_nothings_place(void **state) {
    _cleanup_free_ char *from = scratch_path(*state, "from");
    _cleanup_free_ char *to = scratch_path(*state, "to");
    _cleanup_buf_ struct buf got = BUF_NULL;
    struct file_copying how = up_to(5);
    assert_int_equal(file_write_atomic(from, "hello", 5), 0);
    assert_int_equal(file_copy(from, to, &how), 0);
    assert_int_equal(how.size, 5);
    assert_string_equal(how.sha256, HELLO_SHA256);
    assert_int_equal(file_read(to, 100, &got), 0);
    assert_int_equal(buf_len(&got), 5);
    assert_memory_equal(buf_bytes(&got), "hello", 5);
    assert_int_equal(file_copy(from, to, &how), -EEXIST);
}

static void a_file_can_be_read_without_a_copy(void **state) {
    _cleanup_free_ char *from = scratch_path(*state, "from");
    struct file_copying how = up_to(5);
    assert_int_equal(file_write_atomic(from, "hello", 5), 0);
    assert_int_equal(file_copy(from, NULL, &how), 0);
    assert_string_equal(how.sha256, HELLO_SHA256);
}

static void what_is_refused_leaves_nothing_behind(void **state) {
    _cleanup_free_ char *from = scratch_path(*state, "from");
    _cleanup_free_ char *to = scratch_path(*state, "to");
    _cleanup_free_ char *fifo = scratch_path(*state, "fifo");
    _cleanup_free_ char *none = scratch_path(*state, "none");
    struct file_copying how = up_to(4);
    assert_int_equal(file_write_atomic(from, "12345", 5), 0);
    assert_int_equal(mkfifo(fifo, 0600), 0);
    assert_int_equal(file_copy(from, to, &how), -EFBIG);
    assert_int_equal(file_copy(fifo, to, &how), FILE_COPY_E_SOURCE);
    assert_int_equal(how.error_source, 0);
    assert_int_equal(file_copy(*state, to, &how), FILE_COPY_E_SOURCE);
    assert_int_equal(file_copy(none, to, &how), FILE_COPY_E_MISSING);
    assert_int_equal(access(to, F_OK), -1);
}

#ifdef __linux__
static void an_error_while_it_is_read_is_told_and_leaves_nothing_behind(void **state) {
    _cleanup_free_ char *to = scratch_path(*state, "to");
    struct file_copying how = up_to(100);
    /* Nothing is mapped at address 0. */
    assert_int_equal(file_copy("/proc/self/mem", to, &how), FILE_COPY_E_SOURCE);
    assert_int_equal(how.error_source, EIO);
    assert_int_equal(access(to, F_OK), -1);
}
#endif

static void holes_stay_holes(void **state) {
    enum { SIZE = 64 * 1024 * 1024 };
    _cleanup_free_ char *from = scratch_path(*state, "from");
    _cleanup_free_ char *to = scratch_path(*state, "to");
    struct file_copying how = up_to(INT64_MAX);
    struct stat st;
    char last = 0;
    _cleanup_close_ int fd = open(from, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(pwrite(fd, "x", 1, SIZE / 2), 1);
    assert_int_equal(ftruncate(fd, SIZE), 0);
    assert_int_equal(file_copy(from, to, &how), 0);
    assert_int_equal(how.size, SIZE);
    assert_int_equal(stat(to, &st), 0);
    assert_int_equal(st.st_size, SIZE);
    assert_true(st.st_blocks * 512 < SIZE / 2);
    _cleanup_close_ int copy = open(to, O_RDONLY | O_CLOEXEC);
    assert_int_equal(pread(copy, &last, 1, SIZE / 2), 1);
    assert_int_equal(last, 'x');
}

static void a_copy_that_is_told_to_stop_leaves_nothing_behind(void **state) {
    _cleanup_free_ char *from = scratch_path(*state, "from");
    _cleanup_free_ char *to = scratch_path(*state, "to");
    atomic_bool stop = true;
    struct file_copying how = {.max = 100, .stop = &stop};
    assert_int_equal(file_write_atomic(from, "hello", 5), 0);
    assert_int_equal(file_copy(from, to, &how), -ECANCELED);
    assert_int_equal(access(to, F_OK), -1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            a_copy_has_the_same_bytes_and_takes_nothings_place, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_file_can_be_read_without_a_copy, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(what_is_refused_leaves_nothing_behind, set_up,
                                        tear_down),
#ifdef __linux__
        cmocka_unit_test_setup_teardown(
            an_error_while_it_is_read_is_told_and_leaves_nothing_behind, set_up,
            tear_down),
#endif
        cmocka_unit_test_setup_teardown(holes_stay_holes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            a_copy_that_is_told_to_stop_leaves_nothing_behind, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
