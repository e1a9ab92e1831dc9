/* Steps in a folder there: taken by a real shell, once however often it is run. */
#include "slurm/steps.h"

#include "base/cleanup.h"
#include "base/file.h"
#include "support/alloc_fault.h"
#include "support/scratch.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#define ODD "it's $x; `y`"

static void put(const char *folder, const char *name, const char *text) {
    _cleanup_free_ char *path = scratch_path(folder, name);
    assert_int_equal(file_write_atomic(path, text, strlen(text)), 0);
}

/* "-" where there is none. */
static void expect(const char *folder, const char *name, const char *want) {
    _cleanup_free_ char *path = scratch_path(folder, name);
    _cleanup_buf_ struct buf text = BUF_NULL;
    int r = file_read(path, 1024, &text);
    assert_true(r == 0 || r == -ENOENT);
    _cleanup_free_ char *got = r == 0 ? buf_take_string(&text) : strdup("-");
    assert_string_equal(got, want);
}

static int run(const char *folder, const char *line) {
    _cleanup_buf_ struct buf program = BUF_NULL;
    char command[4200];
    char *other = scratch_make();
    assert_int_equal(slurm_steps_program(&program, folder, line), 0);
    assert_int_equal(buf_append_str(&program, "echo on >behind\n"), 0);
    assert_int_equal(buf_append(&program, "", 1), 0);
    put(other, "program", buf_bytes(&program));
    (void)snprintf(command, sizeof command, "sh <'%s/program' 2>/dev/null", other);
    int status = system(command);
    (void)scratch_remove(other);
    return status;
}

static char *line_of(void) {
    _cleanup_buf_ struct buf line = BUF_NULL;
    assert_int_equal(slurm_step_keep(&line, "OUTCAR", "OUTCAR.1"), 0);
    assert_int_equal(slurm_step_keep(&line, "absent", "absent.1"), 0);
    assert_int_equal(slurm_step_give(&line, ODD, "-n " ODD), 0);
    char *text = buf_take_string(&line);
    assert_non_null(text);
    assert_null(strchr(text, '\n'));
    return text;
}

static void each_step_is_taken_once(void **state) {
    (void)state;
    char *folder = scratch_make();
    _cleanup_free_ char *line = line_of();
    put(folder, "OUTCAR", "first");
    put(folder, ODD, "wave");
    assert_int_equal(run(folder, line), 0);
    expect(folder, "OUTCAR.1", "first");
    expect(folder, "OUTCAR", "-");
    expect(folder, "absent.1", "-");
    expect(folder, "-n " ODD, "wave");
    expect(folder, ODD, "wave");
    expect(folder, "behind", "on\n");
    /* By now the run that goes on has written its own. */
    put(folder, "OUTCAR", "second");
    assert_int_equal(run(folder, line), 0);
    expect(folder, "OUTCAR.1", "first");
    expect(folder, "OUTCAR", "second");
    (void)scratch_remove(folder);
}

static void one_that_cannot_be_taken_stops_it(void **state) {
    (void)state;
    char *folder = scratch_make();
    _cleanup_free_ char *line = line_of(); /* what is to be linked is not there */
    assert_int_not_equal(run(folder, line), 0);
    expect(folder, "behind", "-");
    (void)scratch_remove(folder);
    assert_int_not_equal(run("/nowhere/at/all", NULL), 0);
}

static void without_steps_the_folder_is_enough(void **state) {
    (void)state;
    char *folder = scratch_make();
    assert_int_equal(run(folder, NULL), 0);
    expect(folder, "behind", "on\n");
    (void)scratch_remove(folder);
}

static void a_name_of_several_lines_is_none(void **state) {
    (void)state;
    _cleanup_buf_ struct buf line = BUF_NULL;
    assert_int_equal(slurm_step_keep(&line, "a\nb", "c"), -EINVAL);
    assert_int_equal(slurm_step_give(&line, "a", "c\n"), -EINVAL);
    assert_int_equal(buf_len(&line), 0);
}

static int build(void *data) {
    _cleanup_buf_ struct buf line = BUF_NULL;
    _cleanup_buf_ struct buf program = BUF_NULL;
    (void)data;
    int r = slurm_step_keep(&line, "it's", "it's.1");
    assert_true(r == 0 || buf_len(&line) == 0);
    r = r ? r : slurm_steps_program(&program, "~/a", "keep a b;");
    assert_true(r == 0 || buf_len(&program) == 0);
    return r;
}

static void without_memory_it_is_an_error(void **state) {
    (void)state;
    assert_in_range(alloc_fault_sweep(build, NULL, -ENOMEM), 2, 20);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_step_is_taken_once),
        cmocka_unit_test(one_that_cannot_be_taken_stops_it),
        cmocka_unit_test(without_steps_the_folder_is_enough),
        cmocka_unit_test(a_name_of_several_lines_is_none),
        cmocka_unit_test(without_memory_it_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
