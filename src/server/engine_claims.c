/* The places that unfinished jobs write to: the output, and where a code keeps its
 * other files (see job->stop_file). Paths are compared as text; whoever submits has
 * resolved them. Of jobs that claim one place only the oldest is let go on: the others
 * wait until it is at its end, also where it pauses between two tries or is held. A
 * place is no lock against other programs, nor against other servers. */
#include "server/engine_internal.h"

#include "base/str.h"

#include <string.h>

static int by_place(const void *a, const void *b) {
    const struct claim *x = a;
    const struct claim *y = b;
    int order = strcmp(x->place, y->place);
    if (order != 0) {
        return order;
    }
    return (x->run->job->id > y->run->job->id) - (x->run->job->id < y->run->job->id);
}

void engine_claims_open(struct engine *engine) {
    engine->claims = (struct sorted)SORTED_BY(by_place);
}

int engine_claims_reserve(struct engine *engine) {
    return sorted_reserve(&engine->claims, RUN_CLAIMS);
}

static const char *place(const struct job *job, size_t i) {
    const char *path = i == 0 ? job->output : job->stop_file;
    return str_empty(path) ? NULL : path;
}

void engine_claim(struct engine *engine, struct run *run) {
    for (size_t i = 0; i < RUN_CLAIMS; i++) {
        struct claim *claim = &run->claims[i];
        *claim = (struct claim){.place = place(run->job, i), .run = run};
        claim->stands = claim->place && sorted_put(&engine->claims, claim) == 0;
    }
}

/* The oldest that claims this place; NULL: none. */
static struct run *first_of(const struct engine *engine, const char *path) {
    struct job job = {.id = 0};
    struct run none = {.job = &job};
    const struct claim key = {.place = path, .run = &none};
    const struct claim *claim =
        sorted_at(&engine->claims, sorted_position(&engine->claims, &key));
    return claim && strcmp(claim->place, path) == 0 ? claim->run : NULL;
}

void engine_unclaim(struct engine *engine, struct run *run) {
    for (size_t i = 0; i < RUN_CLAIMS; i++) {
        struct claim *claim = &run->claims[i];
        if (claim->stands) {
            (void)sorted_take(&engine->claims, claim);
            claim->stands = false;
        }
    }
    for (size_t i = 0; i < RUN_CLAIMS; i++) {
        const char *path = run->claims[i].place;
        struct run *next = path ? first_of(engine, path) : NULL;
        run->claims[i].place = NULL;
        if (next) {
            engine_wait_place(engine, next);
        }
    }
}

int64_t engine_claimed_before(const struct engine *engine, const struct run *run) {
    for (size_t i = 0; i < RUN_CLAIMS; i++) {
        const struct run *first =
            run->claims[i].stands ? first_of(engine, run->claims[i].place) : NULL;
        if (first && first != run) {
            return first->job->id;
        }
    }
    return 0;
}

int64_t engine_claimed_by(const struct engine *engine, const struct job *job) {
    struct job last = {.id = INT64_MAX};
    struct run none = {.job = &last};
    int64_t newest = 0;
    for (size_t i = 0; i < RUN_CLAIMS; i++) {
        const struct claim key = {.place = place(job, i), .run = &none};
        size_t at = key.place ? sorted_position(&engine->claims, &key) : 0;
        const struct claim *claim = at > 0 ? sorted_at(&engine->claims, at - 1) : NULL;
        if (claim && strcmp(claim->place, key.place) == 0 &&
            claim->run->job->id > newest) {
            newest = claim->run->job->id;
        }
    }
    return newest;
}
