/* Words on jobs, and their removal: what is told is on the disk before, and what the
 * disk refuses is said or undone. The server is a real one with its database in memory;
 * the disk fails when the test says so. No job is started: those that have not ended
 * are held. */
#include "base/str.h"
#include "job/tags.h"
#include "server/engine.h"
#include "server/hub.h"
#include "server/server.h"
#include "store/store.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* What happened, as letters: w a commit or a write of one job, ! one that failed, c a
 * job was told to have changed, r to be removed. */
static struct {
    char text[256];
    size_t n;
    bool full; /* the disk */
} story;

static void tell(char letter) {
    assert_true(story.n < sizeof story.text - 1);
    story.text[story.n++] = letter;
    story.text[story.n] = '\0';
}

static void begin_story(void) {
    story.n = 0;
    story.text[0] = '\0';
}

int __real_store_commit(struct store *store);
int __wrap_store_commit(struct store *store);
int __wrap_store_commit(struct store *store) {
    if (story.full) {
        tell('!');
        store_rollback(store);
        return -ENOSPC;
    }
    tell('w');
    return __real_store_commit(store);
}

int __real_store_job_update(struct store *store, const struct job *job, int64_t at,
                            const char *results_json);
int __wrap_store_job_update(struct store *store, const struct job *job, int64_t at,
                            const char *results_json);
int __wrap_store_job_update(struct store *store, const struct job *job, int64_t at,
                            const char *results_json) {
    bool alone = !store_in_group(store);
    if (alone) {
        tell(story.full ? '!' : 'w');
    }
    return alone && story.full ? -ENOSPC
                               : __real_store_job_update(store, job, at, results_json);
}

void __wrap_hub_job_changed(struct hub *hub, const struct job *job);
void __wrap_hub_job_changed(struct hub *hub, const struct job *job) {
    (void)hub;
    (void)job;
    tell('c');
}

void __wrap_hub_publish(struct hub *hub, int64_t job, bool is_log, const char *method,
                        json_t *params);
void __wrap_hub_publish(struct hub *hub, int64_t job, bool is_log, const char *method,
                        json_t *params) {
    (void)hub;
    assert_false(is_log);
    assert_string_equal(method, "jobs.removed");
    assert_int_equal(json_integer_value(json_object_get(params, "id")), job);
    tell('r');
}

struct world {
    struct server *server;
};

static int set_up(void **state) {
    static const struct server_options options = {
        .socket_path = (char *)"/nowhere/socket",
        .db_path = (char *)":memory:",
        .state_dir = (char *)"/nowhere",
        .runs_dir = (char *)"/nowhere/runs",
        .log_path = (char *)"/nowhere/log",
        .stall_seconds = 120,
        .ready_fd = -1,
    };
    static struct world world;
    struct errmsg msg = ERRMSG_NULL;
    memset(&story, 0, sizeof story);
    assert_int_equal(server_new(&world.server, &options, NULL, &msg), 0);
    *state = &world;
    return 0;
}

static int tear_down(void **state) {
    struct world *world = *state;
    story.full = false;
    world->server = server_free(world->server);
    return 0;
}

static struct engine *engine_of(void **state) {
    struct world *world = *state;
    return world->server->engine;
}

/* A held job, after another one where that is not 0. Its number. */
static int64_t hold(struct engine *engine, int64_t after) {
    _cleanup_(job_freep) struct job *job = NULL;
    char *nothing[] = {NULL};
    int64_t id = 0;
    assert_int_equal(job_new(&job), 0);
    job->name = strdup("first");
    job->code = strdup("command");
    job->directory = strdup("/nowhere");
    job->output = strdup("");
    job->argv = strv_copy(nothing);
    job->env = strv_copy(nothing);
    job->cores = 1;
    job->state = JOB_HELD;
    if (after > 0) {
        job->after = calloc(1, sizeof *job->after);
        job->after[0] = (struct job_dependency){.id = after, .kind = JOB_AFTER_ANY};
        job->n_after = 1;
    }
    assert_int_equal(engine_submit(engine, &job, false, &id), 0);
    return id;
}

static int64_t end(struct engine *engine, int64_t id) {
    assert_int_equal(engine_cancel(engine, id), 0);
    assert_null(engine_find(engine, id));
    return id;
}

/* What the disk says. */
static struct job *stored(struct engine *engine, int64_t id) {
    struct job *job = NULL;
    assert_int_equal(store_job_get(engine->server->store, id, &job), 0);
    return job;
}

static bool is_stored(struct engine *engine, int64_t id) {
    _cleanup_(job_freep) struct job *job = NULL;
    return store_job_get(engine->server->store, id, &job) == 0;
}

static const struct engine_edit rename_it = {.name = "second"};

static void a_new_name_is_on_the_disk_before_it_is_told(void **state) {
    struct engine *engine = engine_of(state);
    int64_t ids[] = {hold(engine, 0), end(engine, hold(engine, 0))};
    for (size_t i = 0; i < 2; i++) {
        begin_story();
        assert_int_equal(engine_edit(engine, ids[i], &rename_it), 0);
        assert_string_equal(story.text, "wc");
        _cleanup_(job_freep) struct job *job = stored(engine, ids[i]);
        assert_string_equal(job->name, "second");
    }
}

static void on_a_full_disk_an_ended_job_stays_as_it_was(void **state) {
    struct engine *engine = engine_of(state);
    int64_t id = end(engine, hold(engine, 0));
    begin_story();
    story.full = true;
    assert_int_equal(engine_edit(engine, id, &rename_it), -ENOSPC);
    assert_string_equal(story.text, "!");
    _cleanup_(job_freep) struct job *job = stored(engine, id);
    assert_string_equal(job->name, "first");
}

static void on_a_full_disk_the_change_of_a_waiting_job_is_kept_in_mind(void **state) {
    struct engine *engine = engine_of(state);
    int64_t id = hold(engine, 0);
    begin_story();
    story.full = true;
    assert_int_equal(engine_edit(engine, id, &rename_it), ENGINE_E_PENDING);
    assert_string_equal(story.text, "!c");
    assert_non_null(engine_problem(engine));
    story.full = false;
    assert_int_equal(engine_write(engine), 0);
    _cleanup_(job_freep) struct job *job = stored(engine, id);
    assert_string_equal(job->name, "second");
}

static void an_end_that_is_not_on_the_disk_takes_no_edit(void **state) {
    struct engine *engine = engine_of(state);
    int64_t id = hold(engine, 0);
    story.full = true;
    assert_int_equal(engine_cancel(engine, id), ENGINE_E_PENDING);
    assert_int_equal(engine_edit(engine, id, &rename_it), -ENOSPC);
    story.full = false;
    assert_int_equal(engine_edit(engine, id, &rename_it), 0);
    _cleanup_(job_freep) struct job *job = stored(engine, id);
    assert_int_equal(job->state, JOB_CANCELLED);
    assert_string_equal(job->name, "second");
}

static void notes_and_tags_come_and_go(void **state) {
    struct engine *engine = engine_of(state);
    int64_t id = end(engine, hold(engine, 0));
    char *ab[] = {(char *)"a", (char *)"b", NULL};
    char *bc[] = {(char *)"b", (char *)"c", NULL};
    const struct engine_edit first = {.note = "a word", .add = ab};
    const struct engine_edit then = {.note = "", .add = NULL, .drop = bc};
    assert_int_equal(engine_edit(engine, id, &first), 0);
    {
        _cleanup_(job_freep) struct job *job = stored(engine, id);
        assert_string_equal(job->note, "a word");
        assert_int_equal(strv_length(job->tags), 2);
        assert_string_equal(job->name, "first");
    }
    assert_int_equal(engine_edit(engine, id, &then), 0);
    _cleanup_(job_freep) struct job *job = stored(engine, id);
    assert_null(job->note);
    assert_int_equal(strv_length(job->tags), 1);
    assert_string_equal(job->tags[0], "a");
}

static void what_cannot_be_edited_is_told_apart(void **state) {
    struct engine *engine = engine_of(state);
    int64_t id = end(engine, hold(engine, 0));
    char names[TAGS_MAX + 1][4];
    char *tags[TAGS_MAX + 2] = {NULL};
    for (size_t i = 0; i <= TAGS_MAX; i++) {
        names[i][0] = (char)('a' + i % 16);
        names[i][1] = (char)('a' + i / 16);
        names[i][2] = '\0';
        tags[i] = names[i];
    }
    const struct engine_edit too_many = {.add = tags};
    begin_story();
    assert_int_equal(engine_edit(engine, 999, &rename_it), ENGINE_E_MISSING);
    assert_int_equal(engine_edit(engine, id, &too_many), ENGINE_E_TAGS);
    assert_string_equal(story.text, "");
}

static void each_job_is_removed_or_refused_by_itself(void **state) {
    struct engine *engine = engine_of(state);
    int64_t needed = hold(engine, 0);
    int64_t waiter = hold(engine, needed);
    int64_t gone = hold(engine, 0);
    (void)end(engine, needed);
    (void)end(engine, gone);
    const int64_t ids[] = {waiter, gone, needed, 999, gone};
    int verdicts[5] = {0};
    int64_t by[5] = {0};
    begin_story();
    assert_int_equal(engine_remove(engine, ids, 5, verdicts, by), 0);
    assert_int_equal(verdicts[0], ENGINE_E_OPEN);
    assert_int_equal(verdicts[1], 0);
    assert_int_equal(verdicts[2], ENGINE_E_NEEDED);
    assert_int_equal(by[2], waiter);
    assert_int_equal(verdicts[3], ENGINE_E_MISSING);
    assert_int_equal(verdicts[4], ENGINE_E_MISSING);
    assert_string_equal(story.text, "wr");
    assert_false(is_stored(engine, gone));
    assert_true(is_stored(engine, needed) && is_stored(engine, waiter));
    (void)end(engine, waiter);
    assert_int_equal(engine_remove(engine, &needed, 1, verdicts, by), 0);
    assert_int_equal(verdicts[0], 0);
}

static void on_a_full_disk_nothing_is_removed_and_nobody_told(void **state) {
    struct engine *engine = engine_of(state);
    const int64_t ids[] = {end(engine, hold(engine, 0)), end(engine, hold(engine, 0))};
    int verdicts[2] = {0};
    int64_t by[2] = {0};
    begin_story();
    story.full = true;
    assert_int_equal(engine_remove(engine, ids, 2, verdicts, by), -ENOSPC);
    assert_string_equal(story.text, "!");
    assert_true(is_stored(engine, ids[0]) && is_stored(engine, ids[1]));
    /* And no transaction was left open. */
    story.full = false;
    assert_int_equal(engine_remove(engine, ids, 2, verdicts, by), 0);
    assert_false(is_stored(engine, ids[0]) || is_stored(engine, ids[1]));
}

static void a_number_is_not_given_twice(void **state) {
    struct engine *engine = engine_of(state);
    int64_t id = end(engine, hold(engine, 0));
    int verdict = 0;
    int64_t by = 0;
    assert_int_equal(engine_remove(engine, &id, 1, &verdict, &by), 0);
    assert_int_equal(verdict, 0);
    assert_true(hold(engine, 0) > id);
}

#define IN_A_WORLD(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        IN_A_WORLD(a_new_name_is_on_the_disk_before_it_is_told),
        IN_A_WORLD(on_a_full_disk_an_ended_job_stays_as_it_was),
        IN_A_WORLD(on_a_full_disk_the_change_of_a_waiting_job_is_kept_in_mind),
        IN_A_WORLD(an_end_that_is_not_on_the_disk_takes_no_edit),
        IN_A_WORLD(notes_and_tags_come_and_go),
        IN_A_WORLD(what_cannot_be_edited_is_told_apart),
        IN_A_WORLD(each_job_is_removed_or_refused_by_itself),
        IN_A_WORLD(on_a_full_disk_nothing_is_removed_and_nobody_told),
        IN_A_WORLD(a_number_is_not_given_twice),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
