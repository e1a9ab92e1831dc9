/* A copy is put back with all that is known of its jobs since, also where the disk is
 * full in between: what SQLite could not move into the file when it was closed. */
#include "server/restore.h"

#include "base/cleanup.h"
#include "base/file.h"
#include "base/path.h"
#include "server/json_buf.h"
#include "store/store_care.h"
#include "store/store_internal.h"
#include "support/scratch.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static struct {
    bool full_at_close; /* nothing can be moved out of the log then */
    bool full;          /* nor behind that */
} disk;

struct store *__real_store_free(struct store *store);
struct store *__wrap_store_free(struct store *store);
struct store *__wrap_store_free(struct store *store) {
    if (store && disk.full_at_close) {
        (void)sqlite3_db_config(store->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
    }
    return __real_store_free(store);
}

int __real_store_settle(const char *path, struct errmsg *msg);
int __wrap_store_settle(const char *path, struct errmsg *msg);
int __wrap_store_settle(const char *path, struct errmsg *msg) {
    return disk.full ? -ENOSPC : __real_store_settle(path, msg);
}

struct place {
    char *dir, *runs, *db, *copy;
};

static void insert(struct store *store, enum job_state state) {
    struct job *job = NULL;
    assert_int_equal(job_new(&job), 0);
    job->state = state;
    job->name = strdup("one");
    job->code = strdup("command");
    job->directory = strdup("/calc");
    job->output = strdup("");
    job->created_at = 1;
    assert_int_equal(store_job_insert(store, job), 0);
    (void)job_free(job);
}

/* A copy has one job that waits, and the database none. */
static int set_up(void **state) {
    struct place *place = calloc(1, sizeof *place);
    struct errmsg msg = ERRMSG_NULL;
    struct store *store = NULL;
    memset(&disk, 0, sizeof disk);
    place->dir = scratch_make();
    place->runs = scratch_path(place->dir, "runs");
    place->db = scratch_path(place->dir, "jobs.db");
    place->copy = scratch_path(place->dir, "copy.db");
    assert_int_equal(path_make_private(place->runs), 0);
    assert_int_equal(store_open(&store, place->copy, &msg), 0);
    insert(store, JOB_QUEUED);
    (void)store_free(store);
    assert_int_equal(store_open(&store, place->db, &msg), 0);
    (void)store_free(store);
    *state = place;
    return 0;
}

static int tear_down(void **state) {
    struct place *place = *state;
    free(place->runs);
    free(place->db);
    free(place->copy);
    (void)scratch_remove(place->dir);
    free(place);
    return 0;
}

static int restore(struct place *place, struct errmsg *msg) {
    _cleanup_json_ json_t *out = json_object();
    return restore_run(place->db, place->runs, place->copy, out, msg);
}

/* Of job 1 in the database; JOB_STATES: it has none. */
static enum job_state becomes(struct place *place) {
    struct errmsg msg = ERRMSG_NULL;
    _cleanup_(store_freep) struct store *store = NULL;
    _cleanup_(job_freep) struct job *job = NULL;
    assert_int_equal(store_open(&store, place->db, &msg), 0);
    return store_job_get(store, 1, &job) == 0 ? job->state : JOB_STATES;
}

static void what_may_have_run_since_is_held(void **state) {
    struct errmsg msg = ERRMSG_NULL;
    assert_int_equal(restore(*state, &msg), 0);
    assert_int_equal(becomes(*state), JOB_HELD);
}

static void
it_is_held_also_where_that_was_still_in_the_log_when_it_was_closed(void **state) {
    struct errmsg msg = ERRMSG_NULL;
    disk.full_at_close = true;
    assert_int_equal(restore(*state, &msg), 0);
    assert_int_equal(becomes(*state), JOB_HELD);
}

static void where_it_stays_in_the_log_nothing_is_put_back(void **state) {
    struct place *place = *state;
    _cleanup_free_ char *left = scratch_path(place->dir, "jobs.db.restoring");
    struct errmsg msg = ERRMSG_NULL;
    disk.full_at_close = true;
    disk.full = true;
    assert_int_equal(restore(place, &msg), -ENOSPC);
    assert_non_null(strstr(msg.text, "cannot be put into it: No space left on device"));
    assert_int_equal(becomes(place), JOB_STATES);
    assert_int_equal(access(left, F_OK), -1);
}

#define WITH_PLACE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        WITH_PLACE(what_may_have_run_since_is_held),
        WITH_PLACE(it_is_held_also_where_that_was_still_in_the_log_when_it_was_closed),
        WITH_PLACE(where_it_stays_in_the_log_nothing_is_put_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
