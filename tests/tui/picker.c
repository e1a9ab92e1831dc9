/* Choosing an input file. */
#include "tui/picker.h"

#include "base/cleanup.h"
#include "base/str.h"
#include "codes/code.h"
#include "support/alloc_fault.h"

#include <errno.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define _cleanup_picker_ _cleanup_(picker_deinit)

static const char *const silicon =
    "&control\n/\n&system\n ibrav=2, celldm(1)=10.2, nat=1, ntyp=1, ecutwfc=18\n/\n"
    "&electrons\n/\nATOMIC_SPECIES\n Si 28 Si.UPF\nATOMIC_POSITIONS alat\n Si 0 0 0\n"
    "K_POINTS gamma\n";

static void write_file(const char *folder, const char *name, const char *text) {
    _cleanup_free_ char *path = NULL;

    assert_int_equal(str_printf(&path, "%s/%s", folder, name), 0);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static void make_folder(const char *folder, const char *name) {
    _cleanup_free_ char *path = NULL;

    assert_int_equal(str_printf(&path, "%s/%s", folder, name), 0);
    assert_int_equal(mkdir(path, 0700), 0);
}

/* A folder with two folders, two files and a hidden one; *state is its path. */
static int make_world(void **state) {
    char *folder = strdup("/tmp/crystalmath-picker-XXXXXX");

    if (!folder || !mkdtemp(folder)) {
        return -1;
    }
    *state = folder;
    make_folder(folder, "Zeta");
    make_folder(folder, "alpha");
    write_file(folder, "si.in", silicon);
    write_file(folder, "notes.txt", "buy milk\n");
    write_file(folder, ".hidden.in", silicon);
    return 0;
}

static int remove_one(const char *path, const struct stat *status, int flag,
                      struct FTW *walk) {
    (void)status;
    (void)flag;
    (void)walk;
    return remove(path);
}

static int remove_world(void **state) {
    int r = nftw(*state, remove_one, 8, FTW_DEPTH | FTW_PHYS);

    free(*state);
    return r;
}

static void folders_come_first_and_the_way_up_before_all(void **state) {
    static const char *const names[] = {"..", "alpha", "Zeta", "notes.txt", "si.in"};
    _cleanup_picker_ struct picker picker = {0};

    picker_init(&picker);
    assert_int_equal(picker_open(&picker, *state, NULL, NULL), 0);
    assert_int_equal(picker.n, 5);
    for (size_t i = 0; i < 5; i++) {
        assert_string_equal(picker.entries[i].name, names[i]);
        assert_int_equal(picker.entries[i].is_folder, i < 3);
    }
    assert_string_equal(picker_selected(&picker)->name, "alpha");
}

static void inputs_are_recognised_when_they_are_looked_at(void **state) {
    _cleanup_picker_ struct picker picker = {0};

    assert_int_equal(picker_open(&picker, *state, "si.in", NULL), 0);
    assert_null(picker_selected(&picker)->code);
    for (size_t i = 0; i < picker.n; i++) {
        picker_look(&picker, i);
    }
    assert_string_equal(code_name(picker_selected(&picker)->code), "quantum_espresso");
    assert_null(picker.entries[3].code);
}

static void hidden_files_are_shown_when_asked_for(void **state) {
    _cleanup_picker_ struct picker picker = {0};

    assert_int_equal(picker_open(&picker, *state, "si.in", NULL), 0);
    assert_int_equal(picker_toggle_hidden(&picker, NULL), 0);
    assert_int_equal(picker.n, 6);
    assert_string_equal(picker_selected(&picker)->name, "si.in");
    assert_int_equal(picker_toggle_hidden(&picker, NULL), 0);
    assert_int_equal(picker.n, 5);
}

static void one_comes_back_to_the_folder_one_was_in(void **state) {
    _cleanup_picker_ struct picker picker = {0};

    assert_int_equal(picker_open(&picker, *state, "Zeta", NULL), 0);
    assert_int_equal(picker_enter(&picker, NULL), 0);
    assert_int_equal(picker.n, 1);
    assert_string_equal(picker_selected(&picker)->name, "..");
    assert_int_equal(picker_enter(&picker, NULL), 0);
    assert_string_equal(picker.folder, *state);
    assert_string_equal(picker_selected(&picker)->name, "Zeta");
}

static void above_the_root_there_is_nothing(void **state) {
    _cleanup_picker_ struct picker picker = {0};

    (void)state;
    assert_int_equal(picker_open(&picker, "/", NULL, NULL), 0);
    assert_string_not_equal(picker.entries[0].name, "..");
    assert_int_equal(picker_up(&picker, NULL), 0);
    assert_string_equal(picker.folder, "/");
}

static void a_folder_that_cannot_be_read_changes_nothing(void **state) {
    _cleanup_picker_ struct picker picker = {0};
    struct errmsg msg = ERRMSG_NULL;

    assert_int_equal(picker_open(&picker, *state, NULL, NULL), 0);
    assert_int_equal(picker_open(&picker, "/nonexistent/folder", NULL, &msg), -ENOENT);
    assert_non_null(strstr(msg.text, "/nonexistent/folder"));
    assert_string_equal(picker.folder, *state);
    assert_int_equal(picker.n, 5);
}

static void moving_stops_at_both_ends(void **state) {
    _cleanup_picker_ struct picker picker = {0};

    picker_move(&picker, 1);
    assert_null(picker_selected(&picker));
    assert_int_equal(picker_open(&picker, *state, NULL, NULL), 0);
    picker_move(&picker, -1000000000);
    assert_int_equal(picker.selected, 0);
    picker_move(&picker, 1000000000);
    assert_int_equal(picker.selected, 4);
}

static int open_with_faults(void *data) {
    _cleanup_picker_ struct picker picker = {0};
    int r = picker_open(&picker, data, NULL, NULL);

    /* libc's own opendir is not wrapped, so every failure is ours. */
    for (size_t i = 0; i < picker.n; i++) {
        assert_non_null(picker.entries[i].name);
    }
    return r;
}

static void without_memory_nothing_is_opened(void **state) {
    assert_true(alloc_fault_sweep(open_with_faults, *state, -ENOMEM) >= 7);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(folders_come_first_and_the_way_up_before_all),
        cmocka_unit_test(inputs_are_recognised_when_they_are_looked_at),
        cmocka_unit_test(hidden_files_are_shown_when_asked_for),
        cmocka_unit_test(one_comes_back_to_the_folder_one_was_in),
        cmocka_unit_test(above_the_root_there_is_nothing),
        cmocka_unit_test(a_folder_that_cannot_be_read_changes_nothing),
        cmocka_unit_test(moving_stops_at_both_ends),
        cmocka_unit_test(without_memory_nothing_is_opened),
    };

    return cmocka_run_group_tests(tests, make_world, remove_world);
}
