/* A database in a folder of its own, and jobs to put into it. */
#include "unit/store/place.h"

#include "base/str.h"
#include "support/scratch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

void place_open(struct place *place) {
    struct errmsg msg = ERRMSG_NULL;
    int r = store_open(&place->store, place->path, &msg);
    assert_string_equal(msg.text, "");
    assert_int_equal(r, 0);
}

void place_reopen(struct place *place) {
    place->store = store_free(place->store);
    place_open(place);
}

int place_set_up(void **state) {
    struct place *place = calloc(1, sizeof *place);
    place->dir = scratch_make();
    place->path = scratch_path(place->dir, "jobs.db");
    place_open(place);
    *state = place;
    return 0;
}

int place_tear_down(void **state) {
    struct place *place = *state;
    (void)store_free(place->store);
    free(place->path);
    (void)scratch_remove(place->dir);
    free(place);
    return 0;
}

struct job *place_job(const char *name) {
    char *const argv[] = {(char[]){"pw.x"}, (char[]){"-in"}, (char[]){"a b\n\xff.in"},
                          NULL};
    char *const env[] = {(char[]){"PATH=/bin"}, (char[]){"EMPTY="}, NULL};
    struct job *job = NULL;
    assert_int_equal(job_new(&job), 0);
    job->state = JOB_QUEUED;
    job->name = strdup(name);
    job->code = strdup("quantum_espresso");
    job->directory = strdup("/somewhere");
    job->input = strdup("si.in");
    job->output = strdup("/somewhere/si.out");
    job->argv = strv_copy(argv);
    job->env = strv_copy(env);
    job->cores = 4;
    job->created_at = 1700000000123;
    return job;
}

int64_t place_insert(struct place *place, const char *name) {
    _cleanup_(job_freep) struct job *job = place_job(name);
    assert_int_equal(store_job_insert(place->store, job), 0);
    return job->id;
}
