/* Where things are. */
#include "base/path.h"

#include "base/cleanup.h"
#include "support/scratch.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

static int set_up(void **state) {
    *state = scratch_make();
    return 0;
}

static int tear_down(void **state) {
    (void)unsetenv("XDG_RUNTIME_DIR");
    (void)unsetenv("XDG_STATE_HOME");
    *state = scratch_remove(*state);
    return 0;
}

static void the_socket_is_in_the_runtime_folder(void **state) {
    _cleanup_free_ char *path = NULL;
    _cleanup_free_ char *want = scratch_path(*state, "crystalmath.sock");
    assert_int_equal(setenv("XDG_RUNTIME_DIR", *state, 1), 0);
    assert_int_equal(path_socket_default(&path), 0);
    assert_string_equal(path, want);
}

static void
a_runtime_folder_that_is_relative_missing_or_no_folder_does_not_count(void **state) {
    (void)state;
    char want[64];
    (void)snprintf(want, sizeof want, "/tmp/crystalmath-%lu.sock",
                   (unsigned long)geteuid());
    const char *const values[] = {"", "relative", "/nonexistent/folder", "/dev/null"};
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        _cleanup_free_ char *path = NULL;
        assert_int_equal(setenv("XDG_RUNTIME_DIR", values[i], 1), 0);
        assert_int_equal(path_socket_default(&path), 0);
        assert_string_equal(path, want);
    }
}

static void state_is_below_the_state_folder_or_home(void **state) {
    (void)state;
    _cleanup_free_ char *set = NULL;
    _cleanup_free_ char *unset = NULL;
    _cleanup_free_ char *home = strdup(getenv("HOME") ? getenv("HOME") : "");
    assert_int_equal(setenv("XDG_STATE_HOME", "/some/state", 1), 0);
    assert_int_equal(path_state_dir(&set), 0);
    assert_string_equal(set, "/some/state/crystalmath");
    assert_int_equal(setenv("XDG_STATE_HOME", "not/absolute", 1), 0);
    assert_int_equal(setenv("HOME", "/home/me", 1), 0);
    assert_int_equal(path_state_dir(&unset), 0);
    assert_string_equal(unset, "/home/me/.local/state/crystalmath");
    (void)setenv("HOME", home, 1);
}

static void missing_parents_are_made_private(void **state) {
    _cleanup_free_ char *deep = scratch_path(*state, "a/b/c");
    _cleanup_free_ char *file = scratch_path(*state, "file");
    _cleanup_free_ char *below = scratch_path(*state, "file/x");
    struct stat st;
    assert_int_equal(path_make_private(deep), 0);
    assert_int_equal(path_make_private(deep), 0);
    assert_int_equal(stat(deep, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0700);
    int fd = open(file, O_CREAT | O_WRONLY, 0600);
    assert_true(fd >= 0);
    (void)close(fd);
    assert_int_equal(path_make_private(below), -ENOTDIR);
    assert_int_equal(path_make_private(file), -ENOTDIR);
}

static void parts_of_paths(void **state) {
    (void)state;
    const struct {
        const char *path, *dir, *base;
    } cases[] = {
        {"/a/b", "/a", "b"}, {"/a", "/", "a"}, {"a", ".", "a"}, {"a/b", "a", "b"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        _cleanup_free_ char *dir = NULL;
        assert_int_equal(path_dirname(&dir, cases[i].path), 0);
        assert_string_equal(dir, cases[i].dir);
        assert_string_equal(path_basename(cases[i].path), cases[i].base);
    }
    _cleanup_free_ char *joined = NULL;
    _cleanup_free_ char *absolute = NULL;
    assert_int_equal(path_join(&joined, "/a/", "b"), 0);
    assert_string_equal(joined, "/a/b");
    assert_int_equal(path_join(&absolute, "/a", "/b"), 0);
    assert_string_equal(absolute, "/b");
}

static void an_absolute_path_has_no_empty_steps(void **state) {
    (void)state;
    const char *const cases[][2] = {
        {"/a/./b//c/.", "/a/b/c"},
        {"/", "/"},
        {"/.", "/"},
        {"/.hidden/..", "/.hidden/.."},
        {"//a/.b/", "/a/.b/"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        _cleanup_free_ char *path = NULL;
        assert_int_equal(path_absolute(&path, cases[i][0]), 0);
        assert_string_equal(path, cases[i][1]);
    }
    _cleanup_free_ char *here = getcwd(NULL, 0);
    _cleanup_free_ char *path = NULL;
    assert_int_equal(path_absolute(&path, "./."), 0);
    assert_string_equal(path, here);
}

static void programs_are_found_on_the_given_path(void **state) {
    _cleanup_free_ char *found = NULL;
    _cleanup_free_ char *plain = scratch_path(*state, "plain");
    assert_int_equal(path_find_executable(&found, "sh", "/nonexistent:/bin"), 0);
    assert_string_equal(found, "/bin/sh");
    char *none = NULL;
    assert_int_equal(path_find_executable(&none, "no-such-program", "/bin"), -ENOENT);
    int fd = open(plain, O_CREAT | O_WRONLY, 0600);
    assert_true(fd >= 0);
    (void)close(fd);
    assert_int_equal(path_find_executable(&none, "plain", *state), -EACCES);
    assert_int_equal(path_find_executable(&none, plain, NULL), -EACCES);
}

static void an_override_that_is_not_there_is_named(void **state) {
    (void)state;
    struct errmsg msg = ERRMSG_NULL;
    char *found = NULL;
    assert_int_equal(setenv("SOME_PROGRAM", "/nonexistent/program", 1), 0);
    assert_int_equal(path_find_sibling(&found, "program", "SOME_PROGRAM", &msg),
                     -ENOENT);
    assert_string_equal(
        msg.text, "SOME_PROGRAM is set to /nonexistent/program, which is not there");
    assert_int_equal(setenv("SOME_PROGRAM", "/bin/sh", 1), 0);
    assert_int_equal(path_find_sibling(&found, "program", "SOME_PROGRAM", &msg), 0);
    assert_string_equal(found, "/bin/sh");
    free(found);
}

static void a_clean_path_has_no_detours(void **state) {
    (void)state;
    static const struct {
        const char *given, *want;
    } cases[] = {
        {"/a/./b", "/a/b"},   {"/a//b/", "/a/b"}, {"/a/../b", "/b"}, {"/../a", "/a"},
        {"/a/b/..", "/a"},    {"/a/..", "/"},     {"/", "/"},        {"//", "/"},
        {"/a/...", "/a/..."}, {"/a/.b", "/a/.b"}, {"/a/./", "/a"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *path = strdup(cases[i].given);
        assert_non_null(path);
        path_clean(path);
        assert_string_equal(path, cases[i].want);
        free(path);
    }
}

static void two_names_of_a_place_become_the_same(void **state) {
    _cleanup_free_ char *folder = scratch_path(*state, "folder");
    _cleanup_free_ char *link = scratch_path(*state, "link");
    assert_int_equal(mkdir(folder, 0700), 0);
    assert_int_equal(symlink("folder", link), 0);
    const struct {
        const char *base, *tail, *want;
    } cases[] = {
        {folder, "", ""},
        {link, "", ""},
        {link, "/", ""},
        {link, "/to/be/made", "/to/be/made"},
        {link, "//to/./be/x/../made/", "/to/be/made"},
        {link, "/../folder/si.out", "/si.out"},
    };
    _cleanup_free_ char *real = realpath(folder, NULL);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char given[PATH_MAX];
        char want[PATH_MAX];
        _cleanup_free_ char *path = NULL;
        (void)snprintf(given, sizeof given, "%s%s", cases[i].base, cases[i].tail);
        (void)snprintf(want, sizeof want, "%s%s", real, cases[i].want);
        assert_int_equal(path_resolve(&path, given), 0);
        assert_string_equal(path, want);
    }
    _cleanup_free_ char *top = NULL;
    _cleanup_free_ char *gone = NULL;
    assert_int_equal(path_resolve(&top, "/"), 0);
    assert_string_equal(top, "/");
    assert_int_equal(path_resolve(&gone, "/nonexistent/folder/../x"), 0);
    assert_string_equal(gone, "/nonexistent/x");
}

static void a_path_leads_out_where_it_goes_up_further_than_down(void **state) {
    (void)state;
    const char *const in[] = {"",     ".",   "a",   "./a/../b", "a/../",
                              "a//b", "..a", "a..", "..."};
    const char *const out[] = {"..", "./..", "../a", "a/../..", "a/../../a", "/", "/a"};
    for (size_t i = 0; i < sizeof in / sizeof in[0]; i++) {
        assert_false(path_leads_out(in[i]));
    }
    for (size_t i = 0; i < sizeof out / sizeof out[0]; i++) {
        assert_true(path_leads_out(out[i]));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_clean_path_has_no_detours),
        cmocka_unit_test(a_path_leads_out_where_it_goes_up_further_than_down),
        cmocka_unit_test_setup_teardown(two_names_of_a_place_become_the_same, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(the_socket_is_in_the_runtime_folder, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(
            a_runtime_folder_that_is_relative_missing_or_no_folder_does_not_count,
            set_up, tear_down),
        cmocka_unit_test_setup_teardown(state_is_below_the_state_folder_or_home, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(missing_parents_are_made_private, set_up,
                                        tear_down),
        cmocka_unit_test(parts_of_paths),
        cmocka_unit_test(an_absolute_path_has_no_empty_steps),
        cmocka_unit_test_setup_teardown(programs_are_found_on_the_given_path, set_up,
                                        tear_down),
        cmocka_unit_test(an_override_that_is_not_there_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
