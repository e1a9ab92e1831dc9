/* Jobs on the disk. */
#include "unit/store/place.h"

#include "base/file.h"
#include "base/str.h"
#include "support/alloc_fault.h"
#include "support/scratch.h"

#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

static void a_job_comes_back_as_it_was_also_after_reopening(void **state) {
    struct place *place = *state;
    int64_t id = place_insert(place, "si");
    place_reopen(place);
    _cleanup_(job_freep) struct job *job = NULL;
    assert_int_equal(store_job_get(place->store, id, &job), 0);
    assert_string_equal(job->name, "si");
    assert_string_equal(job->argv[2], "a b\n\xff.in");
    assert_null(job->argv[3]);
    assert_string_equal(job->env[1], "EMPTY=");
    assert_int_equal(job->cores, 4);
    assert_int_equal(job->created_at, 1700000000123);
    assert_int_equal(job->state, JOB_QUEUED);
    assert_int_equal(job->exit_code, JOB_NO_EXIT_CODE);
    assert_true(isnan(job->progress.energy_ev));
    assert_null(job->error_output);
}

static void the_file_is_private(void **state) {
    struct place *place = *state;
    struct stat st;
    assert_int_equal(stat(place->path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
}

static void numbers_are_never_given_twice(void **state) {
    struct place *place = *state;
    int64_t first = place_insert(place, "a");
    int64_t second = place_insert(place, "b");
    assert_true(second > first);
}

static void a_token_makes_one_job_however_often_it_is_used(void **state) {
    struct place *place = *state;
    _cleanup_(job_freep) struct job *one = place_job("a");
    _cleanup_(job_freep) struct job *two = place_job("b");
    one->token = strdup("t-1");
    two->token = strdup("t-1");
    assert_int_equal(store_job_insert(place->store, one), 0);
    assert_int_equal(store_job_insert(place->store, two), STORE_E_TOKEN);
    assert_int_equal(two->id, one->id);
    int64_t count = 0;
    assert_int_equal(store_job_count(place->store, 0, &count), 0);
    assert_int_equal(count, 1);
    int64_t id = 0;
    assert_int_equal(store_token_find(place->store, "t-1", &id), 0);
    assert_int_equal(id, one->id);
    assert_int_equal(store_token_find(place->store, "t-2", &id), STORE_E_MISSING);
}

static int note(int64_t at, enum job_state state, const char *reason, void *data) {
    char *text = data;
    size_t n = strlen(text);
    (void)snprintf(text + n, 200 - n, "%d %s %s;", (int)at, job_state_name(state),
                   reason ? reason : "-");
    return 0;
}

static void a_change_is_kept_with_its_history_and_results(void **state) {
    struct place *place = *state;
    int64_t id = place_insert(place, "si");
    _cleanup_(job_freep) struct job *job = NULL;
    assert_int_equal(store_job_get(place->store, id, &job), 0);
    assert_int_equal(job_transition(job, JOB_STARTING, NULL), 0);
    assert_int_equal(store_job_update(place->store, job, 5, NULL), 0);
    assert_int_equal(job_transition(job, JOB_FAILED, "no pseudopotential"), 0);
    job->exit_code = 1;
    job->progress.energy_ev = -215.5;
    assert_int_equal(store_job_update(place->store, job, 6, "{\"a\":1}"), 0);
    _cleanup_(job_freep) struct job *back = NULL;
    assert_int_equal(store_job_get(place->store, id, &back), 0);
    assert_int_equal(back->state, JOB_FAILED);
    assert_string_equal(back->reason, "no pseudopotential");
    assert_true(back->progress.energy_ev == -215.5);
    char history[200] = "";
    assert_int_equal(store_job_history(place->store, id, note, history), 0);
    assert_non_null(
        strstr(history, "queued -;5 starting -;6 failed no pseudopotential;"));
    _cleanup_free_ char *results = NULL;
    assert_int_equal(store_job_results(place->store, id, &results), 0);
    assert_string_equal(results, "{\"a\":1}");
}

static void a_job_that_is_not_there_is_missing(void **state) {
    struct place *place = *state;
    struct job *job = NULL;
    assert_int_equal(store_job_get(place->store, 99, &job), STORE_E_MISSING);
    assert_null(job);
    _cleanup_(job_freep) struct job *ghost = place_job("ghost");
    ghost->id = 99;
    assert_int_equal(store_job_update(place->store, ghost, 1, "{}"), STORE_E_MISSING);
    char *results = NULL;
    assert_int_equal(store_job_results(place->store, 99, &results), 0);
    assert_null(results);
}

static int collect(const struct job *job, void *data) {
    char *text = data;
    size_t n = strlen(text);
    (void)snprintf(text + n, 200 - n, "%s ", job->name);
    return 0;
}

#define PAGE(...)                                                                      \
    {                                                                                  \
        .created_to = INT64_MAX, .finished_to = INT64_MAX, .energy_min_ev = NAN,       \
        .energy_max_ev = NAN, .converged = -1, __VA_ARGS__                             \
    }

static void lists_are_newest_first_by_page_and_state(void **state) {
    struct place *place = *state;
    const char *const names[] = {"a", "b", "c", "d"};
    int64_t ids[4];
    for (size_t i = 0; i < 4; i++) {
        ids[i] = place_insert(place, names[i]);
    }
    _cleanup_(job_freep) struct job *job = NULL;
    assert_int_equal(store_job_get(place->store, ids[1], &job), 0);
    assert_int_equal(job_transition(job, JOB_CANCELLED, NULL), 0);
    assert_int_equal(store_job_update(place->store, job, 1, NULL), 0);
    const struct {
        struct store_filter filter;
        const char *want;
    } cases[] = {
        {PAGE(.limit = 10), "d c b a "},
        {PAGE(.limit = 2), "d c "},
        {PAGE(.limit = 2, .before = ids[2]), "b a "},
        {PAGE(.limit = 10, .states = 1U << JOB_CANCELLED), "b "},
        {PAGE(.limit = 10, .states = 1U << JOB_QUEUED), "d c a "},
        {PAGE(.limit = 10, .states = 1U << JOB_LOST), ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char got[200] = "";
        int64_t n = 0;
        assert_int_equal(
            store_job_list(place->store, &cases[i].filter, collect, got, &n), 0);
        assert_string_equal(got, cases[i].want);
    }
    char unfinished[200] = "";
    assert_int_equal(store_job_unfinished(place->store, collect, unfinished), 0);
    assert_string_equal(unfinished, "a c d ");
}

static void a_file_of_a_newer_version_is_left_alone(void **state) {
    struct place *place = *state;
    place->store = store_free(place->store);
    sqlite3 *db = NULL;
    assert_int_equal(sqlite3_open(place->path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, "PRAGMA user_version = 99", NULL, NULL, NULL),
                     SQLITE_OK);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    struct errmsg msg = ERRMSG_NULL;
    assert_int_equal(store_open(&place->store, place->path, &msg), STORE_E_NEWER);
    assert_non_null(strstr(msg.text, "newer CrystalMath"));
}

static void what_is_no_database_is_said_to_be_damaged_and_kept(void **state) {
    struct place *place = *state;
    _cleanup_free_ char *path = scratch_path(place->dir, "text");
    char text[4096];
    memset(text, 'x', sizeof text);
    assert_int_equal(file_write_atomic(path, text, sizeof text), 0);
    struct store *store = NULL;
    struct errmsg msg = ERRMSG_NULL;
    assert_int_equal(store_open(&store, path, &msg), STORE_E_UNUSABLE);
    assert_non_null(strstr(msg.text, "damaged or no database"));
    _cleanup_buf_ struct buf back = BUF_NULL;
    assert_int_equal(file_read(path, 10000, &back), 0);
    assert_int_equal(buf_len(&back), sizeof text);
}

static void a_file_in_use_elsewhere_is_refused_as_such(void **state) {
    struct place *place = *state;
    struct store *second = NULL;
    struct errmsg msg = ERRMSG_NULL;
    assert_int_equal(store_open(&second, place->path, &msg), STORE_E_LOCKED);
    assert_non_null(strstr(msg.text, "open in another program"));
}

static int read_back(void *data) {
    struct place *place = data;
    _cleanup_(job_freep) struct job *job = NULL;
    return store_job_get(place->store, 1, &job);
}

static void without_memory_a_job_is_not_half_read(void **state) {
    struct place *place = *state;
    assert_int_equal(place_insert(place, "si"), 1);
    assert_true(alloc_fault_sweep(read_back, place, -ENOMEM) > 8);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        WITH_PLACE(a_job_comes_back_as_it_was_also_after_reopening),
        WITH_PLACE(the_file_is_private),
        WITH_PLACE(numbers_are_never_given_twice),
        WITH_PLACE(a_token_makes_one_job_however_often_it_is_used),
        WITH_PLACE(a_change_is_kept_with_its_history_and_results),
        WITH_PLACE(a_job_that_is_not_there_is_missing),
        WITH_PLACE(lists_are_newest_first_by_page_and_state),
        WITH_PLACE(a_file_of_a_newer_version_is_left_alone),
        WITH_PLACE(what_is_no_database_is_said_to_be_damaged_and_kept),
        WITH_PLACE(a_file_in_use_elsewhere_is_refused_as_such),
        WITH_PLACE(without_memory_a_job_is_not_half_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
