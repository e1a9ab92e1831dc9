/* What a cluster is like, asked by a real shell. */
#include "slurm/probe.h"

#include "base/cleanup.h"
#include "support/alloc_fault.h"
#include "support/scratch.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static const char *const programs[] = {"sh", "no-such-program", NULL};

struct seen {
    char text[8192];
};

static int note(const struct slurm_fact *fact, void *data) {
    struct seen *seen = data;
    size_t used = strlen(seen->text);
    (void)snprintf(seen->text + used, sizeof seen->text - used, "%s=%.*s;", fact->key,
                   (int)fact->n, fact->value);
    return 0;
}

static void ask(const char *workdir, const char *setup, struct seen *seen) {
    _cleanup_buf_ struct buf program = BUF_NULL;
    char *folder = scratch_make();
    _cleanup_free_ char *path = scratch_path(folder, "program");
    char command[4200];
    char text[8192];
    assert_int_equal(slurm_probe_program(&program, workdir, setup, programs), 0);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    (void)fwrite(buf_bytes(&program), 1, buf_len(&program), file);
    (void)fclose(file);
    (void)snprintf(command, sizeof command, "sh <'%s'", path);
    FILE *pipe = popen(command, "r");
    assert_non_null(pipe);
    size_t n = fread(text, 1, sizeof text, pipe);
    (void)pclose(pipe);
    assert_int_equal(slurm_probe_read(text, n, note, seen), 0);
    scratch_remove(folder);
}

static void what_is_there_is_told(void **state) {
    (void)state;
    char *folder = scratch_make();
    _cleanup_free_ char *below = scratch_path(folder, "it's $x/new");
    struct seen seen = {""};
    char want[4200];
    ask(below, "exit_is=not_reached", &seen);
    (void)snprintf(want, sizeof want, "folder=%s;", below);
    assert_non_null(strstr(seen.text, want));
    assert_non_null(strstr(seen.text, "free="));
    assert_non_null(strstr(seen.text, "program=sh /"));
    assert_null(strstr(seen.text, "no-such-program"));
    assert_non_null(strstr(seen.text, "done="));
    assert_int_equal(access(below, F_OK), 0);
    scratch_remove(folder);
}

static void what_the_setup_breaks_breaks_only_itself(void **state) {
    (void)state;
    struct seen seen = {""};
    ask("/proc/none", "exit 3", &seen);
    assert_non_null(strstr(seen.text, "nofolder="));
    assert_null(strstr(seen.text, "program="));
    assert_non_null(strstr(seen.text, "done="));
}

static void other_lines_are_passed_over(void **state) {
    (void)state;
    static const char text[] = "Welcome!\nhostess a\nhost b\nhost\ntime 5";
    struct seen seen = {""};
    assert_int_equal(slurm_probe_read(text, strlen(text), note, &seen), 0);
    assert_string_equal(seen.text, "host=b;");
}

static int build(void *data) {
    _cleanup_buf_ struct buf out = BUF_NULL;
    (void)data;
    int r = slurm_probe_program(&out, "~/it's", "module load x", programs);
    assert_true(r == 0 || buf_len(&out) == 0);
    return r;
}

static void without_memory_nothing_is_appended(void **state) {
    (void)state;
    assert_true(alloc_fault_sweep(build, NULL, -ENOMEM) > 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_there_is_told),
        cmocka_unit_test(what_the_setup_breaks_breaks_only_itself),
        cmocka_unit_test(other_lines_are_passed_over),
        cmocka_unit_test(without_memory_nothing_is_appended),
    };
    return cmocka_run_group_tests_name("slurm: probe", tests, NULL, NULL);
}
