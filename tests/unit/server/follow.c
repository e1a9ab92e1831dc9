/* Files that grow, are cut, replaced, removed, or come late. Nothing here waits for a
 * time: the loop turns until what is claimed has come. */
#include "server/follow.h"

#include "base/buf.h"
#include "base/filesystem.h"
#include "base/platform.h"
#include "support/alloc_fault.h"
#include "support/scratch.h"

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

enum { TICK_MS = 5, TURNS_MAX = 100 * 1000 };

/* What the system is made to say. */
static struct {
    bool network;
    int no_watch; /* errno of each new watch; 0: as it is */
    bool lose;    /* the next news are lost */
} fake;

int __real_filesystem_of(const char *path, struct filesystem *out);
int __wrap_filesystem_of(const char *path, struct filesystem *out);
int __wrap_filesystem_of(const char *path, struct filesystem *out) {
    (void)path;
    *out = (struct filesystem){.network = fake.network};
    return 0;
}

int __real_platform_watch_add(int fd, const char *path, bool folder);
int __wrap_platform_watch_add(int fd, const char *path, bool folder);
int __wrap_platform_watch_add(int fd, const char *path, bool folder) {
    return fake.no_watch ? -fake.no_watch : __real_platform_watch_add(fd, path, folder);
}

static void nothing(int watch, unsigned what, const char *name, void *data) {
    (void)watch;
    (void)what;
    (void)name;
    (void)data;
}

int __real_platform_watch_read(int fd, platform_watch_fn fn, void *data);
int __wrap_platform_watch_read(int fd, platform_watch_fn fn, void *data);
int __wrap_platform_watch_read(int fd, platform_watch_fn fn, void *data) {
    int r = __real_platform_watch_read(fd, fake.lose ? nothing : fn, data);
    if (fake.lose) {
        fake.lose = false;
        fn(-1, PLATFORM_WATCH_LOST, "", data);
    }
    return r;
}

static const struct follow_pace quick = {
    .gather_ms = 1,
    .poll_ms = 5,
    .round_ns = INT64_MAX,
    .turn_bytes = 64 * 1024,
};

struct world {
    char *dir;
    uv_loop_t loop;
    uv_timer_t tick;
    uv_async_t other; /* what else keeps a loop going */
    int turns;
    struct follower *follower;
};

static int set_up_with(void **state, const struct follow_pace *pace) {
    static struct world world;
    memset(&fake, 0, sizeof fake);
    world.turns = 0;
    world.dir = scratch_make();
    assert_int_equal(uv_loop_init(&world.loop), 0);
    assert_int_equal(uv_timer_init(&world.loop, &world.tick), 0);
    assert_int_equal(uv_async_init(&world.loop, &world.other, NULL), 0);
    assert_int_equal(follower_new(&world.follower, &world.loop, pace), 0);
    *state = &world;
    return 0;
}

static int set_up(void **state) {
    return set_up_with(state, &quick);
}

static int set_up_unwatched(void **state) {
    struct follow_pace pace = quick;
    pace.poll_all = true;
    return set_up_with(state, &pace);
}

static int set_up_small_turns(void **state) {
    struct follow_pace pace = quick;
    pace.turn_bytes = 10;
    return set_up_with(state, &pace);
}

static int tear_down(void **state) {
    struct world *world = *state;
    uv_close((uv_handle_t *)&world->tick, NULL);
    uv_close((uv_handle_t *)&world->other, NULL);
    follower_close(world->follower);
    assert_int_equal(uv_run(&world->loop, UV_RUN_DEFAULT), 0);
    world->follower = follower_free(world->follower);
    assert_int_equal(uv_loop_close(&world->loop), 0);
    world->dir = scratch_remove(world->dir);
    return 0;
}

/* What a reader was told since it began last. */
struct reader {
    struct follow *follow;
    struct buf got;
    int64_t next; /* where the next bytes must begin; -1: anywhere */
    int again;    /* how often it began again */
    int calls;
    bool leave; /* at the next bytes */
};

#define READER                                                                         \
    { .got = BUF_NULL, .next = -1 }

static void take(const char *bytes, size_t n, int64_t offset, bool again, void *data) {
    struct reader *reader = data;
    reader->calls++;
    if (again) {
        assert_int_equal(n, 0);
        reader->again++;
        reader->next = 0;
        buf_clear(&reader->got);
        return;
    }
    assert_true(reader->next < 0 || offset == reader->next);
    reader->next = offset + (int64_t)n;
    assert_int_equal(buf_append(&reader->got, bytes, n), 0);
    if (reader->leave) {
        reader->follow = follow_free(reader->follow);
    }
}

static void begin(struct world *world, struct reader *reader, const char *path,
                  int64_t offset) {
    assert_int_equal(
        follow_new(&reader->follow, world->follower, path, offset, take, reader), 0);
}

static void end(struct reader *reader) {
    reader->follow = follow_free(reader->follow);
    buf_deinit(&reader->got);
}

static bool has(struct reader *reader, const char *text) {
    return buf_len(&reader->got) == strlen(text) &&
           memcmp(buf_bytes(&reader->got), text, strlen(text)) == 0;
}

static void on_tick(uv_timer_t *timer) {
    (void)timer;
}

/* Do what is due; a tick ends the wait where nothing is, so that conditions are looked
 * at again. It repeats: on a slow machine it is due before the loop begins to wait. */
static void turn(struct world *world) {
    (void)uv_timer_start(&world->tick, on_tick, TICK_MS, TICK_MS);
    (void)uv_run(&world->loop, UV_RUN_ONCE);
    (void)uv_timer_stop(&world->tick);
    if (world->turns++ > TURNS_MAX) {
        fail_msg("%s", "what was waited for did not come");
    }
}

static void await(struct world *world, struct reader *reader, const char *text) {
    while (!has(reader, text)) {
        turn(world);
    }
}

static void await_again(struct world *world, struct reader *reader, int times) {
    while (reader->again < times) {
        turn(world);
    }
}

/* Until nothing is due but what comes from outside. */
static void settle(struct world *world) {
    do {
        turn(world);
    } while (uv_backend_timeout(&world->loop) >= 0);
}

static void put(const char *path, int flags, const char *text) {
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | flags, 0600);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    (void)close(fd);
}

static void append(const char *path, const char *text) {
    put(path, O_APPEND, text);
}

static char *join(struct world *world, const char *name) {
    return scratch_path(world->dir, name);
}

/* ---- growing ---- */

static void what_is_there_and_what_comes_is_told_in_order(void **state) {
    struct world *world = *state;
    struct reader reader = READER;
    _cleanup_free_ char *path = join(world, "f");
    append(path, "one\n");
    begin(world, &reader, path, 0);
    await(world, &reader, "one\n");
    append(path, "two\n");
    await(world, &reader, "one\ntwo\n");
    append(path, "three");
    await(world, &reader, "one\ntwo\nthree");
    assert_int_equal(reader.again, 0);
    end(&reader);
}

static void nothing_is_read_before_the_loop_turns(void **state) {
    struct world *world = *state;
    struct reader reader = READER;
    _cleanup_free_ char *path = join(world, "f");
    append(path, "one\n");
    begin(world, &reader, path, 0);
    assert_int_equal(reader.calls, 0);
    follow_read(reader.follow);
    assert_true(has(&reader, "one\n"));
    end(&reader);
}

static void an_offset_is_where_it_begins(void **state) {
    struct world *world = *state;
    struct reader reader = READER;
    _cleanup_free_ char *path = join(world, "f");
    append(path, "0123456789");
    reader.next = 7;
    begin(world, &reader, path, 7);
    await(world, &reader, "789");
    end(&reader);
}

static void an_offset_behind_the_end_waits_for_the_file_to_grow(void **state) {
    struct world *world = *state;
    struct reader reader = READER;
    _cleanup_free_ char *path = join(world, "f");
    append(path, "0123");
    reader.next = 6;
    begin(world, &reader, path, 6);
    settle(world);
    append(path, "45");
    follow_read(reader.follow);
    assert_int_equal(reader.calls, 0);
    append(path, "67");
    await(world, &reader, "67");
    assert_int_equal(reader.again, 0);
    end(&reader);
}

static void from_the_end_only_what_comes_later_is_told(void **state) {
    struct world *world = *state;
    struct reader reader = READER;
    struct reader late = READER;
    _cleanup_free_ char *path = join(world, "f");
    _cleanup_free_ char *missing = join(world, "g");
    append(path, "old");
    begin(world, &reader, path, FOLLOW_FROM_END);
    begin(world, &late, missing, FOLLOW_FROM_END);
    append(path, "new");
    append(missing, "all");
    await(world, &reader, "new");
    await(world, &late, "all");
    assert_int_equal(reader.next, 6);
    end(&reader);
    end(&late);
}

static void a_part_is_read_at_once_where_only_that_is_wanted(void **state) {
    struct world *world = *state;
    struct reader reader = READER;
    _cleanup_free_ char *path = join(world, "f");
    append(path, "0123456789");
    begin(world, &reader, path, 0);
    assert_false(follow_read_some(reader.follow, 4));
    assert_true(has(&reader, "0123"));
    assert_true(follow_read_some(reader.follow, 100));
    assert_true(has(&reader, "0123456789"));
    end(&reader);
}

static void a_large_file_keeps_no_other_from_its_turn(void **state) {
    struct world *world = *state;
    struct reader large = READER;
    struct reader small = READER;
    _cleanup_free_ char *path = join(world, "large");
    _cleanup_free_ char *other = join(world, "small");
    append(path, "0123456789012345678901234567890123456789");
    append(other, "small");
    begin(world, &large, path, 0);
    begin(world, &small, other, 0);
    await(world, &small, "small");
    assert_true(buf_len(&large.got) < 40);
    await(world, &large, "0123456789012345678901234567890123456789");
    end(&large);
    end(&small);
}

static void ten_gigabytes_are_followed_from_any_offset(void **state) {
    struct world *world = *state;
    struct reader reader = READER;
    _cleanup_free_ char *path = join(world, "f");
    const int64_t size = INT64_C(10) * 1024 * 1024 * 1024;
    append(path, "");
    assert_int_equal(truncate(path, (off_t)size), 0);
    reader.next = size - 3;
    begin(world, &reader, path, size - 3);
    while (buf_len(&reader.got) < 3) {
        turn(world);
    }
    append(path, "end");
    while (buf_len(&reader.got) < 6) {
        turn(world);
    }
    assert_memory_equal(buf_bytes(&reader.got), "\0\0\0end", 6);
    assert_int_equal(reader.again, 0);
    end(&reader);
}

/* ---- cut and replaced ---- */

static void a_cut_file_begins_again(void **state) {
    struct world *world = *state;
    struct reader reader = READER;
    _cleanup_free_ char *path = join(world, "f");
    append(path, "a long text");
    begin(world, &reader, path, 0);
    await(world, &reader, "a long text");
    put(path, O_TRUNC, "short");
    await_again(world, &reader, 1);
    await(world, &reader, "short");
    put(path, O_TRUNC, "");
    await_again(world, &reader, 2);
    append(path, "x");
    await(world, &reader, "x");
    assert_int_equal(reader.again, 2);
    end(&reader);
}

static void a_cut_file_that_has_grown_again_begins_again(void **state) {
    struct world *world = *state;
    struct reader reader = READER;
    _cleanup_free_ char *path = join(world, "f");
    append(path, "short");
    begin(world, &reader, path, 0);
    await(world, &reader, "short");
    put(path, O_TRUNC, "another text, and longer");
    await(world, &reader, "another text, and longer");
    assert_int_equal(reader.again, 1);
    end(&reader);
}

static void a_file_renamed_over_it_begins_again(void **state) {
    struct world *world = *state;
    struct reader reader = READER;
    _cleanup_free_ char *path = join(world, "f");
    _cleanup_free_ char *other = join(world, "g");
    append(path, "same");
    begin(world, &reader, path, 0);
    await(world, &reader, "same");
    append(other, "same, and more");
    assert_int_equal(rename(other, path), 0);
    await(world, &reader, "same, and more");
    assert_int_equal(reader.again, 1);
    append(path, "!");
    await(world, &reader, "same, and more!");
    end(&reader);
}

static void a_file_that_comes_back_goes_on(void **state) {
    struct world *world = *state;
    struct reader reader = READER;
    _cleanup_free_ char *path = join(world, "f");
    _cleanup_free_ char *aside = join(world, "aside");
    append(path, "one");
    begin(world, &reader, path, 0);
    await(world, &reader, "one");
    assert_int_equal(rename(path, aside), 0);
    settle(world);
    append(aside, "two");
    settle(world);
    assert_true(has(&reader, "one"));
    assert_int_equal(rename(aside, path), 0);
    await(world, &reader, "onetwo");
    assert_int_equal(reader.again, 0);
    end(&reader);
}

static void a_file_removed_and_made_again_begins_again(void **state) {
    struct world *world = *state;
    struct reader reader = READER;
    _cleanup_free_ char *path = join(world, "f");
    append(path, "one");
    begin(world, &reader, path, 0);
    await(world, &reader, "one");
    assert_int_equal(unlink(path), 0);
    settle(world);
    append(path, "one, again");
    await(world, &reader, "one, again");
    assert_int_equal(reader.again, 1);
    end(&reader);
}

static void a_folder_removed_and_made_again_is_found_again(void **state) {
    struct world *world = *state;
    struct reader reader = READER;
    _cleanup_free_ char *folder = join(world, "folder");
    _cleanup_free_ char *path = join(world, "folder/f");
    assert_int_equal(mkdir(folder, 0700), 0);
    append(path, "one");
    begin(world, &reader, path, 0);
    await(world, &reader, "one");
    assert_int_equal(unlink(path), 0);
    assert_int_equal(rmdir(folder), 0);
    settle(world);
    assert_int_equal(mkdir(folder, 0700), 0);
    settle(world);
    append(path, "two");
    await(world, &reader, "two");
    assert_int_equal(reader.again, 1);
    end(&reader);
}

/* ---- missing ---- */

static void a_missing_file_is_read_when_it_appears(void **state) {
    struct world *world = *state;
    struct reader reader = READER;
    _cleanup_free_ char *path = join(world, "f");
    _cleanup_free_ char *other = join(world, "other");
    begin(world, &reader, path, 0);
    settle(world);
    append(other, "not this one");
    settle(world);
    append(path, "here");
    await(world, &reader, "here");
    assert_int_equal(reader.again, 0);
    end(&reader);
}

static void a_file_in_folders_that_are_still_to_come_is_waited_for(void **state) {
    struct world *world = *state;
    struct reader reader = READER;
    _cleanup_free_ char *outer = join(world, "a");
    _cleanup_free_ char *inner = join(world, "a/b");
    _cleanup_free_ char *path = join(world, "a/b/f");
    begin(world, &reader, path, 0);
    settle(world);
    assert_int_equal(mkdir(outer, 0700), 0);
    assert_int_equal(mkdir(inner, 0700), 0);
    settle(world);
    append(path, "here");
    await(world, &reader, "here");
    end(&reader);
}

static void folders_that_come_with_the_file_in_them_are_found(void **state) {
    struct world *world = *state;
    struct reader reader = READER;
    _cleanup_free_ char *made = join(world, "made");
    _cleanup_free_ char *file = join(world, "made/f");
    _cleanup_free_ char *folder = join(world, "a");
    _cleanup_free_ char *path = join(world, "a/f");
    assert_int_equal(mkdir(made, 0700), 0);
    append(file, "here");
    begin(world, &reader, path, 0);
    settle(world);
    assert_int_equal(rename(made, folder), 0);
    await(world, &reader, "here");
    end(&reader);
}

static void what_is_no_regular_file_is_not_opened(void **state) {
    struct world *world = *state;
    struct reader reader = READER;
    _cleanup_free_ char *path = join(world, "f");
    _cleanup_free_ char *other = join(world, "g");
    assert_int_equal(mkfifo(path, 0600), 0);
    begin(world, &reader, path, 0);
    settle(world);
    assert_int_equal(open(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC), -1);
    append(other, "a file");
    assert_int_equal(rename(other, path), 0);
    await(world, &reader, "a file");
    end(&reader);
}

/* ---- without watches ---- */

static void links_are_followed_where_they_lead_later(void **state) {
    struct world *world = *state;
    struct reader reader = READER;
    _cleanup_free_ char *path = join(world, "link");
    _cleanup_free_ char *made = join(world, "made");
    _cleanup_free_ char *one = join(world, "one");
    _cleanup_free_ char *two = join(world, "two");
    assert_int_equal(symlink("one", path), 0);
    append(two, "second");
    begin(world, &reader, path, 0);
    turn(world);
    append(one, "first");
    await(world, &reader, "first");
    assert_int_equal(symlink("two", made), 0);
    assert_int_equal(rename(made, path), 0);
    await(world, &reader, "second");
    assert_int_equal(reader.again, 1);
    end(&reader);
}

static void polled(void **state) {
    struct world *world = *state;
    struct reader reader = READER;
    _cleanup_free_ char *path = join(world, "folder/f");
    _cleanup_free_ char *folder = join(world, "folder");
    begin(world, &reader, path, 0);
    turn(world);
    turn(world);
    assert_true(uv_backend_timeout(&world->loop) >= 0);
    assert_int_equal(mkdir(folder, 0700), 0);
    append(path, "one");
    await(world, &reader, "one");
    append(path, " two");
    await(world, &reader, "one two");
    put(path, O_TRUNC, "x");
    await(world, &reader, "x");
    assert_int_equal(unlink(path), 0);
    append(path, "y");
    await(world, &reader, "y");
    end(&reader);
    settle(world);
}

static void a_system_without_watches_is_polled(void **state) {
    polled(state);
}

static void a_file_that_no_watch_is_left_for_is_polled(void **state) {
    fake.no_watch = ENOSPC;
    polled(state);
}

static void a_file_that_other_machines_write_to_is_polled(void **state) {
    fake.network = true;
    polled(state);
}

static void after_news_were_lost_all_is_looked_at(void **state) {
    struct world *world = *state;
    struct reader reader = READER;
    _cleanup_free_ char *path = join(world, "f");
    _cleanup_free_ char *other = join(world, "g");
    append(path, "one");
    append(other, "two");
    begin(world, &reader, path, 0);
    await(world, &reader, "one");
    settle(world);
    fake.lose = true;
    assert_int_equal(rename(other, path), 0);
    await(world, &reader, "two");
    append(path, "!");
    await(world, &reader, "two!");
    end(&reader);
}

/* ---- at rest, and its end ---- */

static void while_nothing_changes_nothing_is_planned(void **state) {
    struct world *world = *state;
    struct reader reader = READER;
    struct reader missing = READER;
    _cleanup_free_ char *path = join(world, "f");
    _cleanup_free_ char *other = join(world, "g");
    append(path, "one");
    begin(world, &reader, path, 0);
    begin(world, &missing, other, 0);
    await(world, &reader, "one");
    settle(world);
    assert_int_equal(uv_backend_timeout(&world->loop), -1);
    append(path, "two");
    await(world, &reader, "onetwo");
    settle(world);
    assert_int_equal(uv_backend_timeout(&world->loop), -1);
    end(&reader);
    end(&missing);
    assert_int_equal(uv_backend_timeout(&world->loop), -1);
}

static void two_readers_of_one_file_are_apart(void **state) {
    struct world *world = *state;
    struct reader one = READER;
    struct reader two = READER;
    _cleanup_free_ char *path = join(world, "f");
    append(path, "ab");
    begin(world, &one, path, 0);
    begin(world, &two, path, 1);
    await(world, &one, "ab");
    await(world, &two, "b");
    end(&one);
    append(path, "c");
    await(world, &two, "bc");
    end(&two);
}

static void a_reader_may_leave_from_within(void **state) {
    struct world *world = *state;
    struct reader reader = READER;
    struct reader other = READER;
    _cleanup_free_ char *path = join(world, "f");
    append(path, "one");
    begin(world, &reader, path, 0);
    begin(world, &other, path, 0);
    reader.leave = true;
    await(world, &reader, "one");
    assert_null(reader.follow);
    await(world, &other, "one");
    append(path, "two");
    await(world, &other, "onetwo");
    assert_true(has(&reader, "one"));
    end(&reader);
    end(&other);
}

static void a_reader_may_leave_before_its_turn(void **state) {
    struct world *world = *state;
    struct reader readers[3] = {READER, READER, READER};
    _cleanup_free_ char *path = join(world, "f");
    append(path, "one");
    for (size_t i = 0; i < 3; i++) {
        begin(world, &readers[i], path, 0);
    }
    end(&readers[2]);
    end(&readers[0]);
    await(world, &readers[1], "one");
    end(&readers[1]);
    assert_null(follow_free(NULL));
    assert_null(follower_free(NULL));
}

static void without_memory_it_says_so_or_polls(void **state) {
    struct world *world = *state;
    _cleanup_free_ char *path = join(world, "f");
    append(path, "text");
    bool fired = true;
    for (size_t skip = 0; fired; skip++) {
        struct reader reader = READER;
        struct follower *follower = NULL;
        assert_int_equal(buf_reserve(&reader.got, 100), 0);
        alloc_fault_arm(skip);
        int r = follower_new(&follower, &world->loop, &quick);
        if (r == 0) {
            r = follow_new(&reader.follow, follower, path, 0, take, &reader);
        }
        if (r == 0) {
            follow_read(reader.follow);
        }
        fired = alloc_fault_disarm();
        assert_true(r == 0 || (fired && r == -ENOMEM));
        if (r == 0) {
            assert_true(has(&reader, "text"));
            append(path, "!");
            await(world, &reader, "text!");
            put(path, O_TRUNC, "text");
        }
        end(&reader);
        follower_close(follower);
        turn(world);
        (void)follower_free(follower);
    }
}

#define WITH(set_up_how, test)                                                         \
    cmocka_unit_test_setup_teardown(test, set_up_how, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        WITH(set_up, what_is_there_and_what_comes_is_told_in_order),
        WITH(set_up, nothing_is_read_before_the_loop_turns),
        WITH(set_up, an_offset_is_where_it_begins),
        WITH(set_up, an_offset_behind_the_end_waits_for_the_file_to_grow),
        WITH(set_up, from_the_end_only_what_comes_later_is_told),
        WITH(set_up, a_part_is_read_at_once_where_only_that_is_wanted),
        WITH(set_up_small_turns, a_large_file_keeps_no_other_from_its_turn),
        WITH(set_up, ten_gigabytes_are_followed_from_any_offset),
        WITH(set_up, a_cut_file_begins_again),
        WITH(set_up, a_cut_file_that_has_grown_again_begins_again),
        WITH(set_up, a_file_renamed_over_it_begins_again),
        WITH(set_up, a_file_that_comes_back_goes_on),
        WITH(set_up, a_file_removed_and_made_again_begins_again),
        WITH(set_up, a_folder_removed_and_made_again_is_found_again),
        WITH(set_up, a_missing_file_is_read_when_it_appears),
        WITH(set_up, a_file_in_folders_that_are_still_to_come_is_waited_for),
        WITH(set_up, folders_that_come_with_the_file_in_them_are_found),
        WITH(set_up, what_is_no_regular_file_is_not_opened),
        WITH(set_up, links_are_followed_where_they_lead_later),
        WITH(set_up_unwatched, a_system_without_watches_is_polled),
        WITH(set_up, a_file_that_no_watch_is_left_for_is_polled),
        WITH(set_up, a_file_that_other_machines_write_to_is_polled),
        WITH(set_up, after_news_were_lost_all_is_looked_at),
        WITH(set_up, while_nothing_changes_nothing_is_planned),
        WITH(set_up, two_readers_of_one_file_are_apart),
        WITH(set_up, a_reader_may_leave_from_within),
        WITH(set_up, a_reader_may_leave_before_its_turn),
        WITH(set_up, without_memory_it_says_so_or_polls),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
