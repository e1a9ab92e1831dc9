/* The system's words are put in through the linker's --wrap. */
#include "follow_world.h"

#include "base/filesystem.h"
#include "base/platform.h"
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

struct follow_fake follow_fake;

int __real_filesystem_of(const char *path, struct filesystem *out);
int __wrap_filesystem_of(const char *path, struct filesystem *out);
int __wrap_filesystem_of(const char *path, struct filesystem *out) {
    (void)path;
    *out = (struct filesystem){.network = follow_fake.network};
    return 0;
}

int __real_platform_watch_add(int fd, const char *path, bool folder);
int __wrap_platform_watch_add(int fd, const char *path, bool folder);
int __wrap_platform_watch_add(int fd, const char *path, bool folder) {
    return follow_fake.no_watch ? -follow_fake.no_watch
                                : __real_platform_watch_add(fd, path, folder);
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
    int r = __real_platform_watch_read(fd, follow_fake.lose ? nothing : fn, data);
    if (follow_fake.lose) {
        follow_fake.lose = false;
        fn(-1, PLATFORM_WATCH_LOST, "", data);
    }
    return r;
}

const struct follow_pace follow_quick = {
    .gather_ms = 1,
    .poll_ms = 5,
    .round_ns = INT64_MAX,
    .turn_bytes = 64 * 1024,
};

static int set_up_with(void **state, const struct follow_pace *pace) {
    static struct world world;
    memset(&follow_fake, 0, sizeof follow_fake);
    world.turns = 0;
    world.dir = scratch_make();
    assert_int_equal(uv_loop_init(&world.loop), 0);
    assert_int_equal(uv_timer_init(&world.loop, &world.tick), 0);
    assert_int_equal(uv_async_init(&world.loop, &world.other, NULL), 0);
    assert_int_equal(follower_new(&world.follower, &world.loop, pace), 0);
    *state = &world;
    return 0;
}

int world_set_up(void **state) {
    return set_up_with(state, &follow_quick);
}

int world_set_up_unwatched(void **state) {
    struct follow_pace pace = follow_quick;
    pace.poll_all = true;
    return set_up_with(state, &pace);
}

int world_set_up_small_turns(void **state) {
    struct follow_pace pace = follow_quick;
    pace.turn_bytes = 10;
    return set_up_with(state, &pace);
}

int world_tear_down(void **state) {
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

void reader_take(const char *bytes, size_t n, int64_t offset, bool again, void *data) {
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

void reader_begin(struct world *world, struct reader *reader, const char *path,
                  int64_t offset) {
    assert_int_equal(
        follow_new(&reader->follow, world->follower, path, offset, reader_take, reader),
        0);
}

void reader_end(struct reader *reader) {
    reader->follow = follow_free(reader->follow);
    buf_deinit(&reader->got);
}

bool reader_has(struct reader *reader, const char *text) {
    return buf_len(&reader->got) == strlen(text) &&
           memcmp(buf_bytes(&reader->got), text, strlen(text)) == 0;
}

static void on_tick(uv_timer_t *timer) {
    (void)timer;
}

void world_turn(struct world *world) {
    (void)uv_timer_start(&world->tick, on_tick, TICK_MS, TICK_MS);
    (void)uv_run(&world->loop, UV_RUN_ONCE);
    (void)uv_timer_stop(&world->tick);
    if (world->turns++ > TURNS_MAX) {
        fail_msg("%s", "what was waited for did not come");
    }
}

void world_await(struct world *world, struct reader *reader, const char *text) {
    while (!reader_has(reader, text)) {
        world_turn(world);
    }
}

void world_await_again(struct world *world, struct reader *reader, int times) {
    while (reader->again < times) {
        world_turn(world);
    }
}

void world_settle(struct world *world) {
    do {
        world_turn(world);
    } while (uv_backend_timeout(&world->loop) >= 0);
}

void file_put(const char *path, int flags, const char *text) {
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | flags, 0600);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    (void)close(fd);
}

void file_append(const char *path, const char *text) {
    file_put(path, O_APPEND, text);
}

char *world_path(struct world *world, const char *name) {
    return scratch_path(world->dir, name);
}
