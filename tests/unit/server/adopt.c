/* What run folders tell when the list of jobs is lost, or older than they are. */
#include "server/adopt.h"

#include "base/cleanup.h"
#include "base/file.h"
#include "base/path.h"
#include "base/str.h"
#include "server/json_buf.h"
#include "server/server.h"
#include "support/alloc_fault.h"
#include "support/scratch.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

struct place {
    char *dir, *runs, *db;
    struct store *store;
    struct adopted adopted;
};

static int set_up(void **state) {
    struct place *place = calloc(1, sizeof *place);
    struct errmsg msg = ERRMSG_NULL;
    place->dir = scratch_make();
    place->runs = scratch_path(place->dir, "runs");
    place->db = scratch_path(place->dir, "jobs.db");
    assert_int_equal(path_make_private(place->runs), 0);
    assert_int_equal(store_open(&place->store, place->db, &msg), 0);
    assert_int_equal(adopted_init(&place->adopted), 0);
    *state = place;
    return 0;
}

static int tear_down(void **state) {
    struct place *place = *state;
    adopted_deinit(&place->adopted);
    (void)store_free(place->store);
    free(place->runs);
    free(place->db);
    (void)scratch_remove(place->dir);
    free(place);
    return 0;
}

/* A file of a run folder; NULL: the folder alone. */
static void put(struct place *place, const char *run, const char *name,
                const char *text) {
    _cleanup_free_ char *folder = scratch_path(place->runs, run);
    assert_int_equal(path_make_private(folder), 0);
    if (name) {
        _cleanup_free_ char *path = scratch_path(folder, name);
        assert_int_equal(file_write_atomic(path, text, strlen(text)), 0);
    }
}

static const char started[] = "pid=4711\njob_pid=4712\nstarted_at=1700000000000\n"
                              "directory=/calc\noutput=si.out\nerror_output=si.err\n"
                              "command=pw.x -in si.in\n";

static struct job *get(struct place *place, int64_t id) {
    struct job *job = NULL;
    assert_int_equal(store_job_get(place->store, id, &job), 0);
    return job;
}

static int64_t insert(struct place *place, enum job_state state) {
    struct job *job = NULL;
    assert_int_equal(job_new(&job), 0);
    job->state = state;
    job->name = strdup("of the copy");
    job->code = strdup("command");
    job->directory = strdup("/calc");
    job->output = strdup("");
    job->created_at = 1;
    job->retries = 5;
    assert_int_equal(store_job_insert(place->store, job), 0);
    int64_t id = job->id;
    (void)job_free(job);
    return id;
}

/* "3 4 " */
static void assert_ids(const json_t *ids, const char *expected) {
    char text[200] = "";
    for (size_t i = 0; i < json_array_size(ids); i++) {
        size_t n = strlen(text);
        (void)snprintf(text + n, sizeof text - n, "%d ",
                       (int)json_integer_value(json_array_get(ids, i)));
    }
    assert_string_equal(text, expected);
}

/* ---- a list that is new ---- */

static void a_folder_with_records_is_a_job_that_the_next_server_resolves(void **state) {
    struct place *place = *state;
    put(place, "7", "lock", "");
    put(place, "7", "started", started);
    put(place, "7", "exit", "exit_code=0\n");
    assert_int_equal(adopt_unknown(place->store, place->runs, &place->adopted), 0);
    assert_ids(place->adopted.found, "7 ");
    _cleanup_(job_freep) struct job *job = get(place, 7);
    assert_int_equal(job->state, JOB_STARTING);
    assert_string_equal(job->name, "job-7");
    assert_string_equal(job->directory, "/calc");
    assert_string_equal(job->output, "/calc/si.out");
    assert_string_equal(job->error_output, "/calc/si.err");
    assert_string_equal(job->argv[0], "pw.x -in si.in");
    assert_int_equal(job->started_at, 1700000000000);
    assert_int_equal(job->retries, 0);
}

static void the_record_of_an_older_supervisor_is_enough(void **state) {
    struct place *place = *state;
    put(place, "3.2", "started", "pid=4711\njob_pid=4712\nstarted_at=5\n");
    assert_int_equal(adopt_unknown(place->store, place->runs, &place->adopted), 0);
    _cleanup_(job_freep) struct job *job = get(place, 3);
    assert_int_equal(job->attempt, 2);
    assert_int_equal(job->state, JOB_STARTING);
    assert_string_equal(job->output, ""); /* in its run folder */
    assert_true(str_ends_with(job->directory, "/runs/3.2"));
}

static void what_a_tidied_job_wrote_makes_it_one_that_is_lost(void **state) {
    struct place *place = *state;
    put(place, "2", "output", "results\n");
    assert_int_equal(adopt_unknown(place->store, place->runs, &place->adopted), 0);
    _cleanup_(job_freep) struct job *job = get(place, 2);
    assert_int_equal(job->state, JOB_LOST);
    assert_true(job->finished_at > 0);
    assert_non_null(strstr(job->reason, "how it ended is not known"));
}

static void a_folder_in_which_nothing_ran_only_keeps_its_number(void **state) {
    struct place *place = *state;
    put(place, "9", "lock", "");
    put(place, "11", NULL, NULL);
    assert_int_equal(adopt_unknown(place->store, place->runs, &place->adopted), 0);
    assert_ids(place->adopted.found, "");
    assert_int_equal(insert(place, JOB_QUEUED), 12);
}

static void what_is_no_run_folder_is_left_alone(void **state) {
    struct place *place = *state;
    static const char *const names[] = {"x",
                                        "1x",
                                        "1.1",
                                        "1.x",
                                        ".2",
                                        "-3",
                                        "4.",
                                        "5.-2",
                                        "6.2.2",
                                        "0",
                                        "99999999999999999999"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        put(place, names[i], "output", "text");
    }
    assert_int_equal(adopt_unknown(place->store, place->runs, &place->adopted), 0);
    assert_ids(place->adopted.found, "");
    assert_int_equal(insert(place, JOB_QUEUED), 1);
}

static void no_runs_are_no_fault(void **state) {
    struct place *place = *state;
    _cleanup_free_ char *nowhere = scratch_path(place->dir, "nowhere");
    assert_int_equal(adopt_unknown(place->store, nowhere, NULL), 0);
}

static void only_numbers_beyond_the_list_are_new(void **state) {
    struct place *place = *state;
    int64_t id = insert(place, JOB_COMPLETED);
    put(place, "1", "output", "its own");
    put(place, "2", "output", "another's");
    assert_int_equal(adopt_unknown(place->store, place->runs, &place->adopted), 0);
    assert_ids(place->adopted.found, "2 ");
    _cleanup_(job_freep) struct job *job = get(place, id);
    assert_int_equal(job->state, JOB_COMPLETED);
}

static int adopt_all(void *data) {
    struct place *place = data;
    return adopt_unknown(place->store, place->runs, &place->adopted);
}

static void without_memory_it_can_be_tried_again(void **state) {
    struct place *place = *state;
    put(place, "1", "started", started);
    put(place, "2", "output", "text");
    put(place, "3", NULL, NULL);
    assert_true(alloc_fault_sweep(adopt_all, place, -ENOMEM) > 0);
    int64_t n = 0;
    assert_int_equal(store_job_count(place->store, 0, &n), 0);
    assert_int_equal(n, 2);
}

static void a_folder_that_cannot_be_read_is_passed_over(void **state) {
    struct place *place = *state;
    put(place, "1", "output", "text");
    put(place, "2/lock", NULL, NULL); /* a folder */
    put(place, "3", "output", "text");
    assert_int_equal(adopt_unknown(place->store, place->runs, &place->adopted), 0);
    assert_ids(place->adopted.found, "1 3 ");
    assert_ids(place->adopted.skipped, "2 ");
    assert_int_equal(insert(place, JOB_QUEUED), 4);
}

/* Until then no number is given out. */
static void
a_server_that_could_not_begin_does_it_when_it_is_started_again(void **state) {
    struct place *place = *state;
    _cleanup_free_ char *db = scratch_path(place->dir, "new.db");
    _cleanup_free_ char *socket = scratch_path(place->dir, "socket");
    const struct server_options options = {
        .socket_path = socket,
        .db_path = db,
        .state_dir = place->dir,
        .runs_dir = place->runs,
        .log_path = (char *)"/nowhere/log",
        .stall_seconds = 120,
        .ready_fd = -1,
    };
    struct server *server = NULL;
    struct errmsg msg = ERRMSG_NULL;
    assert_int_equal(rmdir(place->runs), 0);
    assert_int_equal(file_write_atomic(place->runs, "", 0), 0);
    assert_int_equal(server_new(&server, &options, NULL, &msg), -ENOTDIR);
    assert_non_null(strstr(msg.text, "cannot be taken into it: Not a directory"));
    assert_int_equal(unlink(place->runs), 0);
    put(place, "2", "output", "text");
    assert_int_equal(server_new(&server, &options, NULL, &msg), 0);
    (void)server_free(server);
    (void)store_free(place->store);
    assert_int_equal(store_open(&place->store, db, &msg), 0);
    _cleanup_(job_freep) struct job *job = get(place, 2);
    assert_int_equal(job->state, JOB_LOST);
}

/* ---- a list that is older ---- */

static enum job_state becomes(struct place *place, enum job_state state,
                              const struct store_joined *joined) {
    int64_t id = insert(place, state);
    assert_int_equal(
        adopt_unfinished(place->store, place->runs, joined, &place->adopted), 0);
    _cleanup_(job_freep) struct job *job = get(place, id);
    return job->state;
}

static void what_may_have_run_waits_for_a_person(void **state) {
    struct place *place = *state;
    assert_int_equal(becomes(place, JOB_QUEUED, NULL), JOB_HELD);
    assert_int_equal(becomes(place, JOB_HELD, NULL), JOB_HELD);
    assert_ids(place->adopted.held, "1 1 2 "); /* each call looked at all */
    _cleanup_(job_freep) struct job *job = get(place, 1);
    assert_non_null(strstr(job->reason, "may have run since"));
}

static void what_ran_and_left_no_trace_is_lost(void **state) {
    struct place *place = *state;
    assert_int_equal(becomes(place, JOB_STARTING, NULL), JOB_LOST);
    assert_int_equal(becomes(place, JOB_RUNNING, NULL), JOB_LOST);
    assert_int_equal(becomes(place, JOB_CANCELLING, NULL), JOB_LOST);
    assert_ids(place->adopted.lost, "1 2 3 ");
}

static void what_the_present_list_tells_is_believed(void **state) {
    struct place *place = *state;
    int64_t known[] = {1};
    const struct store_joined joined = {.known = known, .n_known = 1};
    assert_int_equal(becomes(place, JOB_QUEUED, &joined), JOB_QUEUED);
    assert_int_equal(becomes(place, JOB_QUEUED, &joined), JOB_HELD);
    assert_ids(place->adopted.held, "2 ");
}

static void its_last_try_tells_how_it_went_on(void **state) {
    struct place *place = *state;
    put(place, "1", "output", "first try");
    put(place, "1.3", "started", started);
    put(place, "1.3", "exit", "exit_code=1\n");
    assert_int_equal(becomes(place, JOB_QUEUED, NULL), JOB_STARTING);
    assert_ids(place->adopted.resumed, "1 ");
    _cleanup_(job_freep) struct job *job = get(place, 1);
    assert_int_equal(job->attempt, 3);
    assert_int_equal(job->retries, 2); /* so that it is not tried once more */
    put(place, "2", "output", "it ran");
    assert_int_equal(becomes(place, JOB_HELD, NULL), JOB_LOST);
}

static void who_runs_is_known_by_the_lock(void **state) {
    struct place *place = *state;
    _cleanup_json_ json_t *ids = json_array();
    put(place, "1", "lock", "");
    put(place, "2.2", "lock", "");
    _cleanup_free_ char *path = scratch_path(place->runs, "2.2/lock");
    _cleanup_close_ int held = -1;
    assert_int_equal(file_lock(path, &held), 0);
    assert_int_equal(adopt_find_alive(place->runs, ids), 0);
    assert_ids(ids, "2 ");
}

#define WITH_PLACE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        WITH_PLACE(a_folder_with_records_is_a_job_that_the_next_server_resolves),
        WITH_PLACE(the_record_of_an_older_supervisor_is_enough),
        WITH_PLACE(what_a_tidied_job_wrote_makes_it_one_that_is_lost),
        WITH_PLACE(a_folder_in_which_nothing_ran_only_keeps_its_number),
        WITH_PLACE(what_is_no_run_folder_is_left_alone),
        WITH_PLACE(no_runs_are_no_fault),
        WITH_PLACE(only_numbers_beyond_the_list_are_new),
        WITH_PLACE(a_folder_that_cannot_be_read_is_passed_over),
        WITH_PLACE(a_server_that_could_not_begin_does_it_when_it_is_started_again),
        WITH_PLACE(without_memory_it_can_be_tried_again),
        WITH_PLACE(what_may_have_run_waits_for_a_person),
        WITH_PLACE(what_ran_and_left_no_trace_is_lost),
        WITH_PLACE(what_the_present_list_tells_is_believed),
        WITH_PLACE(its_last_try_tells_how_it_went_on),
        WITH_PLACE(who_runs_is_known_by_the_lock),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
