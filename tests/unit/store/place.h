/* A database in a folder of its own, and jobs to put into it. */
#pragma once

#include "store/store.h"

struct place {
    char *dir;
    char *path; /* of the database */
    struct store *store;
};

/* For cmocka: *state is a struct place with an open store. */
int place_set_up(void **state);
int place_tear_down(void **state);
/* Open the store of a place whose store is NULL; fails the test when it cannot. */
void place_open(struct place *place);
void place_reopen(struct place *place);

/* A queued job; owned by the caller. */
struct job *place_job(const char *name);
/* Insert such a job; its id. */
int64_t place_insert(struct place *place, const char *name);

#define WITH_PLACE(test)                                                               \
    cmocka_unit_test_setup_teardown(test, place_set_up, place_tear_down)
