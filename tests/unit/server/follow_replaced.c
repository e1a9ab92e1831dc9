/* Files that are cut, replaced, removed, or come late. */
#include "follow_world.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

/* ---- cut and replaced ---- */

static void a_cut_file_begins_again(void **state) {
    struct world *world = *state;
    struct reader reader = READER;
    _cleanup_free_ char *path = world_path(world, "f");
    file_append(path, "a long text");
    reader_begin(world, &reader, path, 0);
    world_await(world, &reader, "a long text");
    file_put(path, O_TRUNC, "short");
    world_await_again(world, &reader, 1);
    world_await(world, &reader, "short");
    file_put(path, O_TRUNC, "");
    world_await_again(world, &reader, 2);
    file_append(path, "x");
    world_await(world, &reader, "x");
    assert_int_equal(reader.again, 2);
    reader_end(&reader);
}

static void a_cut_file_that_has_grown_again_begins_again(void **state) {
    struct world *world = *state;
    struct reader reader = READER;
    _cleanup_free_ char *path = world_path(world, "f");
    file_append(path, "short");
    reader_begin(world, &reader, path, 0);
    world_await(world, &reader, "short");
    file_put(path, O_TRUNC, "another text, and longer");
    world_await(world, &reader, "another text, and longer");
    assert_int_equal(reader.again, 1);
    reader_end(&reader);
}

static void a_file_renamed_over_it_begins_again(void **state) {
    struct world *world = *state;
    struct reader reader = READER;
    _cleanup_free_ char *path = world_path(world, "f");
    _cleanup_free_ char *other = world_path(world, "g");
    file_append(path, "same");
    reader_begin(world, &reader, path, 0);
    world_await(world, &reader, "same");
    file_append(other, "same, and more");
    assert_int_equal(rename(other, path), 0);
    world_await(world, &reader, "same, and more");
    assert_int_equal(reader.again, 1);
    file_append(path, "!");
    world_await(world, &reader, "same, and more!");
    reader_end(&reader);
}

static void a_file_that_comes_back_goes_on(void **state) {
    struct world *world = *state;
    struct reader reader = READER;
    _cleanup_free_ char *path = world_path(world, "f");
    _cleanup_free_ char *aside = world_path(world, "aside");
    file_append(path, "one");
    reader_begin(world, &reader, path, 0);
    world_await(world, &reader, "one");
    assert_int_equal(rename(path, aside), 0);
    world_settle(world);
    file_append(aside, "two");
    world_settle(world);
    assert_true(reader_has(&reader, "one"));
    assert_int_equal(rename(aside, path), 0);
    world_await(world, &reader, "onetwo");
    assert_int_equal(reader.again, 0);
    reader_end(&reader);
}

static void a_file_removed_and_made_again_begins_again(void **state) {
    struct world *world = *state;
    struct reader reader = READER;
    _cleanup_free_ char *path = world_path(world, "f");
    file_append(path, "one");
    reader_begin(world, &reader, path, 0);
    world_await(world, &reader, "one");
    assert_int_equal(unlink(path), 0);
    world_settle(world);
    file_append(path, "one, again");
    world_await(world, &reader, "one, again");
    assert_int_equal(reader.again, 1);
    reader_end(&reader);
}

static void a_folder_removed_and_made_again_is_found_again(void **state) {
    struct world *world = *state;
    struct reader reader = READER;
    _cleanup_free_ char *folder = world_path(world, "folder");
    _cleanup_free_ char *path = world_path(world, "folder/f");
    assert_int_equal(mkdir(folder, 0700), 0);
    file_append(path, "one");
    reader_begin(world, &reader, path, 0);
    world_await(world, &reader, "one");
    assert_int_equal(unlink(path), 0);
    assert_int_equal(rmdir(folder), 0);
    world_settle(world);
    assert_int_equal(mkdir(folder, 0700), 0);
    world_settle(world);
    file_append(path, "two");
    world_await(world, &reader, "two");
    assert_int_equal(reader.again, 1);
    reader_end(&reader);
}

/* ---- missing ---- */

static void a_missing_file_is_read_when_it_appears(void **state) {
    struct world *world = *state;
    struct reader reader = READER;
    _cleanup_free_ char *path = world_path(world, "f");
    _cleanup_free_ char *other = world_path(world, "other");
    reader_begin(world, &reader, path, 0);
    world_settle(world);
    file_append(other, "not this one");
    world_settle(world);
    file_append(path, "here");
    world_await(world, &reader, "here");
    assert_int_equal(reader.again, 0);
    reader_end(&reader);
}

static void a_file_in_folders_that_are_still_to_come_is_waited_for(void **state) {
    struct world *world = *state;
    struct reader reader = READER;
    _cleanup_free_ char *outer = world_path(world, "a");
    _cleanup_free_ char *inner = world_path(world, "a/b");
    _cleanup_free_ char *path = world_path(world, "a/b/f");
    reader_begin(world, &reader, path, 0);
    world_settle(world);
    assert_int_equal(mkdir(outer, 0700), 0);
    assert_int_equal(mkdir(inner, 0700), 0);
    world_settle(world);
    file_append(path, "here");
    world_await(world, &reader, "here");
    reader_end(&reader);
}

static void folders_that_come_with_the_file_in_them_are_found(void **state) {
    struct world *world = *state;
    struct reader reader = READER;
    _cleanup_free_ char *made = world_path(world, "made");
    _cleanup_free_ char *file = world_path(world, "made/f");
    _cleanup_free_ char *folder = world_path(world, "a");
    _cleanup_free_ char *path = world_path(world, "a/f");
    assert_int_equal(mkdir(made, 0700), 0);
    file_append(file, "here");
    reader_begin(world, &reader, path, 0);
    world_settle(world);
    assert_int_equal(rename(made, folder), 0);
    world_await(world, &reader, "here");
    reader_end(&reader);
}

static void what_is_no_regular_file_is_not_opened(void **state) {
    struct world *world = *state;
    struct reader reader = READER;
    _cleanup_free_ char *path = world_path(world, "f");
    _cleanup_free_ char *other = world_path(world, "g");
    assert_int_equal(mkfifo(path, 0600), 0);
    reader_begin(world, &reader, path, 0);
    world_settle(world);
    assert_int_equal(open(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC), -1);
    file_append(other, "a file");
    assert_int_equal(rename(other, path), 0);
    world_await(world, &reader, "a file");
    reader_end(&reader);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        WITH(world_set_up, a_cut_file_begins_again),
        WITH(world_set_up, a_cut_file_that_has_grown_again_begins_again),
        WITH(world_set_up, a_file_renamed_over_it_begins_again),
        WITH(world_set_up, a_file_that_comes_back_goes_on),
        WITH(world_set_up, a_file_removed_and_made_again_begins_again),
        WITH(world_set_up, a_folder_removed_and_made_again_is_found_again),
        WITH(world_set_up, a_missing_file_is_read_when_it_appears),
        WITH(world_set_up, a_file_in_folders_that_are_still_to_come_is_waited_for),
        WITH(world_set_up, folders_that_come_with_the_file_in_them_are_found),
        WITH(world_set_up, what_is_no_regular_file_is_not_opened),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
