/* An older list and the one that it takes the place of become one. */
#include "unit/store/place.h"

#include "store/store_care.h"

#include "base/buf.h"
#include "base/sha256.h"
#include "base/str.h"
#include "support/alloc_fault.h"
#include "support/scratch.h"

#include <errno.h>
#include <setjmp.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* The place's database is the present one; `older` a copy that was made of it before.
 */
struct two {
    struct place *present;
    struct place older;
};

static void copy(struct two *two) {
    struct store_backup *backup = NULL;
    struct errmsg msg = ERRMSG_NULL;
    assert_int_equal(
        store_backup_new(&backup, two->present->store, two->older.path, true, &msg), 0);
    assert_int_equal(store_backup_step(backup, -1, &msg), 0);
    assert_int_equal(store_backup_finish(backup, &msg), 0);
    (void)store_backup_free(backup);
}

static int set_up(void **state) {
    struct two *two = calloc(1, sizeof *two);
    (void)place_set_up((void **)&two->present);
    two->older.path = scratch_path(two->present->dir, "older.db");
    (void)place_insert(two->present, "first");
    (void)place_insert(two->present, "second");
    copy(two);
    *state = two;
    return 0;
}

static int tear_down(void **state) {
    struct two *two = *state;
    (void)store_free(two->older.store);
    free(two->older.path);
    (void)place_tear_down((void **)&two->present);
    free(two);
    return 0;
}

static void finish(struct place *place, int64_t id, const char *results) {
    _cleanup_(job_freep) struct job *job = NULL;
    assert_int_equal(store_job_get(place->store, id, &job), 0);
    assert_int_equal(job_transition(job, JOB_STARTING, NULL), 0);
    assert_int_equal(job_transition(job, JOB_FAILED, "it ended"), 0);
    assert_int_equal(store_job_update(place->store, job, 5, results), 0);
}

/* The present one is closed, as where no server runs, and joined into the older. */
static int join(struct two *two, struct store_joined *out) {
    two->present->store = store_free(two->present->store);
    place_open(&two->older);
    return store_join(two->older.store, two->present->path, out);
}

static int add_job(const struct job *job, void *data) {
    char *text = data;
    size_t n = strlen(text);
    (void)snprintf(text + n, 200 - n, "%s %s; ", job->name, job_state_name(job->state));
    return 0;
}

static void assert_jobs(struct place *place, const char *expected) {
    struct store_filter filter = STORE_FILTER_ANY;
    char list[200] = "";
    int64_t n = 0;
    filter.limit = 10;
    assert_int_equal(store_job_list(place->store, &filter, add_job, list, &n), 0);
    assert_string_equal(list, expected);
}

static void assert_whole(struct two *two) {
    struct store_report report;
    two->older.store = store_free(two->older.store);
    assert_int_equal(store_inspect(two->older.path, &report), 0);
    assert_string_equal(report.what.text, "");
    place_open(&two->older);
}

static void what_happened_since_is_taken_over(void **state) {
    struct two *two = *state;
    struct store_joined joined = {0};
    finish(two->present, 1, "{\"a\":1}");
    (void)place_insert(two->present, "third");
    assert_int_equal(join(two, &joined), 0);
    assert_int_equal(joined.added, 1);
    /* That these two wait is known: they did not run. */
    assert_int_equal(joined.n_known, 2);
    assert_int_equal(joined.known[0], 2);
    assert_int_equal(joined.known[1], 3);
    assert_jobs(&two->older, "third queued; second queued; first failed; ");
    _cleanup_free_ char *results = NULL;
    assert_int_equal(store_job_results(two->older.store, 1, &results), 0);
    assert_string_equal(results, "{\"a\":1}");
    assert_whole(two);
    assert_int_equal(place_insert(&two->older, "fourth"), 4);
    store_joined_deinit(&joined);
}

static void a_younger_job_comes_with_all_that_belongs_to_it(void **state) {
    struct two *two = *state;
    struct store_joined joined = {0};
    _cleanup_(job_freep) struct job *job = place_job("third");
    char hash[65];
    const char *bytes = "&control";
    assert_int_equal(store_content_put(two->present->store, bytes, strlen(bytes), hash),
                     0);
    job->inputs = calloc(1, sizeof *job->inputs);
    job->n_inputs = 1;
    job->inputs[0].path = strdup("/somewhere/si.in");
    job->inputs[0].size = (int64_t)strlen(bytes);
    memcpy(job->inputs[0].sha256, hash, sizeof hash);
    job->after = calloc(1, sizeof *job->after);
    job->after[0] = (struct job_dependency){1, JOB_AFTER_ANY};
    job->n_after = 1;
    char *const tags[] = {(char[]){"si"}, NULL};
    job->tags = strv_copy(tags);
    job->token = strdup("t-3");
    assert_int_equal(store_job_insert(two->present->store, job), 0);
    assert_int_equal(join(two, &joined), 0);
    _cleanup_(job_freep) struct job *back = NULL;
    assert_int_equal(store_job_get(two->older.store, 3, &back), 0);
    assert_string_equal(back->argv[2], "a b\n\xff.in");
    assert_string_equal(back->env[0], "PATH=/bin");
    assert_string_equal(back->tags[0], "si");
    assert_int_equal(back->after[0].id, 1);
    assert_string_equal(back->inputs[0].sha256, hash);
    _cleanup_buf_ struct buf kept = BUF_NULL;
    assert_int_equal(store_content_get(two->older.store, hash, 0, 100, &kept, NULL), 0);
    assert_int_equal(buf_len(&kept), strlen(bytes));
    assert_memory_equal(buf_bytes(&kept), bytes, strlen(bytes));
    int64_t id = 0;
    assert_int_equal(store_token_find(two->older.store, "t-3", &id), 0);
    assert_int_equal(id, 3);
    assert_whole(two);
    store_joined_deinit(&joined);
}

static void an_end_that_both_tell_stays_as_it_is_here(void **state) {
    struct two *two = *state;
    struct store_joined joined = {0};
    finish(two->present, 1, NULL);
    copy(two);
    _cleanup_(job_freep) struct job *job = NULL;
    assert_int_equal(store_job_get(two->present->store, 1, &job), 0);
    free(job->name);
    job->name = strdup("renamed since");
    assert_int_equal(store_job_update(two->present->store, job, 0, NULL), 0);
    assert_int_equal(join(two, &joined), 0);
    assert_jobs(&two->older, "second queued; first failed; ");
    store_joined_deinit(&joined);
}

static void a_job_that_was_removed_since_comes_back(void **state) {
    struct two *two = *state;
    struct store_joined joined = {0};
    assert_int_equal(store_job_remove(two->present->store, 2), 0);
    assert_int_equal(join(two, &joined), 0);
    assert_jobs(&two->older, "second queued; first queued; ");
    assert_int_equal(joined.n_known, 1); /* of the removed one nothing is known */
    store_joined_deinit(&joined);
}

static void another_job_of_the_same_number_is_not_taken_for_this_one(void **state) {
    struct two *two = *state;
    struct store_joined joined = {0};
    _cleanup_(job_freep) struct job *job = NULL;
    assert_int_equal(store_job_get(two->present->store, 1, &job), 0);
    job->created_at += 1;
    job->state = JOB_COMPLETED;
    assert_int_equal(store_job_update(two->present->store, job, 0, NULL), 0);
    assert_int_equal(join(two, &joined), 0);
    assert_jobs(&two->older, "second queued; first queued; ");
    assert_int_equal(joined.n_known, 1);
    store_joined_deinit(&joined);
}

static void exec(const char *path, const char *sql) {
    sqlite3 *db = NULL;
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static void what_cannot_be_trusted_changes_nothing(void **state) {
    struct two *two = *state;
    struct store_joined joined = {0};
    (void)place_insert(two->present, "third");
    two->present->store = store_free(two->present->store);
    place_open(&two->older);
    exec(two->present->path, "PRAGMA user_version = 99");
    assert_int_equal(store_join(two->older.store, two->present->path, &joined),
                     STORE_E_NEWER);
    char back[80];
    (void)snprintf(back, sizeof back, "PRAGMA user_version = %d; DROP TABLE inputs",
                   store_format());
    exec(two->present->path, back);
    assert_int_equal(store_join(two->older.store, two->present->path, &joined),
                     STORE_E_UNUSABLE);
    _cleanup_free_ char *missing = scratch_path(two->present->dir, "missing.db");
    assert_int_equal(store_join(two->older.store, missing, &joined), STORE_E_UNUSABLE);
    assert_int_equal(access(missing, F_OK), -1);
    assert_int_equal(store_join(two->older.store, "/dev/null", &joined), STORE_E_NEWER);
    assert_null(joined.known);
    assert_jobs(&two->older, "second queued; first queued; ");
    assert_whole(two);
}

/* A column or a table that comes to the schema has to come to store_join.c, too. */
static void every_column_there_is_has_its_place_in_the_joining(void **state) {
    struct two *two = *state;
    sqlite3 *db = NULL;
    sqlite3_stmt *statement = NULL;
    two->present->store = store_free(two->present->store);
    assert_int_equal(sqlite3_open(two->present->path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(
                         db,
                         "SELECT group_concat(line, '; ') FROM (SELECT t.name || ' ' ||"
                         " group_concat(c.name, ' ') AS line FROM sqlite_schema AS t,"
                         " pragma_table_info(t.name) AS c WHERE t.type = 'table' AND"
                         " t.name NOT IN ('jobs', 'counts', 'sqlite_sequence')"
                         " GROUP BY t.name ORDER BY t.name)",
                         -1, &statement, NULL),
                     SQLITE_OK);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    assert_string_equal((const char *)sqlite3_column_text(statement, 0),
                        "clusters name settings; "
                        "commands job argv env; contents id sha256 size bytes; "
                        "dependencies job n other kind; history job at state reason; "
                        "inputs job n path content; results job json; tags tag job");
    (void)sqlite3_finalize(statement);
    (void)sqlite3_close(db);
}

static int join_once(void *data) {
    struct two *two = data;
    struct store_joined joined = {0};
    int r = store_join(two->older.store, two->present->path, &joined);
    store_joined_deinit(&joined);
    return r;
}

static void without_memory_nothing_is_joined_by_half(void **state) {
    struct two *two = *state;
    finish(two->present, 1, NULL);
    (void)place_insert(two->present, "third");
    two->present->store = store_free(two->present->store);
    place_open(&two->older);
    assert_true(alloc_fault_sweep(join_once, two, -ENOMEM) > 0);
    assert_jobs(&two->older, "third queued; second queued; first failed; ");
    assert_whole(two);
}

static void numbers_that_are_reserved_are_given_to_nobody(void **state) {
    struct two *two = *state;
    int64_t highest = 0;
    assert_int_equal(store_ids_highest(two->present->store, &highest), 0);
    assert_int_equal(highest, 2);
    assert_int_equal(store_ids_reserve(two->present->store, 41), 0);
    assert_int_equal(store_ids_reserve(two->present->store, 7), 0);
    assert_int_equal(store_ids_highest(two->present->store, &highest), 0);
    assert_int_equal(highest, 41);
    assert_int_equal(place_insert(two->present, "next"), 42);
}

static void numbers_can_be_reserved_before_there_is_a_job(void **state) {
    struct two *two = *state;
    struct place place = {.path = scratch_path(two->present->dir, "fresh.db")};
    int64_t highest = -1;
    place_open(&place);
    assert_int_equal(store_ids_highest(place.store, &highest), 0);
    assert_int_equal(highest, 0);
    assert_int_equal(store_ids_reserve(place.store, 9), 0);
    assert_int_equal(place_insert(&place, "first"), 10);
    (void)store_free(place.store);
    free(place.path);
}

#define WITH_TWO(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        WITH_TWO(what_happened_since_is_taken_over),
        WITH_TWO(a_younger_job_comes_with_all_that_belongs_to_it),
        WITH_TWO(an_end_that_both_tell_stays_as_it_is_here),
        WITH_TWO(a_job_that_was_removed_since_comes_back),
        WITH_TWO(another_job_of_the_same_number_is_not_taken_for_this_one),
        WITH_TWO(what_cannot_be_trusted_changes_nothing),
        WITH_TWO(every_column_there_is_has_its_place_in_the_joining),
        WITH_TWO(without_memory_nothing_is_joined_by_half),
        WITH_TWO(numbers_that_are_reserved_are_given_to_nobody),
        WITH_TWO(numbers_can_be_reserved_before_there_is_a_job),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
