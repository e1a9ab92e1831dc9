/* The clusters that jobs can be sent to, as the server tells of them, and which one is
 * selected. Pure. */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    PLACES_NAME_SIZE = 40, /* of a cluster's name, with its NUL */
};

enum place_state {
    PLACE_READY,
    PLACE_APART, /* no connection yet, or not any more */
    PLACE_UNREACHABLE,
    PLACE_NEEDS_LOGIN,
    PLACE_TROUBLED, /* it is reached, and takes or tells nothing now */
};

struct place {
    char name[PLACES_NAME_SIZE];
    char *host;     /* owned; NULL: this machine */
    char *trouble;  /* owned; NULL: there is none */
    json_t *set;    /* what is set of it; never NULL */
    json_t *checks; /* of the last test; NULL: none was made */
    bool testing;   /* one is under way */
    enum place_state state;
    int tries;       /* to reach it that failed */
    int64_t next_ms; /* since 1970, of the next; 0: with the next job */
    int64_t others;  /* jobs that were submitted otherwise; -1: not known */
};

struct places {
    struct place *items; /* owned, in order of their names */
    size_t n;
    size_t selected, top;
    bool loaded; /* an answer has come */
};

void places_init(struct places *places);
void places_deinit(struct places *places);

/* The answer of clusters.list. What was found by a test stays. 0 or -ENOMEM. */
int places_set(struct places *places, const json_t *answer);
/* One is there, or is not what it was. 0 or -ENOMEM. */
int places_put(struct places *places, const json_t *cluster);
void places_remove(struct places *places, const char *name);
/* A test has begun (NULL), or has found this. */
void places_tested(struct places *places, const char *name, const json_t *checks);
/* A test came to nothing. */
void places_untested(struct places *places, const char *name);

/* NULL when there is none of this name. Valid until the next change. */
const struct place *places_find(const struct places *places, const char *name);
const struct place *places_selected(const struct places *places);
/* The first that waits for a login; NULL: none does. */
const struct place *places_waiting(const struct places *places);
/* The name behind this one, where "" is this machine and stands before the first. */
const char *places_next(const struct places *places, const char *name);
void places_move(struct places *places, long by);
void places_keep_in_view(struct places *places, size_t height);

/* "needs login"; static. */
const char *place_state_word(const struct place *place);
/* What is set of it under this name; NULL: nothing. */
const char *place_setting(const struct place *place, const char *name);
