/* A file of an older version becomes one of the present and loses nothing. */
#include "unit/store/place.h"

#include "support/alloc_fault.h"
#include "support/scratch.h"

#include <errno.h>
#include <setjmp.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

static const char schema_1[] =
    "CREATE TABLE jobs ("
    " id INTEGER PRIMARY KEY AUTOINCREMENT,"
    " name TEXT NOT NULL,"
    " code TEXT NOT NULL,"
    " state INTEGER NOT NULL,"
    " reason TEXT,"
    " directory TEXT NOT NULL,"
    " input TEXT,"
    " output TEXT NOT NULL,"
    " error_output TEXT,"
    " argv BLOB NOT NULL," /* NUL-terminated strings, one behind the other */
    " env BLOB NOT NULL,"
    " token TEXT UNIQUE,"
    " umask INTEGER NOT NULL,"
    " cores INTEGER NOT NULL,"
    " created_at INTEGER NOT NULL," /* milliseconds since 1970, UTC */
    " started_at INTEGER NOT NULL,"
    " finished_at INTEGER NOT NULL,"
    " exit_code INTEGER NOT NULL,"
    " signal INTEGER NOT NULL,"
    " cpu_seconds REAL,"
    " peak_memory_bytes INTEGER NOT NULL,"
    " scf INTEGER NOT NULL,"
    " cycle INTEGER NOT NULL,"
    " step INTEGER NOT NULL,"
    " energy_ev REAL,"
    " delta_ev REAL,"
    " accuracy_ev REAL,"
    " converged INTEGER NOT NULL,"
    " run_status INTEGER NOT NULL"
    ");"
    "CREATE INDEX jobs_by_state ON jobs (state, id);"
    "CREATE TABLE history ("
    " job INTEGER NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,"
    " at INTEGER NOT NULL,"
    " state INTEGER NOT NULL,"
    " reason TEXT"
    ");"
    "CREATE INDEX history_by_job ON history (job);"
    "CREATE TABLE results ("
    " job INTEGER PRIMARY KEY REFERENCES jobs (id) ON DELETE CASCADE,"
    " json TEXT NOT NULL"
    ");"
    "PRAGMA user_version = 1;";

/* Four jobs, in version 1's numbers: queued 0, running 2, completed 4, lost 7; the
 * number of a fifth was given and is not to be given again. */
static const char jobs_1[] =
    "INSERT INTO jobs VALUES (1, 'waits', 'command', 0, NULL, '/a', NULL, '/a/1.out',"
    " NULL, x'7472756500', x'413d3100423d3200', 't-1', 18, 1, 100, 0, 0, -1, 0, NULL, "
    "0,"
    " 0, 0, 0, NULL, NULL, NULL, -1, 0);"
    "INSERT INTO jobs VALUES (2, 'runs', 'command', 2, NULL, '/a', NULL, '/a/2.out',"
    " NULL, x'7472756500', x'413d3100423d3200', NULL, 18, 1, 100, 110, 0, -1, 0, NULL,"
    " 0, 0, 0, 0, NULL, NULL, NULL, -1, 0);"
    "INSERT INTO jobs VALUES (3, 'si', 'quantum_espresso', 4, 'it ended', '/b', "
    "'si.in',"
    " '/b/si.out', '/b/si.err', x'70772e7800', x'', NULL, 63, 4, 100, 110, 120, 0, 0,"
    " 1.5, 4096, 1, 9, 2, -215.5, 0.25, 0.125, 1, 1);"
    "INSERT INTO jobs VALUES (4, 'gone', 'command', 7, 'lost', '/a', NULL, '/a/4.out',"
    " NULL, x'7472756500', x'413d3100423d3200', NULL, 18, 1, 100, 110, 120, -1, 0, "
    "NULL,"
    " 0, 0, 0, 0, NULL, NULL, NULL, -1, 0);"
    "INSERT INTO history VALUES (3, 100, 0, NULL), (3, 110, 1, NULL), (1, 100, 0, "
    "NULL),"
    " (3, 120, 4, 'it ended');"
    "INSERT INTO results VALUES (3, '{\"a\":1}');"
    "UPDATE sqlite_sequence SET seq = 5;";

static void exec(const char *path, const char *sql) {
    sqlite3 *db = NULL;
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static void make_version_1(const char *path) {
    exec(path, schema_1);
    exec(path, jobs_1);
}

static int old_set_up(void **state) {
    struct place *place = calloc(1, sizeof *place);
    place->dir = scratch_make();
    place->path = scratch_path(place->dir, "jobs.db");
    make_version_1(place->path);
    *state = place;
    return 0;
}

static int name_and_state(const struct job *job, void *data) {
    char *text = data;
    size_t n = strlen(text);
    (void)snprintf(text + n, 200 - n, "%s %s; ", job->name, job_state_name(job->state));
    return 0;
}

static int line(int64_t at, enum job_state state, const char *reason, void *data) {
    char *text = data;
    size_t n = strlen(text);
    (void)snprintf(text + n, 200 - n, "%d %s %s; ", (int)at, job_state_name(state),
                   reason ? reason : "-");
    return 0;
}

static void every_job_keeps_its_number_and_the_meaning_of_its_state(void **state) {
    struct place *place = *state;
    place_open(place);
    struct store_filter filter = STORE_FILTER_ANY;
    filter.limit = 10;
    char list[200] = "";
    int64_t n = 0;
    assert_int_equal(store_job_list(place->store, &filter, name_and_state, list, &n),
                     0);
    assert_int_equal(n, 4);
    assert_string_equal(list, "gone lost; si completed; runs running; waits queued; ");
    char unfinished[200] = "";
    assert_int_equal(store_job_unfinished(place->store, name_and_state, unfinished), 0);
    assert_string_equal(unfinished, "waits queued; runs running; ");
    assert_int_equal(store_job_count(place->store, 1U << JOB_QUEUED, &n), 0);
    assert_int_equal(n, 1);
}

static void commands_history_and_results_come_along(void **state) {
    struct place *place = *state;
    place_open(place);
    _cleanup_(job_freep) struct job *one = NULL;
    assert_int_equal(store_job_get(place->store, 1, &one), 0);
    assert_string_equal(one->argv[0], "true");
    assert_string_equal(one->env[1], "B=2");
    assert_string_equal(one->token, "t-1");
    _cleanup_(job_freep) struct job *three = NULL;
    assert_int_equal(store_job_get(place->store, 3, &three), 0);
    assert_null(three->env[0]);
    assert_string_equal(three->error_output, "/b/si.err");
    assert_int_equal(three->umask, 63);
    assert_int_equal(three->exit_code, 0);
    assert_true(three->cpu_seconds == 1.5);
    assert_int_equal(three->progress.cycle, 9);
    assert_true(three->progress.accuracy_ev == 0.125);
    assert_int_equal(three->progress.status, 1);
    assert_int_equal(three->attempt, 1);
    char history[200] = "";
    assert_int_equal(store_job_history(place->store, 3, line, history), 0);
    assert_string_equal(history,
                        "100 queued -; 110 starting -; 120 completed it ended; ");
    _cleanup_free_ char *results = NULL;
    assert_int_equal(store_job_results(place->store, 3, &results), 0);
    assert_string_equal(results, "{\"a\":1}");
}

static void numbers_go_on_where_they_were(void **state) {
    struct place *place = *state;
    place_open(place);
    assert_int_equal(place_insert(place, "next"), 6);
    place_reopen(place);
    assert_int_equal(place_insert(place, "one more"), 7);
}

static void removing_a_job_of_old_takes_what_belongs_to_it(void **state) {
    struct place *place = *state;
    place_open(place);
    assert_int_equal(store_job_remove(place->store, 3), 0);
    char history[200] = "";
    assert_int_equal(store_job_history(place->store, 3, line, history), 0);
    assert_string_equal(history, "");
}

static void a_copy_is_made_before_and_never_over_another(void **state) {
    struct place *place = *state;
    _cleanup_free_ char *in_the_way = scratch_path(place->dir, "jobs.db.v1-backup");
    exec(in_the_way, "CREATE TABLE other (a)");
    place_open(place);
    const char *copy = store_copy(place->store);
    assert_non_null(copy);
    _cleanup_free_ char *expected = scratch_path(place->dir, "jobs.db.v1-backup-2");
    assert_string_equal(copy, expected);
    struct stat st;
    assert_int_equal(stat(copy, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    /* It is of version 1, whole: it can be brought up to date again. */
    struct place again = {.path = expected};
    place_open(&again);
    _cleanup_(job_freep) struct job *job = NULL;
    assert_int_equal(store_job_get(again.store, 3, &job), 0);
    assert_int_equal(job->state, JOB_COMPLETED);
    (void)store_free(again.store);
    place_reopen(place);
    assert_null(store_copy(place->store));
}

static void what_cannot_be_brought_up_to_date_stays_as_it_was(void **state) {
    struct place *place = *state;
    exec(place->path, "DROP TABLE results");
    struct errmsg msg = ERRMSG_NULL;
    assert_int_equal(store_open(&place->store, place->path, &msg), STORE_E_UNUSABLE);
    exec(place->path, "SELECT argv FROM jobs; CREATE TABLE results (job INTEGER PRIMARY"
                      " KEY, json TEXT NOT NULL); PRAGMA user_version = 1");
    place_open(place);
    _cleanup_(job_freep) struct job *job = NULL;
    assert_int_equal(store_job_get(place->store, 1, &job), 0);
}

static int open_it(void *data) {
    const struct place *place = data;
    struct store *store = NULL;
    struct errmsg msg = ERRMSG_NULL;
    int r = store_open(&store, place->path, &msg);
    (void)store_free(store);
    return r;
}

static void without_memory_nothing_is_brought_up_to_date_by_half(void **state) {
    struct place *place = *state;
    assert_true(alloc_fault_sweep(open_it, place, -ENOMEM) > 0);
    place_open(place);
    _cleanup_(job_freep) struct job *job = NULL;
    assert_int_equal(store_job_get(place->store, 1, &job), 0);
}

/* What version 5 has more than version 4. */
#define WITHOUT_5                                                                      \
    "DROP INDEX jobs_by_continues; DROP INDEX jobs_chained; ALTER TABLE jobs DROP "    \
    "COLUMN continues;"                                                                \
    "ALTER TABLE jobs DROP COLUMN chain;"

static void a_file_of_version_2_learns_of_clusters(void **state) {
    struct place *place = *state;
    place_open(place);
    place->store = store_free(place->store);
    exec(place->path,
         WITHOUT_5 "ALTER TABLE jobs DROP COLUMN placement;"
                   "ALTER TABLE jobs DROP COLUMN cluster; DROP TABLE clusters;"
                   "PRAGMA user_version = 2");
    place_open(place);
    _cleanup_free_ char *copy = scratch_path(place->dir, "jobs.db.v2-backup");
    assert_string_equal(store_copy(place->store), copy);
    _cleanup_(job_freep) struct job *job = NULL;
    assert_int_equal(store_job_get(place->store, 3, &job), 0);
    assert_null(job->cluster);
    assert_int_equal(place_insert(place, "next"), 6);
}

static void a_file_of_version_3_learns_what_a_job_asks_of_a_cluster(void **state) {
    struct place *place = *state;
    place_open(place);
    place->store = store_free(place->store);
    exec(place->path,
         WITHOUT_5 "UPDATE jobs SET cluster = 'big' WHERE id = 3;"
                   "ALTER TABLE jobs DROP COLUMN placement; PRAGMA user_version = 3");
    place_open(place);
    _cleanup_free_ char *copy = scratch_path(place->dir, "jobs.db.v3-backup");
    assert_string_equal(store_copy(place->store), copy);
    _cleanup_(job_freep) struct job *job = NULL;
    assert_int_equal(store_job_get(place->store, 3, &job), 0);
    assert_string_equal(job->cluster, "big");
    assert_null(job->placement);
}

static void a_file_of_version_4_learns_which_job_continues_which(void **state) {
    struct place *place = *state;
    place_open(place);
    place->store = store_free(place->store);
    exec(place->path, WITHOUT_5 "PRAGMA user_version = 4");
    place_open(place);
    _cleanup_free_ char *copy = scratch_path(place->dir, "jobs.db.v4-backup");
    assert_string_equal(store_copy(place->store), copy);
    _cleanup_(job_freep) struct job *job = NULL;
    assert_int_equal(store_job_get(place->store, 3, &job), 0);
    assert_int_equal(job->continues, 0);
    assert_int_equal(job->chain, 0);
}

#define WITH_OLD(test)                                                                 \
    cmocka_unit_test_setup_teardown(test, old_set_up, place_tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        WITH_OLD(every_job_keeps_its_number_and_the_meaning_of_its_state),
        WITH_OLD(commands_history_and_results_come_along),
        WITH_OLD(numbers_go_on_where_they_were),
        WITH_OLD(removing_a_job_of_old_takes_what_belongs_to_it),
        WITH_OLD(a_copy_is_made_before_and_never_over_another),
        WITH_OLD(what_cannot_be_brought_up_to_date_stays_as_it_was),
        WITH_OLD(a_file_of_version_2_learns_of_clusters),
        WITH_OLD(a_file_of_version_3_learns_what_a_job_asks_of_a_cluster),
        WITH_OLD(a_file_of_version_4_learns_which_job_continues_which),
        WITH_OLD(without_memory_nothing_is_brought_up_to_date_by_half),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
