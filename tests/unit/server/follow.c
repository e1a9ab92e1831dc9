/* Files that grow, with watches and without, and the readers that come and go. */
#include "follow_world.h"

#include "support/alloc_fault.h"

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

/* ---- growing ---- */

static void what_is_there_and_what_comes_is_told_in_order(void **state) {
    struct world *world = *state;
    struct reader reader = READER;
    _cleanup_free_ char *path = world_path(world, "f");
    file_append(path, "one\n");
    reader_begin(world, &reader, path, 0);
    world_await(world, &reader, "one\n");
    file_append(path, "two\n");
    world_await(world, &reader, "one\ntwo\n");
    file_append(path, "three");
    world_await(world, &reader, "one\ntwo\nthree");
    assert_int_equal(reader.again, 0);
    reader_end(&reader);
}

static void nothing_is_read_before_the_loop_turns(void **state) {
    struct world *world = *state;
    struct reader reader = READER;
    _cleanup_free_ char *path = world_path(world, "f");
    file_append(path, "one\n");
    reader_begin(world, &reader, path, 0);
    assert_int_equal(reader.calls, 0);
    follow_read(reader.follow);
    assert_true(reader_has(&reader, "one\n"));
    reader_end(&reader);
}

static void an_offset_is_where_it_begins(void **state) {
    struct world *world = *state;
    struct reader reader = READER;
    _cleanup_free_ char *path = world_path(world, "f");
    file_append(path, "0123456789");
    reader.next = 7;
    reader_begin(world, &reader, path, 7);
    world_await(world, &reader, "789");
    reader_end(&reader);
}

static void an_offset_behind_the_end_waits_for_the_file_to_grow(void **state) {
    struct world *world = *state;
    struct reader reader = READER;
    _cleanup_free_ char *path = world_path(world, "f");
    file_append(path, "0123");
    reader.next = 6;
    reader_begin(world, &reader, path, 6);
    world_settle(world);
    file_append(path, "45");
    follow_read(reader.follow);
    assert_int_equal(reader.calls, 0);
    file_append(path, "67");
    world_await(world, &reader, "67");
    assert_int_equal(reader.again, 0);
    reader_end(&reader);
}

static void from_the_end_only_what_comes_later_is_told(void **state) {
    struct world *world = *state;
    struct reader reader = READER;
    struct reader late = READER;
    _cleanup_free_ char *path = world_path(world, "f");
    _cleanup_free_ char *missing = world_path(world, "g");
    file_append(path, "old");
    reader_begin(world, &reader, path, FOLLOW_FROM_END);
    reader_begin(world, &late, missing, FOLLOW_FROM_END);
    file_append(path, "new");
    file_append(missing, "all");
    world_await(world, &reader, "new");
    world_await(world, &late, "all");
    assert_int_equal(reader.next, 6);
    reader_end(&reader);
    reader_end(&late);
}

static void a_part_is_read_at_once_where_only_that_is_wanted(void **state) {
    struct world *world = *state;
    struct reader reader = READER;
    _cleanup_free_ char *path = world_path(world, "f");
    file_append(path, "0123456789");
    reader_begin(world, &reader, path, 0);
    assert_false(follow_read_some(reader.follow, 4));
    assert_true(reader_has(&reader, "0123"));
    assert_true(follow_read_some(reader.follow, 100));
    assert_true(reader_has(&reader, "0123456789"));
    reader_end(&reader);
}

static void a_large_file_keeps_no_other_from_its_turn(void **state) {
    struct world *world = *state;
    struct reader large = READER;
    struct reader small = READER;
    _cleanup_free_ char *path = world_path(world, "large");
    _cleanup_free_ char *other = world_path(world, "small");
    file_append(path, "0123456789012345678901234567890123456789");
    file_append(other, "small");
    reader_begin(world, &large, path, 0);
    reader_begin(world, &small, other, 0);
    world_await(world, &small, "small");
    assert_true(buf_len(&large.got) < 40);
    world_await(world, &large, "0123456789012345678901234567890123456789");
    reader_end(&large);
    reader_end(&small);
}

static void ten_gigabytes_are_followed_from_any_offset(void **state) {
    struct world *world = *state;
    struct reader reader = READER;
    _cleanup_free_ char *path = world_path(world, "f");
    const int64_t size = INT64_C(10) * 1024 * 1024 * 1024;
    file_append(path, "");
    assert_int_equal(truncate(path, (off_t)size), 0);
    reader.next = size - 3;
    reader_begin(world, &reader, path, size - 3);
    while (buf_len(&reader.got) < 3) {
        world_turn(world);
    }
    file_append(path, "end");
    while (buf_len(&reader.got) < 6) {
        world_turn(world);
    }
    assert_memory_equal(buf_bytes(&reader.got), "\0\0\0end", 6);
    assert_int_equal(reader.again, 0);
    reader_end(&reader);
}

/* ---- without watches ---- */

static void links_are_followed_where_they_lead_later(void **state) {
    struct world *world = *state;
    struct reader reader = READER;
    _cleanup_free_ char *path = world_path(world, "link");
    _cleanup_free_ char *made = world_path(world, "made");
    _cleanup_free_ char *one = world_path(world, "one");
    _cleanup_free_ char *two = world_path(world, "two");
    assert_int_equal(symlink("one", path), 0);
    file_append(two, "second");
    reader_begin(world, &reader, path, 0);
    world_turn(world);
    file_append(one, "first");
    world_await(world, &reader, "first");
    assert_int_equal(symlink("two", made), 0);
    assert_int_equal(rename(made, path), 0);
    world_await(world, &reader, "second");
    assert_int_equal(reader.again, 1);
    reader_end(&reader);
}

static void polled(void **state) {
    struct world *world = *state;
    struct reader reader = READER;
    _cleanup_free_ char *path = world_path(world, "folder/f");
    _cleanup_free_ char *folder = world_path(world, "folder");
    reader_begin(world, &reader, path, 0);
    world_turn(world);
    world_turn(world);
    assert_true(uv_backend_timeout(&world->loop) >= 0);
    assert_int_equal(mkdir(folder, 0700), 0);
    file_append(path, "one");
    world_await(world, &reader, "one");
    file_append(path, " two");
    world_await(world, &reader, "one two");
    file_put(path, O_TRUNC, "x");
    world_await(world, &reader, "x");
    assert_int_equal(unlink(path), 0);
    file_append(path, "y");
    world_await(world, &reader, "y");
    reader_end(&reader);
    world_settle(world);
}

static void a_system_without_watches_is_polled(void **state) {
    polled(state);
}

static void a_file_that_no_watch_is_left_for_is_polled(void **state) {
    follow_fake.no_watch = ENOSPC;
    polled(state);
}

static void a_file_that_other_machines_write_to_is_polled(void **state) {
    follow_fake.network = true;
    polled(state);
}

static void after_news_were_lost_all_is_looked_at(void **state) {
    struct world *world = *state;
    struct reader reader = READER;
    _cleanup_free_ char *path = world_path(world, "f");
    _cleanup_free_ char *other = world_path(world, "g");
    file_append(path, "one");
    file_append(other, "two");
    reader_begin(world, &reader, path, 0);
    world_await(world, &reader, "one");
    world_settle(world);
    follow_fake.lose = true;
    assert_int_equal(rename(other, path), 0);
    world_await(world, &reader, "two");
    file_append(path, "!");
    world_await(world, &reader, "two!");
    reader_end(&reader);
}

/* ---- at rest, and its end ---- */

static void while_nothing_changes_nothing_is_planned(void **state) {
    struct world *world = *state;
    struct reader reader = READER;
    struct reader missing = READER;
    _cleanup_free_ char *path = world_path(world, "f");
    _cleanup_free_ char *other = world_path(world, "g");
    file_append(path, "one");
    reader_begin(world, &reader, path, 0);
    reader_begin(world, &missing, other, 0);
    world_await(world, &reader, "one");
    world_settle(world);
    assert_int_equal(uv_backend_timeout(&world->loop), -1);
    file_append(path, "two");
    world_await(world, &reader, "onetwo");
    world_settle(world);
    assert_int_equal(uv_backend_timeout(&world->loop), -1);
    reader_end(&reader);
    reader_end(&missing);
    assert_int_equal(uv_backend_timeout(&world->loop), -1);
}

static void two_readers_of_one_file_are_apart(void **state) {
    struct world *world = *state;
    struct reader one = READER;
    struct reader two = READER;
    _cleanup_free_ char *path = world_path(world, "f");
    file_append(path, "ab");
    reader_begin(world, &one, path, 0);
    reader_begin(world, &two, path, 1);
    world_await(world, &one, "ab");
    world_await(world, &two, "b");
    reader_end(&one);
    file_append(path, "c");
    world_await(world, &two, "bc");
    reader_end(&two);
}

static void a_reader_may_leave_from_within(void **state) {
    struct world *world = *state;
    struct reader reader = READER;
    struct reader other = READER;
    _cleanup_free_ char *path = world_path(world, "f");
    file_append(path, "one");
    reader_begin(world, &reader, path, 0);
    reader_begin(world, &other, path, 0);
    reader.leave = true;
    world_await(world, &reader, "one");
    assert_null(reader.follow);
    world_await(world, &other, "one");
    file_append(path, "two");
    world_await(world, &other, "onetwo");
    assert_true(reader_has(&reader, "one"));
    reader_end(&reader);
    reader_end(&other);
}

static void a_reader_may_leave_before_its_turn(void **state) {
    struct world *world = *state;
    struct reader readers[3] = {READER, READER, READER};
    _cleanup_free_ char *path = world_path(world, "f");
    file_append(path, "one");
    for (size_t i = 0; i < 3; i++) {
        reader_begin(world, &readers[i], path, 0);
    }
    reader_end(&readers[2]);
    reader_end(&readers[0]);
    world_await(world, &readers[1], "one");
    reader_end(&readers[1]);
    assert_null(follow_free(NULL));
    assert_null(follower_free(NULL));
}

static void without_memory_it_says_so_or_polls(void **state) {
    struct world *world = *state;
    _cleanup_free_ char *path = world_path(world, "f");
    file_append(path, "text");
    bool fired = true;
    for (size_t skip = 0; fired; skip++) {
        struct reader reader = READER;
        struct follower *follower = NULL;
        assert_int_equal(buf_reserve(&reader.got, 100), 0);
        alloc_fault_arm(skip);
        int r = follower_new(&follower, &world->loop, &follow_quick);
        if (r == 0) {
            r = follow_new(&reader.follow, follower, path, 0, reader_take, &reader);
        }
        if (r == 0) {
            follow_read(reader.follow);
        }
        fired = alloc_fault_disarm();
        assert_true(r == 0 || (fired && r == -ENOMEM));
        if (r == 0) {
            assert_true(reader_has(&reader, "text"));
            file_append(path, "!");
            world_await(world, &reader, "text!");
            file_put(path, O_TRUNC, "text");
        }
        reader_end(&reader);
        follower_close(follower);
        world_turn(world);
        (void)follower_free(follower);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        WITH(world_set_up, what_is_there_and_what_comes_is_told_in_order),
        WITH(world_set_up, nothing_is_read_before_the_loop_turns),
        WITH(world_set_up, an_offset_is_where_it_begins),
        WITH(world_set_up, an_offset_behind_the_end_waits_for_the_file_to_grow),
        WITH(world_set_up, from_the_end_only_what_comes_later_is_told),
        WITH(world_set_up, a_part_is_read_at_once_where_only_that_is_wanted),
        WITH(world_set_up_small_turns, a_large_file_keeps_no_other_from_its_turn),
        WITH(world_set_up, ten_gigabytes_are_followed_from_any_offset),
        WITH(world_set_up, links_are_followed_where_they_lead_later),
        WITH(world_set_up_unwatched, a_system_without_watches_is_polled),
        WITH(world_set_up, a_file_that_no_watch_is_left_for_is_polled),
        WITH(world_set_up, a_file_that_other_machines_write_to_is_polled),
        WITH(world_set_up, after_news_were_lost_all_is_looked_at),
        WITH(world_set_up, while_nothing_changes_nothing_is_planned),
        WITH(world_set_up, two_readers_of_one_file_are_apart),
        WITH(world_set_up, a_reader_may_leave_from_within),
        WITH(world_set_up, a_reader_may_leave_before_its_turn),
        WITH(world_set_up, without_memory_it_says_so_or_polls),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
