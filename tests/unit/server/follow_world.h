/* A loop with a follower in it, files to follow, and a system that says of them what
 * the test wants. Nothing here waits for a time: the loop turns until what is claimed
 * has come. */
#pragma once

#include "server/follow.h"

#include "base/buf.h"

#include <stdbool.h>
#include <stdint.h>

/* What the system is made to say. */
struct follow_fake {
    bool network;
    int no_watch; /* errno of each new watch; 0: as it is */
    bool lose;    /* the next news are lost */
};
extern struct follow_fake follow_fake;

extern const struct follow_pace follow_quick;

struct world {
    char *dir;
    uv_loop_t loop;
    uv_timer_t tick;
    uv_async_t other; /* what else keeps a loop going */
    int turns;
    struct follower *follower;
};

/* For cmocka; *state is the world. */
int world_set_up(void **state);
int world_set_up_unwatched(void **state);
int world_set_up_small_turns(void **state);
int world_tear_down(void **state);

#define WITH(set_up_how, test)                                                         \
    cmocka_unit_test_setup_teardown(test, set_up_how, world_tear_down)

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

void reader_take(const char *bytes, size_t n, int64_t offset, bool again, void *data);
void reader_begin(struct world *world, struct reader *reader, const char *path,
                  int64_t offset);
void reader_end(struct reader *reader);
bool reader_has(struct reader *reader, const char *text);

/* Do what is due; a tick ends the wait where nothing is, so that conditions are looked
 * at again. It repeats: on a slow machine it is due before the loop begins to wait. */
void world_turn(struct world *world);
void world_await(struct world *world, struct reader *reader, const char *text);
void world_await_again(struct world *world, struct reader *reader, int times);
/* Until nothing is due but what comes from outside. */
void world_settle(struct world *world);

/* A path in the world's folder; the caller frees. */
char *world_path(struct world *world, const char *name);
void file_put(const char *path, int flags, const char *text);
void file_append(const char *path, const char *text);
