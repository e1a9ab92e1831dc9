/* A real server behind a socket pair. Its methods are the test's own: "put" is put on
 * the disk in groups, "ask" answers, "begin" is answered later, "publish" tells all who
 * have subscribed; and so is its disk, where what "put" leaves is there when its group
 * ends. */
#pragma once

#include "base/buf.h"
#include "server/later.h"

#include <stddef.h>

enum { PEERS_LARGE = 256 * 1024 };

/* What happened, as letters: ( ) a group, ! one that failed, digits what was put, "a" a
 * call that is not part of one, "b" one that is answered later. */
extern struct peers_story {
    char text[PEERS_LARGE];
    size_t n;
    int fail; /* so many groups */
} peers_story;

/* Those that are answered later. */
extern struct peers_waiting {
    struct later *of[LATER_MAX];
    size_t n;
    size_t gone;
} peers_waiting;

struct peers_world {
    struct server *server;
    int fd; /* the client's end */
};

/* For cmocka: *state is the world. */
int peers_set_up(void **state);
int peers_tear_down(void **state);

/* Frames, appended. */
void peers_append_call(struct buf *out, const char *method, const char *params);
void peers_append_put(struct buf *out, int n);
/* Send all of it, and turn the loop until so many answers came; each as its result, or
 * "E" for an error, with a blank behind; those of a batch in brackets. Freed by the
 * caller. */
char *peers_answers_to(struct peers_world *world, struct buf *out, int count);

/* What a later answer is, for later_answer. */
int peers_end(struct request *request, void *data);
