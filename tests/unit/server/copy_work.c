/* A fresh folder is whole under its name, or not there. */
#include "server/copy_work.h"

#include "base/file.h"
#include "base/path.h"
#include "support/alloc_fault.h"
#include "support/scratch.h"

#include <errno.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
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

static bool is_there(const char *scratch, const char *name) {
    _cleanup_free_ char *path = scratch_path(scratch, name);
    struct stat st;
    return lstat(path, &st) == 0;
}

/* A folder "job-…" with a file, one below a folder that is named twice, and a link. */
static int make(struct copy_work **out, const char *scratch) {
    char top[PATH_MAX];
    char data[PATH_MAX];
    char none[PATH_MAX];
    struct copy_work *work = NULL;
    (void)snprintf(top, sizeof top, "%s/top", scratch);
    (void)snprintf(data, sizeof data, "%s/data", scratch);
    (void)snprintf(none, sizeof none, "%s/none", scratch);
    int r = copy_work_new(&work, top, "job");
    if (r == 0) {
        work->input = strdup("in");
        r = work->input ? buf_append_str(&work->text, "text") : -ENOMEM;
    }
    r = r ? r : copy_work_add(work, COPY_FILE, data, "./sub/data");
    r = r ? r : copy_work_add(work, COPY_FILE, data, "./sub/data");
    r = r ? r : copy_work_add(work, COPY_FILE, none, "none");
    r = r ? r : copy_work_add(work, COPY_LINK, data, "link");
    if (r < 0) {
        (void)copy_work_free(work);
        return r;
    }
    *out = work;
    return 0;
}

static void put_data(const char *scratch) {
    _cleanup_free_ char *data = scratch_path(scratch, "data");
    assert_int_equal(file_write_atomic(data, "hello", 5), 0);
}

static void holds(const struct copy_work *work, const char *name, bool yes) {
    _cleanup_free_ char *path = NULL;
    assert_int_equal(path_join(&path, work->folder, name), 0);
    assert_int_equal(access(path, F_OK) == 0, yes);
}

static void what_is_kept_is_all_there_and_nothing_beside_it(void **state) {
    struct copy_work *work = NULL;
    put_data(*state);
    assert_int_equal(make(&work, *state), 0);
    assert_int_equal(copy_work_run(work), 0);
    copy_work_keep(work);
    holds(work, "in", true);
    holds(work, "sub/data", true);
    holds(work, "link", true);
    holds(work, "none", false);
    assert_true(copy_work_find(work, work->files[0].from)->there);
    assert_int_equal(copy_work_find(work, work->files[0].from)->size, 5);
    assert_false(copy_work_find(work, work->files[2].from)->there);
    assert_null(copy_work_find(work, "/elsewhere"));
    assert_false(is_there(*state, "top/.partial"));
    (void)copy_work_free(work);
}

static void what_is_discarded_is_gone_when_it_was_tidied_up(void **state) {
    struct copy_work *work = NULL;
    put_data(*state);
    assert_int_equal(make(&work, *state), 0);
    assert_int_equal(copy_work_run(work), 0);
    copy_work_discard(work);
    assert_int_equal(access(work->folder, F_OK), -1);
    assert_true(copy_needs_tidying(work->top));
    assert_int_equal(copy_tidy(work->top), 1);
    assert_false(copy_needs_tidying(work->top));
    (void)copy_work_free(work);
}

static void what_somebody_is_at_is_not_tidied_up(void **state) {
    struct copy_work *work = NULL;
    put_data(*state);
    assert_int_equal(make(&work, *state), 0);
    assert_int_equal(copy_work_run(work), 0); /* and neither kept nor discarded */
    assert_int_equal(copy_tidy(work->top), 0);
    assert_int_equal(access(work->folder, F_OK), 0);
    (void)copy_work_free(work);
}

static void what_is_told_to_stop_leaves_nothing(void **state) {
    struct copy_work *work = NULL;
    put_data(*state);
    assert_int_equal(make(&work, *state), 0);
    atomic_store(&work->stop, true);
    assert_int_equal(copy_work_run(work), -ECANCELED);
    assert_int_equal(access(work->folder, F_OK), -1);
    assert_false(is_there(*state, "top/.partial"));
    (void)copy_work_free(work);
}

static void what_cannot_be_read_is_named_and_leaves_nothing(void **state) {
    struct copy_work *work = NULL;
    _cleanup_free_ char *data = scratch_path(*state, "data");
    assert_int_equal(mkdir(data, 0700), 0);
    assert_int_equal(make(&work, *state), 0);
    assert_true(copy_work_run(work) < 0);
    assert_non_null(strstr(work->error.text, "/data cannot be read: it is not a"));
    assert_false(is_there(*state, "top/.partial"));
    (void)copy_work_free(work);
}

static void more_than_is_allowed_is_refused_and_leaves_nothing(void **state) {
    struct copy_work *work = NULL;
    put_data(*state);
    assert_int_equal(make(&work, *state), 0);
    work->max = 4;
    assert_int_equal(copy_work_run(work), -EFBIG);
    assert_false(is_there(*state, "top/.partial"));
    (void)copy_work_free(work);
}

static void a_place_that_cannot_be_made_is_named_with_the_way_out(void **state) {
    struct copy_work *work = NULL;
    _cleanup_free_ char *top = scratch_path(*state, "top");
    assert_int_equal(file_write_atomic(top, "", 0), 0);
    assert_int_equal(make(&work, *state), 0);
    assert_int_equal(copy_work_run(work), -ENOTDIR);
    assert_non_null(strstr(work->error.text, "copy_directory in [jobs]"));
    (void)copy_work_free(work);
}

static int make_and_free(void *data) {
    struct copy_work *work = NULL;
    int r = make(&work, data);
    (void)copy_work_free(work);
    return r;
}

static void without_memory_none_is_made(void **state) {
    assert_true(alloc_fault_sweep(make_and_free, *state, -ENOMEM) > 0);
}

static void without_memory_in_its_midst_nothing_half_has_a_name(void **state) {
    bool met = true;
    put_data(*state);
    for (size_t skip = 0; met; skip++) {
        struct copy_work *work = NULL;
        assert_int_equal(make(&work, *state), 0);
        alloc_fault_arm(skip);
        int r = copy_work_run(work);
        met = alloc_fault_disarm();
        assert_true(r == 0 || (met && r == -ENOMEM));
        if (r == 0) {
            holds(work, "sub/data", true);
        } else {
            assert_int_equal(access(work->folder, F_OK), -1);
        }
        copy_work_keep(work);
        (void)copy_work_free(work);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_is_kept_is_all_there_and_nothing_beside_it,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_discarded_is_gone_when_it_was_tidied_up,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_somebody_is_at_is_not_tidied_up, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(what_is_told_to_stop_leaves_nothing, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(what_cannot_be_read_is_named_and_leaves_nothing,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            more_than_is_allowed_is_refused_and_leaves_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            a_place_that_cannot_be_made_is_named_with_the_way_out, set_up, tear_down),
        cmocka_unit_test_setup_teardown(without_memory_none_is_made, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            without_memory_in_its_midst_nothing_half_has_a_name, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
